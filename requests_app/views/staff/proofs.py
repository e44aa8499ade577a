"""The proof of the trail for a package that left, for staff."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from requests_app.events import Event
from requests_app.services import proofs
from requests_app.views.staff.common import visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def proof(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """That what left is in the trail: the entry's bytes, the way to a signed checkpoint, and its signature."""
    data_request = visible(request, reference)
    package = data_request.packages.filter(number=number).first()
    if package is None:
        raise Http404
    package.data_request = data_request
    found = proofs.proof(package)
    if found is None:
        messages.info(request, "There is no proof yet. It is made within a minute of the release.")
        return redirect("staff_records:package", data_request.reference, number)
    record(Event.PROOF_TAKEN, by=request.user, obj=data_request, data={"package": number})
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{proofs.filename(package)}"'
    return response
