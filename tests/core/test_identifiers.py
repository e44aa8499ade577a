"""Identifiers: normalised so that the same thing compares equal, refused with what to do."""

import pytest

from foundation.core.identifiers import read_identifier

ETHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("kind", "given", "network", "normalised"),
    [
        ("uid", "482 13377", "", "48213377"),
        ("email", " Nordlys.Trading@Mail.Example ", "", "nordlys.trading@mail.example"),
        ("phone", "+44 7700 900461", "", "+447700900461"),
        ("phone", "0044 7700 900461", "", "+447700900461"),
        (
            "wallet",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bitcoin",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        ("wallet", ETHER, "ethereum", ETHER.lower()),
        ("txid", "0x" + "AB" * 32, "ethereum", "0x" + "ab" * 32),
        ("ip", "203.0.113.24:4711 2026-11-18T14:20:00Z", "", "203.0.113.24:4711 2026-11-18T14:20:00Z"),
        ("ip", "2001:db8::1 2026-11-18T14:20:00+05:30", "", "2001:db8::1 2026-11-18T08:50:00Z"),
        ("username", "Nordlys_77", "", "nordlys_77"),
        ("bank", "NO93 8601 1117 947", "", "NO9386011117947"),
    ],
)
def test_accepted(kind: str, given: str, network: str, normalised: str) -> None:
    found = read_identifier(kind, given, network=network)
    assert (found.why, found.normalised) == ("", normalised)


@pytest.mark.parametrize(
    ("kind", "given", "network", "word"),
    [
        ("uid", "Ivan Petrov", "", "digits"),
        ("email", "ivan@", "", "whole address"),
        ("phone", "07700 900461", "", "country code"),
        ("wallet", ETHER, "", "network"),
        ("wallet", ETHER, "bitcoin", "This is an Ethereum address: choose Ethereum"),
        ("txid", "ab" * 30, "bitcoin", "64"),
        ("ip", "203.0.113.24", "", "time zone"),
        ("ip", "203.0.113.24 2026-11-18T14:20:00", "", "time zone"),
        ("ip", "999.0.113.24 2026-11-18T14:20:00Z", "", "time zone"),
        ("username", "Ivan Petrov", "", "display name"),
        ("uid", "", "", "Type"),
        ("uid", "1" * 301, "", "longer"),
        ("nonsense", "x", "", "kind"),
    ],
)
def test_refused_with_what_to_do(kind: str, given: str, network: str, word: str) -> None:
    found = read_identifier(kind, given, network=network)
    assert not found.accepted
    assert word in found.why
