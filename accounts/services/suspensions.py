"""Taking access from an officer or a whole agency, and giving it back. Taking is one person's act, giving is two's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import notify, watched
from accounts.acting import end_sessions
from accounts.call_answers import CALL_AGAIN
from accounts.enums import AgencyStatus, ApplicationStatus, CallBackResult, CallPurpose
from accounts.events import Event
from accounts.guards import application_workflow, suspension_refusal
from accounts.models import AccessApplication, Agency, AgencyMembership, AgencyNumber, CallBack, Suspension, User
from accounts.permissions import Permission
from accounts.services import calls, look_back, signals
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused


@dataclass(frozen=True)
class Told:
    """A call as somebody wrote it down: by which number of the directory or other listed way, to whom, what came."""

    result: str
    number: AgencyNumber | None = None
    alternative: str = ""
    spoke_to: str = ""
    note: str = ""


@transaction.atomic
def suspend_agency(agency: Agency, *, told: Told, reason: str, by: User, at: datetime | None = None) -> Suspension:
    """Suspend an agency: its officers are signed out, and none of them acts until it is lifted.

    What an officer is just committing is waited for and stands in the look-back; what comes later is undone. Raises
    TransitionRefused where the agency is suspended already or nobody acts for it, NotAllowed without the right.
    """
    at = at or timezone.now()
    officers = User.objects.filter(memberships__agency=agency, memberships__ended_at=None)
    ended = end_sessions(officers)
    row = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if refusal := suspension_refusal(by, row, Permission.SUSPEND_ACCESS):
        raise NotAllowed(refusal)
    _require_none(Suspension.objects.filter(agency=row), "This agency")
    if row.status not in {AgencyStatus.ACTIVE, AgencyStatus.SUSPENDED}:
        raise TransitionRefused("Nobody acts for this agency: there is nothing to suspend.")
    row.status = AgencyStatus.SUSPENDED
    row.save(update_fields=["status"])
    suspension = _begin(told, agency=row, of_agency=True, reason=reason, by=by, at=at)
    listed = look_back.collect(suspension, officers)
    facts: dict[str, JSON] = {"suspension": str(suspension.uid), "officers": ended, "look_back": listed}
    record(Event.AGENCY_SUSPENDED, by=by, obj=row, reason=suspension.reason, data=facts, at=at)
    for officer in officers.order_by("pk"):
        notify.suspended(officer, at=at)
    restorers = User.objects.holding([Permission.RESTORE_ACCESS]).exclude(pk=by.pk).order_by("pk")
    notify.agency_suspended(suspension, people=restorers, at=at)
    return suspension


@transaction.atomic
def suspend_officer(officer: User, *, told: Told, reason: str, by: User, at: datetime | None = None) -> Suspension:
    """Suspend one officer: every session ends with this transaction, and no new one is an officer's.

    Raises TransitionRefused for somebody who belongs to no agency or is suspended already, NotAllowed for staff.
    """
    at = at or timezone.now()
    end_sessions(User.objects.filter(pk=officer.pk))
    member = _membership(officer)
    if member is None:
        raise TransitionRefused("This person belongs to no agency.")
    if refusal := suspension_refusal(by, member.agency, Permission.SUSPEND_ACCESS, officer_id=officer.pk):
        raise NotAllowed(refusal)
    if officer.is_staff_member:
        raise NotAllowed("Staff are not suspended here: end their roles instead.")
    _require_none(Suspension.objects.filter(officer=officer), "This officer")
    AgencyMembership.objects.filter(pk=member.pk).update(suspended_at=at)
    suspension = _begin(told, agency=member.agency, officer=officer, reason=reason, by=by, at=at)
    facts: dict[str, JSON] = {"suspension": str(suspension.uid), "look_back": look_back.collect(suspension, [officer])}
    approved = _application(officer, ApplicationStatus.APPROVED)
    if approved is not None:
        application_workflow.advance(approved, "suspend", by=by, at=at, reason=suspension.reason, data=facts)
        signals.plan_alike(approved, at=at)  # whoever applies with the same phone or card is seen in another light
    else:
        record(Event.ACCESS_SUSPENDED, by=by, obj=member, reason=suspension.reason, data=facts, at=at)
    notify.suspended(officer, at=at)
    return suspension


@transaction.atomic
def record_return_call(suspension: Suspension, told: Told, *, by: User, at: datetime | None = None) -> CallBack:
    """Write down a call that asks whether access may be given back."""
    row = _locked(suspension)
    agency = _agency_of(row)
    if refusal := suspension_refusal(by, agency, Permission.SUSPEND_ACCESS, officer_id=row.officer_id):
        raise NotAllowed(refusal)
    if row.lifted_at is not None:
        raise TransitionRefused("Access was given back already.")
    return _call(CallPurpose.REACTIVATION, told, agency=agency, officer=row.officer, by=by, at=at)


@transaction.atomic
def lift(suspension: Suspension, *, reason: str, by: User, at: datetime | None = None) -> Suspension:
    """Give access back, as another person than who took it, after a call and the whole look-back.

    Sessions stay ended. Officers of an agency who are suspended themselves stay so. Raises NotAllowed or
    TransitionRefused with everything that is in the way.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why access is given back.")
    if suspension.officer_id:  # the order of locks: users first
        User.objects.select_for_update(no_key=True).get(pk=suspension.officer_id)
    row = _locked(suspension)
    if row.lifted_at is not None:
        raise TransitionRefused("Access was given back already.")
    if reasons := why_not_lifted(row, by=by, at=at):
        raise NotAllowed(" ".join(reasons))
    row.lifted_at, row.lifted_by, row.lift_reason = at, by, reason.strip()
    row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    if row.officer is not None:
        _lift_officer(row, row.officer, by=by, at=at)
    else:
        _lift_agency(row, by=by, at=at)
    return row


def why_not_lifted(suspension: Suspension, *, by: User, at: datetime) -> list[str]:
    """Return everything that keeps this person from giving access back now, in sentences; nothing where they may."""
    agency = _agency_of(suspension)
    found = [suspension_refusal(by, agency, Permission.RESTORE_ACCESS, officer_id=suspension.officer_id)]
    if suspension.suspended_by_id == by.pk:
        found.append("Another person gives access back: you suspended it.")
    call = return_call(suspension, at=at)
    if call is None and calls.taken_back(**_return_of(suspension), at=at):
        found.append(CALL_AGAIN)
    elif call is None:
        found.append("Record a call of the last 7 days, after the suspension, in which the agency confirmed it.")
    elif calls.needs_two(call, at=at) and call.called_by_id == by.pk:
        found.append("Another person gives access back: you made the call, and not to a number we have known for long.")
    left = look_back.progress(suspension).left
    if left:
        found.append(f"Look at every act first: {left} {'is' if left == 1 else 'are'} left.")
    return [reason for reason in found if reason]


def return_call(suspension: Suspension, *, at: datetime) -> CallBack | None:
    """Return the call that confirmed that access may be given back: after the suspension, not older than 7 days."""
    return calls.standing_call(**_return_of(suspension), at=at)


def _return_of(suspension: Suspension) -> dict[str, Any]:
    """What calls about giving this access back are found by."""
    return {
        "purpose": CallPurpose.REACTIVATION, "agency": _agency_of(suspension), "officer": suspension.officer,
        "since": suspension.suspended_at,
    }  # fmt: skip


def return_calls(suspension: Suspension) -> QuerySet[CallBack]:
    """Return the calls since the suspension that asked whether access may be given back, newest first."""
    made = CallBack.objects.filter(
        purpose=CallPurpose.REACTIVATION, agency=suspension.subject_agency, about_user=suspension.officer,
        called_at__gt=suspension.suspended_at,
    )  # fmt: skip
    if suspension.lifted_at is not None:
        made = made.filter(called_at__lte=suspension.lifted_at)
    return made.select_related("number", "called_by").order_by("-called_at")


def consequences(*, agency: Agency | None = None, officer: User | None = None, at: datetime) -> list[str]:
    """Say in sentences what a suspension would do now: who loses access, what stops, what goes on."""
    rows = User.objects.filter(memberships__ended_at=None)
    people = rows.filter(memberships__agency=agency) if agency else rows.filter(pk=officer.pk if officer else 0)
    since = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    # Who is suspended or lapsed already has no access to lose, but may have a session.
    total = AgencyMembership.objects.acting(at).filter(user__in=people, user__is_active=True).count()
    recent = people.filter(last_login__gte=since).count()
    hours = settings.SESSION_COOKIE_AGE // 3600
    lose = f"{total} officers lose access" if total != 1 else "1 officer loses access"
    return [
        f"{lose if total else 'Nobody has access now'}, and every session ends. What is just being sent is not saved.",
        f"Signed in during the last {hours} hours: {recent}.",
        *watched.effects(agency=agency, officer=officer),
    ]


def not_in_force(*, agency_id: int, officer_id: int) -> str:
    """Say that the agency or the officer is suspended, in the words of the freeze, or nothing. For reading."""
    agency = Agency.objects.filter(pk=agency_id).values_list("status").first()
    mine = AgencyMembership.objects.filter(user_id=officer_id, ended_at=None, user__is_active=True)
    return _freeze(agency, mine.values_list("suspended_at").first())


def hold_in_force(*, agency_id: int, officer_id: int) -> str:
    """Say the same for somebody who decides, and keep it so until the transaction ends.

    A suspension waits for the rows this shares. Never call it for the person who acts: their own request locks their
    row of users first, and whoever suspends does so before it comes to these.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM accounts_agency WHERE id = %s FOR SHARE", [agency_id])
        agency = cursor.fetchone()
        cursor.execute(
            "SELECT suspended_at FROM accounts_agencymembership WHERE user_id = %s AND ended_at IS NULL FOR SHARE",
            [officer_id],
        )
        member = cursor.fetchone()
    return _freeze(agency, member)


def _freeze(agency: tuple[str] | None, member: tuple[datetime | None] | None) -> str:
    if agency is None or agency[0] != AgencyStatus.ACTIVE:
        return "The agency is suspended: nothing can be decided or released."
    if member is None:
        return "The officer has left: nothing can be decided or released."
    if member[0] is not None:
        return "The officer is suspended: nothing can be decided or released."
    return ""


def _begin(
    told: Told, *, agency: Agency, officer: User | None = None, of_agency: bool = False, reason: str, by: User,
    at: datetime,
) -> Suspension:  # fmt: skip
    """Write the call and the suspension that rests on it."""
    if not reason.strip():
        raise Incomplete("Write why access is suspended.")
    call = _call(CallPurpose.SUSPENSION, told, agency=agency, officer=officer, by=by, at=at)
    return Suspension.objects.create(
        agency=agency if of_agency else None, officer=officer, reason=reason.strip(), suspended_at=at, suspended_by=by,
        call=call,
    )  # fmt: skip


def _call(
    purpose: CallPurpose, told: Told, *, agency: Agency, officer: User | None, by: User, at: datetime | None
) -> CallBack:
    return calls.record_call(
        by=by, purpose=purpose, agency=agency, officer=officer, number=told.number, alternative=told.alternative,
        spoke_to=told.spoke_to.strip(), result=CallBackResult(told.result), note=told.note, at=at,
    )  # fmt: skip


def _require_none(known: QuerySet[Suspension], who: str) -> None:
    found = known.filter(lifted_at=None).select_related("suspended_by").first()
    if found is not None:
        raise TransitionRefused(f"{who} is suspended already, by {found.suspended_by.get_full_name()}.")


def _locked(suspension: Suspension) -> Suspension:
    """Return the suspension as it stands now, locked after the agency or the membership it is about."""
    if suspension.agency_id:
        Agency.objects.select_for_update(no_key=True).get(pk=suspension.agency_id)
    rows = Suspension.objects.select_related("agency", "officer", "call__agency", "suspended_by")
    row: Suspension = rows.select_for_update(of=("self",)).get(pk=suspension.pk)
    return row


def _agency_of(suspension: Suspension) -> Agency:
    agency = suspension.subject_agency
    if agency is None:
        raise TransitionRefused("No agency can be called about this suspension.")
    return agency


def _membership(officer: User) -> AgencyMembership | None:
    rows = AgencyMembership.objects.select_for_update(of=("self",), no_key=True).select_related("agency")
    member: AgencyMembership | None = rows.filter(user=officer, ended_at=None).first()
    return member


def _application(officer: User, status: ApplicationStatus) -> AccessApplication | None:
    rows = AccessApplication.objects.select_for_update().filter(user=officer, status=status)
    return rows.order_by("-pk").first()


def _lift_officer(row: Suspension, officer: User, *, by: User, at: datetime) -> None:
    member = _membership(officer)
    if member is not None:
        AgencyMembership.objects.filter(pk=member.pk).update(suspended_at=None)
    facts: dict[str, JSON] = {"suspension": str(row.uid)}
    suspended = _application(officer, ApplicationStatus.SUSPENDED)
    if suspended is not None:
        application_workflow.advance(suspended, "lift", by=by, at=at, reason=row.lift_reason, data=facts)
    else:
        record(Event.SUSPENSION_LIFTED, by=by, obj=member or officer, reason=row.lift_reason, data=facts, at=at)
    if member is not None and member.agency.status == AgencyStatus.ACTIVE:
        notify.access_restored(officer, at=at)


def _lift_agency(row: Suspension, *, by: User, at: datetime) -> None:
    Agency.objects.filter(pk=_agency_of(row).pk).update(status=AgencyStatus.ACTIVE)
    facts: dict[str, JSON] = {"suspension": str(row.uid)}
    record(Event.AGENCY_SUSPENSION_LIFTED, by=by, obj=row.agency, reason=row.lift_reason, data=facts, at=at)
    here = User.objects.filter(
        memberships__agency=row.agency, memberships__ended_at=None, memberships__suspended_at=None, is_active=True
    )
    for officer in here.order_by("pk"):
        notify.access_restored(officer, at=at)
