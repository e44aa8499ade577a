"""An officer's new address or agency: asking, and the link in the new mailbox."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.enums import ChangeOf
from accounts.forms.changes import ChangeOfAddressForm, ConfirmForm
from accounts.kept_forms import take_back
from accounts.services import changes
from foundation.core.errors import PortalError


@access(Audience.VERIFIED, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Say what changed and give the new official address."""
    user, at = signed_in(request), timezone.now()
    if why_not := changes.refusal(user):
        messages.error(request, why_not)
        return redirect("accounts:account")
    kept = take_back(request, request.path) if request.method == "GET" else None
    given = request.POST if request.method == "POST" else None
    form = ChangeOfAddressForm(given, initial=kept.dict() if kept else None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            changes.ask(user, kind=said["kind"], email=said["email"])
        except PortalError as refusal:
            form.add_error("email", str(refusal))
        else:
            paused = said["kind"] == ChangeOf.AGENCY
            messages.success(
                request,
                _("We sent a link. Your access has ended until we checked it.") if paused else _("We sent a link."),
            )
            return redirect("accounts:change")
    context = {
        "form": form, "member": user.membership, "waiting": changes.waiting(user, at=at), "kept": kept is not None,
    }  # fmt: skip
    return render(request, "accounts/change_address.html", context, status=422 if form.is_bound else 200)


@access(Audience.VERIFIED)
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, uid: UUID, token: str) -> HttpResponse:
    """Confirm the new address; opening the link alone does nothing, because mail scanners do that."""
    user = signed_in(request)
    found = changes.find_by_token(user, uid, token)
    if found is None:
        return render(request, "accounts/change_used.html", status=410)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            application = changes.confirm(found, token=token, by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your new address is confirmed. Now send us what we need to check it."))
            return redirect("accounts:application", application.reference)
    context = {"form": form, "change": found}
    return render(request, "accounts/change_confirm.html", context, status=422 if form.is_bound else 200)
