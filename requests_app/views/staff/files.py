"""Documents of a request for staff: pictures of pages with a watermark, and the original after a fresh factor."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.services.orders import shared_documents
from requests_app.views.staff import serving
from requests_app.views.staff.common import visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def page_image(request: HttpRequest, reference: str, uid: UUID, number: int) -> HttpResponse:
    """Show the picture of one page; who looks, and when, stands over it and in the trail."""
    data_request = visible(request, reference)
    response = serving.picture(request, data_request, attached(data_request, uid), number)
    record(Event.DOCUMENT_VIEWED, by=request.user, obj=data_request, data={"document": str(uid), "page": number})
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def original(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """Download a document as the officer sent it."""
    data_request = visible(request, reference)
    return serving.original(
        request,
        data_request,
        attached(data_request, uid),
        event=Event.DOCUMENT_DOWNLOADED,
        facts={"document": str(uid)},
        back=beside(data_request, uid),
    )


def attached(data_request: DataRequest, uid: UUID) -> Document:
    """Return the stored file of a document of this request, or of an order it shares with another one, or 404."""
    own = data_request.documents.filter(document__uid=uid).select_related("document").first()
    shared = (document for document in shared_documents(data_request) if document.uid == uid)
    found: Document | None = own.document if own else next(shared, None)
    if found is None:
        raise Http404
    return found


def beside(data_request: DataRequest, uid: UUID) -> str:
    """Return the address of the review with this document open."""
    return f"{reverse('staff:request', args=[data_request.reference])}?doc={uid}"
