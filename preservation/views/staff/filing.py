"""Staff note that an authority went to court, from a letter; without it the hold would fall."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from preservation.forms.filing import FiledByLetterForm
from preservation.services import filing
from preservation.views.common import answer_form, staff_hold


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def filed(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the day, the docket and the letter; what was told before can be mended here too."""
    user = signed_in(request)
    hold = staff_hold(request, reference)
    if why := filing.refusal(hold, user):
        messages.error(request, why)
        return redirect("holds:staff_detail", reference=hold.reference)
    return answer_form(
        request,
        hold,
        FiledByLetterForm(request.POST if request.method == "POST" else None),
        lambda values: filing.tell_filed(hold, **values, by=user),
        done="Noted. The hold does not fall. It still has an end of its own.",
        template="holds/staff_filed.html",
        back="holds:staff_detail",
    )
