"""How long a hold lasts, by its rule: for every start, zone and number, and for every type of the catalogue."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.legal.catalogue import process_type_of, read
from foundation.legal.wording import hold_duties, hold_sources
from preservation import deadlines
from preservation.deadlines import Terms, terms

# Tenths of seconds, over leap years (2024, 2028) and the year 2100, which has none.
TENTHS = st.integers(0, 78 * 365 * 24 * 3600 * 10)
STARTS = TENTHS.map(lambda tenths: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(milliseconds=100 * tenths))
ZONES = st.sampled_from([
    "Europe/Berlin", "America/Sao_Paulo", "America/Vancouver", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo", "Antarctica/Troll",
]).map(ZoneInfo)  # fmt: skip
DAYS = st.integers(1, 400)
MOST = st.none() | st.integers(0, 4)
DAY = timedelta(days=1)


def rule_of(first, extension, most, maximum=None, file=None):
    return Terms(first, extension, most, maximum, file, False, "TEST 1")


@given(STARTS, ZONES, DAYS)
def test_a_hold_never_ends_before_its_days_of_24_hours_and_not_two_days_late(start, zone, days):
    end = deadlines.first_expiry(start, rule_of(days, 90, None)).at
    assert start + days * DAY <= end < start + (days + 1) * DAY + timedelta(seconds=1)
    # the same instant named in any zone, before or after a change of its clocks, ends at the same instant
    assert deadlines.first_expiry(start.astimezone(zone), rule_of(days, 90, None)).at == end
    assert (end.hour, end.minute, end.second, end.tzinfo) == (23, 59, 59, UTC)


@given(STARTS, DAYS, DAYS, MOST, st.none() | st.integers(1, 900))
def test_extensions_stop_at_the_count_and_at_the_maximum_and_each_is_as_long_as_it_may_be(
    start, first, more, most, maximum
):
    rule = rule_of(min(first, maximum or first), more, most, maximum)
    end = deadlines.first_expiry(start, rule).at
    whole = None if maximum is None else deadlines.calendar_strict(start, maximum).at
    for granted in range(6):
        new, why = deadlines.may_extend_to(start, end, rule, granted)
        assert why
        if new is None:
            assert (most is not None and granted >= most) or end == whole
            return
        assert most is None or granted < most
        assert new > end
        assert new - end == more * DAY or new == whole
        assert whole is None or new <= whole
        end = new


@given(STARTS, DAYS, DAYS, st.integers(0, 500))
def test_an_extension_decided_late_counts_from_the_old_end_unless_that_would_be_over(start, first, more, late):
    rule = rule_of(first, more, None)
    old = deadlines.first_expiry(start, rule).at
    at = old + late * DAY
    new, _why = deadlines.may_extend_to(start, old, rule, 0, at=at)
    assert new is not None
    assert new > at
    assert new == (old + more * DAY if late < more else deadlines.calendar_strict(at, more).at)


@given(STARTS, DAYS)
def test_the_authority_has_all_its_days_to_file(start, days):
    due = deadlines.filing_due(start, rule_of(60, 60, None, file=days))
    assert due is not None
    assert start + days * DAY <= due.at < start + (days + 1) * DAY + timedelta(seconds=1)
    assert deadlines.filing_due(start, rule_of(60, 60, None)) is None


def test_over_the_end_of_summer_time_and_a_leap_day():
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 24, 23, 30, tzinfo=berlin)  # the clocks go back that night
    assert deadlines.first_expiry(before, rule_of(1, 1, None)).at == datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC)
    leap = datetime(2028, 2, 20, 12, tzinfo=UTC)
    assert deadlines.first_expiry(leap, rule_of(30, 1, None)).at == datetime(2028, 3, 21, 23, 59, 59, tzinfo=UTC)
    last = datetime(2027, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    assert deadlines.first_expiry(last, rule_of(90, 1, None)).at == datetime(2028, 3, 31, 23, 59, 59, tzinfo=UTC)


# code: first, extension, count, maximum in all, days to file, destroyed afterwards; from the laws
NUMBERS = {
    "US-PRESERVE-2703F": (90, 90, 1, None, None, False),
    "EU-EPOC-PR": (60, 30, 1, None, None, False),
    "FR-PRES-60-2": (365, 365, None, 365, None, False),
    "ES-CONSERVACION": (90, 90, 1, 180, None, False),
    "NL-126NI": (90, 90, 1, None, None, False),
    "AU-PRES-DOM": (90, 90, 0, None, None, False),
    "AU-PRES-FOREIGN": (180, 180, None, None, None, False),
    "CA-PRES-DEMAND": (21, 21, 0, None, None, True),
    "CA-PRES-ORDER": (90, 90, 0, None, None, True),
    "BR-GUARDA-CAUTELAR": (60, 60, None, None, 60, False),
    "JP-HOZEN": (30, 30, 1, 60, None, False),
    "ZA-CYB-41": (21, 21, 0, None, None, False),
    "ZA-CYB-42": (90, 90, 0, None, None, False),
    "INT-PRESERVE": (90, 90, None, None, None, False),
    "INT-BUD-16": (90, 90, None, None, None, False),
    "INT-BUD-29": (60, 60, None, None, None, False),
}


def test_every_preservation_type_of_the_catalogue_gives_the_numbers_of_its_entry():
    catalogue = read()
    types = [process_type_of(entry, catalogue) for entry in catalogue.types]
    found = {}
    for kind in (kind for kind in types if kind.is_preservation):
        given_terms = terms(77, kind)
        assert given_terms.source == f"{kind.code} {catalogue.version}"
        assert hold_sources(kind).startswith(kind.authority)
        assert len(hold_duties(kind)) == bool(kind.file_within_days) + kind.destroy_after
        found[kind.code] = (
            given_terms.first_days, given_terms.extension_days, given_terms.maximum_extensions,
            given_terms.maximum_days, given_terms.file_within_days, given_terms.destroy_after,
        )  # fmt: skip
    assert found == NUMBERS


@pytest.mark.parametrize(("foreign", "days"), [(True, 90), (False, 21), (None, 21)])
def test_a_foreign_offence_counts_only_where_the_rule_has_a_period_for_it(foreign, days):
    catalogue = read()
    kinds = {entry["code"]: process_type_of(entry, catalogue) for entry in catalogue.types}
    found = terms(77, kinds["CA-PRES-DEMAND"], foreign=foreign)
    assert (found.first_days, found.maximum_extensions, found.destroy_after) == (days, 0, True)
    assert found.source.endswith(", foreign offence") == (foreign is True)
    assert terms(77, kinds["US-PRESERVE-2703F"], foreign=foreign).first_days == 90


def test_without_a_rule_the_company_says_how_long_and_there_is_no_limit():
    assert terms(77, foreign=True) == Terms(77, 77, None, None, None, False, "company policy")


def test_why_no_more_is_allowed_is_said_in_a_sentence():
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    end = deadlines.first_expiry(start, rule_of(30, 30, 1, 60)).at
    assert deadlines.may_extend_to(start, end, rule_of(30, 30, 0), 0) == (None, "The rule allows no extension.")
    assert deadlines.may_extend_to(start, end, rule_of(30, 30, 2), 2) == (None, "The rule allows 2 extensions.")
    new, why = deadlines.may_extend_to(start, end, rule_of(30, 45, None, 60), 0)
    assert (new, "60 days in all: the extension is shorter" in why) == (deadlines.calendar_strict(start, 60).at, True)
    assert new is not None
    none, why = deadlines.may_extend_to(start, new, rule_of(30, 45, None, 60), 1)
    assert (none, why) == (None, "The rule allows 60 days in all, and they are used up.")
