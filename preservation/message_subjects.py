"""Messages about holds, for staff who look after mail that did not arrive (foundation.notifications.subjects)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import AgencyMembership, User
from accounts.permissions import Permission, has_permission
from preservation.models import PreservationHold


def everything() -> QuerySet[Any]:
    """Return every hold."""
    return PreservationHold.objects.all()


def known(reader: User) -> QuerySet[Any]:
    """Return the holds of which the reader may hear that a mail did not arrive; restricted ones as on their page.

    Whoever does not work on holds, such as an administrator, hears of the mail and not of the hold.
    """
    if has_permission(reader, Permission.SEE_HOLDS):
        return PreservationHold.objects.visible_to_staff(reader)
    return PreservationHold.objects.filter(restricted=False)


def links(references: list[str], reader: User) -> Mapping[str, str]:
    """Return the pages of those the reader may open, staff or officer."""
    staff, rows = reader.is_staff_member, PreservationHold.objects.all()
    rows = rows.visible_to_staff(reader) if staff else rows.visible_to(reader)
    name, found = "holds:staff_detail" if staff else "holds:detail", rows.filter(reference__in=references)
    return {ref: reverse(name, args=[ref]) for ref in found.values_list("reference", flat=True) if ref}


def own(reader: User) -> Q:
    """Match what this officer filed, also without access; not once they work for another agency than it is of."""
    elsewhere = AgencyMembership.objects.filter(user=reader, ended_at=None).exclude(agency=OuterRef("agency"))
    return Q(officer=reader) & Q(~Exists(elsewhere))


def hidden(references: list[str], reader: User) -> set[str]:
    """Return those about which the reader may not read any more: restricted, in conflict, or not theirs any more."""
    rows = PreservationHold.objects.filter(reference__in=references)
    if reader.is_staff_member:
        rows = rows.exclude(pk__in=known(reader).values("pk"))
    else:
        mine = PreservationHold.objects.visible_to(reader)
        rows = rows.exclude(own(reader)).exclude(pk__in=mine.values("pk"))
    return {ref for ref in rows.values_list("reference", flat=True) if ref}
