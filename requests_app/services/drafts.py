"""The officer's draft: started, saved part by part, left and resumed, deleted."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.audit.trail import entries_for, record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.deadlines import DRAFT_DAYS
from requests_app.enums import DocumentRole, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import (
    DataRequest,
    FreezeOrder,
    LegalProcess,
    NonDisclosureOrder,
    RequestDocument,
)
from requests_app.services.orders import forget_documents, keeps_document, release_document, save_leading
from requests_app.services.preflight import UNUSABLE, Step, attached, can_count
from requests_app.services.same_files import refuse_twice

MAX_DOCUMENTS = 20
# What the part with the facts stores.
FACT_FIELDS = (
    "title", "case_number", "offence", "facts", "connection", "certificate_form",
    "investigating_officer", "investigating_rank", "investigating_email", "investigating_phone",
)  # fmt: skip
STALE = (
    "This part was changed in another window since you opened this page. Nothing you typed is lost: "
    "compare it with what is stored now, then save again."
)
_GONE = "This request is not a draft any more. Open it from your list."

Values = Mapping[str, Any]


@transaction.atomic
def start(
    provider: Provider,
    *,
    by: Any,
    key: UUID | None = None,
    kind: str = RequestKind.DISCLOSURE,
    at: datetime | None = None,
) -> DataRequest:
    """Start a draft for this officer; the same key gives the same draft, so that two clicks make one.

    Raises NotAllowed for somebody without an agency.
    """
    at = at or timezone.now()
    member = by.membership
    if member is None:
        raise NotAllowed("You belong to no agency: ask for access first.")
    if key and (known := DataRequest.objects.filter(uid=key).first()):
        return _own(known, by)
    entities = list(provider.entities.order_by("-is_default", "pk")[:2])
    agency = member.agency
    draft = DataRequest(
        provider=provider,
        legal_entity=entities[0] if len(entities) == 1 else None,
        officer=by,
        agency=agency,
        jurisdiction=agency.country,
        kind=kind,
        created_at=at,
        saved_at=at,
    )
    if key:
        draft.uid = key
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        return _own(DataRequest.objects.get(uid=draft.uid), by)
    record(Event.DRAFT_STARTED, by=by, obj=draft, at=at)
    return draft


@transaction.atomic
def save_step(
    data_request: DataRequest, step: Step, values: Values, *, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Store one part of a draft. Raises Stale where another window saved this part since `version` was read."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=step)
    _SAVERS[step](draft, values, by, at)
    return saved(draft, step, by=by, at=at)


@transaction.atomic
def add_documents(
    data_request: DataRequest,
    uploads: Iterable[Any],
    *,
    role: str = DocumentRole.ORDER,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> list[str]:
    """Attach the files that can be taken; return what was wrong with the others. Refused files take no place."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.DOCUMENTS)
    refusals = []
    room = MAX_DOCUMENTS - len(can_count(attached(draft)))
    for number, upload in enumerate(uploads):
        if number >= room:
            refusals.append(f"{upload.name} was not added: a request takes up to {MAX_DOCUMENTS} files in all.")
            continue
        try:
            attach(draft, upload, role, by=by, at=at)
        except DocumentRefused as refusal:
            refusals.append(str(refusal))
    saved(draft, Step.DOCUMENTS, by=by, at=at)
    return refusals


@transaction.atomic
def remove_document(
    data_request: DataRequest, uid: UUID, *, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Take a document out of a draft. It stays on record as removed, and nothing of the draft rests on it any more."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.DOCUMENTS)
    item = draft.documents.filter(uid=uid, removed_at=None).first()
    if item is not None:
        _take_out(draft, item, by=by, at=at)
    return saved(draft, Step.DOCUMENTS, by=by, at=at)


@transaction.atomic
def remove_refused(data_request: DataRequest, *, version: int, by: Any, at: datetime | None = None) -> int:
    """Take all files out of a draft that were refused or infected; return how many."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version, step=Step.DOCUMENTS)
    refused = [item for item in attached(draft) if item.document.state in UNUSABLE]
    for item in refused:
        _take_out(draft, item, by=by, at=at)
    saved(draft, Step.DOCUMENTS, by=by, at=at)
    return len(refused)


@transaction.atomic
def delete(data_request: DataRequest, *, by: Any, at: datetime | None = None) -> None:
    """Delete a draft that was never sent; its files become unreadable with it. One that was sent is withdrawn."""
    at = at or timezone.now()
    draft = locked(data_request, by=by)
    if draft.submitted_at is not None:
        raise TransitionRefused("This request was sent before. Withdraw it instead.")
    _delete(draft, by=by, at=at)


@transaction.atomic
def remove_old(*, at: datetime | None = None, limit: int = 100) -> int:
    """Delete drafts that were never sent and that nobody saved for DRAFT_DAYS; return how many."""
    at = at or timezone.now()
    old = DataRequest.objects.filter(
        status=RequestStatus.DRAFT, submitted_at=None, saved_at__lt=at - timedelta(days=DRAFT_DAYS)
    )
    rows = list(old.select_for_update(skip_locked=True).order_by("saved_at")[:limit])
    for draft in rows:
        _delete(draft, by=None, at=at)
    return len(rows)


def locked(data_request: DataRequest, *, by: Any, version: int | None = None, step: Step | None = None) -> DataRequest:
    """Return the draft's row, locked, after checking that it is still this officer's draft and nobody saved since.

    With a step it may be that other parts were saved since this version: only a change of the part itself is refused,
    and every change of which the trail does not say that it was of another part.
    """
    row: DataRequest | None = DataRequest.objects.select_for_update().filter(pk=data_request.pk).first()
    if row is None or row.status != RequestStatus.DRAFT:
        raise TransitionRefused(_GONE)
    _own(row, by)
    if version is None or row.lock_version == version:
        return row
    if step is None or not _only_others(row, version, step):
        raise Stale(STALE)
    return row


def _only_others(draft: DataRequest, version: int, step: Step) -> bool:
    """Say whether every save since this version is known to be of another part."""
    between = range(version + 1, draft.lock_version + 1)
    found = _saves(draft)
    return version >= 0 and len(between) > 0 and all(found.get(number, step) != step for number in between)


def _saves(draft: DataRequest) -> dict[int, str]:
    """Return which part each version of a draft saved, as the trail says."""
    saves = entries_for(draft).filter(action=Event.DRAFT_SAVED)
    told = [json.loads(bytes(payload))["data"] for payload in saves.values_list("payload", flat=True)]
    return {data["version"]: data["step"] for data in told}


def attach(draft: DataRequest, upload: Any, role: str, *, by: Any, at: datetime) -> RequestDocument:
    """Receive one file and attach it; exactly the same file a second time is refused."""
    refuse_twice(draft, upload)
    document = documents.receive(
        upload, filename=upload.name, purpose="request", by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    item = RequestDocument.objects.create(data_request=draft, document=document, role=role, added_at=at, added_by=by)
    facts = {"document": str(document.uid), "role": str(role), "sha256": document.sha256}
    record(Event.DOCUMENT_ADDED, by=by, obj=draft, data=facts, at=at)
    return item


def _take_out(draft: DataRequest, item: RequestDocument, *, by: Any, at: datetime) -> None:
    item.removed_at = at
    item.save(update_fields=["removed_at"])
    draft.non_disclosure_orders.filter(document=item.document_id).update(document=None)
    released = release_document(draft, item.document)
    record(Event.DOCUMENT_REMOVED, by=by, obj=draft, data={"document": str(item.document.uid)}, at=at)
    # What was never sent was seen by nobody and decides nothing; its row keeps name and hash.
    if draft.submitted_at is None and released:
        documents.purge(item.document, by=by, reason="It was taken out of a draft", at=at)


def _own(draft: DataRequest, by: Any) -> DataRequest:
    if draft.officer_id != by.pk:
        raise NotAllowed("Only the officer who started this draft can change it.")
    return draft


def saved(draft: DataRequest, step: Step, *, by: Any, at: datetime) -> DataRequest:
    """Count a save of this part, so that an older window is refused, and note it in the trail."""
    draft.saved_at = at
    draft.lock_version += 1
    draft.save(update_fields=["saved_at", "lock_version"])
    record(Event.DRAFT_SAVED, by=by, obj=draft, data={"step": str(step), "version": draft.lock_version}, at=at)
    return draft


def parts_saved_since(draft: DataRequest, version: int) -> list[Step]:
    """Return the parts that were saved since the draft had this version, in the order of the task list."""
    found = {part for number, part in _saves(draft).items() if number > version}
    return [step for step in Step if str(step) in found]


def _delete(draft: DataRequest, *, by: Any, at: datetime) -> None:
    held = draft.documents.select_related("document")
    files = [item.document_id for item in held if not keeps_document(draft, item.document)]
    files += draft.imports.values_list("document_id", flat=True)
    record(Event.DRAFT_DELETED, by=by, obj=draft, data={"uid": str(draft.uid), "files": len(files)}, at=at)
    orders = list(draft.orders.values_list("pk", flat=True))
    draft.lines.all().delete()
    draft.delete()
    LegalProcess.objects.filter(pk__in=orders, uses=None).delete()
    forget_documents(files)
    for document in Document.objects.filter(pk__in=files).order_by("pk"):
        documents.purge(document, by=by, reason="The draft was deleted", at=at)


def _save_facts(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    names = [name for name in FACT_FIELDS if name in values]
    for name in names:
        setattr(draft, name, values[name])
    draft.save(update_fields=names)


def _save_records(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    draft.records_asked = [
        {
            "category": str(asked["category"]),
            "from": asked["from"].isoformat() if asked["from"] else None,
            "to": asked["to"].isoformat() if asked["to"] else None,
            "zone": asked.get("zone") or "UTC",
            "order": asked.get("order") or None,
            **({"assets": list(asked["assets"])} if asked.get("assets") else {}),
        }
        for asked in values["records"]
    ]
    draft.save(update_fields=["records_asked"])


def _save_notice(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    draft.secrecy_asked = values["secrecy_asked"]
    draft.save(update_fields=["secrecy_asked"])
    if not draft.secrecy_asked:
        draft.non_disclosure_orders.all().delete()
        return
    item = attached_one(draft, values.get("document"))
    if values.get("upload"):
        if len(can_count(attached(draft))) >= MAX_DOCUMENTS:
            raise Incomplete(f"A request takes up to {MAX_DOCUMENTS} files in all. Choose one of those you added.")
        item = attach(draft, values["upload"], DocumentRole.NON_DISCLOSURE, by=by, at=at)
    bar = draft.non_disclosure_orders.order_by("pk").first() or NonDisclosureOrder(data_request=draft)
    if (bar.clause, bar.bars_until) != (values["clause"], values["until"]):
        # What a person confirmed was another clause or another end: it is read again.
        bar.confirmed_at = bar.confirmed_by = bar.bar_ends_at = None
        bar.page = ""
    bar.clause, bar.bars_until = values["clause"], values["until"]
    bar.document = item.document if item else None
    bar.save()


def _save_assets(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    freeze = FreezeOrder.objects.filter(data_request=draft).first() or FreezeOrder(data_request=draft)
    names = ("act", "asset", "amount", "everything", "destination", "destination_network", "expires_on")
    for name in names:
        setattr(freeze, name, values[name])
    uid = values.get("order")
    freeze.process = draft.orders.filter(uid=uid).first() if uid else None
    freeze.save()


def attached_one(draft: DataRequest, uid: str | None) -> RequestDocument | None:
    """Return one of the attached documents by its address part, or None."""
    return next((item for item in attached(draft) if str(item.uid) == uid), None)


_SAVERS: dict[Step, Callable[[DataRequest, Values, Any, datetime], None]] = {
    Step.LEGAL_PROCESS: save_leading,
    Step.FACTS: _save_facts,
    Step.RECORDS: _save_records,
    Step.NOTICE: _save_notice,
    Step.ASSETS: _save_assets,
}
