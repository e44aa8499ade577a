"""Days on which staff are away, who stands in, and which of their requests could be taken over.

Nothing is handed over by itself. While somebody is away, reminders about their requests go to the deputy too, nobody
away counts as on call, and whoever hands something over reads until when a colleague is away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.absent import absences_of, away_on, day_in
from accounts.models import Absence, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.providers.models import Provider
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.notify import work
from requests_app.services.company_policy import providers_of

LONGEST = timedelta(days=366)
# A deputy who was named while beat stood still is told a little late, not after the absence.
_TELL_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class Listed:
    """An absence as the list shows it: whether it runs now, and how many open requests the reader may see."""

    absence: Absence
    now: bool
    requests: int


@transaction.atomic
def enter(
    person: User, *, first: date, last: date, deputy: User | None, by: User, at: datetime | None = None
) -> Absence:
    """Enter days on which somebody is away, both included; by themselves, or by who manages people.

    The deputy holds every right of the person and is there on these days. Raises NotAllowed, Incomplete for days that
    make no sense, TransitionRefused where an absence of these days stands already.
    """
    at = at or timezone.now()
    # One absence after the other for a person: two windows at once cannot enter the same days twice.
    locked = User.objects.select_for_update().get(pk=person.pk)
    if refusal := change_refusal(by, locked):
        raise NotAllowed(refusal)
    _days_make_sense(first, last, today_of(locked, at))
    if _between(first, last).filter(user=locked).exists():
        raise TransitionRefused("An absence of some of these days is entered already. End that one first.")
    if deputy is not None and (refusal := deputy_refusal(locked, deputy, first, last)):
        raise NotAllowed(refusal)
    row = Absence.objects.create(
        user=locked, first_day=first, last_day=last, deputy=deputy, entered_at=at, entered_by=by
    )
    data = {"first": first.isoformat(), "last": last.isoformat(), "deputy": deputy.email if deputy else ""}
    record(Event.ABSENCE_ENTERED, by=by, obj=row, object_label=locked.email, data=data, at=at)
    work.deputy_named(row, at=at)
    return row


@transaction.atomic
def end(absence: Absence, *, by: User, at: datetime | None = None) -> Absence:
    """End an absence: it was called off, or the person is back. Raises TransitionRefused where it has ended."""
    at = at or timezone.now()
    row = Absence.objects.select_for_update(of=("self",)).select_related("user", "deputy").get(pk=absence.pk)
    if refusal := change_refusal(by, row.user):
        raise NotAllowed(refusal)
    if row.ended_at is not None:
        raise TransitionRefused("This absence was ended already.")
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    data = {"first": row.first_day.isoformat(), "last": row.last_day.isoformat()}
    record(Event.ABSENCE_ENDED, by=by, obj=row, object_label=row.user.email, data=data, at=at)
    return row


def change_refusal(by: User, person: User) -> str | None:
    """Say why somebody may not enter or end an absence of this person, or None."""
    if by.pk == person.pk and by.is_active:
        return None
    if has_permission(by, Permission.MANAGE_PEOPLE) and colleagues(by).filter(pk=person.pk).exists():
        return None
    return "You may enter your own absences only."


def deputy_refusal(person: User, deputy: User, first: date, last: date) -> str | None:
    """Say why a colleague cannot stand in on these days, or None."""
    if deputy.pk == person.pk:
        return "Nobody stands in for themselves."
    if not deputy.is_active or not person.permissions <= deputy.permissions:
        return f"{deputy.get_full_name()} does not have the same rights."
    if not set(providers_of(person)) <= set(providers_of(deputy)):
        return f"{deputy.get_full_name()} does not work for the same company."
    if _between(first, last).filter(user=deputy).exists():
        return f"{deputy.get_full_name()} is away on some of these days too."
    return None


def deputies_for(person: User) -> list[User]:
    """Return who could stand in: colleagues who hold every right of this person, by name."""
    return [one for one in colleagues(person) if one.pk != person.pk and person.permissions <= one.permissions]


def colleagues(person: User) -> QuerySet[User]:
    """Return the active staff of the companies that this person works for, themselves included, by name."""
    people = User.objects.filter(
        is_active=True, staff_roles__ended_at=None, staff_roles__provider__in=providers_of(person)
    )
    return people.distinct().order_by("full_name", "pk")


def visible_to(user: User) -> QuerySet[Absence]:
    """Return the absences that this member of staff may read: of colleagues; they say no reason."""
    return Absence.objects.filter(user__in=colleagues(user).values("pk")).select_related("user", "deputy")


def listed(user: User, *, at: datetime | None = None) -> list[Listed]:
    """Return the absences of now and to come, soonest first, with the open requests that this reader may see."""
    today = today_of(user, at or timezone.now())
    rows = list(visible_to(user).filter(ended_at=None, last_day__gte=today).order_by("first_day", "pk"))
    theirs = DataRequest.objects.visible_to_staff(user).open().filter(assignee__in={row.user_id for row in rows})
    counted = theirs.order_by().values("assignee").annotate(n=Count("pk")).values_list("assignee", "n")
    numbers = dict(counted)
    return [Listed(row, row.first_day <= today, numbers.get(row.user_id, 0)) for row in rows]


def open_requests(absence: Absence, *, reader: User) -> QuerySet[DataRequest]:
    """Return the person's open requests as far as the reader may see them, in the order of the queue."""
    rows: QuerySet[DataRequest] = DataRequest.objects.visible_to_staff(reader).open()
    return rows.filter(assignee=absence.user_id).order_by("rank", "deadline_at", "pk")


def sweep(*, at: datetime | None = None) -> int:
    """Tell each deputy whose colleague's absence has begun, once; return how many absences that were."""
    at = at or timezone.now()
    told = 0
    for provider in Provider.objects.select_related("calendar").order_by("pk"):
        today = day_in(provider.calendar.time_zone, at)
        roles = Q(user__staff_roles__provider=provider, user__staff_roles__ended_at=None)
        rows = away_on(today).filter(roles, deputy__is_active=True, first_day__gt=today - _TELL_WITHIN)
        for row in rows.select_related("user", "deputy").distinct():
            deputy = row.deputy
            if deputy is not None:
                work.absence_begins(row, number=open_requests(row, reader=deputy).count(), at=at)
                told += 1
    return told


def with_absence(people: Iterable[User], provider: Provider, *, at: datetime | None = None) -> list[tuple[User, str]]:
    """Return each person with what to know before handing something over: until when they are away, and who stands in.

    Empty words for whoever is there.
    """
    known = list(people)
    away = absences_of(known, day_in(provider.calendar.time_zone, at or timezone.now()))
    return [(person, away_words(away[person.pk]) if person.pk in away else "") for person in known]


def away_words(absence: Absence) -> str:
    """Say until when somebody is away and who stands in."""
    until = f"Away until {absence.last_day:%-d %b %Y}"
    return f"{until}. {absence.deputy.get_full_name()} stands in" if absence.deputy else until


def today_of(user: User, at: datetime) -> date:
    """Return the day it is at the first company that this person works for; UTC for who works for none."""
    provider = providers_of(user).select_related("calendar").first()
    return day_in(provider.calendar.time_zone if provider else "UTC", at)


def _between(first: date, last: date) -> QuerySet[Absence]:
    return Absence.objects.filter(ended_at=None, first_day__lte=last, last_day__gte=first)


def _days_make_sense(first: date, last: date, today: date) -> None:
    if last < first:
        raise Incomplete("The last day is before the first.")
    if last < today:
        raise Incomplete("These days are over.")
    if last - first >= LONGEST:
        raise Incomplete(f"Enter at most {LONGEST.days} days at once.")
