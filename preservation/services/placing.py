"""A draft becomes a hold: it starts on receipt, in the same transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agency
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.core.hurry import hurry_on_commit
from foundation.core.identifiers import Identifier
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from preservation import deadlines, notify, schedule
from preservation.enums import Acceptance, HeldCategory, HoldGround, HoldStatus
from preservation.models import HeldIdentifier, PreservationHold
from preservation.permissions import hold_workflow
from preservation.services import accepting, draft_law, followers, receipt_proofs
from preservation.services.drafts import MAX_IDENTIFIERS, Step, held
from preservation.services.locks import lock

PREFIX = "HD"
# What staff keep for an agency that cannot say more yet.
_LOOK_BACK = timedelta(days=365)
_ATTEMPTS = 5


@dataclass(frozen=True)
class Finding:
    """Something that must be there before a hold can start, and the part it belongs to."""

    step: Step
    message: str


def findings(hold: PreservationHold, at: datetime) -> list[Finding]:
    """Return what is missing or wrong, in the order of the parts."""
    found = []
    if not hold.identifiers.exists():
        found.append(Finding(Step.IDENTIFIERS, "Add at least one identifier"))
    if not hold.categories:
        found.append(Finding(Step.RECORDS, "Choose which records to keep"))
    if hold.period_from is None or hold.period_to is None:
        found.append(Finding(Step.RECORDS, "Give the first and the last day of the records"))
    elif hold.period_to > at.date():
        found.append(Finding(Step.RECORDS, "The last day is after today: records of the future cannot be kept"))
    if not hold.case_number:
        found.append(Finding(Step.REASON, "Give your case number"))
    if hold.ground == HoldGround.LAW and hold.process_type is None:
        found.append(Finding(Step.REASON, "Choose the law you act under"))
    if hold.process_follows is None:
        found.append(Finding(Step.REASON, "Say whether legal process will follow"))
    found += [Finding(Step.LAW, words) for words in draft_law.lacks(hold)]
    return found


@transaction.atomic
def request(hold: PreservationHold, *, version: int, by: Any, at: datetime | None = None) -> PreservationHold:
    """Send a draft: it gets its reference, starts at once, and the officer is told until when.

    Pressing twice, in one window or two, makes one hold. Raises Stale where the draft changed after the page with
    the answers was opened, Incomplete with what is missing, and TooMany where far more than the limit was asked for.
    What nobody accepts by rule waits for a person; the records are kept meanwhile.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.status != HoldStatus.DRAFT and row.officer_id == by.pk:
        return row
    if row.lock_version != version:
        raise Stale("Your draft was changed in another window. Check your answers again, then start the hold.")
    if by.membership is not None and by.membership.agency_id != row.agency_id:
        raise NotAllowed("You began this draft for another agency than your present one. Start a new hold.")
    if missing := findings(row, at):
        raise Incomplete(missing[0].message + ".")
    draft_law.drop_unasked(row, by=by, at=at)
    if refusal := accepting.too_many(row, at=at):
        raise accepting.TooMany(refusal)
    row = _requested(row, by=by, at=at, **accepting.judged(row, at=at))
    receipt_proofs.hold_received(row, by=by, at=at)
    row = _started(row, at=at)
    accepting.note_flags(row, at=at)
    notify.started(row, at=at)
    followers.tell_on_filing(row, at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row


@transaction.atomic
def place(
    provider: Provider,
    agency: Agency,
    *,
    officer: Any,
    identifiers: Iterable[Identifier],
    case_number: str,
    reason: str,
    key: UUID,
    by: Any,
    at: datetime | None = None,
) -> PreservationHold:
    """Keep all records of the last year for an agency that cannot ask here yet, because staff confirmed who asks.

    `officer` stands for the agency (accounts.services.addressees) until somebody there is vetted; nobody is written
    to. By the company's policy and for its days. The same key gives the same hold. Raises Incomplete without any
    identifier that can be used, and NotAllowed where this person may not.
    """
    at = at or timezone.now()
    if known := PreservationHold.objects.filter(uid=key).first():
        return known
    row = prepare(
        provider, agency, officer=officer, identifiers=identifiers, case_number=case_number, reason=reason, key=key,
        at=at,
    )  # fmt: skip
    return begin(row, by=by, at=at)


@transaction.atomic
def prepare(
    provider: Provider,
    agency: Agency,
    *,
    officer: Any,
    identifiers: Iterable[Identifier],
    case_number: str,
    reason: str,
    key: UUID,
    at: datetime | None = None,
) -> PreservationHold:
    """Write down what an agency asks to keep. Nothing is kept yet: `begin` does that, once it is known who asks.

    What nobody begins is deleted like every draft. Raises Incomplete without any identifier that can be used, and
    with more than a hold takes: none is left out in silence.
    """
    at = at or timezone.now()
    usable = [item for item in identifiers if item.accepted]
    if not usable:
        raise Incomplete("There is no identifier to keep records of.")
    if len(usable) > MAX_IDENTIFIERS:
        raise Incomplete(f"A hold takes up to {MAX_IDENTIFIERS} identifiers. Write the others down for a second one.")
    row = PreservationHold.objects.create(
        uid=key, provider=provider, officer=officer, agency=agency, case_number=case_number[:100], reason=reason,
        categories=list(HeldCategory.values), period_from=at.date() - _LOOK_BACK, period_to=at.date(),
        created_at=at, saved_at=at,
    )  # fmt: skip
    HeldIdentifier.objects.bulk_create([held(row, item) for item in usable], ignore_conflicts=True)
    return row


@transaction.atomic
def begin(hold: PreservationHold, *, by: Any, at: datetime | None = None) -> PreservationHold:
    """Begin to keep what was prepared, from now on; a hold that began already stays as it is.

    Raises NotAllowed where this person may not.
    """
    at = at or timezone.now()
    row = lock(hold)
    if row.status != HoldStatus.DRAFT:
        return row
    taken = {"acceptance": Acceptance.PERSON, "accepted_at": at, "accepted_by": by}
    row = _started(_requested(row, action="place", by=by, at=at, **taken), at=at)
    hurry_on_commit("preservation.execute", row.pk)
    return row


def _requested(
    row: PreservationHold, *, action: str = "request", by: Any, at: datetime, **facts: Any
) -> PreservationHold:
    """Advance with a reference that nobody has; one that is taken is drawn again."""
    owned = {"officer_id": row.officer_id, "agency_id": row.agency_id}
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return hold_workflow.advance(
                    row, action, by=by, at=at, data=owned, reference=new_reference(PREFIX, at), requested_at=at, **facts
                )
        except IntegrityError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _started(row: PreservationHold, *, at: datetime) -> PreservationHold:
    """Freeze the rule and the end it gives, and set the clock of the reminders."""
    rule = row.process_type if row.ground == HoldGround.LAW else None
    given = deadlines.terms(row.provider.hold_days, rule, foreign=row.foreign_offence)
    due, filing = deadlines.first_expiry(at, given), deadlines.filing_due(at, given)
    return hold_workflow.advance(
        row,
        "start",
        by=None,
        at=at,
        data={"ends": due.at.isoformat(), "rule": due.rule, "source": given.source, "why": due.why}
        | ({"file_by": filing.at.isoformat()} if filing else {}),
        starts_at=at,
        expires_at=due.at,
        expiry_rule=f"{due.rule}, {given.source}"[:120],
        first_days=given.first_days,
        extension_days=given.extension_days,
        maximum_extensions=given.maximum_extensions,
        maximum_days=given.maximum_days,
        destroy_after=given.destroy_after,
        authority_must_file_by=filing.at if filing else None,
        next_action_at=schedule.next_action(due.at, after=at, leads=row.provider.hold_leads),
        work_at=at,
    )
