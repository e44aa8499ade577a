"""Holds of suspended officers: they go on, and their clocks go to those who decide on holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Min, Q
from django.urls import reverse

from accounts.models import Agency, Suspension, User
from accounts.watched import Link
from foundation.audit.trail import entries_for
from preservation.events import Event
from preservation.models import PreservationHold


def began(hold: PreservationHold) -> datetime | None:
    """Return when the officer or the agency was suspended, the earlier of the two; None where neither is."""
    theirs = Q(agency=hold.agency_id) | Q(officer=hold.officer_id)
    since: datetime | None = Suspension.objects.in_force().filter(theirs).aggregate(at=Min("suspended_at"))["at"]
    return since


def put_off_before(hold: PreservationHold, *, since: datetime) -> bool:
    """Say whether this suspension has put the end off already: it does so once."""
    return entries_for(hold).filter(action=Event.END_PUT_OFF, occurred_at__gte=since).exists()


def links(ids: list[str], reader: User) -> Mapping[str, Link]:
    """Return the pages of these holds, for a member of staff who may see them."""
    rows = PreservationHold.objects.visible_to_staff(reader).filter(pk__in=ids).exclude(reference=None)
    return {
        str(pk): Link(reverse("holds:staff_detail", args=[reference]), f"Hold {reference}")
        for pk, reference in rows.values_list("pk", "reference")
    }


def effects(*, agency: Agency | None = None, officer: User | None = None) -> list[str]:
    """Say how many holds go on."""
    about: dict[str, Any] = {"agency": agency} if agency else {"officer": officer}
    running = PreservationHold.objects.open().filter(**about).count()
    if not running:
        return []
    go, end = ("holds go", "they end") if running != 1 else ("hold goes", "it ends")
    told = f"Preservation administrators are told before {end}, not the officer."
    return [f"{running} {go} on. {told}"]
