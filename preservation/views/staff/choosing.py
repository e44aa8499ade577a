"""What was found and kept for one hold: choosing between accounts, trying again, the manifest to take away."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation.enums import MATCH_NEXT
from preservation.events import Event
from preservation.forms.choosing import ChooseForm
from preservation.permissions import accept_refusal
from preservation.services import certificates, choosing, execution
from preservation.views.common import send_certificate, staff_hold


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """The accounts that an identifier leads to, and which is meant; looking at them is noted."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    item = hold.identifiers.select_related("chosen_by").filter(pk=pk).first()
    if item is None:
        raise Http404
    if refusal := choosing.refusal_of(hold, item) or accept_refusal(user, hold):
        messages.error(request, refusal)
        return redirect("holds:staff_detail", reference=hold.reference)
    record(Event.VIEWED, by=user, obj=hold, data={"accounts": len(item.candidates)})
    form = ChooseForm(request.POST if request.method == "POST" else None, found=choosing.shown(item))
    if request.method == "POST" and form.is_valid():
        try:
            choosing.choose(item, account=form.cleaned_data["account"], reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            kept = form.cleaned_data["account"] != choosing.NONE
            messages.success(request, "Chosen. Its records are kept now." if kept else "Noted: none of them is meant.")
            return redirect("holds:staff_detail", reference=hold.reference)
    status = 422 if form.errors else 200
    return render(request, "holds/staff_choose.html", {"hold": hold, "item": item, "form": form}, status=status)


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def try_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the company's systems again. A GET comes back from the second factor and leads to the page again."""
    hold = staff_hold(request, reference)
    if request.method == "POST":
        try:
            execution.try_again(hold, by=request.user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Our systems are asked again. Look here in a minute.")
    return redirect("holds:staff_detail", reference=hold.reference)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def manifest(request: HttpRequest, reference: str) -> HttpResponse:
    """What was kept, as JSON to take away: files, sizes, hashes, days, and every comparison; noted."""
    hold = staff_hold(request, reference)
    record(Event.MANIFEST_DOWNLOADED, by=request.user, obj=hold)
    facts = {
        "hold": hold.reference,
        "carried_out_at": hold.snapshot_at.isoformat() if hold.snapshot_at else "",
        "ends_at": hold.expires_at.isoformat() if hold.expires_at else "",
        "accounts": hold.snapshot.get("accounts", []),
    }
    answer = HttpResponse(json.dumps(facts, indent=2), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{hold.reference}-manifest.json"'
    return answer


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def old_certificate(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """A certificate that was made for this hold, the present one or one before it."""
    hold = staff_hold(request, reference)
    return send_certificate(request, hold, certificates.made(hold, uid))


def kept_facts(hold: Any, user: Any) -> dict[str, Any]:
    """Return what the page of a hold shows of what was found and kept."""
    named = list(hold.identifiers.select_related("chosen_by").order_by("pk"))
    decides = accept_refusal(user, hold) is None
    return {
        "named": named,
        "found": [(item, _next(item), decides and choosing.refusal_of(hold, item) is None) for item in named],
        "snapshots": [_shown(one) for one in hold.snapshot.get("accounts", [])],
        "undecided": hold.is_open and execution.to_choose(hold).exists(),
        "coming": hold.is_open and any(item.account and not item.released_at for item in named),
        "troubles": execution.troubles(hold),
        "may_try_again": decides,
        "earlier_certificates": certificates.earlier(hold),
    }


def _next(item: Any) -> str:
    """Say what follows from the match, or what a person made of it."""
    if item.released_at is not None:
        return "Released: nothing is kept for it any more"
    if item.chosen_at is None:
        return MATCH_NEXT.get(item.match_result, "")
    name = item.chosen_by.get_full_name()
    return f"{name} chose this account" if item.account else f"{name} found that none of them is meant"


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with its times as times, for the page."""
    checks = [{**check, "at": _moment(check.get("at"))} for check in one.get("checks", [])]
    times = {name: _moment(one.get(name)) for name in ("taken_at", "until", "released_at")}
    return {**one, **times, "checks": checks, "files": [_file(file) for file in one.get("files", [])]}


def _file(file: dict[str, Any]) -> dict[str, Any]:
    return {**file, **{name: _moment(file.get(name)) for name in ("first_day", "last_day")}}


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
