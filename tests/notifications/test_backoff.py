"""How long a mail server that is gone is waited for."""

from datetime import timedelta

from foundation.notifications.backoff import tries, wait_after


def waits(*, urgent: bool) -> list[timedelta]:
    return [wait_after(n, urgent=urgent) for n in range(1, tries(urgent=urgent))]


def test_ordinary_messages_wait_longer_each_time_up_to_an_hour():
    assert [wait.total_seconds() / 60 for wait in waits(urgent=False)[:6]] == [1, 2, 5, 15, 60, 60]


def test_urgent_messages_knock_within_seconds():
    assert [wait.total_seconds() for wait in waits(urgent=True)[:6]] == [2, 5, 10, 30, 60, 60]


def test_both_end_after_two_days():
    for urgent in (True, False):
        assert timedelta(hours=47) <= sum(waits(urgent=urgent), timedelta()) <= timedelta(hours=48)
