"""Writing to the outbox."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from foundation.core import hurry
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from foundation.notifications.site import site_details
from tests.harness.race import race
from tests.notifications.factories import message

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)


@pytest.fixture
def sent_tasks(monkeypatch):
    tasks = []
    monkeypatch.setattr(hurry.current_app, "send_task", lambda name, args: tasks.append((name, args)))
    monkeypatch.setattr(hurry, "_silent_until", 0.0)
    return tasks


def test_a_row_has_its_final_words(db):
    row = message(at=AT)
    row.refresh_from_db()
    assert (row.state, row.due_at, row.created_at, row.attempts) == (JobState.PENDING, AT, AT, 0)
    assert row.subject == "[MX-26-7K4Q9TX] A question for you"
    assert "Answer by Fri 20 Nov 2026, 16:00 UTC." in row.body_text
    assert row.message_id.startswith("<")
    assert row.message_id.endswith(f"@{site_details().host}>")


def test_the_same_key_gives_the_first_row(db):
    first = message(dedupe_key="k", reference="MX-26-AAAAAAA")
    second = message(dedupe_key="k", reference="MX-26-BBBBBBB")
    assert second == first
    assert second.reference == "MX-26-AAAAAAA"
    assert OutboundMessage.objects.count() == 1


def test_four_threads_with_the_same_key_write_one_row(committed_db):
    def write():
        with transaction.atomic():
            return message(dedupe_key="k")

    rows = race(*[write] * 4)
    assert rows == [OutboundMessage.objects.get()] * 4
    assert len({row.message_id for row in rows}) == 1


def test_a_rollback_leaves_no_row_and_hurries_nothing(committed_db, sent_tasks):
    def write_and_fail():
        message()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        transaction.atomic(write_and_fail)()
    assert not OutboundMessage.objects.exists()
    assert sent_tasks == []


def test_a_commit_hurries_an_ordinary_row_but_no_urgent_one(db, sent_tasks, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = message()
        message(urgent=True)
    assert sent_tasks == [("notifications.deliver", (row.pk,))]


def test_a_broker_that_is_gone_is_asked_once_and_breaks_nothing(db, monkeypatch, django_capture_on_commit_callbacks):
    asked = []

    def refuse(name, args):
        asked.append(name)
        raise ConnectionRefusedError

    monkeypatch.setattr(hurry.current_app, "send_task", refuse)
    monkeypatch.setattr(hurry, "_silent_until", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        message()
        message()
    assert len(asked) == 1
    assert OutboundMessage.objects.count() == 2


def test_a_message_to_nobody_is_a_mistake_of_ours(db):
    with pytest.raises(ValueError, match="sample"):
        message(to_address="")
