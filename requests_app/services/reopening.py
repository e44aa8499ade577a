"""A granted request goes back to review when an order behind it was quashed or narrowed after the decision."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from requests_app.enums import LineDecision, Outcome, RecallCause, RequestKind, RequestStatus
from requests_app.models import DataRequest, DisclosurePackage, FreezeOrder, OrderVersion, RequestLine, Review
from requests_app.notify import desk as notify
from requests_app.permissions import package_workflow, request_workflow
from requests_app.services import freeze_orders, recalls
from requests_app.services.frozen import lock_in_force
from requests_app.services.order_versions import News, news
from requests_app.services.preparing import UNDER_WAY

_NOTHING = "No order of this request was quashed or narrowed since it was decided: nothing is opened again."
_DONE = (
    "This freeze is recorded, or our systems did a part of it or are at it: it is not opened again. It is recorded, "
    "confirmed and lifted."
)


def due(data_request: DataRequest) -> list[News]:
    """Return the orders that were quashed or narrowed since the decision: they are why it is opened again.

    Of a freeze also one that was replaced: before anything is done, two people read the version that holds.
    """
    if data_request.status != RequestStatus.GRANTED or data_request.decided_at is None:
        return []
    found = [item for item in news(data_request) if item.version.received_at > data_request.decided_at]
    if found or data_request.kind != RequestKind.FREEZE:
        return found
    changed = freeze_orders.changed_since_grant(data_request)
    return [News(changed, quashed=False)] if changed else []


def refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot open a granted request again, or None."""
    if why := request_workflow.refusal(data_request, "narrow", by):
        return why
    freeze = getattr(data_request, "freeze", None)
    if freeze is not None and (freeze.recorded_at or _with_systems(freeze)):
        return _DONE
    return None if due(data_request) else _NOTHING


def _with_systems(freeze: FreezeOrder) -> bool:
    """Say whether our systems keep assets for it, or are asked to at this moment."""
    asked = freeze_orders.asked_of_systems(freeze)
    return bool(freeze_orders.done_by_systems(asked) or freeze_orders.under_way_refusal(asked))


@dataclass(frozen=True)
class Contents:
    """What opening again does to a request: lines that are open again, packages that are taken back."""

    lines: int
    packages: int


def contents(data_request: DataRequest) -> Contents:
    """Return how many lines are opened and how many packages taken back if the request is opened again now."""
    orders = [item.version.process_id for item in due(data_request)]
    return Contents(
        lines=data_request.lines.filter(order_version__process__in=orders).count(),
        packages=data_request.packages.filter(status__in=UNDER_WAY).count(),
    )


@transaction.atomic
def reopen(data_request: DataRequest, *, by: User, at: datetime | None = None) -> DataRequest:
    """Take a granted request back to review: lines under the changed orders are open again, for a new decision.

    Lines of a narrowed order stand under its newest version from now on. A package that was not released is taken
    back with the cause; records that left are not touched: their downloads are stopped on the page of the package.
    The officer is told. Raises NotAllowed, and TransitionRefused where nothing changed since the decision.
    """
    at = at or timezone.now()
    row = lock_in_force(data_request)
    if why := request_workflow.refusal(row, "narrow", by):
        raise NotAllowed(why)
    if why := refusal(row, by=by):
        raise TransitionRefused(why)
    changed = due(row)
    opened = sum(_open_lines(row, item) for item in changed)
    quashed = any(item.quashed for item in changed)
    for package in row.packages.select_for_update().filter(status__in=UNDER_WAY).order_by("pk"):
        package.data_request = row
        _take_back(package, changed[0].version, quashed=quashed, by=by, at=at)
    # Whoever has the review open must see what is open again before saving over it.
    Review.objects.filter(data_request=row).update(lock_version=F("lock_version") + 1)
    facts = {"orders": ", ".join(str(item.version.process.uid) for item in changed), "lines": opened}
    request_workflow.advance(row, "narrow", by=by, at=at, data=facts, decided_at=None, outcome=Outcome.NONE)
    notify.reopened(row, at=at)
    return row


def _open_lines(row: DataRequest, item: News) -> int:
    """Open the decided lines under an order again, and put those of a narrowed one under what it says now."""
    lines = RequestLine.objects.filter(data_request=row, order_version__process=item.version.process)
    if not item.quashed:
        lines.update(order_version=item.version)
    return lines.exclude(decision=LineDecision.OPEN).update(decision=LineDecision.OPEN, refusal_code="", ground="")


def _take_back(package: DisclosurePackage, version: OrderVersion, *, quashed: bool, by: User, at: datetime) -> None:
    """Revoke a package that nobody could download yet; a worker that builds it loses its lease and clears up."""
    cause = RecallCause.PROCESS_WITHDRAWN if quashed else RecallCause.NARROWED
    done = "quashed" if quashed else "narrowed"
    reason = f"The order {version.process} was {done} on {version.issued_on:%-d %b %Y}."
    package_workflow.advance(
        package, "take_back", by=by, at=at, reason=reason, data={"cause": str(cause)}, state=JobState.DONE,
        claimed_until=None, finished_at=at,
    )  # fmt: skip
    recalls.called_back(package, cause=cause, reason=reason, by=by, at=at)
