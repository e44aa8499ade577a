"""Which entries of the trail are asked for: kept in the address of the page, so that a view can be sent to a colleague.

Pure, but for the look-ups that turn a person or a reference into what the entries hold.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date

from accounts import event_names
from accounts.models import User
from accounts.services.refusals import ASKED_FOR
from accounts.trail_parts import parts_of
from foundation.audit.models import AuditEvent
from foundation.audit.trail import DONE
from foundation.core.references import normalise_reference

OK, NOT_OK = "ok", "not_ok"
OUTCOMES = {OK: "Done", NOT_OK: "Refused or broken off"}
LONGEST = 254
_ACTION = re.compile(r"[a-z_]+\.[a-z_0-9]*")


@dataclass(frozen=True)
class Filter:
    """What a reader asks for; empty fields ask for nothing. `since` and `until` are UTC days, both included."""

    since: str = ""
    until: str = ""
    actor: str = ""
    group: str = ""
    action: str = ""
    outcome: str = ""
    reference: str = ""
    kind: str = ""
    session: str = ""
    ip: str = ""
    request: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filter":
        """Read an address; what is no day, group or outcome is left out."""
        said = {each.name: given.get(each.name, "").strip()[:LONGEST].replace("\0", "") for each in fields(cls)}
        said["since"], said["until"] = (said[name] if _day(said[name]) else "" for name in ("since", "until"))
        said["group"] = said["group"] if said["group"] in event_names.GROUPS else ""
        said["outcome"] = said["outcome"] if said["outcome"] in OUTCOMES else ""
        return cls(**said)

    def left_out(self, given: Mapping[str, str]) -> bool:
        """Say whether the address asks for something that cannot be asked for, so that more is shown than was meant."""
        return any(given.get(each.name, "").strip() and not getattr(self, each.name) for each in fields(self))

    def asked(self) -> dict[str, str]:
        """Return the fields that say something."""
        return {name: value for name, value in asdict(self).items() if value}

    def query(self) -> str:
        """Return the address's part that asks for the same again."""
        return urlencode(self.asked())

    def sentence(self) -> str:
        """Say what is asked for, as the log and a file of it have it."""
        said = {"group": event_names.GROUPS.get(self.group, ""), "outcome": OUTCOMES.get(self.outcome, "")}
        told = ((name, said.get(name) or value) for name, value in self.asked().items())
        return ", ".join(f"{name}: {value}" for name, value in told) or "everything"

    def entries(self) -> QuerySet[AuditEvent]:
        """Return the entries, in no order."""
        rows = AuditEvent.objects.filter(**self._plain())
        for condition in (self._days(), self._who(), self._what(), self._about()):
            rows = rows.filter(condition)
        return rows

    def _plain(self) -> dict[str, str]:
        named = {"object_type": self.kind, "session": self.session, "ip": self.ip, "request_id": self.request}
        return {name: value for name, value in named.items() if value}

    def _days(self) -> Q:
        found = Q()
        if first := _day(self.since):
            found &= Q(occurred_at__gte=_start(first))
        if (last := _day(self.until)) and last < date.max:
            found &= Q(occurred_at__lt=_start(last + timedelta(days=1)))
        return found

    def _who(self) -> Q:
        if not self.actor:
            return Q()
        person = User.objects.filter(email=self.actor.lower()).first()
        if person is None:
            return Q(actor_label=self.actor)
        return Q(actor_kind=User._meta.label_lower, actor_id=str(person.pk))

    def _what(self) -> Q:
        """A group, and beside it an action, the beginning of actions such as "package.", or words of their names."""
        found = Q(action__in=event_names.in_group(self.group)) if self.group else Q()
        if self.action in event_names.known():
            found &= Q(action=self.action)
        elif _ACTION.fullmatch(self.action):
            found &= Q(action__startswith=self.action)
        elif self.action:
            found &= Q(action__in=event_names.meant(self.action))
        if self.outcome:
            found &= Q(outcome=DONE) if self.outcome == OK else ~Q(outcome=DONE)
        return found

    def _about(self) -> Q:
        """What was written under a reference, and about the parts of its case."""
        if not self.reference:
            return Q()
        known = normalise_reference(self.reference) or self.reference
        tried = Q(object_type=ASKED_FOR, object_id=known)
        return Q(object_label=known) | tried | parts_of(known)


# One look at the index for each kind there is: a plain DISTINCT reads every entry.
_KINDS = """
    WITH RECURSIVE kind(name) AS (
        (SELECT object_type FROM audit_auditevent WHERE object_type > '' ORDER BY object_type LIMIT 1)
        UNION ALL
        SELECT (SELECT object_type FROM audit_auditevent WHERE object_type > kind.name ORDER BY object_type LIMIT 1)
        FROM kind WHERE kind.name IS NOT NULL
    )
    SELECT name FROM kind WHERE name IS NOT NULL
"""


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of objects that entries are about, with their words, in the order of the words."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS)
        found = [name for (name,) in cursor.fetchall()]
    return sorted(((name, kind_words(name)) for name in found), key=lambda pair: pair[1])


def kind_words(name: str) -> str:
    """Return what a kind of object is called."""
    try:
        words = str(apps.get_model(name)._meta.verbose_name)
    except (LookupError, ValueError):
        words = name
    return words[:1].upper() + words[1:]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
