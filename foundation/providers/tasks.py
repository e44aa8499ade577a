"""Celery's names for the instructions: they hurry rows that are jobs already."""

from celery import shared_task

from foundation.providers import inbound, jobs
from foundation.providers.models import ConnectorJob


@shared_task(name="providers.run")
def run(job_id: int) -> None:
    """Carry out one instruction now."""
    job = ConnectorJob.objects.filter(pk=job_id).first()
    if job is not None:
        jobs.run(job)


@shared_task(name="providers.sweep")
def sweep() -> int:
    """Carry out what is due."""
    return jobs.sweep()


@shared_task(name="providers.forget_calls")
def forget_calls() -> int:
    """Delete what was remembered of calls that nobody can send again."""
    return inbound.forget()
