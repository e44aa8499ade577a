"""Celery's names for delivery: they hurry rows that are jobs already."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from foundation.notifications import bounces, delivery, digests, pulses, reminders, trail_watch
from foundation.notifications.hooks import calling


@shared_task(name="notifications.deliver")
def deliver(*message_ids: int) -> None:
    """Deliver these rows now."""
    delivery.deliver(list(message_ids))


@shared_task(name="notifications.sweep")
def sweep() -> int:
    """Deliver what is due and was not hurried, was refused for now, or was dropped by a dead worker."""
    return delivery.sweep()


@shared_task(name="notifications.take_bounces")
def take_bounces() -> int:
    """Read the reports about undelivered mail, where a mail server puts them."""
    return bounces.sweep(Path(settings.BOUNCE_MAILDIR)) if settings.BOUNCE_MAILDIR else 0


@shared_task(name="notifications.gather")
def gather() -> int:
    """Write the digests that are due."""
    return digests.gather()


@shared_task(name="notifications.remind")
def remind() -> int:
    """Tell every stage of every running clock that is due."""
    return reminders.remind()


@shared_task(name="notifications.forget")
def forget() -> int:
    """Delete what is of no use any more."""
    return reminders.forget() + calling.forget()


@shared_task(name="notifications.call_hooks")
def call_hooks(*call_ids: int) -> int:
    """Make these calls of hooks now; without any, every one that is due."""
    return calling.call_now(call_ids) if call_ids else calling.sweep()


@shared_task(name="notifications.pulse")
def pulse() -> None:
    """Show that beat and worker live, and look whether the urgent loop does."""
    pulses.beat(pulses.WORKER)
    trail_watch.watch_the_watch()
