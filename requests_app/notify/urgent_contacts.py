"""Pages about emergencies told without an account: the reference and by when, never who, where or what.

They have a number of pages of their own, so that a flood of them hides no emergency of a vetted officer.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.absent import away_on, day_in
from accounts.models import Absence, DeclaredConflict, User
from accounts.permissions import Permission
from foundation.notifications.hooks.emitting import emit, stamped
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.outbox import send
from foundation.providers.models import EntryPoint, Team
from requests_app.models import UrgentContact
from requests_app.notify.recipients import REVIEWING, holders

logger = logging.getLogger(__name__)


def told(
    contact: UrgentContact, *, people: Iterable[User] | None = None, addresses: Iterable[str] = (), at: datetime
) -> bool:
    """Page through the urgent loop: those of the first step of a rota, else who is on call; whether there was anybody.

    Each once.
    """
    context = {"received": contact.created_at, "take_by": contact.take_by}
    paged = list(_on_call(contact, at) if people is None else _targets(people, addresses))
    for key, target in paged:
        _send("urgent_contact", contact, key=f"{pages_of(contact)}{key}", context=context, at=at, **target)
    if not paged:
        logger.error("Nobody can be paged for emergency %s: no team address and no reviewer", contact.reference)
    _emit(HookEvent.WITHOUT_ACCOUNT, contact, key=str(contact.pk), at=at)
    return bool(paged)


def pages_of(contact: UrgentContact) -> str:
    """Return how the keys of all first pages about this emergency begin."""
    return f"urgent:{contact.pk}:"


def wait(contact: UrgentContact, *, count: int, wider: bool, at: datetime) -> bool:
    """Page everybody who may take them that so many wait, the first of them `contact`; `wider`: also who signs.

    Return whether there was anybody. One page a minute for each person, however many wait.
    """
    may = _people(contact, (*REVIEWING, Permission.APPROVE_DECISION) if wider else REVIEWING)
    people = list(may.exclude(pk__in=_away(contact, at))) or list(may)
    minute = f"{contact.provider_id}:{at:%Y%m%d%H%M}"
    context = {"waiting": count, "received": contact.created_at}
    for person in people:
        key = f"urgent_wait:{minute}:{person.pk}"
        _send("urgent_contacts_wait", contact, key=key, context=context, at=at, to_user=person)
    if not people:
        logger.error("Nobody can be paged for emergency %s: nobody may take it", contact.reference)
    facts: dict[str, str | int] = {"waiting": count, "first_received": stamped(contact.created_at)}
    _emit(HookEvent.WITHOUT_ACCOUNT_WAITING, contact, key=minute, facts=facts, at=at)
    return bool(people)


def _on_call(contact: UrgentContact, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return a key and a target for everybody on call in the country's team, else in any; else all who may take it."""
    team = team_of(contact)
    teams = [team] if team else list(Team.objects.filter(provider=contact.provider).order_by("pk"))
    # Teams may share an address: it is paged once.
    addresses = dict.fromkeys(team.on_call_address.lower() for team in teams if team.on_call_address)
    everybody = reviewers(contact)
    on_call = User.objects.filter(team_memberships__team__in=teams, team_memberships__on_call=True)
    people = list(everybody.filter(pk__in=on_call.values("pk")).exclude(pk__in=_away(contact, at)))
    return _targets(people or ([] if addresses else everybody), addresses)


def _targets(people: Iterable[User], addresses: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((f"at:{address}", {"to_address": address}) for address in addresses)
    yield from ((f"user{person.pk}", {"to_user": person}) for person in people)


def team_of(contact: UrgentContact) -> Team | None:
    """Return the team that answers for the country, or None."""
    points = EntryPoint.objects.filter(provider=contact.provider, jurisdiction__code=contact.country)
    entry = points.select_related("team").first()
    return entry.team if entry is not None else None


def reviewers(contact: UrgentContact) -> QuerySet[User]:
    """Return everybody who may take it."""
    return _people(contact, REVIEWING)


def _people(contact: UrgentContact, permissions: Iterable[Permission]) -> QuerySet[User]:
    """Return who may do it and declared no conflict with the agency."""
    people = holders(contact.provider, permissions)
    if contact.agency_id is None:
        return people
    known = DeclaredConflict.objects.filter(agency=contact.agency_id, ended_at=None)
    return people.exclude(pk__in=known.values("user"))


def _away(contact: UrgentContact, at: datetime) -> QuerySet[Absence, int]:
    return away_on(day_in(contact.provider.calendar.time_zone, at)).values_list("user", flat=True)


def _send(event: str, contact: UrgentContact, *, key: str, context: Any, at: datetime, **target: Any) -> None:
    send(event, dedupe_key=key, context=context, reference=contact.reference, urgent=True, at=at, **target)


def _emit(event: HookEvent, contact: UrgentContact, *, key: str, facts: Any = None, at: datetime) -> None:
    link = reverse("staff:urgent_contact", args=[contact.reference])
    emit(
        event, dedupe_key=f"{event.value}:{key}", reference=contact.reference, link=link, facts=facts, urgent=True,
        at=at,
    )  # fmt: skip
