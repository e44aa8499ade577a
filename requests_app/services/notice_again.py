"""A letter to an account holder that is not there yet: what stops its next try, and how another is written for it.

Hours or days may lie between the last check and the moment at which a mail server, or the company's pages, take a
letter. What forbids telling by then stops it, and the notice waits for its end. One that is lost waits for a person.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.dead_letters import settle
from foundation.notifications.models import OutboundMessage
from foundation.providers.connectors.base import ConnectorFailed, Contact, UnknownAccount
from foundation.providers.models import ConnectorJob
from requests_app.enums import NoticeStatus
from requests_app.events import Event
from requests_app.models import UserNotice
from requests_app.notice_enums import NoticeChannel
from requests_app.notice_rules import Timing
from requests_app.notify.records import letter_key, notice_of_key
from requests_app.permissions import desk_refusal, notice_workflow
from requests_app.services import account_facts, notice_letters
from requests_app.services.locks import lock_notice
from requests_app.services.notice_facts import plan_of
from requests_app.services.notice_letters import FORBIDDEN
from requests_app.services.notices import look_again

_GOES = "The letter went out and nothing says that it did not arrive."
_ANOTHER_WAY = "The account holder is told in another way by now."
_SILENT = "Our systems do not say how the account holder is reached. Try again later, or tell by hand."
_NO_WAY = "Our systems have no way to reach the account holder. Tell by hand."


def job_stopped(job: ConnectorJob) -> str:
    """Say why our systems put this letter into nobody's pages any more, or nothing; asked right before each try."""
    return _stopped(int(job.owner_id), job.idempotency_key, NoticeChannel.COMPANY)


def mail_stopped(message: OutboundMessage) -> str:
    """Say why this letter is not mailed any more, or nothing; asked right before each try."""
    return _stopped(notice_of_key(message.dedupe_key), message.dedupe_key, NoticeChannel.MAIL)


def call_back(*, at: datetime | None = None) -> int:
    """Take back each notice whose letter something forbade before anybody took it, and return how many.

    Nobody was told: it waits for the end of what forbids it, and is sent then as any other.
    """
    at = at or timezone.now()
    lost = list(notice_letters.not_arrived().order_by("sent_at", "pk").values_list("pk", flat=True))
    return sum(_call_back(pk, at=at) for pk in lost)


@transaction.atomic
def _call_back(pk: int, *, at: datetime) -> bool:
    rows = UserNotice.objects.select_for_update(skip_locked=True, of=("self", "data_request"), no_key=True)
    notice = rows.select_related("data_request").filter(pk=pk, status=NoticeStatus.SENT).first()
    letter = notice_letters.sent(notice) if notice else None
    if notice is None or letter is None or not letter.held:
        return False
    settle(letter_key(notice), by=None, at=at)
    # An earlier letter that was taken stays ours.
    told = notice.last_told_at if notice.letters_sent > 1 else None
    notice_workflow.advance(
        notice, "call_back", by=None, at=at, reason=FORBIDDEN, due_at=at, sent_at=None, window_ends_at=None,
        channel="", last_told_at=told,
    )  # fmt: skip
    look_again([notice.account], provider_id=notice.data_request.provider_id, at=at)
    return True


def send_anew(notice: UserNotice, *, by: Any, at: datetime | None = None) -> UserNotice:
    """Write another letter for one that did not arrive, to where the holder is reached now, with the whole time again.

    The rule is asked once more in the transaction that writes it. Raises NotAllowed where it does not let the holder be
    told, and TransitionRefused where nothing is known to be lost.
    """
    at = at or timezone.now()
    contact = _contact(notice)
    with transaction.atomic():
        notice = lock_notice(notice)
        data_request = notice.data_request
        if refusal := desk_refusal(by, Permission.DECIDE_NOTICE, data_request):
            raise NotAllowed(refusal)
        letter = notice_letters.sent(notice)
        if notice.status != NoticeStatus.SENT or letter is None or not letter.failed:
            raise TransitionRefused(_GOES)
        account_facts.keep(data_request.provider, notice.account, contact, at=at)
        plan = plan_of(data_request, notice.account, at=at)
        if plan.postponed or plan.timing == Timing.LOOK:
            raise NotAllowed(plan.reason)
        settle(letter_key(notice), by=by, at=at)
        told = {"sent_at": at, "window_ends_at": notice_letters.window_of(notice, told_at=at)}
        told |= notice_letters.marks(notice, contact)
        for name, value in told.items():
            setattr(notice, name, value)
        notice.save(update_fields=list(told))
        ends = notice.window_ends_at.isoformat() if notice.window_ends_at else None
        record(Event.NOTICE_SENT_ANEW, by=by, obj=notice, data={"window_ends_at": ends}, at=at)
        notice_letters.deliver(notice, contact, at=at)
    return notice


def _contact(notice: UserNotice) -> Contact:
    """Ask how the holder is reached now, outside of every transaction."""
    try:
        contact = account_facts.ask(notice.data_request.provider, notice.account)
    except UnknownAccount as error:
        raise NotAllowed(_NO_WAY) from error
    except ConnectorFailed as error:
        raise NotAllowed(_SILENT) from error
    if not notice_letters.reachable(contact):
        raise NotAllowed(_NO_WAY)
    return contact


def _stopped(pk: int, key: str, channel: NoticeChannel) -> str:
    notice = UserNotice.objects.filter(pk=pk).select_related("data_request__provider").first()
    if notice is None or notice.sent_at is None or notice.channel != channel or letter_key(notice) != key:
        return _ANOTHER_WAY
    plan = plan_of(notice.data_request, notice.account, at=max(timezone.now(), notice.sent_at))
    return FORBIDDEN if plan.postponed else ""
