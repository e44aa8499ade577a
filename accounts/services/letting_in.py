"""What an approval opens: the agency that was proposed, its domain, and the officer's membership."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.addresses import judge, registered_name
from accounts.agencies import matching
from accounts.enums import AddressVerdict, AgencyStatus, ApplicationStatus, DeskRole
from accounts.events import Event
from accounts.guards import personal_refusal
from accounts.models import (
    AccessApplication,
    Agency,
    AgencyDomain,
    AgencyMembership,
    LostFactor,
    Suspension,
    User,
)
from accounts.permissions import Permission, has_permission
from accounts.services import changes, signals
from accounts.services.members import tell_left_behind
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.legal.calendars import zone_of

ACCESS_DAYS = 365
_MOST = 10
_UNDECIDED = frozenset(
    {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.IN_REVIEW,
        ApplicationStatus.AWAITING_APPROVAL,
        # The applicant may not be able to answer: who lost every factor is called first, and that takes a number.
        ApplicationStatus.ACTION_NEEDED,
    }
)


def adopt_refusal(application: AccessApplication, by: User) -> str:
    """Say why this person cannot put the proposed agency into the registry now, or nothing."""
    if application.agency_id is not None:
        return "The agency is in the registry already."
    if application.status not in _UNDECIDED:
        return "This cannot be done any more: the state has changed."
    if not has_permission(by, Permission.MANAGE_AGENCIES):
        return "You do not have the right to do this."
    return personal_refusal(by, application)


@transaction.atomic
def adopt(
    application: AccessApplication, *, by: User, agency: Agency | None = None, at: datetime | None = None
) -> Agency:
    """Put the proposed agency into the registry, or say which entry it is, so that a number can be kept for it.

    A new entry is "proposed" until the first officer is approved. The checks are done again, because they asked about
    another agency. Raises NotAllowed with the reason.
    """
    at = at or timezone.now()
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if refusal := adopt_refusal(row, by):
        raise NotAllowed(refusal)
    if agency is None:
        found = _new_agency(row, by=by, at=at)
    else:
        found = Agency.objects.select_for_update().get(pk=agency.pk)
        if found.merged_into_id is not None:
            raise NotAllowed("This entry was merged into another one. Choose that one.")
        if by.conflicts.filter(agency=found, ended_at=None).exists():
            raise NotAllowed("You declared a conflict with this agency.")
        record(Event.APPLICATION_SAVED, by=by, obj=row, data={"part": "agency", "agency": str(found.uid)}, at=at)
    AccessApplication.objects.filter(pk=row.pk).update(agency=found)
    row.agency = found
    # An applicant who lost every factor meanwhile waits for somebody who can be called.
    LostFactor.objects.open().filter(user=row.user_id, of_staff=False, agency=None).update(agency=found)
    signals.plan(row, at=at)
    return found


def look_alike_entries(application: AccessApplication) -> list[Agency]:
    """Return entries of the registry that the proposed agency may be: the same words, or the same domain."""
    said = application.proposed_agency
    country, name = said.get("country", ""), said.get("name", "").strip()
    known = Agency.objects.filter(merged_into=None)
    own = registered_name(application.email.rpartition("@")[2])
    by_domain = known.filter(domains__domain=own)
    named = known.filter(country=country)
    for word in [w for w in name.split() if len(w) > 3][:4]:
        named = named.filter(name__icontains=word)
    found = {agency.pk: agency for agency in [*by_domain[:5], *(named[:10] if name else [])]}
    return list(found.values())


def entries_for(application: AccessApplication, words: str = "") -> tuple[list[Agency], int]:
    """Return the entries that the proposed agency may be, and how many more hold the words that were searched for.

    What looks like it stands first. The search finds every entry in use, also proposed and suspended ones.
    """
    found = look_alike_entries(application)
    if not words.strip():
        return found, 0
    rows = matching(words).exclude(pk__in=[agency.pk for agency in found])
    more = list(rows.order_by("search_text", "pk")[:_MOST])
    return [*found, *more], rows.count() - len(more)


def open_agency(row: AccessApplication, *, by: User, at: datetime) -> Agency:
    """Return the agency of an application that is being approved: active, with the domain that the call confirmed."""
    agency = row.agency
    if agency is None:
        agency = _new_agency(row, by=by, at=at)
        AccessApplication.objects.filter(pk=row.pk).update(agency=agency)
        row.agency = agency
    if agency.status == AgencyStatus.SUSPENDED:
        raise TransitionRefused("This agency is suspended. Lift that first.")
    if agency.status == AgencyStatus.PROPOSED:
        agency.status = AgencyStatus.ACTIVE
        agency.save(update_fields=["status"])
        record(Event.AGENCY_CHANGED, by=by, obj=agency, data={"status": "active", "application": row.reference}, at=at)
        _keep_domain(row, agency, by=by, at=at)
    return agency


def join(row: AccessApplication, agency: Agency, *, by: User, at: datetime) -> AgencyMembership:
    """Make the applicant an officer of the agency for 12 months; one whose access lapsed has it back."""
    user = row.user
    if user is None:
        raise TransitionRefused("The address was not confirmed.")
    _refuse_suspended(user)
    user.full_name = row.full_name
    user.save(update_fields=["full_name"])
    values: dict[str, Any] = {
        "rank": row.rank, "unit": row.unit, "badge": row.badge, "phone": row.phone, "approved_at": at,
        "lapsed_at": None, "lapse_reason": "", "verify_again_at": at + timedelta(days=ACCESS_DAYS),
        "verification_asked_at": None, "look_at": None,
    }  # fmt: skip
    others = AgencyMembership.objects.filter(user=user, ended_at=None).exclude(agency=agency)
    for other in others:
        record(Event.MEMBERSHIP_ENDED, by=by, obj=other, data={"application": row.reference}, at=at)
    left = [other.agency for other in others.select_related("agency")]
    others.update(ended_at=at, ended_by=by)
    for former in left:
        tell_left_behind(user, former, at=at)
    member, _made = AgencyMembership.objects.update_or_create(
        user=user, agency=agency, ended_at=None, defaults=values, create_defaults={**values, "started_at": at,
        "role": DeskRole.OFFICER},
    )  # fmt: skip
    record(Event.MEMBERSHIP_APPROVED, by=by, obj=member, data={"application": row.reference}, at=at)
    # An officer whose time zone is not known gets that of the agency's country: staff see when they may call.
    User.objects.filter(pk=user.pk, time_zone="UTC").update(time_zone=zone_of(agency.country))
    changes.take_address(row, at=at)
    return member


def _new_agency(row: AccessApplication, *, by: User, at: datetime) -> Agency:
    """Make the agency that the applicant proposed. Its telephone number never enters the directory from here."""
    said = row.proposed_agency
    if not said.get("name"):
        raise TransitionRefused("The application names no agency.")
    agency = Agency.objects.create(
        name=said["name"], country=said.get("country", ""), town=said.get("town", ""), kind=said.get("kind", "other"),
        address=said.get("address", ""), website=said.get("website", ""), status=AgencyStatus.PROPOSED,
        source=f"Proposed in {row.reference}", created_at=at,
    )  # fmt: skip
    record(Event.AGENCY_CREATED, by=by, obj=agency, data={"application": row.reference}, at=at)
    return agency


def _keep_domain(row: AccessApplication, agency: Agency, *, by: User, at: datetime) -> None:
    """Keep the domain that the call-back confirmed with the officer's address, unless it is somebody's already."""
    found = judge(row.email)
    if found.verdict is AddressVerdict.KNOWN_AGENCY:
        return
    source = f"Call-back for {row.reference}"
    entry, made = AgencyDomain.objects.get_or_create(
        domain=found.domain, defaults={"agency": agency, "source": source, "added_at": at, "added_by": by}
    )
    if made:
        record(Event.AGENCY_DOMAIN_ADDED, by=by, obj=agency, data={"domain": entry.domain, "source": source}, at=at)


def _refuse_suspended(user: User) -> None:
    """An approval never lifts a suspension: giving access back has its own call and its own second person."""
    held = AgencyMembership.objects.filter(user=user, ended_at=None, suspended_at__isnull=False)
    if held.exists() or Suspension.objects.filter(officer=user, lifted_at=None).exists():
        raise TransitionRefused("This officer is suspended. Lift that first.")
