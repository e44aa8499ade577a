"""Routing rules: the list in the order in which they are tried, changing them, and trying them out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError, Stale
from foundation.legal.countries import jurisdiction_names
from requests_app.forms.catalogue import put
from requests_app.forms.routing import MoveForm, RuleForm, SwitchForm, TryForm, initial_of
from requests_app.models import DataRequest, RoutingRule
from requests_app.services import routing, routing_rules
from requests_app.views.staff.company import Company, company_of

_METHODS = ["GET", "HEAD", "POST"]
_TRIED = 50


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in its order, with what it asks for in words."""
    company = company_of(request)
    rows = company.provider.routing_rules.select_related("team", "entity").order_by("position", "pk")
    listed = [(row, routing.conditions(row)) for row in rows]
    return render(request, "staff/routing/list.html", {"company": company, "rows": listed})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Add a rule at the end of the list."""
    company = company_of(request)
    kept = _kept(request)
    form = RuleForm(request.POST if request.method == "POST" else kept, provider=company.provider)
    if request.method == "POST" and form.is_valid():
        try:
            row = routing_rules.add(company.provider, form.said, by=signed_in(request))
        except PortalError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{row.name}” is added as the last rule.")
            return redirect(company.address("staff:routing"))
    return _form(request, company, form, kept=kept)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def change(request: HttpRequest, uid: Any) -> HttpResponse:
    """Change a rule; the older of two saves is refused, and nothing typed is lost."""
    company = company_of(request)
    row = _rule(company, uid)
    kept, stored = _kept(request), None
    given = request.POST if request.method == "POST" else kept
    form = RuleForm(given, provider=company.provider, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            routing_rules.change(row, form.said, version=version, by=signed_in(request))
        except Stale as refusal:
            form.add_error(None, str(refusal))
            put(form, "version", row.lock_version)
            stored = row
        except PortalError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{form.said['name']}” is saved. What was routed before stays where it is.")
            return redirect(company.address("staff:routing"))
    return _form(request, company, form, kept=kept, row=row, stored=stored)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def switch(request: HttpRequest, uid: Any) -> HttpResponse:
    """Switch a rule on or off."""
    company = company_of(request)
    row, form = _rule(company, uid), SwitchForm(request.POST or None)
    if form.is_valid():
        active, version = form.cleaned_data["switched"] == "on", form.cleaned_data["version"]
        try:
            routing_rules.switch(row, active=active, version=version, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{row.name}” is {'on' if active else 'off'}.")
    return redirect(company.address("staff:routing"))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def move(request: HttpRequest, uid: Any) -> HttpResponse:
    """Try a rule one place earlier or later."""
    company = company_of(request)
    row, form = _rule(company, uid), MoveForm(request.POST or None)
    if form.is_valid():
        up, seen = form.cleaned_data["turn"] == "up", form.cleaned_data["seen"]
        try:
            moved = routing_rules.move(row, up=up, seen=seen, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{moved.name}” is rule {moved.position} now.")
    return redirect(company.address("staff:routing"))


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def try_out(request: HttpRequest) -> HttpResponse:
    """Show where the rules of today send an example and the last requests; nothing is moved.

    Of the last requests nobody reads more than they may: who does not work on requests reads no reference.
    """
    company, user = company_of(request), signed_in(request)
    countries = sorted(jurisdiction_names().items(), key=lambda pair: pair[1])
    form = TryForm(request.GET if "country" in request.GET else None, provider=company.provider, countries=countries)
    facts = form.facts if form.is_bound and form.is_valid() else None
    works = has_permission(user, Permission.SEE_QUEUE)
    rows = DataRequest.objects.visible_to_staff(user) if works else _of_nobody()
    last = rows.filter(provider=company.provider).select_related("provider", "process_type", "team", "legal_entity")
    known = routing.rules_in_force(company.provider)
    context = {
        "company": company,
        "form": form,
        "found": routing.route_for(company.provider, facts, known) if facts else None,
        "rows": routing.tried(company.provider, list(last.order_by("-submitted_at", "-pk")[:_TRIED]), known),
        "works": works,
        "rules": len(known),
    }
    return render(request, "staff/routing/try.html", context, status=422 if form.errors else 200)


def _of_nobody() -> Any:
    """What came in, for those who may not read requests: unrestricted ones, shown without their references."""
    return DataRequest.objects.filter(restricted=False, submitted_at__isnull=False)


def _rule(company: Company, uid: Any) -> RoutingRule:
    rows = company.provider.routing_rules.select_related("provider", "team", "entity")
    row: RoutingRule = get_object_or_404(rows, uid=uid)
    return row


def _form(
    request: HttpRequest,
    company: Company,
    form: RuleForm,
    *,
    kept: Any,
    row: RoutingRule | None = None,
    stored: RoutingRule | None = None,
) -> HttpResponse:
    said = routing.conditions(stored) if stored else []
    context = {"company": company, "form": form, "row": row, "stored": stored, "said": said, "kept": kept is not None}
    status = 422 if request.method == "POST" else 200
    return render(request, "staff/routing/rule.html", context, status=status)


def _kept(request: HttpRequest) -> Any:
    """What was typed before the second factor was asked for."""
    return take_back(request, request.path) if request.method == "GET" else None
