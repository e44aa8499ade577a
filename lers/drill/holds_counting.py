"""What became of the holds of a drill: told from the trail, which no key protects, and from the messages."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.drill.holds_rows import kind_of
from lers.drill.holds_sweeps import Sweep, owed
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
    # Reminders of the old end that no sweep had come to when the extension was asked for and granted.
    extended_first: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    old_date: int = 0
    in_the_air: int = 0
    too_early: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled, said of a date that was moved, or ended before its time."""
        return not (self.lost or self.doubled or self.old_date or self.too_early)

    def __add__(self, other: "Line") -> "Line":
        return Line(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def cells(self) -> str:
        """Return the numbers as cells of a table."""
        return " | ".join(f"{getattr(self, one.name):,}" for one in fields(self))


@dataclass(frozen=True)
class Seen:
    """What the drill saw, by the machine's monotonic clock."""

    # When each mail was accepted, by its Message-ID.
    accepted: Mapping[str, list[float]]
    # When we began to ask for more time, and when we knew that it is granted, by hold.
    asked: Mapping[int, float]
    granted: Mapping[int, float]
    sweeps: Sequence[Sweep]


class Count:
    """Counts one part of a drill, at the time to which it has come."""

    def __init__(self, part: str, now: datetime, seen: Seen) -> None:
        """Read what the trail and the outbox have of this part; now: the portal's time."""
        self.now, self.seen = now, seen
        rows = PreservationHold.objects.filter(title=part).select_related("provider", "officer")
        self.holds = list(rows.order_by("pk"))
        self.deciding = len(list(notify.administrators(self.holds[0]))) if self.holds else 0
        self.extensions = {row.hold_id: row for row in HoldExtension.objects.filter(hold__title=part)}
        self.events, self.places = self._events()
        self.decided = self._decided()
        self.messages = self._messages()

    def line(self) -> Line:
        """Count all of them."""
        return sum((self._one(hold) for hold in self.holds), Line())

    def _events(self) -> tuple[dict[int, Counter[tuple[str, ...]]], dict[int, dict[tuple[str, ...], int]]]:
        """Return how often the trail has each reminder (lead and end) and each other event, and its last place there.

        A hold is locked while an entry of it is written: their order is the order in which things happened, whatever
        the clocks said.
        """
        found: dict[int, Counter[tuple[str, ...]]] = defaultdict(Counter)
        places: dict[int, dict[tuple[str, ...], int]] = defaultdict(dict)
        label = PreservationHold._meta.label_lower
        wanted = [str(Event.REMINDED), str(Event.EXPIRED), str(Event.EXTENDED)]
        rows = AuditEvent.objects.filter(object_type=label, object_id__in=[str(row.pk) for row in self.holds])
        chosen = rows.filter(action__in=wanted).order_by("pk")
        for place, pk, action, payload in chosen.values_list("pk", "object_id", "action", "payload"):
            data = json.loads(bytes(payload))["data"]
            what = (action, str(data.get("lead", "")), str(data.get("ends", "")))
            found[int(pk)][what] += 1
            places[int(pk)][what] = place
        return found, places

    def _decided(self) -> dict[int, int]:
        """Return the place in the trail of each decision on an extension, by hold."""
        known = {str(row.pk): hold for hold, row in self.extensions.items()}
        rows = AuditEvent.objects.filter(object_type=HoldExtension._meta.label_lower, object_id__in=known)
        wanted = [str(Event.EXTENSION_GRANTED), str(Event.EXTENSION_REFUSED)]
        return {known[pk]: place for place, pk in rows.filter(action__in=wanted).values_list("pk", "object_id")}

    def _messages(self) -> dict[int, list[OutboundMessage]]:
        known = {row.reference: row.pk for row in self.holds}
        found: dict[int, list[OutboundMessage]] = defaultdict(list)
        rows = OutboundMessage.objects.filter(reference__in=known, event__startswith="hold_")
        for message in rows.defer("body_text", "body_html"):
            found[known[message.reference]].append(message)
        return found

    def _one(self, hold: PreservationHold) -> Line:
        extension = self.extensions.get(hold.pk)
        moved = extension if extension and extension.status == ExtensionStatus.GRANTED else None
        line = Line(holds=1, extended=int(moved is not None), lost=int(kind_of(hold).asks and extension is None))
        self._reminders(hold, extension, line, moved=moved is not None)
        self._end(hold, extension, line)
        for message in self.messages[hold.pk]:
            self._mail(hold, moved, message, line)
        return line

    def _reminders(
        self, hold: PreservationHold, extension: HoldExtension | None, line: Line, *, moved: bool
    ) -> None:  # fmt: skip
        """Each lead that came was told of once, unless the end was moved before any sweep had come to it."""
        begins = hold.expires_at if extension is None else extension.old_expires_at
        if begins is None:
            return
        first = begins - timedelta(days=kind_of(hold).days, hours=23, minutes=59, seconds=59)
        extended = self.places[hold.pk].get((str(Event.EXTENDED), "", ""), 0)
        for lead, moment in schedule.reminders(begins, hold.provider.hold_leads):
            if not first <= moment <= self.now:
                continue
            what = (str(Event.REMINDED), str(lead), begins.isoformat())
            times = self.events[hold.pk][what]
            line.reminders += times
            line.doubled += max(times - 1, 0)
            line.old_date += 0 < extended < self.places[hold.pk].get(what, 0)
            if times:
                self._told(hold, f":{begins.date().isoformat()}:{lead}d:", line)
            elif moved and not owed(hold.pk, moment, before=self.seen.asked[hold.pk], sweeps=self.seen.sweeps):
                line.extended_first += 1
            else:
                line.lost += 1
        every = sum(n for (action, *_rest), n in self.events[hold.pk].items() if action == str(Event.REMINDED))
        line.doubled += every - line.reminders  # told when nothing was due, or of another lead or end

    def _end(self, hold: PreservationHold, extension: HoldExtension | None, line: Line) -> None:
        """A hold whose time is over has ended once, never before its time and never while nobody had decided."""
        what = (str(Event.EXPIRED), "", "")
        times = self.events[hold.pk][what]
        open_still = extension is not None and extension.status == ExtensionStatus.REQUESTED
        over = hold.expires_at is not None and hold.expires_at <= self.now and not open_still
        line.ends += times
        line.doubled += max(times - 1, 0)
        line.lost += over is not (hold.status == HoldStatus.EXPIRED) or over is not (times > 0)
        if times:
            self._told(hold, ":ended:", line)
        if hold.expired_at is not None and hold.expires_at is not None:
            decided = 0 if extension is None else self.decided.get(hold.pk)
            undecided = decided is None or self.places[hold.pk].get(what, 0) < decided
            line.too_early += undecided or hold.expired_at < hold.expires_at

    def _mail(
        self, hold: PreservationHold, moved: HoldExtension | None, message: OutboundMessage, line: Line
    ) -> None:  # fmt: skip
        """A mail was accepted once, and none that speaks of the old end was written or left after an extension."""
        taken = self.seen.accepted.get(message.message_id, [])
        line.messages += 1
        line.doubled += max(len(taken) - 1 - message.handed_over_again, 0)
        speaks = moved is not None and message.event in _SPEAK_OF_END
        if moved is None or not speaks or f":{moved.old_expires_at.date().isoformat()}:" not in message.dedupe_key:
            line.lost += not taken
            return
        # An extension takes back what is not with the mail server yet, and nothing else may.
        line.lost += not taken and message.state != JobState.GIVEN_UP
        news = [one.pk for one in self.messages[hold.pk] if one.event == "hold_extended"]
        line.old_date += not news or message.pk > min(news)
        late = [moment - self.seen.granted[hold.pk] for moment in taken if moment > self.seen.granted[hold.pk]]
        line.in_the_air += any(late)
        line.old_date += any(seconds > IN_THE_AIR for seconds in late)

    def _told(self, hold: PreservationHold, part: str, line: Line) -> None:
        """Everybody who reads of this hold has one message with this in its key."""
        told = sum(part in message.dedupe_key for message in self.messages[hold.pk])
        readers = 1 + kind_of(hold).followed + self.deciding
        line.lost += told < readers
        line.doubled += max(told - readers, 0)
