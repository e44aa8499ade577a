"""Which emergencies wait for somebody to take them: asked by every open page of staff, which is no activity."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission, has_permission


# Every role of staff reads the catalogue: whoever works here reads that a life waits.
@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the banner of every page alone; it says how many wait and nothing of any."""
    sees_queue = has_permission(signed_in(request), Permission.SEE_QUEUE)
    return render(request, "staff/emergencies.html", {"sees_queue": sees_queue})
