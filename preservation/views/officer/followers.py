"""Who follows a hold and is reminded with its officer; and who takes it over once the officer has left."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from preservation.forms.followers import FollowerForm
from preservation.services import followers as service
from preservation.views.common import officers_hold


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def followers(request: HttpRequest, reference: str) -> HttpResponse:
    """Who follows the hold; a POST adds a colleague by exact address."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    if why := service.refusal(hold, user):
        messages.error(request, why)
        return redirect("holds:detail", reference=hold.reference)
    form = FollowerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            found = service.add_address(hold, form.cleaned_data["email"], by=user)
        except PortalError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, f"{found.user.get_full_name()} can read this hold and is reminded like you.")
            return redirect("holds:followers", reference=hold.reference)
    rows = service.standing(hold)
    limit = hold.provider.follower_limit
    context = {"hold": hold, "form": form, "rows": rows, "limit": limit, "room": limit - len(rows)}
    return render(request, "holds/followers.html", context, status=422 if form.errors else 200)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """End the following of somebody, or one's own; anything but the button leads to the page."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    found = hold.followers.filter(pk=pk).first()
    if found is None:
        raise Http404
    own = found.user_id == user.pk
    if request.method == "POST":
        try:
            service.end(found, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "You no longer follow this hold." if own else "They no longer follow this hold.")
            if own:
                return redirect("holds:list")
    return redirect("holds:detail" if own else "holds:followers", reference=hold.reference)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Have a hold in the place of an officer who left; anything but the button leads to the hold."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    if request.method == "POST":
        try:
            service.take_over(hold, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "The hold is yours. You can ask for more time, and we remind you.")
    return redirect("holds:detail", reference=hold.reference)
