"""What browsers reported that the policy of a page had stopped."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.models import BrowserReport
from accounts.permissions import Permission

_SHOWN = 100


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_safe
def browser_reports_list(request: HttpRequest) -> HttpResponse:
    """Each kind once, with how often and when; the newest first."""
    rows = list(BrowserReport.objects.order_by("-last_at", "-pk")[: _SHOWN + 1])
    context = {"rows": rows[:_SHOWN], "more": len(rows) > _SHOWN}
    return render(request, "accounts/staff/browser_reports.html", context)
