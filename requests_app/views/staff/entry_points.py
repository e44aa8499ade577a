"""How each jurisdiction reaches the company: its entry points, and where sealed process goes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.providers.models import EntryPoint
from requests_app.forms.catalogue import LANGUAGES, EntryPointForm, RemoveForm, SealedChannelForm, put
from requests_app.services import company_policy as service
from requests_app.views.staff.company import Company, company_of

_METHODS = ["GET", "HEAD", "POST"]
_ONE_BY_ONE = "Officers may take files one by one now."
_ARCHIVE_ONLY = "Officers take the encrypted archive only now."


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def entry_points(request: HttpRequest) -> HttpResponse:
    """Every jurisdiction with an entry of its own, and the sealed channel."""
    company = company_of(request)
    rows = company.provider.entry_points.select_related("jurisdiction", "team").order_by("jurisdiction__name")
    listed = [(row, LANGUAGES.get(row.language, row.language)) for row in rows]
    return render(request, "staff/catalogue/entry_points.html", {"company": company, "rows": listed})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Give a jurisdiction an entry of its own."""
    company = company_of(request)
    kept = _kept(request)
    form = EntryPointForm(request.POST if request.method == "POST" else kept, provider=company.provider)
    if request.method == "POST" and form.is_valid():
        try:
            row = service.add_entry_point(
                company.provider, form.cleaned_data["jurisdiction"], form.said, by=signed_in(request)
            )
        except PortalError as refusal:
            form.add_error("jurisdiction", str(refusal))
        else:
            messages.success(request, f"{row.jurisdiction} has its own entry now.")
            return redirect(company.address("staff:entry_points"))
    return _form(request, company, form, kept=kept)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def change(request: HttpRequest, country: str) -> HttpResponse:
    """Change an entry; the older of two saves is refused and nothing typed is lost."""
    company = company_of(request)
    row = get_object_or_404(company.provider.entry_points.select_related("jurisdiction", "team"), jurisdiction=country)
    kept = _kept(request)
    stored: dict[str, Any] = {name: getattr(row, name) for name in service.SAID}
    stored |= {"version": row.lock_version, "redirects": "yes" if row.redirects else "no"}
    given = request.POST if request.method == "POST" else kept
    form = EntryPointForm(given, provider=company.provider, changing=True, initial=stored)
    stored_now = None
    if request.method == "POST" and form.is_valid():
        try:
            service.change_entry_point(row, form.said, version=form.cleaned_data["version"] or 0, by=signed_in(request))
        except Stale as refusal:
            form.add_error(None, str(refusal))
            put(form, "version", row.lock_version)
            stored_now = row
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{row.jurisdiction}: saved.")
            return redirect(company.address("staff:entry_points"))
    return _form(request, company, form, kept=kept, row=row, stored=stored_now)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def remove(request: HttpRequest, country: str) -> HttpResponse:
    """Take an entry away, with a reason."""
    company = company_of(request)
    row = company.provider.entry_points.select_related("jurisdiction").filter(jurisdiction=country).first()
    if row is None:
        messages.info(request, "This entry point was removed already.")
        return redirect(company.address("staff:entry_points"))
    kept = _kept(request)
    form = RemoveForm(request.POST if request.method == "POST" else kept)
    if request.method == "POST" and form.is_valid():
        try:
            service.remove_entry_point(row, reason=form.cleaned_data["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{row.jurisdiction} has no entry of its own any more.")
            return redirect(company.address("staff:entry_points"))
    context = {"company": company, "row": row, "form": form, "kept": kept is not None}
    return render(request, "staff/catalogue/entry_point_remove.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def sealed(request: HttpRequest) -> HttpResponse:
    """Write down where counsel takes what must not be uploaded."""
    company = company_of(request)
    kept, known = _kept(request), company.provider.sealed_channel
    given = request.POST if request.method == "POST" else kept
    form = SealedChannelForm(given, initial={"text": known, "seen": service.fingerprint(known)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            service.set_sealed_channel(company.provider, said["text"], seen=said["seen"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            put(form, "seen", service.fingerprint(known))
        else:
            messages.success(request, "The sealed channel is saved.")
            return redirect(company.address("staff:entry_points"))
    context = {"company": company, "form": form, "kept": kept is not None}
    return render(request, "staff/catalogue/sealed.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def single_files(request: HttpRequest) -> HttpResponse:
    """Say whether officers may take files one by one; a GET comes back from the second factor."""
    company = company_of(request)
    if request.method == "POST":
        allowed = request.POST.get("switched") == "on"
        try:
            changed = service.set_single_files(company.provider, allowed=allowed, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            done = _ONE_BY_ONE if allowed else _ARCHIVE_ONLY
            messages.success(request, done if changed else "Nothing was different.")
    return redirect(company.address("staff:entry_points"))


def _form(
    request: HttpRequest,
    company: Company,
    form: EntryPointForm,
    *,
    kept: Any,
    row: EntryPoint | None = None,
    stored: EntryPoint | None = None,
) -> HttpResponse:
    context = {"company": company, "form": form, "row": row, "stored": stored, "kept": kept is not None}
    return render(request, "staff/catalogue/entry_point.html", context, status=_status(request))


def _kept(request: HttpRequest) -> Any:
    """What was typed before the second factor was asked for."""
    return take_back(request, request.path) if request.method == "GET" else None


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
