"""A person says which of several accounts an identifier means, or that none is meant; the machine never does."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.providers.connectors.base import Result
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold
from preservation.permissions import accept_refusal
from preservation.services.locks import lock

NONE = "none"


@transaction.atomic
def choose(
    identifier: HeldIdentifier, *, account: str, reason: str, by: User, at: datetime | None = None
) -> HeldIdentifier:
    """Keep the records of one of the accounts that were found, or of none (NONE), with the reason.

    A choice of an account stands; after "none" one can still be chosen. Raises Incomplete without a reason, NotAllowed
    where this person may not decide or the account was not found, and TransitionRefused where there is nothing to
    choose any more.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Say what speaks for this account, or against all of them.")
    hold = lock(identifier.hold)
    if refusal := accept_refusal(by, hold):
        raise NotAllowed(refusal)
    row = hold.identifiers.select_related("chosen_by").get(pk=identifier.pk)
    if why := refusal_of(hold, row):
        raise TransitionRefused(why)
    if account != NONE and account not in {found["uid"] for found in row.candidates}:
        raise NotAllowed("Choose one of the accounts that were found.")
    if account != NONE and _was_released(hold, account):
        raise TransitionRefused("This account was released from the hold. Its copies are gone: a new hold is needed.")
    row.account = "" if account == NONE else account
    row.chosen_at, row.chosen_by = at, by
    row.save(update_fields=["account", "chosen_at", "chosen_by"])
    facts: dict[str, JSON] = {"kind": row.kind, "found": len(row.candidates), "account": account}
    record(Event.ACCOUNT_CHOSEN, by=by, obj=hold, reason=reason.strip(), data=facts, at=at)
    hold.work_at = at
    hold.save(update_fields=["work_at"])
    hurry_on_commit("preservation.execute", hold.pk)
    return row


def refusal_of(hold: PreservationHold, identifier: HeldIdentifier) -> str | None:
    """Say why nobody can choose for this identifier, or None."""
    if not hold.is_open:
        return "This hold has ended. Nothing is kept for it any more."
    if identifier.match_result != Result.AMBIGUOUS:
        return "This identifier does not lead to several accounts: there is nothing to choose."
    if identifier.released_at is not None:
        return "The officer released this identifier."
    if identifier.account:
        name = identifier.chosen_by.get_full_name() if identifier.chosen_by else "Somebody"
        return f"{name} chose already. The records of that account are kept."
    return None


def shown(identifier: HeldIdentifier) -> list[dict[str, Any]]:
    """Return the accounts to choose from as the connector named them: uid, label, note, entity, closed, flags."""
    return [{**found, "flags": ", ".join(found.get("flags") or [])} for found in identifier.candidates]


def _was_released(hold: PreservationHold, account: str) -> bool:
    """Say whether every identifier that led to this account was released."""
    return hold.identifiers.filter(account=account, released_at__isnull=False).exists() and not (
        hold.identifiers.filter(account=account, released_at=None).exists()
    )
