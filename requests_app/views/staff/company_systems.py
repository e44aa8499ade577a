"""The line to the company's own systems: address, keys, checks, and instructions that failed. For administrators."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.sealed import seal, unseal
from foundation.core.errors import PortalError
from foundation.providers import company_systems as service
from foundation.providers import jobs
from foundation.providers.conformance.checks import Result
from foundation.providers.conformance.running import HARMLESS
from foundation.providers.connector_keys import MOST, end_key, in_force, make_key
from foundation.providers.models import ConnectorJob, ConnectorKey
from requests_app.forms.company_systems import AddressForm, EndKeyForm
from requests_app.views.staff.company import Company, company_of

_METHODS = ["GET", "HEAD", "POST"]
_SECRET, _SECRET_SECONDS = "connector_secret", 300
_EXPECTED = {check.name: check.expected for check in HARMLESS}


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_safe
def line(request: HttpRequest) -> HttpResponse:
    """Show which systems are asked and how they answered."""
    company = company_of(request)
    provider, keys = company.provider, in_force(company.provider)
    checked = service.last_check(provider)
    found = [one | {"expected": _EXPECTED.get(one["name"], "")} for one in checked.results] if checked else []
    context = {
        "company": company, "address": service.address_of(provider), "keys": keys, "may_add": len(keys) < MOST,
        "checked": checked, "found": found, "failed": sum(one["result"] == Result.FAILED for one in found),
        "troubled": service.troubled(provider), "last": service.last_done(provider),
        "waiting": service.waiting(provider), "most": service.SHOWN,
    }  # fmt: skip
    return render(request, "staff/company_systems/line.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def address(request: HttpRequest) -> HttpResponse:
    """Say where the systems are."""
    company = company_of(request)
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = AddressForm(
        request.POST if request.method == "POST" else kept, initial={"url": service.address_of(company.provider)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = service.set_address(company.provider, form.cleaned_data["url"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error("url", str(refusal))
        else:
            messages.success(request, "The address is saved. Check it now." if changed else "Nothing was different.")
            return redirect(company.address("staff:company_systems"))
    context = {"company": company, "form": form, "kept": kept is not None}
    return render(request, "staff/company_systems/address.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_http_methods(_METHODS)
def check(request: HttpRequest) -> HttpResponse:
    """Ask what asks nothing about any customer, and keep what came of it."""
    company = company_of(request)
    if request.method == "POST":
        _do(request, lambda: service.check_now(company.provider, by=signed_in(request)), "Checked.")
    return redirect(company.address("staff:company_systems"))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def key_new(request: HttpRequest) -> HttpResponse:
    """Make a key; its secret is shown on the next page, once."""
    company = company_of(request)
    if request.method == "POST":
        try:
            key, secret = make_key(company.provider, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
            return redirect(company.address("staff:company_systems"))
        request.session[_SECRET] = seal({"key": key.pk, "secret": secret})
        return redirect(company.address("staff:company_key_shown", key.key_id))
    return render(request, "staff/company_systems/key_new.html", {"company": company})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@never_cache
@require_safe
def key_shown(request: HttpRequest, key_id: str) -> HttpResponse:
    """Show a secret that was made a moment ago, once: whoever reloads the page reads that it is gone."""
    company = company_of(request)
    key = _key(company, key_id)
    kept = unseal(request.session.pop(_SECRET, None), seconds=_SECRET_SECONDS)
    secret = kept["secret"] if isinstance(kept, dict) and kept.get("key") == key.pk else ""
    if secret:
        service.note_shown(key, by=signed_in(request))
    context = {"company": company, "key": key, "secret": secret}
    return render(request, "staff/company_systems/key_shown.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def key_end(request: HttpRequest, key_id: str) -> HttpResponse:
    """End a key, with a reason."""
    company = company_of(request)
    key, kept = _key(company, key_id), take_back(request, request.path) if request.method == "GET" else None
    form = EndKeyForm(request.POST if request.method == "POST" else kept)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        _do(request, lambda: end_key(key, by=signed_in(request), reason=reason), f"The key {key.key_id} has ended.")
        return redirect(company.address("staff:company_systems"))
    others = [one for one in in_force(company.provider) if one.pk != key.pk]
    context = {"company": company, "key": key, "form": form, "others": others, "kept": kept is not None}
    return render(request, "staff/company_systems/key_end.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_http_methods(_METHODS)
def again(request: HttpRequest, uid: str) -> HttpResponse:
    """Try an instruction again that was given up."""
    company = company_of(request)
    job = get_object_or_404(ConnectorJob, provider=company.provider, uid=uid)
    if request.method != "POST":
        return redirect(company.address("staff:company_systems"))
    if jobs.try_again(job, by=signed_in(request)):
        messages.success(request, f"Instruction {job.pk} is tried again. Reload this page in a moment.")
    else:
        messages.info(request, f"Instruction {job.pk} is on its way already, or done.")
    return redirect(company.address("staff:company_systems"))


def _key(company: Company, key_id: str) -> ConnectorKey:
    return get_object_or_404(ConnectorKey, provider=company.provider, key_id=key_id)


def _do(request: HttpRequest, act: Callable[[], Any], said: str) -> None:
    """Do one thing and say so, or say why not."""
    try:
        act()
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
