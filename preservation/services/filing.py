"""Where the law gives the authority a time to go to court (Brazil, Lei 12.965/2014 art 13 par.3-4), or the hold falls.

The officer says that it did, with the day and the docket, or staff note it from a letter. The clock reminds; the sweep
lets go of what nobody said anything of. Legal process or a treaty request that came for the records says the same.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.notifications.running_clocks import ShownDeadline, Stage
from preservation import filing_notify, notify
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import accept_refusal, extension_workflow, hold_workflow, may_extend
from preservation.services import suspended
from preservation.services.locks import lock, open_extension

logger = logging.getLogger(__name__)

GROUND = "Nobody said in time that the authority went to court."
# A day is over everywhere on earth twelve hours after it is over in UTC; it began fourteen hours before.
_AHEAD, _BEHIND = timedelta(hours=14), timedelta(hours=12)


def unfiled() -> QuerySet[PreservationHold]:
    """Return the holds that run down and fall unless somebody says that the authority went to court."""
    return _unfiled(PreservationHold.objects.all())


def is_unfiled(hold: PreservationHold) -> bool:
    """Say whether this hold falls unless somebody says that the authority went to court."""
    waits = hold.authority_must_file_by is not None and hold.filed_on is None
    return waits and hold.process_at is None and hold.status == HoldStatus.ACTIVE


def refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot tell us of a filing for this hold, or None.

    Its officer can, once; and who decides on holds, who have a letter of the authority, and mend what was told.
    """
    if hold.authority_must_file_by is None:
        return "The rule of this hold does not ask the authority to go to court."
    if why := _not_allowed(hold, by):
        return why
    if hold.filed_on is not None and not by.is_staff_member:
        return "You told us already that your authority went to court. If the day or the number is wrong, call us."
    running = hold.status == HoldStatus.ACTIVE and hold.process_at is None
    return None if running else "Nothing falls now: this hold is over, or process came for the records."


def _not_allowed(hold: PreservationHold, by: Any) -> str | None:
    if by.is_staff_member:
        return accept_refusal(by, hold)
    return None if may_extend(by, hold) else "Only the officer who filed the hold can do this."


@transaction.atomic
def tell_filed(
    hold: PreservationHold, *, filed_on: date, docket: str, source: str = "", by: Any, at: datetime | None = None
) -> PreservationHold:
    """Write down on which day the authority went to court, and under which number; the hold falls no more.

    source: where staff know it from. The same said twice changes nothing. Its end stays: more time is asked for as
    with every hold. Raises NotAllowed, Incomplete for a day that cannot be or without words, and TransitionRefused
    where nothing falls.
    """
    at, docket = at or timezone.now(), " ".join(docket.split())
    row = lock(hold)
    if why := _not_allowed(row, by):
        raise NotAllowed(why)
    if (row.filed_on, row.filed_words) == (filed_on, docket):
        return row
    if why := refusal(row, by):
        raise TransitionRefused(why)
    if not docket:
        raise Incomplete("Give the court and the number under which it has the case.")
    if by.is_staff_member and not source.strip():
        raise Incomplete("Say which letter it is, and how it came.")
    if why := _wrong_day(row, filed_on, at):
        raise Incomplete(why)
    row.filed_on, row.filed_words = filed_on, docket[:200]
    row.save(update_fields=["filed_on", "filed_words"])
    facts = {"filed_on": filed_on.isoformat(), "docket": row.filed_words}
    record(Event.FILED, by=by, obj=row, reason=source.strip(), data=facts, at=at)
    return row


def _wrong_day(hold: PreservationHold, filed_on: date, at: datetime) -> str:
    """Say why the authority cannot have gone to court for this hold on this day, or nothing.

    The time of the law runs from our receipt: what was filed before it was filed for something else.
    """
    if filed_on > (at + _AHEAD).date():
        return "This day is in the future. Tell us once the authority went to court."
    if hold.authority_must_file_by and filed_on > hold.authority_must_file_by.astimezone(UTC).date():
        return "This day is after the time that the law gives. Ask for a new hold, or send legal process."
    if hold.starts_at and filed_on < (hold.starts_at - _BEHIND).date():
        return "This day is before we received the hold. The time of the law runs from then on."
    return ""


def let_fall(*, at: datetime, limit: int = 500) -> int:
    """Let go of the holds whose authority had to go to court and of which nobody said so; return how many.

    One of a suspended officer or agency stays: nobody there could tell us. Its own end still comes.
    """
    fell = 0
    due = unfiled().filter(authority_must_file_by__lte=at).order_by("authority_must_file_by")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            fell += _fall(pk, at)
        except Exception:
            logger.exception("Hold %s should have fallen and did not", pk)
    return fell


def tell_unfiled(hold: PreservationHold, stage: Stage, at: datetime) -> None:
    """Remind the officer and who follows that the hold falls; a suspended officer's stays, and nobody is urged."""
    if suspended.began(hold) is None:
        filing_notify.to_file(hold, stage=stage.name, at=at)


def list_unfiled(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds that fall in this time unless the authority went to court, for staff who may see them."""
    rows = _unfiled(PreservationHold.objects.visible_to_staff(reader))
    for row in rows.filter(authority_must_file_by__gte=since, authority_must_file_by__lt=until):
        url = reverse("holds:staff_detail", args=[row.reference])
        due = row.authority_must_file_by or until
        yield ShownDeadline(clock="Authority to file", due=due, label=row.reference or "", url=url, team="")


@transaction.atomic
def _fall(pk: int, at: datetime) -> int:
    rows = unfiled().select_for_update(skip_locked=True, of=("self",)).select_related("officer", "provider", "agency")
    row = rows.filter(pk=pk, authority_must_file_by__lte=at).first()
    if row is None or suspended.began(row) is not None:
        return 0
    by = row.authority_must_file_by.isoformat() if row.authority_must_file_by else ""
    row = hold_workflow.advance(
        row, "fall", by=None, at=at, reason=GROUND, data={"file_by": by}, released_at=at, next_action_at=None,
        work_at=at, confirm_by=None,
    )  # fmt: skip
    if row.expires_at is not None:
        notify.withdraw_unsent(row, expires_at=row.expires_at, at=at)
    if (extension := open_extension(row)) is not None:
        extension_workflow.advance(extension, "lapse", by=None, at=at, decided_at=at)
    filing_notify.fell(row, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return 1


def _unfiled(holds: QuerySet[PreservationHold]) -> QuerySet[PreservationHold]:
    return holds.filter(
        status=HoldStatus.ACTIVE, authority_must_file_by__isnull=False, filed_on=None, process_at=None
    )  # fmt: skip
