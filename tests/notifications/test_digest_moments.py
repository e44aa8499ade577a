"""When a digest is due on the reader's own clock."""

from datetime import UTC, datetime

import pytest

from foundation.notifications.digest_moments import next_moment


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "zone", "after", "due"),
    [
        ("daily", "UTC", "2026-11-18 06:59", "2026-11-18 07:00"),
        ("daily", "UTC", "2026-11-18 07:00", "2026-11-19 07:00"),
        ("daily", "Asia/Tokyo", "2026-11-18 21:59", "2026-11-18 22:00"),  # the 19th there
        ("daily", "Asia/Tokyo", "2026-11-18 22:00", "2026-11-19 22:00"),
        ("daily", "Asia/Kathmandu", "2026-11-18 12:00", "2026-11-19 01:15"),
        ("daily", "America/Los_Angeles", "2026-12-31 23:00", "2027-01-01 15:00"),
        # The night in which the clock goes back, and the one in which it goes forward.
        ("daily", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 06:00"),
        ("daily", "Europe/Berlin", "2026-10-25 05:59", "2026-10-25 06:00"),
        ("daily", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 05:00"),
        ("daily", "America/New_York", "2026-03-07 12:00", "2026-03-08 11:00"),
        ("weekly", "UTC", "2026-11-18 06:59", "2026-11-23 07:00"),  # a Wednesday
        ("weekly", "UTC", "2026-11-23 06:59", "2026-11-23 07:00"),
        ("weekly", "UTC", "2026-11-23 07:00", "2026-11-30 07:00"),
        ("weekly", "Pacific/Auckland", "2026-11-22 17:59", "2026-11-22 18:00"),  # Monday there already
        ("weekly", "Pacific/Auckland", "2026-11-22 18:00", "2026-11-29 18:00"),
        ("daily", "Mars/Olympus", "2026-11-18 06:59", "2026-11-18 07:00"),
        ("daily", "", "2026-11-18 06:59", "2026-11-18 07:00"),
    ],
)
def test_a_digest_is_due_at_seven_in_the_readers_zone(choice, zone, after, due):
    assert next_moment(choice, zone, after=utc(after)) == utc(due)


@pytest.mark.parametrize("choice", ["at_once", "", "hourly"])
def test_whoever_wants_none_waits_for_none(choice):
    assert next_moment(choice, "UTC", after=utc("2026-11-18 06:59")) is None
