"""An alert waits behind nothing that hangs, whether it hangs for the first time or has failed before."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications import delivery
from foundation.notifications.backoff import tries
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import DeliveryAttempt, Kind, OutboundMessage
from foundation.notifications.urgent import UrgentLoop
from foundation.notifications.urgent_helpers import UrgentHelpers
from tests.notifications.factories import message
from tests.notifications.server import wait_until
from tests.people import make_staff

HANGS = "hangs@nordvik-police.example"


@pytest.fixture
def urgent(committed_db, mail_server):
    loop, helpers = UrgentLoop(), UrgentHelpers()
    thread = threading.Thread(target=loop.run)
    yield lambda: (thread.start(), helpers.start())
    mail_server.let_go.set()
    loop.stop()
    helpers.stop()
    thread.join()
    helpers.join()


def test_an_alert_is_accepted_while_two_new_ones_and_four_that_failed_before_still_hang(urgent, mail_server):
    mail_server.silent_for.add(HANGS)
    old = [message(urgent=True, to_address=HANGS).pk for _n in range(4)]
    OutboundMessage.objects.filter(pk__in=old[:2]).update(attempts=2)
    OutboundMessage.objects.filter(pk__in=old[2:]).update(attempts=2, handing_over_since=timezone.now())
    hung = old + [message(urgent=True, to_address=HANGS).pk for _n in range(2)]
    # The last in the batch of the first that hangs, and one that comes when everything hangs.
    behind = message(urgent=True)
    urgent()
    assert wait_until(lambda: len(mail_server.hanging) >= 4, seconds=5)
    fine = message(urgent=True)
    assert mail_server.wait_for(2, seconds=8)
    assert set(mail_server.message_ids()) == {behind.message_id, fine.message_id}
    assert not DeliveryAttempt.objects.filter(message__in=hung, outcome="failed", detail__startswith="Timeout").exists()
    assert not OutboundMessage.objects.filter(pk__in=hung, state=JobState.DONE).exists()


def test_what_waits_behind_another_is_free_again_and_not_handed_over_twice(db, mail_server):
    at = timezone.now()
    first, second = message(at=at, urgent=True), message(at=at, urgent=True)
    taken = delivery.claim_batch(OutboundMessage.objects.urgent(), pace=delivery.URGENT, at=at)
    OutboundMessage.objects.filter(pk=first.pk).update(handing_over_since=at)
    assert delivery.free_held_back(at=at + timedelta(seconds=1)) == 0
    later = at + timedelta(seconds=3)
    assert delivery.free_held_back(at=later) == 1
    assert delivery.deliver_urgent(at=later).accepted == 1  # by somebody else, as a first try
    second.refresh_from_db()
    assert (second.state, second.attempts) == (JobState.DONE, 1)
    assert delivery.deliver_claimed(taken, pace=delivery.URGENT, at=later).accepted == 1
    assert sorted(mail_server.message_ids()) == sorted([first.message_id, second.message_id])


def test_a_try_that_ended_in_silence_counts_for_what_was_freed_meanwhile_and_nothing_goes_out_twice(
    db, mail_server, monkeypatch
):
    at = timezone.now()
    in_hand, freed, taken = (message(at=at, urgent=True) for _n in range(3))
    opens = delivery._open

    def silence(connection):
        later = at + timedelta(seconds=10)
        assert delivery.free_held_back(at=later) == 2
        with monkeypatch.context() as patch:
            patch.setattr(delivery, "_open", opens)
            rows = OutboundMessage.objects.filter(pk=taken.pk)
            assert delivery.deliver_batch(rows, pace=delivery.URGENT, at=later).accepted == 1
        return "TimeoutError: timed out"

    monkeypatch.setattr(delivery, "_open", silence)
    delivery.deliver_urgent(at=at)
    for row in (in_hand, freed):
        row.refresh_from_db()
        assert (row.state, row.attempts, row.last_error) == (JobState.PENDING, 1, "TimeoutError: timed out")
        assert row.due_at > at
    taken.refresh_from_db()
    assert (taken.state, taken.attempts) == (JobState.DONE, 1)
    assert mail_server.message_ids() == [taken.message_id]
    assert list(DeliveryAttempt.objects.filter(outcome="failed").order_by("pk").values_list("message", flat=True)) == [
        in_hand.pk, freed.pk,
    ]  # fmt: skip


def test_staff_learn_of_urgent_mail_whose_server_stays_silent(db, mail_server, monkeypatch):
    row, at = message(at=timezone.now(), urgent=True), timezone.now()
    monkeypatch.setattr(
        delivery, "_open", lambda connection: f"silence {delivery.free_held_back(at=at + timedelta(seconds=10))}"
    )
    for _n in range(tries(urgent=True)):
        delivery.deliver_batch(OutboundMessage.objects.urgent(), pace=delivery.URGENT, at=at)
        row.refresh_from_db()
        at = row.due_at
    assert (row.state, row.cause, row.last_error) == (JobState.GIVEN_UP, delivery.Cause.UNREACHABLE, "silence 0")
    assert OutboundMessage.objects.undelivered().filter(pk=row.pk).exists()


def test_after_a_hand_over_that_was_repeated_without_an_answer_it_waits_a_minute(db, mail_server, monkeypatch):
    lost = delivery.Answer("failed", "TimeoutError", delivery.Cause.UNREACHABLE, True, True)
    monkeypatch.setattr(delivery, "hand_over", lambda row, connection: lost)
    row, at = message(at=timezone.now(), urgent=True), timezone.now()
    waits = []
    for _n in range(3):
        delivery.deliver_batch(OutboundMessage.objects.urgent(), pace=delivery.URGENT, at=at)
        row.refresh_from_db()
        waits.append((row.due_at - at).total_seconds())
        at = row.due_at
    assert (waits, row.handed_over_again) == ([2, 60, 120], 2)


def test_nothing_goes_to_an_account_that_was_closed_except_about_itself_and_to_an_address_of_its_own(db, mail_server):
    from_before, at = make_staff("analyst"), timezone.now()
    open_one = make_staff("approver")
    ended = message(at=at, to_user=from_before, to_address="")
    security = message(at=at, to_user=from_before, to_address="")
    own = message(at=at, to_user=from_before, to_address="elsewhere@nordvik-police.example")
    other = message(at=at, to_user=open_one, to_address="")
    OutboundMessage.objects.filter(pk=security.pk).update(kind=Kind.SECURITY)
    type(from_before).objects.filter(pk=from_before.pk).update(is_active=False)
    assert delivery.sweep(at=at) == 3
    assert set(mail_server.message_ids()) == {security.message_id, own.message_id, other.message_id}
    ended.refresh_from_db()
    assert (ended.state, ended.last_error, ended.failed_at) == (JobState.GIVEN_UP, delivery.ACCOUNT_CLOSED, None)
    assert b"account_closed" in bytes(AuditEvent.objects.get(action=NotificationEvent.GIVEN_UP).payload)
