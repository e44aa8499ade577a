"""What still keeps a draft from being sent: one pure list that draws the task list and guards the sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.legal.models import ProcessType
from requests_app.deadlines import period_refusal
from requests_app.enums import REACH_OF_CATEGORY, RECORD_CATEGORIES, DataCategory, DocumentRole
from requests_app.models import DataRequest, LegalProcess, OrderVersion, RequestDocument

UNUSABLE: tuple[str, ...] = (DocumentState.REFUSED, DocumentState.INFECTED)


class Step(StrEnum):
    """The parts of a draft, in the order of the task list; the words are those of the addresses."""

    LEGAL_PROCESS = "legal-process"
    FACTS = "facts"
    IDENTIFIERS = "identifiers"
    RECORDS = "records"
    DOCUMENTS = "documents"
    NOTICE = "notice"


class Kind(StrEnum):
    """What sort of obstacle a finding is."""

    MISSING = "missing"
    PROBLEM = "problem"
    WAIT = "wait"


@dataclass(frozen=True)
class Finding:
    """One thing that keeps a draft from being sent, and what to do about it."""

    step: Step
    field: str
    message: str
    kind: Kind = Kind.MISSING


def findings(data_request: DataRequest, at: datetime) -> list[Finding]:
    """Return everything that keeps this draft from being sent now, in the order of the task list."""
    today = at.astimezone(UTC).date()
    return [
        *_legal_process(data_request, today),
        *_facts(data_request),
        *_identifiers(data_request),
        *_records(data_request, today),
        *_documents(data_request),
        *_notice(data_request, today),
    ]


def state_of(step: Step, data_request: DataRequest, found: list[Finding]) -> tuple[str, str | None]:
    """Return what the task list says of a part, and the colour of its tag (None: plain text)."""
    mine = [finding for finding in found if finding.step == step]
    if not mine:
        return "Completed", None
    problems = sum(finding.kind == Kind.PROBLEM for finding in mine)
    if problems:
        return ("1 problem" if problems == 1 else f"{problems} problems"), "red"
    if all(finding.kind == Kind.WAIT for finding in mine):
        return "Being checked", "yellow"
    return ("Not complete", "blue") if begun(step, data_request) else ("Not started", "blue")


def begun(step: Step, data_request: DataRequest) -> bool:
    """Say whether the officer has put anything into this part."""
    if step == Step.LEGAL_PROCESS:
        return data_request.process_type_id is not None or first_process(data_request) is not None
    if step == Step.FACTS:
        return bool(data_request.case_number or data_request.facts or data_request.offence or data_request.title)
    if step == Step.IDENTIFIERS:
        return data_request.targets.exists()
    if step == Step.RECORDS:
        return bool(data_request.records_asked)
    if step == Step.DOCUMENTS:
        return bool(attached(data_request))
    return data_request.secrecy_asked is not None


def first_process(data_request: DataRequest) -> LegalProcess | None:
    """Return the leading order of a request."""
    use = data_request.order_uses.select_related("process").first()
    return use.process if use else None


def first_version(process: LegalProcess | None) -> OrderVersion | None:
    """Return the version of the order that a draft is filed under."""
    return process.versions.order_by("number").first() if process else None


def attached(data_request: DataRequest) -> list[RequestDocument]:
    """Return the documents that are attached now."""
    return list(data_request.documents.filter(removed_at=None).select_related("document").order_by("added_at", "pk"))


def can_count(items: list[RequestDocument]) -> list[RequestDocument]:
    """Return those of these documents that were not refused and hold no virus: they count, and may be referred to."""
    return [item for item in items if item.document.state not in UNUSABLE]


def type_refusal(process_type: ProcessType, today: date) -> str | None:
    """Say why a request cannot be filed under this type of legal process, or None."""
    if process_type.stop_screen or not process_type.accepted:
        return f"{process_type.name} cannot be served here. Read where to go instead"
    if process_type.is_preservation:
        return "This type only keeps records. Choose the one that orders their disclosure, or ask for a hold"
    if process_type.is_emergency:
        return "Emergencies have a form of their own"
    if (process_type.valid_from and today < process_type.valid_from) or (
        process_type.valid_to and today > process_type.valid_to
    ):
        return f"{process_type.name} is not in force. Choose another type"
    return None


def reach_refusal(process_type: ProcessType | None, category: str) -> str | None:
    """Say why this type of legal process cannot reach a category of records, or None."""
    if process_type is None or REACH_OF_CATEGORY[DataCategory(category)] in process_type.reaches:
        return None
    return f"{process_type.name} does not reach this. Take it out, or choose another type of legal process"


def reached(process_type: ProcessType | None) -> list[str]:
    """Return the categories of records that a type reaches, in the portal's words."""
    return [str(c.label) for c in RECORD_CATEGORIES if process_type and reach_refusal(process_type, c) is None]


def _legal_process(data_request: DataRequest, today: date) -> Iterator[Finding]:
    step = Step.LEGAL_PROCESS
    kind = data_request.process_type
    if kind is None:
        yield Finding(step, "process_type", "Choose the type of legal process")
    elif refusal := type_refusal(kind, today):
        yield Finding(step, "process_type", refusal, Kind.PROBLEM)
    if not data_request.section_of_law:
        yield Finding(step, "section_of_law", "Name the section of law it rests on")
    if data_request.legal_entity_id is None and data_request.provider.entities.exists():
        yield Finding(step, "legal_entity", "Choose the company it is addressed to")
    process = first_process(data_request)
    if process is None or not process.issuing_authority:
        yield Finding(step, "issuing_authority", "Name the authority that issued it")
    yield from _version(first_version(process), today)


def _version(version: OrderVersion | None, today: date) -> Iterator[Finding]:
    step = Step.LEGAL_PROCESS
    if version is None:
        yield Finding(step, "issued_on", "Give the date it was issued")
    elif version.issued_on > today:
        yield Finding(step, "issued_on", "The date it was issued is after today. Check it", Kind.PROBLEM)
    if version and version.valid_until and version.valid_until < today:
        message = "It is no longer valid. Correct the date, or get a new one"
        yield Finding(step, "valid_until", message, Kind.PROBLEM)


_FACTS = (
    ("title", "Give the request a short name"),
    ("case_number", "Give your case number"),
    ("offence", "Name the offence"),
    ("facts", "Say what happened"),
    ("connection", "Say how the account is connected to it"),
)


def _facts(data_request: DataRequest) -> Iterator[Finding]:
    for field, message in _FACTS:
        if not getattr(data_request, field).strip():
            yield Finding(Step.FACTS, field, message)


def _identifiers(data_request: DataRequest) -> Iterator[Finding]:
    if not data_request.targets.exists():
        yield Finding(Step.IDENTIFIERS, "value", "Add at least one identifier of an account")


def _records(data_request: DataRequest, today: date) -> Iterator[Finding]:
    step = Step.RECORDS
    if not data_request.records_asked:
        yield Finding(step, "categories", "Choose the records you need and their dates")
    for asked in data_request.records_asked:
        category = DataCategory(asked["category"])
        if refusal := reach_refusal(data_request.process_type, category):
            yield Finding(step, "categories", f"{category.label}: {refusal}", Kind.PROBLEM)
        first, last = read_day(asked.get("from")), read_day(asked.get("to"))
        if refusal := period_refusal(first, last, today=today):
            kind = Kind.PROBLEM if first and last else Kind.MISSING
            yield Finding(step, f"{category}_from", f"{category.label}: {refusal}", kind)


def read_day(text: str | None) -> date | None:
    """Read a day as it is kept in records_asked."""
    return date.fromisoformat(text) if text else None


def _documents(data_request: DataRequest) -> Iterator[Finding]:
    step = Step.DOCUMENTS
    present = attached(data_request)
    if not any(item.role == DocumentRole.ORDER for item in present):
        yield Finding(step, "uploads", "Add a copy of the order or warrant. Without it we cannot process a request")
    checked = [i for i in present if i.document.state not in {DocumentState.PENDING, DocumentState.RECEIVING}]
    if waiting := len(present) - len(checked):
        names = (item.document.filename for item in present if item not in checked)
        who = f"{next(names)} is" if waiting == 1 else f"{waiting} files are"
        yield Finding(step, "uploads", f"{who} being checked. Try again in a moment", Kind.WAIT)
    for item in checked:
        if not documents.is_usable(item.document):
            why = item.document.refusal or "it was not checked for viruses"
            message = f"{item.document.filename} cannot be used: {why}. Remove it and add another"
            yield Finding(step, "uploads", message.replace(".. ", ". "), Kind.PROBLEM)


def _notice(data_request: DataRequest, today: date) -> Iterator[Finding]:
    step = Step.NOTICE
    if data_request.secrecy_asked is None:
        yield Finding(step, "secrecy", "Say whether the account holder may be told")
    if not data_request.secrecy_asked:
        return
    bar = data_request.non_disclosure_orders.order_by("pk").first()
    if bar is None or not bar.clause:
        yield Finding(step, "clause", "Name the clause that forbids telling the account holder")
    if bar is None or bar.document is None:
        yield Finding(step, "document", "Choose the document the clause stands in")
    elif bar.document.state in UNUSABLE:
        message = "The document the clause stands in cannot be used. Choose another, or add it again"
        yield Finding(step, "document", message, Kind.PROBLEM)
    if bar and bar.bars_until and bar.bars_until < today:
        yield Finding(step, "until", "The ban on telling the account holder has ended. Check the date", Kind.PROBLEM)
