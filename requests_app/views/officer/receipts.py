"""Receipts of what was sent and taken for a request, and the proof of each in the trail."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.views.receipts import receipt_file, receipts_page
from requests_app.services import followers
from requests_app.views.officer.common import note_visit, visible_request

_PAGE = "officer:receipts"


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def receipts(request: HttpRequest, reference: str) -> HttpResponse:
    """Each receipt, and whether its proof is ready; a follower of another agency has those of own downloads alone."""
    data_request = visible_request(request, reference)
    note_visit(request, data_request)
    own = followers.from_elsewhere(data_request, signed_in(request))
    return receipts_page(
        request, data_request, back="officer:request", what="request", proofs="officer:receipt_proof", own=own
    )


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def proof(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """A receipt with its proof, as a file that can be checked without us."""
    data_request = visible_request(request, reference)
    own = followers.from_elsewhere(data_request, signed_in(request))
    return receipt_file(request, data_request, uid, page=_PAGE, own=own)
