"""Records added by hand: add one with its reason, look at it, take it out again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from requests_app.events import Event
from requests_app.forms.records import AddRecordForm, RemoveRecordForm
from requests_app.models import AddedRecord, DataRequest
from requests_app.services import added_records
from requests_app.services.letters import covered_words
from requests_app.views.staff import serving
from requests_app.views.staff.common import case, visible


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, reference: str) -> HttpResponse:
    """Add one file to the records of a granted line."""
    user: Any = request.user
    data_request = visible(request, reference)
    if why := added_records.refusal(data_request, by=user):
        messages.error(request, why)
        return redirect("staff_records:list", data_request.reference)
    lines = [(line, _words(line)) for line in added_records.lines(data_request)]
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AddRecordForm(*given, lines=lines, user=user)
    if form.is_bound and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("line", "source", "justification")}
        try:
            added_records.add(data_request, form.cleaned_data["upload"], by=user, **facts)
        except PortalError as error:
            form.add_error("upload", str(error))
        else:
            messages.success(request, "The file is added. It goes into the next package once it is checked.")
            return redirect("staff_records:list", data_request.reference)
    context = case(request, data_request, "records") | {"form": form}
    return render(request, "staff/records_add.html", context, status=422 if form.errors else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def added(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """One file that was added by hand, with the pictures of its pages; the look is noted."""
    data_request = visible(request, reference)
    return _page(request, _added(data_request, uid), RemoveRecordForm())


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def page(request: HttpRequest, reference: str, uid: UUID, number: int) -> HttpResponse:
    """The picture of one page, with who looks and when over it."""
    data_request = visible(request, reference)
    response = serving.picture(request, data_request, _added(data_request, uid).document, number)
    record(Event.RECORD_VIEWED, by=request.user, obj=data_request, data={"record": str(uid), "page": number})
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def original(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """The file as it was added, as an attachment."""
    data_request = visible(request, reference)
    document = _added(data_request, uid).document
    return serving.original(request, data_request, document, **_taken(data_request, uid))


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def copy(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """The copy of a PDF with nothing in it that acts: what may be looked into without danger, or added in its place."""
    data_request = visible(request, reference)
    document = _added(data_request, uid).document
    return serving.copy(request, data_request, document, **_taken(data_request, uid))


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Take a file out again, with a reason; a GET is sent to the file."""
    user: Any = request.user
    data_request = visible(request, reference)
    found = _added(data_request, uid)
    if request.method != "POST":
        return redirect("staff_records:added", data_request.reference, uid)
    form = RemoveRecordForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        added_records.remove(found, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, f"{found.document.filename} is taken out, and its contents are deleted.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_records:list", data_request.reference)


def _page(request: HttpRequest, found: AddedRecord, form: RemoveRecordForm) -> HttpResponse:
    user: Any = request.user
    data_request = found.data_request
    trouble, pages = "", []
    try:
        documents.require_clean(found.document)
        pages = [page.number for page in documents.pages(found.document)]
    except DocumentRefused as refusal:
        trouble = str(refusal)
    else:
        added_records.looked(found, by=user)
    context = {"added": found, "pages": pages, "trouble": trouble, "period": covered_words(found.line), "form": form}
    context["carries"] = "" if trouble else added_records.carries(found.document)
    context["about"] = documents.about(found.document)
    context["note"] = documents.pages_note(found.document, pages)
    context["may_change"] = found.removed_at is None and added_records.refusal(data_request, by=user) is None
    context = case(request, data_request, "records") | context
    return render(request, "staff/records_added.html", context, status=422 if form.errors else 200)


def _added(data_request: DataRequest, uid: UUID) -> AddedRecord:
    rows = data_request.added_records.select_related("document", "line__target", "added_by", "removed_by")
    found: AddedRecord = get_object_or_404(rows, uid=uid)
    found.data_request = data_request
    return found


def _taken(data_request: DataRequest, uid: UUID) -> dict[str, Any]:
    """What is noted of a download, and where its refusal is shown."""
    back = reverse("staff_records:added", args=[data_request.reference, uid])
    return {"event": Event.RECORD_DOWNLOADED, "facts": {"record": str(uid)}, "back": back}


def _words(line: Any) -> str:
    return f"{line.get_category_display()}, account {line.target.account}, {covered_words(line)}"
