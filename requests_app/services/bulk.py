"""Many requests of the queue at once: what would change in each, and doing exactly what was shown."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.core.errors import Incomplete, NotAllowed, PortalError, Stale
from foundation.providers.models import Team
from requests_app.enums import OPEN_STATUSES, BulkAct, ClarificationStatus, Rank, RequestStatus
from requests_app.models import Clarification, DataRequest
from requests_app.notify import work
from requests_app.notify.recipients import on_call
from requests_app.services import triage
from requests_app.services.locks import lock

MOST = 200
_CHANGED = "Somebody changed it after this list was drawn. Look at it again."


@dataclass(frozen=True)
class Change:
    """What is to be done to each request: the act, and whom, which team or which rank it sets."""

    act: BulkAct
    to: User | None = None
    team: Team | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Planned:
    """One request: what it has now, what it would have, why it cannot, and a mark of what was shown."""

    data_request: DataRequest
    now: str
    then: str
    refusal: str
    mark: str


@dataclass(frozen=True)
class Done:
    """What came of one request: the words, and whether anything was changed."""

    reference: str
    words: str
    changed: bool


def plan(references: Iterable[str], change: Change | None, *, by: User) -> list[Planned]:
    """Return what would become of the requests that this person may see, in the order of the queue; nothing is done.

    What they may not see is left out, like what does not exist. Raises Incomplete for more than MOST.
    """
    wanted = set(references)
    if len(wanted) > MOST:
        raise Incomplete(f"Choose at most {MOST} requests at once.")
    rows = DataRequest.objects.visible_to_staff(by).filter(reference__in=wanted)
    questions = Clarification.objects.filter(data_request=OuterRef("pk"), status=ClarificationStatus.OPEN)
    rows = rows.annotate(question_due_at=Subquery(questions.values("due_at")[:1]))
    found = list(rows.select_related("assignee", "team", "agency", "provider").order_by("rank", "deadline_at", "pk"))
    open_to = _readable(change.to, found) if change and change.to else set()
    may = has_permission(by, Permission.REVIEW_REQUEST)
    return [_planned(row, change, by, open_to, may=may) for row in found]


@transaction.atomic
def carry_out(shown: Mapping[str, str], change: Change, *, by: User, at: datetime | None = None) -> list[Done]:
    """Do it to each request that still stands as it was shown; `shown` has the mark of each reference.

    What one refuses keeps no other from being done. Sent a second time, nothing is done twice. A colleague or team is
    told once, with how many. Raises Incomplete for more than MOST, NotAllowed without the right to review.
    """
    at = at or timezone.now()
    if len(shown) > MOST:
        raise Incomplete(f"Choose at most {MOST} requests at once.")
    if not has_permission(by, Permission.REVIEW_REQUEST):
        raise NotAllowed("You do not have the right to do this.")
    # One order for everybody: two who do this at once never wait for each other in a circle.
    rows = DataRequest.objects.visible_to_staff(by).filter(reference__in=shown).order_by("pk")
    done, changed = [], []
    for row in rows:
        try:
            with transaction.atomic():
                words, new = _one(row, shown[row.reference], change, by, at)
        except PortalError as refusal:
            done.append(Done(row.reference, str(refusal), changed=False))
            continue
        done.append(Done(row.reference, words, changed=new is not None))
        if new is not None:
            changed.append(new)
    _tell(changed, change, by, at)
    return done


def mark_of(data_request: DataRequest, change: Change) -> str:
    """Return what a row was shown as, so that it is done to exactly that: a digest of what it has and is to get."""
    target = (change.to and change.to.pk, change.team and change.team.pk, change.rank)
    facts = (data_request.pk, *_standing(data_request), str(change.act), *target)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _standing(row: DataRequest) -> tuple[object, ...]:
    return str(row.status), row.assignee_id, row.team_id, int(row.rank), row.restricted


def _one(row: DataRequest, mark: str, change: Change, by: User, at: datetime) -> tuple[str, DataRequest | None]:
    """Change one request; return what to say, and the request if it is different now."""
    locked = lock(row)
    now, then = _values(locked, change, by)
    if now == then and change.act != BulkAct.TAKE:
        return f"Was so already: {then}", None
    if mark != mark_of(locked, change):
        if change.act == BulkAct.TAKE and locked.assignee_id == by.pk and locked.status != RequestStatus.SUBMITTED:
            return "Yours already", None
        raise Stale(_CHANGED)
    if refusal := _refusal(locked, change, by, open_to=None):
        raise NotAllowed(refusal)
    match change.act:
        case BulkAct.TAKE:
            return "Yours now", triage.take(locked, by=by, at=at)
        case BulkAct.ASSIGN if change.to:
            return then, triage.assign(locked, to=change.to, by=by, tell=False, at=at)
        case BulkAct.TEAM if change.team:
            return then, triage.move_to_team(locked, team=change.team, by=by, tell=False, at=at)
        case BulkAct.RANK if change.rank is not None:
            return then, triage.set_rank(locked, rank=change.rank, by=by, at=at)
    raise Incomplete("Choose what to do with these requests.")


def _planned(row: DataRequest, change: Change | None, by: User, open_to: set[int], *, may: bool) -> Planned:
    if change is None:
        return Planned(row, "", "", "", "")
    now, then = _values(row, change, by)
    refusal = _refusal(row, change, by, open_to) if may else "You do not have the right to do this."
    return Planned(row, now, then, refusal or "", mark_of(row, change))


def _values(row: DataRequest, change: Change, by: User) -> tuple[str, str]:
    """Return what the request has now and what it would have, in words."""
    if change.act == BulkAct.TEAM and change.team:
        return row.team.name if row.team else "No team", change.team.name
    if change.act == BulkAct.RANK and change.rank is not None:
        return str(row.get_rank_display()), str(Rank(change.rank).label)
    to = by if change.act == BulkAct.TAKE or change.to is None else change.to
    return row.assignee.get_full_name() if row.assignee else "Nobody", to.get_full_name()


def _refusal(row: DataRequest, change: Change, by: User, open_to: set[int] | None) -> str | None:
    """Say why it cannot be done to this request. The verbs ask again, of the row they have locked."""
    if row.recorded_by_id == by.pk:
        return "You recorded this request: other people must decide it."
    if row.status not in OPEN_STATUSES:
        return "Closed meanwhile: nobody works on it any more."
    match change.act:
        case BulkAct.TAKE:
            return _take_refusal(row, by)
        case BulkAct.RANK:
            return _rank_refusal(row, change.rank)
        case BulkAct.TEAM if change.team:
            return _team_refusal(row, change.team)
        case BulkAct.ASSIGN if change.to:
            return _assign_refusal(row, change.to, open_to)
    return "Choose what to do with it."


def _rank_refusal(row: DataRequest, rank: int | None) -> str | None:
    if row.rank == Rank.EXIGENT:
        return "An emergency is filed as one and stays one."
    return "Has this priority already." if row.rank == rank else None


def _team_refusal(row: DataRequest, team: Team) -> str | None:
    if refusal := triage.where_refusal(row, team):
        return refusal
    return "In this team already." if row.team_id == team.pk else None


def _assign_refusal(row: DataRequest, to: User, open_to: set[int] | None) -> str | None:
    if row.assignee_id == to.pk:
        return f"{to.get_full_name()} has it already."
    if row.recorded_by_id == to.pk or (open_to is not None and row.pk not in open_to):
        return "This colleague cannot work on this request."
    return None


def _take_refusal(row: DataRequest, by: User) -> str | None:
    if row.assignee_id not in (None, by.pk):
        return f"{row.assignee.get_full_name() if row.assignee else 'Somebody'} has it. Hand it over instead."
    taken = row.assignee_id == by.pk and row.status != RequestStatus.SUBMITTED
    return "Yours already." if taken else None


def _readable(person: User, rows: list[DataRequest]) -> set[int]:
    """Return which of these requests a colleague may work on."""
    if not has_permission(person, Permission.REVIEW_REQUEST):
        return set()
    theirs = DataRequest.objects.visible_to_staff(person).filter(pk__in=[row.pk for row in rows])
    return set(theirs.values_list("pk", flat=True))


def _tell(changed: list[DataRequest], change: Change, by: User, at: datetime) -> None:
    """Tell each person to whom something came once, with how many they may read."""
    occasion = uuid4().hex
    if change.act == BulkAct.ASSIGN and change.to and change.to != by and changed:
        work.handed_many(change.to, number=len(changed), key=occasion, at=at)
    if change.act == BulkAct.TEAM:
        waiting = [row for row in changed if row.assignee_id is None]
        told = Counter(person for row in waiting for person in on_call(row, at=at) if person != by)
        for person, number in told.items():
            work.team_has_more(person, number=number, key=occasion, at=at)
