"""What the law an officer chose asks for: the signed document, whether the offence is foreign, and who may ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.legal import wording
from foundation.legal.models import ProcessType
from foundation.legal.ranks import rank_hint, rank_refusal
from preservation.enums import HoldGround
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.drafts import Step, locked, saved
from preservation.services.extension_offers import wants_order

PURPOSE = "hold"
_USABLE = frozenset({DocumentState.PENDING, DocumentState.CLEAN, DocumentState.UNSCANNED})
# What every hold names anyway: on these alone no file is asked for.
_NAMED_HERE = frozenset({"target_identifiers", "officer_identification", "cover_letter"})


def law_of(hold: PreservationHold) -> ProcessType | None:
    """Return the law a hold is asked for under, None under the company's policy."""
    return hold.process_type if hold.ground == HoldGround.LAW else None


def asks_more(hold: PreservationHold) -> bool:
    """Say whether the law has something to ask or to say: a paper, a foreign offence, a duty, a lowest rank."""
    kind = law_of(hold)
    if kind is None:
        return False
    papers = set(kind.required_documents) - _NAMED_HERE
    return bool(papers or kind.foreign_days or kind.minimum_rank or wording.hold_duties(kind))


def who_may_ask(hold: PreservationHold) -> list[str]:
    """Say who issues what the officer acts under, beside what the officer is; each a sentence, none where it fits.

    A hint: what counts is who signed. The ranks and their citations stand in foundation/legal/data.
    """
    kind = law_of(hold)
    if kind is None:
        return []
    if wants_order(hold):
        issuer = kind.get_issuer_display().lower()
        return [f"{kind.name} is issued by: {issuer}. You file it, and what counts is who signed the document."]
    member = hold.officer.memberships.filter(agency=hold.agency_id, ended_at=None).first()
    rank = member.rank if member else ""
    found = rank_refusal(kind, rank) or rank_hint(kind, rank)
    return [f"{found}."] if found else []


def lacks(hold: PreservationHold) -> Sequence[str]:
    """Say what the law asks for and the draft does not have, in the order of the page."""
    kind = law_of(hold)
    if kind is None:
        return []
    found = []
    if kind.foreign_days and hold.foreign_offence is None:
        found.append("Say whether the offence is under the law of another country")
    if wants_order(hold) and hold.document is None:
        found.append("Add the signed document: the law you chose is used by a prosecutor, a court or an authority")
    if hold.document is not None and hold.document.state not in _USABLE:
        found.append("The document was refused. Remove it, and add another")
    return found


@transaction.atomic
def save(
    hold: PreservationHold, *, foreign: bool | None, upload: Any, version: int, by: Any, at: datetime | None = None
) -> PreservationHold:
    """Store what the law asks for; a new file takes the place of the one before.

    foreign: None where the law does not ask. Raises Stale, NotAllowed, Incomplete under no law, and DocumentRefused.
    """
    at = at or timezone.now()
    draft = locked(hold, by=by, version=version)
    kind = law_of(draft)
    if kind is None:
        raise Incomplete("Choose the law you act under first.")
    draft.foreign_offence = foreign if kind.foreign_days else None
    draft.save(update_fields=["foreign_offence"])
    if upload is not None:
        _replace(draft, upload, by=by, at=at)
    return saved(draft, Step.LAW, by=by, at=at)


@transaction.atomic
def remove_document(hold: PreservationHold, *, version: int, by: Any, at: datetime | None = None) -> PreservationHold:
    """Take the document out of a draft, and delete it; where there is none, nothing changes."""
    at = at or timezone.now()
    draft = locked(hold, by=by, version=version)
    if draft.document is None:
        return draft
    _take_out(draft, by=by, at=at)
    return saved(draft, Step.LAW, by=by, at=at)


def drop_unasked(draft: PreservationHold, *, by: Any, at: datetime) -> None:
    """Take out of a draft that is sent what belonged to a law that the officer no longer acts under."""
    kind = law_of(draft)
    if kind is None and draft.document is not None:
        _take_out(draft, by=by, at=at)
    if draft.foreign_offence is not None and (kind is None or not kind.foreign_days):
        draft.foreign_offence = None
        draft.save(update_fields=["foreign_offence"])


def _replace(draft: PreservationHold, upload: Any, *, by: Any, at: datetime) -> None:
    document = documents.receive(
        upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    if draft.document is not None:
        _take_out(draft, by=by, at=at)
    draft.document = document
    draft.save(update_fields=["document"])
    facts = {"document": str(document.uid), "sha256": document.sha256}
    record(Event.DOCUMENT_ADDED, by=by, obj=draft, data=facts, at=at)


def _take_out(draft: PreservationHold, *, by: Any, at: datetime) -> None:
    """What was never sent was seen by nobody and decides nothing: it goes at once."""
    document = draft.document
    if document is None:
        return
    draft.document = None
    draft.save(update_fields=["document"])
    record(Event.DOCUMENT_REMOVED, by=by, obj=draft, data={"document": str(document.uid)}, at=at)
    documents.purge(document, by=by, reason="It was taken out of a draft", at=at)
