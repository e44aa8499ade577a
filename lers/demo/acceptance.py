"""Mails of the demo's past: what was written days ago was taken by a mail server days ago, and is not sent now."""

from datetime import datetime, timedelta

from foundation.core.jobs import claim
from foundation.notifications.delivery import ORDINARY, record
from foundation.notifications.models import OutboundMessage, Outcome
from foundation.notifications.smtp import Answer
from requests_app.deadlines import ACKNOWLEDGE_WITHIN
from requests_app.models import DataRequest
from requests_app.notify.records import letter_key
from requests_app.services import acknowledging

_TAKES = timedelta(seconds=4)


def accept_letters(made: DataRequest, *, now: datetime) -> None:
    """Write down that letters to the account holders of this request were taken when they were written.

    They would not go today: what came into other cases of the demo since forbids it.
    """
    keys = [letter_key(notice) for notice in made.notices.filter(sent_at__lt=now - timedelta(hours=1))]
    for message in claim(OutboundMessage.objects.filter(dedupe_key__in=keys), at=now, lease=ORDINARY.lease, limit=100):
        record(message, Answer(Outcome.ACCEPTED, ""), at=message.created_at + _TAKES)


def accept_receipts(made: DataRequest, *, now: datetime) -> None:
    """Write down that the receipts of this request were taken when they were written, where that is a while ago.

    In the transaction that makes the request, so that no worker has sent them yet. One of a moment ago is sent as any.
    """
    old = OutboundMessage.objects.filter(
        dedupe_key__startswith=f"request:{made.pk}:received:", created_at__lt=now - ACKNOWLEDGE_WITHIN
    )
    for message in claim(old, at=now, lease=ORDINARY.lease, limit=ORDINARY.batch):
        record(message, Answer(Outcome.ACCEPTED, ""), at=message.created_at + _TAKES)
    # As of a day later: nobody looks back further than two months.
    acknowledging.sweep(at=min(now, made.submitted_at + timedelta(days=1)) if made.submitted_at else now)
