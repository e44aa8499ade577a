"""What an account holder says against it: written down by one person, decided by another; nothing leaves meanwhile.

It comes through the company's own support, where the holder has signed in: the ticket is the proof of who spoke. The
officer learns nothing of it. An objection that is upheld takes the request back to review.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.jobs import JobState
from requests_app.enums import LineDecision, Outcome, RecallCause, RequestStatus
from requests_app.events import Event
from requests_app.models import DisclosurePackage, RequestLine, Review, UserNotice
from requests_app.notify import desk as notify_desk
from requests_app.notify import records as notify
from requests_app.permissions import notice_workflow, package_workflow, request_workflow
from requests_app.services import holds_beside, recalls
from requests_app.services.locks import lock_notice
from requests_app.services.preparing import ONCE_RELEASED, UNDER_WAY

_WHY = "An account holder's objection was upheld."
_SIGNING = "A decision about this request waits for its second signature: sign it or send it back first."
_BACK_TO_REVIEW = (RequestStatus.GRANTED, RequestStatus.PRODUCED)
_REVIEWED = (RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER, RequestStatus.LAPSED)

_DECIDED = (Event.OBJECTION_DISMISSED, Event.OBJECTION_UPHELD)


@dataclass(frozen=True)
class Earlier:
    """An objection that another followed, as the trail keeps it, with what was decided about it."""

    said: str
    ticket: str
    recorded_at: datetime
    recorded_by: str
    upheld: bool
    decision: str
    decided_at: datetime
    decided_by: str


def earlier(notice: UserNotice) -> list[Earlier]:
    """Return the objections before the one that stands on the notice, the last one first."""
    about = entries_for(notice).filter(action__in=(Event.NOTICE_OBJECTED, *_DECIDED), outcome="ok")
    events = list(about.order_by("id"))
    names = {
        str(user.pk): user.get_full_name()
        for user in User.objects.filter(pk__in={e.actor_id for e in events if e.actor_id.isdigit()})
    }
    found = []
    # Each was decided before another could be written down.
    for said, decided in zip(events[::2], events[1::2], strict=False):
        if said.occurred_at == notice.objection_recorded_at:
            continue
        ticket = (json.loads(bytes(said.payload)).get("data") or {}).get("ticket", "")
        found.append(
            Earlier(
                said=said.reason, ticket=ticket, recorded_at=said.occurred_at,
                recorded_by=names.get(said.actor_id, said.actor_label),
                upheld=decided.action == Event.OBJECTION_UPHELD, decision=decided.reason,
                decided_at=decided.occurred_at, decided_by=names.get(decided.actor_id, decided.actor_label),
            )
        )  # fmt: skip
    return found[::-1]


@transaction.atomic
def record_objection(
    notice: UserNotice, *, words: str, ticket: str, said_at: datetime, by: User, at: datetime | None = None
) -> UserNotice:
    """Write down what an account holder said, its ticket with the company's support, and when; a second person decides.

    Until then nothing of the account is released, and what was released cannot be downloaded. One that was dismissed
    can be followed by another.
    """
    at = at or timezone.now()
    if not words.strip() or not ticket.strip():
        raise Incomplete("Write what the account holder said, and the ticket under which it stands with support.")
    notice = lock_notice(notice)
    if notice.sent_at is None:
        raise Incomplete("Nobody has told this account holder anything yet.")
    if said_at > at or said_at < notice.sent_at:
        raise Incomplete("The account holder can only have said it after being told, and not in the future.")
    notice = notice_workflow.advance(
        notice, "object", by=by, at=at, reason=words.strip(), data={"ticket": ticket.strip()},
        objection=words.strip(), objection_ticket=ticket.strip(), objected_at=said_at, objection_recorded_at=at,
        objection_recorded_by=by, objection_decided_at=None, objection_decided_by=None, objection_decision="",
    )  # fmt: skip
    notify.objection_waits(notice, at=at)
    return notice


@transaction.atomic
def dismiss(notice: UserNotice, *, reason: str, by: User, at: datetime | None = None) -> UserNotice:
    """Decide as the second person that the records may be given all the same; the holder is not told a second time."""
    at = at or timezone.now()
    notice = _decide(lock_notice(notice), "dismiss", reason=reason, by=by, at=at)
    notify.objection_decided(notice, upheld=False, at=at)
    return notice


@transaction.atomic
def uphold(notice: UserNotice, *, reason: str, by: User, at: datetime | None = None) -> UserNotice:
    """Decide as the second person that the account holder is right: the request goes back to review.

    The lines of this account are open again, a package that nobody could download is dropped, and downloads with
    records of this account stop. What has left for good is asked back on the page of its package. The officer reads
    that the review started again.
    """
    at = at or timezone.now()
    notice = lock_notice(notice)
    data_request = notice.data_request
    if data_request.status == RequestStatus.AWAITING_APPROVAL:
        raise NotAllowed(_SIGNING)
    notice = _decide(notice, "uphold", reason=reason, by=by, at=at)
    stopped = _stop_packages(notice, by=by, at=at)
    if data_request.status in (*_BACK_TO_REVIEW, *_REVIEWED):
        _open_lines(notice)
    if data_request.status in _BACK_TO_REVIEW:
        facts = {"notice": notice.reference, "packages": len(stopped)}
        request_workflow.advance(
            data_request, "reconsider", by=None, at=at, data=facts, decided_at=None, produced_at=None,
            outcome=Outcome.NONE,
        )  # fmt: skip
        holds_beside.follow(data_request, at=at)
        notify_desk.reopened(data_request, at=at)
    notify.objection_decided(notice, upheld=True, at=at)
    return notice


def _decide(notice: UserNotice, action: str, *, reason: str, by: User, at: datetime) -> UserNotice:
    if not reason.strip():
        raise Incomplete("Write why: it is kept with the decision.")
    return notice_workflow.advance(
        notice, action, by=by, at=at, reason=reason.strip(), data={"ticket": notice.objection_ticket},
        objection_decided_at=at, objection_decided_by=by, objection_decision=reason.strip(),
    )  # fmt: skip


def _stop_packages(notice: UserNotice, *, by: User, at: datetime) -> list[DisclosurePackage]:
    """Drop what is under way, and stop what left with records of this account, also where its download has ended."""
    data_request = notice.data_request
    rows = data_request.packages.select_for_update(of=("self",)).order_by("pk")
    with_it = data_request.packages.filter(lines__target__account=notice.account).values("pk")
    left = list(rows.filter(status__in=ONCE_RELEASED, pk__in=with_it))
    for package in (*rows.filter(status__in=UNDER_WAY), *left):
        package.data_request = data_request
        was_released = package.status in ONCE_RELEASED
        ended = {} if was_released else {"state": JobState.DONE, "claimed_until": None, "finished_at": at}
        action, facts = "stop" if was_released else "drop", {"cause": str(RecallCause.OBJECTION)}
        package_workflow.advance(package, action, by=None, at=at, reason=_WHY, data=facts, **ended)
        recalls.called_back(package, cause=RecallCause.OBJECTION, reason=_WHY, by=by, at=at)
        if was_released:
            notify.records_stopped(package, at=at)
    return left


def _open_lines(notice: UserNotice) -> None:
    """Open the decided lines of the account again; whoever has the review open sees it before saving over it."""
    lines = RequestLine.objects.filter(data_request=notice.data_request, target__account=notice.account)
    lines.exclude(decision=LineDecision.OPEN).update(decision=LineDecision.OPEN, refusal_code="", ground="")
    Review.objects.filter(data_request=notice.data_request).update(lock_version=F("lock_version") + 1)
