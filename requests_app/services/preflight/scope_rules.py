"""What is wrong with the facts, the identifiers and the records that are asked for."""

from collections.abc import Iterator
from datetime import datetime

from requests_app.deadlines import instants, period_refusal, time_zones, today_in
from requests_app.enums import DataCategory, RequestKind
from requests_app.services.preflight.facts import AskedFacts, Facts
from requests_app.services.preflight.reach import reach_refusal
from requests_app.services.preflight.words import Finding, Kind, Step

_FACTS = (
    ("title", "Give the request a short name", "Only you and we see it, for instance the name of the operation"),
    ("case_number", "Give your case number", "Copy the number under which your agency keeps the case"),
    ("offence", "Name the offence", "Write it with its section of law"),
    ("facts", "Say what happened", "A few sentences are enough: who did what, when, and to whom"),
    ("connection", "Say how the account is connected to it", "For instance: it received what the victim paid"),
)
_ENQUIRY = (
    *_FACTS[:2],
    ("facts", "Say what the answer is for", "One or two sentences: what you investigate, and what you do next"),
)


def fact_rules(facts: Facts) -> Iterator[Finding]:
    """Return what is missing of the facts of the case."""
    for field, message, cure in _FACTS if facts.kind != RequestKind.ENQUIRY else _ENQUIRY:
        if not getattr(facts, field).strip():
            yield Finding(Step.FACTS, field, message, cure=cure)


def identifier_rules(facts: Facts) -> Iterator[Finding]:
    """Return what is wrong with the identifiers: none at all, or some whose order is not in the request."""
    step = Step.IDENTIFIERS
    if not any(target.count for target in facts.targets):
        cure = "Type one, paste a list, or send a file"
        yield Finding(step, "value", "Add at least one identifier of an account", cure=cure)
    known = {order.key for order in facts.orders}
    for target in facts.targets:
        if target.order and target.count and target.order not in known:
            who = "1 identifier is" if target.count == 1 else f"{target.count} identifiers are"
            message = f"{who} named by an order that is not in this request any more"
            yield Finding(step, "process", message, Kind.PROBLEM, "Add that order again, or take them out")


def record_rules(facts: Facts, at: datetime) -> Iterator[Finding]:
    """Return what is wrong with the records: reach, dates, time zones, and the orders that cover them."""
    if not facts.asked:
        cure = "Tick each kind of records you need, and say from when to when"
        yield Finding(Step.RECORDS, "categories", "Choose the records you need and their dates", cure=cure)
        return
    for asked in facts.asked:
        label = DataCategory(asked.category).label
        yield from _reach(facts, asked, label)
        yield from _period(facts, asked, label, at)
    yield from _unused(facts)


def _reach(facts: Facts, asked: AskedFacts, label: str) -> Iterator[Finding]:
    step, order = Step.RECORDS, facts.order_of(asked.order)
    if len(facts.orders) > 1 and not asked.order:
        cure = "Choose under each kind of records which of your orders covers it"
        yield Finding(step, f"{asked.category}_order", f"{label}: say which order covers this", cure=cure)
    elif asked.order and order is None:
        message = f"{label}: the order that covers this is not in the request any more"
        yield Finding(step, f"{asked.category}_order", message, Kind.PROBLEM, "Choose another order, or add it again")
    elif order and (refusal := reach_refusal(order.type, asked.category)):
        cure = "Take it out, or choose a type that reaches it, if your document is one"
        yield Finding(step, "categories", f"{label}: {refusal}", Kind.PROBLEM, cure)


def _period(facts: Facts, asked: AskedFacts, label: str, at: datetime) -> Iterator[Finding]:
    step, field = Step.RECORDS, f"{asked.category}_from"
    if asked.zone not in time_zones():
        yield Finding(step, field, f"{label}: choose a time zone", Kind.PROBLEM, "Take UTC if you are not sure")
        return
    order = facts.order_of(asked.order)
    prospective = bool(order and order.type and order.type.prospective)
    today = today_in(asked.zone, at)
    refusal = period_refusal(asked.first, asked.last, today=today, prospective=prospective)
    if refusal:
        kind = Kind.PROBLEM if asked.first and asked.last else Kind.MISSING
        yield Finding(step, field, f"{label}: {refusal}", kind, "Give whole days, as the order names them")
    elif asked.first and asked.last:
        begins, ends = instants(asked.first, asked.last, asked.zone)
        if begins >= ends:
            message = f"{label}: this day did not exist in {asked.zone}"
            yield Finding(step, field, message, Kind.PROBLEM, "Take the day before or after it")


def _unused(facts: Facts) -> Iterator[Finding]:
    """Return orders that no record or no identifier rests on, and identifiers nothing is asked about."""
    named = {target.order for target in facts.targets if target.count}
    used = {order.key for asked in facts.asked if (order := facts.order_of(asked.order))}
    for order in facts.orders if len(facts.orders) > 1 else ():
        if order.key not in used:
            message = f"{order.label}: no records are asked for under this order"
            cure = "Choose it under the records it covers, or take it out of the request"
            yield Finding(Step.RECORDS, "categories", message, Kind.PROBLEM, cure)
        elif named and not named & {"", order.key}:
            message = f"{order.label}: no identifier is named by this order"
            cure = "Say which identifiers it names, or take it out of the request"
            yield Finding(Step.IDENTIFIERS, "process", message, Kind.PROBLEM, cure)
