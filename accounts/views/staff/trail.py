"""The audit log, for auditors. Reading it leaves an entry too."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.trail import TrailFilter
from accounts.permissions import Permission
from accounts.services import trail as service

SIZE = 50


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Entries, newest first, by action, person and reference."""
    form = TrailFilter(request.GET or None)
    said: dict[str, str] = form.cleaned_data if form.is_valid() else {}
    before = request.GET.get("before", "")
    older_than = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    wanted = {name: said.get(name, "").strip() for name in ("action", "actor", "reference")}
    found = service.read(
        by=signed_in(request),
        action=wanted["action"],
        actor=wanted["actor"],
        reference=wanted["reference"],
        older_than=older_than,
        most=SIZE + 1,
    )
    more = len(found) > SIZE
    query = {name: value for name, value in wanted.items() if value}
    following = f"?{urlencode({**query, 'before': found[SIZE - 1].pk})}" if more else ""
    context = {"entries": found[:SIZE], "form": form, "next": following, "filtered": bool(query)}
    return render(request, "accounts/staff/trail.html", context)
