"""Who may do what to a request, a question, a notice and a package: people and objects meet here."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts import cool_down
from accounts.enums import AgencyStatus
from accounts.models import Desk
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import entries_for
from foundation.core.workflow import Machine, Workflow
from requests_app.confirming import (
    call_back_confirmed,
    call_back_refusal,
    is_emergency,
    minimum_confirmed,
    needs_call_back,
    release_refusal,
    supervisor_confirmed,
    wallet_confirmed,
)
from requests_app.enums import (
    OPEN_STATUSES,
    UNPROVEN_CHANNELS,
    WITHOUT_RECORDS,
    Channel,
    LineDecision,
    NoticeStatus,
    OrderRelation,
    ProposalStatus,
    RequestKind,
    RequestStatus,
    TakedownStatus,
)
from requests_app.events import Event
from requests_app.order_rules import day_of, quashed_by
from requests_app.querysets import nobody_named
from requests_app.states import CLARIFICATION, COUNSEL, NOTICE, OWNER, PACKAGE, REQUEST, SYSTEM, TAKEDOWN

# What the agency itself confirmed is asked for here too.
__all__ = [
    "call_back_confirmed",
    "call_back_refusal",
    "is_emergency",
    "minimum_confirmed",
    "needs_call_back",
    "release_refusal",
    "supervisor_confirmed",
    "wallet_confirmed",
]

_NO_RIGHT = "You do not have the right to do this."
_ONLY_SYSTEM = "Only the system does this."
_ONLY_OWNER = "Only the officer who filed it can do this."
# How a takedown notice stands once what was proposed is signed.
_SIGNED_AS = {"comply": TakedownStatus.COMPLIED, "decline": TakedownStatus.DECLINED}
# All that staff still do about a request they recorded themselves, which came outside the portal: stop what leaves.
_OPEN_TO_RECORDER = frozenset({"revoke"})
_WORK = (
    Event.TAKEN,
    Event.MATCHED,
    Event.CHECKED,
    Event.RECOMMENDED,
    Event.LINE_MARKED,
    Event.PROPOSED,
    Event.BAR_CONFIRMED,
    Event.COMPARED,
    Event.MINIMUM_STATED,
)
_SIGNING = frozenset({"grant", "refuse", "redirect", "send_back"})
# What nobody does about an appeal who decided before it.
_DECIDING = _SIGNING | {"propose", "recall"}
# What staff do not do while the officer or the agency is suspended. Taking, handing over, sending back and taking back
# a question stay possible: somebody must look.
_FROZEN = frozenset(
    {
        "propose",
        "grant",
        "refuse",
        "redirect",
        "produce",
        "prepare_again",
        "ask",
        "return_incomplete",
        "go_on_as_ordinary",
        "reopen",
        "narrow",
    }
)

# What puts the request into the hands of its officer: in vain where nobody is named.
_OFFICER_ACTS = frozenset({"ask", "return_incomplete", "go_on_as_ordinary"})


def _right_refusal(user: Any, action: str, machine: Machine, data_request: Any) -> str | None:
    """Check the row's permission: the system, the owner, or staff who may see the request."""
    permission = machine.by_action[action][0].permission
    if permission == SYSTEM:
        return None if user is None else _ONLY_SYSTEM
    if not has_permission(user, permission):
        return _NO_RIGHT
    if permission == OWNER:
        return None if answers_for(user, data_request) else _ONLY_OWNER
    if action == "record" and machine is REQUEST:
        return _record_refusal(user, data_request)
    if not staff_may_see(user, data_request):
        return _NO_RIGHT
    if action not in _OPEN_TO_RECORDER and data_request.recorded_by_id == user.pk:
        return "You recorded this request: other people must decide it."
    return None


def _record_refusal(user: Any, data_request: Any) -> str | None:
    """Say why this person cannot enter a request that came outside the portal, or None."""
    mine = data_request.recorded_by_id == user.pk and data_request.submitted_at is None
    if not mine or data_request.channel == Channel.PORTAL:
        return _NO_RIGHT
    return entering_refusal(user, data_request.provider_id, data_request.agency_id)


def entering_refusal(user: Any, provider_id: int, agency_id: int | None) -> str | None:
    """Say why this person enters nothing that reached this company from this agency, or None."""
    if not has_permission(user, Permission.REVIEW_REQUEST):
        return _NO_RIGHT
    if not user.staff_roles.filter(provider=provider_id, ended_at=None).exists():
        return _NO_RIGHT
    if agency_id and user.conflicts.filter(ended_at=None, agency=agency_id).exists():
        return "You declared a conflict with this agency: a colleague enters what comes from it."
    return None


def answers_for(user: Any, data_request: Any) -> bool:
    """Say whether this person acts as the officer: filed it, or is of the desk it was filed for and may see it.

    Whoever works for another agency by now does not, not even for what they filed.
    """
    if data_request.officer_id == user.pk:
        return user.membership is not None and user.membership.agency_id == data_request.agency_id
    if not data_request.desk_id or data_request.submitted_at is None:
        return False
    at_desk = Desk.objects.filter(pk=data_request.desk_id, closed_at=None, members=user).exists()
    return at_desk and bool(type(data_request).objects.visible_to(user).filter(pk=data_request.pk).exists())


def staff_may_see(user: Any, data_request: Any) -> bool:
    """Say whether this staff member may see this request at all (restricted requests, conflicts, provider)."""
    return bool(type(data_request).objects.visible_to_staff(user).filter(pk=data_request.pk).exists())


def access_in_force(data_request: Any) -> str | None:
    """Say why nothing may leave while the officer or the agency is suspended, or None."""
    officer = data_request.officer
    member = officer.memberships.filter(ended_at=None, agency=data_request.agency_id).first()
    if data_request.agency.status != AgencyStatus.ACTIVE:
        return "The agency is suspended: nothing can be decided or released."
    if member is not None and member.suspended_at is not None:
        return "The officer is suspended: nothing can be decided or released."
    if (member is None or not officer.is_active) and not nobody_named(data_request):
        return "The officer has left: nothing can be decided or released."
    return None


def recipient_refusal(data_request: Any) -> str | None:
    """Say why no records leave for want of somebody who may receive them, or None.

    What came through the portal was sent by a vetted officer. Anything else goes to one who is named; what came by
    mail, post or fax also needs the agency's word, given at its directory number, that it sent this request.
    """
    if data_request.channel == Channel.PORTAL:
        return None
    if data_request.channel == Channel.HISTORY:
        return "It was brought over from earlier lists: nothing is released from it."
    if nobody_named(data_request):
        return "No vetted officer is named yet who receives the records. Name one first."
    if data_request.channel in UNPROVEN_CHANNELS and not call_back_confirmed(data_request):
        return "It came outside the portal: call the agency at its directory number first, and record that it sent it."
    return None


def request_refusal(user: Any, action: str, data_request: Any) -> str | None:
    """Say why user may not do action to this request, or None. The system is user None."""
    if refusal := _right_refusal(user, action, REQUEST, data_request):
        return refusal
    if action in _DECIDING and (refusal := _not_this_person(user, action, data_request)):
        return refusal
    if action == "grant" and (refusal := call_back_refusal(data_request)):
        return refusal
    if action in {"grant", "produce"} and (refusal := quashed_refusal(data_request)):
        return refusal
    if refusal := _kind_refusal(action, data_request):
        return refusal
    if action in _FROZEN:
        return access_in_force(data_request)
    if action == "appeal" and data_request.appealed_at:
        return "This request was appealed before."
    return None


def _kind_refusal(action: str, data_request: Any) -> str | None:
    """Say why this is not done to a request of this kind, whoever does it, or None."""
    if data_request.channel == Channel.HISTORY and data_request.submitted_at is not None:
        return "It was brought over from earlier lists, as it ended there: it can only be read."
    if action in {"answer", "produce"} and (action == "answer") != (data_request.kind in WITHOUT_RECORDS):
        return "This kind of request is not finished in this way."
    if action == "go_on_as_ordinary" and data_request.kind != RequestKind.EMERGENCY:
        return "This request is no emergency."
    if action in _OFFICER_ACTS and nobody_named(data_request):
        return "No officer is named yet who could answer. Write to the agency or call it, or name the officer first."
    return recipient_refusal(data_request) if action == "produce" else None


def _proposed_by(user: Any, data_request: Any) -> bool:
    """Say whether what waits for approval is this person's proposal."""
    return bool(data_request.proposals.filter(status=ProposalStatus.PROPOSED, proposed_by=user).exists())


def _not_this_person(user: Any, action: str, data_request: Any) -> str | None:
    """Say why others decide this: the second signature is another's, an appeal is for other people than before."""
    if action == "recall":
        return None if _proposed_by(user, data_request) else "Only who proposed this takes it back."
    if action in _SIGNING and (refusal := signing_refusal(user, data_request)):
        return refusal
    return decided_before_refusal(user, data_request)


def signing_refusal(user: Any, data_request: Any) -> str | None:
    """Say why this person cannot be the second one, or None."""
    if not data_request.proposals.filter(status=ProposalStatus.PROPOSED).exists():
        return "Nothing waits for approval."
    if user.pk in involved(data_request):
        return "A second person must sign: you worked on this request."
    return cool_down.refusal(user, "approve", at=timezone.now()) or None


def decided_before_refusal(user: Any, data_request: Any) -> str | None:
    """Say why this person cannot decide an appeal, or None: whoever proposed or signed what it is against."""
    if data_request.appealed_at is None:
        return None
    earlier = data_request.proposals.filter(signed_at__lte=data_request.appealed_at)
    if earlier.filter(Q(proposed_by=user) | Q(signed_by=user)).exists():
        return "You decided this request before the officer appealed: other people must decide it now."
    return None


def involved(data_request: Any) -> set[int]:
    """Everybody who did intake, matching, reviewing or proposing: they never sign."""
    people = {data_request.recorded_by_id, data_request.assignee_id}
    people |= set(data_request.assignments.values_list("user_id", flat=True))
    people |= set(data_request.targets.values_list("matched_by_id", flat=True))
    people |= set(type(data_request).objects.filter(pk=data_request.pk).values_list("review__updated_by_id", flat=True))
    people |= set(data_request.non_disclosure_orders.values_list("confirmed_by_id", flat=True))
    people |= set(data_request.proposals.values_list("proposed_by_id", flat=True))
    # Rows name only who did it last; the trail remembers everybody before.
    worked = entries_for(data_request).filter(action__in=_WORK).exclude(actor_id="")
    people |= {int(pk) for pk in worked.values_list("actor_id", flat=True).distinct().order_by()}
    return {pk for pk in people if pk}


def desk_refusal(user: Any, permission: Permission, data_request: Any) -> str | None:
    """Say why this staff member may not use this right on this request, or None."""
    if not has_permission(user, permission) or not staff_may_see(user, data_request):
        return _NO_RIGHT
    if data_request.recorded_by_id == user.pk:
        return "You recorded this request: other people must decide it."
    return None


def review_refusal(user: Any, data_request: Any, permission: Permission = Permission.REVIEW_REQUEST) -> str | None:
    """Say why this person may not change the review (checks, lines, matches) now, or None."""
    if refusal := desk_refusal(user, permission, data_request):
        return refusal
    if data_request.status != RequestStatus.IN_REVIEW:
        return "This request is not in review."
    if refusal := decided_before_refusal(user, data_request):
        return refusal
    return access_in_force(data_request) if permission == Permission.MATCH_ACCOUNTS else None


def assign_refusal(user: Any, data_request: Any, to: Any) -> str | None:
    """Say why this person may not hand this request over to that one, or None."""
    if refusal := desk_refusal(user, Permission.REVIEW_REQUEST, data_request):
        return refusal
    if data_request.status not in OPEN_STATUSES:
        return "This request is closed: nobody works on it any more."
    if desk_refusal(to, Permission.REVIEW_REQUEST, data_request):
        return "This colleague cannot work on this request."
    return None


def clarification_refusal(user: Any, action: str, clarification: Any) -> str | None:
    """Say why user may not do action to this question, or None."""
    return _right_refusal(user, action, CLARIFICATION, clarification.data_request)


def counsel_refusal(user: Any, action: str, referral: Any) -> str | None:
    """Say why user may not do action to this question to counsel, or None. Who asked does not answer."""
    if refusal := _right_refusal(user, action, COUNSEL, referral.data_request):
        return refusal
    if action == "withdraw" and referral.data_request.status == RequestStatus.AWAITING_APPROVAL:
        return "A second person decides now: what was proposed stands as it is."
    if action == "answer" and referral.asked_by_id == user.pk:
        return "You asked this yourself: somebody else answers it."
    if action == "answer" and referral.data_request.recorded_by_id == user.pk:
        return "You recorded this request: other people must decide it."
    return None


def notice_refusal(user: Any, action: str, notice: Any) -> str | None:
    """Say why user may not do action to this notice, or None. A waiver takes two people."""
    if refusal := _right_refusal(user, action, NOTICE, notice.data_request):
        return refusal
    if action == "waive" and notice.waived_by_id in (None, user.pk):
        return "A second person must approve the waiver."
    if action in {"dismiss", "uphold"} and notice.objection_recorded_by_id == user.pk:
        return "You wrote this objection down: a second person decides about it."
    return None


def package_refusal(user: Any, action: str, package: Any) -> str | None:
    """Say why user may not do action to this package, or None."""
    if refusal := _right_refusal(user, action, PACKAGE, package.data_request):
        return refusal
    if action in {"unblock", "change"}:
        return quashed_refusal(package.data_request) or access_in_force(package.data_request)
    if action not in {"release", "reissue"}:
        return None
    if did := had_a_hand_in(user, package):
        return f"A second person must release: you {did}."
    if resting := cool_down.refusal(user, "release records", at=timezone.now()):
        return resting
    if refusal := quashed_refusal(package.data_request):
        return refusal
    if refusal := recipient_refusal(package.data_request):
        return refusal
    return access_in_force(package.data_request) or notices_refusal(package.data_request, package.accounts())


def had_a_hand_in(user: Any, package: Any) -> str:
    """Say what this person did to what is in a package, or nothing."""
    if package.prepared_by_id == user.pk:
        return "prepared it"
    if package.exports.filter(files__taken_out_by=user).exists():
        return "took something out of it"
    return "added a file to it by hand" if package.items.filter(added__added_by=user).exists() else ""


def quashed_refusal(data_request: Any) -> str | None:
    """Say why nothing may be granted or leave under an order that was quashed, or None.

    Only orders that cover a line which tells something count: records, or that there are none. A line that is refused
    needs no order.
    """
    telling = (LineDecision.PRODUCE, LineDecision.NO_RECORDS)
    lines = data_request.lines.filter(decision__in=telling, order_version__isnull=False)
    covering = data_request.orders.filter(pk__in=lines.values("order_version__process"))
    covering = covering.filter(versions__relation=OrderRelation.QUASHED).distinct()
    for process in covering.prefetch_related("versions"):
        if quashed := quashed_by(process.versions.all(), day_of(timezone.now())):
            day = f"{quashed.issued_on:%-d %b %Y}"
            return f"The order {process} was quashed on {day}: nothing under it can be granted or released."
    return None


def notices_refusal(data_request: Any, accounts: Collection[str]) -> str | None:
    """Say why records of these accounts must wait for their holders' notices, or None (settled before release)."""
    notices = {n.account: n for n in data_request.notices.all()}
    for account in sorted(accounts):
        notice = notices.get(account)
        if notice is None:
            return "An account has no decision about its notice yet."
        if notice.status == NoticeStatus.PLANNED and not notice.after_disclosure:
            return "An account holder has not been told yet."
        if notice.status in {NoticeStatus.OBJECTED, NoticeStatus.UPHELD}:
            return "An account holder objected."
    return None


def may_write_notes(user: Any) -> bool:
    """Say whether this person works on requests; an auditor reads notes and writes none."""
    rights = (Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION, Permission.GIVE_ADVICE)
    return any(has_permission(user, right) for right in rights)


def takedown_refusal(user: Any, action: str, notice: Any) -> str | None:
    """Say why user may not do action to this takedown notice, or None. Three people: recorded, proposed, signed."""
    if user is None or not has_permission(user, TAKEDOWN.by_action[action][0].permission):
        return _NO_RIGHT
    if not user.staff_roles.filter(provider=notice.provider_id, ended_at=None).exists():
        return _NO_RIGHT
    declared = user.conflicts.filter(ended_at=None)
    if notice.agency_id and declared.filter(agency=notice.agency_id).exists():
        return _NO_RIGHT
    if notice.recorded_by_id == user.pk:
        return "You recorded this notice: other people must decide it."
    if action == "propose" and notice.assignee_id != user.pk:
        return "Take this notice first: whoever has it proposes what is done."
    if action in {"comply", "decline", "send_back"} and notice.proposed_by_id == user.pk:
        return "You proposed this: a second person must sign it."
    if action in {"comply", "decline"} and notice.proposed != _SIGNED_AS[action]:
        return "What was proposed has changed. Read it again."
    return None


request_workflow = Workflow(REQUEST, guard=request_refusal)
clarification_workflow = Workflow(CLARIFICATION, guard=clarification_refusal)
counsel_workflow = Workflow(COUNSEL, guard=counsel_refusal)
notice_workflow = Workflow(NOTICE, guard=notice_refusal)
package_workflow = Workflow(PACKAGE, guard=package_refusal)
takedown_workflow = Workflow(TAKEDOWN, guard=takedown_refusal)
