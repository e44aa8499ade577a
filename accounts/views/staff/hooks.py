"""Hooks: pagers and systems of the company that are called when something happens. For administrators."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.hooks import HookForm, SecretForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission
from accounts.sealed import seal, unseal
from accounts.services import hooks as service
from foundation.core.errors import PortalError
from foundation.core.jobs import JobState
from foundation.notifications.hooks.addresses import AddressRefused
from foundation.notifications.hooks.calling import NOT_TRIED
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook, HookAttempt, HookCall

_METHODS = ["GET", "HEAD", "POST"]
_SECRET, _SECRET_SECONDS = "hook_secret", 300
_SHOWN = 50


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every hook by name, with its last answer and what waits."""
    newest = HookAttempt.objects.filter(call__hook=OuterRef("pk")).order_by("-at", "-pk")
    rows = Hook.objects.order_by("name", "pk").annotate(
        waiting=Count("calls", filter=Q(calls__state__in=[JobState.PENDING, JobState.RUNNING])),
        given_up=Count("calls", filter=Q(calls__state=JobState.GIVEN_UP)),
        last_at=Subquery(newest.values("at")[:1]),
        last_outcome=Subquery(newest.values("outcome")[:1]),
    )
    return render(request, "staff/hooks.html", {"rows": [(row, _words(row)) for row in rows]})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_safe
def hook(request: HttpRequest, uid: str) -> HttpResponse:
    """One hook and its last calls."""
    row = get_object_or_404(Hook.objects.select_related("created_by"), uid=uid)
    calls = [(call, HookEvent(call.event).label) for call in _calls(row)[:_SHOWN]]
    return render(request, "staff/hooks_one.html", {"row": row, "wanted": _words(row), "calls": calls, "most": _SHOWN})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Add a hook; its secret is shown on the next page, once."""
    kept = _kept(request)
    form = HookForm(request.POST if request.method == "POST" else kept)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row, secret = service.add(name=said["name"], url=said["url"], events=said["events"], by=signed_in(request))
        except PortalError as refusal:
            form.add_error(_place(refusal), str(refusal))
        else:
            return _show_secret(request, row, secret)
    context = {"form": form, "kept": kept is not None}
    return render(request, "staff/hooks_form.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def change(request: HttpRequest, uid: str) -> HttpResponse:
    """Change name, address or events."""
    row, kept = get_object_or_404(Hook, uid=uid), _kept(request)
    form = HookForm(request.POST if request.method == "POST" else kept, initial=HookForm.initial_of(row))
    stored = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        version = -1 if said["version"] is None else said["version"]
        try:
            saved = service.change(
                row, name=said["name"], url=said["url"], events=said["events"], version=version, by=signed_in(request)
            )
        except PortalError as refusal:
            form.add_error(_place(refusal), str(refusal))
            stored = _stored(form, uid)
        else:
            messages.success(request, _("The hook is saved.") if saved else _("Nothing was different."))
            return redirect("accounts:hook", uid)
    context = {"form": form, "row": row, "stored": stored, "kept": kept is not None}
    return render(request, "staff/hooks_form.html", context, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def secret(request: HttpRequest, uid: str) -> HttpResponse:
    """Make a new secret."""
    row = get_object_or_404(Hook, uid=uid)
    form = SecretForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = service.renew_secret(row, keep=form.cleaned_data["old"] == "keep", by=signed_in(request))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _show_secret(request, row, made)
    return render(request, "staff/hooks_secret.html", {"row": row, "form": form}, status=_status(request))


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@never_cache
@require_safe
def secret_shown(request: HttpRequest, uid: str) -> HttpResponse:
    """Show a secret that was made a moment ago, once: whoever reloads the page reads that it is gone."""
    row = get_object_or_404(Hook, uid=uid)
    kept = unseal(request.session.pop(_SECRET, None), seconds=_SECRET_SECONDS)
    found = kept["secret"] if isinstance(kept, dict) and kept.get("hook") == row.pk else ""
    if found:
        service.note_shown(row, by=signed_in(request))
    return render(request, "staff/hooks_secret_shown.html", {"row": row, "secret": found})


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def switch(request: HttpRequest, uid: str) -> HttpResponse:
    """Switch a hook on or off; the form says which, so that a second press does not undo the first."""
    row = get_object_or_404(Hook, uid=uid)
    to = request.POST.get("action", "")
    if to in ("on", "off"):
        _do(request, lambda: service.switch(row, on=to == "on", by=signed_in(request)), _SAID[to])
    return redirect("accounts:hook", uid)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_http_methods(_METHODS)
def test(request: HttpRequest, uid: str) -> HttpResponse:
    """Send a test."""
    row = get_object_or_404(Hook, uid=uid)
    if request.method == "POST":
        said = _("A test is on its way. Reload this page in a moment to read the answer.")
        _do(request, lambda: service.send_test(row, by=signed_in(request)), said)
    return redirect("accounts:hook", uid)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS)
@require_http_methods(_METHODS)
def again(request: HttpRequest, uid: str, call: str) -> HttpResponse:
    """Make a call that was given up once more."""
    row = get_object_or_404(HookCall.objects.select_related("hook"), uid=call, hook__uid=uid)
    if request.method == "POST":
        _do(request, lambda: service.call_again(row, by=signed_in(request)), _("The call is made again."))
    return redirect("accounts:hook", uid)


@access(Audience.STAFF, permission=Permission.MANAGE_SETTINGS, step_up=True)
@require_http_methods(_METHODS)
def remove(request: HttpRequest, uid: str) -> HttpResponse:
    """Remove a hook, after a page that says what goes with it."""
    row = get_object_or_404(Hook, uid=uid)
    if request.method == "POST":
        _do(request, lambda: service.remove(row, by=signed_in(request)), _("%s is removed.") % row.name)
        return redirect("accounts:hooks")
    waiting = row.calls.filter(state__in=[JobState.PENDING, JobState.RUNNING]).count()
    return render(request, "staff/hooks_remove.html", {"row": row, "waiting": waiting})


_SAID = {"on": "The hook is switched on.", "off": "The hook is switched off. Nothing is called until it is on again."}


def _calls(row: Hook) -> QuerySet[HookCall]:
    newest = HookAttempt.objects.filter(call=OuterRef("pk")).order_by("-at", "-pk")
    return row.calls.order_by("-created_at", "-pk").annotate(
        last_at=Subquery(newest.values("at")[:1]),
        last_status=Subquery(newest.values("status")[:1]),
        last_detail=Subquery(newest.values("detail")[:1]),
        tried=Subquery(newest.exclude(detail=NOT_TRIED).order_by().values("call").annotate(n=Count("pk")).values("n")),
    )


def _words(row: Hook) -> list[str]:
    """What a hook wants, in words; an event that this version does not know, by its name."""
    known = dict(HookEvent.choices)
    return [str(known.get(event, event)) for event in row.events]


def _stored(form: HookForm, uid: str) -> tuple[Hook, list[str]] | None:
    """What somebody else saved meanwhile; saving again is done knowingly. None where nobody did."""
    row = get_object_or_404(Hook, uid=uid)
    if row.lock_version == form.cleaned_data["version"]:
        return None
    typed: Any = form.data
    form.data = typed.copy()
    form.data["version"] = str(row.lock_version)  # type: ignore[index]
    return row, _words(row)


def _show_secret(request: HttpRequest, row: Hook, made: str) -> HttpResponse:
    request.session[_SECRET] = seal({"hook": row.pk, "secret": made})
    return redirect("accounts:hook_secret_shown", row.uid)


def _do(request: HttpRequest, act: Any, said: str) -> None:
    """Do one thing and say so, or say why not."""
    try:
        done = act()
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        if done is not False:
            messages.success(request, said)


def _place(refusal: PortalError) -> str | None:
    return "url" if isinstance(refusal, AddressRefused) else None


def _kept(request: HttpRequest) -> Any:
    """What was typed before the second factor was asked for."""
    return take_back(request, request.path) if request.method == "GET" else None


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
