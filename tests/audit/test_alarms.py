"""SEC-22, SEC-26: a trail that fails is noticed and told, by ways that do not rest on what failed."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import DatabaseError, connections
from django.test import Client

from foundation.audit import alarms, checking, failing, sealing, verification, watch
from foundation.audit.models import AuditEvent, Checkpoint
from foundation.audit.trail import record
from foundation.audit.watch import Problem
from foundation.notifications import pulses, trail_watch
from tests.harness.databases import CommittedDatabase
from tests.people import client_for, make_staff

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
BROKEN = Problem("append", "Entries cannot be written.")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.ALARM_DIR = str(tmp_path / "alarms")
    settings.ALARM_RECIPIENTS = ["watch@company.example"]
    settings.ALARM_PEOPLE = "accounts.services.watchers.addresses"
    return tmp_path / "alarms"


def kinds(found):
    return sorted(problem.kind for problem in found)


def subjects():
    return [message.subject.rpartition(": ")[2] for message in mail.outbox]


def test_sec_26_an_alarm_is_mailed_once_in_a_quarter_of_an_hour_and_its_end_is_told(folder, caplog):
    for minute in (0, 1, 14):
        alarms.tell([BROKEN], at=NOON + timedelta(minutes=minute))
    assert subjects() == ["the audit log needs you now"]
    assert [alarm.kind for alarm in alarms.going_on()] == ["append"]
    alarms.tell([BROKEN], at=NOON + timedelta(minutes=16))
    alarms.tell([], at=NOON + timedelta(minutes=17), of=frozenset({"worker"}))
    assert len(subjects()) == 2  # of another kind nothing is known
    assert len(alarms.going_on()) == 1
    alarms.tell([], at=NOON + timedelta(minutes=18))
    assert subjects()[2] == "the audit log works again"
    assert alarms.going_on() == []
    alarms.tell([BROKEN], at=NOON + timedelta(minutes=19))
    assert len(subjects()) == 3  # it flaps: in the log and the file at once, as a mail only later
    assert alarms.going_on()
    said = [row.getMessage() for row in caplog.records if row.levelno == logging.CRITICAL]
    assert said == ["AUDIT-FAILURE append: Entries cannot be written."] * 2


def test_a_mail_server_that_is_gone_is_tried_again_and_stops_nothing(settings, folder):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    alarms.tell([BROKEN], at=NOON)
    assert json.loads((folder / "append.alarm").read_text())["mailed_at"] == ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    alarms.tell([BROKEN], at=NOON + timedelta(seconds=15))
    assert subjects() == ["the audit log needs you now"]


@pytest.mark.django_db
def test_administrators_and_auditors_are_told_from_the_copy_kept_beside_the_database(folder):
    people = [make_staff("administrator"), make_staff("auditor")]
    make_staff("analyst")
    make_staff("auditor", is_active=False)
    alarms.remember_people()
    alarms.tell([BROKEN], at=NOON)
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [*(person.email for person in people), "watch@company.example"]
    )
    assert all(len(message.to) == 1 for message in mail.outbox)
    alarms.enter()
    alarms.tell([], at=NOON + timedelta(minutes=1))
    alarms.enter()
    alarms.enter()
    told = AuditEvent.objects.filter(object_type="audit.trail").order_by("id").values_list("action", flat=True)
    assert list(told) == ["audit.alarm_raised", "audit.alarm_over"]


def test_sec_22_every_way_in_which_entries_fail_is_found_and_undoes_the_act(committed_db: CommittedDatabase, caplog):
    """Rights taken away, a locked table, a server that nobody reaches: the real ones."""
    make_staff("auditor")
    later = datetime.now(UTC) + timedelta(minutes=2)
    app = str(connections["default"].settings_dict["USER"])
    assert kinds(watch.problems(at=later)) == []
    assert not AuditEvent.objects.filter(action="audit.probe").exists()
    with committed_db.owner() as cursor:
        cursor.execute(f'REVOKE INSERT ON audit_auditevent FROM "{app}"')
        with pytest.raises(DatabaseError):
            record("test.secret_act", by=None, object_label="Zacharias Quill")
        assert kinds(watch.problems(at=datetime.now(UTC))) == ["append", "refused"]
        cursor.execute(f'GRANT INSERT ON audit_auditevent TO "{app}"')
        assert kinds(watch.problems(at=later)) == []
        cursor.execute("BEGIN; LOCK TABLE audit_auditevent IN SHARE MODE")
        assert kinds(watch.problems(at=later)) == ["append"]
        cursor.execute("ROLLBACK")
        assert kinds(watch.problems(at=later)) == []
    critical = [row.getMessage() for row in caplog.records if row.levelno == logging.CRITICAL]
    assert critical == ["AUDIT-FAILURE entry refused: action=test.secret_act error=ProgrammingError sqlstate=42501"]
    assert "Quill" not in caplog.text
    connections["default"].close()
    port = connections["default"].settings_dict["PORT"]
    connections["default"].settings_dict["PORT"] = "1"
    try:
        assert kinds(watch.problems(at=later)) == ["database"]
    finally:
        connections["default"].close()
        connections["default"].settings_dict["PORT"] = port
    assert kinds(watch.problems(at=later)) == []


def test_the_watch_tells_by_mail_without_the_database_and_enters_it_when_it_is_back(committed_db: CommittedDatabase):
    auditor = make_staff("auditor")
    looking = trail_watch.TrailWatch()
    pulses.beat(pulses.WORKER)
    assert looking.look() == []
    settings_dict = connections["default"].settings_dict
    port, settings_dict["PORT"] = settings_dict["PORT"], "1"
    try:
        assert kinds(looking.look()) == ["database"]
    finally:
        settings_dict["PORT"] = port
    assert auditor.email in {message.to[0] for message in mail.outbox}
    assert Client().get("/readyz").json()["trail"] == "failing"
    assert kinds(looking.look()) == []
    assert subjects().count("the audit log works again") == 2
    assert kinds(looking.look()) == []
    entries = AuditEvent.objects.filter(object_id="database").order_by("id").values_list("action", flat=True)
    assert list(entries) == ["audit.alarm_raised", "audit.alarm_over"]
    assert Client().get("/readyz").json()["trail"] == "ok"


@pytest.mark.django_db
def test_the_worker_and_the_urgent_loop_look_after_each_other():
    trail_watch.watch_the_watch(at=NOON)
    assert alarms.going_on() == []  # never seen: it has not been started yet
    pulses.beat(pulses.URGENT, at=NOON)
    for seconds, lasts in ((30, []), (50, ["urgent"])):
        trail_watch.watch_the_watch(at=NOON + timedelta(seconds=seconds))
        assert [alarm.kind for alarm in alarms.going_on()] == lasts
    pulses.beat(pulses.WORKER, at=NOON)
    assert not pulses.has_stopped(pulses.WORKER, at=NOON + timedelta(seconds=180))
    assert pulses.has_stopped(pulses.WORKER, at=NOON + timedelta(seconds=181))


def test_sec_26_the_urgent_process_seals_where_no_worker_does(committed_db: CommittedDatabase):
    """Workers had a backlog of minutes, and the sealer's turn waited at its end."""
    looking = trail_watch.TrailWatch()
    record("test.done", by=None)
    looking.look()
    looking._sealed.result(timeout=60)
    assert Checkpoint.objects.get().tree_size >= 1


def test_after_a_start_what_is_late_has_a_while_to_be_made_good(committed_db: CommittedDatabase, monkeypatch):
    monkeypatch.setattr(trail_watch, "_seal", lambda: None)
    record("test.done", by=None, at=datetime.now(UTC) - timedelta(days=1))
    looking, now = trail_watch.TrailWatch(), datetime.now(UTC)
    assert looking.look(at=now + timedelta(seconds=80)) == []
    later = kinds(looking.look(at=now + timedelta(seconds=100)))
    assert later == ["sealing", "worker"]


@pytest.mark.django_db
def test_sec_26_the_nightly_check_and_a_forged_checkpoint_are_noticed(monkeypatch):
    record("test.done", by=None, at=NOON - timedelta(days=3))
    sealing.seal(at=NOON - timedelta(days=3), after_restore=True)
    assert kinds(watch.problems(at=NOON)) == ["unchecked"]
    assert checking.check(at=NOON) is True
    assert kinds(watch.problems(at=NOON + timedelta(days=2))) == []

    def broken():
        raise verification.TrailBroken("Entry 7 (test.done): its payload and its digest differ.")

    monkeypatch.setattr(verification, "verify", broken)
    assert checking.check(at=NOON + timedelta(days=1)) is False
    monkeypatch.setattr("foundation.audit.signing.is_signed", lambda checkpoint: False)
    assert kinds(watch.problems(at=NOON + timedelta(days=1))) == ["checkpoint", "verification"]


@pytest.mark.django_db
def test_administrators_and_auditors_read_it_on_every_page_and_nobody_else_does():
    alarms.tell([BROKEN, Problem("sealing", "Entries wait.")], at=NOON)
    for role, sees in (("administrator", True), ("auditor", True), ("approver", False)):
        client = client_for(make_staff(role))
        assert ("The audit log needs somebody now" in client.get("/start/", follow=True).content.decode()) is sees
        assert client.get("/staff/trail-state/").status_code == (200 if sees else 403)
    page = client_for(make_staff("auditor")).get("/staff/trail-state/").content.decode()
    assert "Entries cannot be written." in page


def test_what_gave_way_to_another_transaction_is_no_failure(caplog):
    error = DatabaseError("deadlock")
    error.__cause__ = type("Deadlock", (Exception,), {"pgcode": "40P01"})()
    failing.refused("test.done", error)
    assert failing.last_refused() is None
    assert "AUDIT-FAILURE" not in caplog.text
