"""Drafting a certificate: which form, who signs, and the facts that it states."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.models import User
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import CertificateForm
from requests_app.forms.certificates import ChooseForm, FactsForm
from requests_app.models import Certificate, DisclosurePackage
from requests_app.release_enums import CertificateStatus
from requests_app.release_permissions import drafting_refusal
from requests_app.services import certificate_paper
from requests_app.services import certificates as service
from requests_app.services.certificate_checks import moment_facts
from requests_app.views.staff.common import case, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Draft a certificate of a package: form and custodian stand in the address, the facts are typed."""
    user: Any = request.user
    package = _package(request, reference, number)
    _require(user, package)
    people = service.custodians(package.data_request)
    choose = _choice(request, package, people)
    if not choose.is_valid():
        return _page(request, package, choose, None, people)
    kind, form = service.kind_of(package), choose.cleaned_data["form"]
    needed = certificate_paper.needed_facts(form, kind)
    defaults = certificate_paper.default_facts(package, form, choose.chosen) | _now(form, user)
    facts = FactsForm(request.POST if request.method == "POST" else None, needed=needed, facts=defaults)
    if request.method == "POST" and facts.is_valid():
        try:
            asked = service.asked_later(package, form=form)
            made = service.draft(
                package, form=form, custodian=choose.chosen, facts=facts.facts(), by=user, asked_later=asked
            )
        except PortalError as refusal:
            facts.add_error(None, str(refusal))
        else:
            messages.success(request, "The certificate is drafted. The custodian has been told.")
            return redirect("staff_certificates:certificate", made.uid)
    return _page(request, package, choose, facts, people)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change the facts of a draft, or who signs it; it is drafted anew."""
    user: Any = request.user
    found: Certificate = get_object_or_404(service.visible(user), uid=uid, status=CertificateStatus.DRAFT)
    package = found.package
    _require(user, package)
    people = service.custodians(package.data_request)
    chosen = {"form": found.form, "custodian": request.GET.get("custodian") or str(found.custodian_id)}
    choose = ChooseForm(chosen, people=people)
    if not choose.is_valid():
        return _page(request, package, choose, None, people, found)
    needed = certificate_paper.needed_facts(found.form, found.kind)
    known = found.facts | _now(found.form, user)
    if choose.chosen != found.custodian:
        known["name"] = choose.chosen.get_full_name()
    facts = FactsForm(request.POST if request.method == "POST" else None, needed=needed, facts=known)
    if request.method == "POST" and facts.is_valid():
        try:
            service.change(found, custodian=choose.chosen, facts=facts.facts(), by=user)
        except PortalError as refusal:
            facts.add_error(None, str(refusal))
        else:
            messages.success(request, "The certificate is drafted anew. It must be read again.")
            return redirect("staff_certificates:certificate", found.uid)
    return _page(request, package, choose, facts, people, found)


def _now(form: str, user: Any) -> dict[str, str]:
    return moment_facts(form, by=user, at=timezone.now())


def _package(request: HttpRequest, reference: str, number: int) -> DisclosurePackage:
    data_request = visible(request, reference)
    package: DisclosurePackage | None = data_request.packages.filter(number=number).first()
    if package is None:
        raise Http404
    package.data_request = data_request
    return package


def _require(user: Any, package: DisclosurePackage) -> None:
    if why := drafting_refusal(user, package):
        raise PermissionDenied(why)


def _choice(request: HttpRequest, package: DisclosurePackage, people: list[User]) -> ChooseForm:
    """Read what the address says; else the form that was asked for, and the first custodian."""
    asked = service.asked_later(package)
    wanted = asked.certificate_form if asked else package.data_request.certificate_form or CertificateForm.GENERIC
    first = str(people[0].pk) if people else ""
    given = {"form": request.GET.get("form") or wanted, "custodian": request.GET.get("custodian") or first}
    return ChooseForm(given, people=people)


def _page(
    request: HttpRequest,
    package: DisclosurePackage,
    choose: ChooseForm,
    facts: FactsForm | None,
    people: list[User],
    found: Certificate | None = None,
) -> HttpResponse:
    wrong = bool(facts is not None and facts.is_bound and facts.errors)
    context = {
        "package": package,
        "certificate": found,
        "choose": choose,
        "facts": facts,
        "form": facts,
        "people": people,
        "kind": service.kind_of(package).label,
        "wanted": package.data_request.get_certificate_form_display(),
    }
    context = case(request, package.data_request, "records") | context
    return render(request, "staff/certificate_draft.html", context, status=422 if wrong else 200)
