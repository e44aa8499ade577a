"""Working time: the calendars that deadlines are counted on, a year of each, and changing them."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.legal.models import WorkCalendar
from foundation.legal.recount import Moved, fingerprint
from foundation.legal.work_calendars import library_changes, state_of
from foundation.legal.year import FIRST_YEAR, LAST_YEAR, months_of
from requests_app.forms.calendars import WEEK, CalendarForm, DeadlinesForm, RecountForm, differences, initial_of
from requests_app.forms.catalogue import put
from requests_app.services import work_calendars as service
from requests_app.views.staff.company import company_of

_METHODS = ["GET", "HEAD", "POST"]
# More are not ticked one by one.
_SHOWN = 200


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every calendar, who counts on it, and whether the public days off changed under it."""
    rows = service.calendars_of(signed_in(request)).prefetch_related("provider_set", "teams", "versions")
    return render(request, "staff/calendars/list.html", {"company": company_of(request), "rows": rows})


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def year(request: HttpRequest, pk: int) -> HttpResponse:
    """A year of a calendar, month by month."""
    row = _calendar(request, pk)
    today = timezone.now().astimezone(ZoneInfo(row.time_zone)).date()
    asked = request.GET.get("year", "")
    number = int(asked) if asked.isdecimal() and len(asked) == 4 else today.year
    number = min(max(number, FIRST_YEAR), LAST_YEAR)
    months = months_of(row, number)
    context = {
        "company": company_of(request), "row": row, "year": number, "today": today, "months": months,
        "working_days": sum(month.working_days for month in months), "state": state_of(row),
        "changes": library_changes(row), "may_change": service.may_change(row, signed_in(request)),
        "week": [(name[:2], name) for name in WEEK],
        "before": number - 1 if number > FIRST_YEAR else None, "after": number + 1 if number < LAST_YEAR else None,
    }  # fmt: skip
    return render(request, "staff/calendars/year.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Make a calendar that nothing is counted on yet."""
    kept = _kept(request)
    form = CalendarForm(request.POST if request.method == "POST" else kept)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = service.add(said["name"], form.state, reason=said["reason"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{row.name} is added.")
            return redirect("staff:calendar", row.pk)
    context = {"company": company_of(request), "form": form, "kept": kept is not None}
    return render(request, "staff/calendars/form.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a calendar in two steps: what is to hold, then what becomes of the open deadlines."""
    row = _calendar(request, pk)
    kept = _kept(request)
    form = CalendarForm(request.POST if request.method == "POST" else kept, initial=initial_of(row))
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            return _planned(request, row, form)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            if row.lock_version != form.cleaned_data["version"]:
                stale = initial_of(row)
                put(form, "version", row.lock_version)
    context = {"company": company_of(request), "form": form, "row": row, "stored": stale, "kept": kept is not None}
    return render(request, "staff/calendars/form.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the open deadlines again on a calendar that stays as it is."""
    row = _calendar(request, pk)
    kept = _kept(request)
    form = RecountForm(request.POST if request.method == "POST" else kept, initial={"version": row.lock_version})
    try:
        found = service.plan(row, state_of(row), by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:calendar", pk)
    choice = _choice(request, found)
    if request.method == "POST" and form.is_valid() and choice.is_valid():
        try:
            done = service.recount(
                row, version=form.cleaned_data["version"], choice=_chosen(choice), reason=form.cleaned_data["reason"],
                by=signed_in(request),
            )  # fmt: skip
        except PortalError as refusal:
            form.add_error(None, str(refusal))
            choice = _again(found)
            put(form, "version", row.lock_version)
        else:
            return _done(request, done)
    context = _list(found) | {"form": form, "choice": choice, "row": row, "changes": library_changes(row)}
    context |= {"company": company_of(request), "kept": kept is not None}
    return render(request, "staff/calendars/recount.html", context, status=_status(request))


def _planned(request: HttpRequest, row: WorkCalendar, form: CalendarForm) -> HttpResponse:
    """Save with a choice, or draw the page that asks for one. Raises what the service refuses."""
    by, said = signed_in(request), form.cleaned_data
    if row.lock_version != said["version"]:
        raise Stale("Somebody else changed this calendar while you had it open. Read what holds now, then save again.")
    if form.state | {"name": said["name"]} == state_of(row) | {"name": row.name}:
        messages.info(request, "Nothing was different, so nothing was saved.")
        return redirect("staff:calendar", row.pk)
    found = service.plan(row, form.state, by=by)
    answered = "seen" in request.POST
    choice = _choice(request, found) if answered else _again(found)
    if answered and choice.is_valid():
        try:
            done = service.change(
                row, name=said["name"], state=form.state, version=said["version"], choice=_chosen(choice),
                reason=said["reason"], by=by,
            )  # fmt: skip
        except Stale:
            choice = _again(found, "The open deadlines changed while you looked. Read the list again, then choose")
        else:
            return _done(request, done)
    context = _list(found) | {"form": form, "choice": choice, "row": row, "company": company_of(request)}
    context["changes"] = differences(row, form)
    return render(request, "staff/calendars/deadlines.html", context, status=422 if answered else 200)


def _choice(request: HttpRequest, found: list[Moved]) -> DeadlinesForm:
    seen = {"seen": fingerprint(found)}
    return DeadlinesForm(request.POST if request.method == "POST" else None, found=found, initial=seen)


def _again(found: list[Moved], problem: str = "") -> DeadlinesForm:
    """The choice once more, over the list as it is now."""
    form = DeadlinesForm({"seen": fingerprint(found), "deadlines": "keep"}, found=found)
    if problem:
        form.add_error("deadlines", problem)
    return form


def _chosen(form: DeadlinesForm) -> service.Choice:
    said = form.cleaned_data
    kind = said["deadlines"] or "keep"  # what stands when nobody chooses
    return service.Choice(kind == "keep", kind == "all", frozenset(said["move"]), said["seen"])


def _list(found: list[Moved]) -> dict[str, Any]:
    now = timezone.now()
    over = sum(moved.at <= now < moved.clock.due for moved in found)
    return {"found": found[:_SHOWN], "number": len(found), "over": over}


def _done(request: HttpRequest, done: service.Outcome | None) -> HttpResponseRedirect:
    if done is None:
        messages.info(request, "Nothing was different, so nothing was saved.")
        return redirect("staff:calendars")
    moved = f"{done.moved} open deadline{'s' if done.moved != 1 else ''} moved" if done.moved else "No deadline moved"
    kept = f", {done.kept} stay as they were" if done.kept else ""
    messages.success(request, f"{done.calendar.name} is saved. {moved}{kept}.")
    return redirect("staff:calendar", done.calendar.pk)


def _calendar(request: HttpRequest, pk: int) -> WorkCalendar:
    return get_object_or_404(service.calendars_of(signed_in(request)), pk=pk)


def _kept(request: HttpRequest) -> Any:
    """What was typed before the second factor was asked for."""
    return take_back(request, request.path) if request.method == "GET" else None


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
