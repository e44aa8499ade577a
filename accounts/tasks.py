"""Celery's names for the work of accounts: they hurry rows that are jobs already."""

from celery import shared_task
from django.utils import timezone

from accounts.services import (
    applications,
    blocking,
    browser_reports,
    limits,
    receipts,
    retention,
    reverification,
    sessions,
    signals,
    typed_forms,
    unused_staff,
)


@shared_task(name="accounts.verify_again")
def verify_again() -> int:
    """Remind officers whose verification is due, and end the access of those who are overdue or stay away."""
    return reverification.sweep()


@shared_task(name="accounts.look_after_staff")
def look_after_staff() -> int:
    """Tell of colleagues who were blocked and not decided about in time; remind and close accounts nobody uses."""
    at = timezone.now()
    return blocking.sweep(at=at) + unused_staff.sweep(at=at)


@shared_task(name="accounts.run_signal")
def run_signal(signal_id: int) -> None:
    """Do one automatic check."""
    signals.run(signal_id)


@shared_task(name="accounts.sweep")
def sweep() -> int:
    """Do checks that were dropped; forget and delete what is not kept any longer."""
    at = timezone.now()
    done = signals.sweep(at=at) + retention.sweep(at=at) + sessions.forget_old(at=at) + typed_forms.forget_old(at=at)
    done += receipts.forget_old(at=at) + browser_reports.forget_old(at=at)
    return done + applications.drop_expired_tokens(at=at) + limits.forget_old(at=at)
