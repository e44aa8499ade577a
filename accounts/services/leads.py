"""Leads of agencies: how the desk appoints and ends one, and what a lead says of colleagues."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import judge
from accounts.call_answers import CALL_AGAIN, Heard, newest_first
from accounts.enums import AddressVerdict, CallPurpose, DeskRole, SignalKind
from accounts.events import Event
from accounts.models import (
    AccessApplication,
    Agency,
    AgencyMembership,
    AgencyNumber,
    CallBack,
    User,
    VettingSignal,
    Vouch,
)
from accounts.permissions import Permission, has_permission
from accounts.services import calls
from accounts.services.limits import Limit, try_once
from foundation.audit.trail import entries_for, record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState

VOUCHES = Limit("lead.vouch", 20, timedelta(days=1))
_NO_RIGHT = "You do not have the right to do this."


# Appointed by the desk ------------------------------------------------------------------------------------------------
def call_refusal(member: AgencyMembership, by: User) -> str:
    """Say why this person cannot write down the call about this officer as lead, or nothing."""
    rights = (Permission.REVIEW_APPLICATION, Permission.APPROVE_APPLICATION, Permission.MANAGE_MEMBERS)
    if not any(has_permission(by, right) for right in rights):
        return _NO_RIGHT
    return _stays_away(member, by)


@transaction.atomic
def record_call(
    member: AgencyMembership, *, by: User, number: AgencyNumber | None = None, alternative: str = "",
    spoke_to: str = "", result: str, note: str = "", at: datetime | None = None,
) -> CallBack:  # fmt: skip
    """Write down a call to the agency about this officer as its lead here."""
    if refusal := call_refusal(member, by):
        raise NotAllowed(refusal)
    return calls.record_call(
        by=by, purpose=CallPurpose.LEAD, agency=member.agency, officer=member.user, number=number,
        alternative=alternative, spoke_to=spoke_to, result=result, note=note, at=at,
    )  # fmt: skip


def call_for(member: AgencyMembership, *, at: datetime) -> CallBack | None:
    """Return the call of the last 7 days in which the agency confirmed this officer as lead, not yet ended again."""
    return calls.standing_call(**_about(member), at=at)


def calls_about(member: AgencyMembership, *, at: datetime) -> list[Heard]:
    """Return the calls about this officer as lead here, the newest first; 10 at most."""
    about = _about(member)
    since = about.pop("since")
    purpose, agency, officer = about["purpose"], about["agency"], about["officer"]
    made = CallBack.objects.filter(purpose=purpose, agency=agency, about_user=officer)
    made = made.select_related("number", "called_by").order_by("-called_at", "-pk")[:10]
    moments = [(at - calls.CALL_STANDS, "it is older than 7 days")]
    return newest_first(made, moments=moments if since is None else [*moments, (since, "the lead ended after it")])


def _about(member: AgencyMembership) -> dict[str, Any]:
    """What calls about this officer as lead are found by; an end makes those before it void."""
    ended = entries_for(member).filter(action=Event.LEAD_ENDED).last()
    since = ended.occurred_at if ended is not None else None
    return {"purpose": CallPurpose.LEAD, "agency": member.agency, "officer": member.user, "since": since}


def appoint_refusal(member: AgencyMembership, by: User, *, at: datetime) -> str:
    """Say why this person cannot make the officer a lead now, or nothing."""
    if not has_permission(by, Permission.MANAGE_MEMBERS):
        return _NO_RIGHT
    if refusal := _stays_away(member, by):
        return refusal
    if member.role == DeskRole.LEAD and member.ended_at is None:
        return "This officer is a lead already."
    if not AgencyMembership.objects.acting(at).filter(pk=member.pk).exists():
        return "Only an officer who has access now can be a lead."
    call = call_for(member, at=at)
    if call is None and calls.taken_back(**_about(member), at=at):
        return CALL_AGAIN
    if call is None:
        return "Record a call first in which the agency confirms, within the last 7 days, that this officer leads here."
    if call.called_by_id == by.pk and calls.needs_two(call, at=at):
        return (
            "Somebody else must appoint: you made the call, and it was not to a number that has been in our directory "
            "for 7 days."
        )
    return ""


@transaction.atomic
def appoint(member: AgencyMembership, *, by: User, reason: str, at: datetime | None = None) -> AgencyMembership:
    """Make an officer a lead of the agency; raises NotAllowed with what is missing."""
    at = at or timezone.now()
    _require_reason(reason)
    row = _locked(member)
    if refusal := appoint_refusal(row, by, at=at):
        raise NotAllowed(refusal)
    call = call_for(row, at=at)
    others = _leads_beside(row)
    row.role = DeskRole.LEAD
    row.save(update_fields=["role"])
    record(Event.LEAD_APPOINTED, by=by, obj=row, reason=reason, data={"call": call.pk if call else None}, at=at)
    notify.lead_appointed(row.user, agency=row.agency, others=others, at=at)
    return row


def end_refusal(member: AgencyMembership, by: User) -> str:
    """Say why this person cannot end the officer's being a lead, or nothing."""
    if not has_permission(by, Permission.MANAGE_MEMBERS):
        return _NO_RIGHT
    return _stays_away(member, by)


@transaction.atomic
def end(member: AgencyMembership, *, by: User, reason: str, at: datetime | None = None) -> AgencyMembership:
    """Make a lead an officer like the others; the access stays."""
    at = at or timezone.now()
    _require_reason(reason)
    row = _locked(member)
    if refusal := end_refusal(row, by):
        raise NotAllowed(refusal)
    if row.role != DeskRole.LEAD or row.ended_at is not None:
        raise TransitionRefused("This officer is no lead any more.")
    row.role = DeskRole.OFFICER
    row.save(update_fields=["role"])
    record(Event.LEAD_ENDED, by=by, obj=row, reason=reason, at=at)
    notify.lead_ended(row.user, agency=row.agency, others=_leads_beside(row), at=at)
    return row


def _require_reason(reason: str) -> None:
    if not reason:
        raise Incomplete("Write down why.")


def _locked(member: AgencyMembership) -> AgencyMembership:
    rows: Any = AgencyMembership.objects.select_related("user", "agency").select_for_update(of=("self",))
    found: AgencyMembership = rows.get(pk=member.pk)
    return found


def _stays_away(member: AgencyMembership, by: User) -> str:
    if member.user_id == by.pk:
        return "You cannot decide about yourself."
    if by.conflicts.filter(agency=member.agency_id, ended_at=None).exists():
        return "You declared a conflict with this agency."
    return ""


def _leads_beside(member: AgencyMembership) -> list[User]:
    led = User.objects.filter(
        memberships__agency=member.agency_id, memberships__role=DeskRole.LEAD, memberships__ended_at=None,
        memberships__suspended_at=None,
    )  # fmt: skip
    return list(led.exclude(pk=member.user_id).order_by("pk"))


# Said by a lead -------------------------------------------------------------------------------------------------------
@transaction.atomic
def vouch(*, by: User, email: str, name: str, note: str = "", at: datetime | None = None) -> Vouch:
    """Say that an address of the own agency belongs to a colleague.

    It answers the same whether or not anybody applied with this address: who applied is nothing a lead learns here.
    Raises NotAllowed for an address that is not the agency's, for the own one, and after 20 in a day.
    """
    at = at or timezone.now()
    agency = _agency_led_by(by)
    found = judge(email)
    address = found.address
    if found.verdict is not AddressVerdict.KNOWN_AGENCY or found.agency != agency:
        raise NotAllowed("This is no address of your agency. You can only vouch for addresses with its own domains.")
    if address == by.email:
        raise NotAllowed("You cannot vouch for yourself.")
    if not try_once(VOUCHES, str(by.pk), at=at):
        raise NotAllowed(f"You vouched {VOUCHES.most} times within a day. Go on tomorrow.")
    try:
        with transaction.atomic():
            said = Vouch.objects.create(agency=agency, email=address, name=name, note=note, made_at=at, made_by=by)
    except IntegrityError:
        raise NotAllowed("You vouched for this address already.") from None
    record(Event.COLLEAGUE_VOUCHED, by=by, obj=said, at=at)
    _check_again(address, at=at)
    return said


@transaction.atomic
def withdraw(said: Vouch, *, by: User, at: datetime | None = None) -> Vouch:
    """Take back what one said; once is enough."""
    at = at or timezone.now()
    row = Vouch.objects.select_for_update().get(pk=said.pk)
    if row.made_by_id != by.pk or row.agency_id != _agency_led_by(by).pk:
        raise NotAllowed("Only who vouched takes it back.")
    if row.withdrawn_at is None:
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        record(Event.VOUCH_WITHDRAWN, by=by, obj=row, at=at)
        _check_again(row.email, at=at)
    return row


def _agency_led_by(by: User) -> Agency:
    if not has_permission(by, Permission.LEAD_AGENCY) or by.membership is None:
        raise NotAllowed("Only a lead of an agency can do this.")
    agency: Agency = by.membership.agency
    return agency


def _check_again(address: str, *, at: datetime) -> None:
    """Have the desk's check of vouches done again for an application with this address that is open."""
    waiting = AccessApplication.objects.unfinished().filter(email=address)
    rows = VettingSignal.objects.filter(application__in=waiting, kind=SignalKind.VOUCHED)
    due: dict[str, Any] = {
        "state": JobState.PENDING, "due_at": at, "claimed_until": None, "attempts": 0, "last_error": "",
        "finished_at": None,
    }  # fmt: skip
    for pk in list(rows.select_for_update().values_list("pk", flat=True)):
        VettingSignal.objects.filter(pk=pk).update(**due)
        hurry_on_commit("accounts.run_signal", pk)
