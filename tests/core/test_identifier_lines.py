"""Pasted identifiers: the kind is worked out, and what is not clear is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.core.identifier_lines import corrected, read_line, read_lines
from tests.core.test_identifier_wallets import SECRETS, VALID

ETHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRON = VALID["tron"][0]
XRP = VALID["xrp"][0]
NEVER_TOLD = {"near", "aptos", "sui", "eos"}


@pytest.mark.parametrize(
    ("line", "kind", "network"),
    [
        ("48213377", "uid", ""),
        ("Name@Mail.example", "email", ""),
        ("+44 7700 900461", "phone", ""),
        (ETHER, "wallet", "ethereum"),
        (ETHER.lower(), "wallet", "ethereum"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "wallet", "bitcoin"),
        ("203.0.113.24 2026-06-04T23:47:10+02:00", "ip", ""),
        ("203.0.113.24:4431, 2026-06-04T23:47:10+02:00", "ip", ""),
        ("[2001:db8::1]:4431\t2026-06-04T23:47:10+02:00", "ip", ""),
        ("ip;203.0.113.24;4431;2026-06-04 23:47:10;+02:00", "ip", ""),
        ("username,nordlys", "username", ""),
        ("User ID\t48213377", "uid", ""),
        ("txid," + "9f" * 32 + ",Bitcoin", "txid", "bitcoin"),
        ('"txid","' + "9f" * 32 + '","btc","out:1"', "txid", "bitcoin"),
        ("9f" * 32 + ",BTC", "txid", "bitcoin"),
        ("E-mail address;a@mail.example", "email", ""),
        ('email,"Doe, Jane" <jane@mail.example>', "email", ""),
        (f"wallet,{TRON}", "wallet", "tron"),
        (f"{TRON},TRC20", "wallet", "tron"),
        (f"wallet,{XRP},ripple,12345", "wallet", "xrp"),
        ("GB29 NWBK 6016 1331 9268 19", "bank", ""),
        ("bank,GB,20-00-00,55779911", "bank", ""),
        ("EA7583CD-A667-48BC-B806-42ECB2B48606", "device", ""),
        ("AA:BB:CC:DD:EE:F0", "device", ""),
        ("411111******1111", "card", ""),
        ("\ufeffuid,48213377", "uid", ""),
        ("uid\uff0c48213377", "uid", ""),
    ],
)
def test_a_line_that_is_understood(line, kind, network):
    found = read_line(line)
    assert (found.kind, found.network, found.why) == (kind, network, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("9f" * 32, "which network this transaction"),
        ("0x" + "9f" * 32, "which network this transaction"),
        ("203.0.113.24", "time zone"),
        ("Ivar Nordlys", "write the kind before it"),
        ("txid," + "9f" * 32, "Choose the network"),
        (f"wallet,{TRON},nonsense", "no network of this name"),
        ("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "Polkadot, Kusama"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum does not fit"),
        ("GB29 NWBK 6016 1331 9268 18", "check digits"),
        ("07700 900461", "without its country"),
        ("4111111111111111", "card number, a user ID or an IMEI"),
        ("1.23E+11", "rounded"),
        ("='48213377", "formula"),
        ("wallet", "write the kind before it"),
        ("a" * 2000, "longer than any identifier"),
    ],
)
def test_a_line_that_is_not(line, words):
    assert words in read_line(line).why


@pytest.mark.parametrize(
    ("network", "text"),
    [(network, text) for network, many in VALID.items() if network not in NEVER_TOLD for text in many],
)
def test_the_checksum_tells_the_network(network, text):
    found = read_line(text)
    assert (found.kind, found.network, found.why) == ("wallet", network, "")


def test_a_memo_stands_in_the_fourth_place():
    assert read_line(f"wallet,{XRP},xrp,12345").detail == "tag:12345"
    assert read_line(f"{XRP}:12345").detail == "tag:12345"
    assert read_line("9f" * 32 + ",btc,in").detail == "in"


@pytest.mark.parametrize("text", [text for text in SECRETS if len(text) != 64])
def test_a_private_key_in_a_line_is_not_shown(text):
    for line in (text, f"wallet,{text}", f"{text},bitcoin", f"username;{text}"):
        found = read_line(line)
        assert not found.accepted
        assert text[5:20] not in repr(found)
        again = read_line(found.given)
        assert (again.masked, again.given) == (True, found.given)
        assert "private key" in again.why


def test_a_full_card_number_in_a_line_is_not_shown():
    for line in ("4111111111111111", "4111 1111 1111 1111", "card,4111-1111-1111-1111"):
        assert "41111111" not in repr(read_line(line)).replace(" ", "").replace("-", "")


def test_lines_keep_their_numbers():
    assert [number for number, _item in read_lines("48213377\n\n  \nx y\r\n55555")] == [1, 4, 5]


def test_what_changed_its_writing():
    found = [read_line("48213377"), read_line("Name@Mail.example"), read_line("uid,48213377")]
    assert [item.normalised for item in corrected(found)] == ["name@mail.example"]


@given(st.text(max_size=400))
def test_no_line_breaks_it(text):
    for _number, item in read_lines(text):
        assert item.accepted == (not item.why)
        assert len(item.given) <= 300


@given(st.lists(st.integers(1000, 10**9).map(str), max_size=30), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_every_line_has_one_answer(values, end):
    assert [item.normalised for _, item in read_lines(end.join(values))] == values
