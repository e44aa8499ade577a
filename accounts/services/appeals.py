"""An appeal against a decline: once, in time, and decided by other people."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.deadlines import access_review
from accounts.enums import ApplicationStatus
from accounts.guards import application_workflow
from accounts.models import AccessApplication, User
from accounts.services import signals
from foundation.core.errors import Incomplete, NotAllowed

# Our policy, not a rule of law. It ends no later than the copy of the identity document is kept, so that whoever
# decides about the appeal sees what the first person saw.
APPEAL_DAYS = 30
SHORTEST, LONGEST = 20, 3000


def appeal_until(application: AccessApplication) -> datetime | None:
    """Return the last moment for an appeal, or None where there was no decline or the appeal is used up."""
    if application.status != ApplicationStatus.REJECTED or application.decided_at is None or application.appealed_at:
        return None
    return application.decided_at + timedelta(days=APPEAL_DAYS)


def refusal(application: AccessApplication, *, at: datetime) -> str:
    """Say why there can be no appeal now, or nothing."""
    if application.status != ApplicationStatus.REJECTED:
        return "Only a declined application can be appealed."
    if application.appealed_at is not None:
        return "You appealed already. You can apply again."
    until = appeal_until(application)
    if until is None or at > until:
        return f"An appeal must come within {APPEAL_DAYS} days. You can apply again."
    newer = AccessApplication.objects.filter(user=application.user_id, created_at__gt=application.created_at)
    return "You applied again already. That application is decided instead." if newer.exists() else ""


@transaction.atomic
def appeal(application: AccessApplication, *, by: User, text: str, at: datetime | None = None) -> AccessApplication:
    """Ask that others than those who declined look again; the promise starts anew and the checks are done again.

    The decision is cleared from the application; who made it, and why, stays in its decisions and in the trail. Raises
    NotAllowed with the reason, Incomplete for a text under 20 or over 3,000 characters.
    """
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=by.pk)  # beginning a new application waits for the same row
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.user_id != by.pk:
        raise NotAllowed("Only the applicant can do this.")
    if why_not := refusal(row, at=at):
        raise NotAllowed(why_not)
    words = text.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise Incomplete(f"Write between {SHORTEST} and {LONGEST} characters.")
    due = access_review(at)
    application_workflow.advance(
        row, "appeal", by=by, at=at, appeal=words, appealed_at=at, submitted_at=at, due_at=due.at, due_rule=due.rule,
        remind_at=due.remind_at, reviewer=None, decided_by=None, decided_at=None, decision_reason="", decision_code="",
        recommended_by=None, recommended_at=None, ask="",
    )  # fmt: skip
    signals.plan(row, at=at)
    notify.appealed(row, at=at)
    return row
