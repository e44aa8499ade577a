"""An officer lets go of a part of a hold, names a treaty request, or says that it still runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.enums import HoldStatus
from preservation.forms.life import PartForm, StillRunsForm
from preservation.services import treaty
from preservation.services.partial import EVERYTHING, has_parts, kept, partial_refusal, release_some
from preservation.views.common import officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def release_part(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose what need not be kept any more; the rest goes on."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    refusal = partial_refusal(hold, user) or ("" if has_parts(hold) else EVERYTHING)
    form = PartForm(request.POST if request.method == "POST" else None, kept=kept(hold))
    if refusal:
        messages.error(request, refusal)
        return redirect("holds:detail", reference=hold.reference)
    if request.method == "POST" and form.is_valid():
        try:
            release_some(hold, form.chosen(), reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "You released a part of the hold. The rest is kept on.")
            return redirect("holds:detail", reference=hold.reference)
    status = 422 if request.method == "POST" else 200
    return render(request, "holds/release_part.html", {"hold": hold, "form": form}, status=status)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def still_runs(request: HttpRequest, reference: str) -> HttpResponse:
    """Name a treaty request while the hold runs down; or say that the one which keeps it still runs."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    named = hold.status == HoldStatus.ACTIVE
    refusal, verb = (treaty.naming_refusal, treaty.name) if named else (treaty.confirm_refusal, treaty.confirm)
    if why := refusal(hold, user):
        messages.error(request, why)
        return redirect("holds:detail", reference=hold.reference)
    form = StillRunsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            verb(hold, words=form.cleaned_data["words"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            done = (
                "We decide whether the hold goes on for it." if named else "The records stay, and we ask again later."
            )
            messages.success(request, f"Thank you. {done}")
            return redirect("holds:detail", reference=hold.reference)
    status = 422 if request.method == "POST" else 200
    return render(request, "holds/treaty.html", {"hold": hold, "form": form}, status=status)
