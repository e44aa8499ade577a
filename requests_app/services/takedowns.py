"""Notices that ask to take content down: recorded, taken, proposed, and signed by a second person.

They are no requests for data: nothing about an account is disclosed on one, and no list, search or count of requests
knows of them. The time is that of the Information Technology (Intermediary Guidelines and Digital Media Ethics Code)
Rules 2021 (India), rule 3(1)(d): access is removed within 36 hours of a notice under section 79(3)(b) of the
Information Technology Act 2000. Where the law gives less, the installation sets less (settings.TAKEDOWN_HOURS).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import entries_for, record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.core.references import new_reference
from foundation.documents import services as documents
from foundation.legal import deadlines
from foundation.legal.deadlines import Due
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from foundation.providers.models import Provider
from requests_app.enums import Channel, TakedownStatus
from requests_app.events import Event
from requests_app.models import TakedownNotice
from requests_app.notify import takedowns as notify
from requests_app.permissions import entering_refusal, takedown_refusal, takedown_workflow

PREFIX = "TD"
LAW = "Information Technology Act 2000, section 79(3)(b)"
RULE = "IT Rules 2021 r.3(1)(d)"
OPEN = (TakedownStatus.RECEIVED, TakedownStatus.IN_REVIEW, TakedownStatus.PROPOSED)
ANSWERS = (TakedownStatus.COMPLIED, TakedownStatus.DECLINED)
# A letter may lie for a while; what is older than this is likelier a typing error.
OLDEST = timedelta(days=366)
PURPOSE = "takedown"
_ATTEMPTS = 5
_SIGN = {TakedownStatus.COMPLIED: "comply", TakedownStatus.DECLINED: "decline"}


@dataclass(frozen=True)
class Notice:
    """What a notice says. `content` has one address, name or number on each line; `arrived_at` is aware."""

    arrived_at: datetime
    authority: str
    content: str
    channel: str = Channel.SAHYOG
    external_reference: str = ""
    jurisdiction: str = "IN"
    law: str = LAW
    reason: str = ""
    officer_words: str = ""
    agency: Agency | None = None
    upload: Any = None


def deadline(arrived_at: datetime, jurisdiction: str) -> Due:
    """Return by when a notice is answered: elapsed hours from its arrival, whatever day it is.

    India: rule 3(1)(d) of the IT Rules 2021. For other countries the same time is the company's own promise.
    """
    due = deadlines.hours(arrived_at, settings.TAKEDOWN_HOURS)
    ground = RULE if jurisdiction == "IN" else "own promise"
    return Due(due.at, f"{due.rule}, {ground}", due.why)


def visible(user: User) -> QuerySet[TakedownNotice]:
    """Return the notices this member of staff may see: of the own companies, of no agency in a declared conflict."""
    if not has_permission(user, Permission.SEE_QUEUE):
        return TakedownNotice.objects.none()
    own = user.staff_roles.filter(ended_at=None).values("provider")
    conflicts = user.conflicts.filter(ended_at=None, agency__isnull=False)
    rows = TakedownNotice.objects.filter(provider__in=own)
    return rows.exclude(agency__in=conflicts.values("agency"))


@transaction.atomic
def enter(
    notice: Notice, *, provider: Provider, by: User, told: bool = True, at: datetime | None = None
) -> TakedownNotice:
    """Record a notice that arrived, and tell who reviews if `told`. Its time counts from its arrival.

    Raises NotAllowed for who enters nothing of this authority, DocumentRefused, and Incomplete with what is missing
    or known already.
    """
    at = at or timezone.now()
    if refusal := entering_refusal(by, provider.pk, notice.agency.pk if notice.agency else None):
        raise NotAllowed(refusal)
    _check(notice, by, provider, at)
    due = deadline(notice.arrived_at, notice.jurisdiction)
    paper = _paper(notice.upload, by, at)
    row = _made(
        TakedownNotice(
            provider=provider, channel=notice.channel, external_reference=notice.external_reference.strip(),
            jurisdiction=notice.jurisdiction, authority=notice.authority.strip(), agency=notice.agency,
            officer_words=notice.officer_words.strip(), law=notice.law.strip(), content=_lines(notice.content),
            reason=notice.reason.strip(), document=paper, arrived_at=notice.arrived_at, deadline_at=due.at,
            deadline_rule=due.rule, recorded_by=by,
        ),
        at,
    )  # fmt: skip
    facts: dict[str, JSON] = {"channel": str(row.channel), "due": due.at.isoformat(), "rule": due.rule}
    facts["document"] = paper is not None
    record(Event.TAKEDOWN_RECORDED, by=by, obj=row, data=facts, at=at)
    if told:
        notify.came(row, at=at)
    return row


def _check(notice: Notice, by: User, provider: Provider, at: datetime) -> None:
    if not notice.authority.strip():
        raise Incomplete("Name the authority that sent the notice.")
    if not _lines(notice.content):
        raise Incomplete("Write what is to be taken down, one on each line.")
    if not at - OLDEST <= notice.arrived_at <= at:
        raise Incomplete("Check when it arrived: the moment must not be in the future, nor more than a year ago.")
    if known := known_as(provider, notice.channel, notice.external_reference.strip()):
        seen = f": {known.reference}" if visible(by).filter(pk=known.pk).exists() else ""
        raise Incomplete(f"A notice with this number is here already{seen}.")


def known_as(provider: Provider, channel: str, number: str) -> TakedownNotice | None:
    """Return the notice that this channel calls by this number, or None."""
    if not number:
        return None
    found = TakedownNotice.objects.filter(provider=provider, channel=channel, external_reference__iexact=number)
    return found.first()


def same_number(notice: TakedownNotice, user: User) -> list[TakedownNotice]:
    """Return the notices this person may see that have the same number from elsewhere: likely the same notice."""
    if not notice.external_reference:
        return []
    rows = visible(user).filter(provider=notice.provider, external_reference__iexact=notice.external_reference)
    return list(rows.exclude(pk=notice.pk).order_by("pk")[:5])


def _lines(text: str) -> str:
    return "\n".join(line for raw in text.splitlines() if (line := raw.strip()))


def _paper(upload: Any, by: User, at: datetime) -> Any:
    if upload is None:
        return None
    return documents.receive(
        upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )


def _made(row: TakedownNotice, at: datetime) -> TakedownNotice:
    """Store it under a reference that nobody has. Raises Stale where somebody entered the same number just now."""
    for _attempt in range(_ATTEMPTS):
        row.reference = new_reference(PREFIX, at)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            if not TakedownNotice.objects.filter(reference=row.reference).exists():
                raise Stale("Somebody else entered this notice just now. Look for it in the list.") from None
        else:
            return row
    raise NotAllowed("No reference could be given. Try again.")


@transaction.atomic
def take(notice: TakedownNotice, *, by: User, at: datetime | None = None) -> TakedownNotice:
    """Take a notice, also from a colleague; taking what one has already changes nothing."""
    at = at or timezone.now()
    row = lock(notice)
    if row.status == TakedownStatus.IN_REVIEW and row.assignee_id == by.pk:
        return row
    return takedown_workflow.advance(row, "take", by=by, at=at, assignee=by, lock_version=row.lock_version + 1)


@transaction.atomic
def propose(notice: TakedownNotice, *, answer: str, done: str, by: User, at: datetime | None = None) -> TakedownNotice:
    """Propose that the company complies or declines, with what was done or why not; a second person signs it."""
    at = at or timezone.now()
    if answer not in ANSWERS:
        raise Incomplete("Choose whether the company complies.")
    if not done.strip():
        raise Incomplete("Write what was done, or why the company declines.")
    row = lock(notice)
    row = takedown_workflow.advance(
        row, "propose", by=by, at=at, data={"answer": str(answer)}, proposed=answer, proposed_at=at, proposed_by=by,
        done=done.strip(), lock_version=row.lock_version + 1,
    )  # fmt: skip
    notify.to_sign(row, at=at)
    return row


@transaction.atomic
def sign(notice: TakedownNotice, *, version: int, by: User, at: datetime | None = None) -> TakedownNotice:
    """Sign what was proposed as a second person. Raises Stale where it changed after the page was opened."""
    at = at or timezone.now()
    row = lock(notice)
    if row.status != TakedownStatus.PROPOSED:
        raise TransitionRefused("Nothing waits for a signature here any more: somebody else was faster.")
    if row.lock_version != version:
        raise Stale("What was proposed has changed since you opened the page. Read it again.")
    action = _SIGN[TakedownStatus(row.proposed)]
    return takedown_workflow.advance(
        row, action, by=by, at=at, data={"late": at > row.deadline_at}, decided_at=at, decided_by=by,
        lock_version=row.lock_version + 1,
    )  # fmt: skip


@transaction.atomic
def send_back(notice: TakedownNotice, *, reason: str, by: User, at: datetime | None = None) -> TakedownNotice:
    """Send what was proposed back to who has the notice, with what is to be changed; that person is told."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write what is to be changed.")
    row = lock(notice)
    row = takedown_workflow.advance(
        row, "send_back", by=by, at=at, reason=reason.strip(), lock_version=row.lock_version + 1
    )
    notify.sent_back(row, at=at)
    return row


def to_change(notice: TakedownNotice) -> str:
    """Return what the second person wants changed, while the notice is back for that; else nothing."""
    if notice.status != TakedownStatus.IN_REVIEW or not notice.proposed:
        return ""
    back = entries_for(notice).filter(action=Event.TAKEDOWN_SENT_BACK).order_by("-pk").first()
    return back.reason if back else ""


def lock(notice: TakedownNotice) -> TakedownNotice:
    """Return the notice as it stands now, its row locked."""
    related = ("provider", "assignee", "proposed_by", "agency")
    found: TakedownNotice = (
        TakedownNotice.objects.select_for_update(of=("self",)).select_related(*related).get(pk=notice.pk)
    )
    return found


def may(notice: TakedownNotice, action: str, by: User) -> bool:
    """Say whether this person can do this to the notice now."""
    return takedown_workflow.refusal(notice, action, by) is None


def why_not(notice: TakedownNotice, by: User) -> str:
    """Say why somebody who could sign may not sign this one; empty where they may, or nobody waits for them."""
    if notice.status != TakedownStatus.PROPOSED or not has_permission(by, Permission.APPROVE_DECISION):
        return ""
    return takedown_refusal(by, _SIGN[TakedownStatus(notice.proposed)], notice) or ""


def waiting(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: notices nobody took, own ones, and what this person could sign."""
    rows = visible(user).filter(status__in=OPEN).exclude(recorded_by=user)
    found: list[QuerySet[Any]] = []
    if has_permission(user, Permission.REVIEW_REQUEST):
        found += [
            rows.filter(status=TakedownStatus.RECEIVED),
            rows.filter(status=TakedownStatus.IN_REVIEW, assignee=user),
        ]
    if has_permission(user, Permission.APPROVE_DECISION):
        found.append(rows.filter(status=TakedownStatus.PROPOSED).exclude(proposed_by=user))
    return found


def clocks() -> QuerySet[TakedownNotice]:
    """Return the notices that are not answered: their time runs, whatever stands still elsewhere."""
    return TakedownNotice.objects.filter(status__in=OPEN).select_related("provider", "assignee", "proposed_by")


def tell(notice: TakedownNotice, stage: Stage, at: datetime) -> None:
    """Remind who must act: who has it or reviews, or who signs. Raises NobodyToTell where nobody may."""
    people = notify.responsible(notice, everybody=not stage.is_before)
    notify.due(notice, people, stage, at=at)
    if not people:
        raise NobodyToTell


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the notices that are due in this time, of those the reader may see."""
    rows = clocks().filter(deadline_at__gte=since, deadline_at__lt=until)
    for row in rows.filter(pk__in=visible(reader).values("pk")).order_by("deadline_at", "pk"):
        yield ShownDeadline(
            clock="Takedown", due=row.deadline_at, label=row.reference,
            url=reverse("staff:takedown", args=[row.reference]), team="",
            person=row.assignee.get_full_name() if row.assignee else "", person_id=row.assignee_id,
            note="Waits for a second signature" if row.status == TakedownStatus.PROPOSED else "",
        )  # fmt: skip
