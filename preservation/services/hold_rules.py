"""The company's own numbers of holds, and the rules of every type of preservation beside them.

The law's numbers stand in the catalogue (foundation/legal/data), with their citations; nobody changes them here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, Stale
from foundation.legal import wording
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import with_policy
from preservation.events import Event
from preservation.services import planning

# What an administrator may change, in the order of the page.
SAID = (
    "hold_days", "hold_leads", "hold_grace_days", "hold_by_rule", "hold_limit_officer", "hold_limit_agency",
    "hold_many_identifiers", "hold_tells_results", "hold_confirm_days", "hold_review_days",
)  # fmt: skip
_CHANGED = "Somebody else changed this while you had it open. Read what holds now, then save again."


@dataclass(frozen=True)
class Rule:
    """What a type of preservation says, in words: how long, what else it asks, and where that stands."""

    kind: Any
    words: str
    duties: list[str]
    sources: str
    taken: bool


def providers_of(user: User) -> QuerySet[Provider]:
    """Return the companies this member of staff works for, by name."""
    return Provider.objects.filter(pk__in=user.staff_roles.filter(ended_at=None).values("provider")).order_by("name")


def may_change(user: User, provider: Provider) -> bool:
    """Say whether this person sets the numbers of this company."""
    return has_permission(user, Permission.MANAGE_SETTINGS) and providers_of(user).filter(pk=provider.pk).exists()


def facts_of(provider: Provider) -> dict[str, Any]:
    """Return the numbers as the trail keeps them."""
    return {name: getattr(provider, name) for name in SAID}


def seal_of(provider: Provider) -> str:
    """Return what tells these numbers from others, for a form that is refused where they changed meanwhile."""
    return hashlib.sha256(json.dumps(facts_of(provider), sort_keys=True).encode()).hexdigest()


@transaction.atomic
def change(
    provider: Provider, said: Mapping[str, Any], *, seen: str, by: User, at: datetime | None = None
) -> Provider:  # fmt: skip
    """Set the company's numbers; `seen` is seal_of() what this person had before them.

    Holds that run keep the days they were received with; reminders, limits and the time for late requests count from
    now on. Raises Stale where somebody else saved meanwhile, NotAllowed without the right. Nothing new leaves no event.
    """
    at = at or timezone.now()
    if not may_change(by, provider):
        raise NotAllowed("You may not change the rules of holds.")
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    before = facts_of(row)
    after = {name: said[name] for name in SAID}
    if before == after:
        return row
    if seal_of(row) != seen:
        raise Stale(_CHANGED)
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(SAID))
    changes: dict[str, Any] = {name: [before[name], after[name]] for name in SAID if before[name] != after[name]}
    record(Event.RULES_CHANGED, by=by, obj=row, object_label=row.slug, at=at, data={"changes": changes})
    if "hold_leads" in changes:
        planning.leads_changed()
    return row


def rules(provider: Provider) -> list[Rule]:
    """Return the newest version of every type of preservation, by country, and whether this company takes it."""
    newest = ProcessType.objects.filter(code=OuterRef("code")).order_by("-catalogue_version").values("pk")[:1]
    kinds: Any = ProcessType.objects.filter(is_preservation=True, pk=Subquery(newest))
    found = with_policy(kinds, provider).select_related("jurisdiction").order_by("jurisdiction__name", "name")
    return [_rule(kind) for kind in found]


def _rule(kind: Any) -> Rule:
    return Rule(kind, wording.hold_words(kind), wording.hold_duties(kind), wording.hold_sources(kind), kind.taken)
