"""Signs of life of the two kinds of process that must never stop: each writes its own and reads the other's."""

from datetime import datetime, timedelta

from django.utils import timezone

from foundation.notifications.models import Pulse

WORKER, URGENT = "worker", "urgent"
# Both beat every 15 s. The worker's beat waits in the queue behind other work: a backlog is no alarm at once.
STOPPED = {WORKER: timedelta(minutes=3), URGENT: timedelta(seconds=45)}


def beat(name: str, *, at: datetime | None = None) -> None:
    """Write that this process lives."""
    Pulse.objects.update_or_create(name=name, defaults={"beat_at": at or timezone.now()})


def last(name: str) -> datetime | None:
    """Return when it showed itself last; None where it never did."""
    return Pulse.objects.filter(name=name).values_list("beat_at", flat=True).first()


def has_stopped(name: str, *, at: datetime) -> bool:
    """Return whether nothing was heard of it for longer than it should be."""
    beat_at = last(name)
    return beat_at is None or at - beat_at > STOPPED[name]
