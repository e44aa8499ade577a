"""The demo company's own books of frozen assets and of letters: what it did, once for each key. Nothing moves."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from foundation.providers.connectors.base import CannotDo, Letter
from foundation.providers.models import DemoFreeze, DemoLetter, Provider


@transaction.atomic
def freeze(
    provider_id: int | None,
    account: str,
    asset: str,
    amount: Decimal | None,
    *,
    balance: Decimal,
    freeze: str,
    key: str,
    at: datetime,
) -> DemoFreeze:
    """Keep an amount of what is free, or all of it (None); the same key again returns what was done the first time.

    `balance` is what the account has of the asset. What earlier freezes keep of it is not free a second time.
    """
    if provider_id is None:
        raise CannotDo("This exchange keeps no books.")
    # One freeze at a time: two at once must not keep the same coins.
    Provider.objects.select_for_update(of=("self",)).get(pk=provider_id)
    if known := DemoFreeze.objects.filter(idempotency_key=key).first():
        return known
    asset = asset.strip().upper()
    kept = _open(provider_id, account).filter(asset=asset).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    free = max(balance - kept, Decimal(0))
    return DemoFreeze.objects.create(
        provider_id=provider_id, idempotency_key=key, freeze=freeze, account=account, asset=asset, balance=free,
        amount=free if amount is None else min(amount, free), frozen_at=at,
    )  # fmt: skip


@transaction.atomic
def lift(provider_id: int | None, account: str, *, freeze: str, at: datetime) -> datetime:
    """End a freeze on an account and return when it ended; raises CannotDo where the book has none of this name."""
    rows = _of(provider_id, account).filter(freeze=freeze)
    if not rows.exists():
        raise CannotDo(f"The exchange has no such freeze on {account}.")
    rows.filter(lifted_at=None).update(lifted_at=at)
    newest = rows.order_by("-lifted_at").values_list("lifted_at", flat=True)[0]
    return newest or at


def deliver(provider_id: int | None, account: str, letter: Letter, *, key: str, at: datetime) -> datetime:
    """Put a letter where its holder reads it, and return when it was there; the same key again puts no second one."""
    if provider_id is None:
        raise CannotDo("This exchange keeps no books.")
    written = {"account": account, **asdict(letter)}
    row, new = DemoLetter.objects.get_or_create(
        idempotency_key=key, defaults={"provider_id": provider_id, "arrived_at": at, **written}
    )
    if not new and any(getattr(row, name) != value for name, value in written.items()):
        raise CannotDo("This key was used for another letter.")
    return row.arrived_at


def is_frozen(provider_id: int | None, account: str) -> bool:
    """Say whether anything on this account is kept."""
    return _open(provider_id, account).filter(amount__gt=0).exists()


def _open(provider_id: int | None, account: str) -> QuerySet[DemoFreeze]:
    return _of(provider_id, account).filter(lifted_at=None)


def _of(provider_id: int | None, account: str) -> QuerySet[DemoFreeze]:
    rows = DemoFreeze.objects.filter(account=account)
    return rows if provider_id is None else rows.filter(provider_id=provider_id)
