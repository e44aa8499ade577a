"""Keeping records longer: an additional request by the officer, decided by a preservation administrator."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, Stale, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.documents import services as documents
from foundation.documents.models import Document
from preservation import notify, schedule
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.events import Event
from preservation.models import HoldExtension, PreservationHold
from preservation.permissions import extension_workflow, hold_workflow, may_extend
from preservation.services import receipt_proofs
from preservation.services.extension_offers import copies_are_going, is_spoiled, of_rule, offer_of, unread
from preservation.services.locks import lock, lock_extension, open_extension

PURPOSE = "hold-extension"
MOST = 50
_OWNER = "Only the officer who filed the hold can do this."
_CHANGED = "It changed after this page was opened. Look at it again."
_ORDER = (
    "The law you act under is extended by a decision: say whose it is, with its date and number, and send the document."
)


@dataclass(frozen=True)
class Asking:
    """What an officer says for one or several holds, and the file that was taken for it."""

    reason: str
    ground: str = ""
    document: Document | None = None


@dataclass(frozen=True)
class Done:
    """What came of one hold: whether it was done, and the words for it."""

    reference: str
    done: bool
    words: str


def refusal(hold: PreservationHold, at: datetime) -> str | None:
    """Say why no extension can be asked for now, or None."""
    return offer_of(hold, at).refusal or None


def offer(hold: PreservationHold, at: datetime) -> tuple[datetime | None, int]:
    """Return until when an extension would keep the records, and the how-manieth it would be."""
    found = of_rule(hold, _granted(hold), at)
    return found.new_end, found.number


@transaction.atomic
def ask(
    hold: PreservationHold,
    *,
    reason: str,
    ground: str = "",
    document: Document | None = None,
    by: Any,
    at: datetime | None = None,
) -> HoldExtension:
    """Ask to keep the records longer; asking again while one is open gives the open one, with the file if it lacks one.

    After the end it is a late request, as long as the copies stay; they stay until it is decided. `ground` and
    `document` are the decision that extends, where the law wants one. Raises Incomplete, NotAllowed, TransitionRefused.
    """
    at = at or timezone.now()
    row = lock(hold)
    if not may_extend(by, row):
        raise NotAllowed(_OWNER)
    known = open_extension(row)
    if known is not None and not is_spoiled(known):
        return known
    if not reason.strip():
        raise Incomplete("Say why you need more time.")
    found = offer_of(row, at)
    if found.refusal or row.expires_at is None:
        raise TransitionRefused(found.refusal)
    if found.wants_order and not (ground.strip() and document):
        raise Incomplete(_ORDER)
    extension = known or HoldExtension(
        hold=row, requested_at=at, requested_by=by, days=found.days, late=found.late, old_expires_at=row.expires_at
    )
    extension.reason, extension.ground, extension.document = reason.strip(), ground.strip()[:300], document
    extension.save()
    facts: dict[str, JSON] = {"extension": str(extension.uid), "days": extension.days, "late": extension.late}
    if document is not None:
        facts |= {"document": str(document.uid), "sha256": document.sha256}
    record(Event.EXTENSION_ASKED, by=by, obj=row, reason=extension.reason, data=facts, at=at)
    receipt_proofs.extension_received(extension, by=by, at=at)
    notify.extension_asked(extension, at=at)
    return extension


@transaction.atomic
def ask_many(
    shown: Mapping[str, str],
    *,
    reason: str,
    ground: str = "",
    upload: Any = None,
    by: Any,
    at: datetime | None = None,
) -> list[Done]:
    """Ask for several holds with one reason; `shown` has the mark of each reference as the page showed it, or "".

    A file is taken once and stands beside each whose law wants a decision. What one refuses keeps no other from being
    asked for. Raises Incomplete for more than MOST, DocumentRefused, and TransitionRefused where nothing was asked.
    """
    at = at or timezone.now()
    rows = _mine(shown, by)
    document = None
    if upload is not None and any(offer_of(row, at).wants_order for row in rows):
        limit = settings.UPLOAD_LIMIT_OFFICER
        document = documents.receive(upload, filename=upload.name, purpose=PURPOSE, by=by, limit=limit, at=at)
    said = Asking(reason, ground, document)
    done = [_asked(row, shown[str(row.reference)], said, by, at) for row in rows]
    if not any(one.done for one in done):
        raise TransitionRefused(done[0].words if done else "Choose a hold of yours.")
    return done


def _mine(shown: Mapping[str, str], by: Any) -> list[PreservationHold]:
    if len(shown) > MOST:
        raise Incomplete(f"Choose at most {MOST} holds at once.")
    found: Any = PreservationHold.objects.visible_to(by).filter(officer=by, reference__in=shown)
    # One order for everybody: two who do this at once never wait for each other in a circle.
    return list(found.select_related("provider", "process_type").order_by("pk"))


def _asked(hold: PreservationHold, mark: str, said: Asking, by: Any, at: datetime) -> Done:
    name = str(hold.reference)
    try:
        with transaction.atomic():
            found = offer_of(lock(hold), at)
            if not found.refusal and mark and mark != found.mark:
                raise Stale(_CHANGED)
            ground, document = (said.ground, said.document) if found.wants_order else ("", None)
            ask(hold, reason=said.reason, ground=ground, document=document, by=by, at=at)
    except PortalError as why:
        return Done(name, done=False, words=str(why))
    return Done(name, done=True, words="Asked")


@transaction.atomic
def grant(extension: HoldExtension, *, reason: str = "", by: Any, at: datetime | None = None) -> HoldExtension:
    """Move the end by the days of the rule, counted from the old end; reminders count from the new end only.

    A hold that ended meanwhile, and was asked for late, is in force again. Raises TransitionRefused where the rule
    allows no more by now, the copies are being deleted, or the decision that came with it cannot be read.
    """
    at = at or timezone.now()
    extension = lock_extension(extension)
    hold = extension.hold
    old = hold.expires_at or extension.old_expires_at
    found = of_rule(hold, _granted(hold), at)
    late = hold.status == HoldStatus.EXPIRED
    if extension.status == ExtensionStatus.REQUESTED and found.new_end is None:
        raise TransitionRefused("The rule of this hold allows no more. Do not extend, and say so.")
    if extension.status == ExtensionStatus.REQUESTED and not hold.is_open and copies_are_going(hold):
        raise TransitionRefused("The copies of this hold are being deleted. It cannot be extended any more.")
    if extension.status == ExtensionStatus.REQUESTED and (why := unread(extension)):
        raise TransitionRefused(why)
    new_end = found.new_end or old
    extension_workflow.advance(
        extension, "grant", by=by, at=at, reason=reason.strip(), new_expires_at=new_end, **_decision(by, reason, at)
    )
    notify.withdraw_unsent(hold, expires_at=old, at=at)
    if late:
        _revive(hold, by=by, at=at)
    running = hold.status == HoldStatus.ACTIVE
    hold.expires_at, hold.reminded_lead, hold.certificate = new_end, None, None
    hold.next_action_at = schedule.next_action(new_end, after=at, leads=hold.provider.hold_leads) if running else None
    hold.work_at = at
    hold.save(update_fields=["expires_at", "reminded_lead", "certificate", "next_action_at", "work_at"])
    facts: dict[str, JSON] = {"from": old.isoformat(), "to": new_end.isoformat(), "why": found.how}
    if late:
        facts["late"] = True
    record(Event.EXTENDED, by=by, obj=hold, data=facts, at=at)
    notify.extended(extension, last=of_rule(hold, _granted(hold), at).new_end is None, at=at)
    hurry_on_commit("preservation.execute", hold.pk)
    return extension


def _revive(hold: PreservationHold, *, by: Any, at: datetime) -> None:
    facts = {"ended": hold.expired_at.isoformat() if hold.expired_at else None}
    hold_workflow.advance(hold, "revive", by=by, at=at, data=facts, expired_at=None, grace_until=None)


@transaction.atomic
def refuse(extension: HoldExtension, *, reason: str, by: Any, at: datetime | None = None) -> HoldExtension:
    """Refuse with a reason the officer reads; a hold whose time is over ends with the next sweep.

    Of one asked for late the copies go when their time is over, and at once where it is over already.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Give the reason. The officer reads it.")
    extension = lock_extension(extension)
    hold = extension.hold
    extension_workflow.advance(extension, "refuse", by=by, at=at, reason=reason.strip(), **_decision(by, reason, at))
    if hold.status == HoldStatus.ACTIVE and hold.expires_at is not None and hold.expires_at <= at:
        hold.next_action_at = at
        hold.save(update_fields=["next_action_at"])
    if hold.status == HoldStatus.EXPIRED:
        hold.work_at = at
        hold.save(update_fields=["work_at"])
    notify.extension_refused(extension, at=at)
    return extension


@transaction.atomic
def decide_many(
    shown: Mapping[UUID, str], *, extend: bool, reason: str = "", by: Any, at: datetime | None = None
) -> list[Done]:
    """Decide several extensions alike, each with an event of its own; `shown` has the mark of each as it was shown.

    One that changed meanwhile, or refuses, is named and left as it is; the others are decided. Raises Incomplete for
    more than MOST, and without the reason for a refusal.
    """
    at = at or timezone.now()
    if len(shown) > MOST:
        raise Incomplete(f"Choose at most {MOST} extensions at once.")
    if not extend and not reason.strip():
        raise Incomplete("Give the reason. The officer reads it.")
    return [_decided(row, shown[row.uid], extend, reason, by, at) for row in _to_decide(shown, by)]


def _to_decide(uids: Iterable[UUID], by: Any) -> list[HoldExtension]:
    visible = PreservationHold.objects.visible_to_staff(by)
    found = HoldExtension.objects.filter(uid__in=list(uids), hold__in=visible.values("pk"))
    return list(found.select_related("hold").order_by("hold_id"))


def _decided(row: HoldExtension, mark: str, extend: bool, reason: str, by: Any, at: datetime) -> Done:
    name = str(row.hold.reference)
    try:
        with transaction.atomic():
            extension = lock_extension(row)
            if extension.status != ExtensionStatus.REQUESTED:
                raise Stale(f"Decided meanwhile: {extension.get_status_display().lower()}.")
            if mark != of_rule(extension.hold, _granted(extension.hold), at).mark:
                raise Stale(_CHANGED)
            decided = (grant if extend else refuse)(extension, reason=reason, by=by, at=at)
    except PortalError as why:
        return Done(name, done=False, words=str(why))
    new_end = decided.new_expires_at
    return Done(name, done=True, words=f"Extended to {new_end:%-d %b %Y}" if new_end else "Not extended")


def _granted(hold: PreservationHold) -> int:
    return hold.extensions.filter(status=ExtensionStatus.GRANTED).count()


def _decision(by: Any, reason: str, at: datetime) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": at, "decision_reason": reason.strip()}
