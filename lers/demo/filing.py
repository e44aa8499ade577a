"""An officer's side of a demo request: the draft, its parts, its order as PDF, and the sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from accounts.models import User
from foundation.core.identifiers import Identifier, read_identifier
from foundation.documents import services as documents
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from lers.demo import papers, signing
from requests_app.enums import DataCategory, RequestKind, TargetRole
from requests_app.models import DataRequest
from requests_app.services import drafts, intake, targets
from requests_app.services.preflight import Step, attached

_NAMESPACE = UUID("6f2d1c1e-2f6b-5c0a-9d0e-0d6a7e3f5b11")
_PART = timedelta(minutes=3)

Given = tuple[str, str, str]  # kind, value, network


@dataclass(frozen=True)
class Filing:
    """What an officer asks for, and the order it rests on."""

    title: str
    case_number: str
    offence: str
    facts: str
    connection: str
    identifiers: Sequence[Given]
    categories: Sequence[DataCategory]
    process_type: str
    section_of_law: str
    court: str
    judge: str
    docket: str
    role: TargetRole = TargetRole.SUSPECT
    # Days after filing until which the order forbids to tell the account holder; None: it forbids nothing.
    bar_days: int | None = None
    # Of a freeze: what the order keeps where it is.
    assets: str = ""
    # What is special about the order as a file: lers.demo.signing.
    paper: str = ""


def key_of(name: str) -> UUID:
    """Return the key of a demo case: the same on every run, so that nothing is made twice."""
    return uuid5(_NAMESPACE, name)


def read(given: Sequence[Given]) -> list[Identifier]:
    """Read identifiers as the form does."""
    return [read_identifier(kind, value, network=network) for kind, value, network in given]


def start(
    name: str, filing: Filing, provider: Provider, *, by: User, at: datetime, kind: str = RequestKind.DISCLOSURE
) -> DataRequest:
    """Start a draft and fill in what comes before the documents."""
    draft = drafts.start(provider, by=by, key=key_of(name), kind=kind, at=at)
    process_type = ProcessType.objects.filter(code=filing.process_type).order_by("-catalogue_version")[0]
    legal = {
        "process_type": process_type,
        "section_of_law": filing.section_of_law,
        "language": "en",
        "legal_entity": provider.entities.order_by("-is_default", "pk").first(),
        "treaty_channel": "",
        "issuing_authority": filing.court,
        "signatory": filing.judge,
        "docket": filing.docket,
        "issued_on": issued_on(at),
        "valid_until": None,
        "return_date": None,
    }
    names = ("title", "case_number", "offence", "facts", "connection")
    facts = {name: getattr(filing, name) for name in names} | {"investigating_officer": ""}
    _save(draft, Step.LEGAL_PROCESS, legal, by=by, at=at + _PART)
    _save(draft, Step.FACTS, facts, by=by, at=at + 2 * _PART)
    return _fresh(draft)


def complete(draft: DataRequest, filing: Filing, *, by: User, at: datetime) -> DataRequest:
    """Add identifiers, records, the order as PDF, and what is said about telling the account holder."""
    found = read(filing.identifiers)
    targets.add_identifiers(draft, found, role=filing.role, version=_version(draft), by=by, at=at)
    first, last = asked_period(at)
    asked = [{"category": category, "from": first, "to": last} for category in filing.categories]
    _save(draft, Step.RECORDS, {"records": asked}, by=by, at=at + _PART)
    paper = signing.dress(papers.order_pdf(_order(draft, filing, at)), filing.paper, signer=filing.judge, at=at)
    upload = papers.upload(paper, f"order-{filing.docket}.pdf")
    drafts.add_documents(draft, [upload], version=_version(draft), by=by, at=at + 2 * _PART)
    for item in attached(draft):
        documents.process(item.document, at=at + 2 * _PART)
    _save(draft, Step.NOTICE, _notice(draft, filing, at), by=by, at=at + 3 * _PART)
    return _fresh(draft)


def send(draft: DataRequest, *, by: User, at: datetime) -> DataRequest:
    """Send a complete draft."""
    return intake.submit(draft, version=_version(draft), declared=True, by=by, at=at)


def file(name: str, filing: Filing, provider: Provider, *, by: User, at: datetime) -> DataRequest:
    """File a whole request; it is sent at this time, after half an hour of writing."""
    draft = start(name, filing, provider, by=by, at=at - 10 * _PART)
    draft = complete(draft, filing, by=by, at=at - 6 * _PART)
    return send(draft, by=by, at=at)


def issued_on(at: datetime) -> date:
    """Orders are a few days old when they are filed."""
    return (at - timedelta(days=6)).date()


def asked_period(at: datetime) -> tuple[date, date]:
    """Half a year, up to the week before the order."""
    return (at - timedelta(days=196)).date(), (at - timedelta(days=13)).date()


def _order(draft: DataRequest, filing: Filing, at: datetime) -> papers.Order:
    first, last = asked_period(at)
    until = _bar_until(filing, at)
    bar = f"The account holder shall not be told of this order until {_day(until)}." if until else ""
    return papers.Order(
        court=filing.court,
        title="Order to produce records" if filing.categories else "Order to restrain assets",
        docket=filing.docket,
        issued=issued_on(at),
        judge=filing.judge,
        addressee=str(draft.legal_entity.name if draft.legal_entity else draft.provider.name),
        orders=f"The case is {filing.case_number}: {filing.offence}. {filing.facts}",
        accounts=[value for _kind, value, _network in filing.identifiers],
        records=[f"{category.label}, {_day(first)} to {_day(last)}" for category in filing.categories]
        or [filing.assets],
        bar=bar,
        basis=filing.section_of_law,
    )


def _notice(draft: DataRequest, filing: Filing, at: datetime) -> dict[str, object]:
    until = _bar_until(filing, at)
    if until is None:
        return {"secrecy_asked": False}
    document = str(attached(draft)[0].uid)
    return {"secrecy_asked": True, "clause": "Order, page 1, paragraph 5", "until": until, "document": document}


def _bar_until(filing: Filing, at: datetime) -> date | None:
    return None if filing.bar_days is None else (at + timedelta(days=filing.bar_days)).date()


def _save(draft: DataRequest, step: Step, values: dict[str, object], *, by: User, at: datetime) -> None:
    drafts.save_step(draft, step, values, version=_version(draft), by=by, at=at)


def _version(draft: DataRequest) -> int:
    return _fresh(draft).lock_version


def _fresh(draft: DataRequest) -> DataRequest:
    return DataRequest.objects.get(pk=draft.pk)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
