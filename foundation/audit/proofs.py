"""Proofs that an entry stands in the trail, and that the trail was only ever added to: checked without the database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from foundation.audit import canonical, merkle, signing
from foundation.audit.models import AuditEvent, AuditLeaf, AuditNode, Checkpoint


class ProofBroken(Exception):
    """What is stored does not lead to what was signed; verify_audit says what was changed."""


@dataclass(frozen=True)
class Proof:
    """An entry's exact bytes, its place, and the hashes that lead from it to the root of a signed checkpoint."""

    payload: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def inclusion(event_id: int) -> Proof | None:
    """Return the proof of an entry under the first checkpoint over it, always the same; None before it is sealed."""
    leaf = AuditLeaf.objects.filter(event_id=event_id).first()
    if leaf is None:
        return None
    checkpoint = Checkpoint.objects.filter(tree_size__gt=leaf.position).order_by("tree_size").first()
    if checkpoint is None:
        return None
    payload = bytes(AuditEvent.objects.values_list("payload", flat=True).get(pk=event_id))
    path = _hashes(merkle.audit_path(leaf.position, checkpoint.tree_size))
    if path is None:
        return None
    root = merkle.root_above(merkle.leaf_hash(payload), leaf.position, checkpoint.tree_size, path)
    if root != bytes(checkpoint.root_hash) or not signing.is_signed(checkpoint):
        raise ProofBroken(f"Entry {event_id} does not lead to the {checkpoint}. Run verify_audit.")
    return Proof(payload, leaf.position, tuple(path), checkpoint)


def paths(positions: Collection[int], size: int) -> dict[int, list[bytes]]:
    """Return the audit paths of many leaves to the root of `size` leaves, in two queries; without those not stored yet.

    The caller knows that a checkpoint of this size is signed; whoever gets the paths compares them with its root.
    """
    ways = {place: merkle.audit_path(place, size) for place in positions}
    nodes = {node for way in ways.values() for step in way for node in step}
    blocks = Q(pk__in=[])
    for block in {(node.end - 1) // merkle.BLOCK for node in nodes if node.level < merkle.BLOCK_LEVEL}:
        blocks |= Q(position__gte=block * merkle.BLOCK, position__lt=(block + 1) * merkle.BLOCK)
    leaves = AuditLeaf.objects.filter(blocks).values_list("position", "leaf_hash")
    at = {place: bytes(leaf) for place, leaf in leaves}
    ends = {node.end for node in nodes if node.level >= merkle.BLOCK_LEVEL}
    rows = AuditNode.objects.filter(end__in=ends).values_list("end", "level", "node_hash")
    known = {merkle.Node(end, level): bytes(root) for end, level, root in rows}
    for node in nodes:
        if node.level < merkle.BLOCK_LEVEL:
            known[node] = merkle.subtree([at[place] for place in range(node.end - (1 << node.level), node.end)])
    return {
        place: merkle.hashes(way, known.__getitem__)
        for place, way in ways.items()
        if all(node in known for step in way for node in step)
    }


def consistency(first: Checkpoint, second: Checkpoint) -> list[bytes] | None:
    """Return what shows that the second checkpoint's tree begins with the first's; None where it is not stored yet."""
    path = _hashes(merkle.consistency_path(first.tree_size, second.tree_size))
    if path is None:
        return None
    roots = bytes(first.root_hash), bytes(second.root_hash)
    if not merkle.is_consistent(first.tree_size, second.tree_size, roots, path):
        raise ProofBroken(f"The {second} does not go on from the {first}. Run verify_audit.")
    return path


def handed_out(found: Iterable[Proof]) -> dict[str, canonical.JSON]:
    """Return proofs as a file that docs/verify_trail.py and docs/verify_package.py read."""
    return {
        "proof_version": 1,
        "hash": "SHA-256",
        "tree": "RFC 6962",
        "signature": "Ed25519",
        "entries": [written(each) for each in found],
    }


def written(proof: Proof) -> dict[str, canonical.JSON]:
    """Return the proof as it is handed out: the bytes of entry and statement as text, whose UTF-8 they are."""
    return {
        "entry": proof.payload.decode(),
        "position": proof.position,
        "path": [each.hex() for each in proof.path],
        "checkpoint": signed_head(proof.checkpoint),
    }


def signed_head(checkpoint: Checkpoint) -> dict[str, canonical.JSON]:
    """Return a checkpoint as it is handed out: the exact statement, its Ed25519 signature, and with which key."""
    return {
        "statement": signing.statement(checkpoint).decode(),
        "signature": bytes(checkpoint.signature).hex(),
        "key_id": checkpoint.key_id,
        "public_key": signing.public_keys().get(checkpoint.key_id, ""),
    }


def _hashes(path: list[list[merkle.Node]]) -> list[bytes] | None:
    """Return the hash of each step, or None where a subtree is not stored yet (sealing._catch_up)."""
    known = _stored(node for step in path for node in step)
    try:
        return merkle.hashes(path, known.__getitem__)
    except KeyError:
        return None


def _stored(nodes: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """Read the roots of subtrees: large ones as they are stored, small ones from their leaves; two queries."""
    large, leaves = Q(pk__in=[]), Q(pk__in=[])
    small = []
    for node in nodes:
        if node.level >= merkle.BLOCK_LEVEL:
            large |= Q(end=node.end, level=node.level)
        else:
            small.append(node)
            leaves |= Q(position__gte=node.end - (1 << node.level), position__lt=node.end)
    rows = AuditNode.objects.filter(large).values_list("end", "level", "node_hash")
    found = {merkle.Node(end, level): bytes(root) for end, level, root in rows}
    at = {place: bytes(leaf) for place, leaf in AuditLeaf.objects.filter(leaves).values_list("position", "leaf_hash")}
    for node in small:
        found[node] = merkle.subtree([at[place] for place in range(node.end - (1 << node.level), node.end)])
    return found
