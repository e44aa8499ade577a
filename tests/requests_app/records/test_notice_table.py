"""The table of the rule about notices: it answers every combination as the function does, and as it is printed."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from foundation.providers.connectors.base import Trait
from requests_app.notice_rules import (
    Look,
    Situation,
    elsewhere_bar,
    lawful_bar,
    looks_of,
    notice_rule,
    order_bar,
    renewal_bar,
    undecided_bar,
)
from requests_app.notice_table import INPUTS, ROWS, as_markdown, row_of, values_of

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDERS = (None, order_bar(date(2026, 11, 18)), order_bar(date(2027, 2, 12)), order_bar(None))
RENEWALS = (None, renewal_bar(AT - timedelta(days=1)), renewal_bar(AT + timedelta(days=9)))
OTHERS = (
    (),
    (elsewhere_bar(date(2026, 1, 1)),),
    (elsewhere_bar(date(2027, 6, 30)),),
    (elsewhere_bar(None), elsewhere_bar(date(2027, 6, 30))),
    (undecided_bar(AT),),
    (lawful_bar(AT), elsewhere_bar(date(2027, 6, 30))),
)
TRAITS = (frozenset(), frozenset({Trait.TAKEN_OVER}))
ROLES = ("suspect", "victim", "witness", "unknown")
YES_NO = (False, True)
DUTIES = ("company", "must", "authority")
LAWS = ("yes", "separate-order", "no", "unknown")


def situations(duty):
    """Every combination of everything else; a renewal needs an order with an end."""
    parts = product(LAWS, ORDERS, RENEWALS, YES_NO, YES_NO, OTHERS, ROLES, TRAITS, YES_NO, YES_NO)
    for law, order, renewal, aml, emergency, others, role, traits, cleared, despite in parts:
        if renewal is not None and (order is None or order.ends_at is None):
            continue
        yield Situation(
            bars_notice=law, duty=duty, order=order, renewal=renewal, aml_bar=aml, emergency=emergency, others=others,
            role=role, traits=traits, cleared=cleared, despite=despite,
        )  # fmt: skip


def last_end(now):
    """When the last bar with an end is over, of those that hold this notice."""
    bars = [now.order, now.renewal, *(() if now.despite else now.others)]
    return max(bar.ends_at for bar in bars if bar is not None and bar.ends_at is not None and bar.ends_at > AT)


@pytest.mark.parametrize("duty", DUTIES)
def test_table_and_function_say_the_same(duty):
    seen = set()
    for now in situations(duty):
        plan, row = notice_rule(now, at=AT), row_of(now, at=AT)
        due = {"now": lambda: AT, "until": lambda now=now: last_end(now)}.get(row.timing, lambda: None)()
        found = (plan.timing, plan.waits_for, plan.due_at)
        assert found == (row.timing, row.waits_for, due), (now, row.number)
        assert plan.after_disclosure == now.emergency
        assert ("Compliance" in plan.reason) == (now.aml_bar and duty != "authority")
        seen.add(row.number)
    assert seen == ({1} if duty == "authority" else {row.number for row in ROWS if row.number != 1})


@pytest.mark.parametrize("gone", ROWS, ids=lambda row: f"row {row.number}")
def test_without_a_row_the_table_answers_something_else_than_the_function(gone):
    left = [row for row in ROWS if row is not gone]
    for now in situations("authority" if gone.number == 1 else "company"):
        values = values_of(now, at=AT)
        row = next((row for row in left if row.fits(values)), None)
        plan = notice_rule(now, at=AT)
        if row is None or (plan.timing, plan.waits_for) != (row.timing, row.waits_for):
            return
    pytest.fail(f"Row {gone.number} says nothing that another one does not say")


def test_every_value_of_every_column_comes_about():
    seen = {name: set() for name in INPUTS}
    for duty in DUTIES:
        for now in situations(duty):
            if now.bars_notice in {"no", "unknown"} and now.role != "witness":
                for name, value in values_of(now, at=AT).items():
                    seen[name].add(value)
    assert seen == {name: set(words) for name, (_title, words) in INPUTS.items()}


def test_each_kind_of_holder_and_account_asks_for_a_look():
    for trait in Trait:
        assert looks_of(Situation(traits=frozenset({trait}))) == (Look(trait.value),)
        assert notice_rule(Situation(traits=frozenset({trait})), at=AT).timing == "look"
    assert looks_of(Situation(contact_changed=True, role="victim")) == (Look.VICTIM, Look.CONTACT_CHANGED)
    assert notice_rule(Situation(role="suspect"), at=AT).timing == "now"


def test_the_table_is_printed_as_it_is():
    text = Path("docs/notice.md").read_text(encoding="utf-8")
    printed = text.split("<!-- table -->\n")[1].split("<!-- /table -->")[0]
    assert printed == as_markdown()
