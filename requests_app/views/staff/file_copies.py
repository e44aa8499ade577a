"""What staff do with a document besides looking at its pages: take the copy without active content, find words."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from requests_app.events import Event
from requests_app.forms.desk import FindForm
from requests_app.views.staff import serving
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.files import attached, beside


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def copy(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """Download the copy of a document with nothing in it that acts. It says what the original says: same factor."""
    data_request = visible(request, reference)
    return serving.copy(
        request,
        data_request,
        attached(data_request, uid),
        event=Event.DOCUMENT_DOWNLOADED,
        facts={"document": str(uid)},
        back=beside(data_request, uid),
    )


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Name the pages on which some words stand. The words are sent in the body: never in an address, never kept."""
    user: Any = request.user
    data_request = visible(request, reference)
    item = get_object_or_404(data_request.documents.select_related("document"), document__uid=uid)
    form = FindForm(request.POST or None)
    context = case(request, data_request, "review") | {"item": item, "form": form, "found": None}
    if request.method != "POST":
        looked(request, data_request, "find")
        return render(request, "staff/document_find.html", context)
    if not form.is_valid():
        return render(request, "staff/document_find.html", context, status=422)
    try:
        documents.require_clean(item.document)
        found = documents.find_words(item.document, form.cleaned_data["words"])
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return render(request, "staff/document_find.html", context, status=422)
    record(Event.DOCUMENT_VIEWED, by=user, obj=data_request, data={"document": str(uid), "found_on": found})
    looked_at = len(documents.pages(item.document))
    return render(request, "staff/document_find.html", context | {"found": found, "looked_at": looked_at})
