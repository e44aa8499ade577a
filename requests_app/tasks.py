"""Celery's names for what happens to requests later: they hurry rows that are jobs already."""

import logging
from collections.abc import Callable

from celery import shared_task

from requests_app.services import (
    absences,
    account_facts,
    acknowledging,
    alarms,
    batches,
    building,
    collecting,
    copies_of_recipients,
    counsel,
    decision_letters,
    destruction,
    drafts,
    emergency_alerts,
    figures,
    infected,
    later,
    later_documents,
    lifting,
    mailbox,
    notice_again,
    notices,
    packages,
    purging,
    questions,
    searching,
    target_imports,
    targets,
    unusual,
    urgent_contacts,
)

logger = logging.getLogger(__name__)

# Seconds: a file of identifiers is mostly scanned in one; what takes longer, the sweep goes on with.
PATIENCE = 5.0


@shared_task(name="requests.collect")
def collect(export_id: int) -> None:
    """Carry out one export of a package; it may be done already."""
    collecting.run(export_id)


@shared_task(name="requests.build_package")
def build_package(package_id: int) -> None:
    """Build one package; it may be built already."""
    building.build(package_id)


@shared_task(name="requests.hash_copy")
def hash_copy(copy_id: int) -> None:
    """Hash one person's copy of an archive; it may be hashed already."""
    copies_of_recipients.run(copy_id)


@shared_task(name="requests.write_letter")
def write_letter(letter_id: int) -> None:
    """Write the letter of one decision; it may be written already."""
    decision_letters.write(letter_id)


@shared_task(name="requests.import_targets")
def import_targets(import_id: int) -> None:
    """Read one file of identifiers; it may have been read already. Waits a little for the scanner's verdict."""
    target_imports.run(import_id, patience=PATIENCE)


@shared_task(name="requests.import_batch")
def import_batch(batch_id: int) -> None:
    """Bring in what waits of one batch; nothing may wait any more."""
    batches.run(batch_id)


@shared_task(name="requests.watch_searches")
def watch_searches() -> None:
    """Look at who searched for accounts in the last day."""
    alarms.sweep()


@shared_task(name="requests.weekly_report")
def weekly_report() -> int:
    """Make the weekly reports that are due, and remind of those that wait."""
    return unusual.sweep()


@shared_task(name="requests.count_figures")
def count_figures() -> None:
    """Count the figures of the desk where they are due."""
    figures.sweep()


@shared_task(name="requests.read_mailbox")
def read_mailbox() -> None:
    """Look into the mailbox for requests, if one is set up."""
    mailbox.sweep()


@shared_task(name="requests.sweep")
def sweep() -> None:
    """Do what is due: questions, notices, dropped packages, downloads that end, old drafts, imports, searches."""
    steps: tuple[Callable[[], object], ...] = (
        questions.sweep,
        counsel.sweep,
        *lifting.STEPS,
        absences.sweep,
        acknowledging.sweep,
        account_facts.learn_of_holds,
        notice_again.call_back,
        notices.send_due,
        building.build_due,
        copies_of_recipients.hash_due,
        collecting.forget_dropped,
        decision_letters.write_due,
        packages.expire_due,
        later.close_due,
        purging.purge_due,
        destruction.chase_due,
        drafts.remove_old,
        emergency_alerts.put_away,
        infected.tell,
        later_documents.tell,
        target_imports.run_due,
        target_imports.forget,
        targets.forget_changes,
        searching.forget,
        batches.run_due,
        batches.forget,
        urgent_contacts.sweep,
        urgent_contacts.forget,
    )
    for step in steps:
        try:
            step()
        except Exception:  # one thing that fails must not keep the others waiting
            logger.exception("%s.%s failed", step.__module__, step.__name__)
