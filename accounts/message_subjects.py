"""Messages about access, for staff who look after mail that did not arrive (foundation.notifications.subjects)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.models import AccessApplication
from accounts.permissions import Permission, has_permission

if TYPE_CHECKING:
    from accounts.models import User


def links(references: list[str], reader: "User") -> Mapping[str, str]:
    """Return the pages of the applications the reader may open."""
    if not has_permission(reader, Permission.SEE_APPLICATIONS):
        return {}
    rows = AccessApplication.objects.visible_to(reader).filter(reference__in=references)
    return {ref: reverse("accounts:review", args=[ref]) for ref in rows.values_list("reference", flat=True)}
