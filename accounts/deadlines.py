"""How long the desk takes over an application: the promise of the provider, on its own calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from foundation.core.errors import PortalError
from foundation.legal.calendars import is_working_day
from foundation.legal.deadlines import business_days
from foundation.legal.models import WorkCalendar
from foundation.providers.models import Provider

# Whoever told of an emergency without an account is vetted as fast as an emergency is decided.
URGENT_REVIEW = timedelta(minutes=30)
# A number that was entered or changed a few days ago may be the forger's: a call to it needs two people.
NEW_NUMBER = timedelta(days=7)


@dataclass(frozen=True)
class Promise:
    """When we answer, and the rule and calendar version that gave the time."""

    at: datetime
    rule: str
    days: int
    remind_at: datetime | None
    """One working day before: when the desk is reminded of what it has not decided; none where it is due at once."""


def access_review(received: datetime) -> Promise:
    """Return by when an application that is sent now is answered."""
    provider = operator()
    due = business_days(received, provider.access_review_days, provider.calendar)
    remind_at = a_working_day_before(due.at, provider.calendar)
    return Promise(due.at, due.rule, provider.access_review_days, remind_at)


def urgent_review(received: datetime) -> Promise:
    """Return by when an application that follows an emergency is answered: day and night, on no calendar."""
    minutes = round(URGENT_REVIEW.total_seconds() / 60)
    return Promise(received + URGENT_REVIEW, f"emergency {minutes} minutes", 0, None)


def a_working_day_before(due: datetime, calendar: WorkCalendar) -> datetime:
    """Return the same hour, in the zone of the calendar, on the last working day before the day of a deadline.

    In UTC. A reminder on a Sunday of what is due on Monday would reach nobody in time.
    """
    local = due.astimezone(ZoneInfo(calendar.time_zone))
    day = local.date() - timedelta(days=1)
    while not is_working_day(calendar, day):
        day -= timedelta(days=1)
    return datetime.combine(day, local.timetz()).astimezone(UTC)


@dataclass(frozen=True)
class DeskDays:
    """The working days of the desk, as the clocks on its pages count them."""

    calendar: WorkCalendar

    def is_working_day(self, day: date) -> bool:
        """Say whether the desk works on this day."""
        return is_working_day(self.calendar, day)


def desk() -> DeskDays:
    """Return the working days of the desk that vets."""
    return DeskDays(operator().calendar)


def operator() -> Provider:
    """Return the provider whose desk vets officers: the first one of the installation."""
    provider = Provider.objects.select_related("calendar").order_by("pk").first()
    if provider is None:
        raise PortalError("This installation is not set up yet: it has no provider.")
    return provider
