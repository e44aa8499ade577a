"""How long a mail server that is gone is waited for."""

from datetime import timedelta

from foundation.notifications.backoff import tries, wait_after


def waits(*, urgent: bool) -> list[timedelta]:
    return [wait_after(n, urgent=urgent) for n in range(1, tries(urgent=urgent))]


def test_ordinary_messages_wait_longer_each_time_up_to_an_hour():
    assert [wait.total_seconds() / 60 for wait in waits(urgent=False)[:6]] == [1, 2, 5, 15, 60, 60]


def test_urgent_messages_knock_within_seconds():
    assert [wait.total_seconds() for wait in waits(urgent=True)[:6]] == [2, 5, 10, 30, 60, 60]


def test_a_server_that_gives_no_answer_is_not_handed_an_alert_every_few_seconds():
    seconds = [wait_after(3, urgent=True, again=again).total_seconds() for again in range(5)]
    assert seconds == [10, 60, 120, 300, 900]
    assert wait_after(10, urgent=False, again=1) == timedelta(hours=1)


def test_both_end_after_two_days():
    for urgent in (True, False):
        assert timedelta(hours=47) <= sum(waits(urgent=urgent), timedelta()) <= timedelta(hours=48)
