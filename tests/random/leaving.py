"""What leaves: decided as it stands, released by another person, taken by who may, and no longer than it was said."""

import json
from typing import Any

from django.db.models import Q

from requests_app.models import DataRequest, DisclosurePackage, DownloadReceipt, FreezeOrder, Proposal, RequestLine
from requests_app.services import downloads
from tests.random.found import Found
from tests.random.world import World, now

OPENED = {"package.released", "package.reissued"}
_RUNNING = {"active", "process_served", "on_treaty", "requested"}
# What is granted stays as it was signed, until it is reviewed again.
_SIGNED = ("awaiting_approval", "granted", "produced")


def ends() -> dict[tuple[str, int], Any]:
    """Return until when downloads are open and freezes hold."""
    found: dict[tuple[str, int], Any] = {
        ("package", pk): end for pk, end in DisclosurePackage.objects.values_list("pk", "expires_at") if end
    }
    return found | {
        ("freeze", pk): end for pk, end in FreezeOrder.objects.values_list("data_request", "ends_at") if end
    }


def no_longer(entries: list[Any], before: Any, after: Any) -> None:
    """No download, freeze or hold goes on longer than it was said, but by the act that two people do for it."""
    did = {(entry.action, int(entry.object_id)) for entry in entries if entry.object_id.isdigit()}
    for key in before.ends.keys() & after.ends.keys():
        if before.ends[key] == after.ends[key]:
            continue
        kind, pk = key
        if kind == "package" and not did & {(action, pk) for action in OPENED}:
            raise Found(f"the download of package {pk} goes on until {after.ends[key]}, and nobody opened it again")
        if kind == "freeze" and ("freeze.extended", pk) not in did:
            raise Found(f"the end of the freeze of {pk} moved, and nobody confirmed it")
        hold = ("preservation.preservationhold", pk)
        over = kind == "hold" and after.states[hold] not in _RUNNING | {"draft"}
        if over and after.ends[key] > before.ends[key]:
            raise Found(f"hold {pk} is {after.states[hold]}, and goes on until {after.ends[key]}")


def as_signed() -> None:
    """What waits for a signature, or has it, is what stands in the lines: account, records and decision."""
    latest: dict[int, Proposal] = {}
    rows = Proposal.objects.filter(data_request__status__in=_SIGNED).order_by("data_request", "number")
    for proposal in rows:
        latest[proposal.data_request_id] = proposal
    stand: dict[int, dict[str, tuple[str, str, str]]] = {}
    for line in RequestLine.objects.filter(data_request__in=latest).select_related("target"):
        what = (line.target.account, line.category, line.decision)
        stand.setdefault(line.data_request_id, {})[str(line.uid)] = what
    for request, proposal in latest.items():
        said = json.loads(proposal.content)
        if not isinstance(said, dict) or "lines" not in said:
            continue  # the factory's
        signed = {line["uid"]: (line["account"], line["records"], line["decision"]) for line in said["lines"]}
        if proposal.status in {"proposed", "approved"} and signed != stand.get(request, {}):
            raise Found(f"request {request} is not what was proposed: {signed} became {stand.get(request)}")


def released(package: int, by: str) -> None:
    """What is opened was prepared after the last decision, which two people made, and is opened by a third hand."""
    found = DisclosurePackage.objects.get(pk=package)
    if by == str(found.prepared_by_id):
        raise Found(f"one person prepared package {package} and opened its download")
    last = Proposal.objects.filter(data_request=found.data_request_id).order_by("-number").first()
    if last is None or last.status != "approved" or last.result != "grant":
        raise Found(f"package {package} left without a decision")
    if last.signed_at is None or last.signed_at > found.prepared_at:
        raise Found(f"package {package} was prepared before the decision it rests on")
    if found.lines.exclude(decision="produce").exists() or not found.lines.exists():
        raise Found(f"package {package} left with lines that are not granted")
    holders_settled(found)


def holders_settled(package: DisclosurePackage) -> None:
    """Each holder was told and had the time to object, or a bar, a waiver or an emergency stood against it."""
    accounts = package.lines.filter(decision="produce").values_list("target__account", flat=True)
    for account in set(accounts):
        notice = package.data_request.notices.filter(account=account).first()
        told = notice and notice.status == "sent" and (notice.window_ends_at is None or notice.window_ends_at <= now())
        barred = notice and (notice.status in {"postponed", "waived"} or notice.after_disclosure)
        if not told and not barred:
            raise Found(f"records of {account} left, and its notice is {notice and notice.status}")


def taken(world: World, before: Any) -> None:
    """Whatever was taken in this act was open to whoever took it, by the rows as they stood before."""
    rows = DownloadReceipt.objects.filter(pk__gt=before.last_receipt).select_related("package__data_request")
    for receipt in rows:
        package = receipt.package
        name, case = world.name(receipt.user_id), world.notes.requests[package.data_request_id]
        state = before.states.get(("requests_app.disclosurepackage", package.pk))
        if receipt.document_id == package.archive_id and (state != "released" or package.expires_at <= now()):
            raise Found(f"{name} took a package that is {state} until {package.expires_at}")
        if name != case.owner and name not in case.followers:
            raise Found(f"{name} took records, and neither asked nor follows")
        if name not in world.notes.agency or not world.notes.sees(name, case):
            raise Found(f"{name} took records of a request they cannot see")
        against = Q(status__in=("objected", "upheld"), account__in=package.lines.values("target__account"))
        if package.data_request.notices.filter(against).exists():
            raise Found(f"{name} took records while a holder objects")


def open_to(world: World) -> None:
    """Nobody takes what was stopped or never left, and nobody takes what they cannot see."""
    rows = DisclosurePackage.objects.select_related(
        "data_request__officer", "data_request__agency", "data_request__provider"
    )
    for package in rows:
        case = world.notes.requests[package.data_request_id]
        tried = [case.owner, *sorted(case.followers)[:1]]
        tried += ["stranger", "dahl"] if package.status == "released" else []
        for name in tried:
            if downloads.refusal(package, user=world.person(name), at=now()) is not None:
                continue
            if package.status != "released":
                raise Found(f"{name} may download a package that is {package.status}")
            if name not in world.notes.agency or not world.notes.sees(name, case):
                raise Found(f"{name} may download a package of a request they cannot see")
            if name != case.owner and name not in case.followers:
                raise Found(f"{name} may download, and neither asked nor follows")


def over(world: World) -> None:
    """Time alone ends a download, before any sweep."""
    rows = DisclosurePackage.objects.filter(status="released", expires_at__lte=now())
    for package in rows.select_related("data_request__officer"):
        if downloads.refusal(package, user=package.data_request.officer, at=now()) is None:
            raise Found(f"package {package.pk} can be downloaded after {package.expires_at}")


def outcomes() -> None:
    """What a decided request says is what its lines say together."""
    decided = ("granted", "produced", "closed", "refused", "redirected")
    lines: dict[int, set[str]] = {}
    rows = RequestLine.objects.filter(data_request__status__in=decided, data_request__decided_at__isnull=False)
    # A freeze that was carried out says what was found and done, not what was granted.
    rows = rows.exclude(data_request__kind="freeze", data_request__status="closed")
    for request, decision in rows.values_list("data_request", "decision"):
        lines.setdefault(request, set()).add(decision)
    for pk, outcome in DataRequest.objects.filter(pk__in=lines).values_list("pk", "outcome"):
        if outcome != (meant := _outcome(lines[pk])):
            raise Found(f"request {pk} is {outcome}, its lines say {meant}")


def _outcome(decisions: set[str]) -> str:
    """What lines say together, written down once more."""
    if "produce" in decisions:
        return "in_full" if decisions == {"produce"} else "in_part"
    return "no_records" if "no_records" in decisions else "none"
