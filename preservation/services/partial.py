"""Letting go of a part of a hold: of some of what was named. The rest is kept on, until the same day."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from preservation import life_notify
from preservation.enums import OPEN_STATUSES
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold
from preservation.permissions import hold_refusal
from preservation.services import receipt_proofs
from preservation.services.ending_early import not_by_staff
from preservation.services.locks import lock

OVER = "This hold has ended. Nothing of it is kept any more."
EVERYTHING = "That is everything the hold keeps. Release the whole hold instead."


def kept(hold: PreservationHold) -> QuerySet[HeldIdentifier]:
    """Return what the hold is still for, in the order in which it was named."""
    return hold.identifiers.filter(released_at=None).order_by("pk")


def partial_refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot release a part of the hold, or None: its officer, and who decides on holds.

    What goes is gone at once: staff release nothing that they could not end either, whatever state it is in.
    """
    if hold.status not in OPEN_STATUSES:
        return OVER
    if by.is_staff_member:
        return hold_refusal(by, "end_treaty", hold) or not_by_staff(hold)
    return hold_refusal(by, "release", hold)


def has_parts(hold: PreservationHold) -> bool:
    """Say whether there is more than one thing that the hold is for."""
    return kept(hold).count() > 1


@transaction.atomic
def release_some(
    hold: PreservationHold, identifiers: Collection[HeldIdentifier], *, reason: str, by: Any, at: datetime | None = None
) -> PreservationHold:
    """Keep nothing more for these identifiers; doing it twice changes nothing.

    The company's systems delete the copies of accounts that nothing else of the hold leads to, and there is a new
    certificate. The officer reads the reason, and is told. Raises Incomplete without a reason, without anything chosen
    or where nothing would be left, NotAllowed, and TransitionRefused where the hold has ended.
    """
    at = at or timezone.now()
    row = lock(hold)
    if refusal := partial_refusal(row, by):
        raise (TransitionRefused if refusal == OVER else NotAllowed)(refusal)
    if not identifiers:
        raise Incomplete("Choose what we can stop keeping.")
    standing, named = {item.pk for item in kept(row)}, {item.pk for item in identifiers}
    going = standing & named
    if not going and row.identifiers.filter(pk__in=named).count() == len(named):
        return row
    if not reason.strip():
        raise Incomplete("Say why we can stop keeping this.")
    if going == standing:
        raise Incomplete(EVERYTHING)
    row.identifiers.filter(pk__in=going).update(released_at=at)
    row.certificate, row.work_at = None, at
    row.save(update_fields=["certificate", "work_at"])
    chosen: list[JSON] = [*sorted(going)]
    facts: dict[str, JSON] = {"identifiers": chosen, "released": len(going), "kept": len(standing - going)}
    record(Event.RELEASED_IN_PART, by=by, obj=row, reason=reason.strip(), data=facts, at=at)
    if not by.is_staff_member:
        released = row.identifiers.filter(pk__in=going)
        receipt_proofs.release_received(row, released, reason=reason.strip(), whole=False, by=by, at=at)
    life_notify.released_in_part(row, by_staff=by.is_staff_member, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row
