"""What an extension would give a hold now: until when, what it takes, or why not and what can be done instead."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.legal.models import Issuer
from foundation.providers.models import ConnectorAct, ConnectorJob
from preservation import deadlines
from preservation.enums import ExtensionStatus, HoldGround, HoldStatus
from preservation.models import HoldExtension, PreservationHold

# What no scan and no patience makes usable.
SPOILED = (DocumentState.INFECTED, DocumentState.REFUSED)
# Owner of the instructions to the company's own systems.
_OWNER = "preservation.preservationhold"
# Under these the officer alone cannot extend: somebody decided, and that decision is shown.
_SOMEBODY_DECIDES = frozenset({Issuer.PROSECUTOR, Issuer.JUDGE, Issuer.PROSECUTOR_OR_JUDGE, Issuer.CENTRAL})
_GOES_ON = {
    HoldStatus.PROCESS_SERVED: "This hold goes on by itself while we answer. You need not extend it.",
    HoldStatus.ON_TREATY: "This hold goes on by itself during the treaty request. You need not extend it.",
}
_ENDED = "This hold has ended. Start a new hold, or send legal process."
_JUST_ENDED = "This hold ends just now. Open this page again in a few minutes: you may be able to ask late."
_ASKED = "You asked already. We decide before the hold ends, and tell you by e-mail."
_ASKED_LATE = "You asked already, late. We keep what there is until we have decided, and tell you by e-mail."


class Instead(StrEnum):
    """What an officer can do where a hold cannot be extended."""

    PROCESS = "process"
    TREATY = "treaty"
    NEW_HOLD = "new_hold"


@dataclass(frozen=True)
class Offer:
    """What an extension would give. `refusal` is empty where it can be asked for; `how` says how the end is counted."""

    hold: PreservationHold
    new_end: datetime | None
    number: int
    how: str = ""
    refusal: str = ""
    instead: tuple[Instead, ...] = ()
    late: bool = False
    wants_order: bool = False

    @property
    def days(self) -> int:
        """Whole days between the old end and the new one; 0 where there is no new one."""
        old = self.hold.expires_at
        return (self.new_end - old).days if self.new_end and old else 0

    @property
    def shorter(self) -> bool:
        """Whether the rule leaves less than the usual length, because that is all it allows."""
        return self.new_end is not None and self.days < self.hold.extension_days

    @property
    def mark(self) -> str:
        """What was shown, as a digest: of the hold as it stands, and of its new end."""
        shown = (self.hold.pk, str(self.hold.status), self.hold.expires_at, self.number, self.new_end)
        return sha256(repr(shown).encode()).hexdigest()


def offer_of(hold: PreservationHold, at: datetime) -> Offer:
    """Return what asking for more time now would give. Reads the hold's extensions, which may be prefetched."""
    rows = list(hold.extensions.all())
    granted = [row.status for row in rows].count(ExtensionStatus.GRANTED)
    late = hold.status == HoldStatus.EXPIRED
    asked = any(row.status == ExtensionStatus.REQUESTED and not is_spoiled(row) for row in rows)
    if refusal := _refused_as_it_stands(hold, at, asked=asked):
        ended = refusal == _ENDED
        return Offer(hold, None, granted + 1, refusal=refusal, instead=_NEXT if ended else (), late=late)
    found = of_rule(hold, granted, at)
    return Offer(hold, found.new_end, found.number, found.how, found.refusal, found.instead, late, wants_order(hold))


def of_rule(hold: PreservationHold, granted: int, at: datetime) -> Offer:
    """Return what the hold's rule gives after so many extensions, whatever state the hold is in.

    Counted from the old end. A late request is counted like one in time: no day is won by being late.
    """
    if hold.starts_at is None or hold.expires_at is None:
        return Offer(hold, None, granted + 1, refusal="This hold never started.")
    given = deadlines.terms_of(hold)
    new_end, why = deadlines.may_extend_to(hold.starts_at, hold.expires_at, given, granted, at=at)
    if new_end is None:
        return Offer(hold, None, granted + 1, refusal=_no_more(hold, granted), instead=_NEXT)
    return Offer(hold, new_end, granted + 1, why)


def wants_order(hold: PreservationHold) -> bool:
    """Say whether a decision must be named and sent: under laws by which a prosecutor or a court extends.

    Who issues a type, by the catalogue; such as Regulation (EU) 2023/1543 art 6(3) for its preservation orders.
    """
    kind = hold.process_type if hold.ground == HoldGround.LAW else None
    return kind is not None and Issuer(kind.issuer) in _SOMEBODY_DECIDES


def is_spoiled(extension: HoldExtension) -> bool:
    """Say whether the decision that came with an extension can never be used: it is asked for with another file."""
    return extension.document is not None and extension.document.state in SPOILED


def unread(extension: HoldExtension) -> str:
    """Say why nobody can read the decision that came with an extension, or nothing: unread, it extends no hold."""
    try:
        if extension.document is not None:
            documents.require_clean(extension.document)
    except DocumentRefused as refusal:
        return f"The decision that the officer sent cannot be read. {refusal}"
    return ""


def copies_are_going(hold: PreservationHold) -> bool:
    """Say whether the company's systems were told to delete what this hold kept."""
    told = ConnectorJob.objects.filter(owner_type=_OWNER, owner_id=str(hold.pk), act=ConnectorAct.RELEASE)
    told = told.exclude(idempotency_key__contains=":part:")  # of what was released while the rest was kept
    return hold.destroyed_at is not None or told.exists()


_NEXT = (Instead.PROCESS, Instead.TREATY, Instead.NEW_HOLD)


def _refused_as_it_stands(hold: PreservationHold, at: datetime, *, asked: bool) -> str:
    """Say why nothing can be asked for in the state the hold is in, or nothing."""
    if goes_on := _GOES_ON.get(HoldStatus(hold.status)):
        return goes_on
    if asked:
        return _ASKED_LATE if hold.status == HoldStatus.EXPIRED else _ASKED
    if hold.status == HoldStatus.ACTIVE and hold.expires_at is not None:
        if hold.expires_at > at:
            return ""
        ends = deadlines.copies_kept_until(at, hold.provider.hold_grace_days, destroy_after=hold.destroy_after)
        return _ENDED if ends is None else _JUST_ENDED
    if hold.status == HoldStatus.EXPIRED and hold.grace_until is not None and hold.grace_until > at:
        return _ENDED if copies_are_going(hold) else ""
    return _ENDED


def _no_more(hold: PreservationHold, granted: int) -> str:
    most = hold.maximum_extensions
    if most is not None and granted >= most:
        times = {0: "no extension", 1: "one extension"}.get(most, f"{most} extensions")
        why = f"The law you act under allows {times}."
    else:
        why = f"The law you act under lets us keep records for {hold.maximum_days} days in all, and they are used up."
    return f"{why} To keep the records, send legal process before the hold ends." if hold.is_open else why
