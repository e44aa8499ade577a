"""What the pages of holds share: finding the hold, and the rows of a list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from preservation import schedule, status_words
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.filing import is_unfiled


@dataclass(frozen=True)
class Row:
    """A hold as a list shows it; its identifiers are prefetched."""

    hold: PreservationHold
    status: str
    colour: str
    named: str
    asked: bool
    days_left: int
    next_reminder: datetime | None

    @property
    def country(self) -> str:
        """The name of the agency's country."""
        return status_words.country(self.hold.agency.country)

    @property
    def running(self) -> bool:
        """Whether its clock runs down."""
        return self.hold.status == HoldStatus.ACTIVE

    @property
    def to_file(self) -> bool:
        """Whether it falls unless its officer says that the authority went to court."""
        return is_unfiled(self.hold)


def row_of(hold: Any, now: datetime) -> Row:
    """Return a hold that was read with with_extensions() as a row."""
    text, colour = status_words.status(hold, asked=hold.asked, extended=hold.extended, now=now)
    named = status_words.named(list(hold.identifiers.all()))
    left = max((hold.expires_at - now).days, 0) if hold.expires_at else 0
    return Row(hold, text, colour, named, hold.asked, left, _next_reminder(hold, now))


def _next_reminder(hold: PreservationHold, now: datetime) -> datetime | None:
    if hold.status != HoldStatus.ACTIVE or hold.expires_at is None:
        return None
    moment = schedule.next_action(hold.expires_at, after=now, leads=hold.provider.hold_leads)
    return moment if moment < hold.expires_at else None


def rows_of(holds: Iterable[PreservationHold], now: datetime) -> list[Row]:
    """Return holds as rows."""
    return [row_of(hold, now) for hold in holds]


def own_draft(request: HttpRequest, uid: UUID) -> PreservationHold:
    """Return the officer's own hold by its random id, or 404; it may have been sent meanwhile."""
    user: Any = request.user
    found = PreservationHold.objects.visible_to(user).filter(uid=uid, officer=user)
    draft: PreservationHold | None = found.select_related("provider", "process_type", "agency").first()
    if draft is None:
        raise Http404
    return draft


def officers_hold(request: HttpRequest, reference: str) -> Any:
    """Return a hold this officer may see, by its reference in any writing, or 404."""
    user: Any = request.user
    return _find(PreservationHold.objects.visible_to(user), reference)


def staff_hold(request: HttpRequest, reference: str) -> Any:
    """Return a hold this member of staff may see, by its reference in any writing, or 404."""
    user: Any = request.user
    return _find(PreservationHold.objects.visible_to_staff(user), reference)


def _find(holds: Any, reference: str) -> Any:
    known = normalise_reference(reference)
    found = holds.filter(reference=known).with_extensions() if known else holds.none()
    hold = found.select_related("provider", "officer", "agency", "process_type", "certificate").first()
    if hold is None:
        raise Http404
    return hold


def answer_form(
    request: HttpRequest,
    hold: PreservationHold,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    done: str,
    template: str,
    back: str,
) -> HttpResponse:
    """Show a form about a hold; where it was sent whole do `act` with its values, say `done` and lead `back`.

    What `act` refuses stands as an error over the form, with everything typed kept. back: a page with the reference.
    """
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect(back, reference=hold.reference)
    return render(request, template, {"hold": hold, "form": form}, status=422 if form.is_bound else 200)


def send_original(request: HttpRequest, hold: PreservationHold, document: Document | None) -> HttpResponseBase:
    """Answer staff with a file as the officer sent it, and note it; the hold's page says why it may not be had."""
    if document is None:
        raise Http404
    try:
        ready = documents.ready_to_download(document)
        response = documents.serve(ready, range_header=request.headers.get("Range"))
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("holds:staff_detail", reference=hold.reference)
    record(Event.DOCUMENT_DOWNLOADED, by=request.user, obj=hold, data={"document": str(document.uid)})
    return response


def send_certificate(request: HttpRequest, hold: PreservationHold, document: Document | None) -> HttpResponseBase:
    """Answer with a certificate of the hold, and note the download; 404 where there is none."""
    user: Any = request.user
    if document is None:
        raise Http404
    record(Event.CERTIFICATE_DOWNLOADED, by=user, obj=hold, data={"document": str(document.uid)})
    return documents.serve(
        document,
        filename=f"{hold.reference}-certificate.pdf",
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
        if_none_match=request.headers.get("If-None-Match"),
    )
