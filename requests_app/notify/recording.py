"""What is told of a request that came outside the portal while no vetted officer is named: to the agency's address.

The address of the registry, never one that stands in a letter or a mail that came in. The reference and nothing else.
"""

from datetime import datetime

from foundation.notifications.outbox import send
from requests_app.models import DataRequest
from requests_app.notify import hook_calls, intake
from requests_app.querysets import nobody_named


def received(data_request: DataRequest, *, at: datetime) -> None:
    """Acknowledge the receipt: to the officer, or where nobody is named yet to the agency's address of the registry."""
    if not nobody_named(data_request):
        intake.received(data_request, at=at)
        return
    key = f"request:{data_request.pk}:received:{data_request.lock_version}"
    to_agency(data_request, "recorded_received", key=key, at=at)
    hook_calls.received(data_request, at=at)


def to_agency(data_request: DataRequest, event: str, *, key: str, at: datetime) -> bool:
    """Write to the agency's address of the registry; False where it has none, and a letter is sent instead."""
    address = data_request.agency.generic_address
    if not address:
        return False
    context = {"agency": data_request.agency.name, "received": data_request.submitted_at}
    send(
        event,
        dedupe_key=f"{key}:{event}",
        to_address=address,
        context=context,
        reference=data_request.reference or "",
        at=at,
    )
    return True


def named(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer who was named that a request of the agency is theirs now; what it is stands in the portal."""
    send(
        "recipient_named",
        dedupe_key=f"request:{data_request.pk}:named:{data_request.officer_id}:{data_request.lock_version}",
        to_user=data_request.officer,
        context={"received": data_request.submitted_at},
        reference=data_request.reference or "",
        at=at,
    )
