"""Who may do what around what leaves: certificates, calls back, what is asked for years later."""

from typing import Any

from accounts.permissions import Permission, has_permission
from foundation.core.workflow import Workflow
from requests_app.permissions import answers_for, desk_refusal
from requests_app.release_states import LATER

_NO_RIGHT = "You do not have the right to do this."
# Whoever works on records answers what is asked for later.
_ANSWERING = (Permission.PREPARE_RECORDS, Permission.RELEASE_RECORDS)


def later_refusal(user: Any, action: str, ask: Any) -> str | None:
    """Say why user may not do action to what was asked for later, or None. The system is user None.

    The system says that it is done: a release or a signature did it.
    """
    if user is None:
        return None if action == "do" else _NO_RIGHT
    if action == "withdraw":
        may = has_permission(user, Permission.FILE_REQUEST) and answers_for(user, ask.data_request)
        return None if may else "Only the officer of this request can take it back."
    refusals = [desk_refusal(user, right, ask.data_request) for right in _ANSWERING if has_permission(user, right)]
    if not refusals:
        return _NO_RIGHT
    return None if None in refusals else refusals[0]


later_workflow = Workflow(LATER, guard=later_refusal)
