"""Which emergencies wait for somebody to take them: asked by every open page of staff, which is no activity."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the banner of every page alone; it says how many wait and nothing of any."""
    return render(request, "staff/emergencies.html")
