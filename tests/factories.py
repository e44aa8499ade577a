"""Requests for tests, at any point of their lives.

    draft = request_at("draft")                              # complete: it could be submitted as it is
    data_request = request_at("submitted", officer=officer, at=at)
    data_request = request_at("granted", analyst=analyst, approver=approver, secrecy="2027-02-12")
    data_request.test_people                                 # officer, analyst, approver that were used or made

A request has one order (a clean PDF), a version of it, two targets with an account each and a line per target and
category. `kind="emergency"` gives the one-page emergency. Other keywords are columns of the request.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from foundation.core.identifiers import read_identifier
from foundation.core.references import new_reference
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.legal.models import BarsNotice, Issuer, Jurisdiction, ProcessType
from foundation.providers.models import LegalEntity, Provider, Team
from requests_app.enums import (
    ClarificationStatus,
    DataCategory,
    DocumentRole,
    LineDecision,
    MatchResult,
    Outcome,
    ProposalStatus,
    ProposedResult,
    Rank,
    RefusalCode,
    RequestKind,
    RequestStatus,
)
from requests_app.models import (
    Assignment,
    Clarification,
    DataRequest,
    LegalProcess,
    NonDisclosureOrder,
    OrderUse,
    OrderVersion,
    Proposal,
    RequestDocument,
    RequestLine,
    Target,
)
from tests.documents.files import make_pdf
from tests.people import make_officer, make_provider, make_staff

IDENTIFIERS = (("email", "nordlys.trading@mail.example"), ("uid", "48213377"))
CATEGORIES = (DataCategory.REGISTRATION, DataCategory.TRANSACTIONS)
FIRST_DAY, LAST_DAY = date(2026, 3, 1), date(2026, 9, 30)

_number = count(1)
S = RequestStatus
_TAKEN = {s for s in S if s not in {S.DRAFT, S.SUBMITTED, S.WITHDRAWN}}
_PROPOSED = {S.AWAITING_APPROVAL, S.GRANTED, S.REFUSED, S.REDIRECTED, S.PRODUCED, S.CLOSED}
_DECIDED = _PROPOSED - {S.AWAITING_APPROVAL}
_RESULT = {S.REFUSED: ProposedResult.REFUSE, S.REDIRECTED: ProposedResult.REDIRECT}


@dataclass(frozen=True)
class People:
    """Who works on a request of a test."""

    officer: User
    analyst: User
    approver: User


def process_type(code: str = "TEST-COURT-ORDER", **changes) -> ProcessType:
    """A court order that reaches everything the portal can be asked for; made once per code."""
    if known := ProcessType.objects.filter(code=code).order_by("-pk").first():
        return known
    country = changes.pop("country", "NO")
    place, _made = Jurisdiction.objects.get_or_create(code=country, defaults={"name": country})
    values = {
        "name": "Court order",
        "catalogue_version": "test",
        "jurisdiction": place,
        "authority": "Criminal Procedure Act, section 210",
        "issuer": Issuer.JUDGE,
        "reaches": ["subscriber", "ip_login", "transactions", "content"],
        "compels": True,
        "bars_notice": BarsNotice.SEPARATE_ORDER,
        "route": "direct",
    }
    return ProcessType.objects.create(code=code, **(values | changes))


def emergency_type(country: str = "NO") -> ProcessType:
    """The emergency type of a country."""
    reaches = ["subscriber", "ip_login", "transactions"]
    return process_type(
        f"{country}-EDR-TEST", country=country, name="Emergency disclosure request", is_emergency=True,
        reaches=reaches, issuer=Issuer.OFFICER, compels=False,
    )  # fmt: skip


def team_of(provider: Provider) -> Team:
    """The team of a provider, with an on-call address."""
    team, _made = Team.objects.get_or_create(
        provider=provider, name="Europe", defaults={"on_call_address": "on-call@meridian.example"}
    )
    return team


def entity_of(provider: Provider) -> LegalEntity:
    """The legal entity of a provider that holds the accounts."""
    entity, _made = LegalEntity.objects.get_or_create(
        provider=provider, name="Meridian Exchange Europe Ltd", defaults={"country": "IE", "is_default": True}
    )
    return entity


def clean_pdf(by: User, *, text: str = "Order of the court", filename: str = "order.pdf", at: datetime | None = None,
              preview: bool = False) -> Document:  # fmt: skip
    """A PDF that an officer sent and that was found clean; preview=True makes its page images (slow)."""
    content = [make_pdf(f"{text} {next(_number)}")]
    document = documents.receive(
        content, filename=filename, purpose="order", by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    if preview:
        document = documents.process(document, at=at)
    Document.objects.filter(pk=document.pk).update(
        state=DocumentState.CLEAN, scanned_at=at or timezone.now(), scanner="test", due_at=None, claimed_until=None,
        page_count=1,
    )  # fmt: skip
    document.refresh_from_db()
    return document


def request_at(
    status: str = "draft",
    *,
    officer: User | None = None,
    analyst: User | None = None,
    approver: User | None = None,
    kind: str = RequestKind.DISCLOSURE,
    at: datetime | None = None,
    identifiers: Sequence[tuple[str, str]] = IDENTIFIERS,
    categories: Sequence[str] = CATEGORIES,
    document: bool = True,
    secrecy: str | None = None,
    preview: bool = False,
    matched: bool | None = None,
    **columns,
) -> DataRequest:
    """Return a request in this status, with everything such a request has.

    `at` is when the draft was started; it is submitted an hour later, taken the next hour, and so on.
    `secrecy` is the last day of a stated bar on telling the account holder. `matched` tells whether the targets
    are matched to accounts; by default they are once a decision is proposed.
    """
    status = RequestStatus(status)
    at = at or timezone.now() - timedelta(days=2)
    officer = officer or make_officer()
    data_request = _draft(officer, kind, at, columns)
    if document and kind == RequestKind.DISCLOSURE:
        _order(data_request, at, preview=preview)
    _scope(data_request, identifiers, categories)
    if secrecy is not None:
        _bar(data_request, secrecy)
    if status != S.DRAFT:
        _submit(data_request, at + timedelta(hours=1))
    people = (
        People(officer, analyst or make_staff("analyst"), approver or make_staff("approver"))
        if status in _TAKEN
        else People(officer, analyst or officer, approver or officer)
    )
    if status in _TAKEN:
        _take(data_request, people, at + timedelta(hours=2))
    if matched if matched is not None else status in _PROPOSED:
        _match(data_request, people, at + timedelta(hours=3))
    if status in _PROPOSED:
        _propose(data_request, people, at + timedelta(hours=4), status)
    if status in _DECIDED:
        _decide(data_request, people, at + timedelta(hours=5), status)
    if status in {S.AWAITING_OFFICER, S.LAPSED}:
        _ask(data_request, people, at + timedelta(hours=3), status)
    _finish(data_request, status, at + timedelta(hours=6), columns)
    data_request.test_people = people
    return data_request


def _draft(officer: User, kind: str, at: datetime, columns: dict) -> DataRequest:
    provider = columns.get("provider") or make_provider()
    member = officer.memberships.select_related("agency").get(ended_at=None)
    emergency = kind == RequestKind.EMERGENCY
    country = member.agency.country
    values = {
        "provider": provider,
        "legal_entity": entity_of(provider),
        "kind": kind,
        "rank": Rank.EXIGENT if emergency else Rank.ROUTINE,
        "officer": officer,
        "agency": member.agency,
        "jurisdiction": country,
        "title": "Operation Fjordlys",
        "case_number": f"NV 26/{19880 + next(_number)}",
        "process_type": emergency_type(country) if emergency else process_type(country=country),
        "section_of_law": "Criminal Procedure Act, section 210",
        "offence": "Fraud, Penal Code section 371",
        "facts": "Victims were told to invest and lost their money.",
        "connection": "The wallet that received the money belongs to the account.",
        "records_asked": [
            {"category": str(c), "from": FIRST_DAY.isoformat(), "to": LAST_DAY.isoformat()}
            for c in ((DataCategory.REGISTRATION,) if emergency else CATEGORIES)
        ],
        "secrecy_asked": False,
        "emergency": _emergency() if emergency else {},
        "created_at": at,
        "saved_at": at,
    }
    columns = {k: v for k, v in columns.items() if k not in _LATE}
    return DataRequest.objects.create(**(values | columns))


# Columns that belong to the status reached: set last, so that a test has the last word.
_LATE = {
    "deadline_at", "deadline_rule", "first_look_due_at", "clock_stopped_at", "assignee",
    "outcome", "decided_at", "produced_at", "closed_at", "submitted_at",
    "reference", "lock_version", "team", "taken_at", "declared_at",
}  # fmt: skip


def _emergency() -> dict:
    return {
        "danger": "Girl, 14, missing since 16:10. The ransom note names a wallet.",
        "imminence": "now",
        "why_data": "The sign-in address shows where she is held.",
        "why_no_process": "The court opens on Monday.",
        "phone": "+441632960901",
        "supervisor": "Chief Inspector K. Aas",
        "supervisor_phone": "+441632960900",
        "process_follows": "yes",
    }


def _order(data_request: DataRequest, at: datetime, *, preview: bool) -> None:
    pdf = clean_pdf(data_request.officer, at=at, preview=preview)
    RequestDocument.objects.create(
        data_request=data_request, document=pdf, role=DocumentRole.ORDER, added_at=at, added_by=data_request.officer
    )
    process = LegalProcess.objects.create(
        agency=data_request.agency, process_type=data_request.process_type,
        section_of_law=data_request.section_of_law, issuing_authority="Nordvik District Court",
        signatory="Judge A. Berg", docket="26-109155", created_at=at,
    )  # fmt: skip
    OrderUse.objects.create(data_request=data_request, process=process, added_at=at)
    OrderVersion.objects.create(process=process, issued_on=date(2026, 10, 12), document=pdf, received_at=at)


def order_of(
    data_request: DataRequest,
    *,
    docket: str = "26-200000",
    document: bool = True,
    shared_with: Sequence[DataRequest] = (),
    at: datetime | None = None,
    **changes,
) -> LegalProcess:
    """Another order of a request, of three days ago, with a copy of its own; `shared_with` rest on it too.

    `changes` are columns of the order, and `issued_on`, `valid_until`, `return_date` of its version.
    """
    at = at or timezone.now()
    dates = {"issued_on": (at - timedelta(days=3)).date()}
    dates |= {name: changes.pop(name) for name in ("issued_on", "valid_until", "return_date") if name in changes}
    values = {"process_type": data_request.process_type, "section_of_law": data_request.section_of_law}
    values |= {"issuing_authority": "Nordvik District Court", "signatory": "Judge K. Lie", "created_at": at}
    process = LegalProcess.objects.create(
        agency=data_request.agency, docket=docket, created_by=data_request.officer, **(values | changes)
    )
    pdf = None
    if document:
        pdf = clean_pdf(data_request.officer, filename=f"order-{docket}.pdf", at=at)
        RequestDocument.objects.create(
            data_request=data_request, document=pdf, role=DocumentRole.ORDER, added_at=at, added_by=data_request.officer
        )
    OrderVersion.objects.create(process=process, document=pdf, received_at=at, **dates)
    for user in (data_request, *shared_with):
        OrderUse.objects.create(
            data_request=user, process=process, position=user.order_uses.count(), added_at=at, added_by=user.officer
        )
    return process


def _scope(data_request: DataRequest, identifiers: Sequence[tuple[str, str]], categories: Sequence[str]) -> None:
    version = OrderVersion.objects.filter(process__data_requests=data_request).first()
    if data_request.kind == RequestKind.EMERGENCY:
        categories = [DataCategory.REGISTRATION]
    for named, given in identifiers:
        kind, _colon, network = named.partition(":")
        found = read_identifier(kind, given, network=network)
        assert found.accepted, found.why
        target = Target.objects.create(
            data_request=data_request, kind=kind, network=network, given=given, normalised=found.normalised
        )
        for category in categories:
            RequestLine.objects.create(
                data_request=data_request, target=target, category=category, order_version=version,
                period_from=datetime.combine(FIRST_DAY, datetime.min.time(), UTC),
                period_to=datetime.combine(LAST_DAY + timedelta(days=1), datetime.min.time(), UTC),
            )  # fmt: skip


def _bar(data_request: DataRequest, last_day: str) -> None:
    document = data_request.documents.values_list("document", flat=True).first()
    NonDisclosureOrder.objects.create(
        data_request=data_request, clause="Order, page 2, paragraph 5: the holder shall not be told.",
        bars_until=date.fromisoformat(last_day) if last_day else None, document_id=document,
    )  # fmt: skip
    _set(data_request, secrecy_asked=True)


def _submit(data_request: DataRequest, at: datetime) -> None:
    emergency = data_request.kind == RequestKind.EMERGENCY
    _set(
        data_request,
        reference=new_reference(data_request.provider.reference_prefix, at),
        status=S.SUBMITTED,
        submitted_at=at,
        declared_at=at,
        team=team_of(data_request.provider),
        first_look_due_at=at + (timedelta(minutes=5) if emergency else timedelta(days=1)),
        deadline_at=at + (timedelta(minutes=30) if emergency else timedelta(days=30)),
        deadline_rule="test",
    )


def _take(data_request: DataRequest, people: People, at: datetime) -> None:
    Assignment.objects.create(
        data_request=data_request, user=people.analyst, assigned_at=at, assigned_by=people.analyst
    )
    _set(data_request, status=S.IN_REVIEW, assignee=people.analyst, taken_at=at)


def _match(data_request: DataRequest, people: People, at: datetime) -> None:
    for number, target in enumerate(data_request.targets.order_by("pk"), 1):
        Target.objects.filter(pk=target.pk).update(
            match_result=MatchResult.EXACT, account=f"ACC-{data_request.pk}-{number}",
            account_label=f"Account {number}", matched_at=at, matched_by=people.analyst,
        )  # fmt: skip


def _propose(data_request: DataRequest, people: People, at: datetime, status: str) -> None:
    result = _RESULT.get(status, ProposedResult.GRANT)
    produce = result == ProposedResult.GRANT
    data_request.lines.update(
        decision=LineDecision.PRODUCE if produce else LineDecision.REFUSE,
        refusal_code="" if produce else RefusalCode.JURISDICTION,
        ground="Within the order." if produce else "Ask through mutual legal assistance.",
    )
    content = json.dumps({"reference": data_request.reference})
    Proposal.objects.create(
        data_request=data_request, number=1, result=result, content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest(), binding=True, route="direct",
        lawful_basis="6(1)(c)", transfer_ground="Same country", necessity="Needed to identify the account holder.",
        refusal_code="" if produce else RefusalCode.JURISDICTION, text_for_officer="We looked at your order.",
        proposed_at=at, proposed_by=people.analyst,
    )  # fmt: skip
    _set(data_request, status=S.AWAITING_APPROVAL)


def _decide(data_request: DataRequest, people: People, at: datetime, status: str) -> None:
    proposal = data_request.proposals.get()
    proposal.status, proposal.signed_at, proposal.signed_by = ProposalStatus.APPROVED, at, people.approver
    proposal.signed_hash = proposal.content_hash
    proposal.save()
    refused = status in _RESULT
    _set(data_request, status=status if refused else S.GRANTED, decided_at=at,
         outcome=Outcome.NONE if refused else Outcome.IN_FULL)  # fmt: skip


def _ask(data_request: DataRequest, people: People, at: datetime, status: str) -> None:
    lapsed = status == S.LAPSED
    Clarification.objects.create(
        data_request=data_request, number=1, text="Which period should we use?", asked_at=at, asked_by=people.analyst,
        due_at=at + timedelta(days=14), closed_at=at + timedelta(days=14) if lapsed else None,
        status=ClarificationStatus.LAPSED if lapsed else ClarificationStatus.OPEN,
    )  # fmt: skip
    _set(data_request, status=S.AWAITING_OFFICER, clock_stopped_at=at)


def _finish(data_request: DataRequest, status: str, at: datetime, columns: dict) -> None:
    values = {"status": status}
    if status in {S.PRODUCED, S.CLOSED}:
        values["produced_at"] = at
    if status in {S.CLOSED, S.WITHDRAWN}:
        values["closed_at"] = at
    _set(data_request, **(values | {k: v for k, v in columns.items() if k in _LATE}))


def _set(data_request: DataRequest, **values) -> None:
    DataRequest.objects.filter(pk=data_request.pk).update(**values)
    data_request.refresh_from_db()
