"""The document that came with a hold, as staff read it: pictures of its pages, each look in the trail."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from preservation.events import Event
from preservation.services.draft_law import who_may_ask
from preservation.views.common import staff_hold
from preservation.views.staff.deciding import paper_of


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def page_image(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Show the picture of one page; who looks, and when, stands over it and in the trail."""
    user = signed_in(request)
    hold = staff_hold(request, reference)
    if hold.document is None:
        raise Http404
    mark = f"{hold.reference} {user.get_full_name()} {timezone.now():%d %b %Y %H:%M} UTC"
    try:
        answer = documents.serve_page(hold.document, number, watermark=mark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    record(Event.DOCUMENT_VIEWED, by=user, obj=hold, data={"document": str(hold.document.uid), "page": number})
    return answer


def law_facts(hold: Any) -> dict[str, Any]:
    """Return what templates/holds/_staff_paper.html shows: the pages of the document, and who may ask."""
    return {"hold_paper": paper_of(hold), "who": who_may_ask(hold)}
