"""The rota of emergencies as administrators keep it: steps and who is on duty in them; each change is in the trail.

A rota has one writer at a time. Every change of a step or of its people raises the step's `lock_version`: whoever saves
over an older one is refused.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.providers.models import Provider, Team
from requests_app.events import Event
from requests_app.models import RotaDuty, RotaStep
from requests_app.services.company_policy import providers_of

# With six steps everybody is paged after half an hour at the latest, when an emergency is to be decided.
MOST_STEPS = 6
MOST_DUTIES = 60
SAID = ("name", "address", "everybody")
DUTY_SAID = ("user", "weekdays", "begins", "ends", "zone", "first_day", "last_day")
_CHANGED = "Somebody else changed this step while you had it open. Read what holds now, then save again."


@transaction.atomic
def add_step(
    provider: Provider, said: Mapping[str, Any], *, team: Team | None, by: User, at: datetime | None = None
) -> RotaStep:
    """Put a step at the end of the rota of a team, or of all teams without own. Raises TransitionRefused for too many.

    `said` has `name`, `address` and `everybody`.
    """
    at = at or timezone.now()
    _locked(provider, by)
    if team is not None and team.provider_id != provider.pk:
        raise NotAllowed("This team is of another company.")
    number = len(_rota(provider, team)) + 1
    if number > MOST_STEPS:
        raise TransitionRefused(f"A rota has {MOST_STEPS} steps at most. Behind the last one everybody is paged.")
    row = RotaStep(provider=provider, team=team, position=number, **{name: said[name] for name in SAID})
    row.save(force_insert=True)
    _record(Event.ROTA_STEP_ADDED, row, by, at, says=_facts(row))
    return row


@transaction.atomic
def change_step(
    step: RotaStep, said: Mapping[str, Any], *, version: int, by: User, at: datetime | None = None
) -> RotaStep:
    """Change a step's name, address and whether it is everybody. Raises Stale where somebody saved since `version`."""
    at = at or timezone.now()
    row = _step(step, version, by)
    before = _facts(row)
    for name in SAID:
        setattr(row, name, said[name])
    after = _facts(row)
    if changes := {name: [before[name], after[name]] for name in SAID if before[name] != after[name]}:
        _risen(row, *SAID)
        _record(Event.ROTA_STEP_CHANGED, row, by, at, changes=changes)
    return row


@transaction.atomic
def move_step(step: RotaStep, *, up: bool, seen: int, by: User, at: datetime | None = None) -> RotaStep:
    """Page a step one place earlier or later. Raises Stale where it is not at the place `seen` any more."""
    at = at or timezone.now()
    _locked(step.provider, by)
    rows = _rota(step.provider, step.team)
    place = next((n for n, row in enumerate(rows) if row.pk == step.pk), -1)
    if place + 1 != seen:
        raise Stale("The order of the steps changed meanwhile. Look at it again.")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise TransitionRefused("This step is at the end of the rota already.")
    rows[place], rows[other] = rows[other], rows[place]
    _numbered(rows)
    _record(Event.ROTA_STEP_MOVED, rows[other], by, at, **{"from": seen, "to": other + 1})
    return rows[other]


@transaction.atomic
def remove_step(step: RotaStep, *, version: int, by: User, at: datetime | None = None) -> None:
    """Take a step and its people out of the rota. Raises Stale where somebody saved since `version`."""
    at = at or timezone.now()
    row = _step(step, version, by)
    people = [_duty_facts(duty) for duty in row.duties.select_related("user")]
    _record(Event.ROTA_STEP_REMOVED, row, by, at, says=_facts(row), people=people)
    row.delete()
    _numbered(_rota(row.provider, row.team))


@transaction.atomic
def add_duty(
    step: RotaStep, said: Mapping[str, Any], *, version: int, by: User, at: datetime | None = None
) -> RotaDuty:
    """Put somebody on duty in a step. Raises NotAllowed for who does not work here, Incomplete for senseless times."""
    at = at or timezone.now()
    row = _step(step, version, by)
    if row.duties.count() >= MOST_DUTIES:
        raise TransitionRefused(f"A step has {MOST_DUTIES} entries at most.")
    _makes_sense(row.provider, said)
    duty = RotaDuty(step=row, **{name: said[name] for name in DUTY_SAID})
    duty.save(force_insert=True)
    _risen(row)
    _record(Event.ROTA_DUTY_ADDED, row, by, at, says=_duty_facts(duty))
    return duty


@transaction.atomic
def change_duty(
    duty: RotaDuty, said: Mapping[str, Any], *, version: int, by: User, at: datetime | None = None
) -> RotaDuty:
    """Change when somebody is on duty. Raises Stale where somebody saved since `version`."""
    at = at or timezone.now()
    step = _step(duty.step, version, by)
    row = step.duties.select_related("user").get(pk=duty.pk)
    _makes_sense(step.provider, said)
    before = _duty_facts(row)
    for name in DUTY_SAID:
        setattr(row, name, said[name])
    after = _duty_facts(row)
    if changes := {name: [before[name], after[name]] for name in DUTY_SAID if before[name] != after[name]}:
        row.save()
        _risen(step)
        _record(Event.ROTA_DUTY_CHANGED, step, by, at, who=row.user.email, changes=changes)
    return row


@transaction.atomic
def remove_duty(duty: RotaDuty, *, version: int, by: User, at: datetime | None = None) -> None:
    """Take somebody off a step. Raises Stale where somebody saved since `version`."""
    at = at or timezone.now()
    step = _step(duty.step, version, by)
    row = step.duties.select_related("user").get(pk=duty.pk)
    _record(Event.ROTA_DUTY_REMOVED, step, by, at, says=_duty_facts(row))
    row.delete()
    _risen(step)


def steps_visible_to(user: User) -> QuerySet[RotaStep]:
    """Return the steps that this person may change: of the companies whose administrator they are."""
    if not has_permission(user, Permission.MANAGE_SETTINGS):
        return RotaStep.objects.none()
    return RotaStep.objects.filter(provider__in=providers_of(user)).select_related("provider__calendar", "team")


def people_of(provider: Provider) -> QuerySet[User]:
    """Return who may be put on duty: the active staff of the company, by name."""
    roles = {"staff_roles__ended_at": None, "staff_roles__provider": provider}
    return User.objects.filter(is_active=True, **roles).distinct().order_by("full_name", "pk")


def _locked(provider: Provider, by: User) -> None:
    """Lock the company, so that its rota has one writer. Raises NotAllowed for everybody but its administrators."""
    if not has_permission(by, Permission.MANAGE_SETTINGS) or not providers_of(by).filter(pk=provider.pk).exists():
        raise NotAllowed("You may not change who is paged.")
    Provider.objects.select_for_update().get(pk=provider.pk)


def _step(step: RotaStep, version: int, by: User) -> RotaStep:
    _locked(step.provider, by)
    row = RotaStep.objects.select_related("provider", "team").filter(pk=step.pk).first()
    if row is None:
        raise Stale("Somebody else removed this step while you had it open.")
    if row.lock_version != version:
        raise Stale(_CHANGED)
    return row


def _rota(provider: Provider, team: Team | None) -> list[RotaStep]:
    return list(provider.rota.filter(team=team).select_related("provider", "team").order_by("position", "pk"))


def _numbered(rows: list[RotaStep]) -> None:
    for number, row in enumerate(rows, 1):
        if row.position != number:
            row.position = number
            _risen(row, "position")


def _risen(row: RotaStep, *names: str) -> None:
    row.lock_version += 1
    row.save(update_fields=[*names, "lock_version"])


def _makes_sense(provider: Provider, said: Mapping[str, Any]) -> None:
    if not people_of(provider).filter(pk=said["user"].pk).exists():
        raise NotAllowed("This person does not work here.")
    if not said["weekdays"]:
        raise Incomplete("Choose at least one day of the week.")
    if (said["begins"] is None) != (said["ends"] is None):
        raise Incomplete("Enter from when and until when, or neither for the whole day.")
    if said["first_day"] and said["last_day"] and said["last_day"] < said["first_day"]:
        raise Incomplete("The last day is before the first.")


def _record(event: Event, row: RotaStep, by: User, at: datetime, **facts: Any) -> None:
    data: dict[str, Any] = {
        "company": row.provider.slug,
        "team": row.team.name if row.team else "",
        "step": row.position,
    }
    record(event, by=by, obj=row, object_label=row.name, data=data | facts, at=at)


def _facts(row: RotaStep) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SAID}


def _duty_facts(duty: RotaDuty) -> dict[str, Any]:
    said = {name: getattr(duty, name) for name in DUTY_SAID} | {"user": duty.user.email}
    return {name: value.isoformat() if isinstance(value, date | time) else value for name, value in said.items()}
