"""Messages that came outside the portal: the list, one of them, and what becomes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.views.staff.paging import page_newest, page_of
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from requests_app.enums import IncomingStatus
from requests_app.events import Event
from requests_app.forms.recording import AttachForm, DismissForm, MailForm
from requests_app.services import incoming
from requests_app.views.staff.company import company_of
from requests_app.views.staff.incoming_pages import draw, one

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List what is to be read, the oldest first, or what became of everything, the newest first."""
    done = request.GET.get("show") == "done"
    rows = incoming.visible(signed_in(request)).select_related("data_request", "decided_by", "provider")
    rows = rows.exclude(status=IncomingStatus.NEW) if done else rows.filter(status=IncomingStatus.NEW)
    drawn = page_newest if done else page_of
    page = drawn(rows, request, keys=("arrived_at", "pk"))
    return render(request, "staff/incoming/list.html", {"page": page, "done": done})


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def add(request: HttpRequest) -> HttpResponse:
    """Take a mail that somebody saved as a file."""
    user, company = signed_in(request), company_of(request)
    posted = request.method == "POST"
    form = MailForm(request.POST if posted else None, request.FILES if posted else None, user=user)
    if posted and form.is_valid():
        try:
            row, is_new = incoming.take_file(form.cleaned_data["mail"], provider=company.provider, by=user)
        except PortalError as error:
            form.add_error("mail", str(error))
        else:
            if not is_new:
                messages.info(request, "This mail is here already.")
            return redirect("staff:incoming_message", row.uid)
    context = {"form": form, "company": company}
    return render(request, "staff/incoming/add.html", context, status=422 if posted else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def message(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one message: its words as plain text, its files as pictures, and who sent it as far as that can be told."""
    row = one(request, uid)
    record(Event.VIEWED, by=request.user, obj=row, data={"page": "incoming"})
    return draw(request, row)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def attach(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add a message to a request that is there."""
    row, form = one(request, uid), AttachForm(request.POST or None)
    if request.method != "POST":
        return redirect("staff:incoming_message", row.uid)
    if form.is_valid():
        try:
            found = incoming.attach(row, form.cleaned_data["reference"], by=signed_in(request))
        except PortalError as error:
            form.add_error("reference", str(error))
        else:
            messages.success(request, f"Added to {found.reference}. Whoever works on it is told.")
            return redirect("staff:request", found.reference)
    beside = DismissForm(initial={"reason": request.POST.get("reason", "")})
    return draw(request, row, attaching=form, dismissing=beside, status=422)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def dismiss(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a message away that is no request."""
    row, form = one(request, uid), DismissForm(request.POST or None)
    if request.method != "POST":
        return redirect("staff:incoming_message", row.uid)
    if form.is_valid():
        try:
            incoming.dismiss(row, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Put away. Nobody was written to.")
            return redirect("staff:incoming")
    beside = AttachForm(initial={"reference": request.POST.get("reference", "")})
    return draw(request, row, attaching=beside, dismissing=form, status=422)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def page_image(request: HttpRequest, uid: UUID, document: UUID, number: int) -> HttpResponse:
    """Show the picture of one page of a file; who looks stands over it and in the trail."""
    user, row = signed_in(request), one(request, uid)
    found = next((file for file in incoming.files_of(row) if file.uid == document), None)
    if found is None:
        raise Http404
    try:
        mark = f"{user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
        response = documents.serve_page(found, number, watermark=mark)
    except DocumentRefused as refused:
        raise Http404(str(refused)) from refused
    record(Event.DOCUMENT_VIEWED, by=user, obj=row, data={"document": str(document), "page": number})
    return response
