"""What is wrong with the attached documents, and with a bar on telling the account holder."""

from collections.abc import Iterator
from datetime import date

from foundation.core.languages import language_names
from requests_app.enums import DocumentRole, RequestKind
from requests_app.services.preflight.facts import Facts, OrderFacts
from requests_app.services.preflight.words import Finding, Kind, Step

_NO_COPY = "Add a copy of the order or warrant. Without it we cannot process a request"
# What a type needs beside the order, and how to say it. It may stand in the same file, so nothing is refused for it.
_BESIDE = {
    "attachment_A_B": "attachments A and B",
    "authorisation_copy": "the authorisation",
    "copy_of_preservation_direction": "the preservation direction",
    "countersignature": "the countersignature",
    "court_order_if_john_doe": "a court order, where no account is named",
    "cover_letter": "a cover letter",
    "diplomatic_transmission": "proof of its diplomatic transmission",
    "domestic_execution_order": "the order that executes it here",
    "art_7_supplemental_information": "the information of article 7",
    "art_8_order": "the order of article 8",
    "art_29_2_request": "the request of article 29(2)",
    "certificate_form": "the certificate",
    "prosecutor_authorisation": "the prosecutor's authorisation",
    "wallet_instructions": "instructions for the wallet",
}


def document_rules(facts: Facts) -> Iterator[Finding]:
    """Return what is missing of the documents, what is still being checked, and what cannot be used."""
    step = Step.DOCUMENTS
    if facts.kind != RequestKind.ENQUIRY:  # which rests on no order
        yield from _copies(facts)
    yield from _waiting(facts)
    for item in facts.documents:
        if not item.usable:
            message = f"{item.name} cannot be used: {item.why}. Remove it and add another"
            yield Finding(step, "uploads", message, Kind.PROBLEM, "Scan or save it again, then add it")
    yield from _translation(facts)
    yield from _beside(facts)


def _waiting(facts: Facts) -> Iterator[Finding]:
    """Ask for a moment while files are checked; where that takes longer than usual, nothing waits for it."""
    for late in (False, True):
        waiting = [item for item in facts.documents if item.waiting and item.late == late]
        if not waiting:
            continue
        who = f"{waiting[0].name} is" if len(waiting) == 1 else f"{len(waiting)} files are"
        if late:
            message = f"{who} still being checked. You can send the request"
            yield Finding(Step.DOCUMENTS, "uploads", message, Kind.HINT, "We write to you if it cannot be used")
        else:
            message = f"{who} being checked. Try again in a moment"
            cure = "You can go on with the other parts meanwhile"
            yield Finding(Step.DOCUMENTS, "uploads", message, Kind.WAIT, cure)


def _copies(facts: Facts) -> Iterator[Finding]:
    """Return the orders without their copy. A single order takes the first file that is added as one."""
    without = [order for order in facts.orders or (OrderFacts(),) if not _has_copy(order)]
    added = any(item.role == DocumentRole.ORDER for item in facts.documents)
    if without and not added:
        cure = "A scan as PDF is best. It must show the signature and every page"
        yield Finding(Step.DOCUMENTS, "uploads", _NO_COPY, cure=cure)
    elif len(facts.orders) > 1:
        for order in without:
            message = f"{order.label}: add a copy of this order"
            cure = "Add the file, then choose it on the page of the order"
            yield Finding(Step.DOCUMENTS, "uploads", message, cure=cure)


def _has_copy(order: OrderFacts) -> bool:
    versions = sorted(order.versions, key=lambda version: version.issued_on)
    return bool(versions) and versions[-1].has_copy


def _translation(facts: Facts) -> Iterator[Finding]:
    if any(item.role == DocumentRole.TRANSLATION and item.usable for item in facts.documents):
        return
    unread = [order for order in facts.orders if _needs_translation(facts, order)]
    if not unread:
        return
    words = language_names(facts.languages)
    read, as_what = f"We read: {words}. " if words else "", "with “Translation” as what it is"
    if all(order.language for order in unread):
        message = "Add a translation of the order. We cannot read its language"
        cure = f"{read}Add it {as_what}"
    else:
        message = "Say in which language the order is, or add a translation of it"
        cure = f"{read}Choose the language on the page of the order, or add the translation {as_what}"
    yield Finding(Step.DOCUMENTS, "uploads", message, cure=cure)


def _needs_translation(facts: Facts, order: OrderFacts) -> bool:
    read_here = order.language in facts.languages
    if order.language:
        return not read_here
    return bool(order.type and "translation" in order.type.required)


def _beside(facts: Facts) -> Iterator[Finding]:
    if any(item.role == DocumentRole.SUPPORTING and item.usable for item in facts.documents):
        return
    for order in facts.orders:
        needed = [_BESIDE[name] for name in order.type.required if name in _BESIDE] if order.type else []
        if needed and order.type:
            message = f"{order.type.name} also needs {', '.join(needed)}"
            cure = "If the copy of the order does not hold it, add it as another file"
            yield Finding(Step.DOCUMENTS, "uploads", message, Kind.HINT, cure)


def notice_rules(facts: Facts, today: date) -> Iterator[Finding]:
    """Return what is missing of the word on telling the account holder, and of the bar that is stated."""
    step = Step.NOTICE
    if facts.secrecy is None:
        cure = "If no order and no law forbids it, say that we may tell them"
        yield Finding(step, "secrecy", "Say whether the account holder may be told", cure=cure)
    if not facts.secrecy:
        return
    bar = facts.bar
    if bar is None or not bar.clause.strip():
        cure = "Write page and paragraph of the order, or the section of law"
        yield Finding(step, "clause", "Name the clause that forbids telling the account holder", cure=cure)
    if bar is None or not bar.has_document:
        cure = "Choose the order, or add the document"
        yield Finding(step, "document", "Choose the document the clause stands in", cure=cure)
    elif bar.document_refused:
        message = "The document the clause stands in cannot be used. Choose another, or add it again"
        yield Finding(step, "document", message, Kind.PROBLEM, "Choose another document, or add it again")
    if bar and bar.until and bar.until < today:
        message = "The ban on telling the account holder has ended. Check the date"
        yield Finding(step, "until", message, Kind.PROBLEM, "Correct the date, add its extension, or take the ban out")
