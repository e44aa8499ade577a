"""The applicant's own pages: the parts of the application, and how it stands."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access, signed_in
from accounts.agencies import search
from accounts.deadlines import access_review, desk, operator
from accounts.forms.access import (
    NEW_AGENCY,
    AgencyForm,
    PersonForm,
    ProofForm,
    SendForm,
    SupervisorForm,
    WithdrawForm,
)
from accounts.models import AccessApplication
from accounts.parts import STEPS, is_editable, missing, proof_problem, task_list
from accounts.services import applications
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from foundation.documents import services as documents

_TEMPLATES = {step: f"accounts/apply/{step}.html" for step in STEPS}


@access(Audience.VERIFIED)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """How my latest application stands."""
    own = AccessApplication.objects.select_related("agency").filter(user=signed_in(request))
    latest = own.order_by("-created_at", "-pk").first()
    if latest is not None and is_editable(latest):
        return redirect("accounts:application", latest.reference)
    context = {"application": latest, "desk": desk(), "days": operator().access_review_days}
    return render(request, "accounts/mine.html", context)


@access(Audience.VERIFIED)
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Begin a new application after one that ended."""
    try:
        application = applications.start_again(signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:mine")
    return redirect("accounts:application", application.reference)


@access(Audience.VERIFIED)
@require_safe
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the first part that is not done."""
    found = _own(request, reference)
    if not is_editable(found):
        return redirect("accounts:mine")
    return redirect("accounts:step", found.reference, next(iter(missing(found)), "send"))


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """One part of the application, drawn in its place in the list of parts."""
    found = _own(request, reference)
    if not is_editable(found):
        return redirect("accounts:mine")
    if name == "send" and missing(found):
        return redirect("accounts:application", found.reference)
    form = _FORMS[name](request, found)
    if form.is_valid():
        try:
            _SAVERS[name](request, found, form)
        except PortalError as refusal:
            form.add_error("document" if name == "proof" else None, str(refusal))
        else:
            return redirect("accounts:mine" if name == "send" else "accounts:application", *_args(found, name))
    context = {
        "application": found, "form": form, "step": name, "template": _TEMPLATES[name],
        "parts": task_list(found, name), "promise": access_review(timezone.now()), "q": _query(request),
        "proof_problem": proof_problem(found), "done": 1 + sum(part.done for part in task_list(found, name)),
    }  # fmt: skip
    return render(request, "accounts/apply.html", context, status=422 if form.is_bound else 200)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """End the application, after a page that asks."""
    found = _own(request, reference)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        try:
            applications.withdraw(found, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Your application is withdrawn."))
        return redirect("accounts:mine")
    return render(request, "accounts/withdraw.html", {"application": found, "form": form})


def _own(request: HttpRequest, reference: str) -> AccessApplication:
    own = AccessApplication.objects.select_related("agency", "identity_document").filter(user=signed_in(request))
    return get_object_or_404(own, reference=reference)


def _args(found: AccessApplication, name: str) -> list[str]:
    return [] if name == "send" else [found.reference]


def _query(request: HttpRequest) -> str:
    return (request.POST.get("q") or request.GET.get("q") or "").replace("\0", "").strip()[:100]


# One form and one way to save for each part ---------------------------------------------------------------------------
def _person_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    names = ("full_name", "rank", "unit", "badge", "phone")
    return PersonForm(request.POST or None, initial={name: getattr(found, name) for name in names})


def _agency_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    agencies = search(_query(request), beside=found.agency)
    chosen = str(found.agency.uid) if found.agency else NEW_AGENCY if found.proposed_agency else None
    return AgencyForm(request.POST or None, found=agencies, initial={**found.proposed_agency, "agency": chosen})


def _supervisor_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    initial = {"name": found.supervisor_name, "contact": found.supervisor_contact}
    return SupervisorForm(request.POST or None, initial=initial)


def _proof_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    has_document = found.identity_document_id is not None and not proof_problem(found)
    return ProofForm(*given, has_document=has_document, initial={"explanation": found.explanation})


def _send_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    return SendForm(request.POST if request.method == "POST" else None)


def _save_person(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    applications.save_person(found, by=signed_in(request), values=form.cleaned_data)


def _save_agency(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    applications.save_agency(found, by=signed_in(request), agency=form.picked, proposal=form.proposed)


def _save_supervisor(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    said = form.cleaned_data
    applications.save_supervisor(found, by=signed_in(request), name=said["name"], contact=said["contact"])


def _save_proof(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    upload, user = form.cleaned_data["document"], signed_in(request)
    document = None
    if upload:
        limit = settings.UPLOAD_LIMIT_OFFICER
        document = documents.receive(upload, filename=upload.name, purpose="identity", by=user, limit=limit)
    applications.save_proof(found, by=user, document=document, explanation=form.cleaned_data["explanation"])


def _send(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    applications.submit(found, by=signed_in(request))


_FORMS: dict[str, Callable[[HttpRequest, AccessApplication], PortalForm]] = {
    "person": _person_form,
    "agency": _agency_form,
    "supervisor": _supervisor_form,
    "proof": _proof_form,
    "send": _send_form,
}
_SAVERS: dict[str, Callable[[HttpRequest, AccessApplication, Any], None]] = {
    "person": _save_person,
    "agency": _save_agency,
    "supervisor": _save_supervisor,
    "proof": _save_proof,
    "send": _send,
}
