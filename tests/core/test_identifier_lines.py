"""Pasted identifiers: the kind is worked out, and what is not clear is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.core.identifier_lines import corrected, read_line, read_lines


@pytest.mark.parametrize(
    ("line", "kind", "network"),
    [
        ("48213377", "uid", ""),
        ("Name@Mail.example", "email", ""),
        ("+44 7700 900461", "phone", ""),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "wallet", "ethereum"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "wallet", "bitcoin"),
        ("203.0.113.24 2026-06-04T23:47:10+02:00", "ip", ""),
        ("username,nordlys", "username", ""),
        ("txid," + "9f" * 32 + ",Bitcoin", "txid", "bitcoin"),
        ("E-mail address;a@mail.example", "email", ""),
    ],
)
def test_a_line_that_is_understood(line, kind, network):
    found = read_line(line)
    assert (found.kind, found.network, found.why) == (kind, network, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("9f" * 32, "which network this transaction"),
        ("203.0.113.24", "time zone"),
        ("Ivar Nordlys", "write the kind before it"),
        ("txid," + "9f" * 32, "Choose the network"),
    ],
)
def test_a_line_that_is_not(line, words):
    assert words in read_line(line).why


def test_lines_keep_their_numbers():
    assert [number for number, _item in read_lines("48213377\n\n  \nx y\r\n55555")] == [1, 4, 5]


def test_what_changed_its_writing():
    found = [read_line("48213377"), read_line("Name@Mail.example")]
    assert [item.normalised for item in corrected(found)] == ["name@mail.example"]


@given(st.text(max_size=400))
def test_no_line_breaks_it(text):
    for _number, item in read_lines(text):
        assert item.accepted == (not item.why)
        assert len(item.given) <= 300
