"""What somebody can do to the trail who has more than they should, and what finds it: the table of docs/audit.md."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from foundation.audit import anchoring, canonical, merkle, publishing, sealing, signing
from foundation.audit.models import AuditEvent, AuditLeaf, Checkpoint
from foundation.audit.trail import NotWritten, record
from lers.demo import authority
from tests.audit import stamper

# Not beside the long transactions of another worker: they hold back what may be sealed.
pytestmark = pytest.mark.xdist_group("server-wide")

TABLES = ("audit_auditevent", "audit_auditleaf", "audit_auditnode", "audit_checkpoint", "audit_auditanchor")
DATABASE = "the database"
KEY = "the database and the signing key"
STAMPS = "the same, and asks the authority anew"
SETTINGS = "the same, and changes the portal's settings"
BACKUP = "an old backup"
APP = "the portal's own role"

Attack = Callable[["World"], None]
ATTACKS: list["Row"] = []


@dataclass(frozen=True)
class Row:
    """A row of the table: what was done, with what, and which checks find it."""

    words: str
    has: str
    attack: Attack
    # v: verify_audit; s: only with --strict; c: with the kept copy; r: a receipt handed out before.
    found: str


def attack(words: str, has: str, found: str) -> Callable[[Attack], Attack]:
    """Add a row to the table."""

    def add(made: Attack) -> Attack:
        ATTACKS.append(Row(words, has, made, found))
        return made

    return add


@dataclass
class World:
    """Three stamped checkpoints over 1-3, 4-6 and 7-8 with receipts, a fourth over 9-10 without, and 11 unsealed."""

    database: Any
    copy: Path
    begin: datetime
    receipts: list[bytes] = field(default_factory=list)

    def run(self, *statements: Any) -> None:
        with self.database.owner() as cursor:
            self._triggers(cursor, "DISABLE TRIGGER append_only")
            for statement in statements:
                cursor.execute(*statement if isinstance(statement, tuple) else (statement,))
            self._triggers(cursor, "ENABLE ALWAYS TRIGGER append_only")

    def save(self) -> None:
        self.run(*(f"CREATE TABLE saved_{table} AS TABLE {table}" for table in TABLES))

    def restore(self) -> None:
        for table in TABLES:
            self.run(f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM saved_{table}")
        self.run(
            "DROP TRIGGER IF EXISTS swallow ON audit_auditevent",
            "DROP POLICY IF EXISTS hidden ON audit_auditevent",
            "ALTER TABLE audit_auditevent DISABLE ROW LEVEL SECURITY",
        )
        self.run(f"ALTER TABLE audit_auditevent DROP CONSTRAINT IF EXISTS {UNIQUE}, ADD CONSTRAINT {UNIQUE} {PRIMARY}")

    @staticmethod
    def _triggers(cursor: Any, how: str) -> None:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} {how}")

    def edit(self, pk: int, **changes: str) -> None:
        """Rewrite an entry so that columns, payload and digest agree."""
        event = AuditEvent.objects.get(pk=pk)
        payload = canonical.encode(json.loads(bytes(event.payload)) | changes)
        columns = "".join(f", {name} = %s" for name in changes)
        values = [payload, hashlib.sha256(payload).digest(), *changes.values()]
        self.run((f"UPDATE audit_auditevent SET payload = %s, digest = %s{columns} WHERE id = {pk}", values))

    def reseal(self, *, sign: bool = True) -> None:
        """Make leaves and checkpoints anew from the entries as they are now, as if nothing had been."""
        tree, root, statements = merkle.Tree(), b"", []
        for leaf in AuditLeaf.objects.order_by("position"):
            payload = bytes(AuditEvent.objects.get(pk=leaf.event_id).payload)
            tree.append(merkle.leaf_hash(payload))
            values = [merkle.leaf_hash(payload), leaf.position]
            statements.append(("UPDATE audit_auditleaf SET leaf_hash = %s WHERE position = %s", values))
            head = Checkpoint.objects.filter(tree_size=tree.size).first()
            if head is None:
                continue
            head.root_hash, head.previous_root, head.peaks = tree.root(), root, tree.dump()
            root = tree.root()
            if sign:
                signing.sign(head)
            values = [head.root_hash, head.previous_root, head.peaks, head.key_id, head.signature, head.pk]
            sets = "root_hash = %s, previous_root = %s, peaks = %s, key_id = %s, signature = %s"
            statements.append((f"UPDATE audit_checkpoint SET {sets} WHERE id = %s", values))
        self.run(*statements)

    def cut(self, size: int) -> None:
        """Leave so many leaves, as if nothing had followed."""
        kept = f"SELECT event_id FROM audit_auditleaf WHERE position < {size}"
        self.run(
            f"DELETE FROM audit_auditevent WHERE id NOT IN ({kept})",
            f"DELETE FROM audit_auditleaf WHERE position >= {size}",
            f"DELETE FROM audit_checkpoint WHERE tree_size > {size}",
        )

    def verdict(self, **options: Any) -> bool:
        """Say whether verify_audit finds something."""
        try:
            call_command("verify_audit", **options)
        except CommandError:
            return True
        return False

    def found(self) -> str:
        """Return which checks find that something was done."""
        held = {signing.statement(head) for head in Checkpoint.objects.all()}
        plain = self.verdict()
        return "".join(
            name
            for name, is_found in (
                ("v", plain),
                ("s", not plain and self.verdict(strict=True)),
                ("c", self.verdict(anchors=self.copy)),
                ("r", any(statement not in held for statement in self.receipts)),
            )
            if is_found
        )


def _other_key() -> None:
    django_settings.AUDIT_SIGNING_KEY = "ab" * 32


@attack("deletes the first entry", DATABASE, "vc")
def _(world: World) -> None:
    world.run("DELETE FROM audit_auditevent WHERE id = 1")


@attack("deletes an entry and its leaf, and moves the others up", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        "DELETE FROM audit_auditevent WHERE id = 5",
        "DELETE FROM audit_auditleaf WHERE event_id = 5",
        *(f"UPDATE audit_auditleaf SET position = {place - 1} WHERE position = {place}" for place in range(5, 10)),
    )


@attack("cuts the end off, but not its checkpoint", DATABASE, "vc")
def _(world: World) -> None:
    world.run("DELETE FROM audit_auditevent WHERE id >= 9", "DELETE FROM audit_auditleaf WHERE event_id >= 9")


@attack("deletes an entry that is not sealed yet (at most 60 seconds old)", DATABASE, "")
def _(world: World) -> None:
    world.run("DELETE FROM audit_auditevent WHERE id = 11")


COPIED = "occurred_at, action, actor_kind, actor_id, actor_label, ip, session, request_id, object_type, object_id, \
object_label, outcome, reason, payload, digest"


@attack("puts an entry in between, with a free number", DATABASE, "vc")
def _(world: World) -> None:
    world.run(f"INSERT INTO audit_auditevent (id, {COPIED}) SELECT 0, {COPIED} FROM audit_auditevent WHERE id = 2")


UNIQUE, PRIMARY = "audit_auditevent_pkey", "PRIMARY KEY (id)"


@attack("puts a second entry behind one that is sealed, under its number", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        f"ALTER TABLE audit_auditevent DROP CONSTRAINT {UNIQUE}",
        f"INSERT INTO audit_auditevent (id, xid, {COPIED}) SELECT 5, xid, {COPIED} FROM audit_auditevent WHERE id = 4",
    )


@attack("puts a back-dated entry at the end, with the number of an old transaction", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        f"INSERT INTO audit_auditevent (id, xid, {COPIED}) SELECT 50, xid, {COPIED} FROM audit_auditevent WHERE id = 2"
    )


@attack("writes an invented entry at the end, as the portal does", APP, "")
def _(world: World) -> None:
    with transaction.atomic():
        record("request.granted", by=None, at=world.begin)


@attack("hides an entry from the portal by a policy, but not from the checker's COPY", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        "ALTER TABLE audit_auditevent ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY hidden ON audit_auditevent USING (id <> 5 OR current_query() ILIKE 'copy%')",
    )


@attack("lets a trigger swallow what is written from now on", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        "CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER swallow BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION swallow()",
    )
    with pytest.raises(NotWritten), transaction.atomic():
        record("request.granted", by=None, at=world.begin)


@attack("takes away what keeps entries from being changed, and changes nothing yet", DATABASE, "vc")
def _(world: World) -> None:
    with world.database.owner() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER append_only")  # no longer in a replica's session


@attack("exchanges two entries", DATABASE, "vc")
def _(world: World) -> None:
    swap = f"({COPIED}) = (SELECT {COPIED} FROM audit_auditevent b WHERE b.id = 7 - a.id)"
    world.run(f"UPDATE audit_auditevent a SET {swap} WHERE id IN (3, 4)")


@attack("exchanges two leaves", DATABASE, "vc")
def _(world: World) -> None:
    for event, place in ((4, -1), (5, 3), (4, 4)):
        world.run(f"UPDATE audit_auditleaf SET position = {place} WHERE event_id = {event}")


@attack("edits a column", DATABASE, "vc")
def _(world: World) -> None:
    world.run("UPDATE audit_auditevent SET actor_label = 'somebody' WHERE id = 5")


@attack("moves text from one column to the next, over the sign that the checker joins them with", DATABASE, "vc")
def _(world: World) -> None:
    world.run(
        "ALTER TABLE audit_auditevent ALTER actor_label DROP NOT NULL",
        "UPDATE audit_auditevent SET actor_kind = actor_kind || E'\\x1f', actor_label = NULL WHERE id = 5",
    )


@attack("edits an entry whole: columns, bytes and hash", DATABASE, "vc")
def _(world: World) -> None:
    world.edit(5, reason="nothing to see")


@attack("the same with leaves, roots and checkpoints, without a signature", DATABASE, "vcr")
def _(world: World) -> None:
    world.edit(5, reason="nothing to see")
    world.reseal(sign=False)


@attack("the same, signed with a key of their own", DATABASE, "vcr")
def _(world: World) -> None:
    own = django_settings.AUDIT_SIGNING_KEY
    world.edit(5, reason="nothing to see")
    _other_key()
    world.reseal()
    django_settings.AUDIT_SIGNING_KEY = own


@attack("the same, signed with the real key", KEY, "vcr")
def _(world: World) -> None:
    world.edit(5, reason="nothing to see")
    world.reseal()


@attack("the same, and deletes the anchors", KEY, "scr")
def _(world: World) -> None:
    world.edit(5, reason="nothing to see")
    world.reseal()
    world.run("DELETE FROM audit_auditanchor")


@attack("writes all anew, and gets new stamps", STAMPS, "scr")
def _(world: World) -> None:
    world.edit(1, reason="nothing to see")
    world.reseal()
    world.run("DELETE FROM audit_auditanchor")
    stamper.CLOCK.append(timezone.now())
    anchoring.anchor()


@attack("writes anew what is after the newest stamp (at most five minutes old)", KEY, "")
def _(world: World) -> None:
    world.edit(9, reason="nothing to see")
    world.reseal()


@attack("signs an invented past between two stamps", KEY, "vc")
def _(world: World) -> None:
    head = Checkpoint.objects.get(tree_size=10)
    head.signed_at = world.begin
    signing.sign(head)
    sets = "signed_at = %s, signature = %s"
    world.run((f"UPDATE audit_checkpoint SET {sets} WHERE tree_size = 10", [head.signed_at, head.signature]))


@attack("cuts the end off with its checkpoints", DATABASE, "vcr")
def _(world: World) -> None:
    world.cut(6)


@attack("cuts the end off with checkpoints and anchors", DATABASE, "cr")
def _(world: World) -> None:
    world.cut(6)
    world.run("DELETE FROM audit_auditanchor WHERE tree_size > 6")


@attack("restores what was, and passes it off as now", BACKUP, "cr")
def _(world: World) -> None:
    world.cut(3)
    world.run("DELETE FROM audit_auditanchor WHERE tree_size > 3")


@attack("empties the trail", DATABASE, "cr")
def _(world: World) -> None:
    world.run(*(f"DELETE FROM {table}" for table in TABLES))


@attack("writes all anew with a key of their own, and puts that into the settings", SETTINGS, "scr")
def _(world: World) -> None:
    world.edit(1, reason="nothing to see")
    _other_key()
    world.reseal()
    world.run("DELETE FROM audit_auditanchor")


@attack("takes the real key out of the settings", SETTINGS, "vc")
def _(_world: World) -> None:
    _other_key()


@attack("deletes an anchor in the middle", DATABASE, "vc")
def _(world: World) -> None:
    world.run("DELETE FROM audit_auditanchor WHERE number = 2")


@attack("edits the time of an anchor", DATABASE, "vc")
def _(world: World) -> None:
    world.run("UPDATE audit_auditanchor SET stamped_at = stamped_at - interval '1 minute' WHERE number = 3")


@attack("puts one stamp in the place of another", DATABASE, "vc")
def _(world: World) -> None:
    other = "(SELECT stamp FROM audit_auditanchor WHERE number = 1)"
    world.run(f"UPDATE audit_auditanchor SET stamp = {other} WHERE number = 3")


@pytest.fixture
def world(committed_db, settings, tmp_path):
    settings.SIGNING_AUTHORITY_DIR, settings.OWN_STAMPER = str(tmp_path / "authority"), "tests.audit.stamper.stamp"
    settings.AUDIT_PUBLISH_DIR, settings.ANCHOR_SECONDS = str(tmp_path / "published"), 60
    begin = timezone.now() - timedelta(hours=3)
    authority.ensure(settings.SIGNING_AUTHORITY_DIR, at=begin - timedelta(days=2))
    made = World(committed_db, tmp_path / "kept", begin)
    moments = [begin, begin + timedelta(minutes=50), begin + timedelta(minutes=100), timezone.now()]
    for count, at in zip((3, 3, 2, 2), moments, strict=True):
        with transaction.atomic():
            for _number in range(count):
                record("request.seen", by=None, object_label="MX-1", at=at)
        while sealing.seal(at=at) is None:
            pass
        if count and at != moments[-1]:
            stamper.CLOCK.append(at + timedelta(seconds=2))
            assert anchoring.anchor(at=at + timedelta(seconds=3)).stamp
            made.receipts.append(signing.statement(Checkpoint.objects.latest("tree_size")))
    assert publishing.publish() == 3
    shutil.copytree(settings.AUDIT_PUBLISH_DIR, made.copy)
    record("request.seen", by=None)
    assert list(AuditEvent.objects.order_by("id").values_list("id", flat=True)) == list(range(1, 12))
    made.save()
    return made


def test_sec_24_each_attack_is_found_by_what_the_table_says(world, settings):
    key = settings.AUDIT_SIGNING_KEY
    assert world.found() == "", "nothing was done yet"
    wrong = []
    for row in ATTACKS:
        row.attack(world)
        found = world.found()
        if found != row.found:
            wrong.append(f"{row.words} ({row.has}): found by {found!r}, not {row.found!r}")
        settings.AUDIT_SIGNING_KEY = key
        world.restore()
    assert wrong == []
    assert world.found() == ""


def test_table_of_the_docs_is_this_one():
    text = (Path(django_settings.BASE_DIR) / "docs" / "audit.md").read_text()
    assert table() in text


def table() -> str:
    """Return the table as docs/audit.md has it."""
    lines = ["| Somebody has | and | `verify_audit` | kept copy | receipt |", "|---|---|:---:|:---:|:---:|"]
    for row in ATTACKS:
        alone = "found" if "v" in row.found else "`--strict`" if "s" in row.found else "-"
        others = ("found" if letter in row.found else "-" for letter in "cr")
        lines.append(f"| {row.has} | {row.words} | {alone} | {' | '.join(others)} |")
    return "\n".join(lines) + "\n"
