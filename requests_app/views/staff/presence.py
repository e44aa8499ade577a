"""Who else has a request open: asked by the open page itself, which does not count as activity."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from requests_app.services import presence
from requests_app.views.staff.common import visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def present(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that this page is still open, and who else has the request open. Shows nothing of the request itself."""
    user: Any = request.user
    data_request = visible(request, reference)
    presence.see(data_request, by=user)
    found = presence.others(data_request, than=user)
    return render(request, "staff/presence.html", {"data_request": data_request, "present": found})
