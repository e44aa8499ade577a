"""Who is paged for an emergency, and when several of one agency are one page.

Of forty at once the first pages at once; the others join its alert as long as nobody has taken one of it, and everybody
is told how many wait once its five minutes are over. Whatever is in doubt pages by itself.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from foundation.audit.trail import record
from requests_app.deadlines import ALERT_WINDOW
from requests_app.enums import RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, EmergencyAlert
from requests_app.notify import intake as notify

logger = logging.getLogger(__name__)

# First half of the key of the lock; the other one is the agency.
_LOCK = 0x4C45
# An emergency that waits longer for another one of its agency pages by itself.
_PATIENCE_MS = 2000


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
        notify.emergency_alert(data_request, at=at)
    else:
        record(Event.ALERT_JOINED, by=None, obj=data_request, data={"alert": found.pk}, at=at)
    return found


def _opened(data_request: DataRequest, at: datetime) -> EmergencyAlert:
    return EmergencyAlert.objects.create(
        provider_id=data_request.provider_id,
        agency_id=data_request.agency_id,
        team_id=data_request.team_id,
        opened_at=at,
        take_by=data_request.first_look_due_at or at + ALERT_WINDOW,
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
