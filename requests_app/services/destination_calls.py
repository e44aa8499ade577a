"""A call about the destination of a transfer, written down with what the agency read out of it."""

from datetime import datetime

from django.db import transaction

from accounts.enums import CallBackResult, CallPurpose
from accounts.models import AgencyNumber, CallBack, User
from foundation.core.errors import Incomplete
from requests_app.models import DataRequest
from requests_app.services import call_backs, read_outs
from requests_app.services.locks import lock


@transaction.atomic
def record(
    data_request: DataRequest,
    *,
    begins: str,
    ends: str,
    result: str,
    number: AgencyNumber | None = None,
    alternative: str = "",
    spoke_to: str,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> CallBack:
    """Record a call about the destination with what was read out: other characters never confirm, whatever was said.

    Raises what call_backs.record() raises, and Incomplete where it is said to be confirmed and nothing was read out.
    """
    freeze = getattr(lock(data_request), "freeze", None)
    if result == CallBackResult.CONFIRMED and freeze is not None:
        if not begins or not ends:
            raise Incomplete("Write the first and last characters that they read out.")
        if not read_outs.same_destination(freeze.destination, freeze.destination_network, begins=begins, ends=ends):
            result = CallBackResult.NOT_CONFIRMED
    heard = f"They read out {begins or '(nothing)'} at the beginning, {ends or '(nothing)'} at the end."
    return call_backs.record(
        data_request, purpose=CallPurpose.WALLET, number=number, alternative=alternative, result=result,
        spoke_to=spoke_to, note=" ".join(filter(None, (heard if begins or ends else "", note.strip()))), by=by, at=at,
    )  # fmt: skip
