"""The Merkle tree of RFC 6962, kept as its right edge only: adding leaves needs none of the old ones.

A perfect subtree never changes once its last leaf is there. Those of `BLOCK` leaves and more are handed out as they
are completed, to be stored: from them, and from the leaves of two blocks at most, every proof can be made.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

HASH_SIZE = 32
BLOCK_LEVEL = 8
BLOCK = 1 << BLOCK_LEVEL


class Node(NamedTuple):
    """A perfect subtree: of 2 to the power of `level` leaves, the last of which is leaf `end` - 1."""

    end: int
    level: int


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps a leaf from posing as a node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: its size and its peaks, the roots of its perfect subtrees, largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        # Subtrees of BLOCK leaves and more completed since somebody emptied this, in the order of their ends.
        self.grown: list[tuple[Node, bytes]] = []
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}.")

    @classmethod
    def load(cls, size: int, stored: bytes) -> "Tree":
        """Return the tree whose dump() was stored."""
        return cls(size, (stored[i : i + HASH_SIZE] for i in range(0, len(stored), HASH_SIZE)))

    def dump(self) -> bytes:
        """Return the peaks as bytes."""
        return b"".join(self.peaks)

    def append(self, node: bytes, level: int = 0) -> None:
        """Add a leaf's hash, or the root of a whole perfect subtree: full pairs on the right edge become one peak."""
        size = self.size >> level
        self.size += 1 << level
        if level >= BLOCK_LEVEL:
            self.grown.append((Node(self.size, level), node))
        while size & 1:
            node = node_hash(self.peaks.pop(), node)
            size >>= 1
            level += 1
            if level >= BLOCK_LEVEL:
                self.grown.append((Node(self.size, level), node))
        self.peaks.append(node)

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far."""
        return folded(self.peaks) if self.peaks else hashlib.sha256(b"").digest()


def folded(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees that follow each other, largest first."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def perfect(start: int, end: int) -> list[Node]:
    """Return the perfect subtrees that the leaves from start to below end consist of; start must be aligned to them."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        start += 1 << level
        found.append(Node(start, level))
    return found


def audit_path(position: int, size: int) -> list[list[Node]]:
    """Return what stands beside a leaf on its way up, nearest first; RFC 6962, 2.1.1."""
    if not 0 <= position < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {position}.")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if position < middle:
            path.append(perfect(middle, high))
            high = middle
        else:
            path.append(perfect(low, middle))
            low = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[list[Node]]:
    """Return what shows that the tree of `second` leaves begins with the one of `first`; RFC 6962, 2.1.2."""
    if not 0 < first <= second:
        raise ValueError(f"A tree of {second} leaves cannot begin with {first}.")
    path, low, high, whole = [], 0, second, True
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(perfect(middle, high))
            high = middle
        else:
            path.append(perfect(low, middle))
            low, whole = middle, False
    if not whole:
        path.append(perfect(low, high))
    return path[::-1]


def root_above(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf's audit path leads to, or None where the path does not fit; RFC 9162, 2.1.3.2."""
    node, index, last = leaf, position, size - 1
    if not 0 <= index <= last:
        return None
    for beside in path:
        if not last:
            return None
        if index & 1 or index == last:
            node = node_hash(beside, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        index, last = index >> 1, last >> 1
    return None if last else node


def is_consistent(first: int, second: int, roots: tuple[bytes, bytes], path: Sequence[bytes]) -> bool:
    """Return whether the path shows that the second root's tree begins with the first root's; RFC 9162, 2.1.4.2."""
    if first == second:
        return roots[0] == roots[1] and not path
    if not 0 < first < second or not path:
        return False
    nodes = [roots[0], *path] if first & (first - 1) == 0 else list(path)
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = nodes[0]
    for beside in nodes[1:]:
        if not last:
            return False
        if index & 1 or index == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        index, last = index >> 1, last >> 1
    return not last and (old, new) == roots


def hashes(path: Iterable[Sequence[Node]], get: Callable[[Node], bytes]) -> list[bytes]:
    """Return the hash of each step of a path, from those of its perfect subtrees."""
    return [folded([get(node) for node in step]) for step in path]


def subtree(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a perfect subtree over the hashes of its leaves."""
    level = list(leaves)
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _split(size: int) -> int:
    """Return the largest power of two below size."""
    return 1 << ((size - 1).bit_length() - 1)
