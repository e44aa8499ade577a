"""Who works on a request: taking it, handing it over, giving it back, its team and rank, and calls to the agency."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.providers.models import Team
from requests_app.enums import OPEN_STATUSES, Rank, RequestStatus
from requests_app.events import Event
from requests_app.models import Assignment, DataRequest
from requests_app.notify import desk as notify
from requests_app.notify import work
from requests_app.notify.recipients import on_call
from requests_app.permissions import (
    assign_refusal,
    decided_before_refusal,
    desk_refusal,
    request_workflow,
    staff_may_see,
)
from requests_app.services import emergency_cases, holds_beside, review
from requests_app.services.locks import lock

_DECIDED_BEFORE = "{name} decided this request before the officer appealed: other people must decide it now."


@transaction.atomic
def take(data_request: DataRequest, *, by: User, at: datetime | None = None) -> DataRequest:
    """Take a new request into review, or one that was given back; of two people who press at once one gets it."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := _taken_refusal(data_request, by):
        raise TransitionRefused(refusal)
    if data_request.status != RequestStatus.SUBMITTED and data_request.status in OPEN_STATUSES:
        return assign(data_request, to=by, by=by, at=at)
    request_workflow.advance(data_request, "take", by=by, at=at, assignee=by, taken_at=at)
    _assign(data_request, to=by, by=by, at=at)
    emergency_cases.taken(data_request, at)
    notify.review_started(data_request, at=at)
    return data_request


def _taken_refusal(data_request: DataRequest, by: User) -> str | None:
    """Say who took a request that is not new any more, to somebody who may read that."""
    # Read by its key: a row that was waited for is new, but what was joined to it is from before.
    new = data_request.status == RequestStatus.SUBMITTED
    taker = None if new else User.objects.filter(pk=data_request.assignee_id or 0).first()
    if taker is None or desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        return None
    who = "You" if taker == by else taker.get_full_name()
    return f"{who} took this request already."


@transaction.atomic
def assign(
    data_request: DataRequest, *, to: User, by: User, note: str = "", tell: bool = True, at: datetime | None = None
) -> DataRequest:
    """Hand a request over to a colleague who may work on it; a new one is set aside for them until they take it.

    The note is one that only staff read. Without `tell` the caller tells the colleague, as for many at once.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := assign_refusal(by, data_request, to):
        raise NotAllowed(refusal)
    if data_request.assignee_id == to.pk:
        return data_request
    if refusal := decided_before_refusal(to, data_request):
        raise NotAllowed(refusal if to == by else _DECIDED_BEFORE.format(name=to.get_full_name()))
    _assign(data_request, to=to, by=by, at=at)
    DataRequest.objects.filter(pk=data_request.pk).update(assignee=to)
    data_request.assignee = to
    record(Event.ASSIGNED, by=by, obj=data_request, data={"to": to.email, "to_id": to.pk}, at=at)
    if note.strip():
        review.write_note(data_request, text=note, by=by, at=at)
    if tell and to != by:
        notify.handed_over(data_request, to=to, at=at)
    return data_request


def _assign(data_request: DataRequest, *, to: User, by: User, at: datetime) -> None:
    data_request.assignments.filter(ended_at=None).update(ended_at=at)
    Assignment.objects.create(data_request=data_request, user=to, assigned_at=at, assigned_by=by)


@transaction.atomic
def give_back(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> DataRequest:
    """Put a request back into the queue, where anybody may take it; its status and its clocks stay as they are.

    Whoever has it does this, or who signs decisions. Raises NotAllowed for others, Incomplete without a reason,
    TransitionRefused where nobody has it by now.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := give_back_refusal(by, data_request):
        raise NotAllowed(refusal)
    if data_request.assignee_id is None:
        raise TransitionRefused("Nobody has this request: it is in the queue already.")
    if not reason.strip():
        raise Incomplete("Write why you give it back: whoever takes it next reads it.")
    before = data_request.assignee.email if data_request.assignee else ""
    data_request.assignments.filter(ended_at=None).update(ended_at=at)
    DataRequest.objects.filter(pk=data_request.pk).update(assignee=None)
    data_request.assignee = None
    record(Event.GIVEN_BACK, by=by, obj=data_request, reason=reason.strip(), data={"from": before}, at=at)
    return data_request


@transaction.atomic
def move_to_team(
    data_request: DataRequest, *, team: Team, by: User, because: str = "", tell: bool = True, at: datetime | None = None
) -> DataRequest:
    """Give a request to a team of the same company; who works on it and its deadlines stay.

    Whoever is on call there is told, as far as they may read it. A restricted request keeps its readers.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := team_refusal(by, data_request, team):
        raise NotAllowed(refusal)
    if data_request.team_id == team.pk:
        return data_request
    before = data_request.team.name if data_request.team else ""
    data_request.team, data_request.routed_because = team, (because or f"{by.get_full_name()} moved it here")[:300]
    data_request.save(update_fields=["team", "routed_because"])
    record(Event.TEAM_SET, by=by, obj=data_request, data={"from": before, "to": team.name}, at=at)
    if tell and data_request.assignee_id is None:
        for person in on_call(data_request, at=at):
            if person != by:
                work.team_has_more(person, number=1, key=f"request:{data_request.pk}:{at.isoformat()}", at=at)
    return data_request


@transaction.atomic
def set_rank(data_request: DataRequest, *, rank: int, by: User, at: datetime | None = None) -> DataRequest:
    """Make a request a priority, or ordinary again. An emergency is one by what was filed, never by this."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := rank_refusal(by, data_request, rank):
        raise NotAllowed(refusal)
    if data_request.rank == rank:
        return data_request
    data = {"from": str(data_request.get_rank_display()), "to": str(Rank(rank).label)}
    DataRequest.objects.filter(pk=data_request.pk).update(rank=rank)
    data_request.rank = rank
    record(Event.RANK_SET, by=by, obj=data_request, data=data, at=at)
    return data_request


def team_refusal(user: User, data_request: DataRequest, team: Team) -> str | None:
    """Say why this person may not give this request to that team, or None."""
    if refusal := assign_refusal(user, data_request, user):
        return refusal
    return where_refusal(data_request, team)


def where_refusal(data_request: DataRequest, team: Team) -> str | None:
    """Say why this request cannot go to that team, whoever moves it, or None."""
    if team.provider_id != data_request.provider_id:
        return "This team is of another company."
    if team.pk == data_request.provider.restricted_team_id and not data_request.restricted:
        return (
            "This team has restricted requests only, and moving one there restricts nothing. Use “Readers: restrict”."
        )
    return None


def targets(data_request: DataRequest) -> list[Team]:
    """Return the teams this request can be moved to, by name: the one for restricted requests only if it is one."""
    provider = data_request.provider
    teams = provider.teams.all() if data_request.restricted else provider.ordinary_teams()
    return list(teams.order_by("name"))


def give_back_refusal(user: User, data_request: DataRequest) -> str | None:
    """Say why this person may not give this request back, or None: it is theirs, or they sign decisions."""
    if refusal := assign_refusal(user, data_request, user):
        return refusal
    if data_request.assignee_id in (None, user.pk) or has_permission(user, Permission.APPROVE_DECISION):
        return None
    return "A colleague works on this request. Hand it over to yourself or to somebody else instead."


def rank_refusal(user: User, data_request: DataRequest, rank: int) -> str | None:
    """Say why this person may not give this request that priority, or None."""
    if refusal := assign_refusal(user, data_request, user):
        return refusal
    if Rank.EXIGENT in (data_request.rank, rank):
        return "An emergency is filed as one and stays one."
    return None


def colleagues(data_request: DataRequest) -> list[User]:
    """Return who this request can be handed over to: whoever may work on it and does not already."""
    people = list(User.objects.holding([Permission.REVIEW_REQUEST]).order_by("full_name", "pk"))
    held = {data_request.recorded_by_id, data_request.assignee_id}
    people = [p for p in people if p.pk not in held and staff_may_see(p, data_request)]
    return [p for p in people if decided_before_refusal(p, data_request) is None]


@transaction.atomic
def return_incomplete(
    data_request: DataRequest, *, code: str, text: str, by: User, at: datetime | None = None
) -> DataRequest:
    """Give a new request back as a draft; the officer reads the text in the portal, the mail says only the kind."""
    at = at or timezone.now()
    if not text.strip():
        raise Incomplete("Write what is missing, so that the officer can add it.")
    data_request = lock(data_request)
    facts = {"code": str(code)}
    request_workflow.advance(data_request, "return_incomplete", by=by, at=at, reason=text.strip(), data=facts)
    holds_beside.follow(data_request, at=at)
    notify.returned_incomplete(data_request, at=at)
    return data_request
