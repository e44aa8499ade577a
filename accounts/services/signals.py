"""The automatic checks of an application: rows that are jobs, and answers that are evidence and never decide."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.addresses import is_disposable, is_shared_mailbox, judge, registered_name
from accounts.enums import AddressVerdict, AgencyStatus, ApplicationStatus, SignalKind, SignalOutcome
from accounts.events import Event
from accounts.look_alikes import imitation, mixes_scripts
from accounts.models import AccessApplication, AgencyDomain, User, VettingSignal
from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.hurry import hurry_on_commit

LEASE = timedelta(minutes=2)
TRIES = 5

Finding = tuple[SignalOutcome, str]


@transaction.atomic
def plan(application: AccessApplication, *, at: datetime | None = None) -> None:
    """Write the rows of all checks, or have those that exist done again."""
    at = at or timezone.now()
    for kind in _CHECKS:
        signal, _made = VettingSignal.objects.update_or_create(
            application=application,
            kind=kind,
            defaults={
                "state": jobs.JobState.PENDING, "due_at": at, "claimed_until": None, "attempts": 0, "last_error": "",
                "finished_at": None,
            },
        )  # fmt: skip
        hurry_on_commit("accounts.run_signal", signal.pk)


@transaction.atomic
def check_again(application: AccessApplication, *, by: User, at: datetime | None = None) -> None:
    """Have every check done again, because somebody asked."""
    record(Event.SIGNALS_ASKED, by=by, obj=application, at=at)
    plan(application, at=at)


def run(signal_id: int, *, at: datetime | None = None) -> None:
    """Do one check if it is due and nobody else does it."""
    _run_due(VettingSignal.objects.filter(pk=signal_id), at=at or timezone.now(), limit=1)


def sweep(*, at: datetime | None = None, limit: int = 100) -> int:
    """Do the checks that were dropped; return how many."""
    return _run_due(VettingSignal.objects.all(), at=at or timezone.now(), limit=limit)


def _run_due(rows: models.QuerySet[VettingSignal], *, at: datetime, limit: int) -> int:
    claimed = jobs.claim(rows, at=at, lease=LEASE, limit=limit)
    for signal in claimed:
        try:
            outcome, evidence = _CHECKS[SignalKind(signal.kind)](signal.application)
        except Exception as error:  # noqa: BLE001 - whatever broke, the check stands as not done and is tried again
            jobs.fail(signal, repr(error), at=at, give_up_after=TRIES)
            continue
        with transaction.atomic():
            if jobs.finish(signal, at=at):
                VettingSignal.objects.filter(pk=signal.pk).update(outcome=outcome, evidence=evidence, checked_at=at)
    return len(claimed)


def _domain(application: AccessApplication) -> Finding:
    found = judge(application.email)
    if found.verdict is AddressVerdict.KNOWN_AGENCY:
        same = application.agency_id is None or found.agency == application.agency
        return (SignalOutcome.PASS, f"{found.why}.") if same else (
            SignalOutcome.FAIL, f"{found.why}, not of {application.agency}."
        )  # fmt: skip
    if application.agency is not None:
        ours = ", ".join(application.agency.domains.values_list("domain", flat=True)[:5]) or "none"
        return SignalOutcome.FAIL, f"{found.domain} is not a domain of this agency. On file: {ours}."
    outcome = SignalOutcome.PASS if found.verdict is AddressVerdict.GOVERNMENT_SUFFIX else SignalOutcome.WARN
    return outcome, f"{found.why}."


def _look_alike(application: AccessApplication) -> Finding:
    domain = application.email.rpartition("@")[2]
    if mixes_scripts(domain):
        return SignalOutcome.FAIL, f"{domain} mixes letters of several scripts."
    known = {registered_name(name) for name in AgencyDomain.objects.values_list("domain", flat=True)}
    found = imitation(registered_name(domain), known)
    if found is None:
        return SignalOutcome.PASS, "Looks like no domain of a known agency."
    other, how = found
    return SignalOutcome.FAIL, f"{domain} {how}: {other}."


def _mailbox(application: AccessApplication) -> Finding:
    local = application.email.partition("@")[0]
    if is_shared_mailbox(application.email):
        return SignalOutcome.WARN, f"{local} is the name of an office. Access is for one named officer."
    return SignalOutcome.PASS, f"{local} is not the name of an office."


def _disposable(application: AccessApplication) -> Finding:
    domain = application.email.rpartition("@")[2]
    if is_disposable(domain):
        return SignalOutcome.FAIL, f"{domain} is on the list of throw-away mail services."
    return SignalOutcome.PASS, f"{domain} is on no list of throw-away mail services."


def _seen_before(application: AccessApplication) -> Finding:
    same = models.Q(email=application.email)
    if application.badge and application.agency_id:
        same |= models.Q(badge__iexact=application.badge, agency=application.agency_id)
    if application.phone:
        same |= models.Q(phone=application.phone)
    if document := application.identity_document:
        same |= models.Q(identity_document__sha256=document.sha256)
    others = AccessApplication.objects.filter(same).exclude(pk=application.pk).exclude(submitted_at=None)
    found = list(others.order_by("-submitted_at")[:5])
    if not found:
        return SignalOutcome.PASS, "No other application has this address, badge, phone or document."
    bad = any(other.status in {ApplicationStatus.REJECTED, ApplicationStatus.SUSPENDED} for other in found)
    names = ", ".join(f"{other.reference} ({other.get_status_display().lower()})" for other in found)
    words = f"The same address, badge, phone or document stands in {names}."
    return SignalOutcome.FAIL if bad else SignalOutcome.WARN, words


def _agency(application: AccessApplication) -> Finding:
    agency = application.agency
    if agency is None:
        return SignalOutcome.WARN, "Not in our directory: the applicant proposed it."
    if agency.status != AgencyStatus.ACTIVE:
        return SignalOutcome.FAIL, f"In our directory, but {agency.get_status_display().lower()}."
    officers = agency.memberships.filter(ended_at=None, approved_at__isnull=False).count()
    power = "police power confirmed" if agency.police_power_confirmed else "police power not confirmed"
    outcome = SignalOutcome.PASS if agency.police_power_confirmed else SignalOutcome.WARN
    return outcome, f"In our directory, {agency.country}, {power}. Officers with access: {officers}."


_CHECKS: dict[SignalKind, Callable[[AccessApplication], Finding]] = {
    SignalKind.DOMAIN: _domain,
    SignalKind.LOOK_ALIKE: _look_alike,
    SignalKind.MAILBOX: _mailbox,
    SignalKind.DISPOSABLE: _disposable,
    SignalKind.SEEN_BEFORE: _seen_before,
    SignalKind.AGENCY: _agency,
}
