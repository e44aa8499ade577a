"""The clock of holds that wait for a person: rows, who is told, and how they stand on the page of deadlines."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from preservation import notify
from preservation.models import PreservationHold


def waiting() -> QuerySet[PreservationHold]:
    """Return the holds that nobody accepted or declined yet, and that still keep records."""
    return PreservationHold.objects.to_accept().select_related("officer", "agency", "provider")


def tell(hold: PreservationHold, stage: Stage, at: datetime) -> None:
    """Tell those who decide on holds; raises NobodyToTell where nobody does."""
    when = "before" if stage.is_before else "after" if stage.is_after else "at"
    notify.accept_due(hold, stage=when, at=at)
    if not list(notify.administrators(hold)):
        raise NobodyToTell(f"Nobody decides on the holds of {hold.provider}.")


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the holds to accept that are due in this time, for who decides on them."""
    if Permission.DECIDE_HOLDS not in reader.permissions:
        return
    rows = PreservationHold.objects.visible_to_staff(reader).to_accept()
    for hold in rows.filter(accept_by__gte=since, accept_by__lt=until).order_by("accept_by", "pk"):
        url = reverse("holds:staff_accept", args=[hold.reference])
        due = hold.accept_by or until
        yield ShownDeadline(clock="Hold to accept", due=due, label=hold.reference or "", url=url, team="")
