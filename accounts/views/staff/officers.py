"""The desk's pages about officers: search, one officer, leads, and asking to verify again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import DateTimeField, F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_countries import countries

from accounts.access import Audience, access, signed_in
from accounts.enums import AgencyStatus, DeskRole
from accounts.forms.members import AskForm, OfficerFilter, ReasonForm, VerifyAgainForm
from accounts.forms.vetting import CallBackForm
from accounts.models import Agency, AgencyMembership, User
from accounts.permissions import Permission, has_permission
from accounts.querysets import may_act
from accounts.services import calls, deliveries, leads, members, officers, reverification
from accounts.views.staff.paging import page_of
from foundation.core.errors import PortalError

_SOON = timedelta(days=30)
_VERIFY = "accounts/staff/officers_verify.html"


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Officers, the earliest verification first."""
    user = signed_in(request)
    form = OfficerFilter(request.GET or None, countries=_countries())
    said: dict[str, str] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = _filtered(AgencyMembership.objects.visible_to(user), said, timezone.now())
    page = page_of(rows, request, keys=("due", "pk"))
    members.note_officers_listed(by=user, filters=[name for name, value in said.items() if value], found=page.total)
    may_ask = has_permission(user, Permission.MANAGE_MEMBERS)
    return render(request, "accounts/staff/officers.html", {"page": page, "form": form, "may_ask": may_ask})


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def officer(request: HttpRequest, pk: int) -> HttpResponse:
    """One officer: memberships, applications, calls, factors, vouches, history."""
    member = _newest(request, pk)
    members.note_officer_read(member.user, by=signed_in(request))
    return _draw(request, member)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_http_methods(["GET", "POST"])
def lead_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a call in which the agency says who leads it here."""
    member, user = _newest(request, pk), signed_in(request)
    if request.method == "GET":
        return redirect("accounts:officer", pk)
    form = CallBackForm(request.POST, numbers=calls.usable_numbers(member.agency))
    if form.is_valid():
        said = form.cleaned_data
        way: dict[str, Any] = {"number": form.number, "alternative": form.alternative}
        words = way | {name: said[name] for name in ("spoke_to", "result", "note")}
        if _done(form, lambda: leads.record_call(member, by=user, **words)):
            messages.success(request, _("The call is recorded."))
            return redirect("accounts:officer", pk)
    return _draw(request, member, call_form=form)


@access(Audience.STAFF, permission=Permission.MANAGE_MEMBERS, step_up=True)
@require_http_methods(["GET", "POST"])
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the officer a lead of the agency."""
    return _change_lead(request, pk, leads.appoint, _("This officer is now a lead of the agency."))


@access(Audience.STAFF, permission=Permission.MANAGE_MEMBERS, step_up=True)
@require_http_methods(["GET", "POST"])
def lead_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a lead an officer like the others."""
    return _change_lead(request, pk, leads.end, _("This officer is no lead any more."))


@access(Audience.STAFF, permission=Permission.MANAGE_MEMBERS, step_up=True)
@require_http_methods(["GET", "POST"])
def verify_again(request: HttpRequest) -> HttpResponse:
    """Ask the officers of a country or an agency to verify again: choose, see how many, say why."""
    sent = request.method == "POST"
    form = VerifyAgainForm((request.POST if sent else request.GET) or None, countries=_countries())
    if not form.is_bound or not form.is_valid():
        return render(request, _VERIFY, {"form": form}, status=422 if sent or form.is_bound else 200)
    days, whom = form.cleaned_data["days"], {"country": form.cleaned_data["country"], "agency": form.found}
    until = timezone.now() + timedelta(days=days)
    ask = AskForm(request.POST if sent else None)
    if sent and ask.is_valid():
        shown = ask.cleaned_data["expected"]
        if _done(ask, _asking(signed_in(request), whom, days, ask.cleaned_data["reason"], shown)):
            text = ngettext("%d officer is asked to verify again.", "%d officers are asked to verify again.", shown)
            messages.success(request, text % shown)
            return redirect("accounts:officers")
    count = reverification.affected(**whom, until=until).count()
    name = form.found.name if form.found else countries.name(form.cleaned_data["country"])
    context = {"form": form, "ask": ask, "count": count, "until": until, "whom": name, "days": days}
    return render(request, _VERIFY, context, status=422 if sent else 200)


def _asking(by: User, whom: dict[str, Any], days: int, reason: str, expected: int) -> Callable[[], object]:
    return lambda: reverification.ask(by=by, days=days, reason=reason, expected=expected, **whom)


def _change_lead(request: HttpRequest, pk: int, act: Callable[..., object], saved: str) -> HttpResponse:
    member, user = _newest(request, pk), signed_in(request)
    if request.method == "GET":  # back from the second factor
        return redirect("accounts:officer", pk)
    form = ReasonForm(request.POST)
    if form.is_valid() and _done(form, lambda: act(member, by=user, reason=form.cleaned_data["reason"])):
        messages.success(request, saved)
        return redirect("accounts:officer", pk)
    return _draw(request, member, reason_form=form)


def _done(form: Any, act: Callable[[], object]) -> bool:
    """Do it, or show the refusal above the form."""
    try:
        act()
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _newest(request: HttpRequest, pk: int) -> AgencyMembership:
    """Return the membership of this person that is in force, else the last one."""
    rows = AgencyMembership.objects.visible_to(signed_in(request)).select_related("user", "agency")
    newest = rows.filter(user=pk).order_by(F("ended_at").desc(nulls_first=True), "-pk")
    return get_object_or_404(newest[:1])


def _countries() -> list[tuple[str, str]]:
    """The countries whose agencies have or had officers."""
    codes = Agency.objects.filter(memberships__approved_at__isnull=False).values_list("country", flat=True).distinct()
    return sorted(((code, str(countries.name(code) or code)) for code in codes.order_by()), key=lambda pair: pair[1])


def _filtered(rows: QuerySet[AgencyMembership], said: dict[str, str], at: datetime) -> QuerySet[AgencyMembership]:
    rows = rows.filter(_STATES[said.get("status", "")](at))
    if country := said.get("country"):
        rows = rows.filter(agency__country=country)
    if words := said.get("q", "").strip():
        named = Q(user__full_name__icontains=words) | Q(user__email__icontains=words)
        rows = rows.filter(named | Q(agency__name__icontains=words))
    if only := said.get("due"):
        rows = rows.filter(_ONLY[only](at))
    used = Greatest("approved_at", Coalesce("user__last_verified_at", "approved_at"), output_field=DateTimeField())
    due = Coalesce("verify_again_at", "approved_at", output_field=DateTimeField())
    return rows.select_related("user", "agency").annotate(used_at=used, due=due)


_live = Q(ended_at=None)
_kept = Q(suspended_at__isnull=False) | ~Q(agency__status=AgencyStatus.ACTIVE)
_STATES: dict[str, Callable[[datetime], Q]] = {
    "": lambda _at: _live,
    "access": may_act,
    "lapsed": lambda at: _live & ~_kept & (Q(lapsed_at__isnull=False) | Q(verify_again_at__lte=at)),
    "suspended": lambda _at: _live & _kept,
    "ended": lambda _at: ~_live,
}
_ONLY: dict[str, Callable[[datetime], Q]] = {
    "soon": lambda at: Q(lapsed_at=None, verify_again_at__lte=at + _SOON),
    "unused": lambda at: (
        Q(approved_at__lte=at - reverification.UNUSED)
        & (Q(user__last_verified_at=None) | Q(user__last_verified_at__lte=at - reverification.UNUSED))
    ),
    "lead": lambda _at: Q(role=DeskRole.LEAD),
}


def _draw(
    request: HttpRequest,
    member: AgencyMembership,
    *,
    call_form: CallBackForm | None = None,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    """Draw one officer's page; a form that was sent comes back with its errors."""
    user, at = signed_in(request), timezone.now()
    numbers = calls.usable_numbers(member.agency)
    refusal = leads.appoint_refusal(member, user, at=at)
    may_call = member.ended_at is None and member.role != DeskRole.LEAD and not leads.call_refusal(member, user)
    context = officers.known_of(member.user) | deliveries.mail_of(member.user, user)
    context |= {
        "member": member,
        "officer": member.user,
        "ends": reverification.ends_of(member),
        "numbers": numbers,
        "lead_call": leads.call_for(member, at=at),
        "lead_calls": leads.calls_about(member, at=at),
        "may_manage": has_permission(user, Permission.MANAGE_MEMBERS),
        "appoint_refusal": refusal,
        "may_suspend": has_permission(user, Permission.SUSPEND_ACCESS),
        "call_form": call_form or (CallBackForm(numbers=numbers) if may_call else None),
        "reason_form": reason_form or ReasonForm(),
    }
    bound = any(form is not None and form.is_bound for form in (call_form, reason_form))
    return render(request, "accounts/staff/officer.html", context, status=422 if bound else 200)
