"""A request that began before a suspension: undone where it commits later, in the look-back where it committed first.

Nothing is replaced: browsers and suspensions run in threads with their own connections, and wait for each other on the
locks of PostgreSQL.
"""

import re
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

import accounts
from accounts.acting import SessionEnded, acting, end_sessions
from accounts.enums import LookBackOutcome
from accounts.models import Suspension, User
from accounts.services import look_back
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.models import DataRequest
from tests.accounts.suspending import suspended_agency, suspended_officer
from tests.factories import emergency_type, team_of
from tests.harness.race import beside, race, wait_for_waiters
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.preservation.holds import draft_of

SUSPEND = {
    "officer": suspended_officer,
    "agency": lambda officer, **more: suspended_agency(officer.membership.agency, **more),
}


@pytest.fixture(autouse=True)
def _ready(committed_db):
    make_provider()


def send_hold(officer):
    """A browser that is about to start a hold: everything is typed, only the last button is left."""
    draft = draft_of(officer)
    client, url = client_for(officer), f"/holds/draft/{draft.uid}/check/"
    assert client.get(url).status_code == 200
    return draft, lambda: client.post(url, {"lock_version": draft.lock_version, "action": "start"})


@pytest.mark.parametrize("who", SUSPEND)
def test_nothing_remains_of_what_commits_after_the_suspension(who):
    officer, analyst = make_officer(), make_staff("analyst")
    draft, post = send_hold(officer)
    with beside() as start:
        with transaction.atomic():
            SUSPEND[who](officer, by=analyst)
            answer = start(post)
            wait_for_waiters(1)
        answer = answer.result(timeout=30)
    assert (answer.status_code, answer.url.startswith("/sign-in/")) == (302, True)
    draft.refresh_from_db()
    assert (draft.status, draft.reference, draft.starts_at) == ("draft", None, None)
    assert not OutboundMessage.objects.filter(event="hold_started").exists()
    done = AuditEvent.objects.filter(actor_id=str(officer.pk)).order_by("pk")
    assert "hold.requested" not in done.values_list("action", flat=True)
    last = done.last()
    assert (last.action, last.outcome) == ("access_control.denied", "refused")
    assert "while the request was served" in last.reason
    assert Suspension.objects.get().look_back.count() == 0


@pytest.mark.parametrize("who", SUSPEND)
def test_what_commits_first_is_waited_for_and_looked_at_again(who):
    officer, analyst = make_officer(), make_staff("analyst")
    draft, post = send_hold(officer)
    with beside() as start:
        with transaction.atomic(), connection.cursor() as cursor:
            # The officer's acknowledgement is written after the entry of the trail: there it waits, the row shared.
            cursor.execute("LOCK TABLE notifications_outboundmessage IN SHARE MODE")
            answer = start(post)
            wait_for_waiters(1)
            suspending = start(lambda: SUSPEND[who](officer, by=analyst))
            wait_for_waiters(2)
            assert not Suspension.objects.exists()
        answer, suspension = answer.result(timeout=30), suspending.result(timeout=30)
    assert answer.status_code == 302
    assert answer.url.startswith("/holds/")
    draft.refresh_from_db()
    assert draft.status == "active"
    assert [item.kind for item in suspension.look_back.all()] == ["hold.requested"]
    assert look_back.check(suspension.look_back.get(), outcome=LookBackOutcome.FINE, by=analyst).looked_by == analyst


def test_an_emergency_on_its_way_is_not_filed_and_pages_nobody():
    officer, analyst = make_officer(), make_staff("analyst")
    emergency_type()
    team_of(make_provider())
    client = client_for(officer)
    values = {
        "key": str(uuid4()), "danger": "A ransom note names a wallet.", "imminence": "now", "identifiers": "48213377",
        "categories": ["registration"], "why_data": "Where she is.", "why_no_process": "Court opens on Monday.",
        "phone": "+44 1632 960901", "supervisor": "K. Aas", "supervisor_phone": "+44 1632 960900",
        "process_follows": "no", "attest": "on",
    }  # fmt: skip
    with beside() as start:
        with transaction.atomic():
            suspended_agency(officer.membership.agency, by=analyst)
            answer = start(lambda: client.post("/emergency/new/", values))
            wait_for_waiters(1)
        answer = answer.result(timeout=30)
    assert answer.url.startswith("/sign-in/")
    assert not DataRequest.objects.exclude(status="draft").exists()
    assert not OutboundMessage.objects.filter(event="emergency_alert").exists()
    assert client.post("/emergency/new/", values).url.startswith("/sign-in/"), "the session is gone"


def test_a_suspension_that_is_rolled_back_lets_the_request_through():
    officer, analyst = make_officer(), make_staff("analyst")
    draft, post = send_hold(officer)
    with beside() as start:
        with transaction.atomic():
            suspended_officer(officer, by=analyst)
            answer = start(post)
            wait_for_waiters(1)
            transaction.set_rollback(True)
        assert answer.result(timeout=30).url.startswith("/holds/")
    draft.refresh_from_db()
    assert draft.status == "active"


def test_colleagues_and_staff_are_not_held_up():
    officer, analyst = make_officer(), make_staff("analyst")
    draft, post = send_hold(make_officer(officer.membership.agency))
    with transaction.atomic(), beside() as start:
        suspended_officer(officer, by=analyst)
        answer = start(post).result(timeout=30)
    assert answer.url.startswith("/holds/")
    draft.refresh_from_db()
    assert draft.status == "active"


def test_a_whole_agency_that_is_sending_ends_without_a_deadlock():
    agency, analyst = make_agency(), make_staff("analyst")
    officers = [make_officer(agency) for _n in range(5)]
    sending = [send_hold(officer) for officer in officers]
    results = race(*[post for _draft, post in sending], lambda: suspended_agency(agency, by=analyst))
    assert not [r for r in results if isinstance(r, Exception)], results
    suspension = results.pop()
    sent = [str(draft.pk) for (draft, _post), r in zip(sending, results, strict=True) if r.url.startswith("/holds/")]
    assert all(r.url.startswith(("/holds/", "/sign-in/")) for r in results)
    started = PreservationHold.objects.filter(status="active").values_list("pk", flat=True)
    assert sorted(map(str, started)) == sorted(sent)
    listed = suspension.look_back.values_list("entry_id", flat=True)
    about = AuditEvent.objects.filter(pk__in=listed).values_list("object_id", flat=True)
    assert sorted(about) == sorted(sent), "what was saved is what is looked at again"


def test_an_entry_outside_a_transaction_is_undone_too():
    officer = make_officer()
    with acting(User.objects.get(pk=officer.pk)) as person:
        record("test.before", by=officer)
        with transaction.atomic():
            end_sessions(User.objects.filter(pk=officer.pk))
        record("test.own", by=officer)  # who ends the own sessions goes on with this request
        changed = threading.Thread(target=_end_elsewhere, args=[officer.pk])
        changed.start()
        changed.join(30)
        with pytest.raises(SessionEnded):
            record("test.after", by=officer)
        record("test.refused", by=officer, outcome="refused")
        record("test.system", by=None)
        record("test.other", by=make_officer())
    assert person.ended
    written = AuditEvent.objects.filter(action__startswith="test.").order_by("pk").values_list("action", flat=True)
    assert list(written) == ["test.before", "test.own", "test.refused", "test.system", "test.other"]


def test_nothing_of_the_transaction_remains_even_from_its_savepoints():
    officer = make_officer()
    with acting(User.objects.get(pk=officer.pk)):
        changed = threading.Thread(target=_end_elsewhere, args=[officer.pk])
        changed.start()
        changed.join(30)
        with pytest.raises(SessionEnded):
            _change_name(officer)
    assert User.objects.get(pk=officer.pk).full_name == officer.full_name
    record("test.outside", by=officer)  # without a request there is nobody whose session could end


@transaction.atomic
def _change_name(officer: User) -> None:
    with transaction.atomic():
        User.objects.filter(pk=officer.pk).update(full_name="Somebody else")
    record("test.change", by=officer)


def _end_elsewhere(pk: int) -> None:
    try:
        with transaction.atomic():
            end_sessions(User.objects.filter(pk=pk))
    finally:
        connections.close_all()


def test_sessions_are_ended_in_one_place_only():
    """A second way of raising the epoch would know nothing of the request in flight or the order of locks."""
    root = Path(accounts.__file__).parent
    writers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"session_epoch(=F\(| \+= )", path.read_text())
    }
    assert writers == {"acting.py"}
