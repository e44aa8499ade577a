"""Conflicts that staff declare: from then on they keep away from the agency, or from one application or request."""

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from accounts import kept_away
from accounts.enums import ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, Agency, DeclaredConflict, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused

# Whoever may come near a case may say that they must not.
_DECLARERS = (Permission.REVIEW_APPLICATION, Permission.APPROVE_APPLICATION, Permission.SEE_QUEUE)


@transaction.atomic
def declare(
    *,
    by: User,
    reason: str,
    agency: Agency | None = None,
    application: AccessApplication | None = None,
    reference: str = "",
    at: datetime | None = None,
) -> DeclaredConflict:
    """Declare a conflict with an agency, with one application of an agency not in the registry yet, or with a request.

    reference: of the one request that it is about. What this person works on of it goes back to the queue. One that is
    in force already is returned as it is. The reason stays in the row: the trail only says that there is one.
    """
    at = at or timezone.now()
    if not any(has_permission(by, right) for right in _DECLARERS):
        raise NotAllowed("You do not have the right to do this.")
    User.objects.select_for_update().get(pk=by.pk)  # two clicks make one conflict
    agency = agency or (application.agency if application else None)
    about = {"agency": agency} if agency else {"agency": None, "about_reference": reference or _reference(application)}
    if known := DeclaredConflict.objects.filter(user=by, ended_at=None, **about).first():
        return known
    conflict = DeclaredConflict.objects.create(user=by, reason=reason, declared_at=at, **about)
    about_it = agency or application or kept_away.found(reference)
    record(Event.CONFLICT_DECLARED, by=by, obj=about_it or conflict, data={"conflict": conflict.pk}, at=at)
    _let_go(conflict, by=by, at=at)
    kept_away.let_go(conflict, by=by, at=at)
    return conflict


@transaction.atomic
def end(conflict: DeclaredConflict, *, by: User, at: datetime | None = None) -> DeclaredConflict:
    """End a conflict: an approver does, and never the person who declared it. An ended one stays as it is."""
    at = at or timezone.now()
    row = DeclaredConflict.objects.select_for_update().get(pk=conflict.pk)
    if refusal := end_refusal(row, by):
        raise NotAllowed(refusal)
    if row.ended_at is not None:
        raise TransitionRefused("This conflict has ended already.")
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    facts: dict[str, int | str] = {"conflict": row.pk, "of": row.user.email, "about": row.about_reference}
    record(
        Event.CONFLICT_ENDED, by=by, obj=row.agency or kept_away.found(row.about_reference) or row, data=facts, at=at
    )
    return row


def end_refusal(conflict: DeclaredConflict, by: User) -> str:
    """Say why this person cannot end the conflict, or nothing."""
    if conflict.user_id == by.pk:
        return "Another person ends it: an approver, not you."
    return "" if has_permission(by, Permission.APPROVE_APPLICATION) else "You do not have the right to do this."


def visible_to(user: User) -> models.QuerySet[DeclaredConflict]:
    """Return what this person may read: their own conflicts, and for approvers those of everybody, newest first.

    Not those about a request that the approver may not know of.
    """
    rows = DeclaredConflict.objects.select_related("user", "agency").order_by("-declared_at", "-pk")
    if not has_permission(user, Permission.APPROVE_APPLICATION):
        return rows.filter(user=user)
    named = set(rows.exclude(about_reference="").exclude(user=user).values_list("about_reference", flat=True))
    return rows.filter(models.Q(user=user) | ~models.Q(about_reference__in=kept_away.hidden(named, user)))


def _reference(application: AccessApplication | None) -> str:
    if application is None:
        raise TransitionRefused("Say which agency it is about.")
    return application.reference


def _let_go(conflict: DeclaredConflict, *, by: User, at: datetime) -> None:
    about = models.Q(agency=conflict.agency) if conflict.agency_id else models.Q(reference=conflict.about_reference)
    mine = AccessApplication.objects.select_for_update().filter(about, reviewer=by, status=ApplicationStatus.IN_REVIEW)
    for application in mine.order_by("pk"):
        application_workflow.advance(application, "hand_back", by=by, at=at, reviewer=None)
