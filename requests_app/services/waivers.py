"""A proposal that an account holder is never told: it holds the letter until it is decided or taken away."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.enums import NoticeStatus
from requests_app.events import Event
from requests_app.models import UserNotice
from requests_app.permissions import desk_refusal
from requests_app.services.locks import lock_notice

WAITS = "A second person decides first whether this account holder is never told."
_WAITING = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)
_NONE = "Nobody proposes any more that this account holder is never told."


def proposed(notice: UserNotice) -> bool:
    """Say whether somebody proposed that this holder is never told, and nobody has decided yet."""
    return notice.status in _WAITING and notice.waived_by_id is not None


def decline_refusal(notice: UserNotice, by: User) -> str:
    """Say why this person cannot take the proposal away, or nothing: who made it can, and who could approve it."""
    if not proposed(notice):
        return _NONE
    own = notice.waived_by_id == by.pk
    return desk_refusal(by, Permission.DECIDE_NOTICE if own else Permission.APPROVE_DECISION, notice.data_request) or ""


@transaction.atomic
def decline(notice: UserNotice, *, reason: str, by: User, at: datetime | None = None) -> UserNotice:
    """Take the proposal away: the holder is told as the rule says."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why: it is kept with the notice.")
    notice = lock_notice(notice)
    if not proposed(notice):
        raise TransitionRefused(_NONE)
    if refusal := decline_refusal(notice, by):
        raise NotAllowed(refusal)
    facts = {"proposed_by": notice.waived_by.get_username() if notice.waived_by else None}
    notice.waived_by, notice.waiver_reason = None, ""
    notice.save(update_fields=["waived_by", "waiver_reason"])
    record(Event.WAIVER_DECLINED, by=by, obj=notice, reason=reason.strip(), data=facts, at=at)
    return notice
