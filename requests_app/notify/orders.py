"""Who is told that an order behind a request changed: what it did, never what the case is about."""

from datetime import datetime

from accounts.models import User
from accounts.permissions import Permission
from foundation.notifications.outbox import send
from requests_app.enums import OrderRelation, RequestStatus
from requests_app.models import DataRequest, OrderVersion

# Nothing may wait for one person where records are on their way or have left.
_GIVEN = (RequestStatus.GRANTED, RequestStatus.PRODUCED)
_GRAVE = (OrderRelation.QUASHED, OrderRelation.NARROWS)


def changed(data_request: DataRequest, version: OrderVersion, *, by: User, at: datetime) -> None:
    """Tell staff who work on a request that its order changed, and its officer where somebody else said so."""
    context = {"what": str(version.relation)}
    for person in _staff(data_request, version):
        _send(data_request, "order_changed", person, version, context, at=at)
    officer = data_request.officer
    if officer.pk != by.pk and officer.is_active:
        _send(data_request, "order_changed_elsewhere", officer, version, context, at=at)


def _staff(data_request: DataRequest, version: OrderVersion) -> list[User]:
    """Return who works on it; with nobody there, or records granted or gone under it, everybody who could act."""
    found = [data_request.assignee] if data_request.assignee and data_request.assignee.is_active else []
    rights = [] if found else [Permission.REVIEW_REQUEST]
    if data_request.status in _GIVEN and version.relation in _GRAVE:
        rights = [*rights, Permission.RELEASE_RECORDS]
    if not rights:
        return found
    others = User.objects.holding(rights).exclude(pk__in=[person.pk for person in found]).order_by("pk")
    seen = DataRequest.objects.filter(pk=data_request.pk)
    return found + [person for person in others if seen.visible_to_staff(person).exists()]


def _send(
    data_request: DataRequest, event: str, to: User, version: OrderVersion, context: dict[str, str], *, at: datetime
) -> None:
    send(
        event,
        dedupe_key=f"order:{version.pk}:{data_request.pk}:{to.pk}",
        to_user=to,
        context=context,
        reference=data_request.reference or "",
        urgent=data_request.is_exigent,
        at=at,
    )
