import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit import merkle, sealing, signing, tasks
from foundation.audit.models import AuditLeaf, Checkpoint
from foundation.audit.trail import record
from tests.audit.sealed import seal_all
from tests.harness.race import race

# Not beside the long transactions of another worker: they hold back what may be sealed.
pytestmark = pytest.mark.xdist_group("server-wide")

AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def sealed_ids() -> list[int]:
    return list(AuditLeaf.objects.order_by("position").values_list("event_id", flat=True))


class LateWriter:
    """Another session that has written an entry and not committed it yet."""

    def __init__(self):
        self.written, self.go = threading.Event(), threading.Event()
        self.event = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            with transaction.atomic():
                self.event = record("late.commit", by=None)
                self.written.set()
                assert self.go.wait(30)
        finally:
            self.written.set()
            connections.close_all()

    def start(self):
        self.thread.start()
        assert self.written.wait(30)

    def __enter__(self):
        return self

    def commit(self):
        self.go.set()
        self.thread.join(30)

    def __exit__(self, *exc):
        self.commit()


def test_checkpoint_over_all_entries(committed_db):
    events = [record("a.b", by=None, data={"n": n}) for n in range(5)]
    checkpoint = seal_all()
    assert sealed_ids() == [event.pk for event in events]
    tree = merkle.Tree()
    for event in events:
        tree.append(merkle.leaf_hash(event.payload))
    assert checkpoint.tree_size == 5
    assert bytes(checkpoint.root_hash) == tree.root()
    assert list(AuditLeaf.objects.order_by("position").values_list("position", flat=True)) == [0, 1, 2, 3, 4]
    assert signing.is_signed(checkpoint)


def test_next_checkpoint_follows_the_one_before(committed_db):
    record("a.b", by=None)
    first = seal_all()
    record("a.b", by=None)
    second = seal_all()
    assert (bytes(first.previous_root), second.tree_size) == (b"", 2)
    assert bytes(second.previous_root) == bytes(first.root_hash)
    assert second.horizon > first.horizon


def test_time_of_signing_is_given(committed_db):
    record("a.b", by=None)
    while (checkpoint := sealing.seal(at=AT)) is None:
        pass
    assert Checkpoint.objects.get().signed_at == checkpoint.signed_at == AT


def test_nothing_new_makes_no_checkpoint(committed_db):
    assert sealing.seal() is None
    record("a.b", by=None)
    seal_all()
    assert sealing.seal() is None
    assert Checkpoint.objects.count() == 1


def test_late_commit_is_sealed_in_the_next_batch(committed_db):
    with LateWriter() as late:
        late.start()
        early = record("early.commit", by=None)
        assert early.pk > late.event.pk
        assert sealing.seal() is None
        late.commit()
    seal_all()
    assert sealed_ids() == [late.event.pk, early.pk]


def test_late_commit_below_sealed_entries_is_not_lost(committed_db):
    """The trap of a batch over a serial id: the late entry has the lower id, and its neighbour is sealed already."""
    with LateWriter() as late:
        with transaction.atomic():
            sealing.open_window()  # gives this transaction its number
            late.start()
            early = record("early.commit", by=None)
        assert late.event.pk < early.pk
        while not sealed_ids():
            time.sleep(0.05)  # for other workers, whose transactions hold it back
            sealing.seal()
        assert sealed_ids() == [early.pk]
        late.commit()
    seal_all()
    assert sealed_ids() == [early.pk, late.event.pk]
    call_command("verify_audit")


def test_entries_of_an_open_transaction_wait(committed_db):
    with transaction.atomic():
        record("a.b", by=None)
        assert sealing.seal() is None
    assert seal_all().tree_size == 1


def test_rolled_back_entries_leave_gaps_in_ids_only(committed_db):
    for rollback in (False, True, False):
        with transaction.atomic():
            record("a.b", by=None)
            transaction.set_rollback(rollback)
    seal_all()
    assert len(sealed_ids()) == 2


def test_one_sealer_at_a_time(committed_db):
    record("a.b", by=None)
    with committed_db.app() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing._SEALER_LOCK])
        assert sealing.seal() is None
        cursor.execute("COMMIT")
    assert seal_all().tree_size == 1


def test_sealers_and_writers_together_lose_nothing(committed_db):
    def write():
        return [record("a.b", by=None).pk for _ in range(25)]

    def seal():
        for _ in range(25):
            sealing.seal()

    results = race(write, write, write, seal, seal)
    written = [pk for ids in results[:3] for pk in ids]
    assert results[3:] == [None, None]
    seal_all()
    assert sorted(sealed_ids()) == sorted(written)
    call_command("verify_audit")


def test_cost_is_that_of_the_new_entries(committed_db):
    for _ in range(30):
        record("a.b", by=None)
    seal_all()
    record("a.b", by=None)
    with CaptureQueriesContext(connection) as queries:
        checkpoint = seal_all()
    assert checkpoint.tree_size == 31
    assert not any("leaf_hash" in query["sql"] and query["sql"].startswith("SELECT") for query in queries)


def test_signature_covers_every_column(committed_db):
    record("a.b", by=None)
    checkpoint = seal_all()
    changes = {
        "tree_size": 2,
        "root_hash": bytes(32),
        "previous_root": bytes(32),
        "peaks": bytes(32),
        "horizon": 1,
        "ceiling": 1,
        "cluster": "0",
        "signed_at": AT,
        "key_id": "0",
        "signature": bytes(64),
    }
    assert {field.name for field in Checkpoint._meta.fields} == {"id", *changes}
    for name, value in changes.items():
        checkpoint = Checkpoint.objects.get()
        setattr(checkpoint, name, value)
        assert not signing.is_signed(checkpoint), name


def test_retired_key_is_still_believed_and_a_strange_one_is_not(committed_db, settings):
    record("a.b", by=None)
    old = signing._private_key().public_key()
    checkpoint = seal_all()
    settings.AUDIT_SIGNING_KEY = "ab" * 32
    assert not signing.is_signed(checkpoint)
    settings.AUDIT_RETIRED_KEYS = [old.public_bytes_raw().hex()]
    assert signing.is_signed(checkpoint)


def test_unusable_key_is_named(settings):
    settings.AUDIT_SIGNING_KEY = "too short"
    with pytest.raises(ImproperlyConfigured, match="64 hex digits"):
        signing.sign(Checkpoint(tree_size=1))


def test_sealer_does_not_build_on_a_forged_checkpoint(committed_db, settings):
    record("a.b", by=None)
    seal_all()
    settings.AUDIT_SIGNING_KEY = "ab" * 32
    record("a.b", by=None)
    with pytest.raises(sealing.SealRefused, match="checkpoint at 1"):
        sealing.seal()


def test_after_a_restore_everything_is_sealed_whatever_its_number(committed_db):
    with committed_db.owner() as cursor:
        record("a.b", by=None)
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER append_only")
        cursor.execute("UPDATE audit_auditevent SET xid = '9000000000000'")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER append_only")
    assert sealing.seal() is None
    assert sealing.seal(after_restore=True).tree_size == 1
    call_command("verify_audit")


def test_task_seals(committed_db):
    record("a.b", by=None)
    while not tasks.seal():
        time.sleep(0.05)
    assert Checkpoint.objects.get().tree_size == 1
    assert tasks.seal.name == "audit.seal"


def test_command_seals(committed_db, capsys):
    call_command("seal_audit")
    assert capsys.readouterr().out == "Nothing to seal.\n"
    record("a.b", by=None)
    call_command("seal_audit", after_restore=True)
    assert capsys.readouterr().out == "Sealed: checkpoint at 1.\n"


def test_sec_26_a_sealer_that_does_not_come_is_late(committed_db):
    now = timezone.now()
    record("a.b", by=None, at=now)
    assert sealing.lateness(now + sealing.LIMIT) is None
    late = sealing.lateness(now + sealing.LIMIT + timedelta(seconds=1))
    assert (late.waiting, late.since) == (1, now)
    seal_all()
    assert sealing.lateness(now + timedelta(days=1)) is None
    # An entry of a demo's past waits only since the last checkpoint.
    record("a.b", by=None, at=AT)
    assert sealing.lateness(timezone.now()) is None


def test_the_transaction_that_holds_sealing_back_is_named(committed_db):
    with committed_db.app() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_current_xact_id()::text")
        record("a.b", by=None)
        assert sealing.seal() is None
        late = sealing.lateness(timezone.now() + timedelta(minutes=2))
        cursor.execute("ROLLBACK")
    # Another test's transaction may be older: then it is the one.
    assert late.holder.startswith("process ")
    assert " in database lers_test_" in late.holder
    assert str(late).startswith("1 entries wait for sealing since 20")
