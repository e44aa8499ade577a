"""The pre-flight check's facts, read from the rows of a draft."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from foundation.core.identifiers import IdentifierKind, read_identifier
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.legal.models import ProcessType
from foundation.providers.models import AnswersEnquiries, EntryPoint
from foundation.providers.policy import languages_read, with_policy
from foundation.providers.services import entry_point_for
from requests_app.enums import DocumentRole, RequestKind
from requests_app.models import DataRequest, FreezeOrder, LegalProcess, OrderVersion, RequestDocument
from requests_app.services.preflight.facts import (
    AskedFacts,
    BarFacts,
    ChannelFacts,
    CompanyFacts,
    DocumentFacts,
    Facts,
    FreezeFacts,
    OrderFacts,
    TargetFacts,
    TypeFacts,
    VersionFacts,
)

UNUSABLE: tuple[str, ...] = (DocumentState.REFUSED, DocumentState.INFECTED)
# A check takes seconds. After these the scanner or the worker is away, and no request waits for them: a file that turns
# out to be unusable is told of later, as with those that are added to a request that is with us.
CHECK_TAKES = timedelta(seconds=15)


def read(data_request: DataRequest, *, at: datetime | None = None) -> Facts:
    """Return what is stored of a draft as facts; a fixed number of queries, however much there is."""
    at = at or timezone.now()
    companies = _companies(data_request)
    point = entry_point_for(data_request.provider, data_request.jurisdiction)
    return Facts(
        kind=data_request.kind,
        title=data_request.title,
        case_number=data_request.case_number,
        offence=data_request.offence,
        facts=data_request.facts,
        connection=data_request.connection,
        treaty_channel=data_request.treaty_channel,
        entity_chosen=data_request.legal_entity_id is not None,
        jurisdiction=data_request.jurisdiction,
        has_entities=data_request.legal_entity_id is None and bool(companies),
        companies=companies,
        addressed=data_request.legal_entity_id,
        languages=languages_read(data_request.provider, point),
        channel=_channel(point),
        orders=_orders(data_request),
        asked=tuple(asked_of(entry) for entry in data_request.records_asked),
        targets=_targets(data_request),
        documents=tuple(document_of(item, at=at) for item in attached(data_request)),
        secrecy=data_request.secrecy_asked,
        bar=_bar(data_request) if data_request.secrecy_asked else None,
        freeze=_freeze(data_request) if data_request.kind == RequestKind.FREEZE else None,
        answers_enquiries=data_request.provider.answers_enquiries == AnswersEnquiries.VETTED,
    )


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


def asked_of(entry: dict[str, Any]) -> AskedFacts:
    """Read one entry of records_asked."""
    first, last = read_day(entry.get("from")), read_day(entry.get("to"))
    order, assets = entry.get("order") or "", tuple(entry.get("assets") or ())
    return AskedFacts(entry["category"], first, last, entry.get("zone") or "UTC", order, assets)


def read_day(text: str | None) -> date | None:
    """Read a day as it is kept in records_asked."""
    return date.fromisoformat(text) if text else None


def document_of(item: RequestDocument, *, at: datetime) -> DocumentFacts:
    """Return what matters of an attached file."""
    file = item.document
    waiting = file.state in {DocumentState.PENDING, DocumentState.RECEIVING}
    usable = waiting or documents.is_usable(file)
    why = "" if usable else file.refusal or "it was not checked for viruses"
    late = waiting and bool(file.waits or item.added_at < at - CHECK_TAKES)
    return DocumentFacts(file.filename, item.role, waiting, usable, why.rstrip("."), late)


def type_facts(data_request: DataRequest, types: Iterable[int | None]) -> dict[int, TypeFacts]:
    """Return types of legal process by their key, each with what the company decided about it."""
    wanted = ProcessType.objects.filter(pk__in={pk for pk in types if pk})
    return {kind.pk: type_of(kind) for kind in with_policy(wanted, data_request.provider)}


def type_of(kind: Any) -> TypeFacts:
    """Return a type as facts; `kind` carries the company's word, from foundation.providers.policy.with_policy."""
    return TypeFacts(
        name=kind.name,
        code=kind.code,
        issuer=kind.issuer,
        reaches=tuple(kind.reaches),
        required=tuple(kind.required_documents),
        route=kind.route,
        jurisdiction_id=kind.jurisdiction_id,
        minimum_rank=kind.minimum_rank,
        rank_at_least=kind.rank_at_least,
        valid_from=kind.valid_from,
        valid_to=kind.valid_to,
        accepted=kind.taken,
        needs_counsel=kind.counsel,
        stop_screen=kind.stop_screen,
        prospective=kind.prospective,
        is_preservation=kind.is_preservation,
        is_emergency=kind.is_emergency,
    )


def _orders(data_request: DataRequest) -> tuple[OrderFacts, ...]:
    """Return the orders in their sequence; before there is one, what the draft says of it."""
    processes = [use.process for use in data_request.order_uses.select_related("process")]
    lead = data_request.process_type_id
    types = type_facts(data_request, [lead, *(process.process_type_id for process in processes)])
    if not processes:
        return (OrderFacts(type=types.get(lead or 0), section=data_request.section_of_law),)
    versions: dict[int, list[VersionFacts]] = defaultdict(list)
    attached_now = RequestDocument.objects.filter(
        document=OuterRef("document"), role=DocumentRole.ORDER, removed_at=None
    )
    attached_now = attached_now.exclude(document__state__in=UNUSABLE)
    rows = OrderVersion.objects.filter(process__in=processes).annotate(copied=Exists(attached_now))
    for row in rows.order_by("number"):
        versions[row.process_id].append(
            VersionFacts(row.issued_on, row.valid_until, row.return_date, row.relation, row.copied)
        )
    return tuple(_order(process, types, versions[process.pk]) for process in processes)


def _order(process: LegalProcess, types: dict[int, TypeFacts], versions: list[VersionFacts]) -> OrderFacts:
    return OrderFacts(
        key=str(process.uid),
        label=str(process),
        type=types.get(process.process_type_id or 0),
        section=process.section_of_law,
        authority=process.issuing_authority,
        rank=process.issuer_rank,
        signatory=process.signatory,
        docket=process.docket,
        language=process.language,
        unread=tuple(str(kept["why"]) for _name, kept in sorted(process.unread.items())),
        versions=tuple(versions),
    )


def _channel(point: EntryPoint | None) -> ChannelFacts | None:
    if point is None or not point.redirects:
        return None
    return ChannelFacts(point.title or "the national channel", point.allows_filing)


def _companies(data_request: DataRequest) -> tuple[CompanyFacts, ...]:
    rows = data_request.provider.entities.order_by("-is_default", "pk")
    return tuple(CompanyFacts(row.pk, row.name, row.country, row.products, row.is_default) for row in rows)


def _targets(data_request: DataRequest) -> tuple[TargetFacts, ...]:
    counted = data_request.targets.order_by().values_list("process__uid").annotate(number=Count("pk"))
    return tuple(TargetFacts(str(uid) if uid else "", number) for uid, number in counted)


def _freeze(data_request: DataRequest) -> FreezeFacts | None:
    row = FreezeOrder.objects.filter(data_request=data_request).first()
    if row is None:
        return None
    return freeze_facts_of(
        act=row.act, asset=row.asset, amount=row.amount, everything=row.everything, destination=row.destination,
        network=row.destination_network, expires_on=row.expires_on, endless=row.expires_on is None,
    )  # fmt: skip


def freeze_facts_of(*, destination: str, network: str, **values: Any) -> FreezeFacts:
    """Return a freeze as facts; the destination of a transfer is read like any wallet, so that no digit is wrong."""
    why = read_identifier(IdentifierKind.WALLET, destination, network=network).why if destination else ""
    return FreezeFacts(destination=destination, destination_why=why, **values)


def _bar(data_request: DataRequest) -> BarFacts | None:
    bar = data_request.non_disclosure_orders.select_related("document").order_by("pk").first()
    if bar is None:
        return None
    refused = bar.document is not None and bar.document.state in UNUSABLE
    return BarFacts(bar.clause, bar.bars_until, bar.document is not None, refused)
