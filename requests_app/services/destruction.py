"""Everybody who took records that were called back: asked to destroy them, asked again, and what each answered."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, TransitionRefused
from requests_app.events import Event
from requests_app.models import DataRequest, DestructionAsk, DisclosurePackage, DownloadReceipt, Recall
from requests_app.notify import recalls as notify
from requests_app.notify.recipients import RELEASING, readers
from requests_app.release_enums import DestructionStatus, RecallStatus
from requests_app.release_permissions import destruction_workflow, recall_workflow
from requests_app.services.locks import lock

# After the first letter the person is asked twice more; then it is for staff to call, who hear of it every week.
ASK_AGAIN = (timedelta(days=3), timedelta(days=7))
TELL_STAFF = timedelta(days=10)
WEEKLY = timedelta(days=7)
# Two letters are never nearer to each other than this, also where nothing swept for a while.
APART = timedelta(days=1)


def takings(package: DisclosurePackage) -> QuerySet[DownloadReceipt]:
    """Return the transfers in which something of a package went out or may have: whole, broken off or under way.

    That is every receipt. One that broke off in its first piece says 0 bytes, and most of a piece may have arrived.
    """
    return DownloadReceipt.objects.filter(package=package)


def ask_all(recall: Recall, *, at: datetime) -> None:
    """Ask each person who took something to destroy it; who cannot sign in any more is for staff to reach at once."""
    newest = (
        takings(recall.package).select_related("user").order_by("user_id", "-started_at", "-pk").distinct("user_id")
    )
    for receipt in newest:
        reached = receipt.user.is_active and receipt.user.is_officer
        ask = DestructionAsk.objects.create(
            recall=recall, user=receipt.user, agency_name=receipt.agency_name, asked_at=at,
            due_at=at + ASK_AGAIN[0] if reached else at,
        )  # fmt: skip
        record(Event.DESTRUCTION_ASKED, by=None, obj=ask, data=_facts(ask), at=at)
        if reached:
            notify.destruction_asked(ask, at=at)
    settle(recall, at=at)


@transaction.atomic
def answer(
    ask: DestructionAsk, *, destroyed: bool, words: str, passed_on: str = "", by: User, at: datetime | None = None
) -> DestructionAsk:
    """Take what somebody says who took the records: what was destroyed and how, or why it cannot be.

    Who said first that it cannot be destroyed may say later that it is.
    """
    words = words.strip()
    if not words:
        raise Incomplete("Write what was destroyed and how." if destroyed else "Write why it cannot be destroyed.")
    return _answered(
        ask, "destroy" if destroyed else "keep", words=words, passed_on=passed_on.strip(), by=by, at=at
    )  # fmt: skip


@transaction.atomic
def note(
    ask: DestructionAsk, *, destroyed: bool, words: str, passed_on: str = "", by: User, at: datetime | None = None
) -> DestructionAsk:
    """Write down as staff what somebody answered by phone or letter."""
    words = words.strip()
    if not words:
        raise Incomplete("Write who said what, when, and on which way it came.")
    action = "note_destroyed" if destroyed else "note_kept"
    return _answered(ask, action, words=words, passed_on=passed_on.strip(), by=by, at=at)


@transaction.atomic
def excuse(ask: DestructionAsk, *, reason: str, by: User, at: datetime | None = None) -> DestructionAsk:
    """Ask this person no more, with the reason."""
    if not reason.strip():
        raise Incomplete("Write why this person is not asked any more.")
    return _answered(ask, "excuse", words=reason.strip(), passed_on="", by=by, at=at)


def _answered(
    ask: DestructionAsk, action: str, *, words: str, passed_on: str, by: User, at: datetime | None
) -> DestructionAsk:
    """Move the question along, keep the words, and settle the recall where nobody is left to ask.

    A later answer takes the place of the first one, whose words stay in the trail.
    """
    at = at or timezone.now()
    ask = locked(ask)
    said = f"{words}\nPassed on: {passed_on}" if passed_on else words
    destruction_workflow.advance(
        ask, action, by=by, at=at, reason=said, data=_facts(ask) | {"passed_on": bool(passed_on)}, words=words,
        passed_on=passed_on or _known_copies(ask, by), answered_at=at, answered_by=by, due_at=None,
    )  # fmt: skip
    if ask.status == DestructionStatus.KEPT or passed_on:
        notify.destruction_kept(ask, _staff(ask), at=at)
    settle(ask.recall, at=at)
    return ask


def _known_copies(ask: DestructionAsk, by: User) -> str:
    """Return who was said to have copies before: not forgotten by a later answer, and no words of staff in theirs."""
    return "" if by.pk == ask.user_id != ask.answered_by_id else ask.passed_on


def settle(recall: Recall, *, at: datetime) -> None:
    """End a recall under which nobody is left to ask; its request must be locked."""
    waits = recall.asks.filter(status=DestructionStatus.ASKED).exists()
    if recall.status == RecallStatus.ASKED and not waits:
        facts = {"package": recall.package.number, "asked": recall.asks.count()}
        recall_workflow.advance(recall, "settle", by=None, at=at, data=facts)


def chase_due(*, at: datetime | None = None, limit: int = 100) -> int:
    """Ask again everybody who is due and has not answered, tell staff after that, and return how many were due."""
    at = at or timezone.now()
    due = DestructionAsk.objects.filter(status=DestructionStatus.ASKED, due_at__lte=at).order_by("due_at", "pk")
    return sum(_chase(pk, at) for pk in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _chase(pk: int, at: datetime) -> int:
    rows = DataRequest.objects.select_for_update(skip_locked=True, of=("self",))
    if rows.filter(packages__recalls__asks=pk).first() is None:
        return 0
    found = DestructionAsk.objects.select_related("user", "recall__confirmed_by", "recall__package__data_request")
    ask = found.filter(pk=pk, status=DestructionStatus.ASKED, due_at__lte=at).first()
    if ask is None:
        return 0
    ask.chased += 1
    by_mail = ask.chased <= len(ASK_AGAIN) and ask.user.is_active and ask.user.is_officer
    ask.due_at = _next(ask, at, by_mail=by_mail)
    ask.save(update_fields=["chased", "due_at"])
    record(Event.DESTRUCTION_CHASED, by=None, obj=ask, data=_facts(ask) | {"times": ask.chased}, at=at)
    if by_mail:
        notify.destruction_chased(ask, at=at)
    else:
        notify.destruction_unanswered(ask, _staff(ask), at=at)
    return 1


def _next(ask: DestructionAsk, at: datetime, *, by_mail: bool) -> datetime:
    """Return when somebody is written to about this person again."""
    if not by_mail:
        return at + WEEKLY
    later = (*ASK_AGAIN, TELL_STAFF)[ask.chased]
    return max(ask.asked_at + later, at + APART)


def _staff(ask: DestructionAsk) -> list[User]:
    """Return who of the staff is told: who confirmed the recall, or whoever else may release."""
    people = readers(ask.recall.package.data_request, RELEASING)
    return list(people.filter(pk=ask.recall.confirmed_by_id or 0)) or list(people)


def waiting_for(user: User) -> QuerySet[DestructionAsk]:
    """Return what this person is asked to destroy and has not answered, oldest first."""
    rows = DestructionAsk.objects.filter(user=user, status=DestructionStatus.ASKED)
    return rows.select_related("recall__package__data_request").order_by("asked_at", "pk")


def asked_of(user: User, data_request: DataRequest) -> list[DestructionAsk]:
    """Return what this person is or was asked to destroy of the packages of a request."""
    rows = DestructionAsk.objects.filter(user=user, recall__package__data_request=data_request)
    return list(rows.select_related("recall").order_by("asked_at", "pk"))


def locked(ask: DestructionAsk) -> DestructionAsk:
    """Return the question as it stands now, with its request locked before it."""
    data_request = lock(ask.recall.package.data_request)
    rows = DestructionAsk.objects.select_for_update(of=("self",)).select_related("user", "recall__package")
    found = rows.filter(pk=ask.pk, recall__package__data_request=data_request).first()
    if found is None:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    found.recall.package.data_request = data_request
    return found


def _facts(ask: DestructionAsk) -> dict[str, str | int | bool | None]:
    return {"package": ask.recall.package.number, "person": ask.user_id}
