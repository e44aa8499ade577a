"""Is the portal alive, and can it work: JSON for load balancers, containers and `make run`."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from celery import current_app
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from foundation.audit import alarms
from foundation.audit.watch import FAILING
from foundation.documents.services import scanner_state
from foundation.documents.storage import new_storage_name
from foundation.notifications import pulses

logger = logging.getLogger(__name__)

_BROKER_SECONDS = 2


@access(Audience.PUBLIC, probe=True)
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; it asks nobody else, so that a broken database restarts no web server."""
    return JsonResponse({"status": "ok"})


@access(Audience.PUBLIC, probe=True)
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker and storage can be used; 503 and the name of what cannot. Why stands in the log only.

    The scanner is named too ("ok", "none", "silent", "hides"), and decides nothing: without it files wait, pages work.
    So is the trail ("ok", "late", "failing", "unwatched"): an act whose entry cannot be written is undone anyway, and
    what needs no entry goes on.
    """
    results = {name: _try(name, check) for name, check in CHECKS.items()}
    ready = all(results.values())
    words = {name: "ok" if good else "failed" for name, good in results.items()}
    words = {"status": "ok" if ready else "failed"} | words | {"scanner": scanner_state()[0], "trail": trail_state()}
    return JsonResponse(words, status=200 if ready else 503)


def check_database() -> None:
    """Ask the database something that needs no table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """Connect to Celery's broker."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=_BROKER_SECONDS)


def check_storage() -> None:
    """Ask the document storage for a file, and a folder whether it can be written to."""
    storage = storages["documents"]
    if isinstance(storage, FileSystemStorage):
        Path(storage.location).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(storage.location, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(storage.location)
    storage.exists(new_storage_name())


def trail_state() -> str:
    """Say how the trail is, from the alarms that last and the sign of life of the process that raises them."""
    lasting = {alarm.kind for alarm in alarms.going_on()}
    if lasting:
        return "failing" if lasting & FAILING else "late"
    try:
        return "unwatched" if pulses.has_stopped(pulses.URGENT, at=timezone.now()) else "ok"
    except (DatabaseError, InterfaceError):
        return "failing"


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "storage": check_storage,
}


def _try(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        logger.warning("Not ready: %s", name, exc_info=True)
        return False
    return True
