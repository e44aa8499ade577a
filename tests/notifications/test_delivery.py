"""From the outbox to a real mail server."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.core.jobs import JobState, claim
from foundation.notifications import delivery, smtp
from foundation.notifications.backoff import tries
from foundation.notifications.models import DeliveryAttempt, OutboundMessage, Outcome
from tests.harness.race import race
from tests.notifications.factories import message

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def attempts() -> list[str]:
    return list(DeliveryAttempt.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_delivered_mail_has_its_headers_and_both_parts(db, mail_server):
    row = message(at=AT, context={"name": "Ingrid Sølheim", "by_when": "tomorrow"})
    assert delivery.deliver([row.pk], at=AT).accepted == 1
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.attempts) == (JobState.DONE, AT, 1)
    assert attempts() == [Outcome.ACCEPTED]
    mail = mail_server.mails[0]
    assert mail["Subject"] == "[MX-26-7K4Q9TX] A question for you"
    assert mail["To"] == "i.solheim@nordvik-police.example"
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert plain.get_content().splitlines() == row.body_text.splitlines()
    assert html.get_content_type() == "text/html"
    assert "Ingrid Sølheim" in html.get_content()


def test_a_batch_uses_one_connection(db, mail_server):
    for _ in range(5):
        message(at=AT)
    assert delivery.sweep(at=AT) == 5
    assert len(mail_server.sessions) == 1


def test_nothing_is_sent_before_it_is_due_or_twice(db, mail_server):
    row = message(at=AT)
    assert delivery.sweep(at=AT - MINUTE) == 0
    assert delivery.sweep(at=AT) == 1
    assert delivery.sweep(at=AT + MINUTE) == 0
    assert delivery.deliver([row.pk], at=AT + MINUTE).claimed == 0
    assert mail_server.message_ids() == [row.message_id]


def test_a_worker_that_died_after_the_claim_is_replaced_when_its_lease_ends(db, mail_server):
    row = message(at=AT)
    claim(OutboundMessage.objects.all(), at=AT, lease=delivery.ORDINARY.lease, limit=1)
    assert delivery.sweep(at=AT + delivery.ORDINARY.lease - MINUTE) == 0
    assert delivery.sweep(at=AT + delivery.ORDINARY.lease) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (JobState.DONE, 2)
    assert mail_server.message_ids() == [row.message_id]


def test_a_worker_that_died_between_acceptance_and_commit_leads_to_one_message_id(db, mail_server, monkeypatch):
    row = message(at=AT)
    with monkeypatch.context() as crash:
        crash.setattr(delivery, "record", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            delivery.sweep(at=AT)
    assert delivery.sweep(at=AT + delivery.ORDINARY.lease) == 1
    assert mail_server.message_ids() == [row.message_id, row.message_id]


def test_a_lease_that_was_lost_does_not_move_the_row(db, mail_server, monkeypatch):
    row = message(at=AT)

    def slow(message, connection):
        OutboundMessage.objects.filter(pk=message.pk).update(claimed_until=AT + 10 * MINUTE, attempts=2)
        return delivery.Answer(Outcome.ACCEPTED, "")

    monkeypatch.setattr(delivery, "hand_over", slow)
    delivery.sweep(at=AT, seconds=1)
    row.refresh_from_db()
    assert (row.state, row.claimed_until) == (JobState.RUNNING, AT + 10 * MINUTE)
    assert attempts() == [Outcome.ACCEPTED]


def test_a_mail_server_that_was_down_gets_the_mail_later(db, mail_server):
    row = message(at=AT)
    mail_server.stop()
    assert delivery.sweep(at=AT) == 0
    row.refresh_from_db()
    assert (row.state, row.due_at) == (JobState.PENDING, AT + MINUTE)
    assert row.last_error.startswith("ConnectionRefusedError")
    delivery.sweep(at=AT + MINUTE)
    row.refresh_from_db()
    assert row.due_at == AT + 3 * MINUTE
    mail_server.start()
    assert delivery.sweep(at=AT + 3 * MINUTE) == 1
    assert mail_server.message_ids() == [row.message_id]
    assert attempts() == [Outcome.FAILED, Outcome.FAILED, Outcome.ACCEPTED]


def test_a_server_that_is_gone_is_tried_once_for_the_whole_backlog(db, mail_server):
    for _ in range(delivery.ORDINARY.batch + 5):
        message(at=AT)
    mail_server.stop()
    assert delivery.sweep(at=AT) == 0
    assert OutboundMessage.objects.filter(attempts=0).count() == 5


def test_a_recipient_who_is_refused_is_not_asked_again_and_stops_nobody_else(db, mail_server):
    mail_server.answers["gone@nordvik-police.example"] = "550 5.1.1 No such mailbox"
    refused = message(at=AT, to_address="gone@nordvik-police.example")
    fine = message(at=AT)
    assert delivery.sweep(at=AT) == 1
    refused.refresh_from_db()
    assert (refused.state, refused.last_error) == (JobState.GIVEN_UP, "550 5.1.1 No such mailbox")
    assert refused.sent_at is None
    assert refused.deliveries.get().outcome == Outcome.REFUSED
    assert mail_server.message_ids() == [fine.message_id]


@pytest.mark.parametrize("answer", ["451 4.7.1 Come back later", "530 5.7.0 Authentication required"])
def test_a_recipient_who_is_put_off_is_asked_again(db, mail_server, answer):
    mail_server.answers["i.solheim@nordvik-police.example"] = answer
    row = message(at=AT)
    delivery.sweep(at=AT)
    row.refresh_from_db()
    assert (row.state, row.due_at, row.last_error) == (JobState.PENDING, AT + MINUTE, answer)


def test_an_address_that_cannot_be_written_is_refused(db, mail_server):
    row = message(at=AT, to_address="a@b.example\nBcc: c@d.example")
    fine = message(at=AT)
    delivery.sweep(at=AT)
    row.refresh_from_db()
    assert row.state == JobState.GIVEN_UP
    assert mail_server.message_ids() == [fine.message_id]


def test_after_two_days_of_tries_a_message_is_given_up(db, mail_server):
    row = message(at=AT)
    OutboundMessage.objects.update(attempts=tries(urgent=False) - 1)
    mail_server.stop()
    delivery.sweep(at=AT)
    row.refresh_from_db()
    assert row.state == JobState.GIVEN_UP


def test_a_message_that_kills_every_worker_is_given_up(db, mail_server):
    row = message(at=AT)
    OutboundMessage.objects.update(attempts=tries(urgent=False))
    delivery.sweep(at=AT)
    row.refresh_from_db()
    assert row.state == JobState.GIVEN_UP
    assert mail_server.mails == []


def test_two_deliverers_send_each_message_once(committed_db, mail_server):
    rows = [message(at=AT) for _ in range(60)]
    accepted = race(*[lambda: delivery.sweep(at=AT)] * 2)
    assert sum(accepted) == 60
    assert sorted(mail_server.message_ids()) == sorted(row.message_id for row in rows)
    assert len(mail_server.sessions) > 1
    assert set(OutboundMessage.objects.values_list("state", "attempts")) == {(JobState.DONE, 1)}


def test_the_sweep_leaves_urgent_rows_to_their_loop_for_a_minute(db, mail_server):
    row = message(at=AT, urgent=True)
    ordinary = message(at=AT)
    assert delivery.sweep(at=AT + timedelta(seconds=59)) == 1
    assert delivery.sweep(at=AT + MINUTE) == 1
    assert mail_server.message_ids() == [ordinary.message_id, row.message_id]


def test_the_urgent_loop_takes_urgent_rows_only_and_retries_within_seconds(db, mail_server):
    message(at=AT)
    row = message(at=AT, urgent=True)
    mail_server.stop()
    assert delivery.deliver_urgent(at=AT).server_gone
    row.refresh_from_db()
    assert row.due_at == AT + timedelta(seconds=2)
    mail_server.start()
    assert delivery.deliver_urgent(at=AT + timedelta(seconds=2)).claimed == 0  # not among the first tries
    failed = OutboundMessage.objects.urgent().filter(attempts=1)
    assert delivery.deliver_batch(failed, pace=delivery.URGENT, at=AT + timedelta(seconds=2)).accepted == 1
    assert mail_server.message_ids() == [row.message_id]


def test_a_message_that_breaks_does_not_hold_up_those_behind_it(db, mail_server, monkeypatch):
    broken, fine = message(at=AT), message(at=AT + timedelta(seconds=1))
    build = smtp.as_email

    def fail_for_one(row, connection):
        if row == broken:
            raise RuntimeError
        return build(row, connection)

    monkeypatch.setattr(smtp, "as_email", fail_for_one)
    assert delivery.sweep(at=AT + MINUTE) == 1
    broken.refresh_from_db()
    assert (broken.state, broken.last_error) == (JobState.PENDING, "RuntimeError")
    assert mail_server.message_ids() == [fine.message_id]
