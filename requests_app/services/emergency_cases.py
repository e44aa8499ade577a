"""The record of an emergency beside its request: when it was filed, taken and decided, whatever becomes of it."""

from datetime import datetime

from requests_app.models import DataRequest, EmergencyCase


def opened(data_request: DataRequest, *, at: datetime) -> EmergencyCase:
    """Keep when an emergency came in and by when it is to be taken and decided; one that is sent again keeps its own.

    The request must be locked, and received.
    """
    case, _new = EmergencyCase.objects.get_or_create(
        data_request=data_request,
        defaults={
            "filed_at": data_request.submitted_at or at,
            "take_by": data_request.first_look_due_at,
            "decide_by": data_request.deadline_at,
        },
    )
    return case
