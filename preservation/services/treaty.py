"""A treaty request: its officer names it, staff keep the hold for it, and it is said from time to time that it runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.running_clocks import ShownDeadline, Stage
from preservation import life_notify
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.permissions import hold_refusal, may_extend
from preservation.services import life, suspended
from preservation.services.locks import lock
from preservation.states import OWNER

# So long after the day the officer is asked; from then on only those who decide on holds.
ASKED_FOR = timedelta(days=7)
OVER = "This hold changed meanwhile. Look at the page again."


def naming_refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot tell us of a treaty request for this hold, or None: its officer, while it runs."""
    if not may_extend(by, hold):
        return "Only the officer who filed the hold can do this."
    return None if hold.status == HoldStatus.ACTIVE else OVER


@transaction.atomic
def name(hold: PreservationHold, *, words: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Say which treaty request is under way; those who decide on holds are told, and keep the hold for it or do not.

    The hold still ends on its day. The same words twice change nothing. Raises Incomplete without words, NotAllowed,
    and TransitionRefused where the hold does not run down.
    """
    at, words = at or timezone.now(), words.strip()[: life.MOST_WORDS]
    row = lock(hold)
    if refusal := naming_refusal(row, by):
        raise (TransitionRefused if refusal == OVER else NotAllowed)(refusal)
    if not words:
        raise Incomplete("Say which treaty request it is.")
    if row.treaty_words == words:
        return row
    row.treaty_words = words
    row.save(update_fields=["treaty_words"])
    record(Event.TREATY_NAMED, by=by, obj=row, reason=words, at=at)
    life_notify.treaty_named(row, at=at)
    return row


def confirm_refusal(hold: PreservationHold, by: Any) -> str | None:
    """Say why this person cannot say that the treaty request still runs, or None: its officer, and who decides."""
    if hold.status != HoldStatus.ON_TREATY:
        return OVER
    if hold.officer_id == by.pk:
        return None if has_permission(by, OWNER) else "You do not have the right to do this."
    return hold_refusal(by, "end_treaty", hold)


@transaction.atomic
def confirm(hold: PreservationHold, *, words: str, by: Any, at: datetime | None = None) -> PreservationHold:
    """Say that the treaty request still runs, and where that is known from; asked again after the company's days.

    Raises Incomplete without words, TransitionRefused where it ended meanwhile, and NotAllowed.
    """
    at = at or timezone.now()
    row = lock(hold)
    if refusal := confirm_refusal(row, by):
        raise (TransitionRefused if refusal == OVER else NotAllowed)(refusal)
    if not words.strip():
        raise Incomplete("Say where you know from that it still runs.")
    running = life.on_treaty(row, words.strip(), at)
    row.treaty_words, row.confirm_by = running["treaty_words"], running["confirm_by"]
    row.save(update_fields=["treaty_words", "confirm_by"])
    facts = {"again": row.confirm_by.isoformat()}
    record(Event.TREATY_CONFIRMED, by=by, obj=row, reason=row.treaty_words, data=facts, at=at)
    return row


def running() -> QuerySet[PreservationHold]:
    """Return the holds of which somebody has to say that their treaty request still runs."""
    found = PreservationHold.objects.filter(status=HoldStatus.ON_TREATY, confirm_by__isnull=False)
    return found.select_related("officer", "provider", "agency")


def tell(hold: PreservationHold, stage: Stage, at: datetime) -> None:
    """Ask those who decide on holds, and up to a week after the day the officer. The hold goes on either way."""
    urged = stage.offset <= ASKED_FOR and suspended.began(hold) is None
    due = hold.confirm_by or at
    life_notify.treaty_to_confirm(hold, stage=stage.name, due=due, urged=urged, at=at)


def list_running(reader: Any, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds to be confirmed in this time, for staff who may see them."""
    rows = PreservationHold.objects.visible_to_staff(reader).filter(status=HoldStatus.ON_TREATY)
    for row in rows.filter(confirm_by__gte=since, confirm_by__lt=until).order_by("confirm_by", "pk"):
        url = reverse("holds:staff_detail", args=[row.reference])
        due, label = row.confirm_by or until, row.reference or ""
        yield ShownDeadline("Treaty request to confirm", due, label, url, team="", note="Goes on until it is ended")
