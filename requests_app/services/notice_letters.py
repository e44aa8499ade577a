"""The letter to an account holder: in the holder's language, by mail or through the company's own pages.

A letter is a row that is a job: a message of the outbox, or an instruction to the company's systems. Both are written
in the transaction that marks the notice as sent, and both show what came of them; one that did not arrive holds back
what it was to tell of.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.core.jobs import JobState
from foundation.notifications.enums import Cause
from foundation.notifications.languages import language_of
from foundation.notifications.models import OutboundMessage
from foundation.notifications.rendering import Rendered, render_letter
from foundation.providers import jobs
from foundation.providers.connectors.base import Channel, Contact
from foundation.providers.models import ConnectorAct, ConnectorJob
from requests_app.enums import NoticeStatus, PackageStatus
from requests_app.models import DataRequest, DisclosurePackage, DownloadReceipt, UserNotice
from requests_app.notice_enums import NoticeChannel
from requests_app.notify import records as notify
from requests_app.notify.records import USER_NOTICE, letter_context, letter_key, notice_of_key
from requests_app.permissions import notice_workflow
from requests_app.services.notice_facts import plan_of

TOLD = (NoticeStatus.SENT, NoticeStatus.OBJECTED, NoticeStatus.UPHELD)
OWNER = UserNotice._meta.label_lower
# Why a letter is not taken any more; not which bar: whoever looks after the line to the systems need not know of it.
FORBIDDEN = "Something forbids telling the account holder now."
_NOT_ARRIVED = "The letter to an account holder did not arrive: see below why, and send another or tell by hand."
_ON_ITS_WAY = "The letter to an account holder is still on its way: the last try did not succeed."
_TRIED = (JobState.PENDING, JobState.RUNNING)
# More letters than this are never listed one by one.
_MOST = 1000


@dataclass(frozen=True)
class Sent:
    """A letter as it went out, and what became of it; failed is empty where nothing went wrong."""

    subject: str
    text: str
    language: str
    delivered_at: datetime | None
    failed: str
    # It was tried, and is tried again.
    on_its_way: bool
    # Something came in that forbids telling before anybody took it.
    held: bool
    job: ConnectorJob | None = None


def reachable(contact: Contact) -> bool:
    """Say whether there is a way to reach this holder: the company's own pages need no address."""
    return contact.channel == Channel.COMPANY or bool(contact.address)


def marks(notice: UserNotice, contact: Contact) -> dict[str, Any]:
    """Return what is written on a notice with the step that sends it."""
    by_company = contact.channel == Channel.COMPANY
    return {
        "channel": NoticeChannel.COMPANY if by_company else NoticeChannel.MAIL,
        "language": language_of(USER_NOTICE, contact.language),
        "letters_sent": notice.letters_sent + 1,
    }


def deliver(notice: UserNotice, contact: Contact, *, at: datetime) -> None:
    """Write the letter of a notice that was just marked as sent, in the same transaction."""
    if notice.channel == NoticeChannel.MAIL:
        notify.user_notice(notice, address=contact.address, language=notice.language, at=at)
        return
    letter = written(notice, language=notice.language)
    arguments = {
        "reference": notice.reference, "language": letter.language, "subject": letter.subject, "text": letter.body_text,
    }  # fmt: skip
    jobs.ask(
        notice.data_request.provider, ConnectorAct.NOTIFY, key=letter_key(notice), owner_type=OWNER,
        owner_id=str(notice.pk), account=notice.account, arguments=arguments, at=at,
    )  # fmt: skip


def written(notice: UserNotice, *, language: str, window: datetime | None = None) -> Rendered:
    """Return the letter as it is read in a language; window: for one that is not sent yet, when it would end."""
    context = letter_context(notice)
    context["window"] = notice.window_ends_at or window
    return render_letter(USER_NOTICE, context, reference=notice.reference, language=language)


def sent(notice: UserNotice) -> Sent | None:
    """Return the last letter of a notice as it went out; None where none did, or it was told by hand."""
    if notice.channel == NoticeChannel.COMPANY:
        job = ConnectorJob.objects.filter(idempotency_key=letter_key(notice)).first()
        return _of_job(job) if job else None
    message = OutboundMessage.objects.filter(dedupe_key=letter_key(notice)).first()
    return _of_mail(message) if message and notice.channel == NoticeChannel.MAIL else None


def not_arrived() -> QuerySet[UserNotice]:
    """Return the notices whose last letter is known not to have arrived, and about which nobody did anything yet."""
    mails = OutboundMessage.objects.filter(event=USER_NOTICE, failed_at__isnull=False).order_by("-failed_at", "-pk")
    given_up = ConnectorJob.objects.filter(act=ConnectorAct.NOTIFY, owner_type=OWNER, state=JobState.GIVEN_UP)
    keys = {*mails.values_list("dedupe_key", flat=True)[:_MOST]}
    keys |= {*given_up.order_by("-pk").values_list("idempotency_key", flat=True)[:_MOST]}
    told = UserNotice.objects.filter(status=NoticeStatus.SENT).exclude(channel=NoticeChannel.BY_HAND)
    found = told.filter(pk__in={notice_of_key(key) for key in keys}).only("pk", "letters_sent")
    # Of one for which another letter was written, that one counts.
    return told.filter(pk__in=[notice.pk for notice in found if letter_key(notice) in keys])


def letters_refusal(data_request: DataRequest, accounts: Collection[str], *, at: datetime) -> str | None:
    """Say that records of these accounts wait because a letter is not there, or None.

    They do not wait for one that must not go out any more: something forbids telling the holder since.
    """
    told = data_request.notices.filter(account__in=accounts, status=NoticeStatus.SENT)
    for notice in told.order_by("pk"):
        letter = sent(notice)
        if letter is None or not (letter.failed or letter.on_its_way):
            continue
        if not plan_of(data_request, notice.account, at=at).postponed:
            return _NOT_ARRIVED if letter.failed else _ON_ITS_WAY
    return None


def given(notice: UserNotice) -> bool:
    """Say whether records of this account left, in whatever package."""
    return out_of(notice.data_request_id, notice.account).exists()


def window_of(notice: UserNotice, *, told_at: datetime) -> datetime | None:
    """Return until when the holder may object; None where records left and there is nothing more to stop.

    Where an objection was upheld and something is granted anew, there is, whatever left before.
    """
    if given(notice) and notice.objection_decided_at is None:
        return None
    return told_at + timedelta(days=notice.data_request.provider.notice_window_days)


def out_of(data_request: Any, account: Any) -> QuerySet[DisclosurePackage]:
    """Match the packages in which records of an account left; one stopped before anybody took it gave nothing."""
    taken = Exists(DownloadReceipt.objects.filter(package=OuterRef("pk")))
    rows = DisclosurePackage.objects.filter(data_request=data_request, released_at__isnull=False)
    return rows.filter(~Q(status=PackageStatus.REVOKED) | taken).filter(lines__target__account=account)


def plan_again(notice: UserNotice, *, at: datetime) -> UserNotice:
    """Plan a locked notice anew whose objection was upheld, now that something of the account is granted again."""
    if notice.status != NoticeStatus.UPHELD:
        return notice
    why = "Something is granted anew after an objection was upheld."
    return notice_workflow.advance(
        notice, "plan_again", by=None, at=at, reason=why, due_at=None, sent_at=None, window_ends_at=None, channel="",
        told_by=None, told_words="", planned_at=at,
    )  # fmt: skip


def _of_job(job: ConnectorJob) -> Sent:
    there = job.answer.get("at")
    return Sent(
        subject=job.arguments["subject"], text=job.arguments["text"], language=job.arguments["language"],
        delivered_at=datetime.fromisoformat(there) if there else None,
        failed=(job.last_error or "Stopped.") if job.state == JobState.GIVEN_UP else "",
        on_its_way=job.state in _TRIED and job.attempts > 0,
        held=job.state == JobState.GIVEN_UP and job.last_error == FORBIDDEN, job=job,
    )  # fmt: skip


def _of_mail(message: OutboundMessage) -> Sent:
    return Sent(
        subject=message.subject, text=message.body_text, language=message.language,
        delivered_at=None if message.failed_at else message.sent_at,
        # Also where somebody took it off the list of mail: that tells no account holder.
        failed=message.get_cause_display() if message.failed_at is not None else "",
        on_its_way=message.state in _TRIED and message.attempts > 0, held=message.cause == Cause.HELD_BACK,
    )  # fmt: skip
