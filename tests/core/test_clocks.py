"""Deadlines in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.core.clocks import Clock, business_days_left, clock, span

NOW = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "due", "words", "tone"),
    [
        # business days: today does not count, and time is never more than there is
        ("deadline", "2026-11-25 17:00", "5 business days", ""),
        ("deadline", "2026-11-20 16:00", "2 business days", ""),
        ("deadline", "2026-11-20 10:00", "1 business day", ""),
        ("deadline", "2026-11-23 10:00", "2 business days", ""),
        ("deadline", "2026-11-19 17:00", "Due tomorrow", ""),
        ("deadline", "2026-11-19 09:00", "Due tomorrow", ""),
        ("deadline", "2026-11-18 19:30", "5 h 10 min left", "soon"),
        ("deadline", "2026-11-18 14:20:59", "less than 1 min left", "soon"),
        ("deadline", "2026-11-18 14:20", "Overdue by less than 1 min", "late"),
        ("deadline", "2026-11-18 11:00", "Overdue by 3 h 20 min", "late"),
        ("deadline", "2026-11-16 09:00", "Overdue by 2 days", "late"),
        # a question to an officer is never quiet
        ("answer", "2026-11-20 16:00", "due in 2 business days", "soon"),
        ("answer", "2026-11-19 16:00", "due tomorrow", "soon"),
        # calendar days
        ("days", "2026-11-22 23:59:59", "4 days", ""),
        ("days", "2026-11-19 23:59:59", "Due tomorrow", ""),
        # emergencies count minutes
        ("emergency", "2026-11-18 15:02", "42 min left", ""),
        ("emergency", "2026-11-18 14:31", "11 min left", ""),
        ("emergency", "2026-11-18 14:30", "10 min left", "late"),
        ("emergency", "2026-11-18 14:00", "Overdue by 20 min", "late"),
        ("hours", "2026-11-21 14:19", "71 h left", ""),
        ("hours", "2026-11-19 14:20", "24 h left", "soon"),
        ("hours", "2026-11-19 02:00", "11 h 40 min left", "soon"),
        ("hours", "2026-11-18 14:00", "Overdue by 20 min", "late"),
        # holds
        ("hold", "2026-12-11 23:59:59", "23 days left", ""),
        ("hold", "2026-11-26 23:59:59", "8 days left", ""),
        ("hold", "2026-11-25 23:59:59", "7 days left", "soon"),
        ("hold", "2026-11-20 23:59:59", "2 days left", "soon"),
        ("hold", "2026-11-19 23:59:59", "1 day left", "late"),
        ("hold", "2026-11-18 23:59:59", "9 h 39 min left", "late"),
        ("hold", "2026-11-18 09:00", "Ended today", "paused"),
        ("hold", "2026-11-17 23:59:59", "Ended yesterday", "paused"),
        ("hold", "2026-11-15 12:00", "Ended 3 days ago", "paused"),
        # downloads
        ("download", "2026-11-25 23:59:59", "7 days left", ""),
        ("download", "2026-11-21 23:59:59", "3 days left", "soon"),
        ("download", "2026-11-15 12:00", "Ended 3 days ago", "paused"),
        ("paused", "2026-11-20 16:00", "Paused", "paused"),
    ],
)
def test_words(kind, due, words, tone):
    assert clock(at(due), NOW, kind) == Clock(words, tone)


def test_sentence():
    assert clock(at("2026-11-20 16:00"), NOW, sentence=True).words == "due in 2 business days"
    assert clock(at("2026-11-19 16:00"), NOW, sentence=True).words == "due tomorrow"


def test_classes():
    assert Clock("x").css == "app-clock"
    assert Clock("x", "late").css == "app-clock app-clock--late"


def test_holidays_of_the_desk_do_not_count():
    def open_days(day: date) -> bool:
        return day.weekday() < 5 and day != date(2026, 11, 20)

    assert clock(at("2026-11-24 17:00"), NOW, working_day=open_days).words == "3 business days"


def test_next_working_day_is_not_called_tomorrow_when_it_is_not():
    friday = at("2026-11-20 12:00")
    assert clock(at("2026-11-23 17:00"), friday).words == "1 business day"
    assert clock(at("2026-11-22 17:00"), friday).words == "2 days"


def test_never_more_business_days_than_there_are():
    for hours in range(400):
        due = NOW + timedelta(hours=hours)
        assert business_days_left(due, NOW) * timedelta(days=1) <= max(due - NOW, timedelta(0))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than 1 min"), (59, "less than 1 min"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
     (3660, "1 h 1 min"), (86399, "23 h 59 min"), (86400, "1 day"), (172800, "2 days")],
)  # fmt: skip
def test_span(seconds, words):
    assert span(timedelta(seconds=seconds)) == words
