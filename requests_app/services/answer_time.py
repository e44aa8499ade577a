"""More time for an answer: asked for by the officer and given or not, or given by staff of their own accord."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.enums import ClarificationStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import AnswerDraft, Clarification
from requests_app.notify import questions as tell
from requests_app.permissions import answers_for, clarification_workflow, desk_refusal
from requests_app.services.frozen import stands_still
from requests_app.services.locks import lock

# How far the end may be moved beyond the day it is asked for, in days.
FURTHEST = timedelta(days=92)
# So long after the end an answer may still come, with which the officer asks to open the request again.
LATE_ANSWER = timedelta(days=30)
_RULE = "more time, to the end of the day that was agreed"


@transaction.atomic
def ask_more(
    clarification: Clarification, *, until: date, reason: str, by: User, at: datetime | None = None
) -> Clarification:
    """Ask for more time, by the officer; staff decide. Until then the time that was given holds.

    Raises Incomplete for a day that is no later or too far off, TransitionRefused where it was asked for and waits.
    """
    at = at or timezone.now()
    clarification = locked(clarification)
    if refusal := more_refusal(clarification, by):
        raise TransitionRefused(refusal)
    if not reason.strip():
        raise Incomplete("Write why you need more time.")
    end = _end_of(clarification, until, at=at)
    clarification.more_time_asked_at, clarification.more_time_until = at, until
    clarification.more_time_reason = reason.strip()
    clarification.more_time_decided_at, clarification.more_time_given = None, None
    clarification.more_time_answer = ""
    _save(clarification)
    record(Event.MORE_TIME_ASKED, by=by, obj=clarification, data={"until": end.isoformat()}, at=at)
    tell.more_time_asked(clarification, at=at)
    return clarification


def more_refusal(clarification: Clarification, by: User) -> str | None:
    """Say why this person cannot ask for more time now, or None."""
    if refusal := clarification_workflow.refusal(clarification, "answer", by):
        return refusal
    if waits(clarification):
        return "You asked for more time already. We decide soon and write to you."
    return None


def waits(clarification: Clarification) -> bool:
    """Say whether the officer asked for more time and nobody has decided."""
    asked = clarification.more_time_asked_at is not None and clarification.more_time_decided_at is None
    return asked and clarification.status == ClarificationStatus.OPEN


@transaction.atomic
def decide_more(
    clarification: Clarification, *, give: bool, reason: str = "", by: User, at: datetime | None = None
) -> Clarification:
    """Give the time that was asked for, or not; the officer is told. Of two people who decide the second is told.

    `reason`: why not, which the officer reads in the portal; raises Incomplete without one.
    """
    at = at or timezone.now()
    clarification = locked(clarification)
    _refuse_staff(clarification, by)
    if not waits(clarification) or clarification.more_time_until is None:
        raise TransitionRefused("Nobody waits for more time here any more: it was decided, or the question is closed.")
    if not give and not reason.strip():
        raise Incomplete("Write why there is no more time: the officer reads it.")
    clarification.more_time_decided_at, clarification.more_time_given = at, give
    clarification.more_time_answer = "" if give else reason.strip()
    if give:
        _move(clarification, clarification.more_time_until, by=by, at=at)
        return clarification
    _save(clarification)
    record(Event.MORE_TIME_REFUSED, by=by, obj=clarification, data={"due": clarification.due_at.isoformat()}, at=at)
    tell.more_time_refused(clarification, at=at)
    return clarification


@transaction.atomic
def prolong(clarification: Clarification, *, until: date, by: User, at: datetime | None = None) -> Clarification:
    """Give the officer more time without being asked; what the officer asked for is decided with it."""
    at = at or timezone.now()
    clarification = locked(clarification)
    _refuse_staff(clarification, by)
    if clarification.status != ClarificationStatus.OPEN:
        raise TransitionRefused("This question is closed.")
    if waits(clarification):
        clarification.more_time_decided_at, clarification.more_time_given = at, True
    _move(clarification, until, by=by, at=at)
    return clarification


def _move(clarification: Clarification, until: date, *, by: User, at: datetime) -> None:
    before, end = clarification.due_at, _end_of(clarification, until, at=at)
    clarification.due_at, clarification.due_rule = end, _RULE
    _save(clarification)
    facts: dict[str, JSON] = {"from": before.isoformat(), "to": end.isoformat()}
    record(Event.MORE_TIME_GIVEN, by=by, obj=clarification, data=facts, at=at)
    tell.more_time_given(clarification, at=at)


def _end_of(clarification: Clarification, day: date, *, at: datetime) -> datetime:
    """Return when the desk closes on this day; raises Incomplete where that is no later than now, or too far."""
    calendar = clarification.data_request.provider.calendar
    end = datetime.combine(day, calendar.closes_at, ZoneInfo(calendar.time_zone)).astimezone(UTC)
    if end <= clarification.due_at:
        raise Incomplete(f"Choose a day after {clarification.due_at:%-d %b %Y}: until then there is time anyway.")
    if end > at + FURTHEST:
        raise Incomplete(f"Choose a day up to {at + FURTHEST:%-d %b %Y}.")
    return end


def _refuse_staff(clarification: Clarification, by: User) -> None:
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, clarification.data_request):
        raise NotAllowed(refusal)


# Drafts and late answers ----------------------------------------------------------------------------------------------
@transaction.atomic
def keep_draft(
    clarification: Clarification,
    *,
    text: str,
    items: list[dict[str, object]],
    by: User,
    at: datetime | None = None,
) -> AnswerDraft:
    """Keep an answer that is not finished; whoever answers for the request goes on with it. Files are not kept."""
    at = at or timezone.now()
    clarification = locked(clarification)
    late = late_refusal(clarification, by, at=at) is None
    if not late and (refusal := clarification_workflow.refusal(clarification, "answer", by)):
        raise TransitionRefused(refusal)
    values = {"text": text, "items": items, "kept_at": at, "kept_by": by}
    draft, _new = AnswerDraft.objects.update_or_create(clarification=clarification, defaults=values)
    record(Event.ANSWER_DRAFTED, by=by, obj=clarification, at=at)
    return draft


def late_refusal(clarification: Clarification, by: User, *, at: datetime) -> str | None:
    """Say why an answer to this question can no longer come with the wish to open the request again, or None."""
    data_request = clarification.data_request
    if clarification.status != ClarificationStatus.LAPSED or data_request.status != RequestStatus.LAPSED:
        return "This question waits for no answer."
    if not answers_for(by, data_request):
        return "Only the officer who filed it can do this."
    if data_request.clarifications.filter(number__gt=clarification.number).exists():
        return "This question waits for no answer."
    if clarification.replies.exists():
        return "You sent your answer already. We write to you when the request is open again."
    if clarification.closed_at is None or at > clarification.closed_at + LATE_ANSWER:
        return "The time to answer is over for more than 30 days. Send a new request: you can copy this one."
    return stands_still(data_request) or None


def _save(clarification: Clarification) -> None:
    clarification.save(
        update_fields=[
            "due_at", "due_rule", "more_time_asked_at", "more_time_until", "more_time_reason", "more_time_decided_at",
            "more_time_given", "more_time_answer",
        ]
    )  # fmt: skip


def locked(clarification: Clarification) -> Clarification:
    """Return the question as it stands now, with its request locked."""
    data_request = lock(clarification.data_request)
    clarification = data_request.clarifications.get(pk=clarification.pk)
    clarification.data_request = data_request
    return clarification
