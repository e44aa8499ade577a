"""What goes back to a page of what was typed into a box of identifiers: nothing of a secret but its beginning."""

import pytest

from foundation.core.identifier_lines import read_line
from foundation.core.secret_boxes import mask_field, mask_lines, mask_value

PHRASE = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
WIF = "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617"
XRP = "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh"


@pytest.mark.parametrize(
    "line",
    [
        WIF, PHRASE, f"wallet,{WIF}", f"wallet,{WIF},bitcoin", f"key: {WIF}", f"key:{WIF}", f"His key is {WIF}.",
        f"wallet,{XRP},xrp,{WIF}", f"Seed phrase: {PHRASE}", f"username,{PHRASE}", f'"{PHRASE}"', PHRASE.upper(),
        " ".join(f"{n}. {word}" for n, word in enumerate(PHRASE.split(), 1)),
    ],
)  # fmt: skip
def test_a_secret_is_masked_wherever_it_stands_in_its_line(line):
    text = f"48213377\n{line}\nuser,name"
    masked = mask_lines(text)
    assert masked.splitlines()[::2] == text.splitlines()[::2]
    for written in (masked, repr(read_line(line)), mask_value(line)):
        assert WIF[5:20] not in written
        assert "abandon abandon" not in written.lower()
        assert "2. abandon" not in written
    assert not read_line(line).accepted
    again = read_line(masked.splitlines()[1])
    assert not again.accepted
    assert mask_lines(masked) == masked


@pytest.mark.parametrize(
    "text",
    ["", "490154203237518", "a@b.example\n\n x", f"wallet,{XRP},xrp,12345", "9f" * 32, "one two three four five six"],
)
def test_all_else_stays_as_it_was_typed(text):
    assert mask_lines(text) == text
    assert mask_value(text) == text


def test_a_card_number_is_cut_and_its_kind_stays():
    assert mask_lines("card,4111 1111 1111 1111") == "card,411111******1111"
    assert mask_lines("4111111111111111") == "411111******1111 ?"
    for text in ("4111111111111111", "card,4111111111111112"):
        again = read_line(mask_lines(text))
        assert (again.accepted, "whole number" in again.why) == (False, True)


def test_only_boxes_of_identifiers_are_read_by_their_name():
    assert mask_field("list-paste", f"a\n{WIF}") == "a\nKwdM…"
    assert mask_field("destination", WIF) == "KwdM…"
    assert mask_field("facts", PHRASE) == PHRASE


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("490154203237518", ["a user ID or an IMEI", "Which kind is it", "imei,490154203237518"]),
        ("490154203237519", ["an IMEI", "check digit does not fit"]),
        ("49015420323751", ["an IMEI"]),
        ("447700900461", ["telephone number without its +", "phone,+447700900461"]),
        ("4111111111111111", ["a card number, a user ID or an IMEI", "card,NUMBER"]),
        ("4111111111111112", ["a user ID or an IMEI"]),
        ("378282246310005", ["a card number"]),
    ],
)
def test_a_number_that_can_be_several_things_is_asked_about(line, words):
    found = read_line(line)
    assert not found.accepted
    assert all(word in found.why for word in words), found.why
    assert found.masked == ("card,NUMBER" in found.why)
    assert found.masked or found.given == line


def test_the_kind_in_front_settles_it():
    for line, kind in (("imei,490154203237518", "device"), ("uid,490154203237518", "uid"), ("48213377", "uid")):
        assert (read_line(line).kind, read_line(line).why) == (kind, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cosmos1zewfm2c4s6uv5s4rywksqden8dvya4wmqyyqek", "checksum does not fit"),
        ("cosmos1zewfm2c4s6uv5s4rywksqden8dvya4wmqyybek", "checksum does not fit"),
        ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdb6a", "checksum does not fit"),
        ("203.0.113.999 2026-06-04T23:47:10+02:00", "no IP address"),
        ("9f" * 32, "If it is a private key"),
    ],
)
def test_what_is_wrong_is_said_and_not_something_else(line, words):
    assert words in read_line(line).why
