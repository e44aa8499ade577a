"""Celery's names for delivery."""

from foundation.notifications.models import OutboundMessage
from foundation.notifications.tasks import deliver, sweep
from lers.celery import app
from tests.notifications.factories import message


def test_the_names_are_those_that_others_send_and_beat_calls():
    assert (deliver.name, sweep.name) == ("notifications.deliver", "notifications.sweep")
    assert "notifications.sweep" in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_both_deliver(db, mail_server):
    row, other = message(), message()
    deliver(row.pk)
    assert mail_server.message_ids() == [row.message_id]
    assert sweep() == 1
    assert mail_server.message_ids() == [row.message_id, other.message_id]
    assert OutboundMessage.objects.filter(finished_at=None).count() == 0
