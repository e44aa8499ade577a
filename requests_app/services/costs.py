"""What an answer cost, noted by staff for a claim where the law of the request allows one; officers never see it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.events import Event
from requests_app.models import CostNote, DataRequest
from requests_app.permissions import desk_refusal
from requests_app.services.locks import lock

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "NOK", "SEK", "DKK", "PLN", "CZK", "INR", "BRL", "JPY", "AUD", "CAD", "SGD")
HEADERS = ("reference", "noted_at_utc", "noted_by", "amount", "currency", "what")


def refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot note costs of this request, or None."""
    return desk_refusal(by, Permission.PREPARE_RECORDS, data_request)


def noted(data_request: DataRequest) -> list[CostNote]:
    """Return the notes that stand, in order."""
    return list(data_request.costs.filter(removed_at=None).select_related("noted_by").order_by("noted_at", "pk"))


def sums(data_request: DataRequest) -> list[tuple[str, Decimal]]:
    """Return the sum of each currency; amounts of two currencies are never added."""
    rows = data_request.costs.filter(removed_at=None).order_by("currency").values("currency")
    return [(row["currency"], row["sum"]) for row in rows.annotate(sum=Sum("amount"))]


@transaction.atomic
def note(
    data_request: DataRequest, *, amount: Decimal, currency: str, what: str, by: User, at: datetime | None = None
) -> CostNote:
    """Note an amount. Raises NotAllowed, and Incomplete where it is not above nothing or says not what for."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if why := refusal(data_request, by=by):
        raise NotAllowed(why)
    if amount <= 0 or currency not in CURRENCIES or not what.strip():
        raise Incomplete("Give an amount, its currency and what it is for.")
    found = CostNote.objects.create(
        data_request=data_request, amount=amount, currency=currency, what=what.strip(), noted_by=by, noted_at=at
    )
    record(Event.COST_NOTED, by=by, obj=data_request, data=_facts(found), at=at)
    return found


@transaction.atomic
def remove(found: CostNote, *, by: User, at: datetime | None = None) -> CostNote:
    """Take a note back; the row stays. One that was taken back already is returned as it is."""
    at = at or timezone.now()
    data_request = lock(found.data_request)
    if why := refusal(data_request, by=by):
        raise NotAllowed(why)
    row: CostNote | None = data_request.costs.select_for_update().filter(pk=found.pk).first()
    if row is None:
        raise TransitionRefused("This note is not there any more.")
    if row.removed_at is None:
        row.removed_at, row.removed_by = at, by
        row.save(update_fields=["removed_at", "removed_by"])
        record(Event.COST_REMOVED, by=by, obj=data_request, data=_facts(row), at=at)
    return row


def rows(data_request: DataRequest) -> list[tuple[str, ...]]:
    """Return the notes as lines of a table for the case file, with the sums below them."""
    reference = data_request.reference or ""
    lines: list[tuple[str, ...]] = [
        (reference, f"{one.noted_at:%Y-%m-%dT%H:%M:%SZ}", one.noted_by.get_full_name(), str(one.amount), one.currency,
         one.what)
        for one in noted(data_request)
    ]  # fmt: skip
    return lines + [(reference, "", "", str(total), currency, "Sum") for currency, total in sums(data_request)]


def _facts(found: CostNote) -> dict[str, str | int | None]:
    return {"cost": str(found.uid), "amount": str(found.amount), "currency": found.currency}
