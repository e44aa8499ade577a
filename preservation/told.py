"""Who of the agency reads a hold and is told of it: its officer, followers, and the leads once the officer left."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from accounts.enums import DeskRole
from accounts.models import AgencyMembership, User
from accounts.querysets import may_act

if TYPE_CHECKING:
    from preservation.models import HoldFollower, PreservationHold


def belonging(hold: "PreservationHold") -> QuerySet[AgencyMembership]:
    """Return the memberships of everybody who belongs to the agency of the hold, suspended or not."""
    return AgencyMembership.objects.filter(agency=hold.agency_id, ended_at=None, user__is_active=True)


def officer_stays(hold: "PreservationHold") -> bool:
    """Say whether the officer has an account here and still belongs to the agency of the hold."""
    return hold.officer.is_active and belonging(hold).filter(user=hold.officer_id).exists()


def following(hold: "PreservationHold", *, at: datetime) -> "QuerySet[HoldFollower]":
    """Return who follows and may act now, in the order in which they were named; nobody of a restricted hold."""
    if hold.restricted:
        return hold.followers.none()
    found = hold.followers.filter(
        may_act(at, "user__memberships__"),
        user__memberships__agency=hold.agency_id,
        user__is_active=True,
        ended_at=None,
    )
    return found.exclude(user=hold.officer_id).select_related("user").order_by("added_at", "pk")


def leads(hold: "PreservationHold", *, at: datetime) -> list[User]:
    """Return the leads of the agency who may read the hold now, without its officer."""
    if hold.restricted:
        return []
    found = AgencyMembership.objects.acting(at).filter(
        agency=hold.agency_id, role=DeskRole.LEAD, user__is_active=True
    )  # fmt: skip
    return [row.user for row in found.exclude(user=hold.officer_id).select_related("user").order_by("user_id")]


def readers(hold: "PreservationHold", *, at: datetime) -> list[User]:
    """Return the officer, unless gone, and the followers who may read the hold now; each once.

    A suspended officer is among them: whoever tells something leaves such a one out.
    """
    found = [hold.officer] if officer_stays(hold) else []
    return [*found, *(row.user for row in following(hold, at=at))]
