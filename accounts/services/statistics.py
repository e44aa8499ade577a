"""What the desk that vets did, month by month: how many, how fast, and why not. No names, no references.

Sending is read from the trail, because an application that is sent again forgets when it was sent first; what was
decided is read from the decisions, each of which is kept.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from accounts.deadlines import DeskDays, access_review, desk
from accounts.enums import ApplicationStatus, AskCode, DecisionAct, DeclineCode
from accounts.events import Event
from accounts.models import AccessApplication, ApplicationDecision, User
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record

MONTHS = 12
DAY = timedelta(days=1)
_ANSWERS = (DecisionAct.ASK, DecisionAct.APPROVE, DecisionAct.DECLINE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass
class Month:
    """One calendar month in UTC. `times` are business days from the first sending to the first answer."""

    first: date
    sent: int = 0
    approved: int = 0
    declined: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    in_time: int = 0
    late: int = 0

    @property
    def all_declined(self) -> int:
        """How many were declined, whatever the code."""
        return self.declined.total()

    @property
    def all_asked(self) -> int:
        """How often more was asked, whatever the code."""
        return self.asked.total()

    @property
    def median(self) -> float | None:
        """The middle of the times, in business days."""
        return percentile(self.times, 50)

    @property
    def slowest_tenth(self) -> float | None:
        """The time that nine of ten answers did not need more than, in business days."""
        return percentile(self.times, 90)

    @property
    def share(self) -> float | None:
        """The part of the answers that were due which came in time, from 0 to 1."""
        due = self.in_time + self.late
        return self.in_time / due if due else None


@dataclass(frozen=True)
class Statistics:
    """The last 12 months, the newest first, and what is overdue now."""

    months: list[Month]
    overdue: int
    waiting: int

    @property
    def decline_codes(self) -> list[tuple[str, int]]:
        """How often each code of a decline was used in these months, the most frequent first."""
        return _codes(DeclineCode.choices, (month.declined for month in self.months))

    @property
    def ask_codes(self) -> list[tuple[str, int]]:
        """How often each code of a question was used in these months, the most frequent first."""
        return _codes(AskCode.choices, (month.asked for month in self.months))


def read(*, by: User, form: str, at: datetime) -> Statistics:
    """Return the statistics of the last 12 months, and leave the event of who read them, as a page or a file."""
    months = {first: Month(first) for first in _firsts(at)}
    start = datetime.combine(min(months), datetime.min.time(), UTC)
    _count_decisions(months, start)
    _count_times(months, start, at)
    waiting = AccessApplication.objects.waiting()
    record(Event.STATISTICS_READ, by=by, data={"form": form}, at=at)
    return Statistics(list(months.values()), waiting.filter(due_at__lt=at).count(), waiting.count())


def table(found: Statistics) -> list[list[str]]:
    """Return the statistics as lines of a file: a heading and a line for each month, the newest first."""
    declines, asks = DeclineCode.choices, AskCode.choices
    heading: list[object] = [
        "Month", "Sent", "Approved", "Declined", *(f"Declined: {label}" for _code, label in declines), "Asked for more",
        *(f"Asked: {label}" for _code, label in asks), "Median business days to the first answer",
        "90th percentile of business days", "Share within the promise",
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            f"{month.first:%Y-%m}", month.sent, month.approved, month.all_declined,
            *(month.declined[code] for code, _label in declines), month.all_asked,
            *(month.asked[code] for code, _label in asks), _number(month.median), _number(month.slowest_tenth),
            _number(month.share),
        ]
        for month in found.months
    ]  # fmt: skip
    return [[safe_cell(str(cell)) for cell in line] for line in [heading, *lines]]


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the nearest-rank percentile of the values, or None where there are none."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def business_time(start: datetime, end: datetime, days: DeskDays) -> float:
    """Return the days between two moments, without the time that falls on days the desk does not work."""
    zone = ZoneInfo(days.calendar.time_zone)
    at, last, worked = start.astimezone(zone), end.astimezone(zone), timedelta()
    while at < last:
        midnight = datetime.combine(at.date() + DAY, datetime.min.time(), zone)
        until = min(midnight, last)
        if days.is_working_day(at.date()):
            worked += until.astimezone(UTC) - at.astimezone(UTC)
        at = until
    return worked / DAY


def _firsts(at: datetime) -> list[date]:
    """Return the first days of this month and the 11 before it, the newest first."""
    months = at.year * 12 + at.month - 1
    return [date((months - back) // 12, (months - back) % 12 + 1, 1) for back in range(MONTHS)]


def _month_of(months: dict[date, Month], moment: datetime) -> Month | None:
    return months.get(moment.astimezone(UTC).date().replace(day=1))


def _count_decisions(months: dict[date, Month], start: datetime) -> None:
    made = ApplicationDecision.objects.filter(made_at__gte=start, act__in=_ANSWERS)
    for act, code, at in made.values_list("act", "code", "made_at"):
        month = _month_of(months, at)
        if month is None:
            continue
        if act == DecisionAct.APPROVE:
            month.approved += 1
        else:
            (month.declined if act == DecisionAct.DECLINE else month.asked)[code or "other"] += 1


def _count_times(months: dict[date, Month], start: datetime, at: datetime) -> None:
    sent = _first_sent(start)
    open_or_decided = AccessApplication.objects.exclude(status=ApplicationStatus.WITHDRAWN).filter(pk__in=sent)
    promised = {
        pk: due for pk, submitted, due in open_or_decided.values_list("pk", "submitted_at", "due_at")
        if due and submitted == sent[pk]
    }  # fmt: skip
    standing = set(open_or_decided.values_list("pk", flat=True))
    answered = _first_answers(sent)
    days = desk()
    for pk, moment in sent.items():
        month = _month_of(months, moment)
        if month is None:
            continue
        month.sent += 1
        answer = answered.get(pk)
        if answer is None and pk not in standing:  # withdrawn before we answered
            continue
        due = promised.get(pk) or access_review(moment).at
        if answer is not None:
            month.times.append(business_time(moment, answer, days))
        if answer is not None and answer <= due:
            month.in_time += 1
        elif answer is not None or due < at:
            month.late += 1


def _first_sent(start: datetime) -> dict[int, datetime]:
    """Return when each application was sent for the first time, of those that were sent since `start`."""
    kind = AccessApplication._meta.label_lower
    events = AuditEvent.objects.filter(
        occurred_at__gte=start, action=Event.APPLICATION_SUBMITTED, object_type=kind
    ).order_by("pk")
    found: dict[int, datetime] = {}
    for key, at, payload in events.values_list("object_id", "occurred_at", "payload").iterator():
        if json.loads(bytes(payload))["data"].get("from") == ApplicationStatus.DRAFT:
            found[int(key)] = at
    return found


def _first_answers(sent: dict[int, datetime]) -> dict[int, datetime]:
    rows = ApplicationDecision.objects.filter(application__in=sent, act__in=_ANSWERS).order_by("application", "made_at")
    pairs = rows.values_list("application", "made_at")
    return {pk: next(at for _pk, at in group) for pk, group in groupby(pairs, key=lambda pair: pair[0])}


def _codes(choices: Iterable[tuple[str, str]], counts: Iterable[Counter[str]]) -> list[tuple[str, int]]:
    total = sum(counts, Counter[str]())
    used = [(str(label), total[code]) for code, label in choices if total[code]]
    return sorted(used, key=lambda pair: -pair[1])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
