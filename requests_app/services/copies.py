"""An earlier request as a template for a new draft: what may be repeated, and nothing that must be said anew."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from requests_app.enums import LineDecision, ProposalStatus, RefusalCode, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, OrderUse, Target
from requests_app.refusals import cure
from requests_app.services import drafts, followers
from requests_app.services.preflight import Step

# Copied as they stand. The title, the declaration, documents and the word on notice are given anew each time.
_COPIED = (
    "legal_entity", "process_type", "section_of_law", "case_number", "offence", "facts", "connection",
    "treaty_channel", "certificate_form", "investigating_officer", "investigating_rank", "investigating_email",
    "investigating_phone",
)  # fmt: skip
_TARGET = ("kind", "network", "given", "normalised", "detail", "note", "role")


@transaction.atomic
def copy(
    source: DataRequest, *, key: UUID, identifiers: bool = False, by: Any, at: datetime | None = None
) -> DataRequest:
    """Start a draft from a request this officer may see; the same key gives the same draft.

    The order itself is not reused: its type, section of law and language are kept, its dates and names are not, for
    another request needs an order that covers it. Records are kept without their dates; identifiers only when asked.
    Raises NotAllowed for a request this officer may not see or follows for another agency, TransitionRefused for an
    emergency.
    """
    at = at or timezone.now()
    seen = DataRequest.objects.visible_to(by).filter(pk=source.pk).exists()
    if not seen or followers.from_elsewhere(source, by):
        raise NotAllowed("This request cannot be used as a template.")
    if source.kind == RequestKind.EMERGENCY:
        raise TransitionRefused("An emergency is told anew each time. Send an emergency request.")
    draft = drafts.start(source.provider, by=by, key=key, kind=source.kind, at=at)
    if draft.copied_from_id is not None:
        return draft
    draft = drafts.locked(draft, by=by)
    for name in _COPIED:
        setattr(draft, name, getattr(source, name))
    categories = dict.fromkeys(entry["category"] for entry in source.records_asked)
    draft.records_asked = [{"category": c, "from": None, "to": None, "zone": "UTC", "order": None} for c in categories]
    draft.copied_from = source
    draft.save(update_fields=[*_COPIED, "records_asked", "copied_from"])
    _order(source, draft, by=by, at=at)
    count = _targets(source, draft) if identifiers else 0
    facts: dict[str, JSON] = {"from": source.reference or str(source.uid), "identifiers": count}
    record(Event.DRAFT_COPIED, by=by, obj=draft, data=facts, at=at)
    return draft


def _order(source: DataRequest, draft: DataRequest, *, by: Any, at: datetime) -> None:
    """Begin the new order with what is the same for every order of this type."""
    use = source.order_uses.select_related("process").first()
    if use is None:
        return
    process = LegalProcess.objects.create(
        agency=draft.agency, process_type=use.process.process_type, section_of_law=use.process.section_of_law,
        language=use.process.language, created_by=by, created_at=at,
    )  # fmt: skip
    OrderUse.objects.create(data_request=draft, process=process, added_at=at, added_by=by)


def _targets(source: DataRequest, draft: DataRequest) -> int:
    rows = source.targets.order_by("pk").values(*_TARGET)
    return len(Target.objects.bulk_create([Target(data_request=draft, **row) for row in rows], batch_size=1000))


def refile_key(source: DataRequest, by: Any) -> UUID:
    """Return the key of the one draft that this officer makes to mend a refused request."""
    return uuid5(source.uid, f"refile {by.pk}")


# The part of a draft in which the reason of a refusal is mended; others need no other request.
_MENDED_IN: dict[str, Step] = {
    RefusalCode.WRONG_ENTITY: Step.LEGAL_PROCESS,
    RefusalCode.NO_LEGAL_BASIS: Step.LEGAL_PROCESS,
    RefusalCode.REACH: Step.LEGAL_PROCESS,
    RefusalCode.NOT_SIGNED: Step.LEGAL_PROCESS,
    RefusalCode.LANGUAGE: Step.DOCUMENTS,
    RefusalCode.ACCOUNT_NOT_FOUND: Step.IDENTIFIERS,
    RefusalCode.OVERBROAD: Step.RECORDS,
    RefusalCode.DATES: Step.RECORDS,
}


def to_mend(draft: DataRequest) -> dict[Step, str]:
    """Return what mends the refusal that a draft was copied from, by the part it belongs to; empty for all others."""
    if draft.copied_from_id is None:
        return {}
    source = DataRequest.objects.visible_to(draft.officer).filter(pk=draft.copied_from_id).first()
    if source is None or source.status != RequestStatus.REFUSED:
        return {}
    whole = source.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").values_list("refusal_code")[:1]
    lines = source.lines.filter(decision=LineDecision.REFUSE).order_by("pk").values_list("refusal_code")
    found: dict[Step, str] = {}
    for (code,) in dict.fromkeys([*whole, *lines]):
        if code in _MENDED_IN:
            step = _MENDED_IN[code]
            found[step] = " ".join(filter(None, (found.get(step, ""), cure(code, source.kind))))
    return found
