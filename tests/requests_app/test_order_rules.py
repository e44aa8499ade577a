"""Which version of an order holds on a day, and what may follow it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.enums import OrderRelation
from requests_app.order_rules import addition_refusal, day_of, in_force, in_order, quashed_by

DAY = date(2026, 11, 20)
some_days = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 1, 1))


@dataclass(frozen=True)
class Version:
    number: int
    relation: str
    issued_on: date
    valid_until: date | None = None


@st.composite
def chains(draw):
    """Versions as the portal lets them follow each other, of any days."""
    day = draw(some_days)
    known = [Version(1, OrderRelation.ORIGINAL, day, draw(st.none() | some_days))]
    for number in range(2, draw(st.integers(min_value=1, max_value=6)) + 1):
        relation = draw(st.sampled_from([r for r in OrderRelation if r != OrderRelation.ORIGINAL]))
        issued, until = draw(some_days), draw(st.none() | some_days)
        if addition_refusal(known, relation, issued, until) is None:
            known.append(Version(number, relation, issued, until))
    return known


@given(versions=chains(), day=some_days)
def test_what_holds_was_issued_by_then_and_has_not_ended(versions, day):
    found = in_force(versions, day)
    if found is not None:
        assert found in versions
        assert found.issued_on <= day
        assert found.valid_until is None or found.valid_until >= day
        assert found.relation != OrderRelation.QUASHED


@given(versions=chains(), day=some_days)
def test_nothing_newer_was_passed_over(versions, day):
    found = in_force(versions, day) or quashed_by(versions, day)
    begun = [v for v in versions if v.issued_on <= day]
    if found is not None:
        assert found.number == max(v.number for v in begun)


@given(versions=chains(), day=some_days)
def test_an_order_never_holds_and_is_quashed_at_once(versions, day):
    assert in_force(versions, day) is None or quashed_by(versions, day) is None


@given(versions=chains(), day=some_days, data=st.data())
def test_the_order_of_the_rows_does_not_matter(versions, day, data):
    shuffled = data.draw(st.permutations(versions))
    assert in_force(shuffled, day) == in_force(versions, day)
    assert quashed_by(shuffled, day) == quashed_by(versions, day)


@given(versions=chains())
def test_before_the_first_day_nothing_holds(versions):
    before = in_order(versions)[0].issued_on - timedelta(days=1)
    assert in_force(versions, before) is None
    assert quashed_by(versions, before) is None


@given(versions=chains(), issued=some_days, later=st.integers(min_value=0, max_value=4000))
def test_quashed_stays_quashed_until_something_replaces_it(versions, issued, later):
    if addition_refusal(versions, OrderRelation.QUASHED, issued, None):
        return
    quashed = [*versions, Version(99, OrderRelation.QUASHED, issued)]
    assert in_force(quashed, issued + timedelta(days=later)) is None
    assert addition_refusal(quashed, OrderRelation.EXTENDS, issued, issued)
    again = [*quashed, Version(100, OrderRelation.REPLACES, issued + timedelta(days=1))]
    assert in_force(again, issued + timedelta(days=1)) == again[-1]


@given(versions=chains(), until=some_days)
def test_an_extension_only_ever_lengthens(versions, until):
    last = in_order(versions)[-1]
    refused = addition_refusal(versions, OrderRelation.EXTENDS, last.issued_on, until)
    if last.relation != OrderRelation.QUASHED:
        assert (refused is None) == (last.valid_until is None or until > last.valid_until)


@pytest.mark.parametrize(("day", "holds"), [(DAY, True), (DAY + timedelta(days=1), False)])
def test_the_last_day_still_counts(day, holds):
    assert (in_force([Version(1, "original", date(2026, 1, 1), DAY)], day) is not None) == holds


def test_without_a_date_nothing_can_follow_and_nothing_holds():
    assert in_force([], DAY) is None
    assert addition_refusal([], "extends", DAY, DAY) == (
        "issued_on", "The order has no date yet. Give the date it was issued first.",
    )  # fmt: skip


def test_days_are_those_of_utc():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert day_of(late) == date(2026, 11, 21)
    assert day_of(late.astimezone(UTC)) == date(2026, 11, 21)
