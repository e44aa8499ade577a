"""A request filed for a desk: everybody of the desk who may act sees and answers it like the officer."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Desk, User
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.services.locks import lock


def desks_of(user: User) -> list[Desk]:
    """Return the open desks of the own agency that this officer belongs to, by name."""
    if not user.is_officer or user.membership is None:
        return []
    return list(Desk.objects.filter(agency=user.membership.agency, closed_at=None, members=user).order_by("name", "pk"))


def refusal(data_request: DataRequest, by: User) -> str | None:
    """Say why this person cannot file this request for a desk, or None."""
    if data_request.officer_id != by.pk:
        return "Only the officer who filed it can say for which desk it is."
    return None


@transaction.atomic
def file_for(data_request: DataRequest, desk: Desk | None, *, by: User, at: datetime | None = None) -> DataRequest:
    """File a request for a desk the officer belongs to, or for none; the same desk again changes nothing."""
    at = at or timezone.now()
    row = lock(data_request)
    if (why := refusal(row, by)) is not None:
        raise NotAllowed(why)
    if row.desk_id == (desk.pk if desk else None):
        return row
    if desk is not None and (desk.agency_id != row.agency_id or desk.pk not in {d.pk for d in desks_of(by)}):
        raise NotAllowed("Choose a desk of your agency that you belong to.")
    row.desk = desk
    row.save(update_fields=["desk"])
    record(Event.DESK_SET, by=by, obj=row, data={"desk": desk.pk if desk else None}, at=at)
    return row
