"""Where browsers report what the policy of a page stopped."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import Audience, access
from accounts.services import browser_reports as service
from foundation.audit.middleware import client_ip


@access(Audience.PUBLIC)
@csrf_exempt  # browsers send reports by themselves, without a form; nothing is done for whoever sends one
@require_POST
def browser_reports(request: HttpRequest) -> HttpResponse:
    """Count what is reported; the answer tells nothing of it."""
    if request.content_type not in service.TYPES:
        return HttpResponse(status=415)
    if int(request.headers.get("Content-Length") or 0) > service.LONGEST:
        return HttpResponse(status=413)
    if not service.may_report(client_ip(request)):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    service.note(service.read(request.read(service.LONGEST)))
    return HttpResponse(status=204)
