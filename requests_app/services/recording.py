"""A request that reached the company outside the portal, entered by staff: by hand or with a list of another system.

Whoever enters it decides nothing about it (requests_app.permissions). Its clocks count from when it arrived. Its
officer is a vetted officer of the agency, or the account that stands for the agency (accounts.services.addressees)
until one is named (requests_app.services.recipients): before that nothing is released.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agency, User
from accounts.services.addressees import addressee
from foundation.audit.trail import record as note
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.core.identifiers import Identifier, fold
from foundation.documents.models import Document
from foundation.legal.models import ProcessType
from foundation.providers.models import LegalEntity, Provider
from requests_app.enums import (
    NUMBERED_CHANNELS,
    RECORD_CATEGORIES,
    Channel,
    DocumentRole,
    Rank,
    RequestKind,
    RequestStatus,
)
from requests_app.events import Event
from requests_app.models import DataRequest, FreezeOrder, RequestDocument, Target
from requests_app.notify import recording as notify
from requests_app.permissions import entering_refusal, staff_may_see
from requests_app.services import (
    drafts,
    emergency_alerts,
    emergency_cases,
    hand_overs,
    intake,
    kinds,
    lines,
    orders,
    targets,
)

# A letter may lie for a while, a list of earlier requests reaches far back: only a date that cannot be is refused.
OLDEST = timedelta(days=15 * 366)
IMPOSSIBLE = "Check when it arrived: the moment must not be in the future, nor too long ago to be true."
_CHUNK = 1000
_ON_PHONE = (
    "No records are asked for by telephone. Write a note of the call, place a hold, and ask for the request in writing."
)
_KNOWN = "This number of the {} channel is known already."


@dataclass(frozen=True)
class AskedFor:
    """One kind of records for days that both count, in this time zone (IANA name)."""

    category: str
    first: date
    last: date
    zone: str = "UTC"


@dataclass(frozen=True)
class OrderGiven:
    """The order as it stands on paper. `issued_on` is what makes it count as an order with a date."""

    process_type: ProcessType | None = None
    section_of_law: str = ""
    language: str = ""
    issuing_authority: str = ""
    issuer_rank: str = ""
    signatory: str = ""
    docket: str = ""
    issued_on: date | None = None
    valid_until: date | None = None
    return_date: date | None = None


@dataclass(frozen=True)
class Paper:
    """A file of the request: one that was received already (of a mail), or an upload as a form gives it."""

    file: Any
    role: str = DocumentRole.ORDER


@dataclass(frozen=True)
class Recorded:
    """What is known of a request that came outside the portal; everything with a default may be unknown.

    `arrived_at` is when it reached the company (aware, not in the future). `officer` is a vetted officer of `agency`,
    or None: not named yet. `external_reference` is the other channel's number; for channels of NUMBERED_CHANNELS it
    is required and known only once. `key` makes two clicks one request. `officer_words` is how the paper names its
    investigator (no account is looked up by it). `identifiers` that cannot be used are left out. `emergency` holds
    the statement of an emergency as requests_app.forms.emergency names its parts; `freeze` what is frozen or seized,
    by the names of FreezeOrder.
    """

    provider: Provider
    agency: Agency
    arrived_at: datetime
    officer: User | None = None
    kind: str = RequestKind.DISCLOSURE
    legal_entity: LegalEntity | None = None
    title: str = ""
    case_number: str = ""
    offence: str = ""
    facts: str = ""
    connection: str = ""
    jurisdiction: str = ""
    treaty_channel: str = ""
    external_reference: str = ""
    officer_words: str = ""
    officer_email: str = ""
    officer_phone: str = ""
    order: OrderGiven | None = None
    identifiers: Sequence[Identifier] = ()
    records: Sequence[AskedFor] = ()
    papers: Sequence[Paper] = ()
    secrecy_asked: bool | None = None
    emergency: Mapping[str, Any] = field(default_factory=dict)
    freeze: Mapping[str, Any] = field(default_factory=dict)
    needed_by: datetime | None = None
    key: UUID | None = None


@transaction.atomic
def record(values: Recorded, *, channel: str, by: User, at: datetime | None = None) -> DataRequest:
    """Enter a request that came on this channel; it is submitted with clocks from its arrival, and returned.

    The same key, entered by the same person, returns what it made. Raises NotAllowed (no right, declared conflict,
    officer of another agency, telephone, an earlier list, which history_import brings over), Incomplete (future or
    impossible arrival, missing number, number known already).
    """
    at = at or timezone.now()
    if values.key and (known := DataRequest.objects.filter(uid=values.key).first()):
        return _same(known, by)
    _refuse(values, channel, by, at)
    row = _draft(values, channel, by, at)
    if row.status != RequestStatus.DRAFT:
        return row
    if values.order is not None:
        orders.save_leading(row, _fields_of(values.order) | {"legal_entity": values.legal_entity}, by, at)
    _identifiers(row, values.identifiers, by, at)
    _papers(row, values.papers, by, at)
    orders.take_documents(row)
    if row.kind == RequestKind.FREEZE:
        FreezeOrder.objects.create(data_request=row, process=orders.leading(row), **values.freeze)
    if row.kind in kinds.CATEGORY_OF_KIND:
        kinds.make_lines(row, at=values.arrived_at)
    else:
        lines.make_lines(row, version_of=lambda order: orders.version_for(order, values.arrived_at))
    return _submitted(row, values, by, at)


def _fields_of(order: OrderGiven) -> dict[str, Any]:
    """Return the fields of an order by their names, rows as rows."""
    return {name: getattr(order, name) for name in order.__dataclass_fields__}


def _submitted(row: DataRequest, values: Recorded, by: User, at: datetime) -> DataRequest:
    urgent = row.kind == RequestKind.EMERGENCY
    rank = Rank.EXIGENT if urgent else Rank.ROUTINE
    row = intake.received(row, by=by, at=at, rank=rank, action="record", arrived=values.arrived_at)
    if urgent:
        emergency_cases.opened(row, at=at)
        emergency_alerts.alert(row, at=at)
    notify.received(row, at=at)
    return row


def _refuse(values: Recorded, channel: str, by: User, at: datetime) -> None:
    if channel not in Channel.values or channel in {Channel.PORTAL, Channel.HISTORY}:
        raise NotAllowed("Choose how the request reached the company.")
    if channel == Channel.PHONE:
        raise NotAllowed(_ON_PHONE)
    if refusal := entering_refusal(by, values.provider.pk, values.agency.pk):
        raise NotAllowed(refusal)
    _refuse_content(values, at)
    if channel in NUMBERED_CHANNELS and not values.external_reference:
        raise Incomplete("Give the number that the other system uses: it is how this request is known again.")
    if channel in NUMBERED_CHANNELS:
        known = DataRequest.objects.filter(
            provider=values.provider, channel=channel, external_reference__iexact=values.external_reference
        ).first()
        if known is not None:
            seen = f" It is request {known.reference}." if staff_may_see(by, known) else ""
            raise Incomplete(_KNOWN.format(known.get_channel_display()) + seen)


def _refuse_content(values: Recorded, at: datetime) -> None:
    """Refuse a type that must not be entered, an impossible arrival, and an officer of somewhere else."""
    if values.order is not None and values.order.process_type is not None and values.order.process_type.stop_screen:
        raise NotAllowed(f"{values.order.process_type.name} must not be entered here. Follow its own instruction.")
    if not at - OLDEST <= values.arrived_at <= at:
        raise Incomplete(IMPOSSIBLE)
    if values.officer is not None and values.officer not in hand_overs.candidates(values.agency.pk, at=at):
        raise NotAllowed("Choose an officer of this agency who has access now, or say that nobody is named yet.")


def _draft(values: Recorded, channel: str, by: User, at: datetime) -> DataRequest:
    entities = list(values.provider.entities.order_by("-is_default", "pk")[:2])
    row = DataRequest(
        provider=values.provider,
        legal_entity=values.legal_entity or (entities[0] if len(entities) == 1 else None),
        kind=values.kind,
        officer=values.officer or addressee(values.agency, at=at),
        investigating_officer=values.officer_words[:150],
        investigating_email=values.officer_email,
        investigating_phone=values.officer_phone[:30],
        agency=values.agency,
        jurisdiction=values.jurisdiction or values.agency.country,
        title=values.title,
        case_number=values.case_number,
        offence=values.offence,
        facts=values.facts,
        connection=values.connection,
        treaty_channel=values.treaty_channel,
        channel=channel,
        external_reference=values.external_reference,
        recorded_by=by,
        secrecy_asked=values.secrecy_asked,
        needed_by=values.needed_by,
        emergency={k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.emergency.items()},
        records_asked=[_asked(item) for item in values.records],
        created_at=at,
        saved_at=at,
    )
    if values.order is not None:
        row.process_type, row.section_of_law = values.order.process_type, values.order.section_of_law
    elif values.kind == RequestKind.EMERGENCY:
        row.process_type = intake.emergency_type(row.provider, row.jurisdiction, at=at)
    return _inserted(row, values, by)


def _inserted(row: DataRequest, values: Recorded, by: User) -> DataRequest:
    if values.key:
        row.uid = values.key
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if values.key and (known := DataRequest.objects.filter(uid=values.key).first()):
            return _same(known, by)
        raise Stale("Somebody else entered this just now. Look for it in the queue.") from None
    return row


def _same(known: DataRequest, by: User) -> DataRequest:
    if known.recorded_by_id != by.pk:
        raise NotAllowed("This was entered by somebody else.")
    return known


def _asked(item: AskedFor) -> dict[str, str | None]:
    if item.category not in RECORD_CATEGORIES:
        raise Incomplete("Choose the kind of records.")
    return {
        "category": str(item.category),
        "from": item.first.isoformat(),
        "to": item.last.isoformat(),
        "zone": item.zone,
        "order": None,
    }


def _identifiers(row: DataRequest, found: Iterable[Identifier], by: User, at: datetime) -> None:
    """Store the identifiers that can be used, each once."""
    new = [targets.target_of(item) for item in fold(found)[0]]
    if len(new) > targets.MAX_TARGETS:
        raise Incomplete(
            f"A request takes at most {targets.MAX_TARGETS:,} identifiers. Enter a second one for the rest."
        )
    batch = uuid4()
    for target in new:
        target.data_request, target.batch = row, batch
    Target.objects.bulk_create(new, batch_size=_CHUNK)
    if new:
        note(Event.TARGETS_ADDED, by=by, obj=row, data={"added": len(new), "given": len(new)}, at=at)


def _papers(row: DataRequest, papers: Sequence[Paper], by: User, at: datetime) -> None:
    if len(papers) > drafts.MAX_DOCUMENTS:
        raise Incomplete(f"A request takes up to {drafts.MAX_DOCUMENTS} files.")
    for paper in papers:
        if not isinstance(paper.file, Document):
            drafts.attach(row, paper.file, paper.role, by=by, at=at)
            continue
        if RequestDocument.objects.filter(document=paper.file).exists():
            raise Stale("One of the files stands on another request already.")
        RequestDocument.objects.create(
            data_request=row, document=paper.file, role=paper.role, added_at=at, added_by=by
        )  # fmt: skip
        facts = {"document": str(paper.file.uid), "role": str(paper.role), "sha256": paper.file.sha256}
        note(Event.DOCUMENT_ADDED, by=by, obj=row, data=facts, at=at)
