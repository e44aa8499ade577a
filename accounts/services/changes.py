"""An officer's new address or agency: vetting begins again, and the desk decides after a call as it did the first time.

Another agency: access pauses at once, because whoever left one agency does not work for it for an hour longer. A new
address within the agency's own domains: access stays until the desk decides, and the old address is told.
"""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import notify
from accounts.acting import end_sessions
from accounts.addresses import Judgement, judge
from accounts.enums import (
    AddressChangeStatus,
    AddressVerdict,
    AgencyStatus,
    ApplicationStatus,
    ChangeOf,
    CoolDownReason,
)
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, AddressChange, Agency, AgencyMembership, User
from accounts.services import change_notices, cool_down
from accounts.services.applications import AddressRefused
from accounts.services.limits import Limit, try_once
from accounts.services.people import FROZEN, account_frozen
from accounts.services.staff_rules import LINK_LIFE, NO_RIGHT, hash_of, new_token
from accounts.states import ADDRESS_CHANGE, SYSTEM
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.references import new_reference
from foundation.core.workflow import Workflow

ASKING = Limit("address_change.ask", 5, timedelta(days=1))
CHANGED_AGENCY = "Works for another agency now"
_SAME = ("full_name", "rank", "unit", "badge", "phone", "supervisor_name", "supervisor_contact")
_OTHER = ("full_name", "phone")


@transaction.atomic
def ask(user: User, *, kind: str, email: str, at: datetime | None = None) -> AddressChange:
    """Mail a link to a new official address; for another agency, access pauses now.

    It answers the same whether or not the address is somebody's already. Raises NotAllowed or AddressRefused.
    """
    at = at or timezone.now()
    if kind == ChangeOf.AGENCY:  # users are locked before anything else
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
    member = _member(user)
    if (why_not := refusal(user)) or member is None:
        raise NotAllowed(why_not)
    found = judge(email)
    _refuse_address(user, found, kind, member.agency)
    if not try_once(ASKING, str(user.pk), at=at):
        raise NotAllowed("You asked five times within a day. Go on tomorrow.")
    for old in AddressChange.objects.filter(user=user, status=AddressChangeStatus.ASKED).select_for_update():
        workflow.advance(old, "withdraw", by=user, at=at, token_hash="")
    token, hashed = new_token()
    change = AddressChange.objects.create(
        user=user, kind=kind, old_email=user.email, new_email=found.address, asked_at=at, token_hash=hashed,
        token_expires_at=at + LINK_LIFE,
    )  # fmt: skip
    data = {"kind": kind, "old": user.email, "new": found.address, "verdict": str(found.verdict)}
    record(Event.ADDRESS_CHANGE_ASKED, by=user, obj=change, data=data, at=at)
    if other := User.objects.filter(email=found.address).first():
        notify.address_known(other, at=at)
    else:
        change_notices.confirm(change, token=token, at=at)
    change_notices.asked(change, at=at)
    if kind == ChangeOf.AGENCY:
        _pause(member, at=at)
    return change


def refusal(user: User) -> str:
    """Say why this person cannot give a new address here now, or nothing."""
    if user.is_staff_member:
        return "Staff do not change their address themselves: an administrator invites the new one."
    if account_frozen(user):
        return FROZEN
    member = _member(user)
    if member is None:
        return "You have no access as an officer. Apply with your official address instead."
    if member.agency.status != AgencyStatus.ACTIVE:
        return "Your agency has no access now. Ask it to call us."
    if AccessApplication.objects.filter(user=user).unfinished().exists():
        return "You have an application that is not decided yet. Finish or withdraw it first."
    return ""


def waiting(user: User, *, at: datetime) -> AddressChange | None:
    """Return the new address whose link was sent and not opened yet."""
    rows = AddressChange.objects.filter(user=user, status=AddressChangeStatus.ASKED, token_expires_at__gt=at)
    return rows.order_by("-asked_at").first()


def find_by_token(user: User, uid: UUID, token: str, *, at: datetime | None = None) -> AddressChange | None:
    """Return this person's change whose mailed link this is; None where it is wrong, used or older than a day."""
    rows = AddressChange.objects.filter(
        user=user, uid=uid, status=AddressChangeStatus.ASKED, token_expires_at__gt=at or timezone.now()
    )
    change = rows.first()
    return change if change is not None and constant_time_compare(change.token_hash, hash_of(token)) else None


@transaction.atomic
def confirm(change: AddressChange, *, token: str, by: User, at: datetime | None = None) -> AccessApplication:
    """Begin a new application with the address, filled in with what we hold; the link is used up."""
    at = at or timezone.now()
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    row = find_by_token(by, change.uid, token, at=at)
    if row is None:
        raise TransitionRefused("This link was used already, or it is older than 24 hours.")
    if why_not := refusal(by):
        raise NotAllowed(why_not)
    found = judge(row.new_email)
    try:
        with transaction.atomic():
            application = _application(row, found, at=at)
    except IntegrityError:
        raise NotAllowed("There is an application with this address already.") from None
    workflow.advance(row, "confirm", by=by, at=at, token_hash="", confirmed_at=at, application=application)
    data = {"verdict": str(found.verdict), "change": row.kind}
    record(Event.APPLICATION_STARTED, by=by, obj=application, data=data, at=at)
    return application


def take_address(application: AccessApplication, *, at: datetime) -> None:
    """Make the address of an approved application the officer's, if it was begun for that.

    Called inside the transaction that approves it.

    Sessions end, nothing leaves for a while, and both addresses are told. Raises TransitionRefused where somebody
    else has the address by now.
    """
    user = application.user
    change = AddressChange.objects.filter(application=application, status=AddressChangeStatus.CONFIRMED).first()
    if user is None or change is None:
        return
    old = user.email
    end_sessions(User.objects.filter(pk=user.pk))
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=application.email, email_confirmed_at=at)
    except IntegrityError:
        raise TransitionRefused("Another account has this address by now. Decline, and ask the officer.") from None
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=application.email, verified=True, primary=True)
    user.email = application.email
    facts = {"old": old, "new": user.email, "application": application.reference}
    workflow.advance(change, "use", by=None, at=at, used_at=at, data=facts)
    cool_down.start(user, why=CoolDownReason.ADDRESS, at=at)
    change_notices.used(user, old=old, at=at)


def change_refusal(user: User | None, action: str, change: AddressChange) -> str | None:
    """Say why this person may not do this to the change, or None."""
    if ADDRESS_CHANGE.by_action[action][0].permission == SYSTEM:
        return None if user is None else NO_RIGHT
    return None if user is not None and user.pk == change.user_id else "Only the owner of the account can do this."


workflow = Workflow(ADDRESS_CHANGE, guard=change_refusal)


def _refuse_address(user: User, found: Judgement, kind: str, agency: Agency) -> None:
    if found.refused:
        raise AddressRefused(found.advice)
    if found.address == user.email:
        raise NotAllowed("This is your address already.")
    inside = found.verdict is AddressVerdict.KNOWN_AGENCY and found.agency == agency
    if kind == ChangeOf.ADDRESS and not inside:
        raise NotAllowed(
            f"Our directory does not have this domain for {agency}. If your agency has a new domain, or you work for "
            "another agency, choose the second answer. Access then pauses until we called."
        )
    if kind == ChangeOf.AGENCY and inside:
        raise NotAllowed(f"This is an address of {agency}, where you have access. Choose the first answer.")


def _pause(member: AgencyMembership, *, at: datetime) -> None:
    """End the access to the agency the officer left, until the desk decides about the new one."""
    row = AgencyMembership.objects.select_for_update().get(pk=member.pk)
    if row.lapsed_at is not None:
        return
    AgencyMembership.objects.filter(pk=row.pk).update(lapsed_at=at, lapse_reason=CHANGED_AGENCY)
    approved = AccessApplication.objects.select_for_update().filter(user=row.user_id, status=ApplicationStatus.APPROVED)
    if application := approved.order_by("-decided_at", "-pk").first():
        application_workflow.advance(application, "lapse", by=None, at=at, reason=CHANGED_AGENCY)
    else:
        record(Event.ACCESS_LAPSED, by=None, obj=row, reason=CHANGED_AGENCY, at=at)


def _application(change: AddressChange, found: Judgement, *, at: datetime) -> AccessApplication:
    user, member = change.user, _member(change.user)
    same = change.kind == ChangeOf.ADDRESS and member is not None
    last = AccessApplication.objects.filter(user=user).order_by("-created_at", "-pk").first()
    values = {name: getattr(last, name) for name in (_SAME if same else _OTHER)} if last else {}
    if member is not None:
        own = ("rank", "unit", "badge", "phone") if same else ("phone",)
        values |= {name: getattr(member, name) for name in own}
    agency = member.agency if same and member is not None else None
    if found.verdict is AddressVerdict.KNOWN_AGENCY:
        agency = found.agency
    return AccessApplication.objects.create(
        **(values | {"full_name": user.full_name}), reference=new_reference("AC", at), email=change.new_email,
        user=user, verdict=found.verdict, agency=agency, status=ApplicationStatus.DRAFT, created_at=at,
    )  # fmt: skip


def _member(user: User) -> AgencyMembership | None:
    members = AgencyMembership.objects.select_related("agency").filter(user=user, ended_at=None)
    return members.exclude(approved_at=None).first()
