"""Celery's names for the work on holds: they hurry rows that are due already."""

from celery import shared_task
from django.utils import timezone

from preservation.models import PreservationHold
from preservation.services import certificates, drafts, execution, planning, spoiled, sweeping


@shared_task(name="preservation.sweep")
def sweep() -> None:
    """Remind, end, carry on what was dropped, delete old drafts, and tell of documents that are of no use."""
    sweeping.sweep()
    execution.sweep()
    drafts.remove_old(at=timezone.now())
    spoiled.tell()


@shared_task(name="preservation.execute")
def execute(hold_id: int) -> None:
    """Do the next step for one hold now."""
    execution.work(hold_id)


@shared_task(name="preservation.certificate")
def certificate(hold_id: int) -> None:
    """Make the certificate of one hold now; it may have ended by now."""
    hold = PreservationHold.objects.select_related("officer", "agency", "process_type").filter(pk=hold_id).first()
    if hold is not None and hold.is_open:
        certificates.make(hold)


@shared_task(name="preservation.plan")
def plan() -> None:
    """Plan reminders by what each company says now."""
    planning.plan_all()
