"""How the demo's desk divides its work: routing rules, a priority, and somebody who will be away."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from accounts.absent import day_in
from accounts.models import Absence
from foundation.providers.models import Provider, Team
from lers.demo.people import who
from requests_app.enums import RequestKind
from requests_app.models import RotaStep
from requests_app.services import absences, rota_editing, routing_rules

_NOTHING: dict[str, Any] = {
    "jurisdictions": [], "kinds": [], "issuers": [], "process_codes": [], "languages": [], "entity": None, "rank": None,
}  # fmt: skip


def ensure(provider: Provider, *, long_ago: datetime, now: datetime) -> Iterator[str]:
    """Make what is missing, and name it."""
    if _rules(provider, at=long_ago + timedelta(days=3)):
        yield "routing rules"
    if _rota(provider, at=long_ago + timedelta(days=3)):
        yield "emergency rota"
    if _absence(provider, now=now):
        yield "absence to come"


def _rules(provider: Provider, *, at: datetime) -> bool:
    """Write the first rules where there are none; say whether it was done now."""
    if provider.routing_rules.exists():
        return False
    first, second = _teams(provider)
    rules: tuple[dict[str, Any], ...] = (
        {"name": "Freezes and seizures", "kinds": [RequestKind.FREEZE.value], "team": first},
        {"name": "Orders in German", "languages": ["de"], "team": first},
        {"name": "Americas and Asia", "jurisdictions": ["US", "BR", "SG", "IN"], "team": second},
    )
    for said in rules:
        routing_rules.add(provider, _NOTHING | said, by=who("administrator"), at=at)
    return True


def _rota(provider: Provider, *, at: datetime) -> bool:
    """Write a rota of three steps where there is none; say whether it was done now."""
    if provider.rota.exists():
        return False
    by, every_day, workdays = who("administrator"), [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5]
    line: dict[str, Any] = {"address": "", "everybody": False}
    first = rota_editing.add_step(provider, line | {"name": "First line"}, team=None, by=by, at=at)
    second = {"name": "Second line", "address": "night-pager@meridian.example", "everybody": False}
    behind = rota_editing.add_step(provider, second, team=None, by=by, at=at)
    rota_editing.add_step(provider, line | {"name": "All reviewers", "everybody": True}, team=None, by=by, at=at)
    when: tuple[tuple[RotaStep, str, list[int], time | None, time | None], ...] = (
        (first, "analyst", every_day, time(7), time(19)),
        (first, "second_analyst", workdays, time(19), time(7)),
        (behind, "analyst", every_day, None, None),
    )
    for step, role, weekdays, begins, ends in when:
        step.refresh_from_db()
        rota_editing.add_duty(step, {
            "user": who(role), "weekdays": weekdays, "begins": begins, "ends": ends,
            "zone": provider.calendar.time_zone, "first_day": None, "last_day": None,
        }, version=step.lock_version, by=by, at=at)  # fmt: skip
    return True


def _absence(provider: Provider, *, now: datetime) -> bool:
    """Let one analyst be away next week with the other as deputy, where nobody entered anything yet."""
    person, deputy = who("second_analyst"), who("analyst")
    if Absence.objects.filter(user=person).exists():
        return False
    first = day_in(provider.calendar.time_zone, now) + timedelta(days=7)
    absences.enter(person, first=first, last=first + timedelta(days=6), deputy=deputy, by=person, at=now)
    return True


def _teams(provider: Provider) -> tuple[Team, Team]:
    """Return two teams that answer everybody; the first twice where there is one."""
    teams = [team for team in provider.teams.order_by("pk") if team.pk != provider.restricted_team_id]
    return teams[0], teams[min(1, len(teams) - 1)]
