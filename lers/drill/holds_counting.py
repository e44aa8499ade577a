"""What became of the holds of a drill: told from the trail, which no key protects, and from the messages."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.drill.holds_rows import kind_of
from preservation import notify, schedule
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.events import Event
from preservation.models import HoldExtension, PreservationHold

# A mail that was with the mail server when an extension was granted: so many seconds at most.
IN_THE_AIR = 5.0
_SPEAK_OF_END = ("hold_reminder", "hold_reminder_others", "hold_reminder_staff", "hold_extension_overdue")


@dataclass
class Line:
    """What became of the holds of one fault."""

    holds: int = 0
    reminders: int = 0
    ends: int = 0
    extended: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    old_date: int = 0
    in_the_air: int = 0
    ended_undecided: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled, said of a date that was moved, or ended before it was decided."""
        return not (self.lost or self.doubled or self.old_date or self.ended_undecided)

    def __add__(self, other: "Line") -> "Line":
        return Line(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def cells(self) -> str:
        """Return the numbers as cells of a table."""
        return " | ".join(f"{getattr(self, one.name):,}" for one in fields(self))


class Count:
    """Counts one part of a drill, at the time to which it has come."""

    def __init__(
        self, part: str, now: datetime, *, accepted: Mapping[str, list[float]], granted: Mapping[int, float]
    ) -> None:
        """Take when each mail was accepted and each extension known to be granted, by the monotonic clock."""
        self.now, self.accepted, self.granted = now, accepted, granted
        rows = PreservationHold.objects.filter(title=part).select_related("provider", "officer")
        self.holds = list(rows.order_by("pk"))
        self.deciding = len(list(notify.administrators(self.holds[0]))) if self.holds else 0
        self.extensions = {row.hold_id: row for row in HoldExtension.objects.filter(hold__title=part)}
        self.events = self._events()
        self.messages = self._messages()

    def line(self) -> Line:
        """Count all of them."""
        return sum((self._one(hold) for hold in self.holds), Line())

    def _events(self) -> dict[int, Counter[tuple[str, ...]]]:
        """Return how often the trail has each reminder (lead and end) and each other event, by hold."""
        found: dict[int, Counter[tuple[str, ...]]] = defaultdict(Counter)
        label = PreservationHold._meta.label_lower
        wanted = [str(Event.REMINDED), str(Event.EXPIRED)]
        rows = AuditEvent.objects.filter(object_type=label, object_id__in=[str(row.pk) for row in self.holds])
        for pk, action, payload in rows.filter(action__in=wanted).values_list("object_id", "action", "payload"):
            data = json.loads(bytes(payload))["data"]
            found[int(pk)][action, str(data.get("lead", "")), str(data.get("ends", ""))] += 1
        return found

    def _messages(self) -> dict[int, list[OutboundMessage]]:
        known = {row.reference: row.pk for row in self.holds}
        found: dict[int, list[OutboundMessage]] = defaultdict(list)
        rows = OutboundMessage.objects.filter(reference__in=known, event__startswith="hold_")
        for message in rows.defer("body_text", "body_html"):
            found[known[message.reference]].append(message)
        return found

    def _one(self, hold: PreservationHold) -> Line:
        extension = self.extensions.get(hold.pk)
        moved = extension.decided_at if extension and extension.status == ExtensionStatus.GRANTED else None
        line = Line(holds=1, extended=int(moved is not None))
        self._reminders(hold, extension, moved, line)
        self._end(hold, extension, line)
        self._mails(hold, extension, moved, line)
        return line

    def _reminders(
        self, hold: PreservationHold, extension: HoldExtension | None, moved: datetime | None, line: Line
    ) -> None:
        """Each lead that came was told of once; one that came on the day of the extension may be left out."""
        begins = hold.expires_at if extension is None else extension.old_expires_at
        if begins is None:
            return
        first = begins - timedelta(days=kind_of(hold).days, hours=23, minutes=59, seconds=59)
        for lead, moment in schedule.reminders(begins, hold.provider.hold_leads):
            if not first <= moment <= self.now:
                continue
            times = self.events[hold.pk][str(Event.REMINDED), str(lead), begins.isoformat()]
            # Morning and night of a fault are seconds apart: the sweep may not have come to it in between.
            optional = moved is not None and moment > moved - timedelta(days=1)
            line.reminders += times
            line.doubled += max(times - 1, 0)
            line.lost += times == 0 and not optional
            told = self._told(hold, f":{begins.date().isoformat()}:{lead}d:")
            line.lost += times > 0 and told < self._readers(hold)
        every = sum(n for (action, *_rest), n in self.events[hold.pk].items() if action == str(Event.REMINDED))
        line.doubled += every - line.reminders  # told when nothing was due, or of another lead or end

    def _end(self, hold: PreservationHold, extension: HoldExtension | None, line: Line) -> None:
        """A hold whose time is over has ended once, and never while nobody had decided."""
        times = sum(n for (action, *_rest), n in self.events[hold.pk].items() if action == str(Event.EXPIRED))
        open_still = extension is not None and extension.status == ExtensionStatus.REQUESTED
        over = hold.expires_at is not None and hold.expires_at <= self.now and not open_still
        line.ends += times
        line.doubled += max(times - 1, 0)
        line.lost += over is not (hold.status == HoldStatus.EXPIRED) or over is not (times > 0)
        if times:
            line.lost += self._told(hold, ":ended:") < self._readers(hold)
        if extension is not None and hold.expired_at is not None:
            line.ended_undecided += extension.decided_at is None or hold.expired_at < extension.decided_at

    def _mails(
        self, hold: PreservationHold, extension: HoldExtension | None, moved: datetime | None, line: Line
    ) -> None:
        """Each mail was accepted, and none that speaks of the old end was written or left after an extension."""
        for message in self.messages[hold.pk]:
            taken = self.accepted.get(message.message_id, [])
            line.messages += 1
            line.lost += not taken and message.state != JobState.GIVEN_UP
            line.doubled += max(len(taken) - 1 - message.handed_over_again, 0)
            if moved is None or extension is None or message.event not in _SPEAK_OF_END:
                continue
            if f":{extension.old_expires_at.date().isoformat()}:" not in message.dedupe_key:
                continue
            line.old_date += message.created_at > moved
            late = [moment - self.granted[hold.pk] for moment in taken if moment > self.granted[hold.pk]]
            line.in_the_air += any(late)
            line.old_date += any(seconds > IN_THE_AIR for seconds in late)

    def _told(self, hold: PreservationHold, part: str) -> int:
        return sum(part in message.dedupe_key for message in self.messages[hold.pk])

    def _readers(self, hold: PreservationHold) -> int:
        return 1 + kind_of(hold).followed + self.deciding
