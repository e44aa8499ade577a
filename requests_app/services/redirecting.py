"""A decision that sends the officer elsewhere: to mutual legal assistance or to the channel of the own country."""

from datetime import datetime

from django.db.models import Q, QuerySet

from foundation.audit.canonical import JSON
from preservation.enums import HoldStatus
from preservation.models import PreservationHold
from preservation.services import life
from requests_app.enums import RedirectChannel
from requests_app.models import DataRequest, Proposal
from requests_app.services.contents import Terms, channel_of

NOTHING_HELD = (
    "We hold no records for this case. If they must not be lost while you take this way, ask us to hold them: "
    "choose a hold in the portal."
)
_RUNS = (HoldStatus.ACTIVE, HoldStatus.PROCESS_SERVED)
_GOES_ON = (*_RUNS, HoldStatus.ON_TREATY)


def problem(data_request: DataRequest, terms: Terms) -> str:
    """Say what a referral lacks, or nothing."""
    if not terms.redirect_channel:
        return "Choose where the officer is referred to."
    if terms.redirect_channel == RedirectChannel.NATIONAL and channel_of(data_request) is None:
        return "No national channel is kept for this country: add it to its entry point, or refer to mutual assistance."
    return ""


def facts(proposal: Proposal) -> dict[str, JSON]:
    """Return what the trail keeps of a referral; nothing of another decision."""
    return {"channel": proposal.redirect_channel} if proposal.redirect_channel else {}


def keep_holds(data_request: DataRequest, *, at: datetime) -> int:
    """Keep what is held for this case while the request takes the other way; return how many holds. Officers are told.

    Those that belong to the request, and the officer's own of the same case file that belong to none.
    """
    rows = beside(data_request).filter(status__in=_RUNS).order_by("pk")
    return len([life.refer(hold, data_request.reference or "", at=at) for hold in rows])


def kept(data_request: DataRequest) -> list[PreservationHold]:
    """Return the holds that go on beside a referred request."""
    return list(beside(data_request).filter(status__in=_GOES_ON).order_by("expires_at", "pk"))


def beside(data_request: DataRequest) -> QuerySet[PreservationHold]:
    """Return the holds of this case: named with the request, or the officer's own of the same case file."""
    named = Q(request_reference=data_request.reference)
    if data_request.case_number:
        # Also one that runs down again after an earlier request of the case was answered.
        free = Q(request_reference="") | Q(status=HoldStatus.ACTIVE)
        named |= Q(case_number=data_request.case_number) & free
    found = PreservationHold.objects.filter(named, reference__isnull=False)
    return found.filter(officer=data_request.officer_id, agency=data_request.agency_id)
