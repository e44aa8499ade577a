import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.audit.merkle import Tree, leaf_hash, node_hash

# The inputs and roots of Certificate Transparency's own reference tests.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                            "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def test_roots_are_those_of_certificate_transparency():
    tree = Tree()
    assert tree.root() == hashlib.sha256(b"").digest()
    roots = []
    for entry in ENTRIES:
        tree.append(leaf_hash(entry))
        roots.append(tree.root().hex())
    assert roots == ROOTS


@given(st.lists(st.lists(st.binary(max_size=4), max_size=40), max_size=8))
def test_growing_root_equals_the_naive_one_across_stores(batches):
    size, stored, leaves = 0, b"", []
    for batch in batches:
        tree = Tree.load(size, stored)
        for entry in batch:
            leaves.append(leaf_hash(entry))
            tree.append(leaves[-1])
        assert tree.root() == naive_root(leaves)
        size, stored = tree.size, tree.dump()


def test_peaks_must_fit_the_size():
    with pytest.raises(ValueError, match="2 peaks"):
        Tree.load(3, bytes(32))
