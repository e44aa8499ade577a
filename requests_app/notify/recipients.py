"""Who of the desk is told of a request: the right person, never somebody who may not read it."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.absent import away_on, day_in
from accounts.models import DeclaredConflict, StaffRole, User
from accounts.permissions import ROLE_PERMISSIONS, Permission
from foundation.providers.models import Provider
from requests_app.models import DataRequest
from requests_app.querysets import left_behind

REVIEWING = (Permission.REVIEW_REQUEST,)
SIGNING = (Permission.APPROVE_DECISION,)
RELEASING = (Permission.RELEASE_RECORDS,)
ADVISING = (Permission.GIVE_ADVICE,)
_NAMED = (Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION)


def holders(provider: Provider, permissions: Iterable[Permission]) -> QuerySet[User]:
    """Return the active staff who hold any of these permissions by a role at this provider."""
    wanted = set(permissions)
    roles = [role for role, held in ROLE_PERMISSIONS.items() if held & wanted]
    in_force = StaffRole.objects.filter(provider=provider, ended_at=None, role__in=roles)
    return User.objects.filter(is_active=True, pk__in=in_force.values("user")).order_by("pk")


def readers(data_request: DataRequest, permissions: Iterable[Permission]) -> QuerySet[User]:
    """Return who of these may read this request: of a restricted one its named readers, and nobody with a conflict."""
    people = holders(data_request.provider, permissions)
    if data_request.restricted:
        people = people.filter(pk__in=data_request.named_readers.values("pk"))
    about = Q(agency=data_request.agency_id) | Q(about_reference=data_request.reference or "-")
    return people.exclude(pk__in=DeclaredConflict.objects.filter(about, ended_at=None).values("user"))


def on_call(data_request: DataRequest, *, at: datetime | None = None) -> list[User]:
    """Return who is on call in the request's team, is not away and may review it."""
    people = readers(data_request, REVIEWING).filter(
        team_memberships__team=data_request.team_id or 0, team_memberships__on_call=True
    )
    return list(people.exclude(pk__in=away_on(_today(data_request, at)).values("user")))


def responsible(data_request: DataRequest, *, at: datetime | None = None) -> list[User]:
    """Return who must act: the assignee, else who is on call in the team, else everybody who reviews.

    While the assignee is away, the deputy too; without one who may review it, who is on call or else all reviewers.
    Of a restricted request nobody but its named readers: where none of them reviews, those who sign.
    """
    reviewers = readers(data_request, REVIEWING)
    mine = list(reviewers.filter(pk=data_request.assignee_id or 0))
    away = away_on(_today(data_request, at)).filter(user__in=mine)
    if mine and not away.exists():
        return mine
    deputies = list(reviewers.filter(pk__in=away.values("deputy")))
    others = deputies or on_call(data_request, at=at) or list(reviewers) or list(readers(data_request, _NAMED))
    return list(dict.fromkeys([*mine, *others]))


def _today(data_request: DataRequest, at: datetime | None) -> date:
    """Return the day it is where the company's desk is."""
    return day_in(data_request.provider.calendar.time_zone, at or timezone.now())


def everybody(data_request: DataRequest, *, signing: bool = False) -> list[User]:
    """Return everybody who can take the request; with `signing`, also who signs its decision."""
    return list(readers(data_request, _NAMED if signing or data_request.restricted else REVIEWING))


def present(data_request: DataRequest, people: Iterable[User], *, at: datetime) -> list[User]:
    """Return those of these people who are not away today; all of them where everybody is, so that somebody is told."""
    known = list(people)
    away = set(away_on(_today(data_request, at)).values_list("user", flat=True))
    return [person for person in known if person.pk not in away] or known


def officers(data_request: DataRequest) -> list[User]:
    """Return the officer and who follows, without anybody who has left: what is written to them is read by nobody."""
    gone = DataRequest.objects.filter(left_behind(), pk=data_request.pk).exists()
    people = (person for person in data_request.people() if person.is_active)
    return [person for person in people if not gone or person.pk != data_request.officer_id]
