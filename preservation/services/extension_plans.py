"""Extensions to decide, each with the end it would give: what staff read before they decide one or several."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import cool_down
from accounts.enums import AgencyStatus
from accounts.models import User
from accounts.permissions import Permission, has_permission
from preservation.enums import ExtensionStatus
from preservation.models import HoldExtension, PreservationHold
from preservation.permissions import suspended_words
from preservation.services.extension_offers import Offer, copies_are_going, of_rule, unread

_OWN = "You asked for it yourself: somebody else decides."
_GOING = "Its copies are being deleted already."


@dataclass(frozen=True)
class Planned:
    """An extension that waits, the end it would give, and why it cannot be granted; `refusal` is empty if it can."""

    extension: HoldExtension
    offer: Offer
    refusal: str

    @property
    def hold(self) -> PreservationHold:
        """The hold it would extend."""
        return self.offer.hold


def planned(uids: Iterable[UUID], *, by: User, at: datetime) -> list[Planned]:
    """Return those of these extensions that still wait and that this person may see, the soonest end first.

    As many questions to the database for one as for many, but for suspended officers and late requests. Nothing is
    decided; the verbs ask again, of the row they have locked.
    """
    visible = PreservationHold.objects.visible_to_staff(by)
    found = HoldExtension.objects.filter(
        uid__in=list(uids), status=ExtensionStatus.REQUESTED, hold__in=visible.values("pk")
    )
    beside = ("hold__provider", "hold__officer", "hold__agency", "hold__process_type", "document", "requested_by")
    rows = list(
        found.select_related(*beside).prefetch_related("hold__extensions").order_by("hold__expires_at", "hold_id")
    )
    gone = _suspended(rows)
    return [_planned(row, by, at, asked_about=row.hold.officer_id in gone or not _active(row.hold)) for row in rows]


def refusal(user: User, at: datetime) -> str:
    """Say why this person decides nothing now, whatever it is about, or nothing."""
    if not has_permission(user, Permission.DECIDE_HOLDS):
        return "You do not have the right to do this."
    return cool_down.refusal(user, "decide about holds", at=at)


def _planned(row: HoldExtension, by: User, at: datetime, *, asked_about: bool) -> Planned:
    hold: Any = row.hold
    granted = sum(each.status == ExtensionStatus.GRANTED for each in hold.extensions.all())
    offer = of_rule(hold, granted, at)
    why = _OWN if row.requested_by_id == by.pk else offer.refusal or unread(row)
    if not why and asked_about:
        why = suspended_words(hold) or ""
    if not why and row.late and copies_are_going(hold):
        why = _GOING
    return Planned(row, offer, why)


def _suspended(rows: list[HoldExtension]) -> set[int]:
    """Return the officers among them whose access is suspended."""
    officers = User.objects.filter(
        pk__in=[row.hold.officer_id for row in rows],
        memberships__ended_at=None,
        memberships__suspended_at__isnull=False,
    )
    return set(officers.values_list("pk", flat=True))


def _active(hold: Any) -> bool:
    return bool(hold.agency.status == AgencyStatus.ACTIVE)
