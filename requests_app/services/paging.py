"""When the first page about an emergency really left: a mail server took it. Before that nobody says "paged"."""

from datetime import datetime, timedelta

from django.db.models import Min

from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest, UrgentContact
from requests_app.notify import intake, urgent_contacts

# The urgent loop looks every second. Who reads later than this that nothing left is told to call.
SOON = timedelta(seconds=60)


def paged_at(data_request: DataRequest) -> datetime | None:
    """Return when the first page about this emergency was taken by a mail server; None before."""
    return _first(intake.pages_of(data_request))


def contact_paged_at(contact: UrgentContact) -> datetime | None:
    """Return the same for an emergency that was told without an account."""
    return _first(urgent_contacts.pages_of(contact))


def overdue(since: datetime | None, paged: datetime | None, *, at: datetime) -> bool:
    """Return whether a page should have left by now and has not."""
    return paged is None and since is not None and at - since > SOON


def _first(begins: str) -> datetime | None:
    sent = OutboundMessage.objects.filter(dedupe_key__startswith=begins, urgent=True, state=JobState.DONE)
    found: datetime | None = sent.aggregate(first=Min("finished_at"))["first"]
    return found
