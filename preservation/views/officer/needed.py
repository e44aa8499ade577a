"""The officer's answer to whether a long hold is still needed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.enums import HoldStatus
from preservation.forms.lists import NeededForm
from preservation.services import looking
from preservation.views.common import officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def needed(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what is under way; without a question, the page of the hold."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    asked = hold.needed_asked_at is not None and hold.status == HoldStatus.ACTIVE and hold.officer_id == user.pk
    form = NeededForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" and not asked:
        return redirect("holds:detail", reference=hold.reference)
    if form.is_valid():
        try:
            looking.answer(hold, words=form.cleaned_data["answer"], by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Thank you. The hold goes on.")
        return redirect("holds:detail", reference=hold.reference)
    return render(request, "holds/needed.html", {"hold": hold, "form": form}, status=422 if form.is_bound else 200)
