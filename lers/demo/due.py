"""Making things due, so that a visitor of the demo sees what would happen days later."""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.hurry import hurry_on_commit
from foundation.core.references import normalise_reference
from lers.demo.errors import require_demo
from lers.demo.events import Event
from requests_app.enums import ClarificationStatus, NoticeStatus, PackageStatus
from requests_app.models import DataRequest
from requests_app.notice_rules import bar_end
from requests_app.services.notices import look_again

# So long ago that the next sweep does it at once.
_PAST = timedelta(minutes=1)
# A bar ends at noon of the day after its last one: the last noon before a moment is that of a last day so long before.
_LAST_DAY = timedelta(hours=36)


class NothingToMove(PortalError):
    """There is no clock of this request that could be moved."""


@transaction.atomic
def make_due(reference: str, *, at: datetime | None = None) -> list[str]:
    """Move every clock of a request that runs to now, and return which; the demo's only way to change time."""
    require_demo()
    at = at or timezone.now()
    data_request = _locked(reference)
    moved = [words for words, changed in _moves(data_request, at - _PAST).items() if changed]
    if not moved:
        raise NothingToMove(f"{data_request.reference}: no question, notice or package waits for a time.")
    _moved(data_request, moved, at=at)
    return moved


@transaction.atomic
def end_bar(reference: str, *, days: int, at: datetime | None = None) -> list[str]:
    """Move the confirmed bars of a request to the last noon (UTC) within so many days; 0: they are over.

    The day on which they were confirmed moves along, so that what is told some days before the end is due.
    """
    require_demo()
    at = at or timezone.now()
    data_request = _locked(reference)
    bars = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False, bar_ends_at__gt=at)
    for bar in bars:
        before = bar.bar_ends_at
        bar.bars_until = _last_day(at, days)
        bar.bar_ends_at = bar_end(bar.bars_until)
        if bar.confirmed_at and bar.bar_ends_at and before:
            bar.confirmed_at += bar.bar_ends_at - before
            # What was filed to extend it stays as long before its end as it was.
            filed = data_request.non_disclosure_orders.filter(confirmed_at=None, stated_at__isnull=False)
            filed.update(stated_at=F("stated_at") + (bar.bar_ends_at - before))
        bar.save(update_fields=["bars_until", "bar_ends_at", "confirmed_at"])
    if not bars:
        raise NothingToMove(f"{data_request.reference}: no confirmed order with an end forbids telling anybody.")
    accounts = data_request.notices.values_list("account", flat=True)
    look_again(accounts, provider_id=data_request.provider_id, at=at)
    end = bar_end(_last_day(at, days))
    when = f"ends on {end.astimezone(UTC):%-d %b %Y, %H:%M} UTC" if end and end > at else "is over"
    moved = [f"the bar on telling the account holder {when}"]
    _moved(data_request, moved, at=at)
    return moved


def _last_day(at: datetime, days: int) -> date:
    return (at + timedelta(days=days) - _LAST_DAY).astimezone(UTC).date()


def _moved(data_request: DataRequest, moved: list[str], *, at: datetime) -> None:
    """Write it down, and let the workers look at what is due now."""
    record(Event.MADE_DUE, by=None, obj=data_request, data={"moved": list(moved)}, at=at)
    hurry_on_commit("requests.sweep")
    hurry_on_commit("notifications.remind")


def _locked(reference: str) -> DataRequest:
    known = normalise_reference(reference) or reference
    found: DataRequest | None = DataRequest.objects.select_for_update().filter(reference=known).first()
    if found is None:
        raise NothingToMove(f"There is no request {reference}.")
    return found


def _moves(data_request: DataRequest, past: datetime) -> dict[str, int]:
    """Move each clock; return how many rows each sentence stands for."""
    notices, packages = data_request.notices.all(), data_request.packages.all()
    return {
        "the time to answer the open question is over": data_request.clarifications.filter(
            status=ClarificationStatus.OPEN, due_at__gt=past
        ).update(due_at=past),
        "planned notices are due": notices.filter(status=NoticeStatus.PLANNED, due_at__gt=past).update(due_at=past),
        "the account holder's time to object is over": notices.filter(
            status=NoticeStatus.SENT, window_ends_at__gt=past
        ).update(window_ends_at=past),
        "released packages have expired": packages.filter(status=PackageStatus.RELEASED, expires_at__gt=past).update(
            expires_at=past
        ),
    }
