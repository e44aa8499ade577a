"""Sealing: gives new entries their places in the Merkle tree and signs the tree's new head."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from foundation.audit import merkle, signing
from foundation.audit.models import AuditEvent, AuditLeaf, AuditNode, Checkpoint

# Any fixed number that nothing else in this database locks.
_SEALER_LOCK = 0x6C6572735EA1
_BATCH = 5000
_OLDEST = """
    SELECT l.pid, a.usename, a.datname, a.state, a.xact_start AT TIME ZONE 'UTC', p.gid
    FROM pg_locks l
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
    WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
    ORDER BY age(l.transactionid) DESC LIMIT 1
"""
# Longest that an entry may wait for its place in the tree.
LIMIT = timedelta(seconds=60)


class SealRefused(Exception):
    """The last checkpoint is not what was signed, so nothing may be built on it."""


@dataclass(frozen=True)
class Window:
    """The transactions that can be sealed now: all below `horizon` have ended, all begun so far are below `ceiling`."""

    horizon: int
    ceiling: int
    cluster: str


@dataclass(frozen=True)
class Late:
    """Entries that wait longer than they may: how many, since when, and the session that holds them back."""

    waiting: int
    since: datetime
    # Empty where nothing holds them back: then no sealer comes.
    holder: str

    def __str__(self) -> str:
        why = f"held back by {self.holder}" if self.holder else "no sealer came"
        return f"{self.waiting} entries wait for sealing since {self.since:%Y-%m-%d %H:%M:%S} UTC: {why}."


def seal(*, at: datetime | None = None, after_restore: bool = False) -> Checkpoint | None:
    """Seal every entry of ended transactions and return the new checkpoint, or None where there is nothing to seal.

    Entries of transactions that still run wait for the next call, so none is lost however late it commits. One
    sealer works at a time; another returns None at once. `after_restore` seals all entries whatever their
    transaction numbers, which mean nothing in another cluster: call it once, before anything writes.
    """
    with transaction.atomic():
        if not _lock():
            return None
        last = Checkpoint.objects.order_by("tree_size").last()
        tree = _tree(last)
        _catch_up(tree.size)
        window = open_window()
        start = last.horizon if last and last.cluster == window.cluster and not after_restore else 0
        _add_leaves(tree, start, None if after_restore else window.horizon)
        if tree.size == (last.tree_size if last else 0):
            return None
        checkpoint = Checkpoint(
            tree_size=tree.size,
            root_hash=tree.root(),
            previous_root=bytes(last.root_hash) if last else b"",
            peaks=tree.dump(),
            horizon=window.horizon,
            ceiling=window.ceiling,
            cluster=window.cluster,
            signed_at=at or timezone.now(),
        )
        signing.sign(checkpoint)
        checkpoint.save(force_insert=True)
        return checkpoint


def open_window() -> Window:
    """Return what can be sealed now; gives the caller's transaction a number of its own."""
    with connection.cursor() as cursor:
        # The snapshot first: every transaction that it sees has a number below the one taken after it.
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        (horizon,) = cursor.fetchone()
        cursor.execute("SELECT pg_current_xact_id()::text")
        (ceiling,) = cursor.fetchone()
    return Window(int(horizon), int(ceiling), cluster())


def cluster() -> str:
    """Return which PostgreSQL cluster this is: transaction numbers of another one mean nothing here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        (identifier,) = cursor.fetchone()
    return str(identifier)


def lateness(at: datetime, *, limit: timedelta = LIMIT) -> Late | None:
    """Return what waits for sealing longer than the limit, or None; reads only.

    An entry can carry an older time than that of its writing (a demo's past): nothing counts as waiting from before
    the last checkpoint or the start of the server.
    """
    last = Checkpoint.objects.order_by("tree_size").last()
    here = last is not None and last.cluster == cluster()
    sealed = AuditLeaf.objects.filter(event_id=OuterRef("pk"))
    waiting = AuditEvent.objects.filter(~Exists(sealed), xid__gte=last.horizon if last and here else 0)
    found = waiting.aggregate(count=Count("pk"), since=Min("occurred_at"), xid=Min("xid"))
    if not found["count"]:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        started, horizon = cursor.fetchone()
    since = max(found["since"], started, *([last.signed_at] if last else []))
    if at - since <= limit:
        return None
    return Late(found["count"], since, _holder() if found["xid"] >= horizon else "")


def _holder() -> str:
    """Say which transaction of the whole server is the oldest that still runs; its database may be another one."""
    with connection.cursor() as cursor:
        # Locks on transaction numbers are shown to every role, unlike what the sessions do.
        cursor.execute(_OLDEST)
        row = cursor.fetchone()
        if row is None:
            return ""
        pid, role, database, state, began, prepared = row
    if pid is None:
        return f"the prepared transaction {prepared or 'of another database'}"
    since = f", begun {began:%Y-%m-%d %H:%M:%S} UTC" if began else ""
    return f"process {pid} of role {role} in database {database} ({state or 'state unknown'}{since})"


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER_LOCK])
        (locked,) = cursor.fetchone()
    return bool(locked)


def _tree(last: Checkpoint | None) -> merkle.Tree:
    if last is None:
        return merkle.Tree()
    if not signing.is_signed(last):
        raise SealRefused(f"The signature of the {last} is not valid. Run verify_audit.")
    return merkle.Tree.load(last.tree_size, bytes(last.peaks))


def _add_leaves(tree: merkle.Tree, start: int, horizon: int | None) -> None:
    """Give each unsealed entry of the transactions from start to below horizon the next position, in order of id."""
    sealed = AuditLeaf.objects.filter(event_id=OuterRef("pk"))
    events = AuditEvent.objects.filter(~Exists(sealed), xid__gte=start)
    if horizon is not None:
        events = events.filter(xid__lt=horizon)
    leaves: list[AuditLeaf] = []
    for event_id, payload in events.order_by("id").values_list("id", "payload").iterator(chunk_size=_BATCH):
        leaf = merkle.leaf_hash(bytes(payload))
        leaves.append(AuditLeaf(position=tree.size, event_id=event_id, leaf_hash=leaf))
        tree.append(leaf)
        if len(leaves) == _BATCH:
            _store(leaves, tree)
    _store(leaves, tree)


def _store(leaves: list[AuditLeaf], tree: merkle.Tree) -> None:
    """Write the new leaves and the subtrees that they complete, and empty both lists."""
    AuditLeaf.objects.bulk_create(leaves)
    _store_nodes(tree)
    leaves.clear()


def _store_nodes(tree: merkle.Tree) -> None:
    rows = [AuditNode(end=node.end, level=node.level, node_hash=root) for node, root in tree.grown]
    AuditNode.objects.bulk_create(rows, batch_size=_BATCH)
    tree.grown.clear()


def _catch_up(size: int) -> None:
    """Write the subtrees of leaves that were sealed before subtrees were stored, by this release or by an older one.

    In a long trail this takes seconds, once. It is here and not in a migration because a worker of the release before
    may still seal after the migration.
    """
    top = AuditNode.objects.order_by("-end").first()
    done = top.end if top else 0
    if size - done < merkle.BLOCK:
        return
    stored = {(row.end, row.level): bytes(row.node_hash) for row in _peaks(done)}
    tree = merkle.Tree(done, [stored[peak] for peak in merkle.perfect(0, done)])
    block: list[bytes] = []
    leaves = AuditLeaf.objects.filter(position__gte=done, position__lt=size).order_by("position")
    for leaf in leaves.values_list("leaf_hash", flat=True).iterator(chunk_size=_BATCH):
        block.append(bytes(leaf))
        if len(block) == merkle.BLOCK:
            tree.append(merkle.subtree(block), merkle.BLOCK_LEVEL)
            block.clear()
        if len(tree.grown) >= _BATCH:
            _store_nodes(tree)
    _store_nodes(tree)


def _peaks(size: int) -> QuerySet[AuditNode]:
    wanted = Q(pk__in=[])
    for end, level in merkle.perfect(0, size):
        wanted |= Q(end=end, level=level)
    return AuditNode.objects.filter(wanted)
