"""The catalogue of legal process: what there is, what the company takes of it, and what a new version changed."""

import re
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.core.errors import PortalError
from foundation.legal.models import ProcessType
from foundation.legal.versions import FIELDS, compare, versions
from foundation.legal.wording import answer_words, compels_words, hold_words, requirements_of
from foundation.providers.models import ProcessPolicy
from foundation.providers.policy import policy_of, with_policy
from requests_app.forms.catalogue import CatalogueFilter, CompareForm, PolicyForm, put
from requests_app.reach import reach_words
from requests_app.services.company_policy import switch as switch_policy
from requests_app.views.staff.company import Company, company_of

_SHOWN: dict[str, Q] = {
    "taken": Q(taken=True),
    "refused": Q(taken=False),
    "counsel": Q(counsel=True),
    "hold": Q(is_preservation=True),
    "emergency": Q(is_emergency=True),
}
# What codes and versions are written with.
_PLAIN = re.compile(r"[A-Za-z0-9.-]{1,80}")
_SEARCHED = ("code", "name", "local_name", "authority", "jurisdiction__name", "note")


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every type by jurisdiction, newest version, with what the company decided."""
    company = company_of(request)
    newest = _newest()
    places = sorted({(row.jurisdiction_id, row.jurisdiction.name) for row in newest}, key=lambda place: place[1])
    form = CatalogueFilter(request.GET or None, places=places)
    said: dict[str, str] = form.cleaned_data if form.is_valid() else {}
    rows = _filtered(with_policy(newest, company.provider), said, company)
    context = {
        "company": company,
        "form": form,
        "rows": list(rows.order_by("jurisdiction__name", "name", "code")),
        "total": len(newest),
        "versions": versions(),
        "filtered": any(said.values()),
    }
    return render(request, "staff/catalogue/list.html", context)


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def process_type(request: HttpRequest, code: str) -> HttpResponse:
    """One type in plain words, in the newest version or the one that is asked for."""
    company, row = company_of(request), _type(code, request.GET.get("version", ""))
    decided = ProcessPolicy.objects.filter(provider=company.provider, code=row.code).first()
    context = _described(row) | {
        "company": company,
        "kind": row,
        "policy": policy_of(company.provider, row),
        "versions": ProcessType.objects.filter(code=row.code).order_by("-catalogue_version"),
        "history": entries_for(decided).order_by("-pk")[:10] if decided else AuditEvent.objects.none(),
        "switch_url": company.address("staff:catalogue_switch", row.code),
    }
    return render(request, "staff/catalogue/type.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Decide whether the company takes a type and whether counsel looks first; the older of two saves is refused."""
    company, row = company_of(request), _type(code)
    before = policy_of(company.provider, row)
    kept = take_back(request, request.path) if request.method == "GET" else None
    stored = {
        "version": before.version,
        "accepted": "yes" if before.accepted else "no",
        "needs_counsel": "yes" if before.needs_counsel else "no",
    }
    form = PolicyForm(request.POST if request.method == "POST" else kept, initial=stored)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            done = switch_policy(
                company.provider, row, accepted=said["accepted"] == "yes", needs_counsel=said["needs_counsel"] == "yes",
                reason=said["reason"], version=said["version"], by=signed_in(request),
            )  # fmt: skip
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            put(form, "version", before.version)
        else:
            messages.success(request, f"{row.name}: saved." if done else f"{row.name}: nothing was different.")
            return redirect(company.address("staff:catalogue_type", row.code))
    context = {"company": company, "kind": row, "policy": before, "form": form, "kept": kept is not None}
    return render(request, "staff/catalogue/switch.html", context, status=422 if request.method == "POST" else 200)


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def versions_compared(request: HttpRequest) -> HttpResponse:
    """What was added, ended and changed between two versions; without a choice, the newest and the one before."""
    known = versions()
    chosen = {"before": known[1], "after": known[0]} if len(known) > 1 else {}
    form = CompareForm(request.GET if "before" in request.GET else (chosen or None))
    found = None
    if form.is_valid():
        pair = (form.cleaned_data[name] for name in ("before", "after"))
        rows = [ProcessType.objects.filter(catalogue_version=name).select_related("jurisdiction") for name in pair]
        found = compare(*rows)
    context = {"company": company_of(request), "form": form, "found": found, "known": known}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "staff/catalogue/compare.html", context, status=status)


def _newest() -> QuerySet[ProcessType]:
    newest = ProcessType.objects.order_by("code", "-catalogue_version").distinct("code").values("pk")
    return ProcessType.objects.filter(pk__in=newest).select_related("jurisdiction")


def _filtered(rows: QuerySet[ProcessType], said: dict[str, str], company: Company) -> QuerySet[ProcessType]:
    if said.get("jurisdiction"):
        rows = rows.filter(jurisdiction=said["jurisdiction"])
    if said.get("show") == "decided":
        rows = rows.filter(code__in=company.provider.process_policies.values("code"))
    elif said.get("show"):
        rows = rows.filter(_SHOWN[said["show"]])
    for word in said.get("q", "").split():
        found = Q()
        for column in _SEARCHED:
            found |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(found)
    return rows


def _type(code: str, version: str = "") -> ProcessType:
    if not _PLAIN.fullmatch(code + version):
        raise Http404
    rows = ProcessType.objects.filter(code=code).select_related("jurisdiction").order_by("-catalogue_version")
    row = (rows.filter(catalogue_version=version) if version else rows).first()
    if row is None:
        raise Http404
    return row


def _described(row: ProcessType) -> dict[str, Any]:
    return {
        "reaches": reach_words(row.reaches),
        "needs": requirements_of(row),
        "compels": compels_words(row),
        "answer": answer_words(row),
        "hold": hold_words(row),
        "sources": [(FIELDS.get(name, name.replace("_", " ")), text) for name, text in row.value_sources.items()],
    }
