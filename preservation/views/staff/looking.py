"""Long holds that nothing followed: note why they go on, or ask the officer; and the officer's answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.forms.lists import LookForm
from preservation.services import looking
from preservation.views.common import staff_hold


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS)
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, reference: str) -> HttpResponse:
    """What is known of a long hold, and what to do about it."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    form = LookForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        verb, done = (looking.ask, "The officer is asked.") if given["look"] == "ask" else (looking.note, "Noted.")
        try:
            verb(hold, words=given["note"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("holds:staff_detail", reference=hold.reference)
    context = {"hold": hold, "form": form, "refusal": looking.refusal(hold, user)}
    return render(request, "holds/staff_look.html", context, status=422 if form.is_bound else 200)
