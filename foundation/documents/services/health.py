"""How the checking of files stands: the scanner, its signatures, and what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from foundation.documents.enums import DocumentState
from foundation.documents.errors import ScannerUnavailable
from foundation.documents.models import Document
from foundation.documents.scanner import Facts, current

# A check takes seconds; what waits longer waits for something.
WAITS_LONG = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator must know; alarms are sentences that say what to do, none where all is well."""

    scanner: str
    version: str
    signed_at: datetime | None
    pending: int
    oldest_pending: datetime | None
    unscanned: int
    alarms: list[str]


def scanner_state() -> tuple[str, Facts | None]:
    """Return "none", "ok", "silent" or "hides" (calls clean what it did not look at), with what it said of itself."""
    if not settings.CLAMD_ADDRESS:
        return "none", None
    try:
        facts = current(settings.CLAMD_ADDRESS)
    except ScannerUnavailable:
        return "silent", None
    return ("ok" if facts.honest else "hides"), facts


def health(*, at: datetime | None = None) -> Health:
    """Ask the scanner, and count what waits for it."""
    at = at or timezone.now()
    state, facts = scanner_state()
    counts = Document.objects.filter(
        Q(due_at__isnull=False) | Q(state=DocumentState.UNSCANNED), purged_at=None
    ).aggregate(
        pending=Count("pk", filter=Q(state=DocumentState.PENDING)),
        oldest=Min("created_at", filter=Q(state=DocumentState.PENDING)),
        unscanned=Count("pk", filter=Q(state=DocumentState.UNSCANNED)),
    )
    signed_at = facts.signed_at if facts else None
    alarms = [*_of_scanner(state, facts, at), *_of_waiting(counts, at)]
    return Health(
        scanner=state,
        version=facts.version if facts else "",
        signed_at=signed_at,
        pending=counts["pending"],
        oldest_pending=counts["oldest"],
        unscanned=counts["unscanned"],
        alarms=alarms,
    )


def _of_scanner(state: str, facts: Facts | None, at: datetime) -> list[str]:
    if facts is None:
        silent = "The virus scanner does not answer: files wait, and originals cannot be downloaded."
        return [silent if state == "silent" else "No virus scanner is set up (CLAMD_ADDRESS)."]
    alarms = []
    if state == "hides":
        alarms.append("The virus scanner calls clean what it did not look at. Set AlertExceedsMax yes in clamd.conf.")
    days = settings.CLAMD_SIGNATURE_DAYS
    if facts.signed_at is None:
        alarms.append("The virus scanner has only local signatures: nobody can see how old they are.")
    elif facts.signed_at < at - timedelta(days=days):
        alarms.append(f"The virus signatures are older than {days} days. Look after freshclam.")
    return alarms


def _of_waiting(counts: dict[str, int | datetime | None], at: datetime) -> list[str]:
    alarms, oldest = [], counts["oldest"]
    if isinstance(oldest, datetime) and oldest < at - WAITS_LONG:
        alarms.append(f"{counts['pending']} files wait to be checked, the oldest since {oldest:%d %b %Y %H:%M} UTC.")
    if counts["unscanned"]:
        alarms.append(f"{counts['unscanned']} files were never scanned; they are once a scanner is set up.")
    return alarms
