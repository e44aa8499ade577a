"""Who is paged for an emergency, and when several of one agency are one page.

Of forty at once the first pages at once; the others join its alert as long as nobody has taken one of it. Until each of
an alert is taken the next step of the rota is paged every five minutes; behind its last step everybody is, every five
minutes for an hour and then every fifteen. Whatever is in doubt pages by itself.

`EmergencyAlert.next_page_at` is the whole truth: the clock `emergency_take` looks at it, and moves it on in the
transaction that writes the messages. So no page is lost, and none is written twice.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from foundation.audit.trail import record
from foundation.notifications.running_clocks import NobodyToTell, Stage
from requests_app.deadlines import ALERT_WINDOW
from requests_app.enums import Rank, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, EmergencyAlert
from requests_app.notify import clocks
from requests_app.notify import intake as notify
from requests_app.services import rota

logger = logging.getLogger(__name__)

# First half of the key of the lock; the other one is the agency.
_LOCK = 0x4C45
# An emergency that waits longer for another one of its agency pages by itself.
_PATIENCE_MS = 2000
# The next step is paged so long after the one before; everybody too, for so many times.
STEP_EVERY = timedelta(minutes=5)
OFTEN = 12
# After that everybody is paged so often until somebody takes it.
LATER_EVERY = timedelta(minutes=15)
# Behind the steps of the rota, and so long after the end of the time, who signs and who leads are paged too.
WIDER_AFTER = timedelta(minutes=10)
# Nobody joins an alert any more that is older; what is taken of it by then is put away.
_LONG_PAST = timedelta(hours=1)


@transaction.atomic
def alert(data_request: DataRequest, *, at: datetime) -> EmergencyAlert:
    """Page the people on call for an emergency that was just received, or let it join the alert that is open.

    Emergencies of one agency do this one after another until they commit; those of others never wait. The request
    must be locked, and is written.
    """
    known = _open(data_request, at) if _in_turn(data_request.agency_id) else None
    found = known or _opened(data_request, at)
    data_request.alert = found
    data_request.save(update_fields=["alert"])
    if known is None:
        _page_at_once(found, data_request, at)
    else:
        record(Event.ALERT_JOINED, by=None, obj=data_request, data={"alert": found.pk}, at=at)
    return found


def to_take() -> QuerySet[EmergencyAlert]:
    """Return the alerts with an emergency that nobody has taken."""
    rows = EmergencyAlert.objects.filter(next_page_at__isnull=False)
    return rows.filter(Exists(waiting().filter(alert=OuterRef("pk"))))


def waiting() -> QuerySet[DataRequest]:
    """Return the emergencies that nobody has taken."""
    rows: QuerySet[DataRequest] = DataRequest.objects.filter(status=RequestStatus.SUBMITTED, rank=Rank.EXIGENT)
    return rows


def page_next(alert: EmergencyAlert, stage: Stage, at: datetime) -> None:
    """Page the next step with how many wait, and say when the one after it is due.

    Steps that were missed while nothing ran are paged with it. Raises NobodyToTell where nobody is left who can be
    paged: then the alert stays due, and is looked at again in a few seconds.
    """
    rows = list(
        waiting().filter(alert=alert).select_related("team", "provider__calendar").order_by("submitted_at", "pk")
    )
    if not rows:  # taken in this very moment; it stays due, should somebody give it back
        raise NobodyToTell
    first = next((row for row in rows if not row.restricted), rows[0])
    due, before = alert.next_page_at or at, alert.step
    page = rota.next_page(first, after=before, missed=max(0, (at - due) // STEP_EVERY), at=at)
    wider = page.behind > 0 and at >= alert.take_by + WIDER_AFTER
    if not clocks.emergencies_wait(alert, rows, paged=page, wider=wider, at=at):
        raise NobodyToTell
    alert.step = page.step
    alert.next_page_at = _after(due, LATER_EVERY if page.behind > OFTEN else STEP_EVERY, at)
    alert.save(update_fields=["step", "next_page_at"])
    newly_wider = wider and (page.behind == 1 or due < alert.take_by + WIDER_AFTER + STEP_EVERY)
    if newly_wider or not page.behind:
        for row in rows:
            record(Event.ESCALATED, by=None, obj=row, data={"step": page.step, "stage": stage.name}, at=at)


def put_away(*, at: datetime | None = None) -> int:
    """Let go of old alerts of which everything is taken, and mend one whose next page lies too far ahead.

    That is one written by a process whose time was wrong: it would be silent for so long. Return how many there were.
    """
    at = at or timezone.now()
    open_ones = EmergencyAlert.objects.filter(next_page_at__isnull=False)
    waits = Exists(waiting().filter(alert=OuterRef("pk")))
    mended = open_ones.filter(waits, next_page_at__gt=at + LATER_EVERY).update(next_page_at=at)
    return mended + open_ones.filter(~waits, opened_at__lt=at - _LONG_PAST).update(next_page_at=None)


def _after(due: datetime, every: timedelta, at: datetime) -> datetime:
    """Return the first page after this moment, so many minutes apart from the one that was due."""
    return due + every * (max(timedelta(), at - due) // every + 1)


def _page_at_once(found: EmergencyAlert, data_request: DataRequest, at: datetime) -> None:
    """Page the first step of the rota that reaches somebody; where there is none, who is on call or else everybody."""
    page = rota.first_page(data_request, at=at)
    if page is None:
        notify.emergency_alert(data_request, at=at)
        return
    found.step = page.step
    found.save(update_fields=["step"])
    notify.emergency_alert(data_request, people=page.people, addresses=page.addresses, at=at)


def _opened(data_request: DataRequest, at: datetime) -> EmergencyAlert:
    take_by = data_request.first_look_due_at or at + ALERT_WINDOW
    return EmergencyAlert.objects.create(
        provider_id=data_request.provider_id,
        agency_id=data_request.agency_id,
        team_id=data_request.team_id,
        opened_at=at,
        take_by=take_by,
        next_page_at=take_by,
    )


def _open(data_request: DataRequest, at: datetime) -> EmergencyAlert | None:
    """Return the alert of this agency that others may join: its time runs, and nobody has taken any of it."""
    if data_request.restricted:
        return None
    # Of two that come at once the one that waited may have been received first.
    alerts = EmergencyAlert.objects.filter(
        provider_id=data_request.provider_id,
        agency_id=data_request.agency_id,
        team=data_request.team,
        take_by__gt=at,
        opened_at__lt=at + ALERT_WINDOW,
    )
    latest = alerts.order_by("-take_by", "-pk").first()
    if latest is None:
        return None
    untouched = latest.emergencies.filter(status=RequestStatus.SUBMITTED, restricted=False)
    others = latest.emergencies.exclude(pk__in=untouched.values("pk"))
    return None if others.exists() or not untouched.exists() else latest


def _in_turn(agency_id: int) -> bool:
    """Wait until no other emergency of this agency is being received; False where that takes too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{_PATIENCE_MS}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, agency_id % 2**31])
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
    except DatabaseError:
        logger.warning("An emergency of agency %s waited for another one, and pages by itself", agency_id)
        return False
    return True
