"""Whose turn it is with a freeze and with its end, in a sentence that everybody who reads the page may read."""

from requests_app.enums import FreezeAct, LiftCause, RequestStatus
from requests_app.models import DataRequest, FreezeLift, FreezeOrder
from requests_app.permissions import quashed_refusal
from requests_app.services import freeze_orders, lifting, read_outs

_SYSTEMS = "Our own systems answer next. Somebody who prepares records takes it back where they do not."
_ANEW = "Somebody who reviews requests opens it again, and two people decide under the order as it stands now."
_CLEAR = "Somebody who approves decisions looks at the calls about the destination, and says why it may go on."
_CALL = "Somebody who reviews requests calls the agency and records what it said."


def turn_of(data_request: DataRequest, freeze: FreezeOrder) -> str:
    """Say who acts next until a granted freeze is carried out and confirmed; empty before and after."""
    if data_request.status != RequestStatus.GRANTED:
        return ""
    asked = freeze_orders.asked_of_systems(freeze)
    if freeze_orders.under_way_refusal(asked):
        return _SYSTEMS
    kept = freeze.act == FreezeAct.RESTRAIN and (freeze.recorded_at or freeze_orders.done_by_systems(asked))
    if not kept and freeze_orders.said_refusal(data_request, freeze):
        return _in_the_way(data_request)
    if freeze.recorded_at is None:
        return "Somebody who prepares records does what the order says, and records it here."
    return _second(freeze)


def _in_the_way(data_request: DataRequest) -> str:
    """Say who acts next where nothing may be done about the assets as it stands."""
    if quashed_refusal(data_request) or freeze_orders.changed_since_grant(data_request):
        return _ANEW
    return _CLEAR if read_outs.barred_refusal(data_request) else _CALL


def turn_of_lift(lift: FreezeLift | None) -> str:
    """Say who acts next until a lift that waits is done and confirmed; empty where none waits."""
    if lift is None or not freeze_orders.is_open(lift):
        return ""
    if freeze_orders.under_way_refusal(lifting.asked_of_systems(lift)):
        return _SYSTEMS
    if lift.recorded_at is not None:
        return _second(lift)
    lifts = "Somebody who prepares records lifts it, and records it here"
    if lift.cause in (LiftCause.EXPIRED, LiftCause.QUASHED) or lift.instructed_at is not None:
        return f"{lifts}."
    return f"{lifts}, or somebody who releases records turns it down."


def _second(row: FreezeOrder | FreezeLift) -> str:
    """Say that a second person confirms: neither who recorded nor who instructed."""
    people = dict.fromkeys(one.get_full_name() for one in (row.recorded_by, row.instructed_by) if one is not None)
    return f"A second person who releases records confirms it: somebody other than {' and '.join(people)}."
