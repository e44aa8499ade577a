"""Every machine of requests: every state, every action, every person, against a table written by hand.

The table is not read from the code: what it says is what design and law want, and the code must agree with it.
"""

from copy import copy
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from requests_app import permissions
from requests_app.enums import NoticeStatus
from requests_app.models import Clarification, CounselReferral, DisclosurePackage, TakedownNotice, UserNotice
from requests_app.states import MACHINES
from tests.factories import clean_pdf, request_at
from tests.people import make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

# What each person may do, whatever the state: the hand-written expectation. "involved" holds the roles of an analyst
# and of an approver, and proposed, prepared and asked for the waiver.
REVIEWERS = {"analyst", "involved"}
SIGNERS = {"approver"}
RELEASERS = {"approver", "involved"}
NOBODY_BUT_THE_SYSTEM = {"system"}

REQUEST = {
    "submit": ({"draft": "submitted"}, {"owner"}),
    # Only what came outside the portal and this person enters: tests/requests_app/channels.
    "record": ({}, REVIEWERS),
    "withdraw": ({"draft": "withdrawn", "submitted": "withdrawn", "awaiting_officer": "withdrawn"}, {"owner"}),
    "take": ({"submitted": "in_review"}, REVIEWERS),
    "return_incomplete": ({"submitted": "draft"}, REVIEWERS),
    # Of an emergency alone: tests/requests_app/emergencies.
    "go_on_as_ordinary": ({}, REVIEWERS),
    "ask": ({"in_review": "awaiting_officer"}, REVIEWERS),
    "resume": ({"awaiting_officer": "in_review"}, {"owner"}),
    "cancel_question": ({"awaiting_officer": "in_review"}, REVIEWERS),
    "lapse": ({"awaiting_officer": "lapsed"}, NOBODY_BUT_THE_SYSTEM),
    "reopen": ({"lapsed": "in_review"}, REVIEWERS),
    "propose": ({"in_review": "awaiting_approval"}, REVIEWERS),
    "send_back": ({"awaiting_approval": "in_review"}, SIGNERS),
    "recall": ({"awaiting_approval": "in_review"}, {"involved"}),  # who proposed it, and nobody else
    "grant": ({"awaiting_approval": "granted"}, SIGNERS),
    "refuse": ({"awaiting_approval": "refused"}, SIGNERS),
    "redirect": ({"awaiting_approval": "redirected"}, SIGNERS),
    "appeal": ({"refused": "in_review"}, {"owner"}),
    "narrow": ({"granted": "in_review"}, REVIEWERS),
    "produce": ({"granted": "produced"}, RELEASERS),
    "prepare_again": ({"produced": "granted", "closed": "granted"}, REVIEWERS),
    "reconsider": ({"granted": "in_review", "produced": "in_review"}, NOBODY_BUT_THE_SYSTEM),
    # Of a request for records nobody, not even the system: tests/requests_app/kinds.
    "answer": ({}, NOBODY_BUT_THE_SYSTEM),
    "close": ({"produced": "closed"}, NOBODY_BUT_THE_SYSTEM),
    "close_again": ({"granted": "closed"}, NOBODY_BUT_THE_SYSTEM),
}
CLARIFICATION = {
    "answer": ({"open": "answered"}, {"owner"}),
    "cancel": ({"open": "cancelled"}, REVIEWERS),
    "lapse": ({"open": "lapsed"}, NOBODY_BUT_THE_SYSTEM),
}
NOTICE = {
    "postpone": ({"planned": "postponed"}, NOBODY_BUT_THE_SYSTEM),
    "plan": ({"postponed": "planned"}, NOBODY_BUT_THE_SYSTEM),
    "send": ({"planned": "sent"}, NOBODY_BUT_THE_SYSTEM),
    "waive": ({"planned": "waived", "postponed": "waived"}, SIGNERS),
    "tell_by_hand": ({"planned": "sent"}, {"analyst", "approver", "involved"}),
    "object": ({"sent": "objected"}, {"analyst", "approver", "involved"}),
    # Who wrote the objection down does not decide about it.
    "dismiss": ({"objected": "sent"}, SIGNERS),
    "uphold": ({"objected": "upheld"}, SIGNERS),
    "plan_again": ({"upheld": "planned"}, NOBODY_BUT_THE_SYSTEM),
    "call_back": ({"sent": "planned"}, NOBODY_BUT_THE_SYSTEM),
}
PACKAGE = {
    "block": ({"preparing": "blocked"}, NOBODY_BUT_THE_SYSTEM),
    "unblock": ({"blocked": "preparing"}, REVIEWERS),
    "seal": ({"preparing": "sealed"}, NOBODY_BUT_THE_SYSTEM),
    # Something is taken out of it: it is sealed anew.
    "change": ({"sealed": "preparing"}, REVIEWERS),
    "release": ({"sealed": "released"}, SIGNERS),
    "revoke": (dict.fromkeys(("sealed", "released", "expired", "purged"), "revoked"), RELEASERS),
    "stop": (dict.fromkeys(("released", "expired", "purged"), "revoked"), NOBODY_BUT_THE_SYSTEM),
    "take_back": ({"preparing": "revoked", "blocked": "revoked", "sealed": "revoked"}, REVIEWERS),
    "drop": ({"preparing": "revoked", "blocked": "revoked", "sealed": "revoked"}, NOBODY_BUT_THE_SYSTEM),
    "expire": ({"released": "expired"}, NOBODY_BUT_THE_SYSTEM),
    "reissue": ({"expired": "released"}, SIGNERS),
    "purge": ({"expired": "purged"}, NOBODY_BUT_THE_SYSTEM),
}
COUNSEL = {
    "answer": ({"open": "answered"}, {"counsel", "dpo"}),
    "withdraw": ({"open": "withdrawn"}, REVIEWERS),
    "end": ({"open": "withdrawn"}, NOBODY_BUT_THE_SYSTEM),
}
TAKEDOWN = {
    "take": ({"received": "in_review", "in_review": "in_review"}, REVIEWERS),
    "propose": ({"in_review": "proposed"}, {"involved"}),  # who took it, and nobody else
    "send_back": ({"proposed": "in_review"}, SIGNERS),
    "comply": ({"proposed": "complied"}, SIGNERS),
    # The notice of this test was proposed to be complied with: nobody signs anything else.
    "decline": ({}, SIGNERS),
}
STATES = {
    "DataRequest": "draft submitted in_review awaiting_officer awaiting_approval granted refused redirected produced "
    "closed withdrawn lapsed",
    "Clarification": "open answered lapsed cancelled",
    "UserNotice": "planned postponed sent waived objected upheld",
    "DisclosurePackage": "preparing blocked sealed released expired purged revoked",
    "CounselReferral": "open answered withdrawn",
    "TakedownNotice": "received in_review proposed complied declined",
}
TABLES = {
    "DataRequest": REQUEST,
    "Clarification": CLARIFICATION,
    "UserNotice": NOTICE,
    "DisclosurePackage": PACKAGE,
    "CounselReferral": COUNSEL,
    "TakedownNotice": TAKEDOWN,
}
WORKFLOWS = {
    "DataRequest": permissions.request_workflow,
    "Clarification": permissions.clarification_workflow,
    "UserNotice": permissions.notice_workflow,
    "DisclosurePackage": permissions.package_workflow,
    "CounselReferral": permissions.counsel_workflow,
    "TakedownNotice": permissions.takedown_workflow,
}
CASES = [(machine, state) for machine, states in STATES.items() for state in states.split()]


@dataclass
class World:
    """The object in its state, and everybody who might try something."""

    obj: object
    people: dict = field(default_factory=dict)


def people_around(owner, involved):
    agency = owner.membership.agency
    return {
        "owner": owner,
        "other officer": make_officer(agency),
        "lead": make_officer(agency, lead=True),
        "stranger": make_officer(make_agency()),
        "analyst": make_staff("analyst"),
        "approver": make_staff("approver"),
        "counsel": make_staff("counsel"),
        "dpo": make_staff("dpo"),
        "custodian": make_staff("custodian"),
        "preservation_admin": make_staff("preservation_admin"),
        "auditor": make_staff("auditor"),
        "administrator": make_staff("administrator"),
        "involved": involved,
        "system": None,
    }


def build(machine, state):
    owner, involved = make_officer(), make_staff("analyst", "approver")
    make = {"DataRequest": build_request, "Clarification": build_question, "UserNotice": build_notice}
    make |= {"CounselReferral": build_referral, "TakedownNotice": build_takedown}
    obj = make.get(machine, build_package)(state, owner, involved)
    return World(obj, people_around(owner, involved))


def build_request(state, owner, involved):
    return request_at(state, officer=owner, analyst=involved)


def build_question(state, owner, involved):
    question = request_at("awaiting_officer", officer=owner, analyst=involved).clarifications.get()
    Clarification.objects.filter(pk=question.pk).update(status=state)
    return question


def build_referral(state, owner, involved):
    data_request, at = request_at("in_review", officer=owner, analyst=involved), timezone.now()
    answered = {"opinion": "agrees", "closed_by": make_staff("counsel")} if state == "answered" else {}
    return CounselReferral.objects.create(
        data_request=data_request, number=1, status=state, question="May we?", asked_at=at, asked_by=involved,
        due_at=at, **answered,
    )  # fmt: skip


def build_takedown(state, owner, involved):
    at = timezone.now()
    proposed = {"proposed": "complied", "proposed_by": involved, "proposed_at": at} if state != "received" else {}
    return TakedownNotice.objects.create(
        provider=make_provider(), reference="TD-26-TEST000", channel="post", status=state, jurisdiction="IN",
        authority="Ministry", law="s.79(3)(b)", content="https://scam.example/", arrived_at=at, deadline_at=at,
        deadline_rule="hours 36", assignee=involved if proposed else None, **proposed,
    )  # fmt: skip


def build_notice(state, owner, involved):
    data_request = request_at("granted", officer=owner, analyst=involved)
    waived = {"waiver_approved_by": make_staff("approver")} if state == "waived" else {}
    return UserNotice.objects.create(
        data_request=data_request, reference=f"NT-{data_request.pk}", account="A1", status=state, reason="Test",
        planned_at=timezone.now(), waived_by=involved, objection_recorded_by=involved, **waived,
    )  # fmt: skip


def build_package(state, owner, involved):
    data_request = request_at("granted", officer=owner, analyst=involved)
    for number, account in enumerate(set(data_request.targets.values_list("account", flat=True))):
        UserNotice.objects.create(
            data_request=data_request, reference=f"NT-{data_request.pk}-{number}", account=account,
            status=NoticeStatus.SENT, reason="Test", planned_at=timezone.now(),
        )  # fmt: skip
    papers = {name: clean_pdf(owner) for name in ("manifest", "letter", "archive")}
    return DisclosurePackage.objects.create(
        data_request=data_request, number=1, status=state, prepared_by=involved, prepared_at=timezone.now(),
        due_at=timezone.now(), **papers,
    )  # fmt: skip


def columns(action, person, *, counsel=False):
    """What the database wants to be set together with a status."""
    at = timezone.now()
    return {
        "submit": {"reference": "MX-26-TEST000", "submitted_at": at, "deadline_at": at},
        "waive": {"waiver_approved_by": person},
        "answer": {"opinion": "agrees", "closed_by": person} if counsel else {},
        "release": {"released_at": at, "released_by": person},
    }.get(action, {})


def attempt(workflow, obj, action, person):
    """Try it for real, and take it back; return the new state and how many events it left, or None if refused."""
    obj, found = copy(obj), None
    with transaction.atomic():
        try:
            more = columns(action, person, counsel=isinstance(obj, CounselReferral))
            workflow.advance(obj, action, by=person, **more)
            found = type(obj).objects.get(pk=obj.pk).status, AuditEvent.objects.count()
        except (NotAllowed, TransitionRefused):
            return None  # outside the rollback: whatever it left would be found at the end
        transaction.set_rollback(True)
    return found


def test_the_table_knows_every_machine_state_and_action():
    assert {m.name for m in MACHINES} == set(TABLES)
    for machine in MACHINES:
        assert {str(s) for s in machine.states} == set(STATES[machine.name].split())
        assert set(machine.by_action) == set(TABLES[machine.name])


@pytest.mark.parametrize(("machine", "state"), CASES, ids=lambda value: value)
def test_everybody_may_do_exactly_this(machine, state):
    world, table, workflow = build(machine, state), TABLES[machine], WORKFLOWS[machine]
    model, obj = type(world.obj), type(world.obj).objects.get(pk=world.obj.pk)
    before, events = model.objects.filter(pk=obj.pk).values().get(), AuditEvent.objects.count()
    wrong = []
    for name, person in world.people.items():
        allowed = set()
        for action, (moves, who) in table.items():
            expected = (moves[state], events + 1) if state in moves and name in who else None
            found = attempt(workflow, obj, action, person)
            if found != expected:
                wrong.append(f"{name}, {action}: {found}, not {expected}")
            if found:
                allowed.add(action)
        shown = set(workflow.available_actions(obj, person))
        if shown != allowed:
            wrong.append(f"{name}: the page offers {shown}, allowed is {allowed}")
        if AuditEvent.objects.count() != events or model.objects.filter(pk=obj.pk).values().get() != before:
            wrong.append(f"{name}: something that was refused left an event or a change")
    assert not wrong


@pytest.mark.parametrize("state", ["submitted", "in_review", "awaiting_approval", "granted"])
def test_whoever_recorded_a_request_decides_nothing_about_it(state):
    recorder = make_staff("analyst", "approver")
    data_request = request_at(state, recorded_by=recorder)
    decisive = {"take", "propose", "grant", "refuse", "redirect", "produce"}
    for action in decisive:
        assert attempt(WORKFLOWS["DataRequest"], data_request, action, recorder) is None


@pytest.mark.parametrize(
    "state", ["submitted", "in_review", "awaiting_officer", "awaiting_approval", "granted", "lapsed"]
)
def test_nobody_of_the_staff_moves_a_restricted_request_without_being_named(state):
    data_request = request_at(state, restricted=True)
    outsider = make_staff("analyst", "approver")
    assert WORKFLOWS["DataRequest"].available_actions(data_request, outsider) == []
    data_request.named_readers.add(outsider)
    assert WORKFLOWS["DataRequest"].available_actions(data_request, outsider)


@pytest.mark.parametrize("who", ["officer", "agency"])
def test_nothing_is_granted_or_produced_while_access_is_suspended(who):
    for state, action in (("awaiting_approval", "grant"), ("granted", "produce")):
        data_request = request_at(state)
        if who == "agency":
            type(data_request.agency).objects.filter(pk=data_request.agency_id).update(status="suspended")
        else:
            data_request.officer.memberships.update(suspended_at=timezone.now())
        stored = type(data_request).objects.get(pk=data_request.pk)
        assert attempt(WORKFLOWS["DataRequest"], stored, action, make_staff("approver")) is None


def test_a_request_is_appealed_once():
    data_request = request_at("refused")
    data_request.appealed_at = timezone.now()
    data_request.save()
    assert attempt(WORKFLOWS["DataRequest"], data_request, "appeal", data_request.officer) is None
