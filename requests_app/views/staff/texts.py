"""The prepared texts of the company: read by everybody of the desk, kept by approvers and administrators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError, Stale
from foundation.core.languages import language_name
from foundation.legal.countries import jurisdiction_names
from requests_app.enums import TextPurpose
from requests_app.forms.catalogue import put
from requests_app.forms.texts import CopyForm, NewTextForm, TextForm, TextsFilter, about_words
from requests_app.models import TextTemplate
from requests_app.services import prepared, templates
from requests_app.views.staff.company import company_of

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """List the texts, one row for each kind and country with its languages."""
    company = company_of(request)
    rows = TextTemplate.objects.filter(provider=company.provider)
    countries = list(rows.values_list("jurisdiction", flat=True).distinct().order_by("jurisdiction"))
    form = TextsFilter(request.GET or None, countries=countries)
    said: dict[str, str] = form.cleaned_data if form.is_valid() else {}
    wanted = {"purpose": said.get("purpose"), "jurisdiction": said.get("country"), "language": said.get("language")}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    context = {
        "company": company, "form": form, "kinds": _by_kind(rows), "empty": not countries, "may_change": _may(request),
        "purposes": TextPurpose.choices,
    }  # fmt: skip
    return render(request, "staff/texts.html", context)


def _by_kind(rows: Any) -> list[dict[str, Any]]:
    names = jurisdiction_names()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows.order_by("purpose", "name", "code", "jurisdiction", "language"):
        kind = found.setdefault((row.purpose, row.code, row.jurisdiction), {"row": row, "languages": []})
        kind["about"], kind["country"] = about_words(row), names.get(row.jurisdiction, row.jurisdiction)
        kind["languages"].append((row, language_name(row.language)))
    return list(found.values())


@access(Audience.STAFF, permission=Permission.MANAGE_TEXTS)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Add a text of a new kind, for the purpose that the address names."""
    company = company_of(request)
    purpose = request.GET.get("for", TextPurpose.QUESTION.value)
    if purpose not in TextPurpose.values:
        raise Http404
    form = NewTextForm(request.POST if request.method == "POST" else None, purpose=purpose)
    if request.method == "POST" and form.is_valid():
        try:
            row = templates.add(company.provider, form.cleaned_data | {"purpose": purpose}, by=signed_in(request))
        except PortalError as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, f"{row.name}: added.")
            return redirect("staff:text", row.uid)
    context = {"company": company, "form": form, "title": f"New text: {TextPurpose(purpose).label.lower()}"}
    return render(request, "staff/texts_form.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_http_methods(_METHODS)
def text(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Read a text, and change it; the older of two saves is refused and nothing typed is lost."""
    row = _row(request, uid)
    if request.method == "POST" and not _may(request):
        return redirect("staff:text", row.uid)
    first = {"name": row.name, "about": row.about, "text": row.text, "version": row.lock_version}
    form = TextForm(request.POST if request.method == "POST" else None, purpose=row.purpose, initial=first)
    stored = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            templates.change(
                row, name=said["name"], about=said["about"], text=said["text"], version=said["version"] or 0,
                by=signed_in(request),
            )  # fmt: skip
        except Stale as refusal:
            form.add_error(None, str(refusal))
            put(form, "version", row.lock_version)
            stored = row
        except PortalError as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, f"{row.name}: saved.")
            return redirect("staff:text", row.uid)
    context = _about(request, row) | {"form": form, "stored": stored}
    return render(request, "staff/texts_one.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.MANAGE_TEXTS)
@require_http_methods(_METHODS)
def copy(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write the same text in another language."""
    row = _row(request, uid)
    first = {"name": row.name, "about": row.about, "text": row.text}
    form = CopyForm(request.POST if request.method == "POST" else None, purpose=row.purpose, initial=first)
    if request.method == "POST" and form.is_valid():
        said = {"purpose": row.purpose, "code": row.code, "jurisdiction": row.jurisdiction}
        try:
            made = templates.add(row.provider, form.cleaned_data | said, by=signed_in(request))
        except PortalError as refusal:
            form.add_error("language", str(refusal))
        else:
            messages.success(request, f"{made.name} in {language_name(made.language)}: added.")
            return redirect("staff:text", made.uid)
    context = _about(request, row) | {"form": form, "title": f"{row.name}, in another language"}
    return render(request, "staff/texts_form.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.MANAGE_TEXTS)
@require_http_methods(_METHODS)
def retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Offer a text no longer, or again; whoever comes by the address alone reads it."""
    row = _row(request, uid)
    if request.method == "POST":
        again = request.POST.get("action") == "restore"
        given = request.POST.get("version", "")
        version = int(given) if given.isdigit() else -1
        try:
            (templates.restore if again else templates.retire)(row, version=version, by=signed_in(request))
            messages.success(request, f"{row.name} is {'offered again' if again else 'offered no longer'}.")
        except PortalError as refusal:
            messages.error(request, str(refusal))
    return redirect("staff:text", row.uid)


@access(Audience.STAFF, permission=Permission.MANAGE_TEXTS)
@require_http_methods(_METHODS)
def load(request: HttpRequest) -> HttpResponse:
    """Add the texts that come with the portal and are not there."""
    company = company_of(request)
    if request.method == "POST":
        count = prepared.load(company.provider, by=signed_in(request))
        messages.success(request, f"{count} texts added." if count else "All of them are there already.")
    return redirect(company.address("staff:texts"))


def _row(request: HttpRequest, uid: UUID) -> TextTemplate:
    """Return a text of a company this person works for, or 404."""
    roles = signed_in(request).staff_roles.filter(ended_at=None)
    return get_object_or_404(TextTemplate.objects.select_related("provider"), uid=uid,
                             provider__in=roles.values("provider"))  # fmt: skip


def _about(request: HttpRequest, row: TextTemplate) -> dict[str, Any]:
    same = TextTemplate.objects.filter(
        provider=row.provider, purpose=row.purpose, code=row.code, jurisdiction=row.jurisdiction
    )
    return {
        "row": row, "about": about_words(row), "country": jurisdiction_names().get(row.jurisdiction, ""),
        "language": language_name(row.language), "may_change": _may(request),
        "others": [(one, language_name(one.language)) for one in same.exclude(pk=row.pk).order_by("language")],
    }  # fmt: skip


def _may(request: HttpRequest) -> bool:
    return has_permission(signed_in(request), Permission.MANAGE_TEXTS)
