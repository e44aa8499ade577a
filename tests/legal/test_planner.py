"""Where two clocks of a case cannot both hold: the table, and that quiet cases stay quiet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.legal.planner import Bar, Clocks, collisions, earliest_release, end_of

NOW = datetime(2026, 12, 28, 10, 0, tzinfo=UTC)
QUIET = Clocks(
    at=NOW, answer_due=NOW + timedelta(days=30), told_first=True, notice_days=7, download_days=30,
    order_valid_until=date(2027, 2, 28), return_date=date(2027, 1, 31), hold_ends=NOW + timedelta(days=60),
)  # fmt: skip


def words(**changes):
    return [found.words for found in collisions(replace(QUIET, **changes))]


def test_a_case_with_time_enough_has_none():
    assert collisions(QUIET) == []
    assert collisions(Clocks(at=NOW)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"order_valid_until": date(2027, 1, 3)},
            "may object for 7 days under an order that is valid until 3 Jan 2027: nothing may leave before 4 Jan 2027",
        ),
        (
            {"order_valid_until": date(2027, 1, 3), "window_ends_at": NOW + timedelta(days=7)},
            "The account holder may object until 4 Jan 2027, 10:00 UTC under an order",
        ),
        ({"return_date": date(2027, 1, 3)}, "The order is to be answered by 3 Jan 2027. The account holder is told"),
        (
            {"answer_due": NOW + timedelta(days=5)},
            "Our answer is due 2 Jan 2027, 10:00 UTC. The account holder is told first and may object for 7 days",
        ),
        (
            {"told_first": False, "bars": (Bar(NOW + timedelta(days=10)),)},
            "is over on 7 Jan 2027, before our answer is due on 27 Jan 2027",
        ),
        ({"bars": (Bar(None, confirmed=False),)}, "names a bar that nobody has confirmed"),
        ({"hold_ends": NOW + timedelta(days=20)}, "The hold ends on 17 Jan 2027, before our answer is due"),
        (
            {"hold_ends": NOW + timedelta(days=4), "answer_due": NOW + timedelta(days=3), "return_date": None},
            "The hold ends on 1 Jan 2027, before records may leave (4 Jan 2027)",
        ),
        (
            {"hold_ends": NOW + timedelta(days=31), "question_due": NOW + timedelta(days=33)},
            "before the time to answer our question is over",
        ),
        (
            {"answer_due": NOW + timedelta(days=8), "download_days": 14, "return_date": date(2027, 1, 31)},
            "can be downloaded until 19 Jan 2027, before the return date of the order, 31 Jan 2027",
        ),
        ({"question_due": datetime(2027, 2, 1, tzinfo=UTC)}, "the order reaches only to 31 Jan 2027"),
        (
            {"first_look_due": NOW + timedelta(days=40)},
            "The answer is due 27 Jan 2027, 10:00 UTC, before the first look",
        ),
    ],
)
def test_each_pair_that_cannot_hold(changes, said):
    found = collisions(replace(QUIET, **changes))
    assert any(said in one.words for one in found), [one.words for one in found]
    assert all(one.what_to_do.endswith(".") for one in found)


@pytest.mark.parametrize(
    "changes",
    [
        {"order_valid_until": date(2027, 1, 4)},  # the last day counts whole
        {"return_date": date(2027, 1, 4)},
        {"order_valid_until": date(2027, 1, 1), "told_first": False},
        {"answer_due": NOW + timedelta(days=7), "return_date": None},
        {"told_first": False, "bars": (Bar(None),)},
        {"told_first": False, "bars": (Bar(NOW + timedelta(days=10)), Bar(None))},
        {"told_first": False, "bars": (Bar(NOW + timedelta(days=31)),)},
        {"hold_ends": None},
        {"hold_ends": NOW - timedelta(days=1)},
        {"hold_ends": NOW + timedelta(days=30)},
        {"question_due": end_of(date(2027, 1, 31)), "hold_ends": None},
    ],
)
def test_what_just_holds_is_not_warned_of(changes):
    assert words(**changes) == []


@pytest.mark.parametrize(
    ("changes", "release"),
    [
        ({"told_first": False}, NOW),
        ({}, NOW + timedelta(days=7)),
        ({"window_ends_at": NOW + timedelta(days=2)}, NOW + timedelta(days=2)),
        ({"window_ends_at": NOW - timedelta(days=2)}, NOW),
        ({"told_at": NOW + timedelta(days=10)}, NOW + timedelta(days=17)),
        ({"told_at": NOW + timedelta(days=1), "window_ends_at": NOW + timedelta(days=20)}, NOW + timedelta(days=20)),
    ],
)
def test_when_records_may_leave_at_the_earliest(changes, release):
    assert earliest_release(replace(QUIET, **changes)) == release


def test_the_order_says_it_once_and_not_the_promise_too():
    assert len(words(order_valid_until=date(2027, 1, 3), answer_due=NOW + timedelta(days=6), return_date=None)) == 1
