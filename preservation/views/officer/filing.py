"""The officer says that the authority went to court, where the law gives it a time to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.forms.filing import FiledForm
from preservation.services import filing
from preservation.views.common import officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def filed(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the day and the docket; the hold falls no more."""
    user = signed_in(request)
    hold = officers_hold(request, reference)
    if why := filing.refusal(hold, user):
        messages.info(request, why)
        return redirect("holds:detail", reference=hold.reference)
    form = FiledForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            filing.tell_filed(hold, **form.cleaned_data, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Thank you. The hold does not fall. It still has an end of its own.")
            return redirect("holds:detail", reference=hold.reference)
    return render(request, "holds/filed.html", {"hold": hold, "form": form}, status=422 if form.errors else 200)
