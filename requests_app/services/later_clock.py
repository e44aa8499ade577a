"""The day on which something asked for on an answered request is needed: nobody's duty by law, so it only reminds."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from requests_app.models import DataRequest, LaterAsk
from requests_app.notify import later as notify
from requests_app.notify.recipients import responsible
from requests_app.querysets import suspended
from requests_app.release_enums import LaterStatus


def rows() -> QuerySet[LaterAsk]:
    """Return what is open and needed by a day; a suspension urges nobody."""
    found = LaterAsk.objects.filter(status=LaterStatus.OPEN, due_at__isnull=False).exclude(suspended("data_request__"))
    return found.select_related("data_request__provider", "data_request__team", "data_request__assignee")


def tell(ask: LaterAsk, stage: Stage, at: datetime) -> None:
    """Remind who works on the request. Raises NobodyToTell where nobody does."""
    people = responsible(ask.data_request, at=at)
    notify.due(ask, people, stage=stage.name, over=not stage.is_before, at=at)
    if not people:
        raise NobodyToTell


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield what is needed in this time, of requests the reader may see."""
    visible = DataRequest.objects.visible_to_staff(reader)
    found = rows().filter(due_at__gte=since, due_at__lt=until, data_request__in=visible.values("pk"))
    for ask in found.order_by("due_at", "pk"):
        data_request = ask.data_request
        if ask.due_at is not None:
            yield ShownDeadline(
                clock="Asked for later",
                due=ask.due_at,
                label=data_request.reference or "",
                url=reverse("staff_later:one", args=[data_request.reference, ask.uid]),
                team=data_request.team.name if data_request.team else "",
                person=data_request.assignee.get_full_name() if data_request.assignee else "",
                person_id=data_request.assignee_id,
                note=ask.get_kind_display(),
            )
