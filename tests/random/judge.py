"""What must be true after every act, found out from the rows and the trail alone."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts import states as account_states
from accounts.models import AccessApplication, CallBack, LostFactor
from foundation.audit.models import AuditEvent
from foundation.core.workflow import Machine
from preservation import states as hold_states
from preservation.models import HoldExtension, PreservationHold
from requests_app import release_states, states
from requests_app.models import (
    DataRequest,
    DisclosurePackage,
    DownloadGrant,
    DownloadReceipt,
    FreezeOrder,
    Proposal,
    RequestLine,
)
from requests_app.services import downloads
from tests.random.world import DESK, HOLD_DESK, World, now

MACHINES: dict[str, Machine] = {
    machine.name: machine
    for module in (states, release_states, hold_states, account_states)
    for machine in module.MACHINES
}
OURS = ("requests_app", "preservation", "accounts", "providers", "documents", "notifications", "legal")

# What each question rests on, by table.
_WHO = {"accounts_agencymembership", "accounts_agency", "accounts_staffrole", "accounts_declaredconflict"}
# Of a request and a hold only what says who sees it.
CASE_COLUMNS = {
    "requests_app_datarequest.case":
        "concat_ws(',', id, officer_id, agency_id, restricted, submitted_at IS NULL, status = 'draft', desk_id)",
    "preservation_preservationhold.case":
        "concat_ws(',', id, officer_id, agency_id, restricted, requested_at IS NULL, status = 'draft')",
}  # fmt: skip
SIGHT = _WHO | set(CASE_COLUMNS) | {
    "requests_app_follower", "requests_app_datarequest_named_readers", "preservation_holdfollower",
}  # fmt: skip
LEAVING = _WHO | {"requests_app_disclosurepackage", "requests_app_usernotice", "requests_app_proposal",
                  "requests_app_downloadgrant", "requests_app_recall", "preservation_holdextension",
                  "requests_app_follower", "accounts_accessapplication", "accounts_lostfactor",
                  "requests_app_freezeorder"}  # fmt: skip
# What never left is called back by nobody: its recall is over from the beginning.
BORN = {("requests_app.recall", "done"): "done"}
OUTCOME = {"requests_app_datarequest", "requests_app_requestline"}


class Found(AssertionError):
    """Something that must never be."""


@dataclass(frozen=True)
class Picture:
    """What is stored: a digest of each table, the states of everything that has a life, and the last entry."""

    digests: dict[str, str]
    states: dict[tuple[str, int], str]
    ends: dict[tuple[str, int], Any]
    last_entry: int


class Judge:
    """Compares what is stored before and after an act."""

    def __init__(self, world: World) -> None:
        self.world = world
        found = [m for m in apps.get_models() if m._meta.app_label in OURS]
        self.lives = [m for m in found if m.__name__ in MACHINES]
        tables = sorted({m._meta.db_table for m in apps.get_models(include_auto_created=True)
                         if m._meta.app_label in OURS})  # fmt: skip
        digest = "SELECT '{0}', count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {0} t"
        self._prepare("random_digests", " UNION ALL ".join(digest.format(table) for table in tables))
        case = "SELECT '{0}', coalesce(sum(hashtextextended({1}, 0)), 0)::text FROM {2}"
        cases = (case.format(name, columns, name.partition(".")[0]) for name, columns in CASE_COLUMNS.items())
        self._prepare("random_cases", " UNION ALL ".join(cases))
        self._prepare("random_states", " UNION ALL ".join(
            f"SELECT '{m._meta.label_lower}', id, status::text FROM {m._meta.db_table}" for m in self.lives
        ))  # fmt: skip
        self.initial = {m._meta.label_lower: MACHINES[m.__name__] for m in self.lives}

    @staticmethod
    def _prepare(name: str, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DEALLOCATE ALL; PREPARE {name} AS {sql}" if name == "random_digests"
                           else f"PREPARE {name} AS {sql}")  # fmt: skip

    @staticmethod
    def _read(name: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXECUTE {name}")
            return cursor.fetchall()

    def picture(self) -> Picture:
        """Return what is stored now."""
        stored = {(kind, pk): status for kind, pk, status in self._read("random_states")}
        holds = PreservationHold.objects.exclude(expires_at=None)
        ends: dict[tuple[str, int], Any] = {("hold", pk): end for pk, end in holds.values_list("pk", "expires_at")}
        dues = DataRequest.objects.exclude(deadline_at=None).values_list("pk", "deadline_at", "appealed_at")
        ends |= {("request", pk): (appealed is not None, due) for pk, due, appealed in dues}
        last = AuditEvent.objects.aggregate(last=models.Max("id"))["last"] or 0
        return Picture(dict(self._read("random_digests") + self._read("random_cases")), stored, ends, last)

    # After an act -----------------------------------------------------------------------------------------------------

    def refused(self, before: Picture, after: Picture) -> None:
        """A refusal changes nothing, and leaves nothing but an entry that says so."""
        changed = [t for t, digest in after.digests.items() if before.digests[t] != digest]
        if changed:
            raise Found(f"was refused, and changed {changed}")
        done = AuditEvent.objects.filter(id__gt=before.last_entry, outcome="ok").values_list("action", flat=True)
        if done:
            raise Found(f"was refused, and left {list(done)}")

    def done(self, name: str | None, before: Picture, after: Picture, *, quiet: bool) -> list[AuditEvent]:
        """What was done has its entries by who did it, and every change of a state is a row with its entry."""
        entries = list(AuditEvent.objects.filter(id__gt=before.last_entry).order_by("id"))
        actor = str(self.world.people[name]) if name else ""
        others = [e.action for e in entries if e.actor_id not in {actor, ""}]
        if others:
            raise Found(f"left entries in the name of somebody else: {others}")
        changed = {t for t, digest in after.digests.items() if before.digests[t] != digest}
        if name and not any(e.actor_id == actor for e in entries) and (changed or not quiet):
            raise Found(f"left no entry, and changed {sorted(changed)}")
        self._no_jumps(entries, before, after)
        self._no_way_back(before, after)
        return entries

    def _no_jumps(self, entries: list[AuditEvent], before: Picture, after: Picture) -> None:
        moves: dict[tuple[str, int], list[tuple[str, str, str]]] = defaultdict(list)
        for entry in entries:
            facts = json.loads(bytes(entry.payload))["data"]
            if entry.object_type in self.initial and {"from", "to"} <= facts.keys():
                known = {str(s) for s in self.initial[entry.object_type].states}
                if {facts["from"], facts["to"]} <= known:
                    key = entry.object_type, int(entry.object_id)
                    moves[key].append((entry.action, facts["from"], facts["to"]))
        for key in moves.keys() | {k for k, s in after.states.items() if before.states.get(k) != s}:
            machine = self.initial[key[0]]
            born = BORN.get((key[0], after.states.get(key, "")), "") if not moves[key] else ""
            at = before.states.get(key, born or str(machine.initial))
            for action, source, target in moves[key]:
                rows = [r for r in machine.rows if r.event == action and source in r.sources and r.target == target]
                if at != source or not rows:
                    raise Found(f"{key} jumped: {action} from {source} to {target}, it stood at {at}")
                at = target
            if key in after.states and after.states[key] != at:
                raise Found(f"{key} is {after.states[key]}; by the trail it is {at}")

    @staticmethod
    def _no_way_back(before: Picture, after: Picture) -> None:
        for key, end in before.ends.items():
            if key in after.ends and after.ends[key] < end and not _may_shorten(key, after):
                raise Found(f"the end of {key} moved back from {end} to {after.ends[key]}")

    # What holds always ------------------------------------------------------------------------------------------------

    def everything(self, entries: list[AuditEvent], before: Picture, after: Picture) -> None:
        """Sight, two people, outcomes, and what may be downloaded: each where something it rests on has changed."""
        changed = {t for t, digest in after.digests.items() if before.digests[t] != digest}
        if changed & SIGHT:
            self._sight()
        if changed & LEAVING:
            self._two_people()
            self._downloads()
        if changed & OUTCOME:
            self._outcomes()
            self._let_in()
        for key, status in after.states.items():
            if status == "granted" and before.states.get(key) != status and key[0] == "requests_app.datarequest":
                self._confirmed(key[1])
        released = [e for e in entries if e.action == "package.released"]
        for entry in released:
            self._holders_settled(int(entry.object_id))

    def _sight(self) -> None:
        """Ask for everybody at once: the same querysets as the pages, put together."""
        notes, people = self.world.notes, self.world.everybody()
        for kind, cases, desk in ((DataRequest, notes.requests, DESK), (PreservationHold, notes.holds, HOLD_DESK)):
            shown: dict[str, set[int]] = {name: set() for name in people}
            for name, pk in self._shown(kind, people):
                shown[name].add(pk)
            for name, found in shown.items():
                hold = kind is PreservationHold
                meant = {pk for pk, case in cases.items() if notes.sees(name, case, desk=desk, hold=hold)}
                if found != meant:
                    raise Found(f"{name} sees {kind.__name__} {found - meant} too much, {meant - found} too little")

    def _shown(self, kind: Any, people: dict[str, Any]) -> list[tuple[str, int]]:
        rows = []
        for name, person in people.items():
            scope = kind.objects.visible_to_staff if name in self.world.notes.roles else kind.objects.visible_to
            found = scope(person).order_by()
            rows.append(kind.objects.filter(pk__in=found.values("pk")).order_by().values_list(
                models.Value(name, models.TextField()), "pk"))  # fmt: skip
        return list(rows[0].union(*rows[1:], all=True))

    def _two_people(self) -> None:
        for one, other in Proposal.objects.filter(status="approved").values_list("proposed_by", "signed_by"):
            if not one or not other or one == other:
                raise Found("one person proposed and signed")
        out = DisclosurePackage.objects.filter(released_at__isnull=False)
        for pk, one, other, request in out.values_list("pk", "prepared_by", "released_by", "data_request"):
            if not one or not other or one == other:
                raise Found(f"one person prepared and released package {pk}")
            if not Proposal.objects.filter(data_request=request, status="approved").exists():
                raise Found(f"package {pk} left without a decision")
        for kind in (DownloadGrant, DownloadReceipt):
            if kind.objects.filter(package__released_by=None).exists():
                raise Found(f"a {kind.__name__} of a package that nobody released")
        alone = HoldExtension.objects.filter(status="granted", requested_by=models.F("decided_by"))
        if alone.exists():
            raise Found("one person asked for an extension and granted it")

        frozen = FreezeOrder.objects.filter(confirmed_by__isnull=False, recorded_by=models.F("confirmed_by"))
        if frozen.exists():
            raise Found("one person recorded a freeze and confirmed it")

    @staticmethod
    def _let_in() -> None:
        """Nobody is let in, or set up anew, by one person alone or by themselves."""
        for case in LostFactor.objects.filter(status__in=["reset", "done"]):
            if len({case.user_id, case.identified_by_id, case.decided_by_id, None}) != 4:
                raise Found("a factor was reset without two other people")
        for row in AccessApplication.objects.filter(status="approved"):
            calls = row.call_backs.filter(result="confirmed")
            if not calls.exists() or row.decided_by_id in {None, row.user_id, row.recommended_by_id}:
                raise Found(f"{row.reference} was let in without a call or a second person")
            callers = set(calls.values_list("called_by", flat=True))
            alone = row.recommended_by_id is None and callers == {row.decided_by_id}
            if alone and (row.verdict != "known_agency" or not calls.filter(number__isnull=False).exists()):
                raise Found(f"{row.reference} was let in by one person alone")
            if row.appealed_at and row.decisions.filter(
                made_by=row.decided_by, made_at__lt=row.appealed_at, act__in=["decline", "recommend", "approve"]
            ).exists():  # fmt: skip
                raise Found(f"{row.reference} was let in by who declined it")

    @staticmethod
    def _confirmed(request: int) -> None:
        """Records of an emergency are granted once the agency and a supervisor have confirmed it."""
        row = DataRequest.objects.get(pk=request)
        if row.kind != "emergency" or not row.lines.filter(decision="produce").exists():
            return
        for purpose in ("request", "supervisor"):
            said = CallBack.objects.filter(about_reference=row.reference, purpose=purpose)
            counted = said.filter(result="confirmed").exclude(number=None, seconded_at=None)
            last = said.exclude(result="no_answer").order_by("-called_at", "-pk").first()
            if not counted.exists() or last is None or last.result == "not_confirmed":
                raise Found(f"{row.reference} was granted, and {purpose} is not confirmed")

    @staticmethod
    def _outcomes() -> None:
        decided = ("granted", "produced", "closed", "refused", "redirected")
        lines: dict[int, set[str]] = defaultdict(set)
        for request, decision in RequestLine.objects.filter(
            data_request__status__in=decided, data_request__decided_at__isnull=False
        ).values_list("data_request", "decision"):  # fmt: skip
            lines[request].add(decision)
        for pk, outcome in DataRequest.objects.filter(pk__in=lines).values_list("pk", "outcome"):
            if outcome != (meant := _outcome(lines[pk])):
                raise Found(f"request {pk} is {outcome}, its lines say {meant}")

    def _downloads(self) -> None:
        """Nobody takes what was stopped or never left, and nobody takes what they cannot see."""
        rows = DisclosurePackage.objects.select_related(
            "data_request__officer", "data_request__agency", "data_request__provider"
        )
        for package in rows:
            case = self.world.notes.requests[package.data_request_id]
            tried = [case.owner, *sorted(case.followers)[:1]]
            tried += ["stranger", "dahl"] if package.status == "released" else []
            for name in tried:
                if downloads.refusal(package, user=self.world.person(name), at=now()) is not None:
                    continue
                if package.status != "released":
                    raise Found(f"{name} may download a package that is {package.status}")
                if name not in self.world.notes.agency or not self.world.notes.sees(name, case):
                    raise Found(f"{name} may download a package of a request they cannot see")
                if name != case.owner and name not in case.followers:
                    raise Found(f"{name} may download, and neither asked nor follows")

    @staticmethod
    def _holders_settled(package: int) -> None:
        """Each holder was told and had the time to object, or a bar, a waiver or an emergency stood against it."""
        found = DisclosurePackage.objects.get(pk=package)
        accounts = found.lines.filter(decision="produce").values_list("target__account", flat=True)
        for account in set(accounts):
            notice = found.data_request.notices.filter(account=account).first()
            told = (
                notice and notice.status == "sent" and (notice.window_ends_at is None or notice.window_ends_at <= now())
            )
            barred = notice and (notice.status in {"postponed", "waived"} or notice.after_disclosure)
            if not told and not barred:
                raise Found(f"records of {account} left, and its notice is {notice and notice.status}")


def _may_shorten(key: tuple[str, int], after: Picture) -> bool:
    """A hold that ends early ends now; nothing else comes sooner than it was said."""
    return key[0] == "hold" and after.states[("preservation.preservationhold", key[1])] not in {
        "active", "process_served", "on_treaty", "requested"
    }  # fmt: skip


def _outcome(decisions: set[str]) -> str:
    """What lines say together, written down once more."""
    if "produce" in decisions:
        return "in_full" if decisions == {"produce"} else "in_part"
    return "no_records" if "no_records" in decisions else "none"
