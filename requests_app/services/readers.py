"""Restricted requests: who may read one, how these people are named, and how they change."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.absent import absences_of, day_in
from accounts.models import DeclaredConflict, User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from preservation.services.life import restrict_with
from requests_app.enums import RequestStatus, RestrictedGround
from requests_app.events import Event
from requests_app.models import Assignment, DataRequest
from requests_app.permissions import desk_refusal, may_write_notes, staff_may_see
from requests_app.services import routing
from requests_app.services.drafts import locked
from requests_app.services.locks import lock

logger = logging.getLogger(__name__)

_NOBODY_LEFT = "A restricted request keeps at least one reviewer and, beside that person, one approver."
_NOT_NAMED = "Only a named reader who works on requests changes who reads this."


def reason_words(ground: str, words: str = "") -> str:
    """Return what is kept of why a request is restricted: the ground in words, and what was written to it."""
    label = str(RestrictedGround(ground).label)
    return (f"{label}: {words.strip()}" if words.strip() else label)[:300]


@transaction.atomic
def mark_draft(
    data_request: DataRequest, *, restricted: bool, because: str, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Note on a draft that only named people may read it once it is sent, and why; or take that back."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version)
    draft.restricted, draft.restricted_because = restricted, because if restricted else ""
    draft.saved_at, draft.lock_version = at, draft.lock_version + 1
    draft.save(update_fields=["restricted", "restricted_because", "saved_at", "lock_version"])
    record(Event.RESTRICTED if restricted else Event.UNRESTRICTED, by=by, obj=draft, at=at)
    return draft


def name_at_receipt(data_request: DataRequest, *, at: datetime) -> None:
    """Name the staff who read a restricted request that comes in: the team for it, or the approvers and a reviewer.

    A request that was returned and comes again keeps the readers it has.
    """
    if not data_request.restricted:
        return
    restrict_with(data_request.reference or "", at=at)
    if staff_readers(data_request):
        return
    people = first_readers(data_request)
    data_request.named_readers.add(*people)
    if not covers(data_request, people):
        logger.error("A restricted request %s has no reviewer or no approver who may read it", data_request.reference)
    record(Event.READER_ADDED, by=None, obj=data_request, data=_named(people), at=at)


def first_readers(data_request: DataRequest) -> list[User]:
    """Return who is named at first: the provider's restricted team; else its approvers, with a reviewer among them.

    Whoever declared a conflict is left out. Where the team lacks a reviewer or an approver, they are added.
    """
    able = candidates(data_request)
    team = data_request.provider.restricted_team
    members = set(team.memberships.values_list("user_id", flat=True)) if team else set()
    found = [person for person in able if person.pk in members]
    if not any(has_permission(p, Permission.APPROVE_DECISION) for p in found):
        found += [p for p in able if has_permission(p, Permission.APPROVE_DECISION)]
    if not covers(data_request, found):
        found += _reviewer(data_request, [p for p in able if p not in found])
    return list(dict.fromkeys(found))


def _reviewer(data_request: DataRequest, able: list[User]) -> list[User]:
    """Return one reviewer: on call in the request's team if there is one, else whoever has been here longest.

    Somebody who is away is named only where nobody else could be.
    """
    reviewers = [p for p in able if has_permission(p, Permission.REVIEW_REQUEST)]
    on_call = (
        {row.user_id for row in data_request.team.memberships.filter(on_call=True)} if data_request.team else set()
    )
    away = absences_of(reviewers, day_in(data_request.provider.calendar.time_zone, timezone.now()))
    return sorted(reviewers, key=lambda person: (person.pk in away, person.pk not in on_call, person.pk))[:1]


def candidates(data_request: DataRequest) -> list[User]:
    """Return the staff of the provider who work on requests and declared no conflict with this one, by name."""
    rights = [Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION, Permission.GIVE_ADVICE,
              Permission.SIGN_CERTIFICATE]  # fmt: skip
    people = User.objects.holding(rights).filter(
        staff_roles__provider=data_request.provider, staff_roles__ended_at=None
    )
    about = Q(agency=data_request.agency) | Q(agency=None, about_reference=data_request.reference or "-")
    conflicts = DeclaredConflict.objects.filter(about, ended_at=None)
    people = people.exclude(pk__in=conflicts.values("user"))
    return list(people.order_by("full_name", "pk").distinct())


def staff_readers(data_request: DataRequest) -> list[User]:
    """Return the members of staff who are named as readers, by name; officers who are named are left out."""
    known = {person.pk for person in data_request.named_readers.all()}
    return [person for person in _working(data_request) if person.pk in known]


def kept_away(data_request: DataRequest) -> set[int]:
    """Return the keys of the named readers who declared a conflict: the request is closed to them."""
    about = Q(agency=data_request.agency) | Q(agency=None, about_reference=data_request.reference or "-")
    declared = DeclaredConflict.objects.filter(about, ended_at=None, user__in=data_request.named_readers.all())
    return set(declared.values_list("user_id", flat=True))


def _working(data_request: DataRequest) -> list[User]:
    rows = User.objects.holding([Permission.SEE_QUEUE]).filter(
        staff_roles__provider=data_request.provider, staff_roles__ended_at=None
    )
    return list(rows.order_by("full_name", "pk").distinct())


def covers(data_request: DataRequest, people: Iterable[User]) -> bool:
    """Say whether these people can decide the request: a reviewer, and an approver who is somebody else."""
    people = [person for person in people if person.pk != data_request.recorded_by_id]
    reviewers = {p.pk for p in people if has_permission(p, Permission.REVIEW_REQUEST)}
    approvers = {p.pk for p in people if has_permission(p, Permission.APPROVE_DECISION)}
    return bool(reviewers and approvers and len(reviewers | approvers) > 1)


def change_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot change who reads a restricted request, or None."""
    if not data_request.restricted:
        return "This request is not restricted."
    named = data_request.named_readers.filter(pk=by.pk).exists()
    if not named or not may_write_notes(by) or not staff_may_see(by, data_request):
        return _NOT_NAMED
    return None


def restrict_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot mark a request as restricted, or None."""
    if data_request.restricted:
        return "This request is restricted already."
    if data_request.status == RequestStatus.DRAFT:
        return "This is with the officer."
    return desk_refusal(by, Permission.REVIEW_REQUEST, data_request)


@transaction.atomic
def add(data_request: DataRequest, person: User, *, reason: str, by: User, at: datetime | None = None) -> None:
    """Let one more member of staff read a restricted request; doing it twice changes nothing."""
    data_request = _locked(data_request, reason, by)
    if data_request.named_readers.filter(pk=person.pk).exists():
        return
    if person not in candidates(data_request):
        raise NotAllowed("This person does not work on requests here, or declared a conflict.")
    data_request.named_readers.add(person)
    record(Event.READER_ADDED, by=by, obj=data_request, reason=reason.strip(), data=_named([person]), at=at)


@transaction.atomic
def remove(data_request: DataRequest, person: User, *, reason: str, by: User, at: datetime | None = None) -> None:
    """Take a member of staff out of the readers; never the last reviewer or approver, nor whoever works on it."""
    data_request = _locked(data_request, reason, by)
    readers = staff_readers(data_request)
    if person not in readers:
        raise Stale("This person does not read it any more.")
    if data_request.assignee_id == person.pk:
        raise NotAllowed("This person works on the request. Hand it over first.")
    away = kept_away(data_request)
    # Whoever is kept away decides nothing: to take them out leaves nobody less than before.
    if person.pk not in away and not covers(data_request, [p for p in readers if p != person and p.pk not in away]):
        raise NotAllowed(_NOBODY_LEFT)
    data_request.named_readers.remove(person)
    record(Event.READER_REMOVED, by=by, obj=data_request, reason=reason.strip(), data=_named([person]), at=at)


def _named(people: Iterable[User]) -> dict[str, JSON]:
    """Return the facts of who was named, for the trail; by number too, because addresses change."""
    found = sorted(people, key=lambda person: person.email)
    return {"readers": [person.email for person in found], "ids": [person.pk for person in found]}


def _locked(data_request: DataRequest, reason: str, by: User) -> DataRequest:
    if not reason.strip():
        raise Incomplete("Write why.")
    row = lock(data_request)
    if refusal := change_refusal(row, by=by):
        raise NotAllowed(refusal)
    return row


@transaction.atomic
def restrict(
    data_request: DataRequest, *, because: str, people: Iterable[User], by: User, at: datetime | None = None
) -> DataRequest:
    """Leave a request that came in to the reviewer who does this and the people chosen; nobody else finds it any more.

    Whoever worked on it and is not chosen loses it, and the reviewer has it then.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := restrict_refusal(data_request, by=by):
        raise NotAllowed(refusal)
    able = set(candidates(data_request))
    readers = list(dict.fromkeys([by, *(person for person in people if person in able)]))
    if not covers(data_request, readers):
        raise Incomplete("Choose at least one approver beside you, so that somebody can sign.")
    officers = _officers(data_request)
    data_request.restricted, data_request.restricted_because = True, because
    data_request.save(update_fields=["restricted", "restricted_because"])
    data_request.named_readers.set([*readers, *officers])
    if data_request.assignee_id and data_request.assignee not in readers:
        data_request.assignments.filter(ended_at=None).update(ended_at=at)
        Assignment.objects.create(data_request=data_request, user=by, assigned_at=at, assigned_by=by)
        DataRequest.objects.filter(pk=data_request.pk).update(assignee=by)
        data_request.assignee = by
    restrict_with(data_request.reference or "", at=at)
    record(Event.RESTRICTED, by=by, obj=data_request, reason=because, data=_named(readers), at=at)
    _under_its_team(data_request, readers, by, at)
    return data_request


def _under_its_team(data_request: DataRequest, people: list[User], by: User, at: datetime) -> None:
    """Let a request that became restricted stand under the team for these, where one of its readers is in it."""
    found, before = routing.route(data_request), data_request.team
    team = data_request.provider.restricted_team
    if team is None or found.team != team or before == team:
        return
    if not team.memberships.filter(user__in=people).exists():
        return
    data_request.team, data_request.routed_because = team, found.because
    data_request.save(update_fields=["team", "routed_because"])
    facts = {"from": before.name if before else "", "to": team.name}
    record(Event.TEAM_SET, by=by, obj=data_request, data=facts, at=at)


def _officers(data_request: DataRequest) -> list[User]:
    """Return who of the officer's side goes on reading: who followed or shared a desk until now."""
    return [person for person in data_request.people() if person.pk != data_request.officer_id]
