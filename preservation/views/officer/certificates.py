"""What the page of a hold tells its officer of what was done: what was found where we tell it, earlier certificates."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from preservation.services import certificates, telling
from preservation.views.common import officers_hold, send_certificate


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_safe
def old_certificate(request: HttpRequest, reference: str, uid: UUID) -> HttpResponseBase:
    """A certificate that was made for this hold, the present one or one before it."""
    hold = officers_hold(request, reference)
    return send_certificate(request, hold, certificates.made(hold, uid))


def told_facts(hold: Any, user: Any) -> dict[str, Any]:
    """Return what the officer's page shows of what was done; reading what was found is noted."""
    return {"results": telling.results(hold, by=user), "earlier_certificates": certificates.earlier(hold)}
