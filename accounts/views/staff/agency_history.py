"""What the trail says of an agency's entry, in words: who changed what, when."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.events import Event
from foundation.audit.models import AuditEvent

_MOST = 50

_TITLES: dict[str, Any] = {
    Event.AGENCY_CREATED: _("Added"),
    Event.AGENCY_ADDRESSEE_MADE: _("An account made that stands for it"),
    Event.AGENCY_CHANGED: _("Corrected"),
    Event.AGENCIES_IMPORTED: _("Imported"),
    Event.AGENCY_MERGED: _("Merged"),
    Event.AGENCY_POWER_CONFIRMED: _("Police power confirmed"),
    Event.AGENCY_POWER_WITHDRAWN: _("Police power withdrawn"),
    Event.AGENCY_DOMAIN_ADDED: _("Domain added"),
    Event.AGENCY_DOMAIN_REMOVED: _("Domain removed"),
    Event.AGENCY_NUMBER_ENTERED: _("Number entered"),
    Event.AGENCY_NUMBER_CONFIRMED: _("Number confirmed"),
    Event.AGENCY_NUMBER_RETIRED: _("Number retired"),
    Event.AGENCY_WARNED: _("Warned that its name was used"),
    Event.AGENCY_SUSPENDED: _("Suspended"),
    Event.AGENCY_SUSPENSION_LIFTED: _("Suspension lifted"),
}
# Facts that are told, in this order; the rest is for the audit log.
_FACTS = {
    "domain": _("domain"),
    "number": _("number"),
    "label": _("whose"),
    "into": _("into"),
    "merged": _("what was merged"),
    "source": _("source"),
    "source_date": _("date of the source"),
    "also_in": _("also stands in"),
    "resembles": _("checked although it"),
    "status": _("status"),
    "about": _("about"),
    "application": _("application"),
}
_NOTHING = _("nothing")


@dataclass(frozen=True)
class Told:
    """One entry of the history."""

    title: Any
    at: datetime
    by: str
    lines: list[str]


def told(entries: QuerySet[AuditEvent]) -> list[Told]:
    """Return the newest entries in words."""
    return [
        Told(_TITLES.get(entry.action, entry.action), entry.occurred_at, entry.actor_label, list(_lines(entry)))
        for entry in entries[:_MOST]
    ]


def _lines(entry: AuditEvent) -> Iterable[str]:
    data: dict[str, Any] = json.loads(bytes(entry.payload))["data"]
    for name, change in data.get("changes", {}).items():
        before, after = change
        yield f"{name.replace('_', ' ')}: {before or _NOTHING} → {after or _NOTHING}"
    facts = [f"{words}: {data[name]}" for name, words in _FACTS.items() if data.get(name)]
    if facts:
        yield "; ".join(facts)
    if entry.reason:
        yield entry.reason
