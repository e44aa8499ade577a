"""The automatic checks of an application: rows that are jobs, and answers that are evidence and never decide."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.enums import ApplicationStatus, SignalKind, SignalOutcome
from accounts.events import Event
from accounts.evidence import address, country, document, history, look_alike, mail_server, phone, standing
from accounts.evidence.finding import Finding, unknown
from accounts.guards import has_conflict
from accounts.models import AccessApplication, User, VettingSignal
from accounts.permissions import Permission, has_permission
from accounts.services.limits import Limit, try_once
from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.errors import NotAllowed, PortalError, TransitionRefused
from foundation.core.hurry import hurry_on_commit

LEASE = timedelta(minutes=2)
TRIES = 5
ASKED_AGAIN = Limit("access.signals", 5, timedelta(minutes=10))
# After the decision the evidence stays as it was decided on.
_CHECKED = frozenset(
    {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.IN_REVIEW,
        ApplicationStatus.ACTION_NEEDED,
        ApplicationStatus.AWAITING_APPROVAL,
    }
)

CHECKS: Mapping[SignalKind, Callable[[AccessApplication], Finding]] = {
    SignalKind.DOMAIN: address.domain,
    SignalKind.LOOK_ALIKE: look_alike.look_alike,
    SignalKind.PHONE: phone.phone,
    SignalKind.MAIL_SERVER: mail_server.mail_server,
    SignalKind.DOCUMENT: document.document,
    SignalKind.SEEN_BEFORE: history.seen_before,
    SignalKind.COUNTRY: country.country,
    SignalKind.MAILBOX: address.mailbox,
    SignalKind.DISPOSABLE: address.disposable,
    SignalKind.AGENCY: standing.agency,
    SignalKind.CONFIRMED: standing.confirmed,
    SignalKind.VOUCHED: standing.vouched,
}


# Those that name other applications.
_COMPARED = (SignalKind.DOCUMENT, SignalKind.SEEN_BEFORE, SignalKind.PHONE)


@transaction.atomic
def plan(application: AccessApplication, *, at: datetime | None = None) -> None:
    """Write the rows of all checks of what was sent now; answers about what was sent before are forgotten."""
    at = at or timezone.now()
    _plan(application, at, outcome=SignalOutcome.UNKNOWN, evidence="", explanation="", checked_at=None)
    plan_alike(application, at=at)


@transaction.atomic
def plan_alike(application: AccessApplication, *, at: datetime) -> None:
    """Have open applications that share something with this one compared again: it was sent or declined just now.

    Their answers stay until there are new ones.
    """
    open_ones = history.others(application, history.alike(application)).filter(status__in=_CHECKED)
    for other in sorted(open_ones[: history.MOST], key=lambda row: row.pk):
        _plan(other, at, kinds=_COMPARED)


@transaction.atomic
def check_again(application: AccessApplication, *, by: User, at: datetime | None = None) -> None:
    """Have every check done again because a reviewer asked; the answers stay until there are new ones.

    Raises TransitionRefused once the application is decided or withdrawn, NotAllowed without the right or against a
    declared conflict, PortalError when it was asked too often.
    """
    at = at or timezone.now()
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if not has_permission(by, Permission.REVIEW_APPLICATION) or row.user_id == by.pk or has_conflict(by, row):
        raise NotAllowed("You do not have the right to do this.")
    if not may_check_again(row):
        raise TransitionRefused("This application is closed. The evidence stays as it was decided on.")
    if not try_once(ASKED_AGAIN, row.reference, at=at):
        raise PortalError("The checks were asked for five times within ten minutes. Wait a little.")
    record(Event.SIGNALS_ASKED, by=by, obj=row, at=at)
    _plan(row, at)


def may_check_again(application: AccessApplication) -> bool:
    """Say whether the checks may still change: not once the application is decided or withdrawn."""
    return application.status in _CHECKED


def _plan(
    application: AccessApplication, at: datetime, *, kinds: Sequence[SignalKind] = tuple(CHECKS), **forgotten: object
) -> None:
    for kind in kinds:
        signal, _made = VettingSignal.objects.update_or_create(
            application=application,
            kind=kind,
            defaults={
                "state": jobs.JobState.PENDING, "due_at": at, "claimed_until": None, "attempts": 0, "last_error": "",
                "finished_at": None, **forgotten,
            },
        )  # fmt: skip
        hurry_on_commit("accounts.run_signal", signal.pk)


def run(signal_id: int, *, at: datetime | None = None) -> None:
    """Do one check if it is due and nobody else does it."""
    _run_due(VettingSignal.objects.filter(pk=signal_id), at=at or timezone.now())


def sweep(*, at: datetime | None = None, limit: int = 100) -> int:
    """Do the checks that were dropped, one after the other; return how many.

    One is claimed at a time: a name server that keeps silent must not use up the leases of all the others.
    """
    at, started, done = at or timezone.now(), time.monotonic(), 0
    while done < limit and _run_due(
        VettingSignal.objects.all(), at=at + timedelta(seconds=int(time.monotonic() - started))
    ):
        done += 1
    return done


def _run_due(rows: models.QuerySet[VettingSignal], *, at: datetime) -> int:
    claimed = jobs.claim(rows, at=at, lease=LEASE, limit=1)
    for signal in claimed:
        try:
            found = CHECKS[SignalKind(signal.kind)](signal.application)
        except Exception as error:  # noqa: BLE001 - whatever broke, the check stands as not done and is tried again
            _broke(signal, error, at)
            continue
        if _write(signal, found, at):
            _compare(signal.application, at)
    return len(claimed)


@transaction.atomic
def _write(signal: VettingSignal, found: Finding, at: datetime) -> bool:
    """Keep the answer, unless another worker holds the check by now; one that is for now is asked for again.

    Say whether the file told something new of its origin.
    """
    before = VettingSignal.objects.filter(pk=signal.pk).values_list("checked_at", "outcome").first()
    if found.tries > signal.attempts:
        ours = jobs.fail(signal, found.evidence, at=at, give_up_after=found.tries)
    else:
        ours = jobs.finish(signal, at=at)
    if not ours:
        return False
    VettingSignal.objects.filter(pk=signal.pk).update(
        outcome=found.outcome, evidence=found.evidence, explanation=found.explanation, checked_at=at
    )
    told = found.marks is not None and dict(found.marks) != signal.application.document_marks
    if found.marks is not None and told:
        signal.application.document_marks = dict(found.marks)
        signal.application.save(update_fields=["document_marks"])
    if before is not None and before[0] is not None and before[1] != found.outcome:
        facts = {"check": signal.kind, "before": before[1], "now": str(found.outcome)}
        record(Event.SIGNAL_CHANGED, by=None, obj=signal.application, data=facts, at=at)
    return told


@transaction.atomic
def _compare(application: AccessApplication, at: datetime) -> None:
    """Compare what the file says of its origin with the others: in a transaction of its own, two may be at it."""
    _plan(application, at, kinds=[SignalKind.SEEN_BEFORE])
    plan_alike(application, at=at)


@transaction.atomic
def _broke(signal: VettingSignal, error: Exception, at: datetime) -> None:
    """Try again later; after the last try the row says so, instead of an answer that is not there."""
    last = signal.attempts >= TRIES
    if jobs.fail(signal, repr(error), at=at, give_up_after=TRIES) and last:
        found = unknown(
            f"Could not be checked: the check broke {signal.attempts} times ({type(error).__name__}).",
            "Tell the administrator. Look yourself, or let a second person decide.",
        )
        VettingSignal.objects.filter(pk=signal.pk).update(
            outcome=found.outcome, evidence=found.evidence, explanation=found.explanation, checked_at=at
        )
