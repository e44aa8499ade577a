"""Every action, from every state, by every kind of person: what the tables and the guards say, literally."""

from datetime import timedelta

import pytest

from accounts.services.addressees import addressee
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from preservation.models import HoldExtension, PreservationHold
from preservation.permissions import extension_workflow, hold_workflow
from preservation.states import EXTENSION, HOLD
from tests.people import make_officer, make_staff, make_user
from tests.preservation.holds import AT, extension_of, hold_of

PEOPLE = (
    "owner", "lead", "stranger", "suspended", "nobody", "analyst", "approver", "admin", "conflicted", "auditor",
    "administrator", "system",
)  # fmt: skip
# (state, action): who may; everything else is refused to everybody.
HOLDS = {
    ("draft", "request"): {"owner"},
    # This, and call_off: of a hold that stands for an agency alone.
    ("draft", "place"): {"analyst"},
    ("requested", "start"): {"system"},
    ("requested", "decline"): {"admin"},
    ("active", "attach_process"): {"system"},
    ("active", "start_treaty"): {"admin"},
    ("active", "refer"): {"system"},
    ("process_served", "refer"): {"system"},
    ("active", "release"): {"owner"},
    ("active", "call_off"): {"analyst"},
    ("active", "expire"): {"system"},
    ("active", "fall"): {"system"},
    ("active", "end_early"): {"admin"},
    ("process_served", "detach_process"): {"system"},
    ("process_served", "release"): {"owner"},
    ("on_treaty", "end_treaty"): {"admin"},
    ("on_treaty", "release"): {"owner"},
    ("released", "destroy"): {"system"},
    ("expired", "destroy"): {"system"},
    ("expired", "revive"): {"admin"},
    ("declined", "destroy"): {"system"},
}
FOR_AGENCY = {"place", "call_off"}
EXTENSIONS = {
    ("requested", "grant"): {"admin"},
    ("requested", "refuse"): {"admin"},
    ("requested", "lapse"): {"system"},
}
TARGETS = {
    "request": "requested", "place": "requested", "start": "active", "decline": "declined",
    "attach_process": "process_served",
    "detach_process": "active", "start_treaty": "on_treaty", "end_treaty": "active", "release": "released",
    "revive": "active", "refer": "on_treaty", "call_off": "released", "expire": "expired", "fall": "released",
    "end_early": "expired", "destroy": "destroyed", "grant": "granted",
    "refuse": "refused", "lapse": "lapsed",
}  # fmt: skip
EVENTS = {
    "request": "hold.requested", "place": "hold.placed_for_agency", "start": "hold.started", "decline": "hold.declined",
    "attach_process": "hold.process_attached", "detach_process": "hold.process_detached",
    "start_treaty": "hold.treaty_started", "end_treaty": "hold.treaty_ended", "release": "hold.released",
    "revive": "hold.revived", "refer": "hold.referred", "call_off": "hold.called_off", "expire": "hold.expired",
    "fall": "hold.fell",
    "end_early": "hold.ended_early", "destroy": "hold.destroyed",
    "grant": "hold.extension_granted", "refuse": "hold.extension_refused", "lapse": "hold.extension_lapsed",
}  # fmt: skip


@pytest.fixture
def hold(db):
    made = hold_of()
    made.acceptance = "rule"  # whoever asks is new here, and is looked at
    made.save(update_fields=["acceptance"])
    return made


@pytest.fixture
def people(hold):
    conflicted = make_staff("preservation_admin")
    conflicted.conflicts.create(agency=hold.agency, reason="Sister works there", declared_at=AT)
    suspended = make_officer(hold.agency)
    suspended.memberships.update(suspended_at=AT)
    return {
        "owner": hold.officer,
        "lead": make_officer(hold.agency, lead=True),
        "stranger": make_officer(),
        "suspended": suspended,
        "nobody": make_user(),
        "analyst": make_staff("analyst"),
        "approver": make_staff("approver"),
        "admin": make_staff("preservation_admin"),
        "conflicted": conflicted,
        "auditor": make_staff("auditor"),
        "administrator": make_staff("administrator"),
        "system": None,
    }


@pytest.mark.parametrize("state", [str(s) for s in HOLD.states])
def test_holds(state, hold, people):
    assert set(people) == set(PEOPLE)
    PreservationHold.objects.filter(pk=hold.pk).update(status=state, next_action_at=None)
    hold.refresh_from_db()
    for action in HOLD.by_action:
        allowed = HOLDS.get((state, action), set()) if action not in FOR_AGENCY else set()
        for name, person in people.items():
            assert (hold_workflow.refusal(hold, action, person) is None) == (name in allowed), (state, action, name)
    for name, person in people.items():
        expected = [a for a in HOLD.by_action if a not in FOR_AGENCY and name in HOLDS.get((state, a), set())]
        assert hold_workflow.available_actions(hold, person) == expected


def test_only_what_nobody_accepted_yet_is_declined(hold, people):
    for status in ("active", "process_served", "on_treaty"):
        PreservationHold.objects.filter(pk=hold.pk).update(status=status, acceptance="pending", next_action_at=None)
        hold.refresh_from_db()
        may = {name for name, who in people.items() if hold_workflow.refusal(hold, "decline", who) is None}
        assert may == {"admin"}, status
    hold.acceptance = "person"
    assert "refused no longer" in (hold_workflow.refusal(hold, "decline", people["admin"]) or "")


@pytest.mark.parametrize("state", [str(s) for s in EXTENSION.states])
def test_extensions(state, hold, people):
    extension = extension_of(hold)
    HoldExtension.objects.filter(pk=extension.pk).update(status=state)
    extension.refresh_from_db()
    for action in EXTENSION.by_action:
        allowed = EXTENSIONS.get((state, action), set())
        for name, person in people.items():
            found = extension_workflow.refusal(extension, action, person) is None
            assert found == (name in allowed), (state, action, name)


def test_the_tables_hold_every_action_and_no_other():
    assert {action for _state, action in HOLDS} == set(HOLD.by_action)
    assert {action for _state, action in EXTENSIONS} == set(EXTENSION.by_action)
    assert {row.action: row.target for row in (*HOLD.rows, *EXTENSION.rows)} == TARGETS
    assert {row.action: row.event for row in (*HOLD.rows, *EXTENSION.rows)} == EVENTS


@pytest.mark.parametrize(("state", "action"), HOLDS)
def test_a_move_leaves_its_event_and_a_refused_one_leaves_nothing(state, action, hold, people):
    PreservationHold.objects.filter(pk=hold.pk).update(status=state, next_action_at=None)
    hold.refresh_from_db()
    if action in FOR_AGENCY:
        hold.officer = addressee(hold.agency)
    (allowed,) = HOLDS[state, action]
    before = AuditEvent.objects.count()
    with pytest.raises(NotAllowed):
        hold_workflow.advance(hold, action, by=people["stranger"], at=AT)
    assert AuditEvent.objects.count() == before
    hold_workflow.advance(hold, action, by=people[allowed], at=AT + timedelta(days=1))
    assert hold.status == TARGETS[action]
    event = AuditEvent.objects.order_by("pk").last()
    assert (event.action, event.object_id) == (EVENTS[action], str(hold.pk))
    with pytest.raises(TransitionRefused):
        hold_workflow.advance(hold, action, by=people[allowed], at=AT)
