"""Holds of suspended officers: they go on, and their clocks go to those who decide on holds."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from accounts.models import Agency, User
from accounts.services.suspensions import not_in_force
from accounts.watched import Link
from preservation.models import PreservationHold


def why(hold: PreservationHold) -> str:
    """Say that the officer or the agency of this hold is suspended, or nothing."""
    return not_in_force(agency_id=hold.agency_id, officer_id=hold.officer_id)


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
