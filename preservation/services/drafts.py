"""The officer's draft of a hold: started, saved part by part, sent or deleted."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.core.identifiers import Identifier
from foundation.documents import services as documents
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from preservation.deadlines import DRAFT_DAYS
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold
from preservation.services import followers

MAX_IDENTIFIERS = 500
STALE = (
    "This part was changed in another window since you opened this page. Nothing you typed is lost: "
    "check it, then save again."
)


class Step(StrEnum):
    """The parts of a draft, each on its own page."""

    IDENTIFIERS = "identifiers"
    RECORDS = "records"
    REASON = "reason"
    # Only where the law that was chosen asks for more.
    LAW = "law"


_FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.RECORDS: ("categories", "period_from", "period_to"),
    Step.REASON: ("title", "case_number", "ground", "process_type", "process_follows", "process_follows_by"),
}


@transaction.atomic
def start(provider: Provider, *, by: Any, key: UUID, at: datetime | None = None) -> PreservationHold:
    """Start a draft for this officer; the same key gives the same draft, so that two clicks make one.

    Raises NotAllowed for somebody without an agency.
    """
    at = at or timezone.now()
    member = by.membership
    if member is None:
        raise NotAllowed("You belong to no agency: ask for access first.")
    if known := PreservationHold.objects.filter(uid=key).first():
        return _own(known, by)
    draft = PreservationHold(uid=key, provider=provider, officer=by, agency=member.agency, created_at=at, saved_at=at)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        return _own(PreservationHold.objects.get(uid=key), by)
    record(Event.DRAFT_STARTED, by=by, obj=draft, at=at)
    return draft


@transaction.atomic
def start_again(hold: PreservationHold, *, by: Any, key: UUID, at: datetime | None = None) -> PreservationHold:
    """Start a draft with the answers of an earlier hold that this officer sees; the same key gives the same draft.

    What is not true any more is left out: a date that has passed, and a law that is not offered now.
    """
    at = at or timezone.now()
    if known := PreservationHold.objects.filter(uid=key).first():
        return _own(known, by)
    draft = start(hold.provider, by=by, key=key, at=at)
    for name in ("title", "case_number", "categories", "period_from", "period_to", "process_follows", "restricted"):
        setattr(draft, name, getattr(hold, name))
    if hold.process_follows_by and hold.process_follows_by >= at.date():
        draft.process_follows_by = hold.process_follows_by
    offered = laws_offered(hold.provider, draft.agency.country, at)
    if hold.process_type_id is not None and offered.filter(pk=hold.process_type_id).exists():
        draft.ground, draft.process_type = hold.ground, hold.process_type
    draft.save()
    copies = [copy_of(draft, item) for item in hold.identifiers.order_by("pk")]
    HeldIdentifier.objects.bulk_create(copies, ignore_conflicts=True)
    return draft


def laws_offered(provider: Provider, country: str, at: datetime) -> QuerySet[ProcessType]:
    """Return the laws under which officers of a country can have records kept; the company's policy is none of them."""
    offered = offered_types(provider, country, at).filter(is_preservation=True, stop_screen=False)
    return offered.exclude(jurisdiction="INT", compels=False)


def copy_of(draft: PreservationHold, item: HeldIdentifier) -> HeldIdentifier:
    """Return an identifier as the officer named it, for another draft, and nothing of what it led to; not saved."""
    return HeldIdentifier(
        hold=draft,
        kind=item.kind,
        network=item.network,
        given=item.given,
        normalised=item.normalised,
        detail=item.detail,
    )


@transaction.atomic
def save(
    hold: PreservationHold, step: Step, values: Mapping[str, Any], *, version: int, by: Any, at: datetime | None = None
) -> PreservationHold:
    """Store one part of a draft, and who follows the hold where `values` has colleagues: their exact addresses.

    Raises Stale where another window saved since `version` was read, and Incomplete where nobody of the agency has one
    of these addresses.
    """
    draft = locked(hold, by=by, version=version)
    for name in _FIELDS[step]:
        setattr(draft, name, values[name])
    draft.save(update_fields=_FIELDS[step])
    if "colleagues" in values:
        _name_colleagues(draft, values["colleagues"], by=by, at=at or timezone.now())
    return saved(draft, step, by=by, at=at or timezone.now())


@transaction.atomic
def add_identifiers(
    hold: PreservationHold, found: Iterable[Identifier], *, version: int, by: Any, at: datetime | None = None
) -> int:
    """Add the identifiers that can be used and are not there yet; return how many were new.

    Raises Stale, and Incomplete where there would be more than a hold takes: none is left out in silence.
    """
    draft = locked(hold, by=by, version=version)
    before = draft.identifiers.count()
    usable = [held(draft, item) for item in found if item.accepted]
    HeldIdentifier.objects.bulk_create(usable, ignore_conflicts=True)
    if (there := draft.identifiers.count()) > MAX_IDENTIFIERS:
        raise Incomplete(
            f"A hold takes up to {MAX_IDENTIFIERS} identifiers, and with these it would have {there}. None of these "
            f"was added. Start a second hold for the rest."
        )
    saved(draft, Step.IDENTIFIERS, by=by, at=at or timezone.now())
    return there - before


@transaction.atomic
def remove_identifier(
    hold: PreservationHold, identifier_id: int, *, version: int, by: Any, at: datetime | None = None
) -> PreservationHold:
    """Take an identifier out of a draft; one that is gone already stays gone."""
    draft = locked(hold, by=by, version=version)
    draft.identifiers.filter(pk=identifier_id).delete()
    return saved(draft, Step.IDENTIFIERS, by=by, at=at or timezone.now())


@transaction.atomic
def delete(hold: PreservationHold, *, by: Any, at: datetime | None = None) -> None:
    """Delete a draft; one that was sent is released instead."""
    _delete(locked(hold, by=by), by=by, at=at or timezone.now())


@transaction.atomic
def remove_old(*, at: datetime, limit: int = 100) -> int:
    """Delete drafts that nobody saved for DRAFT_DAYS; return how many."""
    old = PreservationHold.objects.filter(status=HoldStatus.DRAFT, saved_at__lt=at - timedelta(days=DRAFT_DAYS))
    rows = list(old.select_for_update(skip_locked=True).order_by("saved_at")[:limit])
    for draft in rows:
        _delete(draft, by=None, at=at)
    return len(rows)


def locked(hold: PreservationHold, *, by: Any, version: int | None = None) -> PreservationHold:
    """Return an own draft, locked until the transaction ends.

    Raises TransitionRefused for what was sent, NotAllowed for another's, Stale where somebody saved since `version`.
    """
    row = PreservationHold.objects.select_for_update().filter(pk=hold.pk).first()
    if row is None or row.status != HoldStatus.DRAFT:
        raise TransitionRefused("This hold is not a draft any more. Open it from your list.")
    _own(row, by)
    if version is not None and row.lock_version != version:
        raise Stale(STALE)
    return row


def _name_colleagues(draft: PreservationHold, emails: Iterable[str], *, by: Any, at: datetime) -> None:
    """Let exactly these colleagues follow; they are told once the hold starts."""
    wanted = [email.strip().lower() for email in emails]
    there = {row.user.email.lower(): row for row in followers.standing(draft)}
    for email in there.keys() - set(wanted):
        followers.end(there[email], by=by, at=at)
    for email in dict.fromkeys(wanted):
        if email not in there:
            followers.add_address(draft, email, by=by, at=at)


def _own(draft: PreservationHold, by: Any) -> PreservationHold:
    if draft.officer_id != by.pk:
        raise NotAllowed("Only the officer who started this draft can change it.")
    return draft


def saved(draft: PreservationHold, step: Step, *, by: Any, at: datetime) -> PreservationHold:
    """Count a save of this part, so that an older window is refused, and note it in the trail."""
    draft.saved_at = at
    draft.lock_version += 1
    draft.save(update_fields=["saved_at", "lock_version"])
    record(Event.DRAFT_SAVED, by=by, obj=draft, data={"step": str(step), "version": draft.lock_version}, at=at)
    return draft


def _delete(draft: PreservationHold, *, by: Any, at: datetime) -> None:
    record(Event.DRAFT_DELETED, by=by, obj=draft, data={"uid": str(draft.uid)}, at=at)
    document = draft.document
    draft.delete()
    if document is not None:
        documents.purge(document, by=by, reason="Its draft was deleted", at=at)


def held(draft: PreservationHold, item: Identifier) -> HeldIdentifier:
    """Return the row of an identifier, as given and as compared; not saved."""
    return HeldIdentifier(
        hold=draft,
        kind=item.kind,
        network=item.network,
        given=item.given,
        normalised=item.normalised,
        detail=item.detail,
    )
