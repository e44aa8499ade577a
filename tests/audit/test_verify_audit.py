"""What somebody with the owner's rights, triggers switched off, can do to the trail, and that it is found."""

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from foundation.audit import canonical, copied, merkle, sealing, signing, verification
from foundation.audit.models import AuditEvent, AuditLeaf, Checkpoint
from foundation.audit.trail import record
from foundation.audit.verification import COLUMNS
from tests.audit.sealed import seal_all
from tests.harness.race import race

# Not beside the long transactions of another worker: they hold back what may be sealed.
pytestmark = pytest.mark.xdist_group("server-wide")

TABLES = ("audit_auditevent", "audit_auditleaf", "audit_checkpoint")
COPIED = ", ".join(["occurred_at", "payload", "digest", *(column for column in COLUMNS if column != "occurred_at")])


def write(count, action):
    with transaction.atomic():  # one transaction is always sealed as a whole
        for _ in range(count):
            record(action, by=None, object_label="MX-1")


@pytest.fixture
def trail(committed_db):
    """Entries 1-3, 4-6 and 8-9 under three checkpoints, 7 rolled back, 10 and 11 waiting for the sealer."""
    write(3, "request.seen")
    seal_all()
    write(3, "request.seen")
    seal_all()
    with transaction.atomic():
        record("request.seen", by=None)
        transaction.set_rollback(True)
    write(2, "request.granted")
    seal_all()
    write(2, "request.granted")
    assert list(AuditEvent.objects.order_by("id").values_list("id", flat=True)) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert list(Checkpoint.objects.order_by("id").values_list("tree_size", flat=True)) == [3, 6, 8]
    return committed_db


def tamper(trail, *statements):
    with trail.owner() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        for statement in statements:
            cursor.execute(*statement if isinstance(statement, tuple) else (statement,))
            assert cursor.rowcount > 0, statement
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def verdict():
    with pytest.raises(CommandError) as caught:
        call_command("verify_audit")
    return str(caught.value).removeprefix("The trail is broken. ")


def rewritten(pk, **changes):
    """The statement that rewrites an entry so that columns, payload and digest agree."""
    event = AuditEvent.objects.get(pk=pk)
    payload = canonical.encode(json.loads(bytes(event.payload)) | changes)
    columns = "".join(f", {name} = %s" for name in changes)
    statement = f"UPDATE audit_auditevent SET payload = %s, digest = %s{columns} WHERE id = {pk}"
    return (statement, [payload, hashlib.sha256(payload).digest(), *changes.values()]), payload


def test_whole_trail(trail, capsys):
    call_command("verify_audit")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "The trail is whole: 10 entries, 8 of them sealed under 3 checkpoints."
    assert said[1].startswith("No authority stamps this trail: who has the signing key")


def test_empty_trail_and_unsealed_trail(committed_db, capsys):
    call_command("verify_audit")
    record("a.b", by=None)
    call_command("verify_audit")
    assert capsys.readouterr().out.splitlines() == [
        "The trail is whole: 0 entries, 0 of them sealed under 0 checkpoints.",
        "The trail is whole: 1 entries, 0 of them sealed under 0 checkpoints.",
    ]


def test_exit_codes(trail):
    whole = trail.manage("verify_audit")
    assert (whole.returncode, whole.stdout.split(":")[0]) == (0, "The trail is whole")
    tamper(trail, "UPDATE audit_auditevent SET reason = 'because' WHERE id = 5")
    broken = trail.manage("verify_audit")
    assert broken.returncode == 1
    assert "Entry 5 (request.seen): the column reason says 'because', its payload says ''." in broken.stderr


def test_every_column_is_compared():
    fields = {field.name for field in AuditEvent._meta.fields}
    assert fields == {*COLUMNS, "id", "xid", "payload", "digest"}


@pytest.mark.parametrize("column", COLUMNS)
def test_edited_column(trail, column):
    value = "occurred_at + interval '1 microsecond'" if column == "occurred_at" else "'edited'"
    tamper(trail, f"UPDATE audit_auditevent SET {column} = {value} WHERE id = 5")
    action = "edited" if column == "action" else "request.seen"
    assert verdict().startswith(f"Entry 5 ({action}): the column {column} says ")


@pytest.mark.parametrize(("pk", "action"), [(5, "request.seen"), (11, "request.granted")])
def test_edited_payload(trail, pk, action):
    tamper(trail, f"UPDATE audit_auditevent SET payload = payload || ' ' WHERE id = {pk}")
    assert verdict() == f"Entry {pk} ({action}): its payload and its digest differ."


def test_payload_that_is_no_entry(trail):
    tamper(trail, "UPDATE audit_auditevent SET payload = 'x', digest = sha256('x') WHERE id = 11")
    assert verdict() == "Entry 11 (request.granted): its payload cannot be read."


def test_entry_rewritten_in_every_column(trail):
    statement, _ = rewritten(5, reason="nothing to see")
    tamper(trail, statement)
    assert verdict() == "Entry 5 (request.seen): it is not what was sealed as leaf 4."


def test_entry_rewritten_with_its_leaf(trail):
    statement, payload = rewritten(5, reason="nothing to see")
    leaf = ("UPDATE audit_auditleaf SET leaf_hash = %s WHERE event_id = 5", [merkle.leaf_hash(payload)])
    tamper(trail, statement, leaf)
    assert verdict() == "The checkpoint at 6 has another root: a leaf before it was changed."


def test_everything_rewritten_but_the_signature(trail):
    statement, payload = rewritten(5, reason="nothing to see")
    leaves = [bytes(leaf) for leaf in AuditLeaf.objects.order_by("position").values_list("leaf_hash", flat=True)]
    leaves[4] = merkle.leaf_hash(payload)
    tree = merkle.Tree()
    statements = [statement, ("UPDATE audit_auditleaf SET leaf_hash = %s WHERE event_id = 5", [leaves[4]])]
    for leaf in leaves:
        tree.append(leaf)
        if tree.size in (6, 8):
            values = [tree.root(), tree.dump(), tree.size]
            statements.append(("UPDATE audit_checkpoint SET root_hash = %s, peaks = %s WHERE tree_size = %s", values))
    tamper(trail, *statements)
    assert verdict() == "The signature of the checkpoint at 6 is not valid."


def test_deleted_entry(trail):
    tamper(trail, "DELETE FROM audit_auditevent WHERE id = 5")
    assert verdict() == "Entry 5 (action unknown): it was sealed as leaf 4 and is gone."


def test_deleted_entry_and_leaf(trail):
    tamper(trail, "DELETE FROM audit_auditevent WHERE id = 5", "DELETE FROM audit_auditleaf WHERE event_id = 5")
    assert verdict() == "Leaf 4 is missing: the next is leaf 5 of entry 6."


def test_deleted_entry_and_leaf_with_the_others_moved_up(trail):
    tamper(
        trail,
        "DELETE FROM audit_auditevent WHERE id = 5",
        "DELETE FROM audit_auditleaf WHERE event_id = 5",
        "UPDATE audit_auditleaf SET position = 4 WHERE position = 5",
        "UPDATE audit_auditleaf SET position = 5 WHERE position = 6",
        "UPDATE audit_auditleaf SET position = 6 WHERE position = 7",
    )
    assert verdict() == "The checkpoint at 6 has another root: a leaf before it was changed."


@pytest.mark.parametrize("pk", [7, 0, -5])
def test_entry_put_in_between(trail, pk):
    tamper(
        trail, f"INSERT INTO audit_auditevent (id, {COPIED}) SELECT {pk}, {COPIED} FROM audit_auditevent WHERE id = 2"
    )
    found = f"Entry {pk} (request.seen): its number lies among sealed entries that are older: it was put in between."
    assert verdict() == found
    seal_all()
    assert verdict() == found


def test_app_role_cannot_put_an_entry_in_between_either(trail):
    with trail.app() as cursor:
        cursor.execute(
            f"INSERT INTO audit_auditevent (id, {COPIED}) SELECT 7, {COPIED} FROM audit_auditevent WHERE id = 2"
        )
    assert verdict().startswith("Entry 7 (request.seen): its number lies among sealed entries")


@pytest.mark.parametrize("pk", [7, 50])
def test_entry_put_in_with_the_number_of_an_old_transaction(trail, pk):
    values = f"SELECT {pk}, xid, {COPIED} FROM audit_auditevent WHERE id = 2"
    tamper(trail, f"INSERT INTO audit_auditevent (id, xid, {COPIED}) {values}")
    found = f"Entry {pk} (request.seen): it was not there when older entries were sealed: it was put in afterwards."
    assert verdict() == found
    sealing.seal()
    assert verdict() == found


def test_entry_put_in_with_a_leaf(trail):
    tamper(
        trail,
        f"INSERT INTO audit_auditevent (id, xid, {COPIED}) SELECT 7, xid, {COPIED} FROM audit_auditevent WHERE id = 6",
        "UPDATE audit_auditleaf SET position = 8 WHERE position = 7",
        "UPDATE audit_auditleaf SET position = 7 WHERE position = 6",
        "INSERT INTO audit_auditleaf SELECT 6, 7, leaf_hash FROM audit_auditleaf WHERE event_id = 6",
    )
    assert "Entry 7 (request.seen): it was not there when older entries were sealed" in verdict()


def test_tail_cut_below_the_last_checkpoint(trail):
    tamper(trail, "DELETE FROM audit_auditevent WHERE id >= 9", "DELETE FROM audit_auditleaf WHERE event_id >= 9")
    assert verdict() == "The end is cut off: checkpoint at 8 is signed, but only 7 leaves are left."


def test_everything_cut_but_the_checkpoints(trail):
    tamper(trail, "DELETE FROM audit_auditevent", "DELETE FROM audit_auditleaf")
    assert verdict() == "The end is cut off: checkpoint at 3 is signed, but only 0 leaves are left."


def test_two_entries_exchanged(trail):
    swap = f"UPDATE audit_auditevent a SET ({COPIED}) = (SELECT {COPIED} FROM audit_auditevent b WHERE b.id = 7 - a.id)"
    tamper(trail, f"{swap} WHERE id IN (3, 4)")
    assert verdict() == "Entry 3 (request.seen): it is not what was sealed as leaf 2."


def test_two_leaves_exchanged(trail):
    tamper(
        trail,
        "UPDATE audit_auditleaf SET position = -1 WHERE event_id = 4",
        "UPDATE audit_auditleaf SET position = 3 WHERE event_id = 5",
        "UPDATE audit_auditleaf SET position = 4 WHERE event_id = 4",
    )
    assert verdict() == "The checkpoint at 6 has another root: a leaf before it was changed."


def test_last_checkpoint_deleted(trail):
    tamper(trail, "DELETE FROM audit_checkpoint WHERE tree_size = 8")
    assert verdict() == "Entry 8 (request.granted): it has leaf 6, but no checkpoint was signed over it."


def test_middle_checkpoint_deleted(trail):
    tamper(trail, "DELETE FROM audit_checkpoint WHERE tree_size = 6")
    assert verdict() == "The checkpoint at 8 does not follow the one before it."


@pytest.mark.parametrize("column", ["root_hash", "peaks", "previous_root", "signature"])
def test_edited_checkpoint(trail, column):
    tamper(trail, f"UPDATE audit_checkpoint SET {column} = sha256('x') WHERE tree_size = 6")
    assert verdict() == "The signature of the checkpoint at 6 is not valid."


def test_checkpoint_signed_with_a_strange_key(trail, settings):
    checkpoint = Checkpoint.objects.get(tree_size=6)
    own = settings.AUDIT_SIGNING_KEY
    settings.AUDIT_SIGNING_KEY = "ab" * 32
    signing.sign(checkpoint)
    settings.AUDIT_SIGNING_KEY = own
    values = [checkpoint.key_id, checkpoint.signature]
    tamper(trail, ("UPDATE audit_checkpoint SET key_id = %s, signature = %s WHERE tree_size = 6", values))
    assert verdict() == "The signature of the checkpoint at 6 is not valid."


def test_verifying_looks_at_one_moment_while_others_write_and_seal(trail, monkeypatch):
    def sealed_after_the_leaves(walk):
        count = walk_leaves(walk)
        race(lambda: write(1, "request.seen"), seal_all)
        return count

    walk_leaves = verification._Walk.sealed
    monkeypatch.setattr(verification._Walk, "sealed", sealed_after_the_leaves)
    assert verification.verify() == verification.Verified(sealed=8, unsealed=2, checkpoints=3)
    monkeypatch.undo()
    seal_all()
    assert verification.verify().sealed == 11


def test_a_leaf_that_shares_its_place_where_a_part_ends(trail, monkeypatch):
    """The next part begins behind the place: nobody reads the second leaf, nor the entry that it seals."""
    monkeypatch.setattr(copied, "_LEAVES", copied._LEAVES.replace(str(copied._ROWS), "3"))
    name = "audit_auditleaf_pkey"
    tamper(
        trail,
        f"INSERT INTO audit_auditevent (id, {COPIED}) SELECT 50, {COPIED} FROM audit_auditevent WHERE id = 3",
        "INSERT INTO audit_auditleaf SELECT 99, 50, leaf_hash FROM audit_auditleaf WHERE position = 2",
    )
    with trail.owner() as cursor:
        cursor.execute(f"ALTER TABLE audit_auditleaf DROP CONSTRAINT {name}")
    try:
        tamper(trail, "UPDATE audit_auditleaf SET position = 2 WHERE position = 99")
        assert verdict() == "There are 9 leaves in 8 places: one was put in beside another."
    finally:
        tamper(trail, "DELETE FROM audit_auditleaf WHERE event_id = 50")
        with trail.owner() as cursor:
            cursor.execute(f"ALTER TABLE audit_auditleaf ADD CONSTRAINT {name} PRIMARY KEY (position)")
