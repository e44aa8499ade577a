"""When a request must be looked at, answered and finished: pure functions, frozen on the row when they are used."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from foundation.legal import catalogue
from foundation.legal import deadlines as legal
from foundation.legal.deadlines import Due
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider, Team
from requests_app.enums import RequestKind

_DAY = timedelta(days=1)
# How the rules begin that count elapsed time; all others count days.
_IN_HOURS = ("hours", "emergency")
# An emergency is taken within five minutes, or it escalates.
TAKE_EMERGENCY_WITHIN = timedelta(minutes=5)
DECIDE_EMERGENCY_WITHIN = timedelta(minutes=30)
# What is looked at in an emergency unless the officer names more.
EMERGENCY_PERIOD_DAYS = 30
# A return date of an order counts up to so long after the ordinary deadline.
RETURN_AT_MOST = timedelta(days=60)
# Nobody has records of accounts from before, and a typing error is likelier: 0202 for 2020.
FIRST_YEAR = 1990
# Of forty emergencies at once from one agency one alert is enough: those of the same five minutes belong together.
ALERT_WINDOW = TAKE_EMERGENCY_WITHIN
# An acknowledgement that no mail server took by then is looked after by a person.
ACKNOWLEDGE_WITHIN = timedelta(minutes=15)
# How far ahead an order of the future reaches at most before its end is no end.
AHEAD = timedelta(days=2 * 366)
# A draft that nobody saves for so long is deleted.
DRAFT_DAYS = 30


def first_look(kind: str, provider: Provider, *, team: Team | None = None, at: datetime) -> Due:
    """Return by when a person looks at a request received at this time, on the calendar of the team that will."""
    if kind == RequestKind.EMERGENCY:
        minutes = round(TAKE_EMERGENCY_WITHIN.total_seconds() / 60)
        return Due(at + TAKE_EMERGENCY_WITHIN, f"emergency {minutes} minutes", "Emergencies are taken at once.")
    calendar = team.calendar if team and team.calendar else provider.calendar
    return legal.business_days(at, provider.first_look_days, calendar)


def answer(
    kind: str, process_type: ProcessType | None, provider: Provider, *, return_date: date | None = None, at: datetime
) -> Due:
    """Return by when a request is answered: the law's time, else the company's promise, else the order's own date.

    A return date counts where it is not more than RETURN_AT_MOST after the ordinary deadline; one further ahead is
    likelier a typing error, and keeps nobody waiting. None counts that has passed, and none in an emergency.
    """
    ordinary = _ordinary_answer(kind, process_type, provider, at=at)
    if return_date is None or kind == RequestKind.EMERGENCY:
        return ordinary
    if not at.astimezone(UTC).date() <= return_date <= (ordinary.at + RETURN_AT_MOST).astimezone(UTC).date():
        return ordinary
    ends = _midnight(return_date) + timedelta(days=1, seconds=-1)
    return Due(ends, "return date of the order", f"The order names {return_date:%-d %b %Y}.")


def process_after(provider: Provider, *, at: datetime) -> Due:
    """Return by when legal process follows records that left voluntarily in an emergency at this time.

    The company's own rule: no statute makes an agency send it.
    """
    return legal.business_days(at, provider.process_days, provider.calendar)


def process_again(provider: Provider, due: datetime, *, at: datetime) -> Due | None:
    """Return the later time of who must send it once more; None where the first one leaves a working day at least."""
    again = legal.business_days(at, 1, provider.calendar)
    return again if again.at > due else None


def _ordinary_answer(kind: str, process_type: ProcessType | None, provider: Provider, *, at: datetime) -> Due:
    if kind == RequestKind.EMERGENCY:  # the company's own target is shorter than any statute's (EU 2023/1543: 8 hours)
        minutes = round(DECIDE_EMERGENCY_WITHIN.total_seconds() / 60)
        return Due(at + DECIDE_EMERGENCY_WITHIN, f"emergency {minutes} minutes", "Emergencies are decided at once.")
    due = catalogue.answer_due(process_type, at, provider.calendar) if process_type else None
    return due or legal.calendar_roll(at, provider.answer_days, provider.calendar)


def resumed(deadline: datetime, *, rule: str, zone: str, stood: timedelta, pause: timedelta) -> datetime:
    """Return the deadline after its clock stood still for `pause`, and for `stood` in earlier pauses.

    A time in hours or minutes moves by the pause itself. One in days moves by the whole days (24 hours) of all its
    pauses together, and stays at the end of a day, or at the hour the desk of this zone closes: a pause of a minute
    gives no day, 24 pauses of an hour give one. Never earlier than without the pause (docs/decisions/0019).
    """
    pause = max(pause, timedelta(0))
    if rule.startswith(_IN_HOURS):
        return deadline + pause
    days = (stood + pause) // _DAY - stood // _DAY
    place = ZoneInfo(zone) if follows_a_zone(rule) else UTC
    return (deadline.astimezone(place) + days * _DAY).astimezone(UTC)


def follows_a_zone(rule: str) -> bool:
    """Say whether a rule ends when the desk closes, in the zone of its calendar."""
    return rule.startswith("business_days")


def draft_kept_until(saved_at: datetime) -> datetime:
    """Return when a draft that was last saved then is deleted."""
    return saved_at + timedelta(days=DRAFT_DAYS)


def instants(first: date, last: date, zone: str = "UTC") -> tuple[datetime, datetime]:
    """Return the period of whole days of a time zone as UTC instants, the end exclusive."""
    place = ZoneInfo(zone)
    return _midnight(first, place).astimezone(UTC), _midnight(last + timedelta(days=1), place).astimezone(UTC)


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Return the names of all time zones (IANA); read once, for it looks through many files."""
    return frozenset(available_timezones())


def today_in(zone: str, at: datetime) -> date:
    """Return which day it is in a time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def days(period_from: datetime, period_to: datetime) -> tuple[date, date]:
    """Return the first and the last UTC day of a period whose end is exclusive."""
    return period_from.astimezone(UTC).date(), (period_to.astimezone(UTC) - timedelta(microseconds=1)).date()


def period_refusal(first: date | None, last: date | None, *, today: date, prospective: bool = False) -> str | None:
    """Say what is wrong with a period of days that is asked for, or None. Open ends and the future are refused.

    `prospective`: the type of process reaches data that comes into being after the order, so the end may lie ahead.
    """
    if first is None and last is None:
        return "add the first and the last day. We do not search without dates"
    if first is None:
        return "add the first day. We do not search without a beginning"
    if last is None:
        return "add the last day. We do not search without an end"
    for day, which in ((first, "first"), (last, "last")):
        if day.year < FIRST_YEAR:
            return f"the {which} day is in {day.year:04}. Check the year"
    if last < first:
        return "the last day is before the first day"
    if prospective:
        return None if last <= today + AHEAD else "the last day is more than two years ahead. Name a nearer one"
    if last > today:
        return "the last day is after today. We can only give records that exist"
    return None


def freeze_end(last_day: date | None) -> Due | None:
    """Return when a freeze ends whose order names this last day, or None where it holds until further order.

    Not before the day is over everywhere on earth (12:00 UTC of the next day): nothing is set free while the order
    still holds at the court. Policy, not a rule of one law.
    """
    if last_day is None:
        return None
    at = _midnight(last_day + timedelta(days=1)) + timedelta(hours=12)
    return Due(at, f"last day {last_day.isoformat()}, over everywhere", f"The order names {last_day:%-d %b %Y}.")


def odd_year(day: date) -> str | None:
    """Say that a date is probably a typing error, or None."""
    if FIRST_YEAR <= day.year <= 2100:
        return None
    return f"the year {day.year:04} cannot be right. Check it"


def _midnight(day: date, zone: tzinfo = UTC) -> datetime:
    return datetime.combine(day, time.min, zone)
