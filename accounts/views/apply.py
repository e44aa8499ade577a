"""The applicant's own pages: the parts of the application, how it stands, the appeal, and verifying again."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.agencies import matching
from accounts.deadlines import access_review, desk, operator, urgent_review
from accounts.enums import AgencyKind, ApplicationStatus
from accounts.forms.access import AppealForm, WithdrawForm
from accounts.models import AccessApplication, User
from accounts.parts import (
    fingerprint,
    is_editable,
    missing,
    proof_is_in_check,
    proof_problem,
    sections,
    steps,
    task_list,
    title_of,
)
from accounts.services import appeals, applications, verification
from accounts.services.retention import DRAFT_LIFE
from accounts.services.standing import history, latest, standing, step_asked_about, unanswered
from accounts.views import apply_steps
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from foundation.legal.calendars import zone_of


@access(Audience.VERIFIED)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """How my latest application stands."""
    user, at = signed_in(request), timezone.now()
    found = latest(user)
    if found is not None and found.status == ApplicationStatus.DRAFT:
        return redirect("accounts:application", found.reference)
    key = standing(user, found)
    late = key == "waiting" and found is not None and found.due_at is not None and found.due_at < at
    context = {
        "application": found, "standing": key, "template": f"accounts/apply/stands_{key}.html", "late": late,
        "desk": desk(), "days": operator().access_review_days, "zone": zone(user, found),
        "history": history(found) if found else [], "appeal_until": _appeal_until(found),
        "may_verify": not verification.refusal(user, at=at), "parts": _asked_parts(found),
        "may_apply": _may_apply(user, key),
    }  # fmt: skip
    return render(request, "accounts/mine.html", context)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Begin a new application after one that ended; where that gives up an appeal, a page asks first."""
    found = latest(signed_in(request))
    until = _appeal_until(found)
    if until is not None and request.POST.get("instead_of_appeal") != "yes":
        context = {"application": found, "until": until, "zone": zone(signed_in(request), found)}
        return render(request, "accounts/apply_again.html", context)
    if request.method == "GET":
        return redirect("accounts:mine")
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
    open_question = (step_asked_about(found) or steps(found)[0]) if unanswered(found) else ""
    first = next(iter(missing(found)), "") or open_question or "send"
    return redirect("accounts:step", found.reference, first)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """One part of the application, drawn in its place in the list of parts."""
    found = _own(request, reference)
    if not is_editable(found):
        return redirect("accounts:mine")
    why_not = unanswered(found) if name == "send" else ""
    if why_not:
        messages.error(request, why_not)
    if name not in steps(found) or (name == "send" and (missing(found) or why_not)):
        return redirect("accounts:application", found.reference)
    form = apply_steps.STEPS[name].form(request, found)
    if request.method == "POST" and not apply_steps.is_search(request):
        if apply_steps.save(request, found, name, form):
            return _go_on(request, found, name)
        found = _own(request, reference)  # what was right is saved by now
    return render(
        request, "accounts/apply.html", _drawn(request, found, name, form), status=422 if form.errors else 200
    )


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
    context = {"application": found, "form": form, "draft": found.status == ApplicationStatus.DRAFT}
    return render(request, "accounts/withdraw.html", context)


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask that another person looks at a declined application."""
    found = _own(request, reference)
    if why_not := appeals.refusal(found, at=timezone.now()):
        messages.error(request, why_not)
        return redirect("accounts:mine")
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            appeals.appeal(found, by=signed_in(request), text=form.cleaned_data["text"])
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("accounts:mine")
    context = {
        "application": found,
        "form": form,
        "until": appeals.appeal_until(found),
        "zone": _zone_of(request, found),
    }
    return render(request, "accounts/appeal.html", context, status=422 if form.is_bound else 200)


def zone(user: User, found: AccessApplication | None) -> str:
    """Return the officer's time zone: the account's, or that of the agency's country while none is known."""
    if user.time_zone != "UTC" or found is None:
        return user.time_zone
    return zone_of(found.agency.country if found.agency else found.proposed_agency.get("country", ""))


def _zone_of(request: HttpRequest, found: AccessApplication) -> str:
    return zone(signed_in(request), found)


def _own(request: HttpRequest, reference: str) -> AccessApplication:
    own = AccessApplication.objects.select_related("agency", "identity_document").filter(user=signed_in(request))
    return get_object_or_404(own, reference=reference)


def _appeal_until(found: AccessApplication | None) -> Any:
    if found is None or appeals.refusal(found, at=timezone.now()):
        return None
    return appeals.appeal_until(found)


def _asked_parts(found: AccessApplication | None) -> list[str]:
    """What is missing or was asked about, as a list for the status page."""
    if found is None or found.status != ApplicationStatus.ACTION_NEEDED:
        return []
    asked = step_asked_about(found)
    return [title_of(name) for name in dict.fromkeys([*([asked] if asked else []), *missing(found)])]


def _go_on(request: HttpRequest, found: AccessApplication, name: str) -> HttpResponse:
    if name == "send":
        return redirect("accounts:mine")
    if found.status == ApplicationStatus.ACTION_NEEDED:
        if why_not := unanswered(found):
            messages.warning(request, why_not)
        else:
            messages.success(request, _("Saved. Check your answers, then send it again."))
    return redirect("accounts:application", found.reference)


def _may_apply(user: User, key: str) -> bool:
    """Say whether to offer another application: not to an address that would be refused."""
    return key in _MAY_END_IN_ANOTHER and not applications.judge_applicant(user.email).refused


_MAY_END_IN_ANOTHER = frozenset({"declined", "ended", "lapsed", "none", "withdrawn"})


def _drawn(request: HttpRequest, found: AccessApplication, name: str, form: PortalForm) -> dict[str, Any]:
    at = timezone.now()
    parts = task_list(found, name, asked=step_asked_about(found), unanswered=bool(unanswered(found)))
    context: dict[str, Any] = {
        "application": found, "form": form, "step": name, "template": f"accounts/apply/{name}.html",
        "sections": sections(parts), "total": len(parts), "done": sum(part.done for part in parts),
        "promise": urgent_review(at) if found.urgent_at else access_review(at), "at": at,
        "zone": zone(signed_in(request), found),
        "proof_problem": proof_problem(found), "in_check": proof_is_in_check(found, at=at),
        "kept_until": (found.saved_at or found.created_at) + DRAFT_LIFE, "guidelines": settings.GUIDELINES_VERSION,
        "document_days": settings.IDENTITY_DOCUMENT_DAYS,
    }  # fmt: skip
    if name != "send":
        context["seen"] = fingerprint(found, name)
    if name in {"agency", "send"}:
        context["known"] = apply_steps.known_agency(found)
        context["proposed_kind"] = dict(AgencyKind.choices).get(found.proposed_agency.get("kind", ""), "")
    if name == "agency":
        result = apply_steps.hits(request, found)
        pinned = {agency.pk for agency in (found.agency, context["known"]) if agency is not None}
        q = apply_steps.query(request)
        hit = bool(q) and matching(q).filter(pk__in=pinned).exists()
        context |= {"q": q, "found": result, "others": hit or result.total > len(pinned)}
    return context
