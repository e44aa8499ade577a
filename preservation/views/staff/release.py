"""Staff let go of a part of a hold, or end one that nothing followed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from preservation.forms.life import EndEarlyForm, PartForm
from preservation.services.ending_early import early_refusal, end_early
from preservation.services.partial import EVERYTHING, has_parts, kept, partial_refusal, release_some
from preservation.views.common import answer_form, staff_hold


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def release_part(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose what is kept without a ground; the officer is told."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if refusal := partial_refusal(hold, user) or ("" if has_parts(hold) else EVERYTHING):
        messages.error(request, refusal)
        return redirect("holds:staff_detail", reference=hold.reference)
    form = PartForm(request.POST if request.method == "POST" else None, kept=kept(hold), staff=True)
    return answer_form(
        request,
        hold,
        form,
        lambda values: release_some(hold, form.chosen(), reason=values["reason"], by=user),
        done="Released in part. The officer is told by e-mail.",
        template="holds/staff_release_part.html",
        back="holds:staff_detail",
    )


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """End a hold before its time; the copies stay for a while, so that the officer can object."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if refusal := early_refusal(hold, user, at=timezone.now()):
        messages.error(request, refusal)
        return redirect("holds:staff_detail", reference=hold.reference)
    return answer_form(
        request,
        hold,
        EndEarlyForm(request.POST if request.method == "POST" else None),
        lambda values: end_early(hold, reason=values["reason"], by=user),
        done="Ended. The officer is told, and can ask to go on while the copies stay.",
        template="holds/staff_end.html",
        back="holds:staff_detail",
    )
