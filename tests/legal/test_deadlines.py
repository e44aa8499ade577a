from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.legal import deadlines
from foundation.legal.calendars import PlaceCalendar, calendar_of, days_off, is_working_day
from foundation.legal.models import WorkCalendar

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAIVE = FRIDAY.replace(tzinfo=None)
IE = calendar_of("IE")
MOMENTS = st.datetimes(NAIVE.replace(year=2024), NAIVE.replace(year=2032), timezones=st.just(UTC))
PLACES = st.sampled_from([calendar_of(p) for p in ("IE", "GB-ENG", "US-NY", "JP", "SA", "CN", "NZ", "DE-BY")])
DAYS = st.integers(1, 120)
# The first look at a year of a calendar computes it.
unhurried = settings(deadline=None, max_examples=60)


def desk(**values):
    return WorkCalendar(name="Desk", country="IE", time_zone="Europe/Dublin", closes_at=time(17), **values)


@pytest.mark.parametrize(
    ("place", "due"), [("US", 25), ("GB-ENG", 25), ("DE-BY", 25), ("JP", 26), ("SA", 24), ("IE", 25)]
)
def test_three_business_days_from_a_friday(place, due):
    calendar = calendar_of(place)
    at = deadlines.business_days(FRIDAY, 3, calendar).at
    assert at == datetime(2026, 11, due, 17, tzinfo=ZoneInfo(calendar.time_zone))
    assert at.tzinfo is UTC


def test_the_last_day_rolls_past_christmas():
    due = deadlines.calendar_roll(datetime(2026, 12, 16, 12, tzinfo=UTC), 10, IE)
    assert due.at == datetime(2026, 12, 28, 23, 59, 59, tzinfo=UTC)
    assert "Saint Stephen's Day" in due.why
    assert due.rule == "calendar_roll 10, IE v1, holidays 0.108"


def test_a_roll_keeps_a_last_day_that_is_a_working_day():
    assert deadlines.calendar_roll(FRIDAY, 7, IE).at == datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC)


def test_a_short_roll_has_two_working_days_in_it():
    due = deadlines.calendar_roll(FRIDAY, 3, IE)
    assert due.at.date() == date(2026, 11, 24)
    assert "two working days" in due.why
    assert deadlines.calendar_roll(FRIDAY, 1, IE).at.date() == date(2026, 11, 23)


def test_ninety_days():
    assert deadlines.calendar_strict(FRIDAY, 90).at == datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)


def test_a_hold_received_in_the_last_second_of_a_day_is_not_shorter():
    received = datetime(2026, 11, 20, 23, 59, 59, 1, tzinfo=UTC)
    assert deadlines.calendar_strict(received, 90).at == datetime(2027, 2, 19, 23, 59, 59, tzinfo=UTC)


def test_strict_counts_the_leap_day():
    assert deadlines.calendar_strict(datetime(2028, 2, 1, tzinfo=UTC), 30).at.date() == date(2028, 3, 2)
    assert deadlines.calendar_strict(datetime(2027, 2, 1, tzinfo=UTC), 30).at.date() == date(2027, 3, 3)


def test_eight_hours_in_the_night_the_clocks_change():
    received = datetime(2026, 10, 24, 22, tzinfo=ZoneInfo("Europe/Dublin"))
    assert deadlines.hours(received, 8).at.astimezone(ZoneInfo("Europe/Dublin")).hour == 5


def test_the_desk_closes_at_its_own_hour_in_summer_and_winter():
    assert deadlines.business_days(datetime(2026, 7, 1, 9, tzinfo=UTC), 1, IE).at.hour == 16
    assert deadlines.business_days(datetime(2026, 12, 1, 9, tzinfo=UTC), 1, IE).at.hour == 17


def test_the_day_of_receipt_is_the_desks_day():
    late_in_utc = datetime(2026, 11, 19, 22, tzinfo=UTC)  # Friday morning in Tokyo
    assert deadlines.business_days(late_in_utc, 1, calendar_of("JP")).at.date() == date(2026, 11, 24)


def test_without_a_cut_off_the_evening_counts_as_the_same_day():
    evening = datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert deadlines.business_days(evening, 1, desk()).at.date() == date(2026, 11, 23)
    assert deadlines.business_days(evening, 1, desk(cut_off=time(17))).at.date() == date(2026, 11, 24)
    saturday = evening + timedelta(days=1)
    assert deadlines.business_days(saturday, 1, desk(cut_off=time(17))).at.date() == date(2026, 11, 24)


def test_the_desks_own_days_go_before_the_public_calendar():
    closed = desk(extra_closed=[date(2026, 11, 23)], extra_open=[date(2026, 11, 21)], version=4)
    due = deadlines.business_days(FRIDAY, 2, closed)
    assert due.at.date() == date(2026, 11, 24)
    assert due.rule == "business_days 2, IE v4, holidays 0.108"
    assert "Mon 23 Nov 2026 (closed)" in due.why


def test_the_words_say_which_holiday_did_not_count():
    assert "Labor Thanksgiving Day" in deadlines.business_days(FRIDAY, 3, calendar_of("JP")).why


def test_an_english_region_has_the_summer_bank_holiday():
    assert not is_working_day(calendar_of("GB-ENG"), date(2026, 8, 31))


def test_swapped_working_days_and_other_weekends_are_known():
    assert is_working_day(calendar_of("CN"), date(2026, 2, 14))  # a Saturday worked for the spring festival
    assert not is_working_day(calendar_of("MY-02"), date(2026, 11, 20))  # Kedah rests on Friday
    assert is_working_day(calendar_of("MY-02"), date(2026, 11, 22))
    assert not is_working_day(calendar_of("MY-14"), date(2026, 11, 22))


def test_a_year_is_computed_once():
    assert days_off("IE", "", 2026) is days_off("IE", "", 2026)


@pytest.mark.parametrize("place", ["XX", "IE-QQ", "", "ie--"])
def test_a_place_without_a_calendar_is_named(place):
    with pytest.raises(ValueError, match="There is no calendar for"):
        calendar_of(place)


@pytest.mark.parametrize(
    "count",
    [
        lambda: deadlines.business_days(NAIVE, 3, IE),
        lambda: deadlines.calendar_roll(NAIVE, 3, IE),
        lambda: deadlines.calendar_strict(NAIVE, 3),
        lambda: deadlines.hours(NAIVE, 3),
        lambda: deadlines.resumed(NAIVE, FRIDAY, FRIDAY),
        lambda: deadlines.resumed(FRIDAY, FRIDAY, NAIVE),
    ],
)
def test_a_time_without_a_zone_is_refused(count):
    with pytest.raises(ValueError, match="no time zone"):
        count()


@pytest.mark.parametrize("n", [0, -1, 10**6])
def test_a_period_is_positive_and_not_endless(n):
    with pytest.raises(ValueError, match="A period has"):
        deadlines.calendar_strict(FRIDAY, n)


def test_the_clock_cannot_run_backwards():
    with pytest.raises(ValueError, match="before it stopped"):
        deadlines.resumed(FRIDAY, FRIDAY, FRIDAY - timedelta(seconds=1))


@unhurried
@given(MOMENTS, DAYS)
def test_strict_is_never_short_and_never_two_days_long(received, days):
    due = deadlines.calendar_strict(received, days).at
    assert timedelta(0) <= due - (received + timedelta(days=days)) <= timedelta(days=1)
    assert due.time() == time(23, 59, 59)


@unhurried
@given(MOMENTS, st.integers(1, 500), st.sampled_from(["Europe/Dublin", "America/New_York", "Pacific/Auckland"]))
def test_hours_are_elapsed_whatever_zone_they_are_given_in(received, n, zone):
    local = received.astimezone(ZoneInfo(zone))
    assert deadlines.hours(local, n).at - received == timedelta(hours=n)


@unhurried
@given(MOMENTS, st.integers(1, 40), PLACES)
def test_business_days_end_on_the_nth_working_day(received, days, calendar):
    zone = ZoneInfo(calendar.time_zone)
    due = deadlines.business_days(received, days, calendar)
    first, last = received.astimezone(zone).date(), due.at.astimezone(zone).date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(is_working_day(calendar, day) for day in between) == days
    assert is_working_day(calendar, last)
    assert due.at.astimezone(zone).time() == time(17)
    assert len(due.rule) <= 80


@unhurried
@given(MOMENTS, st.integers(1, 40), PLACES)
def test_a_roll_ends_on_a_working_day_and_never_before_its_time(received, days, calendar):
    due = deadlines.calendar_roll(received, days, calendar)
    assert is_working_day(calendar, due.at.date())
    assert (due.at.date() - received.date()).days >= days
    assert due.at.time() == time(23, 59, 59)
    assert len(due.rule) <= 80


@unhurried
@given(st.lists(MOMENTS, min_size=2, max_size=6), DAYS, PLACES, st.sampled_from([None, time(12), time(17)]))
def test_who_comes_later_is_never_due_earlier(moments, days, place, cut_off):
    calendar = PlaceCalendar(place.country, place.subdivision, place.time_zone, cut_off=cut_off)
    for earlier, later in pairwise(sorted(moments)):
        assert deadlines.business_days(earlier, days, calendar).at <= deadlines.business_days(later, days, calendar).at
        assert deadlines.calendar_roll(earlier, days, calendar).at <= deadlines.calendar_roll(later, days, calendar).at


@unhurried
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_stopped_clock_gives_back_exactly_what_it_took(stopped_at, pause):
    deadline = stopped_at + timedelta(days=3)
    assert deadlines.resumed(deadline, stopped_at, stopped_at + pause) - (stopped_at + pause) == timedelta(days=3)
