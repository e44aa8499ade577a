"""The officer says that the authority went to court, where the law gives it a time to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from preservation.forms.filing import FiledForm
from preservation.services import filing
from preservation.views.common import answer_form, officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def filed(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the day and the docket; the hold falls no more."""
    user = signed_in(request)
    hold = officers_hold(request, reference)
    if why := filing.refusal(hold, user):
        messages.info(request, why)
        return redirect("holds:detail", reference=hold.reference)
    return answer_form(
        request,
        hold,
        FiledForm(request.POST if request.method == "POST" else None),
        lambda values: filing.tell_filed(hold, **values, by=user),
        done="Thank you. The hold does not fall. It still has an end of its own.",
        template="holds/filed.html",
        back="holds:detail",
    )
