"""Whose copy is it: a mark leads to the person who took the archive."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.documents.tail_uploads import TailHandler
from requests_app.forms.copies import CopyForm
from requests_app.services import copies_of_recipients, receipts
from requests_app.views.staff.common import looked

_UNKNOWN = "We know no copy with this mark that you may read about. Ask a colleague who reads restricted requests"


@csrf_exempt  # _asked looks: the upload's handler must be set before anything reads the form
@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    """Take a mark, or the end of a file."""
    request.upload_handlers = [TailHandler(request)]
    return _asked(request)


@csrf_protect
def _asked(request: HttpRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = CopyForm(request.POST, request.FILES) if posted else CopyForm()
    if posted and form.is_valid():
        if copy := copies_of_recipients.trace(form.found, by=signed_in(request)):
            return redirect("staff_records:copy", copy.uid)
        form.add_error("mark" if form.cleaned_data["mark"] else "upload", _UNKNOWN)
    return render(request, "staff/copies.html", {"form": form}, status=422 if form.errors else 200)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_safe
def copy(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Whose copy it is, and what this person took."""
    found = get_object_or_404(copies_of_recipients.readable(signed_in(request)), uid=uid)
    looked(request, found.package.data_request, "copy")
    taken = found.package.receipts.filter(user=found.user).select_related("document", "user")
    listed = receipts.listed(taken, before=request.GET.get("before", ""), at=timezone.now())
    context = {"copy": found, "package": found.package, "data_request": found.package.data_request, **listed}
    return render(request, "staff/copy.html", context)
