"""What an officer is told of what was found. Mostly nothing: a hold must not say who has an account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from foundation.audit.trail import record
from foundation.providers.connectors.base import Result
from preservation.enums import RESULT_WORDS, Acceptance, HoldStatus
from preservation.events import Event
from preservation.models import HeldIdentifier, PreservationHold


@dataclass(frozen=True)
class Told:
    """One identifier, and what it led to in the officer's words."""

    identifier: HeldIdentifier
    words: str


def tells_results(hold: PreservationHold) -> bool:
    """Say whether officers read what was found: only where the company decided so, and of a hold that was accepted.

    One that waits for a person looks like a search for accounts: it says nothing before it is accepted.
    """
    decided = hold.acceptance != Acceptance.PENDING and hold.status != HoldStatus.DECLINED
    return hold.provider.hold_tells_results and decided and hold.snapshot_at is not None


@transaction.atomic
def results(hold: PreservationHold, *, by: Any, at: datetime | None = None) -> list[Told]:
    """Return what was found for each identifier, and note that this person read it; nothing where nothing is told."""
    if not tells_results(hold):
        return []
    record(Event.RESULTS_VIEWED, by=by, obj=hold, at=at)
    return [Told(item, words_for(item, over=not hold.is_open)) for item in hold.identifiers.order_by("pk")]


def words_for(item: HeldIdentifier, *, over: bool = False) -> str:
    """Return what the officer reads of one identifier; over: the hold has ended."""
    if item.released_at is not None:
        return "It was released: nothing is kept for it any more"
    if item.account:
        return "An account is held. The hold on its records is over" if over else RESULT_WORDS[Result.EXACT]
    if item.match_result == Result.AMBIGUOUS and item.chosen_at is not None:
        return "It can mean several accounts, and a person found that none is meant"
    return RESULT_WORDS.get(item.match_result, "We are still looking")
