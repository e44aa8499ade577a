"""What must be true after every act, found out from the rows and the trail alone."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts import states as account_states
from foundation.audit.models import AuditEvent
from foundation.core.workflow import Machine
from preservation import states as hold_states
from preservation.models import PreservationHold
from requests_app import release_states, states
from requests_app.models import DataRequest, DownloadReceipt
from tests.random import leaving, two_people
from tests.random.entries import missing
from tests.random.found import Found
from tests.random.world import DESK, HOLD_DESK, World

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
                  "requests_app_freezeorder", "requests_app_freezelift", "requests_app_freezeextension",
                  "accounts_rolechange", "accounts_suspension", "accounts_callback"}  # fmt: skip
# What never left is called back by nobody: its recall is over from the beginning.
BORN = {("requests_app.recall", "done"): "done"}
OUTCOME = {"requests_app_datarequest", "requests_app_requestline"}
SIGNED = OUTCOME | {"requests_app_proposal", "requests_app_target"}


@dataclass(frozen=True)
class Picture:
    """What is stored: a digest of each table, the states of everything that has a life, and the last entry."""

    digests: dict[str, str]
    states: dict[tuple[str, int], str]
    ends: dict[tuple[str, int], Any]
    last_entry: int
    last_receipt: int


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
        ends |= leaving.ends()
        last = AuditEvent.objects.aggregate(last=models.Max("id"))["last"] or 0
        receipt = DownloadReceipt.objects.aggregate(last=models.Max("id"))["last"] or 0
        return Picture(dict(self._read("random_digests") + self._read("random_cases")), stored, ends, last, receipt)

    # After an act -----------------------------------------------------------------------------------------------------

    def refused(self, before: Picture, after: Picture) -> None:
        """A refusal changes nothing, and leaves nothing but an entry that says so."""
        changed = [t for t, digest in after.digests.items() if before.digests[t] != digest]
        if changed:
            raise Found(f"was refused, and changed {changed}")
        done = AuditEvent.objects.filter(id__gt=before.last_entry, outcome="ok").values_list("action", flat=True)
        if done:
            raise Found(f"was refused, and left {list(done)}")

    def done(self, act: str, name: str | None, before: Picture, after: Picture, *, quiet: bool) -> list[AuditEvent]:
        """What was done has its entries by who did it, and every change of a state is a row with its entry."""
        entries = list(AuditEvent.objects.filter(id__gt=before.last_entry).order_by("id"))
        actor = str(self.world.people[name]) if name else ""
        others = [e.action for e in entries if e.actor_id not in {actor, ""}]
        if others:
            raise Found(f"left entries in the name of somebody else: {others}")
        changed = {t for t, digest in after.digests.items() if before.digests[t] != digest}
        left = {e.action for e in entries if e.actor_id == actor and e.outcome == "ok"}
        if name and (changed or not quiet) and (lacks := missing(act, left)):
            raise Found(f"left no entry {lacks} but {sorted(left)}, and changed {sorted(changed)}")
        self._no_jumps(entries, before, after)
        self._no_way_back(before, after)
        leaving.no_longer(entries, before, after)
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
            if (
                key[0] in {"hold", "request"}
                and key in after.ends
                and after.ends[key] < end
                and not _may_shorten(key, after)
            ):
                raise Found(f"the end of {key} moved back from {end} to {after.ends[key]}")

    # What holds always ------------------------------------------------------------------------------------------------

    def everything(self, entries: list[AuditEvent], before: Picture, after: Picture) -> None:
        """Sight, two people, outcomes, and what may be downloaded: each where something it rests on has changed."""
        changed = {t for t, digest in after.digests.items() if before.digests[t] != digest}
        if changed & SIGHT:
            self._sight()
        if changed & (SIGHT | LEAVING):
            leaving.open_to(self.world)
        if changed & LEAVING:
            two_people.check()
        if changed & OUTCOME:
            leaving.outcomes()
        if changed & SIGNED:
            leaving.as_signed()
        leaving.taken(self.world, before)
        leaving.over(self.world)
        for key, status in after.states.items():
            if status == "granted" and before.states.get(key) != status and key[0] == "requests_app.datarequest":
                two_people.confirmed(key[1])
        for entry in entries:
            if entry.action in leaving.OPENED:
                leaving.released(int(entry.object_id), entry.actor_id)

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


def _may_shorten(key: tuple[str, int], after: Picture) -> bool:
    """A hold that ends early ends now; nothing else comes sooner than it was said."""
    return key[0] == "hold" and after.states[("preservation.preservationhold", key[1])] not in {
        "active", "process_served", "on_treaty", "requested"
    }  # fmt: skip
