"""Whether a rank is high enough, where the law names one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.legal import catalogue, ranks
from foundation.legal.catalogue import process_type_of

CATALOGUE = catalogue.read()
TYPES = {entry["code"]: process_type_of(entry, CATALOGUE) for entry in CATALOGUE.types}


@pytest.mark.parametrize("rank", ["Corporal", "cpl", "Police Constable", "Special Constable (Corporal)", "PC 40123"])
def test_a_known_rank_below_the_lowest_is_refused_in_words(rank):
    said = ranks.rank_refusal(TYPES["SG-CPC-20"], rank)
    assert said is not None
    assert "Sergeant" in said
    assert rank in said


@pytest.mark.parametrize(
    "rank",
    ["Sergeant", "SGT(2)", "Staff Sergeant", "Station Inspector", "Insp.", "Assistant Superintendent of Police", "DSP"],
)
def test_a_high_enough_rank_passes_without_a_hint(rank):
    assert ranks.rank_refusal(TYPES["SG-CPC-20"], rank) is None
    assert ranks.rank_hint(TYPES["SG-CPC-20"], rank) is None


@pytest.mark.parametrize("rank", ["", "   ", "Wachtmeister", "Inspektor Teknikal"])
def test_an_unknown_or_missing_rank_is_a_hint_and_no_block(rank):
    assert ranks.rank_refusal(TYPES["SG-CPC-20"], rank) is None
    assert "Sergeant" in (ranks.rank_hint(TYPES["SG-CPC-20"], rank) or "")


def test_of_two_ranks_the_higher_counts():
    assert ranks.rank_refusal(TYPES["SG-CPC-20"], "Corporal, acting sergeant") is None


def test_a_capacity_is_compared_like_a_rank():
    assert ranks.rank_refusal(TYPES["FR-REQ-60-1"], "APJ, brigadier")
    assert ranks.rank_refusal(TYPES["FR-REQ-60-1"], "Capitaine, OPJ") is None
    assert ranks.rank_hint(TYPES["FR-REQ-60-1"], "Capitaine")


def test_a_function_that_no_rank_shows_is_only_a_hint():
    assert ranks.rank_refusal(TYPES["IN-BNSS-94"], "Constable") is None
    assert "in charge of a police station" in (ranks.rank_hint(TYPES["IN-BNSS-94"], "Constable") or "")


def test_a_type_without_a_lowest_rank_says_nothing():
    assert ranks.rank_refusal(TYPES["US-SEARCH-WARRANT"], "Constable") is None
    assert ranks.rank_hint(TYPES["US-SEARCH-WARRANT"], "Constable") is None


@given(st.text(max_size=60), st.sampled_from(sorted(TYPES)))
def test_any_text_gets_an_answer_and_never_both(text, code):
    refusal, hint = ranks.rank_refusal(TYPES[code], text), ranks.rank_hint(TYPES[code], text)
    assert refusal is None or hint is None


def test_each_rank_stands_once_on_its_scale():
    for place, scale in ranks.scales().items():
        names = [name for step in scale for name in step]
        assert len(names) == len(set(names)), place
