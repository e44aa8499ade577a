"""Reports that a mail did not arrive: from a pipe, from a Maildir, forged, and junk."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation.audit.models import AuditEvent
from foundation.notifications import bounces, delivery
from foundation.notifications.bounces import Taken, sweep, take
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import OutboundMessage, Outcome
from tests.notifications.factories import message
from tests.notifications.reports import report

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sent(db, mail_server) -> OutboundMessage:
    row = message(at=AT)
    delivery.sweep(at=AT)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("head_only", [False, True])
def test_a_report_is_noted_once_with_its_cause_and_its_entry(sent, head_only):
    raw = report(sent.message_id, head_only=head_only)
    assert [take(raw, at=AT), take(raw, at=AT)] == [Taken.NOTED, Taken.KNOWN]
    sent.refresh_from_db()
    assert (sent.bounced_at, sent.failed_at, sent.cause) == (AT, AT, Cause.NO_MAILBOX)
    assert sent.bounce_detail.startswith("5.1.1 550 5.1.1 <o.berg@")
    assert list(sent.deliveries.values_list("outcome", flat=True)) == [Outcome.ACCEPTED, Outcome.BOUNCED]
    event = AuditEvent.objects.get(action=NotificationEvent.BOUNCED)
    assert event.object_label == sent.reference
    assert b"o.berg" not in bytes(event.payload)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe garbage",
        b"Subject: I am on holiday\r\n\r\nBack on Monday",
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n--x--",
        b"Content-Type: multipart/report; boundary*=x''%ff\r\nContent-Type: =?x?q?\r\n\r\n--x\r\n\r\n",
        report("<somebody-else@elsewhere.example>"),
    ],
)
def test_junk_changes_nothing(sent, raw):
    assert take(raw, at=AT) is Taken.NOT_OURS
    assert not OutboundMessage.objects.undelivered().exists()


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_only_a_failure_counts(sent, action):
    assert take(report(sent.message_id, action=action, status="4.4.1"), at=AT) is Taken.NOT_OURS


def test_a_forged_report_marks_one_message_and_holds_back_no_other(sent, mail_server):
    forged = report(
        sent.message_id, diagnosis="550 \x1b[2J <script>alert(1)</script>\r\n Bcc: all@example.org " + "x" * 900
    )
    assert take(forged, at=AT) is Taken.NOTED
    sent.refresh_from_db()
    assert "\x1b" not in sent.bounce_detail
    assert len(sent.bounce_detail) <= 300
    following = message(at=AT)
    assert delivery.sweep(at=AT) == 1
    assert mail_server.message_ids()[-1] == following.message_id


def test_a_report_that_overtakes_the_commit_comes_again(db):
    row = message(at=AT)
    assert take(report(row.message_id), at=AT) is Taken.TOO_EARLY
    row.refresh_from_db()
    assert row.failed_at is None


def test_a_maildir_is_read_and_junk_is_left_where_a_person_finds_it(sent, tmp_path, settings):
    for name in ("new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1").write_bytes(report(sent.message_id))
    (tmp_path / "new" / "2").write_bytes(b"Subject: Buy now\r\n\r\nCheap")
    early = message(at=AT)
    (tmp_path / "new" / "3").write_bytes(report(early.message_id))
    assert sweep(tmp_path, at=AT) == 1
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["2:2,S"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["3"]
    assert sweep(tmp_path, at=AT) == 0
    assert bounces.sweep(tmp_path / "nowhere", at=AT) == 0


def test_a_mail_server_pipes_a_report_into_the_command(committed_db, mail_server):
    row = message()
    delivery.deliver([row.pk])

    def pipe(raw: bytes) -> tuple[int, bytes]:
        found = subprocess.run(
            [sys.executable, "manage.py", "take_bounce"],
            cwd=ROOT,
            env=os.environ | committed_db.env,
            input=raw,
            capture_output=True,
            check=False,
        )
        return found.returncode, found.stdout.strip()

    assert pipe(report(row.message_id)) == (0, b"noted")
    assert OutboundMessage.objects.undelivered().get() == row
    assert pipe(report(message().message_id)) == (75, b"too early")
