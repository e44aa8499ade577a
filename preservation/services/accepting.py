"""Whether a hold is taken as it was asked for: by rule where nothing speaks against it, else by a person.

A hold is kept from receipt on, whatever is decided later: evidence must not be lost while nobody looks. Nothing is
disclosed by it, so the danger is somebody who searches for accounts, or keeping records without a ground.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import cool_down
from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from preservation import deadlines, notify
from preservation.enums import CALLED_FLAGS, OPEN_STATUSES, Acceptance, DeclineCode, HoldFlag
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import accept_refusal, extension_workflow, hold_workflow
from preservation.services.heard import confirmed
from preservation.services.locks import lock, open_extension
from preservation.told import officer_stays

WINDOW = timedelta(hours=24)
# Whoever asks for more than so many times the limit in that time is refused: that is no investigation.
REFUSED_AT = 5
# An officer is new for this long after approval.
NEW_OFFICER = timedelta(days=7)
# Records of a longer time than this are looked at by a person.
LONG_PERIOD = timedelta(days=5 * 365)
_LOCK = 0x484F4C44
CALL_FIRST = "Call the agency first: a hold like this one is accepted once the agency confirmed it."
NO_ACCESS = (
    "The officer has no access now: suspended, or not verified in time. Nothing is accepted until access is given back."
)


class TooMany(NotAllowed):
    """Far more holds were asked for in 24 hours than is usual; whoever catches it calls note_too_many."""


@dataclass(frozen=True)
class Asked:
    """How many holds were asked for in 24 hours, this one among them."""

    officer: int
    agency: int


def asked_lately(hold: PreservationHold, *, at: datetime) -> Asked:
    """Count what this officer, and this agency, asked to keep in the 24 hours before, and this hold."""
    since = at - WINDOW
    lately = PreservationHold.objects.filter(provider=hold.provider_id, requested_at__gt=since, requested_at__lte=at)
    agency = list(lately.filter(agency=hold.agency_id).exclude(pk=hold.pk).values_list("officer", flat=True)[:5000])
    return Asked(officer=agency.count(hold.officer_id) + 1, agency=len(agency) + 1)


def too_many(hold: PreservationHold, *, at: datetime) -> str:
    """Say that nothing more is taken now, because far more than the limit was asked for in 24 hours, or nothing.

    One at a time for each agency until the transaction ends, so that of two sent at once both are counted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, hold.agency_id % 2**31])
    asked, provider = asked_lately(hold, at=at), hold.provider
    mine = 0 < REFUSED_AT * provider.hold_limit_officer < asked.officer
    ours = 0 < REFUSED_AT * provider.hold_limit_agency < asked.agency
    if not mine and not ours:
        return ""
    number = settings.SITE_DESK_PHONE or provider.emergency_phone
    who, count = ("You", asked.officer) if mine else ("Your agency", asked.agency)
    return (
        f"{who} asked for {count - 1} holds in 24 hours: we take no more now without speaking to you. "
        f"Your draft is kept. Call us: {number}."
    )


@transaction.atomic
def note_too_many(hold: PreservationHold, *, by: User, at: datetime | None = None) -> None:
    """Leave in the trail, and tell staff once a day, that a draft was refused for being far above the limit.

    They are led to the last hold that the agency sent.
    """
    at = at or timezone.now()
    asked = asked_lately(hold, at=at)
    facts: dict[str, JSON] = {"officer": asked.officer - 1, "agency": asked.agency - 1}
    record(Event.FLAGGED, by=by, obj=by, outcome="refused", reason="Far above the limit", data=facts, at=at)
    sent = PreservationHold.objects.filter(provider=hold.provider_id, agency=hold.agency_id, requested_at__lte=at)
    if (last := sent.order_by("-requested_at", "-pk").first()) is not None:
        notify.too_many(last, at=at)


def judge(hold: PreservationHold, *, at: datetime) -> list[HoldFlag]:
    """Return why a person looks at this hold before it is accepted, empty where it is accepted by rule."""
    provider, asked = hold.provider, asked_lately(hold, at=at)
    first, last = hold.period_from, hold.period_to
    found = {
        HoldFlag.OFFICER_LIMIT: asked.officer > provider.hold_limit_officer,
        HoldFlag.AGENCY_LIMIT: asked.agency > provider.hold_limit_agency,
        HoldFlag.MASS: hold.identifiers.count() >= provider.hold_many_identifiers,
        HoldFlag.NEW_OFFICER: _is_new(hold, at=at),
        HoldFlag.NEW_FACTOR: cool_down.downloads_until(hold.officer, at=at) is not None,
        HoldFlag.LONG_PERIOD: bool(first and last and last - first > LONG_PERIOD),
        HoldFlag.NO_RULE: not provider.hold_by_rule,
    }
    return [flag for flag, stands in found.items() if stands]


def judged(hold: PreservationHold, *, at: datetime) -> dict[str, Any]:
    """Return what `judge` finds as columns of the hold, with by when a person decides."""
    flags = judge(hold, at=at)
    if not flags:
        return {"acceptance": Acceptance.RULE, "flags": [], "accepted_at": at}
    due = deadlines.accept_by(at, hold.provider.calendar)
    named = [str(flag) for flag in flags]
    return {"acceptance": Acceptance.PENDING, "flags": named, "accept_by": due.at, "accept_rule": due.rule}


def note_flags(hold: PreservationHold, *, at: datetime) -> None:
    """Leave in the trail why a person looks at this hold, where one does."""
    if hold.acceptance == Acceptance.PENDING:
        due = hold.accept_by.isoformat() if hold.accept_by else ""
        record(Event.FLAGGED, by=None, obj=hold, data={"flags": list(hold.flags), "due": due}, at=at)


def is_called(flags: Iterable[str]) -> bool:
    """Say whether one of these flags needs a call to the agency before anybody accepts."""
    return not CALLED_FLAGS.isdisjoint(flags)


def acceptance_refusal(hold: PreservationHold, *, at: datetime | None = None) -> str:
    """Say why nobody can accept this hold now, or nothing. Whoever declines needs none of it."""
    if hold.acceptance != Acceptance.PENDING or hold.status not in OPEN_STATUSES:
        return "This hold waits for nobody any more."
    if not hold.officer.is_officer or not officer_stays(hold):
        return NO_ACCESS
    return CALL_FIRST if is_called(hold.flags) and not confirmed(hold, at=at) else ""


@transaction.atomic
def accept(hold: PreservationHold, *, by: User, at: datetime | None = None) -> PreservationHold:
    """Take a hold as it was asked for, as one person: the officer is told, and gets the certificate.

    Raises NotAllowed without the right, and TransitionRefused where a call is missing or it was decided meanwhile.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.acceptance == Acceptance.PERSON and row.accepted_by_id == by.pk:
        return row
    if refusal := accept_refusal(by, row):
        raise NotAllowed(refusal)
    if refusal := acceptance_refusal(row, at=at):
        raise TransitionRefused(refusal)
    row.acceptance, row.accepted_at, row.accepted_by, row.work_at = Acceptance.PERSON, at, by, at
    row.save(update_fields=["acceptance", "accepted_at", "accepted_by", "work_at"])
    record(Event.ACCEPTED, by=by, obj=row, data={"flags": list(row.flags)}, at=at)
    notify.accepted(row, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row


@transaction.atomic
def decline(
    hold: PreservationHold, *, code: str, reason: str, by: User, at: datetime | None = None
) -> PreservationHold:
    """End a hold that nobody accepted yet: its copies are let go of, and the officer is told, with the cure.

    Also one that goes on with a request or a treaty request meanwhile. Raises Incomplete without a code or words,
    NotAllowed where it was accepted or this person may not, and TransitionRefused where it ended.
    """
    at = at or timezone.now()
    if code not in DeclineCode.values or not reason.strip():
        raise Incomplete("Choose why it is declined, and write what the officer can do.")
    row = lock(hold)
    ends = row.expires_at
    row = hold_workflow.advance(
        row, "decline", by=by, at=at, reason=reason.strip(), data={"code": str(code)}, declined_at=at, declined_by=by,
        decline_code=code, decline_reason=reason.strip(), next_action_at=None, confirm_by=None, work_at=at,
    )  # fmt: skip
    if ends is not None:
        notify.withdraw_unsent(row, expires_at=ends, at=at)
    if (extension := open_extension(row)) is not None:
        extension_workflow.advance(extension, "lapse", by=None, at=at, decided_at=at)
    notify.declined(row, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row


def _is_new(hold: PreservationHold, *, at: datetime) -> bool:
    member = hold.officer.memberships.filter(agency=hold.agency_id, ended_at=None).order_by("-started_at").first()
    return member is None or (member.approved_at or member.started_at) > at - NEW_OFFICER
