"""Keeping away from a case: somebody of ours who knows somebody in it (accounts.kept_away)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import DeclaredConflict, User
from accounts.services import conflicts
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.enums import OPEN_STATUSES
from requests_app.events import Event
from requests_app.models import DataRequest, Presence
from requests_app.permissions import staff_may_see


@transaction.atomic
def declare(
    data_request: DataRequest, *, reason: str, whole_agency: bool = False, by: User, at: datetime | None = None
) -> DeclaredConflict:
    """Keep away from this request from now on, or from everything of its agency, until an approver ends it.

    The request is closed to this person at once, everywhere. What they work on of it goes back to the queue. The
    reason stays in the row: the trail only says that there is one. Raises Incomplete without a reason.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why you must keep away. Approvers read it, nobody of the agency does.")
    if not staff_may_see(by, data_request):
        raise NotAllowed("You do not have the right to do this.")
    about = {"agency": data_request.agency} if whole_agency else {"reference": data_request.reference or ""}
    return conflicts.declare(by=by, reason=reason.strip(), at=at, **about)


def let_go(conflict: DeclaredConflict, *, by: User, at: datetime) -> None:
    """Give back the open requests this person works on and must stay away from; called inside a transaction."""
    about = _about(conflict)
    mine = DataRequest.objects.select_for_update().filter(about, assignee=conflict.user, status__in=OPEN_STATUSES)
    for row in mine.order_by("pk"):
        row.assignments.filter(ended_at=None).update(ended_at=at)
        DataRequest.objects.filter(pk=row.pk).update(assignee=None)
        record(Event.GIVEN_BACK, by=by, obj=row, data={"to": "", "before": conflict.user.email}, at=at)
    Presence.objects.filter(user=conflict.user, data_request__in=DataRequest.objects.filter(about)).delete()


def find(reference: str) -> DataRequest | None:
    """Return the request of a reference that a conflict names."""
    return DataRequest.objects.filter(reference=reference).first()


def hidden(references: Collection[str], reader: User) -> set[str]:
    """Return those of these references that belong to a restricted request this person is no reader of."""
    closed = DataRequest.objects.filter(reference__in=references, restricted=True).exclude(named_readers=reader)
    return {str(reference) for reference in closed.values_list("reference", flat=True)}


def _about(conflict: DeclaredConflict) -> Q:
    if conflict.agency_id:
        return Q(agency=conflict.agency_id)
    return Q(reference=conflict.about_reference)
