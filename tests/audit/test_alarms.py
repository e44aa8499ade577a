"""SEC-22, SEC-26: a trail that fails is noticed and told, by ways that do not rest on what failed."""

import json
import logging
import socketserver
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone

from foundation.audit import alarms, checking, failing, sealing, verification, watch
from foundation.audit.events import CHECK, TRAIL, TrailEvent
from foundation.audit.models import AuditEvent, Checkpoint
from foundation.audit.trail import record
from foundation.audit.watch import Problem
from foundation.notifications import pulses, trail_watch
from tests.harness.databases import CommittedDatabase
from tests.people import client_for, make_staff

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
BROKEN = Problem("append", "Entries cannot be written.")


@pytest.fixture(autouse=True)
def folder(settings, monkeypatch, tmp_path: Path) -> Path:
    # Each test has a mailer of its own: that of the one before may still wait for a silent server.
    monkeypatch.setattr(alarms, "_MAILER", f"alarm mailer of {tmp_path.name}")
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
def test_a_check_by_hand_that_passes_ends_the_alarm_with_an_entry_once(monkeypatch, capsys):
    record("test.done", by=None)
    sealing.seal(after_restore=True)
    call_command("verify_audit")
    assert not AuditEvent.objects.filter(object_id="check").exists()  # nothing to end, nothing written
    verify = verification.verify

    def broken(**_options):
        raise verification.TrailBroken("Entry 7 (test.done): its payload and its digest differ.")

    monkeypatch.setattr(verification, "verify", broken)
    assert checking.check() is False
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert "verification" in kinds(watch.problems(at=timezone.now()))
    monkeypatch.setattr(verification, "verify", verify)
    for _n in range(2):
        call_command("verify_audit")
    assert "verification" not in kinds(watch.problems(at=timezone.now()))
    assert capsys.readouterr().out.count("ends the alarm") == 1
    ended = AuditEvent.objects.filter(object_id="check").last()
    assert (ended.outcome, json.loads(bytes(ended.payload))["data"]["by_hand"]) == ("ok", True)
    assert AuditEvent.objects.filter(object_id="check").count() == 2


def test_a_check_by_a_role_that_only_reads_ends_no_alarm_and_raises_none(committed_db: CommittedDatabase, capsys):
    record(TrailEvent.VERIFIED, by=None, object_type=TRAIL, object_id=CHECK, outcome=checking.BROKEN)
    app = str(connections["default"].settings_dict["USER"])
    with committed_db.owner() as cursor:
        cursor.execute(f'REVOKE INSERT ON audit_auditevent FROM "{app}"')
        try:
            call_command("verify_audit")
        finally:
            cursor.execute(f'GRANT INSERT ON audit_auditevent TO "{app}"')
    said = capsys.readouterr().out
    assert "The trail is whole" in said
    assert "its alarm lasts" in said
    assert failing.last_refused() is None
    assert AuditEvent.objects.filter(object_id=CHECK).count() == 1


@pytest.mark.django_db
def test_the_state_page_says_when_an_alarm_began_and_ended_and_when_its_entry_came():
    alarms.tell([BROKEN], at=NOON)
    alarms.tell([], at=NOON + timedelta(minutes=7))
    alarms.enter()
    alarms.enter()
    page = client_for(make_staff("auditor")).get("/staff/trail-state/").content.decode()
    rows = page.partition('id="before"')[2].split("<tr")[2:]
    said = [[clock in row for clock in ("12:00:00", "12:07:00")] for row in rows]
    assert said == [[True, True], [True, True]]


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


def test_sec_26_the_urgent_process_seals_where_no_worker_does(committed_db: CommittedDatabase, monkeypatch):
    """Workers had a backlog of minutes, and the sealer's turn waited at its end."""
    # What runs in other databases of the server holds a sealer back: not here.
    monkeypatch.setattr(sealing, "seal", partial(sealing.seal, after_restore=True))
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
    assert kinds(looking.look(at=now + timedelta(seconds=100))) == ["sealing"]
    # A worker that was never seen counts from the start of who looks.
    assert kinds(looking.look(at=now + timedelta(seconds=260))) == ["sealing"]
    assert kinds(looking.look(at=now + timedelta(seconds=280))) == ["sealing", "worker"]


def test_what_is_old_when_it_is_first_seen_is_late_only_at_the_next_look(committed_db: CommittedDatabase, monkeypatch):
    """A long transaction ends, a demo's past is loaded: the sealer gets its turn before anybody is woken."""
    monkeypatch.setattr(trail_watch, "_seal", lambda: None)
    looking, now = trail_watch.TrailWatch(), datetime.now(UTC) + timedelta(minutes=5)
    pulses.beat(pulses.WORKER, at=now)
    record("test.done", by=None)
    assert kinds(looking.look(at=now)) == []
    assert kinds(looking.look(at=now + timedelta(seconds=15))) == ["sealing"]
    # The process starts anew: what lasts is neither over nor told again before it can be known.
    again = trail_watch.TrailWatch()
    again._begun = now + timedelta(seconds=20)
    assert again.look(at=now + timedelta(seconds=25)) == []
    assert [alarm.kind for alarm in alarms.going_on()] == ["sealing"]
    sealing.seal(after_restore=True)
    assert kinds(looking.look(at=now + timedelta(seconds=30))) == []
    assert alarms.going_on() == []


@pytest.mark.django_db
def test_a_check_that_was_missed_is_made_up_before_it_is_an_alarm():
    assert checking.make_up(at=NOON) is False  # nothing is sealed yet
    record("test.done", by=None, at=NOON)
    sealing.seal(at=NOON, after_restore=True)
    assert checking.make_up(at=NOON + timedelta(hours=24)) is False
    assert checking.make_up(at=NOON + timedelta(days=3)) is True
    assert checking.make_up(at=NOON + timedelta(days=3, hours=1)) is False
    looking = trail_watch.TrailWatch()
    found = [Problem("unchecked", "Not for two nights."), BROKEN]
    assert kinds(looking._in_earnest(found, looking._begun + timedelta(minutes=74))) == ["append"]
    assert kinds(looking._in_earnest(found, looking._begun + timedelta(minutes=76))) == ["append", "unchecked"]


class _Smtp(socketserver.BaseRequestHandler):
    """A mail server that refuses one address, or takes the call and says nothing."""

    silent = False
    taken: list[str] = []

    def handle(self):
        if self.silent:
            self.server.hung.wait(30)
            return
        lines = self.request.makefile("rb")
        self.request.sendall(b"220 here\r\n")
        for line in lines:
            word = line.decode().strip().upper()
            if word == "DATA":
                self.request.sendall(b"354 go on\r\n")
                while lines.readline() != b".\r\n":
                    pass
                answer = b"250 taken\r\n"
            elif word.startswith("RCPT"):
                answer = b"550 nobody\r\n" if "GONE@" in word else b"250 well\r\n"
                self.taken.extend([] if "GONE@" in word else [word])
            else:
                answer = b"250 well\r\n"
            self.request.sendall(answer)


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.daemon_threads, server.hung = True, threading.Event()
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = ""
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        _Smtp.taken, _Smtp.silent = [], False
        yield server
        server.hung.set()
        server.shutdown()


def test_an_address_that_is_refused_keeps_nobody_else_from_the_alarm(smtp, settings):
    settings.ALARM_RECIPIENTS = ["anna@company.example", "gone@company.example", "zoe@company.example"]
    alarms.tell([BROKEN], at=NOON)
    alarms.tell([BROKEN], at=NOON + timedelta(seconds=15))
    assert [word.partition("<")[2][:4] for word in _Smtp.taken] == ["ANNA", "ZOE@"]


def test_dead_neighbour_smtp_that_never_answers_is_waited_for_once(smtp, monkeypatch, folder, caplog):
    """All alarms are in log and file before the first second of waiting, and no thread is added at each look."""
    _Smtp.silent = True
    monkeypatch.setattr(alarms, "_MAIL_SECONDS", 0.1)
    handed = []
    real = alarms._hand_over
    monkeypatch.setattr(alarms, "_hand_over", lambda *args: (handed.append(kinds(alarms.going_on())), real(*args)))
    for minute in range(3):
        alarms.tell([BROKEN, Problem("sealing", "Entries wait.")], at=NOON + timedelta(minutes=minute))
    assert handed == [["append", "sealing"]]
    said = [row.getMessage() for row in caplog.records if row.levelno == logging.CRITICAL]
    assert said == ["AUDIT-FAILURE append: Entries cannot be written.", "AUDIT-FAILURE sealing: Entries wait."]


def test_a_full_disk_makes_no_flood_of_mails_and_hides_no_alarm(monkeypatch, folder, caplog):
    monkeypatch.setattr(alarms, "_unwritten", {})

    def full(path, text):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(failing, "write", full)
        for second in (0, 15, 30):
            alarms.tell([BROKEN], at=NOON + timedelta(seconds=second))
        assert subjects() == ["the audit log needs you now"]
        assert sum(row.levelno == logging.CRITICAL for row in caplog.records) == 1
    alarms.tell([BROKEN], at=NOON + timedelta(seconds=45))
    assert json.loads((folder / "append.alarm").read_text())["mailed"] is True
    alarms.tell([], at=NOON + timedelta(seconds=60))
    assert subjects() == ["the audit log needs you now", "the audit log works again"]


@pytest.mark.django_db
def test_what_cannot_be_kept_or_asked_hides_nothing_that_was_found(monkeypatch):
    def fails(*args, **kwargs):
        raise DatabaseError("statement timeout")

    looking = trail_watch.TrailWatch()
    monkeypatch.setattr(looking._pool, "submit", _Done)
    monkeypatch.setattr(trail_watch, "_seal", lambda: None)
    monkeypatch.setattr(trail_watch, "drop_connection", lambda: None)
    monkeypatch.setattr(watch, "_append", lambda: iter([BROKEN]))
    monkeypatch.setattr(watch, "_sealing", fails)
    monkeypatch.setattr(pulses, "beat", fails)
    assert kinds(looking.look()) == ["append", "watch"]
    monkeypatch.setattr(watch, "problems", lambda at: 1 / 0)
    assert kinds(looking.look()) == ["watch"]
    assert kinds(alarms.going_on()) == ["append", "watch"]  # nothing is known to be over


class _Done:
    """A call that was made at once, in this thread, whose test's transaction it sees."""

    def __init__(self, call, *args):
        self.call, self.args = call, args

    def done(self):
        return True

    def result(self, timeout=None):
        return self.call(*self.args)


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


def test_the_state_page_opens_in_the_hour_in_which_no_look_can_be_entered(committed_db: CommittedDatabase):
    client = client_for(make_staff("auditor"))
    app = str(connections["default"].settings_dict["USER"])
    with committed_db.owner() as cursor:
        cursor.execute(f'REVOKE INSERT ON audit_auditevent FROM "{app}"')
        try:
            trail_watch.TrailWatch().look()
            page = client.get("/staff/trail-state/")
            assert pulses.last(pulses.URGENT) is not None  # the loop lives, and nobody says otherwise
        finally:
            cursor.execute(f'GRANT INSERT ON audit_auditevent TO "{app}"')
    assert page.status_code == 200
    assert "every act is refused" in page.content.decode()
    assert client.get("/staff/trail-state/").status_code == 200
    assert AuditEvent.objects.get(object_id="state").object_label == "state of the audit log"


def test_what_gave_way_to_another_transaction_is_no_failure(caplog):
    error = DatabaseError("deadlock")
    error.__cause__ = type("Deadlock", (Exception,), {"pgcode": "40P01"})()
    failing.refused("test.done", error)
    assert failing.last_refused() is None
    assert "AUDIT-FAILURE" not in caplog.text
