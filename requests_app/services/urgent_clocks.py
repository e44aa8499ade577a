"""The clock of emergencies told without an account: nobody took one within five minutes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from foundation.audit.trail import record
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from requests_app.events import Event
from requests_app.models import UrgentContact
from requests_app.notify import urgent_contacts as notify

# Nobody acted for so long after the end of the time: who signs is paged too.
WIDER_AFTER = timedelta(minutes=10)


def untaken() -> QuerySet[UrgentContact]:
    """Return those that nobody has taken."""
    return UrgentContact.objects.untaken().select_related("provider__calendar", "agency")


def tell(contact: UrgentContact, stage: Stage, at: datetime) -> None:
    """Page everybody who may take them, all that wait in one page a minute; raises NobodyToTell without any."""
    waiting = untaken().filter(provider=contact.provider, created_at__lte=at)
    wider = stage.offset >= WIDER_AFTER
    if wider:
        record(Event.URGENT_ESCALATED, by=None, obj=contact, data={"stage": stage.name}, at=at)
    if not notify.wait(waiting.first() or contact, count=max(1, waiting.count()), wider=wider, at=at):
        raise NobodyToTell


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield those that are to be taken in this time, for who may see them."""
    rows = UrgentContact.objects.visible_to_staff(reader).untaken().filter(take_by__gte=since, take_by__lt=until)
    for row in rows:
        yield ShownDeadline(
            clock="Emergency without an account", due=row.take_by, label=row.reference,
            url=reverse("staff:urgent_contact", args=[row.reference]), team="", exigent=True,
        )  # fmt: skip
