"""What is wrong with an enquiry, and with what a freeze or seizure asks for."""

from collections.abc import Iterator
from datetime import date

from foundation.legal.catalogue import GENERAL_COURT_ORDER
from requests_app.enums import DataCategory, FreezeAct, RequestKind
from requests_app.services.preflight.facts import Facts, FreezeFacts
from requests_app.services.preflight.reach import reach_refusal
from requests_app.services.preflight.words import Finding, Kind, Step

# An enquiry names a handful of accounts; a list is for an order.
MOST_ENQUIRED = 50


def enquiry_rules(facts: Facts) -> Iterator[Finding]:
    """Return what keeps an enquiry from being answered: our policy, and too many identifiers."""
    if facts.kind != RequestKind.ENQUIRY:
        return
    if not facts.answers_enquiries:
        message = "This company does not answer enquiries"
        cure = "Name the company that serves your account holder in your order; its address stands in the guidelines"
        yield Finding(Step.FACTS, "title", message, Kind.PROBLEM, cure)
    if sum(target.count for target in facts.targets) > MOST_ENQUIRED:
        message = f"An enquiry takes up to {MOST_ENQUIRED} identifiers"
        yield Finding(Step.IDENTIFIERS, "value", message, Kind.PROBLEM, "Take some out, or send an order for them")


def asset_rules(facts: Facts, today: date) -> Iterator[Finding]:
    """Return what is wrong with a freeze or seizure: reach of the orders, act, asset, amount, destination, end."""
    if facts.kind != RequestKind.FREEZE:
        return
    for order in facts.orders:
        if order.type and order.type.code == GENERAL_COURT_ORDER:
            message = "Name the law under which this court may freeze or seize assets"
            cure = "We check it before anything is done; write the section as it stands in the order"
            yield Finding(Step.LEGAL_PROCESS, "section_of_law", message, Kind.HINT, cure)
        elif order.type and reach_refusal(order.type, DataCategory.ASSETS):
            message = f"{order.type.name} cannot freeze or seize assets"
            cure = "Choose a type that reaches assets, if your document is one, or ask for records instead"
            yield Finding(Step.LEGAL_PROCESS, "process_type", message, Kind.PROBLEM, cure)
    freeze = facts.freeze or FreezeFacts()
    step = Step.ASSETS
    if not freeze.act:
        yield Finding(step, "act", "Say whether the assets are kept or transferred", cure="As the order says it")
    if not freeze.asset.strip():
        yield Finding(step, "asset", "Name the asset", cure="For instance BTC, or “all assets of the account”")
    yield from _amount(freeze)
    yield from _destination(freeze)
    yield from _end(freeze, today)


def _amount(freeze: FreezeFacts) -> Iterator[Finding]:
    step = Step.ASSETS
    if freeze.amount is None and not freeze.everything:
        cure = "Copy the amount from the order, or tick that it is everything"
        yield Finding(step, "amount", "Say how much, or that it is everything", cure=cure)
    elif freeze.amount is not None and freeze.everything:
        cure = "Empty the amount, or take the tick out"
        yield Finding(step, "amount", "Give an amount or everything, not both", Kind.PROBLEM, cure)
    elif freeze.amount is not None and freeze.amount <= 0:
        yield Finding(step, "amount", "The amount must be more than nothing", Kind.PROBLEM, "Check it with the order")


def _end(freeze: FreezeFacts, today: date) -> Iterator[Finding]:
    step = Step.ASSETS
    if freeze.expires_on and freeze.expires_on < today:
        cure = "Correct the date, or get the order extended"
        yield Finding(step, "expires_on", "The last day of the order is over", Kind.PROBLEM, cure)
    elif freeze.act and not freeze.expires_on and not freeze.endless:
        cure = "If the order names no day, say that it holds until further order"
        yield Finding(step, "expires_on", "Say until when it holds", cure=cure)


def _destination(freeze: FreezeFacts) -> Iterator[Finding]:
    if freeze.act != FreezeAct.TRANSFER:
        return
    if not freeze.destination.strip():
        cure = "The address of the wallet that the authority controls, as the order names it"
        yield Finding(Step.ASSETS, "destination", "Give the destination of the transfer", cure=cure)
    elif freeze.destination_why:
        message = f"The destination cannot be used: {freeze.destination_why.rstrip('.')}"
        cure = "Copy it again from the order, every character"
        yield Finding(Step.ASSETS, "destination", message, Kind.PROBLEM, cure)
