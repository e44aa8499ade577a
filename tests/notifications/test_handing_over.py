"""A hand-over is marked before the server gets a byte, and a second one is counted."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications import delivery
from foundation.notifications.backoff import tries
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import OutboundMessage, Outcome
from foundation.notifications.smtp import Answer, hand_over
from tests.notifications.factories import message

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def killed(*args, **kwargs):
    raise KeyboardInterrupt


def test_a_worker_killed_between_acceptance_and_commit_is_counted_once_and_so_is_nothing_else(
    db, mail_server, monkeypatch
):
    rows = [message(at=AT) for _ in range(3)]
    taken = []

    def second_is_the_last(row, connection):
        answer = hand_over(row, connection)
        taken.append(row.pk)
        if len(taken) == 2:
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as crash:
        crash.setattr(delivery, "hand_over", second_is_the_last)
        with pytest.raises(KeyboardInterrupt):
            delivery.sweep(at=AT)
    assert delivery.sweep(at=AT + delivery.ORDINARY.lease) == 2
    for row in rows:
        row.refresh_from_db()
    assert [row.handed_over_again for row in rows] == [0, 1, 0]
    assert {row.handing_over_since for row in rows} == {None}
    ids = mail_server.message_ids()
    assert sorted(ids) == sorted([row.message_id for row in rows] + [rows[1].message_id])
    told = [attempt.detail for attempt in rows[1].deliveries.order_by("pk")]
    assert told == ["Handed over again: what came of the hand-over at 2026-11-18 09:06:00 UTC was not kept", ""]


def test_a_worker_killed_before_the_server_got_a_byte_counts_nothing(db, mail_server, monkeypatch):
    row = message(at=AT)
    with monkeypatch.context() as crash:
        crash.setattr(delivery, "_begin", killed)
        with pytest.raises(KeyboardInterrupt):
            delivery.sweep(at=AT)
    delivery.sweep(at=AT + delivery.ORDINARY.lease)
    row.refresh_from_db()
    assert (row.state, row.handed_over_again, len(mail_server.mails)) == (JobState.DONE, 0, 1)


def test_an_answer_that_was_lost_on_the_way_back_is_counted_and_a_refusal_that_arrived_is_not(
    db, mail_server, monkeypatch
):
    lost, put_off = message(at=AT), message(at=AT, to_address="later@nordvik-police.example")
    mail_server.answers["later@nordvik-police.example"] = "451 4.7.1 Come back later"

    def loses(row, connection):
        answer = hand_over(row, connection)
        return Answer(Outcome.FAILED, "TimeoutError", Cause.UNREACHABLE, True, True) if row == lost else answer

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "hand_over", loses)
        delivery.sweep(at=AT)
    mail_server.answers.clear()
    assert delivery.sweep(at=AT + MINUTE) == 2
    for row in (lost, put_off):
        row.refresh_from_db()
    assert (lost.handed_over_again, put_off.handed_over_again) == (1, 0)
    assert mail_server.message_ids().count(lost.message_id) == 2


def test_a_row_whose_lease_ran_out_in_the_batch_is_left_to_who_has_it(db, mail_server, monkeypatch):
    message(at=AT)
    other = message(at=AT)

    def slow(row, connection):
        OutboundMessage.objects.filter(pk=other.pk).update(claimed_until=AT + 10 * MINUTE)
        return hand_over(row, connection)

    monkeypatch.setattr(delivery, "hand_over", slow)
    assert delivery.deliver_batch(OutboundMessage.objects.all(), pace=delivery.ORDINARY, at=AT).accepted == 1
    other.refresh_from_db()
    assert (other.state, other.handing_over_since) == (JobState.RUNNING, None)
    assert len(mail_server.mails) == 1


def test_the_mark_costs_one_statement_a_message_and_one_commit_a_batch(
    db, mail_server, django_assert_num_queries, django_capture_on_commit_callbacks
):
    for _ in range(3):
        message(at=AT)
    # Claim: savepoint, select, update, release. First mark. Each answer: two savepoints, insert, update, entry; and the
    # mark of the next one within them.
    with django_assert_num_queries(4 + 1 + 3 * 7 + 2):
        delivery.deliver_batch(OutboundMessage.objects.all(), pace=delivery.ORDINARY, at=AT)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("550 5.1.1 No such mailbox", Cause.NO_MAILBOX),
        ("552 5.2.2 Over quota", Cause.FULL),
        ("554 5.7.1 Listed as spam", Cause.TURNED_AWAY),
        ("550 unknown", Cause.NO_MAILBOX),
        ("553 5.1.8 Sender refused", Cause.TURNED_AWAY),
    ],
)
def test_a_refusal_waits_for_staff_with_its_cause_and_stands_in_the_trail_without_the_address(
    db, mail_server, answer, cause
):
    mail_server.answers["i.solheim@nordvik-police.example"] = answer
    row = message(at=AT)
    delivery.sweep(at=AT)
    assert OutboundMessage.objects.undelivered().get().cause == cause
    event = AuditEvent.objects.get(action=NotificationEvent.GIVEN_UP)
    assert event.object_label == row.reference
    payload = bytes(event.payload).decode()
    assert cause.value in payload
    for kept_out in ("solheim", answer, row.subject):
        assert kept_out not in payload


def test_a_server_that_is_gone_for_an_hour_loses_nothing_and_one_gone_for_two_days_is_told_of(db, mail_server):
    rows = [message(at=AT) for _ in range(30)]
    mail_server.stop()
    for minute in range(60):
        delivery.sweep(at=AT + minute * MINUTE, seconds=5)
    assert not OutboundMessage.objects.undelivered().exists()
    mail_server.start()
    at = AT + timedelta(hours=2, minutes=30)
    assert delivery.sweep(at=at) == 30
    assert sorted(mail_server.message_ids()) == sorted(row.message_id for row in rows)
    late = message(at=at)
    OutboundMessage.objects.filter(pk=late.pk).update(attempts=tries(urgent=False) - 1)
    mail_server.stop()
    delivery.sweep(at=at)
    assert OutboundMessage.objects.undelivered().get().cause == Cause.UNREACHABLE
