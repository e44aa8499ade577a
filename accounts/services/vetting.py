"""The desk's side of an application: take, assign, call back, ask, recommend, decide."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import judge, registered_name
from accounts.enums import (
    AddressVerdict,
    ApplicationStatus,
    AskCode,
    CallBackResult,
    CallPurpose,
    DecisionAct,
    DeclineCode,
    SignalKind,
    SignalOutcome,
)
from accounts.events import Event
from accounts.guards import application_refusal, application_workflow, personal_refusal
from accounts.look_alikes import imitation
from accounts.models import (
    AccessApplication,
    Agency,
    AgencyDomain,
    AgencyNumber,
    ApplicationDecision,
    BlockedDomain,
    CallBack,
    User,
)
from accounts.permissions import Permission, has_permission
from accounts.services import agencies, calls, letting_in, sent_again, signals
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale

# Who read the page within this time may be looking at it still.
LOOKING = timedelta(minutes=10)
_CALLED = frozenset({ApplicationStatus.IN_REVIEW, ApplicationStatus.AWAITING_APPROVAL})
_CALLERS = (Permission.REVIEW_APPLICATION, Permission.APPROVE_APPLICATION)


# Whose it is ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def take(application: AccessApplication, *, by: User, at: datetime | None = None) -> AccessApplication:
    """Take an application that nobody reviews; taking what is mine already changes nothing."""
    row = _locked(application)
    if row.status == ApplicationStatus.IN_REVIEW and row.reviewer_id == by.pk:
        return row
    return application_workflow.advance(row, "take", by=by, at=at, reviewer=by)


@transaction.atomic
def assign(application: AccessApplication, *, to: User, by: User, at: datetime | None = None) -> AccessApplication:
    """Give an application to a colleague who may review it. Raises NotAllowed where that colleague must stay away."""
    row = _locked(application)
    if row.status == ApplicationStatus.IN_REVIEW and row.reviewer_id == to.pk:
        return row
    if refusal := colleague_refusal(row, to):
        raise NotAllowed(refusal)
    return application_workflow.advance(row, "assign", by=by, at=at, reviewer=to, data={"to": to.email})


@transaction.atomic
def hand_back(application: AccessApplication, *, by: User, at: datetime | None = None) -> AccessApplication:
    """Give an application back to the queue, where anybody takes it."""
    return application_workflow.advance(_locked(application), "hand_back", by=by, at=at, reviewer=None)


def colleagues(application: AccessApplication) -> list[User]:
    """Return the people who may review this application, by name."""
    able = User.objects.holding([Permission.REVIEW_APPLICATION]).prefetch_related("staff_roles")
    return [user for user in able.order_by("full_name", "pk") if not colleague_refusal(application, user)]


def colleague_refusal(application: AccessApplication, user: User) -> str:
    """Say why this colleague cannot be given the application, or nothing."""
    if not has_permission(user, Permission.REVIEW_APPLICATION):
        return f"{user.get_full_name()} does not review applications."
    why = personal_refusal(user, application)
    return f"{user.get_full_name()} must stay away from this application." if why else ""


# Decisions ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask(
    application: AccessApplication,
    *,
    by: User,
    text: str,
    code: str = AskCode.OTHER,
    reason: str = "",
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Ask the applicant for more, in `text` that they read; the promise starts anew when they send it."""
    at = at or timezone.now()
    row = _locked(application, seen)
    application_workflow.advance(
        row, "ask", by=by, at=at, reason=reason or text, ask=text, data={"code": str(code)},
        sent_before=sent_again.snapshot(row),
    )  # fmt: skip
    _keep(row, DecisionAct.ASK, by, at, code=code, text=f"{text}\n\n{reason}" if reason else text)
    notify.more_needed(row, at=at)
    return row


@transaction.atomic
def recommend(
    application: AccessApplication, *, by: User, reason: str, seen: str = "", at: datetime | None = None
) -> AccessApplication:
    """Recommend approval to a second person."""
    at = at or timezone.now()
    row = application_workflow.advance(
        _locked(application, seen), "recommend", by=by, at=at, reason=reason, decision_reason=reason,
        recommended_by=by, recommended_at=at, decided_by=None, decided_at=None,
    )  # fmt: skip
    _keep(row, DecisionAct.RECOMMEND, by, at, text=reason)
    return row


@transaction.atomic
def send_back(
    application: AccessApplication, *, by: User, reason: str, seen: str = "", at: datetime | None = None
) -> AccessApplication:
    """Give a recommended application back for more work."""
    at = at or timezone.now()
    row = application_workflow.advance(
        _locked(application, seen), "send_back", by=by, at=at, reason=reason, decision_reason=reason,
        recommended_by=None, recommended_at=None,
    )  # fmt: skip
    _keep(row, DecisionAct.SEND_BACK, by, at, text=reason)
    return row


@transaction.atomic
def approve(
    application: AccessApplication, *, by: User, reason: str, seen: str = "", at: datetime | None = None
) -> AccessApplication:
    """Let the officer in for 12 months: agency, membership and mail come with the decision.

    Out of review this is one person's decision, which the guard allows only where nothing speaks against it; after a
    recommendation it is the second person's.
    """
    at = at or timezone.now()
    row = _locked(application, seen)
    action = "approve" if row.status == ApplicationStatus.AWAITING_APPROVAL else "approve_alone"
    application_workflow.advance(
        row, action, by=by, at=at, reason=reason, decided_by=by, decided_at=at, decision_code="",
        decision_reason=reason or row.decision_reason, **_alone(row),
    )  # fmt: skip
    _keep(row, DecisionAct.APPROVE, by, at, text=reason)
    agency = letting_in.open_agency(row, by=by, at=at)
    letting_in.join(row, agency, by=by, at=at)
    notify.approved(row, at=at)
    return row


@transaction.atomic
def decline(
    application: AccessApplication,
    *,
    by: User,
    reason: str,
    code: str = DeclineCode.OTHER,
    block: bool = False,
    warn: bool = False,
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Decline; code and reason stay with us.

    `block` shuts the applicant's domain out, `warn` tells the agency whose name was used.
    """
    at = at or timezone.now()
    row = _locked(application, seen)
    domain, agency = domain_to_block(row) if block else "", imitated_agency(row) if warn else None
    application_workflow.advance(
        row, "reject", by=by, at=at, reason=reason, decided_by=by, decided_at=at, decision_reason=reason,
        decision_code=code, data={"code": str(code)}, **_alone(row),
    )  # fmt: skip
    _keep(row, DecisionAct.DECLINE, by, at, code=code, text=reason)
    if domain:
        label = DeclineCode(code).label
        agencies.block_domain(domain, reason=str(label), about_reference=row.reference, by=by, at=at)
    if agency is not None:
        agencies.warn_agency(agency, about_reference=row.reference, by=by, at=at)
    signals.plan_alike(row, at=at)
    notify.declined(row, at=at)
    return row


def decisions_for(application: AccessApplication, user: User) -> dict[str, str]:
    """Return each decision this person might make now, with the reason why not ("" where they can)."""
    wanted = {"approve", "approve_alone", "recommend", "send_back", "ask", "reject"}
    here = [t for t in application_workflow.machine.rows if application.status in t.sources and t.action in wanted]
    return {t.action: application_refusal(user, t.action, application) or "" for t in here}


def state_mark(application: AccessApplication) -> str:
    """Return what changes whenever somebody works on the application; a decision is made on the state that was seen."""
    sent = application.submitted_at.isoformat() if application.submitted_at else ""
    counts = application.decisions.count(), application.call_backs.count()
    return f"{application.status}|{sent}|{counts[0]}|{counts[1]}|{application.agency_id or 0}"


def domain_to_block(application: AccessApplication) -> str:
    """Return the applicant's domain if a decline may shut it out: no agency's, no government's, not blocked yet."""
    found = judge(application.email)
    if found.verdict is not AddressVerdict.NOT_RECOGNISED or found.agency is not None:
        return ""
    blocked = BlockedDomain.objects.filter(domain=found.domain, lifted_at=None).exists()
    return "" if blocked else found.domain


def imitated_agency(application: AccessApplication) -> Agency | None:
    """Return the agency whose name was used with an address that is not its own, if we know how to write to it."""
    found = judge(application.email)
    agency = application.agency
    if agency is None or found.agency == agency:
        agency = _looks_like(application, registered_name(found.domain))
    return agency if agency is not None and agency.generic_address else None


def _looks_like(application: AccessApplication, name: str) -> Agency | None:
    """Return the agency that the look-alike check named; asked only where that check failed, for it reads the list."""
    failed = application.signals.filter(kind=SignalKind.LOOK_ALIKE, outcome=SignalOutcome.FAIL)
    if not failed.exists():
        return None
    known = {registered_name(domain): pk for domain, pk in AgencyDomain.objects.values_list("domain", "agency_id")}
    like = imitation(name, known)
    return Agency.objects.filter(pk=known[like[0]]).first() if like else None


# Calls ----------------------------------------------------------------------------------------------------------------
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
    if refusal := _caller_refusal(row, by) or calls.way_refusal(row.agency, number, alternative):
        raise NotAllowed(refusal)
    if result == CallBackResult.CONFIRMED and not spoke_to:
        raise Incomplete("Write down who confirmed the officer.")
    again = row.reverify_started_at is not None
    call, new = calls.store(
        application=row, purpose=CallPurpose.REACTIVATION if again else CallPurpose.FIRST_APPROVAL, number=number,
        alternative=alternative, spoke_to=spoke_to, result=result, note=note, by=by, at=at,
    )  # fmt: skip
    if new:
        record(Event.CALL_BACK_RECORDED, by=by, obj=row, data={"result": result, **calls.way_of(call)}, at=at)
    return call


def usable_numbers(application: AccessApplication) -> list[AgencyNumber]:
    """Return the numbers that may be called about an application."""
    return calls.usable_numbers(application.agency)


def may_call(application: AccessApplication, user: User) -> bool:
    """Say whether this person may write down a call about the application now."""
    return not _caller_refusal(application, user)


# Looks ----------------------------------------------------------------------------------------------------------------
def note_read(application: AccessApplication, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads an application."""
    record(Event.APPLICATION_READ, by=by, obj=application, at=at)


def note_document_seen(application: AccessApplication, *, page: int, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who looks at a page of the identity document."""
    record(Event.IDENTITY_DOCUMENT_VIEWED, by=by, obj=application, data={"page": page}, at=at)


def others_looking(application: AccessApplication, user: User, *, at: datetime) -> list[str]:
    """Return the names of the others who read this application within the last 10 minutes."""
    looks = AuditEvent.objects.filter(
        object_type=application._meta.label_lower, object_id=str(application.pk), action=Event.APPLICATION_READ,
        occurred_at__gt=at - LOOKING,
    )  # fmt: skip
    keys = set(looks.exclude(actor_id=str(user.pk)).values_list("actor_id", flat=True))
    people = User.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()]).order_by("full_name", "pk")
    return [person.get_full_name() for person in people]


def _locked(application: AccessApplication, seen: str = "") -> AccessApplication:
    """Lock the row; where a person decided on a page, what they saw is still true."""
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if seen and seen != state_mark(row):
        raise Stale(
            "Somebody worked on this application after you opened it, so nothing was decided. Read what is new below, "
            "then decide. What you typed is still here."
        )
    return row


def _alone(row: AccessApplication) -> dict[str, None]:
    """Clear the recommendation of an earlier round where this decision does not follow one."""
    waiting = row.status == ApplicationStatus.AWAITING_APPROVAL
    return {} if waiting else {"recommended_by": None, "recommended_at": None}


def _keep(
    row: AccessApplication, act: DecisionAct, by: User, at: datetime, *, code: str = "", text: str = ""
) -> ApplicationDecision:
    return ApplicationDecision.objects.create(application=row, act=act, code=code, text=text, made_at=at, made_by=by)


def _caller_refusal(row: AccessApplication, by: User) -> str:
    if row.status not in _CALLED:
        return "Take the application into review first."
    if not any(has_permission(by, right) for right in _CALLERS):
        return "You do not have the right to do this."
    return personal_refusal(by, row)
