"""What the officer's pages share: finding the object, and noting that it was looked at."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.references import normalise_reference
from requests_app.events import Event
from requests_app.models import Clarification, DataRequest
from requests_app.services import followers, infected

_SEEN = "requests_seen"
VISIT = timedelta(minutes=15)


def own_draft(request: HttpRequest, uid: UUID) -> DataRequest:
    """Return the officer's own request by its random id, or 404; it may have been sent meanwhile."""
    found = DataRequest.objects.visible_to(_user(request)).filter(uid=uid, officer=_user(request))
    draft: DataRequest | None = found.select_related("provider", "process_type", "agency").first()
    if draft is None:
        raise Http404
    return draft


def visible_request(request: HttpRequest, reference: str) -> DataRequest:
    """Return a request this officer may see, by its reference in any writing, or 404."""
    known = normalise_reference(reference)
    found = DataRequest.objects.visible_to(_user(request)).filter(reference=known) if known else None
    data_request: DataRequest | None = (
        found.select_related("provider", "process_type", "agency", "officer", "legal_entity", "desk")
        .prefetch_related(*read_with(), "packages__lines__target")
        .first()
        if found is not None
        else None
    )
    if data_request is None:
        raise Http404
    return data_request


def own_agency_request(request: HttpRequest, reference: str) -> DataRequest:
    """Return a request whose words this officer may read, or 404: a follower of another agency reads none of them."""
    data_request = visible_request(request, reference)
    if followers.from_elsewhere(data_request, _user(request)):
        raise Http404
    return data_request


def read_with() -> tuple["Prefetch[Any]", "Prefetch[Any]"]:
    """Return what the words of a request's status are made of, each in its order."""
    return (
        Prefetch("packages", queryset=infected.packages_read()),
        Prefetch("clarifications", queryset=Clarification.objects.order_by("number")),
    )


def note_visit(request: HttpRequest, data_request: DataRequest) -> None:
    """Leave one event for each visit: going to and fro between pages of a request within minutes is one visit."""
    now = timezone.now()
    seen = {k: v for k, v in request.session.get(_SEEN, {}).items() if v > (now - VISIT).timestamp()}
    if str(data_request.pk) not in seen:
        record(Event.VIEWED, by=_user(request), obj=data_request, at=now)
    request.session[_SEEN] = seen | {str(data_request.pk): now.timestamp()}


def _user(request: HttpRequest) -> Any:
    return request.user
