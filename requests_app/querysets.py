"""Who sees which request."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.enums import AgencyStatus, DeskRole
from accounts.models import AgencyAddressee, AgencyMembership, Desk
from accounts.permissions import Permission
from requests_app.enums import OPEN_STATUSES, Channel, FollowerStatus, RequestStatus

if TYPE_CHECKING:
    from accounts.models import User


def frozen(prefix: str = "") -> Q:
    """Requests about which nothing leaves or is decided: suspended, or left behind; prefix: the path to the request."""
    in_force = AgencyMembership.objects.filter(
        **_in_the_agency(prefix), ended_at=None, suspended_at=None, user__is_active=True
    )
    nobody = Q(~Exists(in_force)) & Q(~Exists(_addressee(prefix)))
    return ~Q(**{f"{prefix}agency__status": AgencyStatus.ACTIVE}) | nobody


def suspended(prefix: str = "") -> Q:
    """Requests that wait: the agency or the officer is suspended, which ends one day. Their clocks urge nobody."""
    member = AgencyMembership.objects.filter(**_in_the_agency(prefix), ended_at=None, suspended_at__isnull=False)
    return ~Q(**{f"{prefix}agency__status": AgencyStatus.ACTIVE}) | Q(Exists(member))


def left_behind(prefix: str = "") -> Q:
    """Requests whose officer has left or has no account in force: for good, so their clocks run on."""
    member = AgencyMembership.objects.filter(**_in_the_agency(prefix), ended_at=None, user__is_active=True)
    return Q(~Exists(member)) & Q(~Exists(_addressee(prefix)))


def nobody_named(data_request: Any) -> bool:
    """Say whether only the agency stands where the officer would: it came outside the portal, and waits for a name."""
    if data_request.channel == Channel.PORTAL:
        return False
    return AgencyAddressee.objects.filter(user=data_request.officer_id).exists()


def answered_once() -> Q:
    """Requests that were answered, and prepare records anew because the officer asks for them: no answer is owed."""
    return Q(status=RequestStatus.GRANTED, produced_at__isnull=False)


def _in_the_agency(prefix: str) -> dict[str, OuterRef]:
    """Name the officer's membership of the agency that asked: one of another agency, joined since, opens nothing."""
    return {"user": OuterRef(f"{prefix}officer"), "agency": OuterRef(f"{prefix}agency")}


def _addressee(prefix: str) -> "models.QuerySet[AgencyAddressee]":
    """Requests that came outside the portal, of which no officer is named yet: the agency itself stands there."""
    return AgencyAddressee.objects.filter(user=OuterRef(f"{prefix}officer"))


def _not_taken(at: datetime) -> Q:
    """Requests that nobody looked at, emergencies that nobody took, in time."""
    return Q(status=RequestStatus.SUBMITTED, first_look_due_at__lt=at)


class DataRequestQuerySet(models.QuerySet[Any]):
    """Scopes of requests; views start from visible_to or visible_to_staff, never from all()."""

    def visible_to(self, user: "User") -> "DataRequestQuerySet":
        """Requests an officer may see: own, followed, of the own desk, and as agency lead the agency's.

        Of others only what was sent, and nothing restricted: that the officer shares with named readers alone. All of
        it is the agency's: an officer who joined another one leaves it behind, also what they filed themselves.
        """
        if not user.is_officer or user.membership is None:
            return self.none()
        agency = user.membership.agency
        # Rows of before the column name no agency: they were all of colleagues.
        where_named = Q(agency=agency) | Q(agency=None, data_request__agency=agency)
        followed = self.model.followers.rel.related_model.objects.filter(
            where_named, data_request=OuterRef("pk"), user=user, status=FollowerStatus.ACTIVE
        )
        theirs = Q(Exists(followed))
        theirs |= Q(desk__in=Desk.objects.filter(agency=agency, closed_at=None, members=user), agency=agency)
        readers = self.model.named_readers.through.objects
        named = readers.filter(datarequest_id=OuterRef("pk"), user_id=user.pk)
        mine = Q(officer=user, agency=agency)
        mine |= Q(theirs & (Q(restricted=False) | Q(Exists(named))), submitted_at__isnull=False)
        if user.membership.role == DeskRole.LEAD:
            mine |= Q(agency=agency, restricted=False, submitted_at__isnull=False)
        return self.filter(mine)

    def visible_to_staff(self, user: "User") -> "DataRequestQuerySet":
        """Requests staff may see: submitted ones of their providers; restricted ones only as a named reader.

        Who declared a conflict sees neither the agency's requests nor the one named.
        """
        if Permission.SEE_QUEUE not in user.permissions:
            return self.none()
        readers = self.model.named_readers.through.objects
        named = readers.filter(datarequest_id=OuterRef("pk"), user_id=user.pk)
        return self._at_providers_of(user).filter(Q(restricted=False) | Exists(named))

    def told_to_staff(self, user: "User") -> "DataRequestQuerySet":
        """Requests of which this member of staff may know that they are there: how many, and since when, no more.

        Those they may see; for somebody without the right to see any, those of their providers that are not restricted
        and of no agency or reference they declared a conflict with.
        """
        if Permission.SEE_QUEUE in user.permissions:
            return self.visible_to_staff(user)
        return self._at_providers_of(user).filter(restricted=False)

    def _at_providers_of(self, user: "User") -> "DataRequestQuerySet":
        """Requests that were sent to the companies this person works for, without those of declared conflicts."""
        providers = user.staff_roles.filter(ended_at=None).values("provider")
        conflicts = user.conflicts.filter(ended_at=None)
        return (
            self.filter(provider__in=providers, submitted_at__isnull=False)
            .exclude(status=RequestStatus.DRAFT)
            .exclude(agency__in=conflicts.filter(agency__isnull=False).values("agency"))
            .exclude(reference__in=conflicts.exclude(about_reference="").values("about_reference"))
        )

    def open(self) -> "DataRequestQuerySet":
        """Requests somebody still has to work on."""
        return self.filter(status__in=OPEN_STATUSES)

    def overdue(self, at: datetime) -> "DataRequestQuerySet":
        """Open requests of which something is late: the answer, or that somebody looks at it or takes it."""
        return (
            self.open().exclude(answered_once()).filter(Q(deadline_at__lt=at, clock_stopped_at=None) | _not_taken(at))
        )

    def answer_overdue(self, at: datetime) -> "DataRequestQuerySet":
        """Open requests whose answer is late and whose clock is not stopped."""
        return self.open().exclude(answered_once()).filter(deadline_at__lt=at, clock_stopped_at=None)
