"""The deadlines of one request with what moved them, in words, for whoever runs the portal (manage.py explain_request).

No facts of the case: moments and rules alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from foundation.legal.wording import rule_words
from requests_app.deadlines import follows_a_zone, resumed
from requests_app.enums import ClarificationStatus
from requests_app.models import Clarification, DataRequest

_DAY = timedelta(days=1)


def explain(reference: str) -> list[str]:
    """Return the lines that explain this request, none where no such request was sent."""
    row = (
        DataRequest.objects.select_related("provider__calendar")
        .filter(reference=reference.strip().upper(), submitted_at__isnull=False)
        .first()
    )
    if row is None:
        return []
    questions = list(row.clarifications.order_by("number"))
    counted = [q for q in questions if row.appealed_at is None or q.asked_at > row.appealed_at]
    return [
        f"{row.reference}, received {_utc(row.submitted_at)}",
        *_look(row),
        *([f"Appealed {_utc(row.appealed_at)}: the answer's time counts from then"] if row.appealed_at else []),
        *_answer(row, counted),
        *_open(questions),
    ]


def _look(row: DataRequest) -> Iterator[str]:
    if row.first_look_due_at:
        yield f"First look: due {_utc(row.first_look_due_at)}; {rule_words(row.first_look_rule)}"
    if row.taken_at:
        yield f"  taken {_utc(row.taken_at)}"


def _answer(row: DataRequest, questions: list[Clarification]) -> Iterator[str]:
    """Yield the answer's date as it was counted, each stop of its clock, and the date as it is."""
    if row.deadline_at is None:
        return
    stops = [(q.number, q.asked_at, q.closed_at) for q in questions if q.closed_at or row.clock_stopped_at]
    first = _without(row)
    yield f"Answer: counted to {_utc(first)}; {rule_words(row.deadline_rule)}"
    due, stood = first, timedelta()
    zone = row.provider.calendar.time_zone if follows_a_zone(row.deadline_rule) else "UTC"
    for number, since, until in stops:
        if until is None:
            yield f"  question {number}: stopped from {_utc(since)}, still stands"
            continue
        moved = resumed(due, rule=row.deadline_rule, zone=zone, stood=stood, pause=until - since)
        stood += until - since
        yield f"  question {number}: stopped from {_utc(since)} to {_utc(until)}, {_moved(moved - due)}: {_utc(moved)}"
        due = moved
    yield f"  due {_utc(row.deadline_at)}" + (
        "" if due == row.deadline_at else "; moved otherwise too, see the history"
    )


def _without(row: DataRequest) -> datetime:
    """Return the deadline as it was before any stop: what is stored less what the stops gave."""
    due = row.deadline_at
    assert due is not None  # noqa: S101 - the caller asked
    zone = row.provider.calendar.time_zone if follows_a_zone(row.deadline_rule) else "UTC"
    gained = resumed(due, rule=row.deadline_rule, zone=zone, stood=timedelta(), pause=row.clock_stood) - due
    first = due - gained
    # Across a change of the clocks the hour of the day is kept, not the distance.
    return first + (due - resumed(first, rule=row.deadline_rule, zone=zone, stood=timedelta(), pause=row.clock_stood))


def _open(questions: list[Clarification]) -> Iterator[str]:
    for question in questions:
        if question.status == ClarificationStatus.OPEN:
            words = rule_words(question.due_rule)
            yield f"Question {question.number}: asked {_utc(question.asked_at)}, due {_utc(question.due_at)}; {words}"


def moved_words(row: DataRequest) -> str:
    """Say after the rule of an answer that questions moved it, or nothing: ", 9 days later because …"."""
    if row.deadline_at is None or not row.clock_stood:
        return ""
    gained = row.deadline_at - _without(row)
    return f", {_moved(gained)} because a question stopped the clock" if gained else ""


def _moved(by: timedelta) -> str:
    days = round(by / _DAY)
    if days:
        return f"{days} day{'' if days == 1 else 's'} later"
    minutes = round(by.total_seconds() / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'} later" if minutes else "no day later"


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%a %-d %b %Y, %H:%M:%S} UTC" if moment else "never"
