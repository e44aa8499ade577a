"""The rule about telling account holders: every combination of what forbids it, with literal answers."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from requests_app.notice_rules import Bar, Situation, Timing, bar_end, elsewhere_bar, notice_rule, order_bar

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ENDED, DATED, ENDLESS = order_bar(date(2026, 11, 18)), order_bar(date(2027, 2, 12)), order_bar(None)
ORDERS = {"none": None, "ended": ENDED, "dated": DATED, "endless": ENDLESS}
LATER = elsewhere_bar(date(2027, 6, 30))
OTHERS = {"none": (), "ended": (elsewhere_bar(date(2026, 1, 1)),), "dated": (LATER,), "endless": (elsewhere_bar(None),)}
OWN_END = datetime(2027, 2, 13, 12, 0, tzinfo=UTC)
OTHER_END = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)

# order, bars elsewhere -> timing and date, for a law that is known and no mark of compliance; "now" becomes
# "after disclosure" in an emergency.
TABLE = {
    ("none", "none"): ("now", AT),
    ("none", "ended"): ("now", AT),
    ("none", "dated"): ("until", OTHER_END),
    ("none", "endless"): ("open_end", None),
    ("ended", "none"): ("now", AT),
    ("ended", "ended"): ("now", AT),
    ("ended", "dated"): ("until", OTHER_END),
    ("ended", "endless"): ("open_end", None),
    ("dated", "none"): ("until", OWN_END),
    ("dated", "ended"): ("until", OWN_END),
    ("dated", "dated"): ("until", OTHER_END),
    ("dated", "endless"): ("open_end", None),
    ("endless", "none"): ("open_end", None),
    ("endless", "ended"): ("open_end", None),
    ("endless", "dated"): ("open_end", None),
    ("endless", "endless"): ("open_end", None),
}
LAWS = ("yes", "separate-order", "no", "unknown")


def ask(law="no", order=None, *, aml=False, emergency=False, others=(), at=AT):
    now = Situation(bars_notice=law, order=order, aml_bar=aml, emergency=emergency, others=tuple(others))
    return notice_rule(now, at=at)


@pytest.mark.parametrize(("law", "emergency", "order", "other"), list(product(LAWS, (False, True), ORDERS, OTHERS)))
def test_every_combination(law, emergency, order, other):
    timing, due_at = TABLE[order, other]
    if law == "unknown" and order == "none":
        timing, due_at = "open_end", None  # counsel must say
    if emergency and timing == "now":
        timing, due_at = "after_disclosure", None
    plan = ask(law, ORDERS[order], emergency=emergency, others=OTHERS[other])
    assert (plan.timing, plan.due_at, plan.after_disclosure) == (timing, due_at, emergency)
    assert plan.reason
    marked = ask(law, ORDERS[order], aml=True, emergency=emergency, others=OTHERS[other])
    assert (marked.timing, marked.due_at) == ("open_end", None)
    assert "Compliance" in marked.reason
    assert "Compliance" not in plan.reason


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ("yes", "The law behind this type can forbid it, but no clause in force was confirmed."),
        ("separate-order", "Only a separate order could forbid it, and none in force was confirmed."),
        ("no", "Nothing forbids it."),
    ],
)
def test_reasons_in_words(law, words):
    assert ask(law).reason == words
    assert ask(law, emergency=True).reason == f"{words} In an emergency it comes after disclosure."
    assert ask(law, DATED).reason == "A confirmed order forbids it until 12 Feb 2027."
    assert ask(law, ENDLESS).reason == "A confirmed order forbids it without an end."
    assert ask(law, DATED, others=(LATER,)).reason == (
        "A confirmed order forbids it until 12 Feb 2027. "
        "Another matter on the same or a linked account forbids it until 30 Jun 2027."
    )


def test_last_day_is_over_when_it_is_over_everywhere():
    end = bar_end(date(2027, 2, 12))
    assert end == datetime(2027, 2, 13, 12, 0, tzinfo=UTC)
    assert ask(order=DATED, at=end - timedelta(microseconds=1)).timing is Timing.UNTIL
    assert ask(order=DATED, at=end).timing is Timing.NOW


def test_the_longest_bar_counts():
    bars = [Bar("a", AT + timedelta(days=n)) for n in (1, 3, 2)]
    assert ask(others=bars).due_at == AT + timedelta(days=3)
