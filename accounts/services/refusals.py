"""What somebody was refused, in the trail: a page that is not for their role, and what is not there for them."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase

from accounts.access import is_verified, signed_in
from accounts.events import Event
from accounts.services.limits import Limit, try_once
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.references import normalise_reference

REFUSED = "refused"
# The object of a try at something under a reference. Not its label: what has a label stands in the case's own history.
ASKED_FOR = "refused reference"
_STATUSES = {403, 404}
# Far above what mistyping makes; a scan is told of once more, and then not again for an hour.
_EACH = Limit("refused.each", 60, timedelta(hours=1))
_MANY = Limit("refused.many", 1, timedelta(hours=1))
_LONGEST = 300


def note(request: HttpRequest, response: HttpResponseBase) -> None:
    """Note that this answer refused somebody who is signed in; of an address that nobody has, nothing.

    What is not there and what is not for them is one answer, so both are noted. A key in the address is not.
    """
    match = request.resolver_match
    if response.status_code not in _STATUSES or match is None or not is_verified(request):
        return
    user = signed_in(request)
    path = match.route if any("token" in name or "key" in name for name in match.kwargs) else request.path
    facts: dict[str, JSON] = {"path": path[:_LONGEST], "method": str(request.method), "status": response.status_code}
    reference = normalise_reference(str(match.kwargs.get("reference", ""))) or ""
    if try_once(_EACH, str(user.pk)):
        reason = ""
    elif try_once(_MANY, str(user.pk)):
        reason = "More than 60 in an hour"
    else:
        return
    kind = ASKED_FOR if reference else ""
    record(
        Event.ACCESS_DENIED, by=user, outcome=REFUSED, reason=reason, data=facts, object_type=kind, object_id=reference
    )
