"""The holds as staff see them: figures, the next 90 days, extensions to decide, and the list."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.references import normalise_reference
from preservation import status_words
from preservation.enums import ENDED_STATUSES, ExtensionStatus
from preservation.forms.holds import FilterForm
from preservation.models import HoldExtension
from preservation.querysets import PreservationHoldQuerySet
from preservation.views.common import rows_of
from preservation.views.staff import figures

PAGE = 25
_KEY = re.compile(r"([0-9]{1,20})\.([0-9]{1,18})")


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """One page of holds, soonest end first; ended ones latest first."""
    user: Any = request.user
    now = timezone.now()
    visible = figures.all_visible(user)
    form = FilterForm(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = _filtered(visible, given, now)
    page, more = _page(found, request.GET.get("after", ""), backwards=given.get("state") == "ended")
    rows = rows_of(page, now)
    context = {
        "form": form if form.is_bound else FilterForm(),
        "counts": figures.counts(visible, now),
        "weeks": figures.strip(visible, now),
        "extensions": _extensions(visible),
        "rows": [(row, _covers(row), status_words.reminders_sent(row.hold)) for row in rows],
        "total": found.count(),
        "active": _active(given),
        "state": given.get("state", ""),
        "next": f"?{_query(given, after=_key(page[-1]))}" if more else "",
        "first": f"?{_query(given)}" if request.GET.get("after") else "",
        "may_decide": has_permission(user, Permission.DECIDE_HOLDS),
    }
    return render(request, "holds/staff_list.html", context)


def _extensions(visible: PreservationHoldQuerySet) -> list[tuple[HoldExtension, str, str]]:
    found = figures.open_extensions(visible)[:50]
    return [
        (item, status_words.ordinal_extension(item.before + 1), status_words.country(item.hold.agency.country))
        for item in found
    ]


def _covers(row: Any) -> str:
    return status_words.covers(row.hold, list(row.hold.identifiers.all()))


def _filtered(visible: PreservationHoldQuerySet, given: dict[str, Any], now: datetime) -> PreservationHoldQuerySet:
    state = given.get("state", "")
    found = visible.filter(status__in=ENDED_STATUSES) if state == "ended" else visible.open()
    if state == "asked":
        found = found.filter(extensions__status=ExtensionStatus.REQUESTED)
    if (within := given.get("within")) and state != "ended":
        found = found.ending(int(within), now)
    if (day := given.get("ends")) and state != "ended":
        found = figures.ends_on(found, day)
    if words := given.get("q"):
        known = normalise_reference(words)
        about = Q(case_number__icontains=words) | Q(title__icontains=words) | Q(agency__name__icontains=words)
        found = (
            found.filter(Q(reference=known) | Q(request_reference=known, restricted=False))
            if known
            else found.filter(about)
        )
    return found


def _page(found: PreservationHoldQuerySet, after: str, *, backwards: bool) -> tuple[list[Any], bool]:
    """Return the rows after a key, and whether there are more."""
    if match := _KEY.fullmatch(after):
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(match[1]))
        pk = int(match[2])
        further = Q(expires_at__lt=at) | Q(expires_at=at, pk__lt=pk)
        found = found.filter(further if backwards else Q(expires_at__gt=at) | Q(expires_at=at, pk__gt=pk))
    order = ("-expires_at", "-pk") if backwards else ("expires_at", "pk")
    rows = found.with_extensions().select_related("agency", "provider").prefetch_related("identifiers").order_by(*order)
    page = list(rows[: PAGE + 1])
    return page[:PAGE], len(page) > PAGE


def _key(hold: Any) -> str:
    return f"{(hold.expires_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)}.{hold.pk}"


def _query(given: dict[str, Any], **extra: str) -> str:
    kept = {name: str(value) for name, value in given.items() if value}
    return urlencode(kept | extra)


def _active(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the filters in force, each with the address of the list without it."""
    chosen = {name: value for name, value in given.items() if value}
    return [
        (_said(name, value), f"?{_query({k: v for k, v in chosen.items() if k != name})}")
        for name, value in chosen.items()
    ]


def _said(name: str, value: Any) -> str:
    match name:
        case "within":
            return f"Ends within {value} days"
        case "ends":
            return f"Ends on {value:%-d %b %Y}"
        case "state":
            return "Extension asked" if value == "asked" else "Ended"
    return f"“{value}”"
