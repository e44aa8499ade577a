"""A message whose words cannot be written stops nothing: a note goes out, and staff are told."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications import delivery, stand_ins
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from tests.notifications.factories import message

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
render = stand_ins.render
note = stand_ins.stand_in  # before the tests' own guard takes its place


class Breaks(str):
    """A value that breaks the template that shows it."""

    __slots__ = ()

    def __iter__(self):
        raise RuntimeError("Ingrid Solheim, case 77123")


@pytest.mark.parametrize(
    ("event", "context"), [("no_such_message", {}), ("sample", {"by_when": Breaks("x"), "name": "Ingrid Solheim"})]
)
def test_the_act_goes_on_with_a_note_and_staff_are_told(db, mail_server, monkeypatch, event, context):
    monkeypatch.setattr(stand_ins, "stand_in", note)
    address, reference = "i.solheim@nordvik-police.example", "MX-26-7K4Q9TX"
    with transaction.atomic():
        row = send(event, dedupe_key="x", to_address=address, context=context, reference=reference, at=AT)
    assert delivery.sweep(at=AT) == 1
    row.refresh_from_db()
    assert (row.state, row.cause) == (JobState.DONE, Cause.WORDS)
    assert OutboundMessage.objects.undelivered().get() == row
    assert AuditEvent.objects.filter(action=NotificationEvent.WORDS_FAILED, object_label=row.reference).count() == 1
    mail = mail_server.mails[0]
    assert mail["Subject"] == "[MX-26-7K4Q9TX] A message for you"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "https://requests.meridian.example/" in text
    assert "MX-26-7K4Q9TX" in html
    for said in (text, html):
        assert "Solheim" not in said


def test_a_broken_translation_is_sent_in_english(db, monkeypatch):
    def only_english(event, context, *, language="en", **reader):
        if language == "de":
            raise LookupError
        return render(event, context, language=language, **reader)

    monkeypatch.setattr(stand_ins, "render", only_english)
    row = message(at=AT, language="de")
    assert (row.language, row.cause, row.subject) == ("en", "", "[MX-26-7K4Q9TX] A question for you")
