"""What is known of the officer and the agency behind a request: vetting, calls, and how their requests went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts.events import Event as AccountEvent
from accounts.models import AgencyMembership, CallBack, Suspension, User
from foundation.audit.trail import entries_for
from requests_app.enums import ProposalStatus, ProposedResult, RequestStatus
from requests_app.models import DataRequest, Proposal

# How far back requests are counted.
YEAR = timedelta(days=365)
_REFUSALS = 3
_FACTOR = (
    AccountEvent.FACTOR_ENROLLED, AccountEvent.FACTOR_REMOVED, AccountEvent.LOST_FACTOR_RESET,
    AccountEvent.LOST_FACTOR_DONE,
)  # fmt: skip
_ANSWERED = (RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED)


@dataclass(frozen=True)
class Past:
    """How the requests of the last twelve months went that the reader may see; filed counts the one at hand too."""

    filed: int
    answered: int
    refused: int
    withdrawn: int
    refusals: Sequence[Proposal]
    suspensions: Sequence[Suspension]


@dataclass(frozen=True)
class Standing:
    """What a reviewer is told of who asks. `factor_at`: when the officer's second factor changed last."""

    officer: Past
    agency: Past
    membership: AgencyMembership | None
    call: CallBack | None
    factor_at: datetime | None
    is_new_officer: bool


def standing_of(data_request: DataRequest, *, user: User, at: datetime | None = None) -> Standing:
    """Return what this reader may know of the officer and the agency; restricted requests of others count nowhere."""
    at = at or timezone.now()
    officer, agency = data_request.officer, data_request.agency
    theirs, of_agency = Q(officer=officer), Q(agency=agency)
    visible = DataRequest.objects.visible_to_staff(user).filter(theirs | of_agency)
    counts = visible.filter(submitted_at__gte=at - YEAR).aggregate(
        **_counts("officer", theirs), **_counts("agency", of_agency)
    )
    membership = officer.memberships.filter(agency=agency).order_by("-started_at").first()
    return Standing(
        officer=_past(counts, "officer", visible.filter(theirs), officer.suspensions),
        agency=_past(counts, "agency", visible.filter(of_agency), agency.suspensions),
        membership=membership,
        call=_last_call(officer, visible.filter(theirs)),
        factor_at=entries_for(officer).filter(action__in=_FACTOR).aggregate(last=Max("occurred_at"))["last"],
        is_new_officer=not visible.filter(theirs).exclude(pk=data_request.pk).exists(),
    )


def _counts(name: str, who: Q) -> dict[str, Count]:
    where = {
        "filed": who,
        "answered": who & Q(status__in=_ANSWERED),
        "refused": who & Q(status=RequestStatus.REFUSED),
        "withdrawn": who & Q(status=RequestStatus.WITHDRAWN),
    }
    return {f"{name}_{kind}": Count("pk", filter=condition) for kind, condition in where.items()}


def _past(counts: Mapping[str, int], name: str, rows: QuerySet[DataRequest], suspensions: Any) -> Past:
    refused = Proposal.objects.filter(
        data_request__in=rows.order_by(), result=ProposedResult.REFUSE, status=ProposalStatus.APPROVED
    )
    newest = refused.select_related("data_request").order_by("-signed_at", "-pk")[:_REFUSALS]
    kinds = {kind: counts[f"{name}_{kind}"] for kind in ("filed", "answered", "refused", "withdrawn")}
    return Past(**kinds, refusals=list(newest), suspensions=list(suspensions.order_by("-suspended_at", "-pk")[:3]))


def _last_call(officer: User, rows: QuerySet[DataRequest]) -> CallBack | None:
    """Return the last call about this officer: for access, or for a request that the reader may see."""
    references = rows.order_by().exclude(reference=None).values("reference")
    about = Q(about_user=officer) | Q(application__user=officer) | Q(about_reference__in=references)
    return CallBack.objects.filter(about).order_by("-called_at", "-pk").first()
