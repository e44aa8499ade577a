"""What people decide about a notice before it goes: an analyst looked, counsel decided, somebody told by hand."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications.dead_letters import settle
from foundation.providers import jobs
from requests_app.enums import NoticeStatus
from requests_app.events import Event
from requests_app.models import UserNotice
from requests_app.notice_enums import NoticeChannel, NoticeWait
from requests_app.notice_rules import bar_end
from requests_app.notify.records import letter_key
from requests_app.permissions import desk_refusal, notice_workflow
from requests_app.services import notice_letters, notices, waivers
from requests_app.services.locks import lock_notice
from requests_app.services.notice_facts import plan_of, situations_of

_GONE = "This cannot be done any more: the state has changed."
_NOT_YET = "Something forbids telling this account holder at this time: {}"
_AFTER = "This account holder is told after disclosure, and nothing has left yet."
_WHY = "Write why: it is kept with the notice."


@transaction.atomic
def clear(notice: UserNotice, *, reason: str, by: User, at: datetime | None = None) -> UserNotice:
    """Say after a look that the account holder may be told; the rule is asked again at once."""
    at = at or timezone.now()
    notice = _waiting(notice, Permission.DECIDE_NOTICE, reason, by)
    if notice.waits_for != NoticeWait.ANALYST:
        raise TransitionRefused("This notice does not wait for a look.")
    notice.cleared_at, notice.cleared_by, notice.cleared_reason = at, by, reason.strip()
    notice.save(update_fields=["cleared_at", "cleared_by", "cleared_reason"])
    record(Event.NOTICE_CLEARED, by=by, obj=notice, reason=reason.strip(), at=at)
    return _asked_again(notice, at)


@transaction.atomic
def despite(notice: UserNotice, *, reason: str, by: User, at: datetime | None = None) -> UserNotice:
    """Decide as counsel that a bar of another matter, or of a law nobody is sure of, does not hold this notice.

    A confirmed order of this request and the mark of compliance hold it all the same, and so does a bar that comes
    later.
    """
    at = at or timezone.now()
    notice = _waiting(notice, Permission.GIVE_ADVICE, reason, by)
    now = situations_of(notice.data_request, [notice.account], at=at)[notice.account]
    notice.despite_at, notice.despite_by, notice.despite_reason = at, by, reason.strip()
    notice.despite_bars = sorted({bar.key for bar in now.others})
    notice.save(update_fields=["despite_at", "despite_by", "despite_reason", "despite_bars"])
    record(Event.NOTICE_DESPITE, by=by, obj=notice, reason=reason.strip(), at=at)
    return _asked_again(notice, at)


@transaction.atomic
def tell_by_hand(
    notice: UserNotice, *, words: str, told_at: datetime, by: User, at: datetime | None = None
) -> UserNotice:
    """Note that somebody told the account holder outside of the portal; the time to object runs from then.

    For a holder whom no letter reaches, or to whom one must be spoken with care. Nobody is told by hand whom the rule
    does not let be told, and nothing that was told before counts.
    """
    at = at or timezone.now()
    if not words.strip():
        raise Incomplete("Write who told the account holder, and how.")
    notice = lock_notice(notice)
    if told_at > at or told_at < notice.planned_at:
        raise Incomplete("The account holder can only have been told since the notice was planned, not in the future.")
    if waivers.proposed(notice):
        raise TransitionRefused(waivers.WAITS)
    if notice.status in notices.WAITING:
        notice = _asked_again(notice, at)
    # Nobody wrote down the hour: the whole time runs from the end of that day, wherever the holder is.
    window = notice_letters.window_of(notice, told_at=bar_end(told_at.astimezone(UTC).date()) or at)
    told = {
        "channel": NoticeChannel.BY_HAND, "told_by": by, "told_words": words.strip(), "sent_at": told_at,
        "last_told_at": told_at, "window_ends_at": window,
    }  # fmt: skip
    facts = {"told_at": told_at.isoformat(), "window_ends_at": window.isoformat() if window else None}
    if notice.status == NoticeStatus.SENT:
        return _instead_of_letter(notice, told, facts, by=by, at=at)
    if notice.status == NoticeStatus.POSTPONED:
        raise NotAllowed(_NOT_YET.format(notice.reason))
    if notice.status == NoticeStatus.PLANNED and notice.after_disclosure and not notice_letters.given(notice):
        raise NotAllowed(_AFTER)
    return notice_workflow.advance(
        notice, "tell_by_hand", by=by, at=at, reason=words.strip(), data=facts, waits_for="", **told
    )


def _instead_of_letter(
    notice: UserNotice, told: dict[str, object], facts: dict[str, str | None], *, by: User, at: datetime
) -> UserNotice:
    """Put telling by hand in the place of a letter that did not arrive."""
    if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, notice.data_request):
        raise NotAllowed(refusal)
    letter = notice_letters.sent(notice)
    if letter is None or not letter.failed:
        raise TransitionRefused("The letter went out and nothing says that it did not arrive.")
    plan = plan_of(notice.data_request, notice.account, at=at)
    if plan.postponed:
        raise NotAllowed(_NOT_YET.format(plan.reason))
    settle(letter_key(notice), by=by, at=at)
    if letter.job is not None and letter.job.state != JobState.GIVEN_UP:
        jobs.stop(letter.job, by=by, at=at)
    for name, value in told.items():
        setattr(notice, name, value)
    notice.save(update_fields=list(told))
    record(Event.NOTICE_BY_HAND, by=by, obj=notice, reason=notice.told_words, data=facts, at=at)
    return notice


def _waiting(notice: UserNotice, permission: Permission, reason: str, by: User) -> UserNotice:
    """Return a locked notice that is not settled, once it is sure that this person may decide about it."""
    if not reason.strip():
        raise Incomplete(_WHY)
    notice = lock_notice(notice)
    if refusal := desk_refusal(by, permission, notice.data_request):
        raise NotAllowed(refusal)
    if notice.status not in notices.WAITING:
        raise TransitionRefused(_GONE)
    if waivers.proposed(notice):
        raise TransitionRefused(waivers.WAITS)
    return notice


def _asked_again(notice: UserNotice, at: datetime) -> UserNotice:
    notices.look_again([notice.account], provider_id=notice.data_request.provider_id, at=at)
    data_request = notice.data_request
    notice.refresh_from_db()
    notice.data_request = data_request
    return notice
