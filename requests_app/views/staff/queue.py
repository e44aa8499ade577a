"""The queue: emergencies on top, then everything open by its deadline."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core import clocks
from requests_app import queue as reading
from requests_app import queue_choices, queue_tally
from requests_app.models import SavedView
from requests_app.queue_choices import Choices
from requests_app.queue_filters import VIEWS, Filters, left_out, narrowed

# The filters on the one line above the table; the others open below it.
_USUAL = ("process", "status", "country", "team", "assignee", "due")


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue; everything it depends on stands in the address."""
    user: Any = request.user
    at, filters = timezone.now(), Filters.read(request.GET)
    page = reading.read_page(
        narrowed(user, filters, at), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    choices, saved = queue_choices.read(user), list(SavedView.objects.filter(user=user))
    counts = reading.counts(user, filters, at, _extra(choices, saved))
    _add_remarks(page.rows, user, at)
    context = {
        "page": page,
        "filters": filters,
        "tabs": _tabs(filters, choices, saved, counts),
        "total": reading.shown_count(counts[reading.SHOWN]),
        "all_open": reading.shown_count(counts[""]),
        "desk_overdue": reading.shown_count(counts[reading.ALL_OVERDUE]),
        "late_emergencies": counts[reading.LATE_EMERGENCIES],
        "left_out": left_out(request.GET),
        "reversed_days": filters.reversed_days,
        "nothing_set": not filters.in_force,
        "fields": _fields(filters, choices, restricted=bool(counts[reading.RESTRICTED])),
        "active": [(words, queue_address(filters.but(**{name: ""}))) for name, words in choices.words(filters)],
        "previous": queue_address(filters, before=page.before) if page.before else "",
        "next": queue_address(filters, after=page.after) if page.after else "",
        "query": filters.query(),
        "kept": any(view.query == filters.query() for view in saved),
        "saved": bool(saved),
    }
    return render(request, "staff/queue.html", context | _rights(user) | _tally(user, at))


def _add_remarks(rows: list[Any], user: Any, at: datetime) -> None:
    """Put beside each row when something last happened, and whether it looks like another request."""
    last, alike = reading.activity(rows), reading.look_alikes(user, rows, at)
    for row in rows:
        row.active_at, row.looks_alike = last.get(row.pk, row.submitted_at), row.pk in alike


def queue_address(filters: Filters, **place: str) -> str:
    """Return the address of the queue under these filters, at a place in it."""
    query = filters.query(**place)
    return reverse("staff:queue") + (f"?{query}" if query else "")


def _rights(user: Any) -> dict[str, Any]:
    may_work = has_permission(user, Permission.REVIEW_REQUEST)
    try:
        bulk = reverse("staff:bulk") if may_work else ""
    except NoReverseMatch:
        bulk = ""
    return {"may_take": may_work, "may_export": has_permission(user, Permission.EXPORT_LISTS), "bulk": bulk}


def _tally(user: Any, at: datetime) -> dict[str, Any]:
    found = queue_tally.read(user, at)
    median = clocks.span(found.median) if found.median is not None else ""
    return {"received": found.received, "answered": found.answered, "median": median}


def _extra(choices: Choices, saved: list[SavedView]) -> dict[str, Filters]:
    """What is counted beside the views everybody has."""
    teams = {f"team:{pk}": Filters(team=pk) for pk in choices.own_teams}
    return teams | {f"saved:{view.pk}": Filters.of_query(view.query) for view in saved}


def _tabs(filters: Filters, choices: Choices, saved: list[SavedView], counts: dict[str, int]) -> list[dict[str, Any]]:
    """The views everybody has, one for each own team, and the person's own, each without other filters.

    The last that says what the address says is the current one, else the view that the filters narrow down.
    """
    asked = {view: (words, Filters(view=view)) for view, words in VIEWS.items()}
    extra = _extra(choices, saved)
    asked |= {f"team:{pk}": (name, extra[f"team:{pk}"]) for pk, name in choices.own_teams.items()}
    asked |= {f"saved:{view.pk}": (view.name, extra[f"saved:{view.pk}"]) for view in saved}
    current = [filters.view, *(key for key, (_words, one) in asked.items() if one == filters)][-1]
    return [
        {
            "words": words,
            "count": reading.shown_count(counts[key]),
            "url": queue_address(one),
            "current": key == current,
        }
        for key, (words, one) in asked.items()
    ]


def _fields(filters: Filters, choices: Choices, *, restricted: bool) -> dict[str, Any]:
    """The selects of the filter bar, the usual ones and the rest, which are open where one of them is set.

    Who reads no restricted request is not asked about them.
    """
    chosen = filters.as_dict()
    found = [
        {"name": name, "label": label, "none": none, "choices": options, "chosen": chosen[name]}
        for name, label, none, options in choices.selects(restricted=restricted or bool(filters.restricted))
    ]
    usual = [field for field in found if field["name"] in _USUAL]
    more = [field for field in found if field["name"] not in _USUAL]
    return {"usual": usual, "more": more, "open": any(chosen[name] for name in chosen if name not in (*_USUAL, "view"))}
