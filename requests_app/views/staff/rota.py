"""The rota of emergencies: who is paged at which step, what would happen now, and changing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.providers.models import Team
from requests_app.forms.catalogue import put
from requests_app.forms.rota import (
    DutyForm,
    MomentForm,
    MoveStepForm,
    StepForm,
    VersionForm,
    duty_initial,
    step_initial,
)
from requests_app.models import RotaDuty, RotaStep
from requests_app.services import rota, rota_editing, rota_plan
from requests_app.views.staff.company import Company, company_of

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_safe
def rotas(request: HttpRequest) -> HttpResponse:
    """One rota: its steps with their holes, and who would be paged from now or from another moment on."""
    company = company_of(request)
    provider, team = company.provider, _team(request, company)
    form = MomentForm(request.GET if "moment" in request.GET else None)
    at = timezone.now()
    moment = (form.cleaned_data["moment"] if form.is_bound and form.is_valid() else None) or at
    steps = rota.steps_of(provider, team)
    own = [step for step in steps if step.team == team]
    context = {
        "company": company,
        "team": team,
        "teams": list(provider.teams.order_by("name")),
        "with_own": set(provider.rota.exclude(team=None).values_list("team", flat=True)),
        "states": rota_plan.states(provider, own, at=at),
        "shared": bool(steps) and not own,
        "holes": rota_plan.holes(provider, steps, at=at),
        "plan": rota_plan.plan(provider, team, steps, at=moment),
        "form": form,
        "moment": moment,
        "tried": moment != at,
        "most": len(own) >= rota_editing.MOST_STEPS,
        "back": address(company, team),
    }
    return render(request, "staff/rota/list.html", context, status=422 if form.errors else 200)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Add a step at the end of a rota."""
    company = company_of(request)
    team, kept = _team(request, company), _kept(request)
    form = StepForm(request.POST if request.method == "POST" else kept)
    if request.method == "POST" and form.is_valid():
        try:
            row = rota_editing.add_step(company.provider, form.said, team=team, by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{row.name}” is step {row.position} now. Say who is on duty in it.")
            return redirect(company.address("staff:rota_step", row.uid))
    return _page(request, "step", company, form, kept=kept, team=team)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def step(request: HttpRequest, uid: Any) -> HttpResponse:
    """Change a step, and see who is on duty in it; the older of two saves is refused."""
    company, row, kept = company_of(request), _step(request, uid), _kept(request)
    form = StepForm(request.POST if request.method == "POST" else kept, initial=step_initial(row))
    stored = None
    if request.method == "POST" and form.is_valid():
        try:
            rota_editing.change_step(row, form.said, version=form.seen, by=signed_in(request))
        except PortalError as refusal:
            stored = _refused(form, refusal, row)
        else:
            messages.success(request, f"“{form.said['name']}” is saved.")
            return redirect(company.address("staff:rota_step", uid))
    return _page(request, "step", company, form, kept=kept, team=row.team, row=row, stored=stored)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def move(request: HttpRequest, uid: Any) -> HttpResponse:
    """Page a step one place earlier or later."""
    company, row, form = company_of(request), _step(request, uid), MoveStepForm(request.POST or None)
    if form.is_valid():
        up, seen = form.cleaned_data["turn"] == "up", form.cleaned_data["seen"]
        try:
            moved = rota_editing.move_step(row, up=up, seen=seen, by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{moved.name}” is step {moved.position} now.")
    return redirect(address(company, row.team))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def remove(request: HttpRequest, uid: Any) -> HttpResponse:
    """Ask whether a step is taken out of the rota, and take it out."""
    company, row = company_of(request), _step(request, uid)
    form = VersionForm(request.POST or None, initial={"version": row.lock_version})
    if form.is_bound and form.is_valid():
        try:
            rota_editing.remove_step(row, version=form.cleaned_data["version"], by=signed_in(request))
        except PortalError as refusal:
            put(form, "version", row.lock_version)
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{row.name}” is removed. Nobody is paged by it any more.")
            return redirect(address(company, row.team))
    return _page(request, "remove", company, form, team=row.team, row=row)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def duty_new(request: HttpRequest, uid: Any) -> HttpResponse:
    """Put somebody on duty in a step."""
    company, row, kept = company_of(request), _step(request, uid), _kept(request)
    start = {"version": row.lock_version, "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    start["zone"] = row.provider.calendar.time_zone
    form = DutyForm(request.POST if request.method == "POST" else kept, initial=start, people=_people(row))
    if request.method == "POST" and form.is_valid():
        try:
            made = rota_editing.add_duty(row, form.said, version=form.seen, by=signed_in(request))
        except PortalError as refusal:
            _refused(form, refusal, row)
        else:
            messages.success(request, f"{made.user.get_full_name()} is on duty in “{row.name}”.")
            return redirect(company.address("staff:rota_step", uid))
    return _page(request, "duty", company, form, kept=kept, team=row.team, row=row)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def duty(request: HttpRequest, uid: Any, pk: int) -> HttpResponse:
    """Change when somebody is on duty."""
    company, row, kept = company_of(request), _step(request, uid), _kept(request)
    one = get_object_or_404(row.duties.select_related("user"), pk=pk)
    one.step = row
    given = request.POST if request.method == "POST" else kept
    form = DutyForm(given, initial=duty_initial(one), people=_people(row))
    if request.method == "POST" and form.is_valid():
        try:
            rota_editing.change_duty(one, form.said, version=form.seen, by=signed_in(request))
        except PortalError as refusal:
            _refused(form, refusal, row)
        else:
            messages.success(request, "When they are on duty is saved.")
            return redirect(company.address("staff:rota_step", uid))
    return _page(request, "duty", company, form, kept=kept, team=row.team, row=row, one=one)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def duty_remove(request: HttpRequest, uid: Any, pk: int) -> HttpResponse:
    """Take somebody off a step."""
    company, row = company_of(request), _step(request, uid)
    one: RotaDuty | None = row.duties.select_related("user", "step__provider").filter(pk=pk).first()
    form = VersionForm(request.POST or None)
    if form.is_valid() and one is not None:
        try:
            rota_editing.remove_duty(one, version=form.cleaned_data["version"], by=signed_in(request))
        except PortalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{one.user.get_full_name()} is taken off “{row.name}”.")
    return redirect(company.address("staff:rota_step", uid))


def address(company: Company, team: Team | None) -> str:
    """Return the address of the rota of a team, or of every team without own."""
    found = reverse("staff:rota") + company.query
    return found if team is None else f"{found}{'&' if company.query else '?'}view={team.pk}"


def _team(request: HttpRequest, company: Company) -> Team | None:
    asked = request.GET.get("view", "")
    return get_object_or_404(company.provider.teams, pk=asked) if asked.isdecimal() and len(asked) < 10 else None


def _step(request: HttpRequest, uid: Any) -> RotaStep:
    row: RotaStep = get_object_or_404(rota_editing.steps_visible_to(signed_in(request)), uid=uid)
    return row


def _people(row: RotaStep) -> Any:
    return rota_editing.people_of(row.provider)


def _refused(form: StepForm | DutyForm, refusal: PortalError, row: RotaStep) -> RotaStep | None:
    """Say on the form why nothing was saved; where somebody else saved, what holds now."""
    form.add_error(None, str(refusal))
    now = RotaStep.objects.filter(pk=row.pk).first()
    if not isinstance(refusal, Stale) or now is None:
        return None
    put(form, "version", now.lock_version)
    return now


def _page(request: HttpRequest, name: str, company: Company, form: Any, **context: Any) -> HttpResponse:
    context |= {"company": company, "form": form, "back": address(company, context["team"])}
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, f"staff/rota/{name}.html", context, status=status)


def _kept(request: HttpRequest) -> Any:
    """What was typed before the second factor was asked for."""
    return take_back(request, request.path) if request.method == "GET" else None
