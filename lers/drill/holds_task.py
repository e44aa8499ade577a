"""The sweep of holds by itself, as a task of a drill: no certificates are made and no copies are taken."""

from celery import shared_task

from preservation.services import sweeping


@shared_task(name="lers.drill.sweep_holds")
def sweep_holds() -> None:
    """Remind of holds and end them."""
    sweeping.sweep()
