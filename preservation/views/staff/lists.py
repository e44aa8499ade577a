"""The holds as staff see them: figures, the next 90 days, extensions to decide, and the list in its tabs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.models import Agency
from accounts.permissions import Permission, has_permission
from preservation import filter_words, list_filters, status_words
from preservation.forms.lists import SearchForm
from preservation.list_filters import Filters, Tab
from preservation.models import HoldExtension
from preservation.querysets import PreservationHoldQuerySet
from preservation.services.hold_export import may_export
from preservation.views.common import rows_of
from preservation.views.staff import figures

PAGE = 25
_KEY = re.compile(r"([0-9]{1,20})\.([0-9]{1,18})")
_EPOCH = datetime.fromtimestamp(0, UTC)
# Further tabs exist only while something is in them or they are looked at.
_ALWAYS = {Tab.RUNNING, Tab.ACCEPT, Tab.ASKED, Tab.ENDING, Tab.ENDED}


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """One page of holds, in the order of its tab."""
    user: Any = request.user
    now = timezone.now()
    visible = figures.all_visible(user)
    filters = Filters.read(request.GET)
    counts = list_filters.counts(visible, now)
    found = list_filters.narrowed(visible, filters, now)
    page, more = _page(found, filters.state, request.GET.get("after", ""))
    total = list_filters.bounded(found)
    context = {
        "filters": filters,
        "query": filters.query(),
        "tabs": _tabs(filters, counts),
        "tally": figures.tally(visible, counts, now),
        "weeks": figures.strip(visible, now),
        "extensions": _extensions(visible) if filters.state in {Tab.RUNNING, Tab.ASKED} else [],
        "rows": shown(page, filters.state, now),
        "total": total,
        "total_words": list_filters.number_words(total),
        "choices": _choices(filters),
        "active": _active(filters),
        "order": list_filters.order_words(filters.state),
        "next": f"?{filters.query(after=_key(page[-1]))}" if more else "",
        "first": f"?{filters.query()}" if request.GET.get("after") else "",
        "may_decide": has_permission(user, Permission.DECIDE_HOLDS),
        "may_export": may_export(user),
        "search": SearchForm(),
    }
    return render(request, "holds/staff_list.html", context)


def _tabs(filters: Filters, counts: dict[Tab, int]) -> list[dict[str, Any]]:
    return [
        {
            "words": words,
            "url": f"?{Filters(state=tab).query()}",
            "count": list_filters.number_words(counts[tab]) if tab in counts else "",
            "current": tab is filters.state,
        }
        for tab, words in list_filters.TAB_WORDS.items()
        if tab in _ALWAYS or counts.get(tab) or tab is filters.state
    ]


def shown(page: list[Any], state: Tab, now: datetime) -> list[tuple[Any, str, str, str]]:
    """Return holds read with with_extensions() as rows: the row, what it covers, its reminders, what to know of it."""
    return [
        (
            row,
            status_words.covers(row.hold, list(row.hold.identifiers.all())),
            status_words.reminders_sent(row.hold),
            status_words.to_know(row.hold, now, review=state is Tab.REVIEW),
        )
        for row in rows_of(page, now)
    ]


def _extensions(visible: PreservationHoldQuerySet) -> list[tuple[HoldExtension, str, str]]:
    found = figures.open_extensions(visible)[:50]
    return [
        (item, status_words.ordinal_extension(item.before + 1), status_words.country(item.hold.agency.country))
        for item in found
    ]


def _page(found: PreservationHoldQuerySet, state: Tab, after: str) -> tuple[list[Any], bool]:
    """Return the rows after a key in the order of the tab, and whether there are more."""
    match = _KEY.fullmatch(after)
    place = (_EPOCH + timedelta(microseconds=min(int(match[1]), 10**17)), int(match[2])) if match else None
    rows = list_filters.in_order(found.with_extensions(), state, place).select_related("agency", "provider")
    page = list(rows.prefetch_related("identifiers")[: PAGE + 1])
    return page[:PAGE], len(page) > PAGE


def _key(hold: Any) -> str:
    return f"{(hold.moment - _EPOCH) // timedelta(microseconds=1)}.{hold.pk}"


def _choices(filters: Filters) -> list[dict[str, Any]]:
    """Return the selects above the list, with what is chosen; the end is asked for only of what runs down."""
    codes = Agency.objects.order_by("country").values_list("country", flat=True).distinct()
    countries = sorted(((code, status_words.country(code)) for code in codes), key=lambda item: item[1])
    found = [
        ("country", "Country", "All", countries, filters.country),
        ("ground", "Ground", "All", list(list_filters.GROUNDS.items()), filters.ground),
    ]
    if filters.state in {Tab.RUNNING, Tab.ACCEPT, Tab.ASKED, Tab.REVIEW}:
        found.insert(0, ("within", "Ends", "Any time", list(list_filters.WITHIN.items()), filters.within))
    names = ("name", "label", "none", "choices", "chosen")
    return [dict(zip(names, item, strict=True)) for item in found]


def _active(filters: Filters) -> list[tuple[str, str]]:
    """Return the filters in force in words, each with the address of the list without it."""
    return [(filter_words.said(filters, name), f"?{filters.without(name).query()}") for name in filters.set]
