"""What is wrong with the orders a request rests on."""

from collections.abc import Iterator
from datetime import date, timedelta

from foundation.legal.countries import jurisdiction_names
from foundation.legal.ranks import issuer_refusal, rank_hint, rank_refusal
from requests_app.enums import OrderRelation
from requests_app.services.preflight.facts import CompanyFacts, Facts, OrderFacts, TypeFacts, VersionFacts
from requests_app.services.preflight.reach import type_refusal
from requests_app.services.preflight.words import Finding, Kind, Step

_STEP = Step.LEGAL_PROCESS
# An order older than this is odd unless it says until when it holds; a return date further ahead is likelier a typo.
_OLD = timedelta(days=2 * 365)
_FAR = timedelta(days=90)
# Things a type needs that stand in a field of the order rather than in a file.
_NUMBERED = {"designated_agreement_reference", "formal_order_reference", "URN_and_SPoC_reference"}


def order_rules(facts: Facts, today: date) -> Iterator[Finding]:
    """Return what is wrong with the legal process as a whole, then with each order."""
    yield from _channel(facts)
    orders = facts.orders or (OrderFacts(),)
    for order in orders:
        lead = f"{order.label}: " if len(orders) > 1 and order.label else ""
        for finding in _order(facts, order, today):
            yield Finding(finding.step, finding.field, lead + finding.message, finding.kind, finding.cure)
    if facts.has_entities and not facts.entity_chosen:
        cure = "Choose the company that stands on the order. An order to another company cannot be answered"
        yield Finding(_STEP, "legal_entity", "Choose the company it is addressed to", cure=cure)
    yield from _company(facts)


def in_force(order: OrderFacts, today: date) -> VersionFacts | None:
    """Return the version of an order that counts on this day: the newest issued by then, else the first."""
    versions = sorted(order.versions, key=lambda version: version.issued_on)
    issued = [version for version in versions if version.issued_on <= today]
    return issued[-1] if issued else next(iter(versions), None)


def _company(facts: Facts) -> Iterator[Finding]:
    """Hint at a company that orders of this country usually do not name. Never more: the order decides, not we."""
    named = next((company for company in facts.companies if company.key == facts.addressed), None)
    usual = _usual(facts)
    if named is None or usual is None or named.country == usual.country:
        return
    place = jurisdiction_names().get(facts.jurisdiction, facts.jurisdiction)
    serves = named.products or f"customers in {jurisdiction_names().get(named.country, named.country)}"
    message = f"{named.name} serves: {serves}. Orders from {place} usually name {usual.name}"
    cure = "If your order names the other company, choose it here. If not, leave it: we read the order as it stands"
    yield Finding(_STEP, "legal_entity", message, Kind.HINT, cure)


def _usual(facts: Facts) -> CompanyFacts | None:
    """Return the company for a country: its only one there, else the default for everybody; None: nobody can say."""
    local = [company for company in facts.companies if company.country == facts.jurisdiction]
    named = next((company for company in local if company.key == facts.addressed), None)
    if local:
        return named or (local[0] if len(local) == 1 else None)
    return next((company for company in facts.companies if company.is_default), None)


def _channel(facts: Facts) -> Iterator[Finding]:
    if facts.channel is None:
        return
    if facts.channel.allows_filing:
        message = f"Your country has a channel of its own: {facts.channel.title}"
        yield Finding(_STEP, "channel", message, Kind.HINT, "Use it if you can. You may also send the request here")
    else:
        message = f"Your country has a channel of its own, and it is the only way: {facts.channel.title}"
        yield Finding(_STEP, "channel", message, Kind.PROBLEM, "Send it there. Emergencies can be sent here")


def _order(facts: Facts, order: OrderFacts, today: date) -> Iterator[Finding]:
    kind = order.type
    if kind is None:
        cure = "Take the one that stands on your document. If none fits, take the general court or police order"
        yield Finding(_STEP, "process_type", "Choose the type of legal process", cure=cure)
    elif refusal := type_refusal(kind, today):
        yield Finding(_STEP, "process_type", refusal, Kind.PROBLEM, "Choose another type, or go where it is taken")
    else:
        yield from _type(facts, order, kind)
    if not order.section.strip():
        cure = "Copy the law and its section from the document"
        yield Finding(_STEP, "section_of_law", "Name the section of law it rests on", cure=cure)
    if not order.authority.strip():
        cure = "Write the court or authority as it stands on the document"
        yield Finding(_STEP, "issuing_authority", "Name the authority that issued it", cure=cure)
    for why in order.unread:
        yield Finding(_STEP, "unread", why, Kind.PROBLEM, "Open the order: it stands there as you typed it")
    yield from _version(in_force(order, today), today)


def _type(facts: Facts, order: OrderFacts, kind: TypeFacts) -> Iterator[Finding]:
    if refusal := issuer_refusal(kind, order.rank):
        cure = "Choose the type that your document is, have it issued by them, or correct the rank if it was mistyped"
        yield Finding(_STEP, "issuer_rank", refusal, Kind.PROBLEM, cure)
    elif refusal := rank_refusal(kind, order.rank):
        cure = "Have it issued again by somebody of that rank, or correct the rank if it was mistyped"
        yield Finding(_STEP, "issuer_rank", refusal, Kind.PROBLEM, cure)
    elif "officer_rank" in kind.required and not order.rank.strip():
        cure = "Write the rank of whoever signed it, as it stands on the document"
        yield Finding(_STEP, "issuer_rank", f"{kind.name} must name the rank of whoever issued it", cure=cure)
    elif hint := rank_hint(kind, order.rank):
        yield Finding(_STEP, "issuer_rank", hint, Kind.HINT, "A reviewer compares the rank with the law")
    if "judge_signature_or_seal" in kind.required and not order.signatory.strip():
        message = f"{kind.name} needs the signature or the seal of a judge"
        yield Finding(_STEP, "signatory", message, Kind.HINT, "Name who signed it, and see that the copy shows it")
    if _NUMBERED & set(kind.required) and not (order.docket.strip() or facts.treaty_channel.strip()):
        cure = "Write the number under “Docket or order number”"
        yield Finding(_STEP, "docket", f"{kind.name} needs its reference number", cure=cure)
    if "return_date" in kind.required and order.versions and not any(v.return_date for v in order.versions):
        cure = "Copy the date by which it orders an answer"
        yield Finding(_STEP, "return_date", f"{kind.name} needs a return date", cure=cure)
    if _through_treaty(kind) and not facts.treaty_channel.strip():
        message = f"{kind.name} reaches us through mutual legal assistance: {kind.route}"
        cure = "Name the authority it comes through under “Treaty channel”, or send it that way"
        yield Finding(_STEP, "treaty_channel", message, Kind.HINT, cure)
    if kind.needs_counsel:
        message = f"{kind.name} is read by our lawyers first"
        yield Finding(_STEP, "process_type", message, Kind.HINT, "Expect an answer later than for other types")


def _through_treaty(kind: TypeFacts) -> bool:
    route = kind.route.casefold()
    return route.startswith("mla") or "mutual legal assistance" in route


def _version(version: VersionFacts | None, today: date) -> Iterator[Finding]:
    if version is None:
        yield Finding(_STEP, "issued_on", "Give the date it was issued", cure="Copy it from the document")
        return
    if version.relation == OrderRelation.QUASHED:
        message = "This order was quashed, and nothing can be asked for under it"
        yield Finding(_STEP, "issued_on", message, Kind.PROBLEM, "Take it out, or send a new order")
    if version.issued_on > today:
        message = "The date it was issued is after today. Check it"
        yield Finding(_STEP, "issued_on", message, Kind.PROBLEM, "Correct the date, or wait until it is in force")
    if version.issued_on < today - _OLD and not version.valid_until:
        message = f"It was issued on {version.issued_on:%-d %b %Y}: say why it still holds, or attach a newer one"
        yield Finding(_STEP, "issued_on", message, Kind.HINT, "Check the year, or write the reason with the facts")
    if version.valid_until and version.valid_until < today:
        message = "It is no longer valid. Correct the date, or get a new one"
        cure = "Add the extension as a new version, correct the date, or get a new order"
        yield Finding(_STEP, "valid_until", message, Kind.PROBLEM, cure)
    if version.return_date and version.return_date < today:
        message = "The return date has passed. Correct the date, or get a new one"
        cure = "Correct the date, or have the order set a new one"
        yield Finding(_STEP, "return_date", message, Kind.PROBLEM, cure)
    elif version.return_date and version.return_date > today + _FAR:
        message = f"The return date, {version.return_date:%-d %b %Y}, is far ahead. Check the year"
        cure = "If it stands so on the order, leave it. We answer within the ordinary time, not later"
        yield Finding(_STEP, "return_date", message, Kind.HINT, cure)
