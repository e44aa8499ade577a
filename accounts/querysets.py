"""Who may see whom: members of agencies, their desks, and what a lead said."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.enums import AgencyStatus
from accounts.permissions import Permission, has_permission

if TYPE_CHECKING:
    from accounts.models import (
        AgencyMembership,  # noqa: F401 - named in the base of a class
        Desk,  # noqa: F401 - the same
        User,
        Vouch,  # noqa: F401 - the same
    )


def may_act(at: datetime, prefix: str = "") -> Q:
    """Members who may act at this moment; prefix: the path to the membership."""
    fresh = Q(**{f"{prefix}verify_again_at": None}) | Q(**{f"{prefix}verify_again_at__gt": at})
    return fresh & Q(
        **{
            f"{prefix}ended_at": None, f"{prefix}approved_at__isnull": False, f"{prefix}suspended_at": None,
            f"{prefix}lapsed_at": None, f"{prefix}agency__status": AgencyStatus.ACTIVE,
        }
    )  # fmt: skip


class MembershipQuerySet(models.QuerySet["AgencyMembership"]):
    """Members by who may see them and what must happen to them."""

    def visible_to(self, user: "User") -> Self:
        """Return what this person may see: a lead the members of the own agency, the desk everybody it let in."""
        approved = self.filter(approved_at__isnull=False)
        if has_permission(user, Permission.SEE_APPLICATIONS):
            return approved
        return approved.filter(agency=_led_by(user), ended_at=None)

    def acting(self, at: datetime) -> Self:
        """Return those who may act at this moment."""
        return self.filter(may_act(at))

    def to_look_at(self, at: datetime) -> Self:
        """Return those whose verification may be due for a reminder or for its end, longest waiting first."""
        live = self.filter(approved_at__isnull=False, ended_at=None, lapsed_at=None, suspended_at=None)
        return live.filter(Q(look_at=None) | Q(look_at__lte=at)).order_by(models.F("look_at").asc(nulls_first=True))


class DeskQuerySet(models.QuerySet["Desk"]):
    """Desks by who may see them."""

    def visible_to(self, user: "User") -> Self:
        """Return a lead's own agency's open desks."""
        return self.filter(agency=_led_by(user), closed_at=None)


class VouchQuerySet(models.QuerySet["Vouch"]):
    """Vouches by who may see them."""

    def visible_to(self, user: "User") -> Self:
        """Return a lead's own ones; the desk reads all."""
        if has_permission(user, Permission.SEE_APPLICATIONS):
            return self.all()
        return self.filter(agency=_led_by(user), made_by=user)


def _led_by(user: "User") -> int:
    """The agency this person leads; no agency has the id 0."""
    member = user.membership if has_permission(user, Permission.LEAD_AGENCY) else None
    return member.agency_id if member is not None else 0
