"""The sweep of holds by itself, as a task of a drill: no certificates are made and no copies are taken."""

import os
from pathlib import Path

from celery import shared_task
from django.utils import timezone

from lers.drill import holds_sweeps
from preservation.models import PreservationHold
from preservation.services import sweeping

_LIMIT = 500


@shared_task(name="lers.drill.sweep_holds")
def sweep_holds() -> None:
    """Remind of holds and end them, and note beside the drill's clock when it was done and what was left."""
    at = timezone.now()
    file = Path(os.environ["DRILL_CLOCK"]).with_name(holds_sweeps.FILE)
    rows = PreservationHold.objects.due(at).values_list("pk", flat=True)
    with holds_sweeps.noted(file, at, rows.all, limit=_LIMIT):
        sweeping.sweep(at=at, limit=_LIMIT)
