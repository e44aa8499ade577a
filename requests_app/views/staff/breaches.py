"""The register of breaches: the list with mistaken disclosures in it, one of them, a new one, and all as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.forms.lists import ExportForm
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from accounts.services.list_files import TYPES
from foundation.audit.trail import record
from foundation.core.errors import PortalError, Stale
from foundation.core.forms import PortalForm
from requests_app.breach_rules import FACTS, LABELS, in_words, tidy
from requests_app.events import Event
from requests_app.forms.breaches import CloseBreachForm, FactsForm, ToldForm
from requests_app.models import Breach
from requests_app.services import breach_register
from requests_app.services import breaches as service

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_BREACHES)
@require_safe
def breaches(request: HttpRequest) -> HttpResponse:
    """List the open breaches, what runs out soonest first; with show=closed those that are closed."""
    user: Any = request.user
    closed = request.GET.get("show") == "closed"
    rows, more = breach_register.listed(user, closed=closed)
    counts = breach_register.counted(user)
    may_note = has_permission(user, Permission.GIVE_ADVICE)
    context = {"rows": rows, "more": more, "closed": closed, "counts": counts, "may_note": may_note}
    return render(request, "staff/breaches.html", context | {"open": counts[False], "done": counts[True]})


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(_METHODS)
def breach_new(request: HttpRequest) -> HttpResponse:
    """Note a breach that somebody became aware of."""
    user: Any = request.user
    form = FactsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            breach = service.note(form.cleaned_data, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{breach} is in the register.")
            return redirect("staff:breach", breach.uid)
    return render(request, "staff/breach_new.html", {"form": form}, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_BREACHES)
@require_safe
def breach(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show how a breach stands and every step of it."""
    row = _breach(request, uid)
    record(Event.VIEWED, by=_user(request), obj=row, data={"page": "breach"})
    return _draw(request, row)


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(_METHODS)
def breach_write(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add what is known now, who was told, or close it."""
    row = _breach(request, uid)
    if request.method != "POST":
        return redirect("staff:breach", row.uid)
    action = request.POST.get("action", "")
    if action not in {"facts", "told", "close"}:
        raise Http404
    form = _form(action, row, request.POST)
    if form.is_valid():
        try:
            _write(request, row, form)
        except Stale as error:
            form = _again(row, form, action, request.POST.get("seen", ""))
            form.add_error(None, str(error))
            row = _breach(request, uid)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "It is closed." if action == "close" else "Written down.")
            return redirect("staff:breach", row.uid)
    return _draw(request, row, form)


@access(Audience.STAFF, permission=Permission.SEE_BREACHES, step_up=True, keep_form=True)
@require_http_methods(["GET", "POST"])
def breaches_export(request: HttpRequest) -> HttpResponseBase:
    """Ask why, then answer with the register as a file."""
    user: Any = request.user
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = ExportForm(request.POST if request.method == "POST" else None, initial=kept.dict() if kept else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            found = breach_register.start(form=typed["file_type"], reason=typed["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            headers = {"Content-Disposition": f'attachment; filename="{found.filename}"', "Cache-Control": "no-store"}
            pieces = breach_register.content(found)
            return StreamingHttpResponse(pieces, content_type=TYPES[found.form], headers=headers)
    context = {"form": form, "total": sum(breach_register.counted(user).values())}
    return render(request, "staff/breaches_export.html", context, status=422 if form.is_bound else 200)


def _user(request: HttpRequest) -> Any:
    return request.user


def _breach(request: HttpRequest, uid: UUID) -> Breach:
    rows = service.visible(_user(request)).select_related("provider", "noted_by", "closed_by")
    return get_object_or_404(rows, uid=uid)


def _form(action: str, row: Breach, data: Any) -> PortalForm:
    if action == "facts":
        return FactsForm(data)
    return ToldForm(data, part=row.part) if action == "told" else CloseBreachForm(data)


def _write(request: HttpRequest, row: Breach, form: PortalForm) -> None:
    by: dict[str, Any] = {"by": _user(request), "seen": request.POST.get("seen", "")}
    if isinstance(form, FactsForm):
        service.add(row, form.cleaned_data, **by)
    elif isinstance(form, ToldForm):
        service.note_told(row, form.cleaned_data, **by)
    else:
        service.close(row, reason=form.cleaned_data["closed_reason"], **by)


def _again(row: Breach, form: PortalForm, action: str, seen: str) -> PortalForm:
    """Return the form anew where somebody else wrote meanwhile: what was changed in it stays, the rest is as it is now.

    So who sends it again does not take back what the other person added.
    """
    row.refresh_from_db()
    read, now, data = service.standing_at(row, seen), service.standing(row), dict(form.data.items())
    for name, field in form.fields.items():
        if tidy(form.cleaned_data.get(name)) == read[name]:
            data[name] = field.prepare_value(now[name]) or ""
    found = _form(action, row, data)
    found.is_valid()
    return found


def _draw(request: HttpRequest, row: Breach, form: PortalForm | None = None) -> HttpResponse:
    user, stands = _user(request), service.standing(row)
    context = {
        "breach": row,
        "facts": [(LABELS[name], in_words(name, stands[name])) for name in FACTS if name != "known_at"],
        "history": service.history(row),
        "runs": service.running().filter(pk=row.pk).exists(),
        "why_not": service.refusal(row, by=user) or "",
        "may_write": has_permission(user, Permission.GIVE_ADVICE),
        "why_open": service.close_refusal(row) or "",
        "seen": row.version,
        "form": form,
        "facts_form": form if isinstance(form, FactsForm) else FactsForm(initial=stands),
        "told_form": form if isinstance(form, ToldForm) else ToldForm(initial=stands, part=row.part),
        "close_form": form if isinstance(form, CloseBreachForm) else CloseBreachForm(),
    }
    return render(request, "staff/breach.html", context, status=422 if form is not None else 200)
