"""The clocks of access: the promise to applicants, and the end of a verification.

The promise is told of here. A verification ends by itself, so reverification.py reminds of it together with its end.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.guards import personal_refusal
from accounts.models import AccessApplication, AgencyMembership, Suspension, User
from accounts.permissions import Permission, has_permission
from accounts.services import clock_notices
from accounts.services.reverification import UNUSED, ends_of
from accounts.services.takers import takers
from foundation.notifications.running_clocks import ShownDeadline, Stage

logger = logging.getLogger(__name__)


def applications() -> QuerySet[AccessApplication]:
    """Return the applications that wait for the desk: while the applicant adds something the clock stands."""
    rows = AccessApplication.objects.waiting().exclude(due_at=None).exclude(submitted_at=None)
    return rows.select_related("agency", "user", "reviewer")


def applications_to_remind() -> QuerySet[AccessApplication]:
    """Return those that were sent before the working day on which the desk is reminded."""
    return applications().filter(remind_at__gt=F("submitted_at"))


def tell_soon(application: AccessApplication, stage: Stage, at: datetime) -> None:
    """Remind who has it in hand, or everybody who may decide, one working day before the promise ends.

    Where nobody swept until it was over, only that is told.
    """
    if application.due_at is not None and application.due_at <= at:
        return
    people = deciders(application)
    if application.status == ApplicationStatus.IN_REVIEW and application.reviewer in people:
        people = [application.reviewer]
    clock_notices.due(application, people, stage="before", told=False, at=at)


def tell(application: AccessApplication, stage: Stage, at: datetime) -> None:
    """Tell everybody who may decide that the promise is broken, a day later also whoever approves; the applicant once.

    Nobody writes to an applicant who is suspended, or whose agency is.
    """
    people = deciders(application)
    if stage.is_after:
        people = list(dict.fromkeys(people + _approvers(application)))
    if not people:
        logger.error("Nobody may decide about application %s, which is overdue", application.reference)
    tells = not _silent(application)
    clock_notices.due(application, people, stage="after" if stage.is_after else "at", told=tells, at=at)
    if tells:
        clock_notices.late(application, at=at)


def deciders(application: AccessApplication) -> list[User]:
    """Return who may take the next step, by key: reviewers, or the second person where one has recommended."""
    if application.status == ApplicationStatus.AWAITING_APPROVAL:
        return [person for person in _approvers(application) if person.pk != application.recommended_by_id]
    able = takers([application])[application.pk]
    return list(User.objects.filter(pk__in=able).order_by("pk"))


def _approvers(application: AccessApplication) -> list[User]:
    able = User.objects.holding([Permission.APPROVE_APPLICATION]).order_by("pk")
    return [person for person in able if not personal_refusal(person, application)]


def _silent(application: AccessApplication) -> bool:
    """Whether the applicant must not be written to now."""
    agency, user = application.agency, application.user
    if agency is not None and agency.status == AgencyStatus.SUSPENDED:
        return True
    if user is None:
        return False
    return not user.is_active or Suspension.objects.in_force().filter(officer=user).exists()


def list_applications(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the applications whose promise ends in this time, for who may see them."""
    if not has_permission(reader, Permission.SEE_APPLICATIONS):
        return
    for row in applications().filter(due_at__gte=since, due_at__lt=until):
        if row.due_at is not None:
            yield ShownDeadline(
                clock="Application",
                due=row.due_at,
                label=row.reference,
                url=reverse("accounts:review", args=[row.reference]),
                team="",
                person=row.reviewer.get_full_name() if row.reviewer else "",
                person_id=row.reviewer_id,
            )


def members() -> QuerySet[AgencyMembership]:
    """Return the officers who have access now: their verification runs down."""
    live = {"approved_at__isnull": False, "ended_at": None, "lapsed_at": None, "suspended_at": None}
    return AgencyMembership.objects.filter(**live, agency__status=AgencyStatus.ACTIVE).select_related("user", "agency")


def list_members(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the officers whose access ends in this time unless they verify again, for who looks after members.

    After its year or for want of use, whichever comes first.
    """
    if not has_permission(reader, Permission.MANAGE_MEMBERS):
        return
    began = since - UNUSED, until - UNUSED
    year = Q(verify_again_at__gte=since, verify_again_at__lt=until)
    unused = Q(user__last_verified_at__gte=began[0], user__last_verified_at__lt=began[1])
    never = Q(user__last_verified_at=None, approved_at__gte=began[0], approved_at__lt=began[1])
    approved = Q(verify_again_at=None, approved_at__lt=until - timedelta(days=365))
    for row in members().filter(year | unused | never | approved).order_by("pk"):
        ends = ends_of(row)
        if since <= ends.first < until:
            yield ShownDeadline(
                clock="Verification",
                due=ends.first,
                label=row.user.get_full_name(),
                url=reverse("accounts:officer", args=[row.pk]),
                team="",
                note="" if ends.first == ends.year else "Not used",
            )
