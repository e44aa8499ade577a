"""A lost second factor: whoever asks is identified anew, by two people, and a mailbox alone resets nothing (SEC-29).

1. The person asks in a session opened with the password.
2. Officers: somebody calls the agency at its directory number; it confirms the name, and that the officer asks for it.
   Staff: a colleague writes down how they recognised the person.
3. Another person resets: every passkey, app and recovery code goes, every session ends. A link is mailed with which,
   and with the password, a new factor is set up within a day. After that nothing leaves for a while
   (accounts.cool_down).

The mails of each step go to an address that a thief may read: none of them opens anything without the password.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import cool_down
from accounts.acting import end_sessions
from accounts.call_answers import CALL_AGAIN, standing
from accounts.enums import AgencyStatus, CallBackResult, CallPurpose, LostFactorStatus
from accounts.events import Event
from accounts.guards import suspension_refusal
from accounts.models import AccessApplication, Agency, CallBack, LostFactor, RecoveryCode, User
from accounts.permissions import Permission, has_permission
from accounts.services import calls, factors, lost_factor_notices, staff_notices
from accounts.services.limits import Limit, try_once
from accounts.services.staff_rules import ABOUT_YOU, LINK_LIFE, NO_RIGHT, hash_of, new_token, require_reason
from accounts.services.suspensions import Told
from accounts.states import LOST_FACTOR, OWNER
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.workflow import Workflow

ASKING = Limit("lost_factor.ask", 3, timedelta(days=1))
FOUND_AGAIN = "This person showed a second factor after asking: it is not lost. Refuse, and call them."


@transaction.atomic
def ask(user: User, *, reason: str, at: datetime | None = None) -> LostFactor:
    """Ask for a reset. Who has asked already gets the open case; raises NotAllowed after three in a day."""
    at = at or timezone.now()
    reason = require_reason(reason)
    if open_one := open_case(user):
        return open_one
    if why_not := ask_refusal(user, at=at):
        raise NotAllowed(why_not)
    if not try_once(ASKING, str(user.pk), at=at):
        raise NotAllowed("You asked three times within a day. Call us.")
    try:
        with transaction.atomic():
            case = LostFactor.objects.create(
                user=user, of_staff=user.is_staff_member, agency=_agency_of(user), reason=reason, asked_at=at
            )
    except IntegrityError:  # the other one of two clicks
        other: LostFactor = LostFactor.objects.open().get(user=user)
        return other
    record(Event.FACTOR_LOST, by=user, obj=case, reason=reason, data={"staff": case.of_staff}, at=at)
    lost_factor_notices.asked(case, at=at)
    if case.of_staff:
        staff_notices.factor_of_staff(case, state="asked", at=at)
    return case


def ask_refusal(user: User, *, at: datetime) -> str:
    """Say why there is nothing to ask for, or nothing."""
    earlier = waiting_reset(user)
    if earlier is not None and earlier.token_expires_at is not None and earlier.token_expires_at > at:
        return "We sent you a link already. Open it, and set up a new passkey or app."
    if earlier is None and not factors.has_factor(user):
        return "There is nothing to reset: you have no passkey and no app."
    return ""


def open_case(user: User) -> LostFactor | None:
    """Return what this person asked for and nobody decided yet."""
    found: LostFactor | None = LostFactor.objects.open().filter(user=user).first()
    return found


@transaction.atomic
def withdraw(case: LostFactor, *, by: User, at: datetime | None = None) -> LostFactor:
    """Take the question back: it was found again, or somebody else had asked."""
    return workflow.advance(_locked(case), "withdraw", by=by, at=at or timezone.now())


# The first person ----------------------------------------------------------------------------------------------------
@transaction.atomic
def record_call(case: LostFactor, told: Told, *, by: User, at: datetime | None = None) -> CallBack:
    """Write down a call to the officer's agency; one that confirms is the first of the two yeses."""
    at = at or timezone.now()
    row = _locked(case)
    if refusal := workflow.refusal(row, "identify", by):
        raise NotAllowed(refusal)
    if row.of_staff or row.agency is None:
        raise NotAllowed("There is no agency to call: write down how you recognised the person.")
    call = calls.record_call(
        by=by, purpose=CallPurpose.FACTOR_RESET, agency=row.agency, officer=row.user, number=told.number,
        alternative=told.alternative, spoke_to=told.spoke_to.strip(), result=CallBackResult(told.result),
        note=told.note, at=at,
    )  # fmt: skip
    if call.result == CallBackResult.CONFIRMED:
        workflow.advance(
            row, "identify", by=by, at=at, data={"call": call.pk}, call=call, identified_by=by, identified_at=at
        )
    return call


@transaction.atomic
def recognise(case: LostFactor, *, how: str, by: User, at: datetime | None = None) -> LostFactor:
    """Write down how a colleague was recognised: the first of the two yeses about staff."""
    at = at or timezone.now()
    row, how = _locked(case), require_reason(how)
    if not row.of_staff:
        raise NotAllowed("An officer is identified by a call to the agency.")
    return workflow.advance(
        row, "identify", by=by, at=at, reason=how, identified_by=by, identified_at=at, identified_how=how
    )


def application_of(case: LostFactor) -> AccessApplication | None:
    """Return the newest application of the person, which says what agency they named; None where there is none."""
    return AccessApplication.objects.filter(user=case.user_id).order_by("-created_at", "-pk").first()


def calls_of(case: LostFactor) -> QuerySet[CallBack]:
    """Return the calls that were made about this case, newest first."""
    made = CallBack.objects.filter(purpose=CallPurpose.FACTOR_RESET, about_user=case.user, called_at__gte=case.asked_at)
    if case.decided_at is not None:
        made = made.filter(called_at__lte=case.decided_at)
    return made.select_related("number", "called_by").order_by("-called_at")


# The second person ---------------------------------------------------------------------------------------------------
@transaction.atomic
def reset(case: LostFactor, *, reason: str, by: User, at: datetime | None = None) -> LostFactor:
    """Remove every factor and recovery code, end every session, and mail the link to set up a new one.

    As the second person: never who called or recognised, never the person concerned. Raises NotAllowed.
    """
    at = at or timezone.now()
    reason = require_reason(reason)
    end_sessions(User.objects.filter(pk=case.user_id))  # users are locked before anything else
    row = _locked(case)
    if refusal := workflow.refusal(row, "reset", by) or why_not_reset(row, by=by, at=at):
        raise NotAllowed(refusal)
    removed = [str(factor.kind) for factor in factors.factors_of(row.user)]
    for model in factors.MODELS.values():
        model.objects.filter(user=row.user).delete()
    RecoveryCode.objects.filter(user=row.user).delete()
    token, hashed = new_token()
    workflow.advance(
        row, "reset", by=by, at=at, reason=reason, data={"removed": ", ".join(removed), "first": _name(row)},
        decided_by=by, decided_at=at, decision_reason=reason, token_hash=hashed, token_expires_at=at + LINK_LIFE,
    )  # fmt: skip
    lost_factor_notices.was_reset(row, token=token, at=at)
    if row.of_staff:
        staff_notices.factor_of_staff(row, state="reset", at=at)
    return row


@transaction.atomic
def refuse(case: LostFactor, *, reason: str, by: User, at: datetime | None = None) -> LostFactor:
    """Refuse; what the person has goes on working. One person may: it opens nothing."""
    at = at or timezone.now()
    row, reason = _locked(case), require_reason(reason)
    workflow.advance(row, "refuse", by=by, at=at, reason=reason, decided_by=by, decided_at=at, decision_reason=reason)
    lost_factor_notices.refused(row, at=at)
    if row.of_staff:
        staff_notices.factor_of_staff(row, state="refused", at=at)
    return row


def why_not_reset(case: LostFactor, *, by: User, at: datetime) -> str:
    """Say what is in the way of a reset by this person now, or nothing."""
    if case.identified_by_id is None:
        return "Somebody must confirm first who asks."
    if case.identified_by_id == by.pk:
        return "Another person resets: you confirmed who asks."
    if refusal := cool_down.refusal(by, "reset what others sign in with", at=at):
        return refusal
    seen = case.user.last_verified_at
    if seen is not None and seen > case.asked_at:
        return FOUND_AGAIN
    if not case.user.is_active:
        return "This account is closed."
    if case.identified_at is not None and case.identified_at <= at - calls.CALL_STANDS:
        return "Who asks was confirmed more than 7 days ago. Confirm it again."
    return "" if case.of_staff else _not_in_force(case)


# The link ------------------------------------------------------------------------------------------------------------
def find_by_token(uid: UUID, token: str, *, at: datetime | None = None) -> LostFactor | None:
    """Return the reset whose mailed link this is; None where it is wrong, used, replaced or older than a day."""
    rows = LostFactor.objects.filter(
        uid=uid, status=LostFactorStatus.RESET, token_expires_at__gt=at or timezone.now(), user__is_active=True
    )
    case: LostFactor | None = rows.select_related("user").first()
    if case is None or not constant_time_compare(case.token_hash, hash_of(token)):
        return None
    return case if case == waiting_reset(case.user) else None


def note_opened(case: LostFactor, *, at: datetime | None = None) -> None:
    """Leave the event of somebody who opened the link and knew the password."""
    record(Event.LOST_FACTOR_LINK_OPENED, by=case.user, obj=case, at=at)


def waiting_reset(user: User) -> LostFactor | None:
    """Return the reset after which this person has not set up a factor yet: then only its link lets them."""
    rows = LostFactor.objects.filter(user=user, status=LostFactorStatus.RESET)
    newest: LostFactor | None = rows.order_by("-decided_at", "-pk").first()
    return newest


# Looks ---------------------------------------------------------------------------------------------------------------
def note_listed(*, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads the list."""
    record(Event.LOST_FACTORS_LISTED, by=by, at=at)


def note_read(case: LostFactor, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads one case."""
    record(Event.LOST_FACTOR_READ, by=by, obj=case, at=at)


def note_denied(case: LostFactor, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who opened a case that is not theirs to see."""
    record(Event.ACCESS_DENIED, by=by, obj=case, outcome="refused", at=at)


def lost_factor_refusal(user: User | None, action: str, case: LostFactor) -> str | None:
    """Say why this person may not do this to the case, or None."""
    if user is None:
        return NO_RIGHT
    if LOST_FACTOR.by_action[action][0].permission == OWNER:
        return None if user.pk == case.user_id else "Only the owner of the account can do this."
    if user.pk == case.user_id:
        return ABOUT_YOU
    if case.of_staff:
        return None if has_permission(user, Permission.CONFIRM_PEOPLE) else NO_RIGHT
    if action == "reset":
        rights = [Permission.RESTORE_ACCESS]
    else:
        rights = [Permission.REVIEW_APPLICATION, Permission.RESTORE_ACCESS]
    refusals = [suspension_refusal(user, case.agency, right, officer_id=case.user_id) for right in rights]
    return None if "" in refusals else refusals[-1]


workflow = Workflow(LOST_FACTOR, guard=lost_factor_refusal)


def _not_in_force(case: LostFactor) -> str:
    """Say why an officer's factor is not reset now: a suspension is lifted first, and a call is never skipped."""
    call = case.call
    if call is None or call.result != CallBackResult.CONFIRMED or call.called_at < case.asked_at:
        return "A call to the agency must confirm who asks."
    if not standing(calls_of(case)).filter(pk=call.pk).exists():
        return CALL_AGAIN
    members = case.user.memberships.filter(ended_at=None).select_related("agency")
    member = members.first()
    if member is None:
        return ""
    if member.suspended_at is not None or member.agency.status != AgencyStatus.ACTIVE:
        return "The officer or the agency is suspended. Lift that first."
    return ""


def _agency_of(user: User) -> Agency | None:
    """Whom we call about this person: the agency they belong to, else the one they applied for."""
    if user.is_staff_member:
        return None
    member = user.memberships.filter(ended_at=None).select_related("agency").first()
    if member is not None:
        agency: Agency = member.agency
        return agency
    applied = AccessApplication.objects.filter(user=user, agency__isnull=False).select_related("agency")
    last = applied.order_by("-created_at", "-pk").first()
    return last.agency if last else None


def _locked(case: LostFactor) -> LostFactor:
    rows = LostFactor.objects.select_related("user", "agency", "call", "identified_by")
    row: LostFactor = rows.select_for_update(of=("self",)).get(pk=case.pk)
    return row


def _name(case: LostFactor) -> str:
    return case.identified_by.email if case.identified_by else ""
