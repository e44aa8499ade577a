"""Inclusion and consistency proofs, against a tree that is computed word for word."""

import json
from functools import cache

import pytest

from foundation.audit import merkle, proofs, sealing, signing, verification
from foundation.audit.merkle import Node, Tree, leaf_hash, node_hash
from foundation.audit.models import AuditNode, Checkpoint
from foundation.audit.trail import record
from tests.audit.sealed import seal_all

# Not beside the long transactions of another worker: they hold back what may be sealed.
pytestmark = pytest.mark.xdist_group("server-wide")

SIZES = range(1, 301)
LEAVES = [leaf_hash(n.to_bytes(2)) for n in range(SIZES.stop)]


def split(low, high):
    k = 1
    while k * 2 < high - low:
        k *= 2
    return low + k


@cache
def naive_root(low, high):
    """RFC 6962, 2.1, word for word."""
    if high - low == 1:
        return LEAVES[low]
    return node_hash(naive_root(low, split(low, high)), naive_root(split(low, high), high))


def naive_path(position, low, high):
    """RFC 6962, 2.1.1, word for word."""
    if high - low == 1:
        return []
    middle = split(low, high)
    if position < middle:
        return [*naive_path(position, low, middle), naive_root(middle, high)]
    return [*naive_path(position, middle, high), naive_root(low, middle)]


def naive_consistency(first, low, high, whole=True):
    """RFC 6962, 2.1.2, word for word."""
    if first == high:
        return [] if whole else [naive_root(low, high)]
    middle = split(low, high)
    if first <= middle:
        return [*naive_consistency(first, low, middle, whole), naive_root(middle, high)]
    return [*naive_consistency(first, middle, high, False), naive_root(low, middle)]


def from_range(node):
    return naive_root(node.end - (1 << node.level), node.end)


def test_every_path_of_every_size_is_the_naive_one_and_leads_to_the_root():
    for size in SIZES:
        root = naive_root(0, size)
        for position in range(size):
            path = merkle.hashes(merkle.audit_path(position, size), from_range)
            assert path == naive_path(position, 0, size)
            assert merkle.root_above(LEAVES[position], position, size, path) == root


def test_every_tree_is_consistent_with_every_larger_one():
    for second in range(1, 130):
        for first in range(1, second + 1):
            path = merkle.hashes(merkle.consistency_path(first, second), from_range)
            roots = naive_root(0, first), naive_root(0, second)
            assert path == naive_consistency(first, 0, second)
            assert merkle.is_consistent(first, second, roots, path)
            assert not merkle.is_consistent(first, second, (roots[1][::-1], roots[1]), path)
            assert not merkle.is_consistent(first, second, roots, [*path, roots[0]])
            assert not path or not merkle.is_consistent(first, second, roots, path[:-1])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 257])
def test_a_path_that_was_tampered_with_leads_elsewhere(size):
    root = naive_root(0, size)
    for position in {0, size // 2, size - 1}:
        path, leaf = naive_path(position, 0, size), LEAVES[position]
        wrong = [path[:-1], path[1:], [*path, leaf], path[::-1], [*path[:-1], bytes(32)]]
        for changed in (each for each in wrong if each != path):
            assert merkle.root_above(leaf, position, size, changed) != root
        assert merkle.root_above(LEAVES[size], position, size, path) != root
        for place in {-1, position - 1, position + 1, size} - {position}:
            assert merkle.root_above(leaf, place, size, path) != root


def test_paths_outside_of_the_tree_are_refused():
    for call in ((merkle.audit_path, 3, 3), (merkle.audit_path, -1, 3), (merkle.consistency_path, 0, 3)):
        with pytest.raises(ValueError, match="A tree of 3 leaves"):
            call[0](*call[1:])


def test_a_tree_hands_out_its_large_subtrees_whole_or_leaf_by_leaf():
    leaves = [leaf_hash(n.to_bytes(3)) for n in range(4 * merkle.BLOCK + 5)]
    one, blocks = Tree(), Tree()
    for leaf in leaves:
        one.append(leaf)
    for start in range(0, 4 * merkle.BLOCK, merkle.BLOCK):
        blocks.append(merkle.subtree(leaves[start : start + merkle.BLOCK]), merkle.BLOCK_LEVEL)
    assert [tuple(node) for node, _root in one.grown] == [
        (256, 8), (512, 8), (512, 9), (768, 8), (1024, 8), (1024, 9), (1024, 10)
    ]  # fmt: skip
    assert blocks.grown == one.grown
    assert blocks.root() == dict(one.grown)[Node(1024, 10)] == one.peaks[0]


@pytest.fixture
def small_blocks(monkeypatch):
    """Subtrees are stored from 4 leaves on, so that few entries have many."""
    monkeypatch.setattr(merkle, "BLOCK_LEVEL", 2)
    monkeypatch.setattr(merkle, "BLOCK", 4)


def entries(count):
    return [record("a.b", by=None, data={"n": n}) for n in range(count)]


def assert_proven(events):
    for event in events:
        found = json.loads(json.dumps(proofs.written(proofs.inclusion(event.pk))))
        head = json.loads(found["checkpoint"]["statement"])
        path = [bytes.fromhex(each) for each in found["path"]]
        leaf = leaf_hash(found["entry"].encode())
        root = merkle.root_above(leaf, found["position"], head["tree_size"], path)
        assert (root.hex(), found["entry"].encode()) == (head["root_hash"], bytes(event.payload))
        assert found["checkpoint"]["public_key"] == signing.public_keys()[head["key_id"]]


def test_each_sealed_entry_and_each_pair_of_checkpoints_is_proven(committed_db, small_blocks):
    events = []
    for count in (1, 2, 6, 13, 7):
        events += entries(count)
        seal_all()
    assert_proven(events)
    assert proofs.inclusion(record("a.b", by=None).pk) is None
    heads = list(Checkpoint.objects.order_by("tree_size"))
    for number, first in enumerate(heads):
        for second in heads[number:]:
            path = proofs.consistency(first, second)
            roots = bytes(first.root_hash), bytes(second.root_hash)
            assert merkle.is_consistent(first.tree_size, second.tree_size, roots, path)
    assert verification.verify().sealed == 29


def test_a_trail_that_was_sealed_without_subtrees_gets_them(committed_db, monkeypatch):
    monkeypatch.setattr(merkle, "BLOCK_LEVEL", 62)
    events = entries(11)
    seal_all()
    assert not AuditNode.objects.exists()
    monkeypatch.setattr(merkle, "BLOCK_LEVEL", 2)
    monkeypatch.setattr(merkle, "BLOCK", 4)
    assert verification.verify().sealed == 11
    assert proofs.inclusion(events[9].pk) is None
    assert sealing.seal() is None  # nothing new, and yet it catches up
    assert_proven(events)
    events += entries(10)
    seal_all()
    assert_proven(events)
    assert set(AuditNode.objects.values_list("end", "level")) == {
        (4, 2), (8, 2), (8, 3), (12, 2), (16, 2), (16, 3), (16, 4), (20, 2)
    }  # fmt: skip


CHANGES = [
    'UPDATE audit_auditnode SET node_hash = sha256(node_hash) WHERE "end" = 4',
    'DELETE FROM audit_auditnode WHERE "end" = 4',
    "INSERT INTO audit_auditnode (\"end\", level, node_hash) VALUES (4, 3, sha256('x'))",
    "INSERT INTO audit_auditnode (\"end\", level, node_hash) VALUES (400, 2, sha256('x'))",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_subtree_that_does_not_follow_from_its_leaves_is_found(committed_db, small_blocks, change):
    events = entries(11)
    seal_all()
    with committed_db.owner() as cursor:
        cursor.execute("ALTER TABLE audit_auditnode DISABLE TRIGGER append_only")
        cursor.execute(change)
        cursor.execute("ALTER TABLE audit_auditnode ENABLE ALWAYS TRIGGER append_only")
    with pytest.raises(verification.TrailBroken, match="subtree"):
        verification.verify()
    if change.startswith("UPDATE"):
        with pytest.raises(proofs.ProofBroken, match="verify_audit"):
            proofs.inclusion(events[5].pk)
