"""One session is ended while a request of it is served: undone where it commits later, kept where it came first."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.acting import SessionEnded, acting
from accounts.models import UserSession
from accounts.services import sessions
from accounts.session_store import hashed
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.notifications.models import OutboundMessage
from tests.harness.race import beside, race, wait_for_waiters
from tests.people import client_for, make_officer, make_provider
from tests.preservation.holds import draft_of


@pytest.fixture(autouse=True)
def _ready(committed_db):
    make_provider()


def row_of(client) -> UserSession:
    return UserSession.objects.get(pk=hashed(client.session.session_key))


def about_to_send(officer):
    """A browser with a hold that only needs the last button, and that press."""
    draft = draft_of(officer)
    client, url = client_for(officer), f"/holds/draft/{draft.uid}/check/"
    assert client.get(url).status_code == 200
    return draft, client, lambda: client.post(url, {"lock_version": draft.lock_version, "action": "start"})


@contextmanager
def mails_held_up():
    """Nobody writes a mail in this block, so that a request stops between its entry of the trail and its commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE notifications_outboundmessage IN SHARE MODE")
        yield


def test_nothing_remains_of_what_commits_after_the_session_was_ended():
    officer = make_officer()
    draft, client, post = about_to_send(officer)
    other = client_for(officer)
    with beside() as start:
        with transaction.atomic():
            assert sessions.end_one(officer, row_of(client).uid)
            answer = start(post)
            wait_for_waiters(1)
        answer = answer.result(timeout=30)
    assert (answer.status_code, answer.url.startswith("/sign-in/")) == (302, True)
    draft.refresh_from_db()
    assert (draft.status, draft.reference) == ("draft", None)
    assert not OutboundMessage.objects.filter(event="hold_started").exists()
    last = AuditEvent.objects.filter(actor_id=str(officer.pk)).order_by("pk").last()
    assert (last.action, last.outcome) == ("access_control.denied", "refused")
    assert other.get("/account/sessions/").status_code == 200, "the other session goes on"
    assert client.get("/account/sessions/").url.startswith("/sign-in/")


def test_what_commits_first_stands_and_ending_waits_for_it():
    officer = make_officer()
    draft, client, post = about_to_send(officer)
    other, row = client_for(officer), row_of(client)
    with beside() as start:
        with mails_held_up():
            answer = start(post)
            wait_for_waiters(1)
            ending = start(lambda: other.post(f"/account/sessions/{row.uid}/end/"))
            wait_for_waiters(2)
        answer, ended = answer.result(timeout=30), ending.result(timeout=30)
    assert answer.url.startswith("/holds/")
    assert ended.status_code == 302
    draft.refresh_from_db()
    assert draft.status == "active"
    row.refresh_from_db()
    assert row.ended_at is not None
    done = list(AuditEvent.objects.filter(actor_id=str(officer.pk)).order_by("pk").values_list("action", flat=True))
    assert done.index("hold.requested") < done.index("sign_in.session_ended")
    assert client.get("/account/sessions/").url.startswith("/sign-in/")


def test_another_session_of_the_same_person_is_not_held_up():
    officer = make_officer()
    draft, _client, post = about_to_send(officer)
    elsewhere = client_for(officer)
    sessions.end_one(officer, row_of(elsewhere).uid)
    assert post().url.startswith("/holds/")
    draft.refresh_from_db()
    assert draft.status == "active"


def test_both_at_once_end_without_a_deadlock():
    officer = make_officer()
    draft, client, post = about_to_send(officer)
    other, uid = client_for(officer), row_of(client).uid
    sent, ended = race(post, lambda: other.post(f"/account/sessions/{uid}/end/"))
    assert not isinstance(sent, Exception), sent
    assert ended.status_code == 302
    draft.refresh_from_db()
    assert (draft.status == "active") == sent.url.startswith("/holds/")


def test_the_key_is_asked_at_each_entry_and_none_stops_nobody():
    officer, keys = make_officer(), []
    client = client_for(officer)
    ended = client_for(officer)
    sessions.end_one(officer, row_of(ended).uid)
    with acting(officer, session_key=lambda: keys[-1]) as person:
        for key in (client.session.session_key, None):
            keys.append(key)
            record("test.goes_on", by=officer)
        assert not person.ended
        keys.append(ended.cookies["lers_session"].value)
        with pytest.raises(SessionEnded):
            record("test.after", by=officer)
        record("test.other", by=make_officer())
    assert person.ended
    assert AuditEvent.objects.filter(action="test.goes_on").count() == 2
    assert not AuditEvent.objects.filter(action="test.after").exists()
