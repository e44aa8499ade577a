"""Receipts of a hold that was asked for and of more time, and the proof of each in the trail."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.views.receipts import receipt_file, receipts_page
from foundation.audit.trail import record
from preservation.events import Event
from preservation.views.common import officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def receipts(request: HttpRequest, reference: str) -> HttpResponse:
    """Each receipt, and whether its proof is ready."""
    hold = officers_hold(request, reference)
    record(Event.READ_BY_OFFICER, by=signed_in(request), obj=hold)
    return receipts_page(request, hold, back="holds:detail", what="hold", proofs="holds:receipt_proof")


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def proof(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """A receipt with its proof, as a file that can be checked without us."""
    return receipt_file(request, officers_hold(request, reference), uid, page="holds:receipts")
