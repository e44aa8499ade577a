"""Messages about requests, for staff who look after mail that did not arrive (foundation.notifications.subjects)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.permissions import Permission, has_permission
from preservation.message_subjects import own
from requests_app.enums import HandOverStatus
from requests_app.models import DataRequest, HandOver

if TYPE_CHECKING:
    from accounts.models import User


def everything() -> QuerySet[Any]:
    """Return every request."""
    return DataRequest.objects.all()


def known(reader: "User") -> QuerySet[Any]:
    """Return the requests of which the reader may hear that a mail did not arrive; never a restricted one.

    Whoever does not work on requests, such as an administrator, hears of the mail and not of the request.
    """
    if has_permission(reader, Permission.SEE_QUEUE):
        return DataRequest.objects.visible_to_staff(reader)
    return DataRequest.objects.filter(restricted=False)


def links(references: list[str], reader: "User") -> Mapping[str, str]:
    """Return the pages of those the reader may open, staff or officer."""
    staff = reader.is_staff_member
    rows = DataRequest.objects.visible_to_staff(reader) if staff else DataRequest.objects.visible_to(reader)
    name, found = "staff:request" if staff else "officer:request", rows.filter(reference__in=references)
    return {ref: reverse(name, args=[ref]) for ref in found.values_list("reference", flat=True) if ref}


def hidden(references: list[str], reader: "User") -> set[str]:
    """Return those about which the reader may not read any more: restricted, in conflict, or not shared any more.

    An officer who is asked to take a request over reads about it before it is theirs.
    """
    rows = DataRequest.objects.filter(reference__in=references)
    if reader.is_staff_member:
        rows = rows.exclude(pk__in=known(reader).values("pk"))
    else:
        asked = HandOver.objects.filter(to_officer=reader, status=HandOverStatus.WAITING)
        rows = rows.exclude(own(reader)).exclude(pk__in=DataRequest.objects.visible_to(reader).values("pk"))
        rows = rows.exclude(pk__in=asked.values("data_request"))
        # Whoever is asked to destroy what they took reads that also after the request is not theirs any more.
        rows = rows.exclude(packages__recalls__asks__user=reader)
    return {ref for ref in rows.values_list("reference", flat=True) if ref}
