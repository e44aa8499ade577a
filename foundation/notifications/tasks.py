"""Celery's names for delivery: they hurry rows that are jobs already."""

from celery import shared_task

from foundation.notifications import delivery, reminders


@shared_task(name="notifications.deliver")
def deliver(*message_ids: int) -> None:
    """Deliver these rows now."""
    delivery.deliver(list(message_ids))


@shared_task(name="notifications.sweep")
def sweep() -> int:
    """Deliver what is due and was not hurried, was refused for now, or was dropped by a dead worker."""
    return delivery.sweep()


@shared_task(name="notifications.remind")
def remind() -> int:
    """Tell every stage of every running clock that is due."""
    return reminders.remind()


@shared_task(name="notifications.forget")
def forget() -> int:
    """Delete what is of no use any more."""
    return reminders.forget()
