"""How a request is typed from the paper of its country: orders, facts, identifiers, records, files, secrecy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from foundation.core.identifiers import Network
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.legal.models import ProcessType
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import papers, typed
from lers.demo.filing import Given, issued_on, key_of, read, send
from lers.demo.people import BY_ROLE, who
from requests_app.enums import DataCategory, DocumentRole, TargetRole
from requests_app.models import DataRequest, LegalProcess
from requests_app.services import draft_orders, drafts, targets
from requests_app.services.preflight import Step, attached

_MINUTE = timedelta(minutes=1)
RECORDS = (DataCategory.REGISTRATION, DataCategory.LOGINS, DataCategory.TRANSACTIONS)
ACCOUNTS: tuple[Given, ...] = (
    ("uid", accounts.ACCOUNT_A, ""),
    ("wallet", accounts.WALLET_B, Network.BITCOIN),
    ("txid", accounts.TXID_A, Network.BITCOIN),
)
_ROLES = (TargetRole.SUSPECT, TargetRole.UNKNOWN, TargetRole.UNKNOWN)
_NOTES = ("The seller's own account", "Where the coins went on to", "The payment that the seller confirmed")
_WORDS = {
    "en": {"uid": "Account (user ID)", "wallet": "Bitcoin address", "txid": "Bitcoin transaction"},
    "de": {"uid": "Konto (Nutzerkennung)", "wallet": "Bitcoin-Adresse", "txid": "Bitcoin-Transaktion"},
    "pt": {"uid": "conta (identificação de usuário)", "wallet": "endereço Bitcoin", "txid": "transação Bitcoin"},
}
_MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
           "novembro", "dezembro"),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What a paper orders under one law: the catalogue's type, its section, and the records it reaches."""

    code: str
    section: str
    categories: Sequence[DataCategory] = RECORDS
    # Added to the docket where a paper has several parts.
    item: str = ""
    narrow: bool = False


@dataclass(frozen=True)
class Investigator:
    """Who leads the investigation, where somebody else types the request."""

    name: str
    rank: str
    email: str
    phone: str


@dataclass(frozen=True)
class Asked:
    """A request as its officer types it, and the paper in front of them."""

    role: str
    agency: str
    zone: str
    title: str
    case_number: str
    offence: str
    facts: str
    authority: str
    rank: str
    signatory: str
    docket: str
    paper: str
    parts: Sequence[Part]
    investigator: Investigator
    certificate: str
    language: str = "en"
    # How the paper writes days, where that is not the way of its language.
    days_as: str = ""
    agency_local: str = ""
    # Where the paper forbids to tell the account holder, and for how many days after it was filed.
    clause: str = ""
    bar_days: int = 0
    # Days after filing by which the paper wants its answer; 0: it leaves that to the law.
    answer_days: int = 0
    identifiers: Sequence[Given] = ACCOUNTS
    filename: str = "order"
    connection: str = "The victims' money was changed into bitcoin and credited to this account."
    # Part of the paper that lists more.
    schedule: Sequence[Given] = ()


def period(at: datetime, *, narrow: bool = False) -> tuple[date, date]:
    """Return the days that are asked for: eight months up to two weeks ago, or the last three of them."""
    return (at - timedelta(days=105 if narrow else 245)).date(), (at - timedelta(days=13)).date()


def said(asked: Asked, at: datetime, *, language: str = "") -> dict[str, str | Sequence[str]]:
    """Return what a paper says, with its days in its language."""
    language = language or asked.language
    (first, last), (narrow_first, _last) = period(at), period(at, narrow=True)
    days = {
        "issued": issued_on(at), "first": first, "last": last, "narrow_first": narrow_first,
        "answer_by": _answer_by(asked, at), "bar_until": _bar_until(asked, at),
    }  # fmt: skip
    words = {name: in_words(value, asked.days_as or language) if value else "" for name, value in days.items()}
    lead = asked.investigator
    who_leads = f"{lead.rank} {lead.name}, {lead.email}, {lead.phone}"
    names = ("docket", "signatory", "rank", "case_number", "offence", "facts", "agency", "agency_local")
    values = {name: str(getattr(asked, name)) for name in names}
    people = {"addressee": accounts.ENTITY, "investigator": who_leads, "officer": BY_ROLE[asked.role].name}
    listed = {
        "accounts": [_listed(given, language) for given in asked.identifiers],
        "schedule": [value for _kind, value, _network in asked.schedule],
    }
    return {**values, **words, **people, **listed}


def in_words(day: date, language: str) -> str:
    """Return a day as papers in this language write it; `us` is the American way."""
    if language in {"en", "us"}:
        return f"{day:%B} {day.day}, {day.year}" if language == "us" else f"{day.day} {day:%B %Y}"
    month = _MONTHS[language][day.month - 1]
    return f"{day.day}. {month} {day.year}" if language == "de" else f"{day.day} de {month} de {day.year}"


def begin(name: str, asked: Asked, provider: Provider, *, at: datetime) -> DataRequest:
    """Type what stands before the files: orders, facts, identifiers and records; nothing is attached yet."""
    by = who(asked.role)
    draft = drafts.start(provider, by=by, key=key_of(name), at=at - 50 * _MINUTE)
    rested = [
        _type_order(draft, asked, part, key=f"{name}, order {number}", by=by, at=at)
        for number, part in enumerate(asked.parts, 1)
    ]
    _tell_facts(draft, asked, by=by, at=at - 35 * _MINUTE)
    _ask(draft, asked, rested, by=by, at=at)
    return fresh(draft)


def file(name: str, asked: Asked, provider: Provider, *, at: datetime) -> DataRequest:
    """Type a request from its paper, attach it, and send it at this time."""
    by, draft = who(asked.role), begin(name, asked, provider, at=at)
    copy = _attach(draft, asked, by=by, at=at)
    for process in list(draft.orders.order_by("uses__position")) if asked.parts[1:] else ():
        version = fresh(draft).lock_version
        draft_orders.save(draft, process, {"document": copy}, version=version, by=by, at=at - 12 * _MINUTE)
    _say_notice(draft, asked, copy, by=by, at=at)
    return send(fresh(draft), by=by, at=at)


def file_under(
    name: str, asked: Asked, shared: DataRequest, identifiers: Sequence[Given], *, at: datetime
) -> DataRequest:
    """Type and send a second request that rests on the order of another."""
    by, provider = who(asked.role), shared.provider
    draft = drafts.start(provider, by=by, key=key_of(name), at=at - 40 * _MINUTE)
    draft_orders.use(draft, shared.orders.get().uid, by=by, at=at - 38 * _MINUTE)
    _tell_facts(draft, asked, by=by, at=at - 30 * _MINUTE)
    targets.add_identifiers(
        draft, read(identifiers), role=TargetRole.UNKNOWN, note="Part C of the schedule",
        version=fresh(draft).lock_version, by=by, at=at - 20 * _MINUTE,
    )  # fmt: skip
    first, last = period(shared.submitted_at or at)
    days = {"from": first, "to": last, "zone": asked.zone}
    lines: list[dict[str, Any]] = [{"category": category} | days for category in RECORDS]
    _save(draft, Step.RECORDS, {"records": lines}, by=by, at=at - 10 * _MINUTE)
    _save(draft, Step.NOTICE, {"secrecy_asked": False}, by=by, at=at - 5 * _MINUTE)
    return send(fresh(draft), by=by, at=at)


def upload(draft: DataRequest, paper: bytes, filename: str, role: str, *, by: User, at: datetime) -> Document:
    """Attach a paper to a draft, and have it looked through."""
    given = papers.upload(paper, filename)
    drafts.add_documents(draft, [given], role=role, version=fresh(draft).lock_version, by=by, at=at)
    document = attached(draft)[-1].document
    documents.process(document, at=at)
    return document


def look_through(document: Document | None, *, at: datetime) -> None:
    """Have a file looked through that came after the request was sent."""
    if document is not None:
        documents.process(document, at=at)


def fresh(draft: DataRequest) -> DataRequest:
    """Return the request as it is stored now."""
    return DataRequest.objects.get(pk=draft.pk)


def type_named(code: str) -> ProcessType:
    """Return the newest row of a type of the catalogue."""
    return ProcessType.objects.filter(code=code).order_by("-catalogue_version")[0]


def _type_order(draft: DataRequest, asked: Asked, part: Part, *, key: str, by: User, at: datetime) -> LegalProcess:
    kind = type_named(part.code)
    process = draft_orders.add(draft, kind, key=key_of(key), by=by, at=at - 45 * _MINUTE)
    values = {
        "process_type": kind, "section_of_law": part.section, "language": asked.language,
        "issuing_authority": asked.authority, "issuer_rank": asked.rank, "signatory": asked.signatory,
        "docket": f"{asked.docket}{part.item}", "issued_on": issued_on(at), "valid_until": None,
        "return_date": _answer_by(asked, at), "treaty_channel": "",
        # The company that holds the account, also for the American officer: pre-flight asks whether that is meant.
        "legal_entity": draft.provider.entities.order_by("-is_default", "pk").first(),
    }  # fmt: skip
    draft_orders.save(draft, process, values, version=fresh(draft).lock_version, by=by, at=at - 40 * _MINUTE)
    return process


def _tell_facts(draft: DataRequest, asked: Asked, *, by: User, at: datetime) -> None:
    lead = asked.investigator
    names = ("title", "case_number", "offence", "facts", "connection")
    values = {name: getattr(asked, name) for name in names} | {
        "certificate_form": asked.certificate, "investigating_officer": lead.name, "investigating_rank": lead.rank,
        "investigating_email": lead.email, "investigating_phone": lead.phone,
    }  # fmt: skip
    _save(draft, Step.FACTS, values, by=by, at=at)


def _ask(draft: DataRequest, asked: Asked, rested: Sequence[LegalProcess], *, by: User, at: datetime) -> None:
    """Add the identifiers, and the records of each order with their days."""
    for given, role, note in zip(asked.identifiers, _ROLES, _NOTES, strict=True):
        version = fresh(draft).lock_version
        targets.add_identifiers(
            draft, read([given]), role=role, note=note, version=version, by=by, at=at - 25 * _MINUTE
        )
    lines: list[dict[str, Any]] = []
    for part, process in zip(asked.parts, rested, strict=True):
        first, last = period(at, narrow=part.narrow)
        where = {"from": first, "to": last, "zone": asked.zone, "order": str(process.uid) if rested[1:] else None}
        lines += [{"category": category} | where for category in part.categories]
    _save(draft, Step.RECORDS, {"records": lines}, by=by, at=at - 20 * _MINUTE)


def _attach(draft: DataRequest, asked: Asked, *, by: User, at: datetime) -> Document:
    """Attach the paper, with a translation where it is not in English, and return it."""
    order = typed.paper(asked.paper, said(asked, at))
    copy = upload(draft, order, f"{asked.filename}.pdf", DocumentRole.ORDER, by=by, at=at - 15 * _MINUTE)
    if asked.language != "en":
        translated = typed.paper(f"{asked.paper}_en", said(asked, at, language="en"))
        name = f"{asked.filename}-english.pdf"
        upload(draft, translated, name, DocumentRole.TRANSLATION, by=by, at=at - 14 * _MINUTE)
    return copy


def _say_notice(draft: DataRequest, asked: Asked, copy: Document, *, by: User, at: datetime) -> None:
    values: dict[str, Any] = {"secrecy_asked": bool(asked.clause)}
    if asked.clause:
        item = next(item for item in attached(draft) if item.document_id == copy.pk)
        values |= {"clause": asked.clause, "until": _bar_until(asked, at), "document": str(item.uid)}
    _save(draft, Step.NOTICE, values, by=by, at=at - 8 * _MINUTE)


def _save(draft: DataRequest, step: Step, values: dict[str, Any], *, by: User, at: datetime) -> None:
    drafts.save_step(draft, step, values, version=fresh(draft).lock_version, by=by, at=at)


def _answer_by(asked: Asked, at: datetime) -> date | None:
    return (at + timedelta(days=asked.answer_days)).date() if asked.answer_days else None


def _bar_until(asked: Asked, at: datetime) -> date | None:
    return (at + timedelta(days=asked.bar_days)).date() if asked.bar_days else None


def _listed(given: Given, language: str) -> str:
    kind, value, _network = given
    return f"{_WORDS[language][kind]} {value}"
