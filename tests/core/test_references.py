"""References: readable, checkable, not countable."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.core.references import (
    ALPHABET,
    new_check_code,
    new_reference,
    normalise_check_code,
    normalise_reference,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_new_reference_reads_back_as_itself_in_any_writing() -> None:
    reference = new_reference("MX", AT)
    assert reference.startswith("MX-26-")
    assert normalise_reference(reference) == reference
    assert normalise_reference(f" {reference.replace('-', '').lower()} ") == reference


@given(st.integers(0, 6), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(place: int, wrong: str) -> None:
    reference = new_reference("MX", AT)
    body = reference[-7:]
    if body[place] == wrong:
        return
    assert normalise_reference(reference[:-7] + body[:place] + wrong + body[place + 1 :]) is None


@given(st.integers(0, 5))
def test_every_swap_of_neighbours_is_noticed(place: int) -> None:
    reference = new_reference("HD", AT)
    body = list(reference[-7:])
    if body[place] == body[place + 1]:
        return
    body[place], body[place + 1] = body[place + 1], body[place]
    assert normalise_reference(reference[:-7] + "".join(body)) is None


@pytest.mark.parametrize("text", ["", "MX", "MX-26-", "26-ABCDEFG", "MX-26-ZZZZZZZ", "MX-26-ABCDEFG; DROP"])
def test_anything_else_is_not_a_reference(text: str) -> None:
    assert normalise_reference(text) is None


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    reference = next(r for r in (new_reference("MX", AT) for _ in range(500)) if "0" in r[-7:] and "1" in r[-7:])
    typed = reference[:-7] + reference[-7:].replace("0", "O").replace("1", "l")
    assert normalise_reference(typed) == reference


def test_a_check_code_is_grouped_and_reads_back_in_any_writing() -> None:
    code = new_check_code()
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 2]
    assert normalise_check_code(code) == code
    assert normalise_check_code(f" {code.replace('-', chr(0x2013)).lower()} ") == code
    # Read aloud or copied by hand: O for 0, I and L for 1.
    assert normalise_check_code(code.replace("0", "o").replace("1", "l")) == code


@given(st.integers(0, 13), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_of_a_check_code_is_noticed(place: int, wrong: str) -> None:
    code = new_check_code().replace("-", "")
    if code[place] != wrong:
        assert normalise_check_code(code[:place] + wrong + code[place + 1 :]) is None


@given(st.integers(0, 12))
def test_every_swap_of_neighbours_in_a_check_code_is_noticed(place: int) -> None:
    code = new_check_code().replace("-", "")
    if code[place] != code[place + 1]:
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert normalise_check_code(swapped) is None


@pytest.mark.parametrize("text", ["", "V7QK", "ZZZZ-ZZZZ-ZZZZ-ZZ", "V7QK-4M2X-9TDH-3B-1", "é" * 14])
def test_what_is_no_check_code_is_none(text: str) -> None:
    assert normalise_check_code(text) is None
