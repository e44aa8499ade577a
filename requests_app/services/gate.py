"""The steps before anything of an emergency leaves, as the danger panel lists them: state, who, when, what is next.

Only a list to read: what is refused is decided by requests_app.confirming, at each place where something is done.
"""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.enums import CallBackResult, CallPurpose
from accounts.models import CallBack, User
from accounts.permissions import Permission, has_permission
from requests_app import confirming
from requests_app.enums import ProposalStatus, ProposedResult, RequestStatus
from requests_app.models import DataRequest, DisclosurePackage, DownloadReceipt, EmergencyCase
from requests_app.permissions import desk_refusal, review_refusal, signing_refusal
from requests_app.querysets import nobody_named
from requests_app.services import call_backs

DONE, WAITS, OPEN, BACK = "done", "waits", "open", "back"


@dataclass(frozen=True)
class Step:
    """One step: how it stands in words, by whom and when, and the link of who can go on with it (or nothing)."""

    title: str
    state: str
    words: str
    who: str = ""
    at: datetime | None = None
    url: str = ""
    link: str = ""
    hint: str = ""
    """What looks odd and stops nothing."""
    stranger: bool = False
    """The agency does not know who asks: somebody else may be at the officer's account."""
    suspend_url: str = ""


def steps(data_request: DataRequest, *, by: User) -> list[Step]:
    """Return the steps of an emergency, in their order; a link only for somebody who may follow it."""
    return [
        _call(data_request, CallPurpose.REQUEST, "The agency confirms officer and request",
              done=confirming.call_back_confirmed(data_request), by=by),
        _call(data_request, CallPurpose.SUPERVISOR, "The supervisor confirms it, through the same switchboard",
              done=confirming.supervisor_confirmed(data_request), by=by),
        _minimum(data_request, by=by),
        _second(data_request, by=by),
    ]  # fmt: skip


def _call(data_request: DataRequest, purpose: CallPurpose, title: str, *, done: bool, by: User) -> Step:
    heard = call_backs.heard(data_request, purpose, by=by)
    page = f"{reverse('staff:call_back', args=[data_request.reference])}?about={purpose.value}"
    standing = [row for row in heard if row.call.result == CallBackResult.CONFIRMED and not row.void]
    if done:
        call = next((row.call for row in standing if not row.waits), standing[0].call)
        return Step(title, DONE, "Confirmed", _people(call), call.called_at, page, "Calls",
                    hint=_other_supervisor(data_request, call))  # fmt: skip
    if waiting := next((row for row in standing if row.waits), None):
        return Step(title, WAITS, "A second person must vouch for the call", _people(waiting.call),
                    waiting.call.called_at, page, "Calls" if waiting.refusal else "Vouch for it",
                    hint=_other_supervisor(data_request, waiting.call))  # fmt: skip
    may_call = desk_refusal(by, Permission.REVIEW_REQUEST, data_request) is None
    link = "Call and record" if may_call else "Calls" if heard else ""
    if not heard:
        return Step(title, OPEN, "Not done", url=page if link else "", link=link)
    last: CallBack = heard[0].call
    back = any(row.call.result == CallBackResult.CONFIRMED for row in heard)
    silent = last.result == CallBackResult.NO_ANSWER
    words = "Taken back: call again" if back else "Nobody could answer" if silent else "Not confirmed"
    if last.result == CallBackResult.NOT_CONFIRMED and purpose == CallPurpose.REQUEST:
        return Step(title, BACK, "They do not know the officer", _people(last), last.called_at, page, link,
                    stranger=True, suspend_url=_suspend_url(data_request, by))  # fmt: skip
    return Step(title, BACK if back else OPEN, words, _people(last), last.called_at, page, link)


def _other_supervisor(data_request: DataRequest, call: CallBack) -> str:
    """Say that somebody else confirmed it than the supervisor whom the request names, or nothing."""
    named = str((data_request.emergency or {}).get("supervisor", "")).strip()
    if call.purpose != CallPurpose.SUPERVISOR or not named or confirming.same_name(named, call.spoke_to):
        return ""
    return f"The request names {named} as the supervisor, and {call.spoke_to} confirmed it."


@dataclass(frozen=True)
class Left:
    """A package that left before the agency's word was taken back, and what was fetched of it, the newest first."""

    package: DisclosurePackage
    stopped_at: datetime | None
    fetched: list[DownloadReceipt]


def left(data_request: DataRequest) -> list[Left]:
    """Return what had left of an emergency that the agency does not confirm any more; nothing while it does."""
    if data_request.decided_at is None:
        return []
    if confirming.call_back_confirmed(data_request) and confirming.supervisor_confirmed(data_request):
        return []
    gone = data_request.packages.filter(released_at__isnull=False).order_by("number")
    return [
        Left(
            package,
            max((recall.called_at for recall in package.recalls.all()), default=None),
            list(package.receipts.all()),
        )
        for package in gone.prefetch_related("recalls", "receipts__user", "receipts__document")
    ]


def _suspend_url(data_request: DataRequest, by: User) -> str:
    """Return where the officer's access is stopped; nothing for who may not, and where only the agency is named."""
    if not has_permission(by, Permission.SUSPEND_ACCESS) or nobody_named(data_request):
        return ""
    return reverse("accounts:officer_suspend", args=[data_request.officer_id])


def _people(call: CallBack) -> str:
    said = [call.called_by.get_full_name()]
    if call.spoke_to:
        said.append(f"spoke to {call.spoke_to}")
    if call.seconded_by is not None:
        said.append(f"{call.seconded_by.get_full_name()} vouched for it")
    return ", ".join(said)


def _minimum(data_request: DataRequest, *, by: User) -> Step:
    title = "Only what averts the harm"
    case = EmergencyCase.objects.filter(data_request=data_request).select_related("minimum_by").first()
    page = reverse("staff:minimum", args=[data_request.reference])
    if confirming.nothing_leaves(data_request):
        return Step(title, DONE, "Nothing leaves: no records were found")
    may = review_refusal(by, data_request) is None
    stated = case is not None and case.minimum_at is not None
    who = case.minimum_by.get_full_name() if case and case.minimum_by else ""
    at = case.minimum_at if case else None
    if case is not None and stated and confirming.minimum_confirmed(data_request):
        return Step(title, DONE, "Stated for each kind of records", who, at, page, "Change it" if may else "Read it")
    words = "Other records leave now: state it again" if stated else "Not stated"
    return Step(title, BACK if stated else OPEN, words, who, at, page if may or stated else "",
                "State it" if may else "Read it" if stated else "")  # fmt: skip


def _second(data_request: DataRequest, *, by: User) -> Step:
    title = "A second person approves, with a fresh second factor"
    proposal = data_request.proposals.order_by("-number").select_related("proposed_by", "signed_by").first()
    if proposal is not None and proposal.status == ProposalStatus.APPROVED and proposal.signed_by is not None:
        words = "Approved" if proposal.result == ProposedResult.GRANT else "Decided otherwise: nothing leaves"
        return Step(title, DONE, words, proposal.signed_by.get_full_name(), proposal.signed_at)
    if proposal is not None and proposal.status == ProposalStatus.PROPOSED:
        page = reverse("staff:approval", args=[data_request.reference])
        link = "Read and decide" if _may_sign(data_request, by) else "Read it"
        return Step(title, WAITS, "Proposed, waits for the second person", proposal.proposed_by.get_full_name(),
                    proposal.proposed_at, page, link)  # fmt: skip
    return Step(title, OPEN, "Not proposed yet" if data_request.status in _BEFORE else "Not approved")


_BEFORE = (RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER)


def _may_sign(data_request: DataRequest, by: User) -> bool:
    may = desk_refusal(by, Permission.APPROVE_DECISION, data_request) is None
    return may and signing_refusal(by, data_request) is None
