"""The audit log, for auditors. Reading it leaves an entry too."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import event_names, trail_filter
from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from accounts.services import trail as service
from accounts.trail_filter import Filter
from foundation.audit import proofs
from foundation.core.errors import NotAllowed
from foundation.notifications.subjects import links

SIZE = 50
_DIGITS = 18
_RARER = ("outcome", "kind", "session", "ip", "request")


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Entries, newest first, by what the address asks for."""
    user, wanted = signed_in(request), Filter.read(request.GET)
    found = service.read(by=user, wanted=wanted, before=_number(request.GET.get("before", "")), most=SIZE + 1)
    more, rows, query = len(found) > SIZE, found[:SIZE], wanted.query()
    context = {
        "entries": rows,
        "wanted": wanted,
        "query": query,
        "left_out": wanted.left_out(request.GET),
        "reversed_days": wanted.since and wanted.until and wanted.since > wanted.until,
        "groups": event_names.GROUPS.items(),
        "outcomes": trail_filter.OUTCOMES.items(),
        "kinds": trail_filter.kinds(),
        "open": any(getattr(wanted, name) for name in _RARER),
        "next": f"?{query}{'&' if query else ''}before={rows[-1].pk}" if more else "",
        "newest": f"?{query}" if "before" in request.GET else "",
    }
    return render(request, "accounts/staff/trail.html", context)


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry: every field, its bytes, its place in the tree, and what was done beside it."""
    user = signed_in(request)
    found = service.open_entry(number, by=user)
    if found is None:
        raise Http404
    shown: Any = found.entry
    context = {
        "found": found,
        "entry": shown,
        "kind": trail_filter.kind_words(shown.object_type) if shown.object_type else "",
        "link": links([shown.object_label], user).get(shown.object_label, ""),
        "digest": bytes(shown.digest).hex(),
        "payload": "" if shown.withheld else _readable(bytes(shown.payload)),
        "around": [
            ("Done in the same request", "request", shown.request_id, found.same_request),
            ("Done in the same session", "session", shown.session, found.same_session),
        ],
    }
    return render(request, "accounts/staff/trail_entry.html", context)


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def proof(request: HttpRequest, number: int) -> HttpResponse:
    """That an entry stands in the trail: its bytes, the way to a signed checkpoint, and its signature."""
    try:
        found = service.proof(number, by=signed_in(request))
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:trail_entry", number)
    if found is None:
        messages.info(request, "There is no proof yet. It will be ready within a minute.")
        return redirect("accounts:trail_entry", number)
    response = JsonResponse(proofs.handed_out([found]), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="entry-{number}-proof.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else None


def _readable(payload: bytes) -> str:
    """Return the entry's JSON with a line for each field; its bytes are in the proof."""
    return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
