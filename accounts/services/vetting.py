"""The desk's side of an application: take, call back, ask, recommend, decide."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import judge
from accounts.enums import AddressVerdict, AgencyStatus, ApplicationStatus, CallBackResult, DeskRole
from accounts.events import Event
from accounts.guards import application_refusal, application_workflow
from accounts.models import (
    AccessApplication,
    Agency,
    AgencyDomain,
    AgencyMembership,
    AgencyNumber,
    CallBack,
    User,
)
from accounts.permissions import Permission, has_permission
from accounts.services import calls
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.legal.calendars import zone_of

ACCESS_DAYS = 365
_CALLED = frozenset({ApplicationStatus.IN_REVIEW, ApplicationStatus.AWAITING_APPROVAL})


@transaction.atomic
def take(application: AccessApplication, *, by: User, at: datetime | None = None) -> AccessApplication:
    """Take a new application into review; taking what is mine already changes nothing."""
    row = _locked(application)
    if row.status == ApplicationStatus.IN_REVIEW and row.reviewer_id == by.pk:
        return row
    return application_workflow.advance(row, "take", by=by, at=at, reviewer=by)


@transaction.atomic
def ask(application: AccessApplication, *, by: User, text: str, at: datetime | None = None) -> AccessApplication:
    """Ask the applicant for more; the promise starts anew when they send it."""
    at = at or timezone.now()
    row = _locked(application)
    application_workflow.advance(row, "ask", by=by, at=at, reason=text, ask=text)
    notify.more_needed(row, at=at)
    return row


@transaction.atomic
def recommend(
    application: AccessApplication, *, by: User, reason: str, at: datetime | None = None
) -> AccessApplication:
    """Recommend approval to a second person."""
    at = at or timezone.now()
    return application_workflow.advance(
        _locked(application), "recommend", by=by, at=at, reason=reason, decision_reason=reason, recommended_by=by,
        recommended_at=at,
    )  # fmt: skip


@transaction.atomic
def send_back(
    application: AccessApplication, *, by: User, reason: str, at: datetime | None = None
) -> AccessApplication:
    """Give a recommended application back for more work."""
    return application_workflow.advance(
        _locked(application), "send_back", by=by, at=at, reason=reason, decision_reason=reason, recommended_by=None,
        recommended_at=None,
    )  # fmt: skip


@transaction.atomic
def approve(application: AccessApplication, *, by: User, reason: str, at: datetime | None = None) -> AccessApplication:
    """Let the officer in: agency, membership and mail come with the decision.

    Out of review this is one person's decision, which the guard allows only where nothing speaks against it; after a
    recommendation it is the second person's.
    """
    at = at or timezone.now()
    row = _locked(application)
    action = "approve" if row.status == ApplicationStatus.AWAITING_APPROVAL else "approve_alone"
    application_workflow.advance(
        row, action, by=by, at=at, reason=reason, decided_by=by, decided_at=at,
        decision_reason=reason or row.decision_reason,
    )  # fmt: skip
    agency = row.agency or _agency_of(row, by=by, at=at)
    _activate(agency, row, by=by, at=at)
    _join(row, agency, by=by, at=at)
    _settle(row, agency)
    notify.approved(row, at=at)
    return row


@transaction.atomic
def decline(application: AccessApplication, *, by: User, reason: str, at: datetime | None = None) -> AccessApplication:
    """Decline; the reason stays with us."""
    at = at or timezone.now()
    row = _locked(application)
    application_workflow.advance(
        row, "reject", by=by, at=at, reason=reason, decided_by=by, decided_at=at, decision_reason=reason
    )
    notify.declined(row, at=at)
    return row


@transaction.atomic
def record_call_back(
    application: AccessApplication,
    *,
    by: User,
    number: AgencyNumber | None = None,
    alternative: str = "",
    spoke_to: str,
    result: str,
    note: str = "",
    at: datetime | None = None,
) -> CallBack:
    """Write down a call: to a confirmed number of the directory, or by a listed way where there is none."""
    at = at or timezone.now()
    row = _locked(application)
    if refusal := _call_refusal(row, by, number, alternative):
        raise NotAllowed(refusal)
    if result == CallBackResult.CONFIRMED and not spoke_to:
        raise Incomplete("Write down who confirmed the officer.")
    call = CallBack.objects.create(
        application=row, number=number, alternative=alternative, called_at=at, called_by=by, spoke_to=spoke_to,
        result=result, note=note,
    )  # fmt: skip
    way = {"number": number.number, "source": number.source} if number else {"way": alternative}
    record(Event.CALL_BACK_RECORDED, by=by, obj=row, data={"result": result, **way}, at=at)
    return call


def usable_numbers(application: AccessApplication) -> list[AgencyNumber]:
    """Return the numbers that may be called about an application."""
    return calls.usable_numbers(application.agency)


def may_call(application: AccessApplication, user: User) -> bool:
    """Say whether this person may write down a call about the application now."""
    return not _caller_refusal(application, user)


def note_read(application: AccessApplication, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads an application."""
    record(Event.APPLICATION_READ, by=by, obj=application, at=at)


def note_document_seen(application: AccessApplication, *, page: int, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who looks at a page of the identity document."""
    record(Event.IDENTITY_DOCUMENT_VIEWED, by=by, obj=application, data={"page": page}, at=at)


def decisions_for(application: AccessApplication, user: User) -> dict[str, str]:
    """Return each decision this person might make now, with the reason why not ("" where they can)."""
    wanted = {"approve", "approve_alone", "recommend", "send_back", "ask", "reject"}
    here = [t for t in application_workflow.machine.rows if application.status in t.sources and t.action in wanted]
    return {t.action: application_refusal(user, t.action, application) or "" for t in here}


def _locked(application: AccessApplication) -> AccessApplication:
    return AccessApplication.objects.select_for_update().get(pk=application.pk)


def _caller_refusal(row: AccessApplication, by: User) -> str:
    if row.status not in _CALLED:
        return "Take the application into review first."
    if not any(has_permission(by, right) for right in (Permission.REVIEW_APPLICATION, Permission.APPROVE_APPLICATION)):
        return "You do not have the right to do this."
    if row.user_id == by.pk:
        return "You cannot decide about yourself."
    return ""


def _call_refusal(row: AccessApplication, by: User, number: AgencyNumber | None, alternative: str) -> str:
    return _caller_refusal(row, by) or calls.way_refusal(row.agency, number, alternative)


def _agency_of(row: AccessApplication, *, by: User, at: datetime) -> Agency:
    """Make the agency that the applicant proposed. Its telephone number never enters the directory from here."""
    said = row.proposed_agency
    if not said.get("name"):
        raise TransitionRefused("The application names no agency.")
    agency = Agency.objects.create(
        name=said["name"], country=said.get("country", ""), town=said.get("town", ""), kind=said.get("kind", "other"),
        website=said.get("website", ""), status=AgencyStatus.PROPOSED, created_at=at,
    )  # fmt: skip
    AccessApplication.objects.filter(pk=row.pk).update(agency=agency)
    row.agency = agency
    record(Event.AGENCY_CREATED, by=by, obj=agency, data={"application": row.reference}, at=at)
    return agency


def _activate(agency: Agency, row: AccessApplication, *, by: User, at: datetime) -> None:
    """Open a proposed agency, and keep the domain that the call-back confirmed with the officer's address."""
    if agency.status == AgencyStatus.SUSPENDED:
        raise TransitionRefused("This agency is suspended. Lift that first.")
    if agency.status != AgencyStatus.PROPOSED:
        return
    agency.status = AgencyStatus.ACTIVE
    agency.save(update_fields=["status"])
    found = judge(row.email)
    if found.verdict is not AddressVerdict.KNOWN_AGENCY:
        source = f"Call-back for {row.reference}"
        AgencyDomain.objects.get_or_create(
            domain=found.domain, defaults={"agency": agency, "source": source, "added_at": at}
        )


def _join(row: AccessApplication, agency: Agency, *, by: User, at: datetime) -> AgencyMembership:
    user = row.user
    if user is None:
        raise TransitionRefused("The address was not confirmed.")
    user.full_name = row.full_name
    user.save(update_fields=["full_name"])
    values: dict[str, Any] = {
        "rank": row.rank, "unit": row.unit, "badge": row.badge, "phone": row.phone, "approved_at": at,
        "suspended_at": None, "verify_again_at": at + timedelta(days=ACCESS_DAYS),
    }  # fmt: skip
    AgencyMembership.objects.filter(user=user, ended_at=None).exclude(agency=agency).update(ended_at=at)
    member, _made = AgencyMembership.objects.update_or_create(
        user=user, agency=agency, ended_at=None, defaults=values, create_defaults={**values, "started_at": at,
        "role": DeskRole.OFFICER},
    )  # fmt: skip
    record(Event.MEMBERSHIP_APPROVED, by=by, obj=member, data={"application": row.reference}, at=at)
    return member


def _settle(application: AccessApplication, agency: Agency) -> None:
    """Give an officer whose time zone is not known the one of the agency's country: staff see when they may call."""
    User.objects.filter(applications=application, time_zone="UTC").update(time_zone=zone_of(agency.country))
