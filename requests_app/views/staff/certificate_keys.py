"""The custodian's own key: what it is, adding one, ending it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.documents.pen import KeyNotTaken
from requests_app.forms.certificates import EndForm, KeyForm
from requests_app.models import SigningIdentity
from requests_app.services import signing_keys


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def key(request: HttpRequest) -> HttpResponse:
    """Show the custodian's key and those before it; a POST adds one."""
    user: Any = request.user
    form = KeyForm(request.POST, request.FILES) if request.method == "POST" else KeyForm()
    if not form.is_bound or not form.is_valid():
        return _page(request, form)
    content = form.cleaned_data["upload"].read()
    try:
        signing_keys.add(content, password=form.cleaned_data["password"], pin=form.cleaned_data["pin"], by=user)
    except KeyNotTaken as refusal:
        form.add_error("password" if refusal.is_wrong_pin else "upload", str(refusal))
        return _page(request, form)
    except PortalError as refusal:
        form.add_error("pin", str(refusal))
        return _page(request, form)
    messages.success(request, "Your key is added. Look at the name and the dates in it.")
    return redirect("staff_certificates:key")


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """End the custodian's key; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    found, form = signing_keys.of(user), EndForm(request.POST)
    if request.method != "POST" or found is None:
        return redirect("staff_certificates:key")
    if not form.is_valid():
        return _page(request, form)
    signing_keys.end(found, reason=form.cleaned_data["reason"], by=user)
    messages.success(request, "Your key is ended. Nothing can be signed with it any more.")
    return redirect("staff_certificates:key")


def _page(request: HttpRequest, form: KeyForm | EndForm) -> HttpResponse:
    user: Any = request.user
    held = signing_keys.of(user)
    context = {
        "key": held,
        "usable": signing_keys.usable(user, at=timezone.now()),
        "whole": held is not None and signing_keys.is_whole(held),
        "before": list(SigningIdentity.objects.filter(user=user, ended_at__isnull=False)[:20]),
        "stamped": signing_keys.is_stamped(),
        "form": form,
        "key_form": form if isinstance(form, KeyForm) else KeyForm(),
        "end_form": form if isinstance(form, EndForm) else EndForm(),
    }
    return render(request, "staff/certificate_key.html", context, status=422 if form.errors else 200)
