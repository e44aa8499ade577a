"""The same file again: twice in one request, which is refused, or in other requests, which staff should know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest, RequestDocument

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another request with exactly the same file."""

    reference: str
    agency: str
    sent_at: datetime | None
    same_agency: bool


def refuse_twice(data_request: DataRequest, upload: Any) -> None:
    """Raise DocumentRefused where the request has exactly this file already; the caller has locked the request.

    `upload` is a file as the upload handler gives it, measured and not taken yet; of anything else nothing is known.
    """
    staged = getattr(upload, "document", None)
    if staged is None or not staged.sha256:
        return
    known = data_request.documents.filter(removed_at=None, document__sha256=staged.sha256).select_related("document")
    if (first := known.first()) is not None:
        there = first.document.filename
        again = "is added already" if there == upload.name else f"is the same file as {there}, which is added already"
        raise DocumentRefused(f"{upload.name} {again}. It was not added twice.")


def refuse_any_twice(data_request: DataRequest, uploads: Iterable[Any]) -> None:
    """Raise DocumentRefused where the request has one of these files already, or two of them are the same."""
    names: dict[str, str] = {}
    for upload in uploads:
        refuse_twice(data_request, upload)
        staged = getattr(upload, "document", None)
        sha256 = staged.sha256 if staged else ""
        if sha256 and sha256 in names:
            raise DocumentRefused(f"{upload.name} is the same file as {names[sha256]}. Send it once.")
        names[sha256] = upload.name


def elsewhere(document: Document, *, than: DataRequest, user: User) -> list[Elsewhere]:
    """Return other requests with the same file, newest first: only those that this person may see.

    Restricted requests and those of a conflict stay unknown to who may not see them. Drafts are nobody's business.
    """
    if not document.sha256:
        return []
    visible = DataRequest.objects.visible_to_staff(user).exclude(pk=than.pk).exclude(status=RequestStatus.DRAFT)
    same = RequestDocument.objects.filter(
        document__sha256=document.sha256, removed_at=None, data_request__in=visible
    ).select_related("data_request__agency")
    found = {}
    for item in same.order_by("-data_request__submitted_at", "-pk")[: _SHOWN * 2]:
        other = item.data_request
        found[other.pk] = Elsewhere(
            other.reference or "", other.agency.name, other.submitted_at, other.agency_id == than.agency_id
        )
    return list(found.values())[:_SHOWN]
