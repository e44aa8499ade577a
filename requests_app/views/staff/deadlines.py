"""The next two weeks of deadlines: how many each team has on which day, and the list behind the numbers."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.notifications.running_clocks import ShownDeadline, deadlines_between
from requests_app import agenda
from requests_app.agenda import Day, Filters


@access(Audience.STAFF, permission=Permission.SEE_DEADLINES)
@require_safe
def deadlines(request: HttpRequest) -> HttpResponse:
    """Show what is due until when; everything the page depends on stands in the address."""
    user: Any = request.user
    at, filters = timezone.now(), Filters.read(request.GET)
    shown = list(deadlines_between(user, *agenda.span(at)))
    everybodys = agenda.narrowed(shown, filters, reader=user, team=False)
    teams = agenda.teams_of(everybodys)
    days = agenda.plan(agenda.narrowed(everybodys, filters, reader=user), at=at)
    listed = [_list(*one, filters, user, at.date()) for one in agenda.listed(days, filters)]
    context = {
        "filters": filters,
        "tabs": _tabs(filters, shown, user),
        "teams": [team or "No team" for team in teams],
        "plan": [_row(day, teams, filters, at.date()) for day in agenda.plan(everybodys, at=at)],
        "listed": listed,
        "listed_total": sum(day["total"] for day in listed),
        "team_choices": [(team or agenda.NO_TEAM, team or "No team") for team in agenda.teams_of(shown)],
        "clock_choices": sorted({row.clock for row in shown}),
        "total": sum(day.total for day in days),
        "overdue": sum(day.total for day in days if day.key == agenda.OVERDUE),
        "today": sum(day.total for day in days if day.day == at.date()),
        "active": _active(filters, at.date()),
    }
    return render(request, "staff/deadlines.html", context)


def _tabs(filters: Filters, shown: list[ShownDeadline], user: Any) -> list[dict[str, Any]]:
    everything, mine = agenda.number_of(shown), agenda.number_of(row for row in shown if agenda.is_of(row, user))
    return [
        {"words": "All", "count": everything, "url": _address(filters, view=""), "current": not filters.mine},
        {"words": "Mine", "count": mine, "url": _address(filters, view="mine"), "current": filters.mine},
    ]


def _row(day: Day, teams: list[str], filters: Filters, today: date) -> dict[str, Any]:
    """Return a day of the plan with the count of each team, each a way to the list."""
    cells = [
        {"count": count, "url": f"{_address(filters, day=day.key, team=team or agenda.NO_TEAM)}#list", "team": team}
        for team, count in zip(teams, day.counts(teams), strict=True)
    ]
    url = f"{_address(filters, day=day.key, team='')}#list"
    weekend = day.day is not None and day.day.weekday() > 4
    return {"words": _words(day.key, today), "key": day.key, "cells": cells, "total": day.total, "url": url,
            "weekend": weekend}  # fmt: skip


def _list(
    day: Day, rows: Iterable[ShownDeadline], more: int, filters: Filters, user: Any, today: date
) -> dict[str, Any]:
    marked = [(row, agenda.is_of(row, user)) for row in rows]
    url = f"{_address(filters, day=day.key)}#list"
    return {"words": _words(day.key, today), "key": day.key, "rows": marked, "more": more, "url": url,
            "total": day.total}  # fmt: skip


def _words(key: str, today: date) -> str:
    """Name a row of the plan: Overdue, Today, Tomorrow, or the day with its year where that is not this one."""
    if key == agenda.OVERDUE:
        return "Overdue"
    if key == agenda.STOPPED:
        return "Clock stopped"
    day = date.fromisoformat(key)
    near = {today: "Today, ", today + timedelta(days=1): "Tomorrow, "}.get(day, "")
    return near + format_date(day, "D j M" if day.year == today.year else "D j M Y")


def _active(filters: Filters, today: date) -> list[tuple[str, str]]:
    """Return the filters in force in words, each with the address without it."""
    team = "No team" if filters.team == agenda.NO_TEAM else filters.team
    said = {"day": _words(filters.day, today) if filters.day else "", "team": team, "clock": filters.clock}
    return [(words, _address(filters, **{name: ""})) for name, words in said.items() if words]


def _address(filters: Filters, **other: str) -> str:
    query = urlencode(filters.query(**other))
    return reverse("staff:deadlines") + (f"?{query}" if query else "")
