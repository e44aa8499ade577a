"""What speaks for and against a hold that waits for a person: facts on file, nothing about accounts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import dateformat, timezone

from accounts.models import User
from preservation.enums import ENDED_STATUSES, HoldFlag, HoldStatus
from preservation.models import HeldIdentifier, PreservationHold
from preservation.services import accepting

YEAR = timedelta(days=365)
RECENT = 15


@dataclass(frozen=True)
class Weighed:
    """Sentences for and against, each with what they rest on; and the agency's last holds."""

    good: list[str]
    bad: list[str]
    recent: list[PreservationHold]


def weigh(hold: PreservationHold, *, reader: User, at: datetime | None = None) -> Weighed:
    """Return what this member of staff may know of who asks; restricted holds count only for who may read them."""
    at = at or timezone.now()
    visible = PreservationHold.objects.visible_to_staff(reader).filter(agency=hold.agency_id).exclude(pk=hold.pk)
    past = visible.filter(officer=hold.officer_id, requested_at__gt=at - YEAR).aggregate(
        filed=Count("pk"),
        followed=Count("pk", filter=~Q(request_reference="")),
        declined=Count("pk", filter=Q(status=HoldStatus.DECLINED) | Q(declined_at__isnull=False)),
    )
    recent = visible.select_related("officer").order_by("-requested_at", "-pk")[:RECENT]
    return Weighed(_good(hold, past), _bad(hold, past, _same(hold, visible), at), list(recent))


def _good(hold: PreservationHold, past: dict[str, int]) -> list[str]:
    member = hold.officer.memberships.filter(agency=hold.agency_id).order_by("-started_at").first()
    found = []
    if member and member.approved_at:
        rank = f": {member.rank}" if member.rank else ""
        found.append(f"The officer has had access since {_day(member.approved_at)}{rank}.")
    if hold.agency.police_power_confirmed:
        found.append("We confirmed that the agency has police power.")
    if past["filed"]:
        asked = f"{_holds(past['filed'])} of this officer in the last twelve months"
        found.append(f"{asked}, {past['followed']} of them followed by a request.")
    if hold.process_type is not None:
        found.append(f"A law is named: {hold.process_type.name}.")
    if hold.process_at is not None:
        found.append("A request, or a treaty request, came for these records.")
    elif hold.process_follows:
        by = f" by {_day(hold.process_follows_by)}" if hold.process_follows_by else ""
        found.append(f"Legal process is announced{by}.")
    return found


def _bad(hold: PreservationHold, past: dict[str, int], same: list[str], at: datetime) -> list[str]:
    asked, provider = accepting.asked_lately(hold, at=hold.requested_at or at), hold.provider
    counted = {
        HoldFlag.OFFICER_LIMIT: f": {asked.officer} in 24 hours, {provider.hold_limit_officer} are usual at most",
        HoldFlag.AGENCY_LIMIT: f": {asked.agency} in 24 hours, {provider.hold_limit_agency} are usual at most",
        HoldFlag.MASS: f": {hold.identifiers.count()}, from {provider.hold_many_identifiers} on we ask",
    }
    found = [f"{HoldFlag(flag).label}{counted.get(HoldFlag(flag), '')}." for flag in hold.flags]
    if not past["filed"]:
        found.append("It is the first hold of this officer in twelve months.")
    if past["declined"]:
        found.append(f"{_holds(past['declined'])} of this officer declined in the last twelve months.")
    if hold.process_follows is False:
        found.append("The officer does not know whether legal process will follow.")
    if same:
        found.append(f"Some of the same identifiers are kept for this agency already: {', '.join(same)}.")
    return found


def _same(hold: PreservationHold, visible: Any) -> list[str]:
    """Return the open holds of the agency, as far as the reader sees them, that name one of these identifiers."""
    named = hold.identifiers.values_list("normalised", flat=True)
    rows = HeldIdentifier.objects.filter(normalised__in=list(named[:500]), hold__in=visible.values("pk"))
    others = rows.exclude(hold__status__in=ENDED_STATUSES).values_list("hold__reference", flat=True)
    return sorted({reference for reference in others if reference})[:5]


def _holds(number: int) -> str:
    return "1 hold" if number == 1 else f"{number} holds"


def _day(value: date) -> str:
    return dateformat.format(value, "j M Y")
