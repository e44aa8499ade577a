"""A customer who asked for the data, looked up by hand: what there is, what bars telling, and what may be said.

Counsel and the data-protection officer look here before an access request is answered (GDPR Art. 15 and 23). The answer
is a question as the company's systems ask it, so that the words, the day and the decision are the same for everybody.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.providers.models import Provider
from requests_app.customer_words import CustomerWords, customer_words
from requests_app.events import Event
from requests_app.models import DisclosurePackage, NonDisclosureOrder, RestrictionQuestion, UserNotice
from requests_app.notice_enums import CustomerAsks
from requests_app.services import restrictions

# Of questions that a person asked here, with 48 random bits behind it: no key of the company begins so by chance.
_BY_HAND = "desk-"
# A letter that somebody found long afterwards; older is a slip of the pen.
_OLDEST = timedelta(days=366)


@dataclass(frozen=True)
class Standing:
    """What of it this reader may know: what left, what bars telling, and the words that everybody gets."""

    disclosed: list[DisclosurePackage]
    bars: list[NonDisclosureOrder]
    untold: list[UserNotice]
    words: CustomerWords


@transaction.atomic
def look_up(
    provider: Provider, account: str, *, asks: str, wrote_on: date, reason: str, by: User, at: datetime | None = None
) -> RestrictionQuestion:
    """Ask about an account as its systems would, and note who looked and why.

    The answer is due counted from the day on which the company received the customer's letter (GDPR Art. 12(3)). Asked
    again for the same day, it is the same question.
    """
    at = at or timezone.now()
    if not has_permission(by, Permission.GIVE_ADVICE):
        raise NotAllowed("You do not have the right to do this.")
    if not by.staff_roles.filter(provider=provider, ended_at=None).exists():
        raise NotAllowed("You do not have the right to do this.")
    if not account.strip() or not reason.strip():
        raise Incomplete("Write the account, and why you look it up.")
    zone = ZoneInfo(provider.calendar.time_zone)
    today = at.astimezone(zone).date()
    if not today - _OLDEST <= wrote_on <= today:
        raise Incomplete(
            "Give the day on which the company received the letter: not in the future, not over a year ago."
        )
    mine = RestrictionQuestion.objects.filter(provider=provider, key__startswith=_BY_HAND, account=account.strip())
    # The day as its end: whatever came on a day is answered on the same one.
    received = at if wrote_on == today else datetime.combine(wrote_on, time.max, zone)
    known = next((row for row in mine.filter(kind=asks) if row.asked_at.astimezone(zone).date() == wrote_on), None)
    key, language = (known.key, known.language) if known else (f"{_BY_HAND}{uuid4().hex[:12]}", "")
    asked = restrictions.Question(key, account.strip(), CustomerAsks(asks), language)
    row, said = restrictions.answered(provider, asked, received=received, at=at)
    record(Event.RESTRICTION_LOOKED_UP, by=by, obj=row, reason=reason.strip(), data=said, at=at)
    return row


def is_late(question: RestrictionQuestion, *, at: datetime) -> bool:
    """Return whether the day of the answer has passed, where the company works."""
    return question.answer_on < at.astimezone(ZoneInfo(question.provider.calendar.time_zone)).date()


def is_by_hand(question: RestrictionQuestion) -> bool:
    """Return whether a person typed the account, which the company's systems name exactly."""
    return question.key.startswith(_BY_HAND)


def standing(question: RestrictionQuestion, *, user: User, at: datetime) -> Standing:
    """Return what left and what bars telling, of the requests this reader may open, and what may be said."""
    requests = [row.pk for row in restrictions.about(question, user=user).requests]
    accounts = restrictions.same_person(question.provider, question.account)
    packages = DisclosurePackage.objects.filter(
        data_request__in=requests, lines__target__account__in=accounts, released_at__isnull=False
    ).distinct()
    bars = NonDisclosureOrder.objects.filter(
        Q(bar_ends_at=None) | Q(bar_ends_at__gt=at), data_request__in=requests, confirmed_at__isnull=False
    )
    untold = UserNotice.objects.filter(data_request__in=requests, account__in=accounts, sent_at=None)
    asked_on = question.asked_at.astimezone(ZoneInfo(question.provider.calendar.time_zone)).date()
    words = customer_words(
        asks=question.kind, language=question.language, company=question.provider.name, asked_on=asked_on,
        answer_on=question.answer_on,
    )  # fmt: skip
    return Standing(
        list(packages.select_related("data_request").order_by("-released_at")),
        list(bars.select_related("data_request").order_by("pk")),
        list(untold.select_related("data_request").order_by("pk")),
        words,
    )
