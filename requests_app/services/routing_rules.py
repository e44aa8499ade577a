"""The list of routing rules: added, changed, put in order, switched off; by administrators, in the trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.providers.models import Provider
from requests_app.events import Event
from requests_app.models import RoutingRule
from requests_app.services.company_policy import providers_of

# What a rule says, in the order of its page.
SAID = ("name", "jurisdictions", "kinds", "issuers", "process_codes", "languages", "entity", "team", "rank")
MOST = 100
_CHANGED = "Somebody else changed this rule while you had it open. Read what holds now, then save again."


@transaction.atomic
def add(provider: Provider, said: Mapping[str, Any], *, by: User, at: datetime | None = None) -> RoutingRule:
    """Put a new rule at the end of the list. Raises TransitionRefused for a name in use, or when there are MOST."""
    at = at or timezone.now()
    _locked(provider, by)
    rules = provider.routing_rules
    if rules.count() >= MOST:
        raise TransitionRefused(f"There are {MOST} rules already. Change one, or make several into one.")
    _name_free(provider, str(said["name"]))
    _ordinary(provider, said)
    row = RoutingRule(provider=provider, position=rules.count() + 1, changed_at=at, changed_by=by)
    for name in SAID:
        setattr(row, name, said[name])
    row.save(force_insert=True)
    _numbered(provider)
    record(Event.RULE_ADDED, by=by, obj=row, at=at, data={"company": provider.slug, "says": facts_of(row)})
    return row


@transaction.atomic
def change(
    rule: RoutingRule, said: Mapping[str, Any], *, version: int, by: User, at: datetime | None = None
) -> RoutingRule:
    """Change what a rule says; what was routed before stays where it is. Raises Stale where somebody saved since."""
    at = at or timezone.now()
    _locked(rule.provider, by)
    row = _row(rule, version)
    before = facts_of(row)
    if row.name != said["name"]:
        _name_free(row.provider, str(said["name"]))
    _ordinary(row.provider, said)
    for name in SAID:
        setattr(row, name, said[name])
    after = facts_of(row)
    changes: dict[str, Any] = {name: [before[name], after[name]] for name in SAID if before[name] != after[name]}
    if changes:
        _saved(row, SAID, by, at)
        record(Event.RULE_CHANGED, by=by, obj=row, at=at, data={"company": row.provider.slug, "changes": changes})
    return row


@transaction.atomic
def switch(rule: RoutingRule, *, active: bool, version: int, by: User, at: datetime | None = None) -> RoutingRule:
    """Switch a rule on or off. Raises Stale where somebody saved since `version`."""
    at = at or timezone.now()
    _locked(rule.provider, by)
    row = _row(rule, version)
    if row.active != active:
        row.active = active
        _saved(row, ("active",), by, at)
        record(Event.RULE_SWITCHED, by=by, obj=row, at=at, data={"company": row.provider.slug, "active": active})
    return row


@transaction.atomic
def move(rule: RoutingRule, *, up: bool, seen: int, by: User, at: datetime | None = None) -> RoutingRule:
    """Try a rule one place earlier or later. Raises Stale where it is not at the place `seen` any more."""
    at = at or timezone.now()
    _locked(rule.provider, by)
    rows = list(rule.provider.routing_rules.order_by("position", "pk"))
    place = next((n for n, row in enumerate(rows) if row.pk == rule.pk), -1)
    if place + 1 != seen:
        raise Stale("The order of the rules changed meanwhile. Look at it again.")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise TransitionRefused("This rule is at the end of the list already.")
    rows[place], rows[other] = rows[other], rows[place]
    _write_order(rows)
    moved = rows[other]
    data: dict[str, Any] = {"company": rule.provider.slug, "from": seen, "to": other + 1}
    record(Event.RULE_MOVED, by=by, obj=moved, at=at, data=data)
    return moved


def facts_of(rule: RoutingRule) -> dict[str, Any]:
    """Return what a rule says, as the trail keeps it."""
    said = {name: getattr(rule, name) for name in SAID}
    return said | {"entity": rule.entity.name if rule.entity else "", "team": rule.team.name}


def _locked(provider: Provider, by: User) -> Provider:
    """Lock the company, so that the list has one writer. Raises NotAllowed for everybody but its administrators."""
    if not has_permission(by, Permission.MANAGE_SETTINGS) or not providers_of(by).filter(pk=provider.pk).exists():
        raise NotAllowed("You may not change how this company takes requests.")
    return Provider.objects.select_for_update().get(pk=provider.pk)


def _row(rule: RoutingRule, version: int) -> RoutingRule:
    row = RoutingRule.objects.select_related("provider", "team", "entity").get(pk=rule.pk)
    if row.lock_version != version:
        raise Stale(_CHANGED)
    return row


def _saved(row: RoutingRule, names: tuple[str, ...], by: User, at: datetime) -> None:
    row.lock_version, row.changed_at, row.changed_by = row.lock_version + 1, at, by
    row.save(update_fields=[*names, "lock_version", "changed_at", "changed_by"])


def _ordinary(provider: Provider, said: Mapping[str, Any]) -> None:
    if said["team"].pk == provider.restricted_team_id:
        raise TransitionRefused("Restricted requests alone go to this team, and no rule restricts one.")


def _name_free(provider: Provider, name: str) -> None:
    if provider.routing_rules.filter(name=name).exists():
        raise TransitionRefused(f"There is a rule called “{name}” already. Choose another name.")


def _numbered(provider: Provider) -> None:
    _write_order(list(provider.routing_rules.order_by("position", "pk")))


def _write_order(rows: list[RoutingRule]) -> None:
    for number, row in enumerate(rows, 1):
        if row.position != number:
            row.position = number
            row.save(update_fields=["position"])
