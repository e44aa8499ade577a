"""Staff note that an authority went to court, from a letter; without it the hold would fall."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.forms.filing import FiledByLetterForm
from preservation.services import filing
from preservation.views.common import staff_hold


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def filed(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the day, the docket and the letter; what was told before can be mended here too."""
    user = signed_in(request)
    hold = staff_hold(request, reference)
    if why := filing.refusal(hold, user):
        messages.error(request, why)
        return redirect("holds:staff_detail", reference=hold.reference)
    form = FiledByLetterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            filing.tell_filed(hold, **form.cleaned_data, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Noted. The hold does not fall. It still has an end of its own.")
            return redirect("holds:staff_detail", reference=hold.reference)
    return render(request, "holds/staff_filed.html", {"hold": hold, "form": form}, status=422 if form.errors else 200)
