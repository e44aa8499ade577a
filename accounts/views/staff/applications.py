"""The desk's pages for applications: the queue, and one application beside the pictures of its document."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access, factor_is_fresh, signed_in
from accounts.deadlines import desk
from accounts.enums import ApplicationStatus, SignalOutcome
from accounts.forms.vetting import CallBackForm, DecisionForm, QueueFilter, SuspendForm
from accounts.models import AccessApplication, User
from accounts.permissions import Permission, has_permission
from accounts.services import people, signals, vetting
from accounts.views.staff.paging import page_of
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused

# Worst first.
_ORDER = [SignalOutcome.FAIL, SignalOutcome.WARN, SignalOutcome.UNKNOWN, SignalOutcome.PASS]


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Applications that wait for us, the oldest promise first."""
    user = signed_in(request)
    form = QueueFilter(request.GET or None)
    rows = _filtered(AccessApplication.objects.visible_to(user), form, user)
    page = page_of(rows, request, keys=("due_at", "pk"))
    waiting = AccessApplication.objects.visible_to(user).waiting().count()
    context = {"page": page, "form": form, "waiting": waiting, "desk": desk(), "may_take": _may_take(user)}
    return render(request, "accounts/staff/applications.html", context)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """One application, its signals, its document, the call-back and the decision."""
    application = _one(request, reference)
    vetting.note_read(application, by=signed_in(request))
    return _draw(request, application)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_POST
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take an application into review."""
    application = _one(request, reference)
    try:
        vetting.take(application, by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:review", application.reference)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_POST
def call_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down a call."""
    application = _one(request, reference)
    form = CallBackForm(request.POST, numbers=vetting.usable_numbers(application))
    if form.is_valid():
        said = form.cleaned_data
        try:
            vetting.record_call_back(
                application, by=signed_in(request), number=form.number, alternative=form.alternative,
                spoke_to=said["spoke_to"], result=said["result"], note=said["note"],
            )  # fmt: skip
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The call is recorded."))
            return redirect("accounts:review", application.reference)
    return _draw(request, application, call_form=form)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS, step_up=True)
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Recommend, approve, ask for more, send back or decline."""
    application = _one(request, reference)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:review", application.reference)
    user = signed_in(request)
    form = DecisionForm(request.POST, offered=list(vetting.decisions_for(application, user)))
    if form.is_valid():
        said = form.cleaned_data
        try:
            _decide(application, said["decision"], user, said["reason"], said.get("ask", ""))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your decision is saved."))
            return redirect("accounts:review", application.reference)
    return _draw(request, application, decision_form=form)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_POST
def check_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Have the automatic checks done once more."""
    application = _one(request, reference)
    signals.check_again(application, by=signed_in(request))
    messages.info(request, _("The checks run again. Look at the page in a minute."))
    return redirect("accounts:review", application.reference)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def page_image(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A picture of one page of the identity document, with the name of who looks and when; each look is recorded."""
    application = _one(request, reference)
    document, user = application.identity_document, signed_in(request)
    if document is None:
        raise Http404
    now = timezone.now()
    watermark = f"{user.email}  {dateformat.format(now, 'j M Y H:i')} UTC"
    try:
        answer = documents.serve_page(document, number, watermark=watermark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    vetting.note_document_seen(application, page=number, by=user, at=now)
    return answer


@access(Audience.STAFF, permission=Permission.SUSPEND_ACCESS, step_up=True)
@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, reference: str) -> HttpResponse:
    """Suspend the officer, or let a suspended one in again."""
    application = _one(request, reference)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:review", application.reference)
    form = SuspendForm(request.POST)
    if application.user is not None and form.is_valid():
        act = people.lift_suspension if application.status == ApplicationStatus.SUSPENDED else people.suspend_officer
        try:
            act(application.user, by=signed_in(request), reason=form.cleaned_data["reason"])
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Call the agency at its directory number."))
            return redirect("accounts:review", application.reference)
    return _draw(request, application, suspend_form=form)


def _one(request: HttpRequest, reference: str) -> AccessApplication:
    rows = AccessApplication.objects.visible_to(signed_in(request)).select_related(
        "agency", "identity_document", "user", "reviewer", "recommended_by", "decided_by"
    )
    return get_object_or_404(rows, reference=reference)


def _filtered(rows: QuerySet[AccessApplication], form: QueueFilter, user: User) -> QuerySet[AccessApplication]:
    said: dict[str, str] = form.cleaned_data if form.is_valid() else {}
    open_ones = ["submitted", "in_review", "awaiting_approval", "action_needed"]
    rows = rows.filter(status=said["status"]) if said.get("status") else rows.filter(status__in=open_ones)
    if said.get("mine"):
        rows = rows.filter(reviewer=user if said["mine"] == "me" else None)
    if words := said.get("q", "").strip():
        exact = Q(reference=normalise_reference(words) or words) | Q(email=words.lower())
        rows = rows.filter(exact | Q(agency__name__icontains=words) | Q(full_name__icontains=words))
    found = Count("signals", filter=Q(signals__outcome=SignalOutcome.FAIL))
    return rows.select_related("agency", "reviewer").annotate(failed=found)


def _may_take(user: User) -> bool:
    return has_permission(user, Permission.REVIEW_APPLICATION)


def _decide(application: AccessApplication, decision: str, user: User, reason: str, ask: str) -> None:
    if decision == "ask":
        vetting.ask(application, by=user, text=ask)
        return
    act = {
        "approve": vetting.approve, "approve_alone": vetting.approve, "recommend": vetting.recommend,
        "send_back": vetting.send_back, "reject": vetting.decline,
    }[decision]  # fmt: skip
    act(application, by=user, reason=reason)


def _draw(
    request: HttpRequest,
    application: AccessApplication,
    *,
    call_form: CallBackForm | None = None,
    decision_form: DecisionForm | None = None,
    suspend_form: SuspendForm | None = None,
) -> HttpResponse:
    """Draw the review page; a form that was sent comes back with its errors."""
    user = signed_in(request)
    found = sorted(application.signals.all(), key=lambda signal: _ORDER.index(SignalOutcome(signal.outcome)))
    decisions = vetting.decisions_for(application, user)
    offered = [name for name, why_not in decisions.items() if not why_not]
    numbers = vetting.usable_numbers(application)
    may_call = vetting.may_call(application, user)
    document = application.identity_document
    context: dict[str, Any] = {
        "application": application,
        "signals": found,
        "tally": {outcome.value: sum(s.outcome == outcome for s in found) for outcome in SignalOutcome},
        "calls": application.call_backs.select_related("number", "called_by").order_by("-called_at"),
        "numbers": numbers,
        "pages": documents.pages(document) if document else [],
        "call_form": call_form or (CallBackForm(numbers=numbers) if may_call else None),
        "decision_form": decision_form or (DecisionForm(offered=offered) if offered else None),
        "why_not": sorted({why for why in decisions.values() if why}),
        "may_take": application.status == ApplicationStatus.SUBMITTED and _may_take(user),
        "may_check": _may_take(user),
        "suspend_form": suspend_form or _suspend_form(application, user),
        "fresh": factor_is_fresh(request),
        "desk": desk(),
    }
    bound = any(form is not None and form.is_bound for form in (call_form, decision_form, suspend_form))
    return render(request, "accounts/staff/review.html", context, status=422 if bound else 200)


def _suspend_form(application: AccessApplication, user: User) -> SuspendForm | None:
    stands = application.status in {ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED}
    return SuspendForm() if stands and has_permission(user, Permission.SUSPEND_ACCESS) else None
