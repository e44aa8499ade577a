"""What an officer reads and can do about a decision: where to go, what to mend, its letter."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.documents import services as documents
from preservation.models import PreservationHold
from requests_app.enums import LineDecision, ProposedResult, RedirectChannel, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, Proposal, RequestLine
from requests_app.refusals import cure, why
from requests_app.services import appeals, decision_letters, redirecting
from requests_app.services.decision_paper import content_of
from requests_app.views.officer.common import own_agency_request


def about_decision(
    data_request: DataRequest, decision: Proposal | None, lines: list[RequestLine], user: Any
) -> dict[str, Any]:
    """Return what stands beside a decision on the request's page, for whoever may read its words."""
    letters = [letter for letter in decision_letters.letters_of(data_request) if letter.document_id]
    found: dict[str, Any] = {"letters": letters, "appealed": data_request.appealed_at}
    if decision is None:
        return found
    refused = data_request.status == RequestStatus.REFUSED
    now = timezone.now()
    if decision.redirect_channel == RedirectChannel.NATIONAL:
        found["status"] = "Use the national channel"
    return found | {
        "cures": cures_of(decision, lines, data_request.kind),
        "channel": content_of(decision).get("channel") if decision.redirect_channel else None,
        "kept_holds": _kept(data_request, user) if decision.result == ProposedResult.REDIRECT else [],
        "may_appeal": refused and appeals.refusal(data_request, by=user, at=now) is None,
        "appeal_until": appeals.appeal_until(data_request.decided_at) if refused and data_request.decided_at else None,
        "may_refile": refused and may_refile(data_request, user),
    }


def cures_of(decision: Proposal, lines: list[RequestLine], kind: str) -> list[tuple[str, str]]:
    """Return why something was not disclosed and what mends it, each reason once, that of the whole first."""
    codes = [decision.refusal_code, *(row.refusal_code for row in lines if row.decision == LineDecision.REFUSE)]
    return [(why(code, kind), cure(code, kind)) for code in dict.fromkeys(filter(None, codes))]


def may_refile(data_request: DataRequest, user: Any) -> bool:
    """Say whether this officer can start a new draft from the refused request."""
    return data_request.kind != RequestKind.EMERGENCY and has_permission(user, Permission.FILE_REQUEST)


def _kept(data_request: DataRequest, user: Any) -> list[PreservationHold]:
    """Return the holds that go on meanwhile and that this reader may see."""
    seen = set(PreservationHold.objects.visible_to(user).values_list("pk", flat=True))
    return [hold for hold in redirecting.kept(data_request) if hold.pk in seen]


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def letter(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Download the letter of a decision."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    found = next((row for row in decision_letters.letters_of(data_request) if row.proposal.number == number), None)
    if found is None or found.document is None:
        raise Http404
    facts: dict[str, JSON] = {"document": str(found.document.uid), "proposal": number}
    record(Event.LETTER_DOWNLOADED, by=user, obj=data_request, data=facts)
    return documents.serve(
        found.document,
        filename=found.document.filename,
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
        if_none_match=request.headers.get("If-None-Match"),
    )
