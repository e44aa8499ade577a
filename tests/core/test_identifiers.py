"""Identifiers: normalised so that the same thing compares equal, refused with what to do."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foundation.core.identifier_kinds import IdentifierKind, Network, kind_named, network_named
from foundation.core.identifiers import Identifier, Verdict, beside_words, fold, read_identifier

ETHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HASH = "9f3c61d0a7be42f5c8801b7d64e93fa2550e7c1b98d3f6a4472e0b51caad9913"
SOLANA = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"


def read(kind, text, network="", detail=""):
    return read_identifier(kind, text, network=network, detail=detail, at=AT)


@pytest.mark.parametrize(
    ("kind", "text", "network", "normalised"),
    [
        ("uid", "48213377", "", "48213377"),
        ("email", "nordlys.trading@mail.example", "", "nordlys.trading@mail.example"),
        ("email", "a+b@xn--mller-kva.example", "", "a+b@müller.example"),
        ("email", "петров@почта.example", "", "петров@почта.example"),
        ("phone", "+447700900461", "", "+447700900461"),
        ("wallet", ETHER, "ethereum", ETHER.lower()),
        ("wallet", ETHER.lower(), "Ethereum", ETHER.lower()),
        ("txid", "0x" + HASH, "ETH", "0x" + HASH),
        ("txid", HASH, "bitcoin", HASH),
        ("txid", HASH.upper(), "xrp", HASH.upper()),
        ("txid", SOLANA, "solana", SOLANA),
        ("ip", "203.0.113.24:4711 2026-11-18T14:20:00Z", "", "203.0.113.24:4711 2026-11-18T14:20:00Z"),
        ("ip", "[2001:db8::1]:4431 2026-11-18T14:20:00.25Z", "", "[2001:db8::1]:4431 2026-11-18T14:20:00.25Z"),
        ("ip", "8.8.8.8 2026-11-18T14:20:00Z", "", "8.8.8.8 2026-11-18T14:20:00Z"),
        ("username", "nordlys_77", "", "nordlys_77"),
        ("username", "петров_77", "", "петров_77"),
        ("username", "東京太郎", "", "東京太郎"),
        ("device", "490154203237518", "", "490154203237518"),
        ("device", "ea7583cd-a667-48bc-b806-42ecb2b48606", "", "ea7583cd-a667-48bc-b806-42ecb2b48606"),
        ("device", "9774d56d682e549c", "", "9774d56d682e549c"),
        ("bank", "NO9386011117947", "", "NO9386011117947"),
        ("bank", "US 021000021 123456789", "", "US 021000021 123456789"),
        ("bank", "DEUTDEFF 1234567", "", "DEUTDEFF 1234567"),
        ("card", "411111******1111", "", "411111******1111"),
        ("card", "card_1NXWPnIbfIjr", "", "card_1NXWPnIbfIjr"),
    ],
)
def test_accepted(kind: str, text: str, network: str, normalised: str) -> None:
    found = read(kind, text, network)
    assert (found.why, found.normalised) == ("", normalised)
    assert found.verdict == Verdict.ACCEPTED or kind == "email"


@pytest.mark.parametrize(
    ("kind", "text", "network", "normalised", "detail"),
    [
        ("uid", "482 13377", "", "48213377", ""),
        ("uid", "\uff14\uff18\uff12\uff11\uff13\uff13\uff17\uff17", "", "48213377", ""),
        ("uid", "\u0664\u0668\u0662\u0661\u0663\u0663\u0667\u0667", "", "48213377", ""),
        ("uid", "4821\u200b3377", "", "48213377", ""),
        ("uid", "\u202e48213377\u202c", "", "48213377", ""),
        ("email", " Nordlys.Trading@Mail.Example ", "", "nordlys.trading@mail.example", ""),
        ("email", "Jonas H <J.H@mail.example>", "", "j.h@mail.example", ""),
        ("email", "mailto:a@mail.example", "", "a@mail.example", ""),
        ("phone", "+44 7700 900461", "", "+447700900461", ""),
        ("phone", "0044 (0)7700-900461", "", "+447700900461", ""),
        ("wallet", ETHER.upper().replace("0X", "0x"), "ethereum", ETHER.lower(), ""),
        ("txid", "0x" + "AB" * 32, "ethereum", "0x" + "ab" * 32, ""),
        ("txid", HASH, "bsc", "0x" + HASH, ""),
        ("txid", "0x" + HASH, "bitcoin", HASH, ""),
        ("txid", HASH, "xrp", HASH.upper(), ""),
        ("txid", HASH.upper(), "stellar", HASH, ""),
        ("txid", HASH + ":1", "bitcoin", HASH, "output:1"),
        ("txid", HASH + ":out:1", "bitcoin", HASH, "out:1"),
        ("txid", HASH + " in", "tron", HASH, "in"),
        ("txid", "nzxh0Ke+QvXIgBt9ZOk/olUOfBuY0/akRy4LUcqtmRM=", "ton", HASH, ""),
        ("ip", "203.0.113.24 2026-06-04 23:47:10 +02:00", "", "203.0.113.24 2026-06-04T21:47:10Z", ""),
        ("ip", "203.0.113.24, 4431, 2026-06-04 23:47:10,5 UTC", "", "203.0.113.24:4431 2026-06-04T23:47:10.5Z", ""),
        ("ip", "2001:DB8::1 2026-11-18T14:20:00+05:30", "", "2001:db8::1 2026-11-18T08:50:00Z", ""),
        ("ip", "::ffff:203.0.113.24 2026-11-18T14:20:00Z", "", "203.0.113.24 2026-11-18T14:20:00Z", ""),
        ("ip", "203.0.113.24 2026-11-18T14:20Z", "", "203.0.113.24 2026-11-18T14:20:00Z", ""),
        ("ip", "203.0.113.24 2026-11-18t14:20:00.1234567Z", "", "203.0.113.24 2026-11-18T14:20:00.123456Z", ""),
        ("username", "@Nordlys_77", "", "nordlys_77", ""),
        ("device", "49-015420-323751-8", "", "490154203237518", ""),
        ("device", "49015420323751", "", "490154203237518", ""),
        ("device", "4901542032375123", "", "490154203237518", ""),
        ("device", "EA7583CD-A667-48BC-B806-42ECB2B48606", "", "ea7583cd-a667-48bc-b806-42ecb2b48606", ""),
        ("device", "AA-BB-CC-DD-EE-F0", "", "aa:bb:cc:dd:ee:f0", ""),
        ("bank", "NO93 8601 1117 947", "", "NO9386011117947", ""),
        ("bank", "gb29nwbk60161331926819", "", "GB29NWBK60161331926819", ""),
        ("bank", "GB 20-00-00 55779911", "", "GB 200000 55779911", ""),
        ("card", "4111 1111 1111 1111", "", "411111******1111", ""),
        ("card", "411111xxxxxx1111", "", "411111******1111", ""),
    ],
)
def test_corrected(kind: str, text: str, network: str, normalised: str, detail: str) -> None:
    found = read(kind, text, network)
    assert (found.why, found.normalised, found.detail) == ("", normalised, detail)
    assert found.verdict == Verdict.CORRECTED
    again = read(kind, found.normalised, network, found.detail)
    assert (again.normalised, again.detail, again.verdict) == (normalised, detail, Verdict.ACCEPTED)


@pytest.mark.parametrize(
    ("kind", "text", "network", "words"),
    [
        ("uid", "Ivan Petrov", "", "digits"),
        ("uid", "", "", "Type"),
        ("uid", "1" * 301, "", "longer"),
        ("uid", "1.23E+11", "", "rounded"),
        ("uid", "'48213377", "", "apostrophe"),
        ("uid", '="48213377"', "", "formula"),
        ("uid", "#REF!", "", "spreadsheet"),
        ("email", "ivan@", "", "whole address"),
        ("email", "\u0430lice@mail.example", "", "alphabets"),
        ("email", "a@mail.example, b@mail.example", "", "one whole address"),
        ("phone", "07700 900461", "", "country code"),
        ("phone", "+44 7700 900461 ext 12", "", "extension"),
        ("phone", "+44 77", "", "too"),
        ("wallet", ETHER, "", "network"),
        ("wallet", ETHER, "nonsense", "no network of this name"),
        ("txid", "ab" * 30, "bitcoin", "64"),
        ("txid", HASH, "", "network"),
        ("txid", HASH + ":1", "ethereum", "no numbered outputs"),
        ("txid", "0x" + "ab" * 20, "ethereum", "may be an address"),
        ("ip", "203.0.113.24", "", "time zone"),
        ("ip", "203.0.113.24 2026-11-18T14:20:00", "", "time zone"),
        ("ip", "203.0.113.24 2026-11-18T14:20:00 CET", "", "as a number"),
        ("ip", "203.0.113.24 2026-11-18T14:20:00 Europe/Oslo", "", "as a number"),
        ("ip", "203.0.113.24 04.06.2026 10:00:00Z", "", "year-month-day"),
        ("ip", "203.0.113.24 06/04/2026 10:00:00Z", "", "year-month-day"),
        ("ip", "203.0.113.24 2026-11-20T12:00:01Z", "", "future"),
        ("ip", "203.0.113.24 1969-11-20T12:00:01Z", "", "year"),
        ("ip", "203.0.113.24 2026-02-30T12:00:01Z", "", "no such date"),
        ("ip", "203.0.113.24 0001-01-01T00:00:00+14:00", "", "no such date"),
        ("ip", "203.0.113.24:0 2026-11-18T14:20:00Z", "", "port"),
        ("ip", "203.0.113.24:70000 2026-11-18T14:20:00Z", "", "port"),
        ("ip", "203.0.113.0/24 2026-11-18T14:20:00Z", "", "range"),
        ("ip", "999.0.113.24 2026-11-18T14:20:00Z", "", "time zone"),
        ("ip", "10.0.0.1 2026-11-18T14:20:00Z", "", "private"),
        ("ip", "100.64.0.1 2026-11-18T14:20:00Z", "", "carrier"),
        ("ip", "127.0.0.1 2026-11-18T14:20:00Z", "", "computer itself"),
        ("ip", "224.0.0.1 2026-11-18T14:20:00Z", "", "multicast"),
        ("ip", "fe80::1 2026-11-18T14:20:00Z", "", "link"),
        ("ip", "::ffff:10.0.0.1 2026-11-18T14:20:00Z", "", "private"),
        ("username", "Ivan Petrov", "", "display name"),
        ("username", "p\u0435trov", "", "alphabets"),
        ("device", "490154203237519", "", "IMEI"),
        ("device", "00000000-0000-0000-0000-000000000000", "", "empty"),
        ("device", "ff:ff:ff:ff:ff:ff", "", "no device"),
        ("bank", "GB29NWBK60161331926818", "", "check digits"),
        ("bank", "GB29NWBK6016133192681", "", "22 characters"),
        ("bank", "55779911", "", "bank code"),
        ("bank", "US 021000022 123456789", "", "routing number"),
        ("card", "4111 1111 1111 1112", "", "check digit"),
        ("card", "**** 1111", "", "first six"),
        ("nonsense", "x", "", "kind"),
    ],
)
def test_refused_with_what_to_do(kind: str, text: str, network: str, words: str) -> None:
    found = read(kind, text, network)
    assert found.verdict == Verdict.REFUSED
    assert words in found.why
    assert found.why.endswith((".", "?"))


@pytest.mark.parametrize("kind", ["card", "bank", "username", "email", "phone"])
@pytest.mark.parametrize("number", ["4111111111111111", "5500 0000 0000 0004", "4111111111111112"])
def test_a_full_card_number_is_kept_nowhere(kind, number):
    found = read(kind, number)
    if kind == "card" or (not found.accepted and not number.endswith("2")):
        assert number.replace(" ", "") not in repr(found).replace(" ", "")
        assert found.masked


def test_a_direction_and_a_hash_must_agree():
    assert "another direction" in read("txid", HASH + ":in", "bitcoin", "out").why
    assert read("txid", HASH, "bitcoin", "Withdrawal, output 2").detail == "out:2"
    assert "in or out" in read("txid", HASH, "bitcoin", "sideways").why
    assert "Leave that empty" in read("email", "a@mail.example", "", "12").why


def test_duplicates_fold_and_a_tag_makes_a_difference():
    xrp = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY"
    found = [read("uid", "48213377"), read("uid", "482 13377"), read("uid", "x"), read("wallet", xrp, "xrp", "1"),
             read("wallet", xrp, "xrp", "2"), read("wallet", xrp + ":1", "xrp")]  # fmt: skip
    unique, duplicates = fold(found)
    assert unique == [found[0], found[3], found[4]]
    assert duplicates == [found[1], found[5]]


@pytest.mark.parametrize(
    ("network", "detail", "words"),
    [
        ("xrp", "tag:12345", "XRP Ledger, tag or memo 12345"),
        ("bitcoin", "in:1", "Bitcoin, incoming, output 1"),
        ("bitcoin", "output:0", "Bitcoin, output 0"),
        ("tron", "out", "Tron, outgoing"),
        ("", "", ""),
    ],
)
def test_what_stands_beside_is_said_in_words(network, detail, words):
    assert beside_words(network, detail) == words


def test_people_call_kinds_and_networks_by_many_names():
    assert (kind_named("E-Mail"), kind_named("User ID"), kind_named("transaction_hash")) == ("email", "uid", "txid")
    assert (network_named("TRC20"), network_named(" BTC "), network_named("Bitcoin Cash")) == (
        "tron", "bitcoin", "bitcoin_cash",
    )  # fmt: skip
    assert network_named("nonsense") == ""


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([*IdentifierKind.values, "", "x"]),
    st.one_of(st.text(max_size=120), st.binary(max_size=80).map(lambda raw: raw.decode("utf-8", "surrogateescape"))),
    st.sampled_from([*Network.values, "", "?"]),
    st.text(max_size=20),
)
@example("ip", "1.1.1.1 9999-12-31T23:59:59-23:59", "", "")
@example("card", "…" * 40, "", "")
def test_nothing_breaks_it_and_what_is_normal_stays_so(kind, text, network, detail):
    found = read(kind, text, network, detail)
    assert found.accepted == (not found.why)
    assert len(found.given) <= 300
    assert "\0" not in found.given + found.normalised
    (found.given + found.normalised).encode()
    if found.accepted:
        again = read(kind, found.normalised, found.network, found.detail)
        assert (again.why, again.normalised, again.detail) == ("", found.normalised, found.detail)


def test_an_old_caller_gets_the_same_fields():
    assert Identifier("uid", "1", "2", "n", "w") == Identifier(
        kind="uid", given="1", normalised="2", network="n", why="w"
    )
