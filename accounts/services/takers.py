"""Who of the desk may take which application, for a whole page at once; the rule itself stands in accounts.guards."""

from collections.abc import Iterable

from django.db.models import F, Q

from accounts.enums import ApplicationStatus
from accounts.guards import DECIDED, personal_refusal
from accounts.models import AccessApplication, ApplicationDecision, DeclaredConflict, User
from accounts.permissions import Permission

NOBODY_REVIEWS = (
    "Nobody here may decide this appeal: it needs a colleague who reviews and has not decided it. Whoever manages "
    "staff can give a colleague that role."
)
NOBODY_APPROVES = (
    "Nobody here may approve this appeal: it needs a second colleague, an approver, who has not decided it. Whoever "
    "manages staff can give a colleague that role."
)
_REVIEWED = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW})


def takers(rows: Iterable[AccessApplication]) -> dict[int, set[int]]:
    """Return for each application (by its key) the keys of the people who may review it; 3 queries, however many.

    Left out are the applicant, those with a conflict, and those who decided about it before its appeal.
    """
    found = list(rows)
    able = set(User.objects.holding([Permission.REVIEW_APPLICATION]).values_list("pk", flat=True))
    before = ApplicationDecision.objects.filter(
        application__in=[row.pk for row in found], act__in=DECIDED, made_at__lt=F("application__appealed_at")
    )
    decided = set(before.values_list("application_id", "made_by_id"))
    about = Q(agency__in={row.agency_id for row in found} - {None}) | Q(
        about_reference__in=[row.reference for row in found]
    )
    conflicts = set(
        DeclaredConflict.objects.filter(about, ended_at=None).values_list("user_id", "agency_id", "about_reference")
    )
    return {
        row.pk: {
            pk for pk in able - {row.user_id}
            if (row.pk, pk) not in decided
            and not any(
                who == pk and ((agency is not None and agency == row.agency_id) or reference == row.reference)
                for who, agency, reference in conflicts
            )
        }
        for row in found
    }  # fmt: skip


def nobody_decides(application: AccessApplication) -> str:
    """Say that this appeal waits for somebody whom the desk does not have, or nothing."""
    if application.appealed_at is None:
        return ""
    if application.status in _REVIEWED and not takers([application])[application.pk]:
        return NOBODY_REVIEWS
    if application.status not in {*_REVIEWED, ApplicationStatus.AWAITING_APPROVAL}:
        return ""
    first = application.recommended_by_id or application.reviewer_id
    able = User.objects.holding([Permission.APPROVE_APPLICATION]).prefetch_related("staff_roles")
    free = (user for user in able if user.pk != first)
    return "" if any(not personal_refusal(user, application) for user in free) else NOBODY_APPROVES
