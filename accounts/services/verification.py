"""An officer verifies again: after access lapsed, within the 30 days before it does, or when we ask for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import judge
from accounts.deadlines import access_review
from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, AgencyMembership, User
from accounts.parts import document_is_in_check, document_problem
from accounts.services import signals
from accounts.services.applications import PERSON, refuse_old_guidelines
from accounts.services.reverification import ends_of
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.references import new_reference
from foundation.documents.models import Document

EARLY = timedelta(days=30)
FIELDS = (*PERSON, "supervisor_name", "supervisor_contact")


def refusal(user: User, *, at: datetime) -> str:
    """Say why this person cannot verify again now, or nothing."""
    return _refusal(_member(user), user, at)


def held(user: User) -> dict[str, str]:
    """Return what we hold of an officer, as the first proposal for the form."""
    member, last = _member(user), _last(user)
    values = {name: getattr(last, name) for name in FIELDS} if last else {}
    if member is not None:
        of_member = {name: getattr(member, name) for name in ("rank", "unit", "badge", "phone")}
        values |= {"full_name": user.full_name} | of_member
    return values


@transaction.atomic
def verify(
    user: User,
    *,
    values: Mapping[str, str],
    document: Document | None = None,
    guidelines: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Send what an officer states anew to the desk, which calls the agency again and decides.

    Who lapsed stays without access until then. Who verifies early keeps access meanwhile: the application that let
    them in is not touched, and the new one extends the membership when it is approved. Raises NotAllowed with the
    reason, Stale where the guidelines changed since the page was drawn, Incomplete for a file that nobody can look at.
    """
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    member = _member(user)
    if (why_not := _refusal(member, user, at)) or member is None:
        raise NotAllowed(why_not)
    if document is not None:
        _refuse_unusable(document, at)
    refuse_old_guidelines(guidelines)
    row = _row(user, member, at)
    for name in FIELDS:
        setattr(row, name, values[name])
    if document is not None:
        row.identity_document, row.document_purged_at = document, None
    row.save(update_fields=[*FIELDS, "identity_document", "document_purged_at"])
    due = access_review(at)
    application_workflow.advance(
        row, "verify_again" if row.status == ApplicationStatus.LAPSED else "submit", by=user, at=at,
        reverify_started_at=at, submitted_at=at, saved_at=at, due_at=due.at, due_rule=due.rule,
        remind_at=due.remind_at, attested_at=at, guidelines_version=settings.GUIDELINES_VERSION, **_UNDECIDED,
    )  # fmt: skip
    signals.plan(row, at=at)
    notify.received(row, at=at)
    return row


def _refuse_unusable(document: Document, at: datetime) -> None:
    if document_is_in_check(document, at=at):
        raise Incomplete("Your file is still being checked. This takes seconds: send again.")
    if problem := document_problem(document):
        raise Incomplete(problem)


_UNDECIDED: dict[str, Any] = {
    "reviewer": None, "recommended_by": None, "recommended_at": None, "decided_by": None, "decided_at": None,
    "decision_reason": "", "decision_code": "", "ask": "", "appeal": "", "appealed_at": None,
}  # fmt: skip


def _member(user: User) -> AgencyMembership | None:
    members = AgencyMembership.objects.select_related("agency", "user").filter(user=user, ended_at=None)
    return members.exclude(approved_at=None).first()


def _last(user: User) -> AccessApplication | None:
    return AccessApplication.objects.filter(user=user).order_by("-created_at", "-pk").first()


def _refusal(member: AgencyMembership | None, user: User, at: datetime) -> str:
    if member is None or user.is_staff_member:
        return "There is nothing to verify: you have no access as an officer."
    if member.suspended_at is not None or member.agency.status != AgencyStatus.ACTIVE:
        return "Your access is suspended. Ask your agency to call us."
    if AccessApplication.objects.filter(user=user).unfinished().exists():
        return "You have an application that is not decided yet."
    asked = member.verification_asked_at is not None and member.verification_asked_at > (member.approved_at or at)
    if member.lapsed_at is None and not asked and ends_of(member).year > at + EARLY:
        return "There is nothing to verify now. We write to you 30 days before."
    return ""


def _row(user: User, member: AgencyMembership, at: datetime) -> AccessApplication:
    """Return the application that lapsed, locked; a new one for who has none, or who verifies early."""
    if member.lapsed_at is not None:
        lapsed = AccessApplication.objects.select_for_update().filter(user=user, status=ApplicationStatus.LAPSED)
        if row := lapsed.filter(agency=member.agency).order_by("-created_at", "-pk").first():
            return row
    row = AccessApplication.objects.create(
        reference=new_reference("AC", at), email=user.email, user=user, agency=member.agency, created_at=at,
        verdict=judge(user.email).verdict, reverify_started_at=at,
        status=ApplicationStatus.LAPSED if member.lapsed_at else ApplicationStatus.DRAFT,
    )  # fmt: skip
    record(Event.APPLICATION_STARTED, by=user, obj=row, data={"verdict": row.verdict}, at=at)
    return row
