"""The mark of compliance on requests and holds, and what it does at once to every notice to the same people."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from preservation.events import Event as HoldEvent
from preservation.models import PreservationHold
from preservation.services import compliance
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.permissions import desk_refusal
from requests_app.services.locks import lock
from requests_app.services.notices import look_again, look_again_of

_SHOWN = 20


@transaction.atomic
def mark_request(
    data_request: DataRequest, *, barred: bool, reason: str, by: User, at: datetime | None = None
) -> DataRequest:
    """Set or lift the mark on a request (tipping-off law); officers never see it."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why. The officer never sees it.")
    data_request = lock(data_request)
    if refusal := desk_refusal(by, Permission.GIVE_ADVICE, data_request):
        raise NotAllowed(refusal)
    data_request.aml_bar = barred
    data_request.save(update_fields=["aml_bar"])
    facts = {"in_force": barred}
    record(Event.COMPLIANCE_MARKED, by=by, obj=data_request, reason=reason.strip(), data=facts, at=at)
    look_again_of(data_request, at=at)
    return data_request


def marks_of(obj: DataRequest | PreservationHold) -> list[AuditEvent]:
    """Return who set or lifted the mark and why, newest first: for those who may set it."""
    actions = (Event.COMPLIANCE_MARKED, HoldEvent.COMPLIANCE_MARKED)
    rows = AuditEvent.objects.filter(action__in=actions, object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return list(rows.order_by("-occurred_at", "-pk")[:_SHOWN])


@transaction.atomic
def mark_hold(
    hold: PreservationHold, *, barred: bool, reason: str, by: User, at: datetime | None = None
) -> PreservationHold:
    """Set or lift the mark on a hold: it holds every notice to the people whose records are kept."""
    at = at or timezone.now()
    hold = compliance.mark(hold, barred=barred, reason=reason, by=by, at=at)
    accounts = hold.identifiers.exclude(account="").values_list("account", flat=True)
    look_again(accounts, provider_id=hold.provider_id, at=at)
    return hold
