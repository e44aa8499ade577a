"""Who of the staff is away on a day, and who stands in. Nothing of a request moves because of it."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, Exists, F, Func, OuterRef, QuerySet, Value

from accounts.models import Absence, User


def day_in(zone: str, at: datetime) -> date:
    """Return the day that an instant falls on in a time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def away_on(day: date) -> QuerySet[Absence]:
    """Return the absences in force on a day, both ends included; cancelled ones are not."""
    return Absence.objects.filter(ended_at=None, first_day__lte=day, last_day__gte=day)


def absences_of(people: Iterable[User], day: date) -> dict[int, Absence]:
    """Return by person the absence in force on a day, of those who are away; of several the longest."""
    rows = away_on(day).filter(user__in=[person.pk for person in people]).select_related("deputy", "user")
    return {row.user_id: row for row in rows.order_by("last_day", "pk")}


def is_away(person: str, zone: str, *, at: datetime) -> Exists:
    """Say in a query whether somebody is away; `person` and `zone` are the paths to them and to their time zone."""
    moment = Value(at, output_field=DateTimeField())
    today = Func(moment, OuterRef(zone), template="(%(expressions)s)::date", arg_joiner=" AT TIME ZONE ",
                 output_field=DateField())  # fmt: skip
    rows = Absence.objects.filter(ended_at=None, user=OuterRef(person)).annotate(today=today)
    return Exists(rows.filter(first_day__lte=F("today"), last_day__gte=F("today")))
