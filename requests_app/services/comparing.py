"""Two requests that look alike: what a person said of them. Settled ones stand as settled beside the decision."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.enums import Likeness, RequestStatus
from requests_app.events import Event
from requests_app.models import ComparedRequest, DataRequest
from requests_app.permissions import review_refusal, staff_may_see


@transaction.atomic
def settle(
    data_request: DataRequest, other: DataRequest, *, verdict: str, note: str, by: User, at: datetime | None = None
) -> ComparedRequest:
    """Say of two requests whether they are about the same; the newest word of one who reviews counts.

    The trail of both says that they were compared and with which result, never with which request: that may be one
    which its reader may not know of.
    """
    at = at or timezone.now()
    if verdict not in Likeness.values or not note.strip():
        raise Incomplete("Choose whether they are about the same, and write why.")
    if data_request.pk == other.pk or data_request.provider_id != other.provider_id:
        raise NotAllowed("Only two requests to one company can be compared.")
    pair = sorted([data_request.pk, other.pk])
    # In the order of their keys, so that two who compare the same two requests do not wait in a circle.
    rows = {row.pk: row for row in DataRequest.objects.select_for_update().filter(pk__in=pair).order_by("pk")}
    here, there = rows[data_request.pk], rows[other.pk]
    if refusal := compare_refusal(here, there, by=by):
        raise NotAllowed(refusal)
    said = {"verdict": verdict, "note": note.strip()[:300], "compared_at": at, "compared_by": by}
    found, _made = ComparedRequest.objects.update_or_create(
        data_request=rows[pair[0]], other=rows[pair[1]], defaults=said
    )
    for row in (here, there):
        record(Event.COMPARED, by=by, obj=row, data={"result": verdict}, at=at)
    return found


def compare_refusal(data_request: DataRequest, other: DataRequest, *, by: User) -> str | None:
    """Say why this person may not settle how these two stand to each other now, or None."""
    if not staff_may_see(by, other) or other.status == RequestStatus.DRAFT:
        return "You do not have the right to do this."
    return review_refusal(by, data_request)


def settled(data_request: DataRequest, *, user: User) -> list[ComparedRequest]:
    """Return what was said of this request and others, newest first: only of others that this person may see.

    Each has `there`, the other request of the two.
    """
    visible = DataRequest.objects.visible_to_staff(user)
    rows = _of(data_request).filter(data_request__in=visible, other__in=visible)
    found = list(rows.select_related("compared_by", "data_request__agency", "other__agency").order_by("-compared_at"))
    for row in found:
        row.there = row.other if row.data_request_id == data_request.pk else row.data_request  # type: ignore[attr-defined]
    return found


def between(data_request: DataRequest, other: DataRequest) -> ComparedRequest | None:
    """Return what was said of these two, or None."""
    pair = Q(data_request=min(data_request.pk, other.pk), other=max(data_request.pk, other.pk))
    return ComparedRequest.objects.filter(pair).select_related("compared_by").first()


def content_of(data_request: DataRequest) -> list[dict[str, Any]]:
    """Return what was said of this request and others, as it stands in what the second person signs.

    The other is a digest: the second person may not know of it, and its note may speak of it. What was said of a
    restricted request is left out, whole.
    """
    hidden = Q(data_request__restricted=True) & ~Q(data_request=data_request)
    hidden |= Q(other__restricted=True) & ~Q(other=data_request)
    rows = _of(data_request).exclude(hidden).annotate(one=F("data_request__uid"), two=F("other__uid")).order_by("pk")
    return [
        {
            "pair": _digest(f"{row.one}:{row.two}"),
            "result": row.verdict,
            "note": _digest(f"{row.one}:{row.two}:{row.note}"),
        }
        for row in rows
    ]


def _of(data_request: DataRequest) -> QuerySet[ComparedRequest]:
    return ComparedRequest.objects.filter(Q(data_request=data_request) | Q(other=data_request))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
