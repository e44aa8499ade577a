"""An officer lets go of a part of a hold, names a treaty request, or says that it still runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from preservation.enums import HoldStatus
from preservation.forms.life import PartForm, StillRunsForm
from preservation.services import treaty
from preservation.services.partial import EVERYTHING, has_parts, kept, partial_refusal, release_some
from preservation.views.common import answer_form, officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def release_part(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose what need not be kept any more; the rest goes on."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    if refusal := partial_refusal(hold, user) or ("" if has_parts(hold) else EVERYTHING):
        messages.error(request, refusal)
        return redirect("holds:detail", reference=hold.reference)
    form = PartForm(request.POST if request.method == "POST" else None, kept=kept(hold))
    return answer_form(
        request,
        hold,
        form,
        lambda values: release_some(hold, form.chosen(), reason=values["reason"], by=user),
        done="You released a part of the hold. The rest is kept on.",
        template="holds/release_part.html",
        back="holds:detail",
    )


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
    done = "We decide whether the hold goes on for it." if named else "The records stay, and we ask again later."
    return answer_form(
        request,
        hold,
        StillRunsForm(request.POST if request.method == "POST" else None),
        lambda values: verb(hold, words=values["words"], by=user),
        done=f"Thank you. {done}",
        template="holds/treaty.html",
        back="holds:detail",
    )
