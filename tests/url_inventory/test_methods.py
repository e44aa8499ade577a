"""HEAD is answered as GET is, everywhere, and leaves nothing behind; OPTIONS names the methods and runs nothing."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import declared
from tests.accounts.helpers import page
from tests.people import client_for, make_officer
from tests.url_inventory.matrix import MATRIX
from tests.url_inventory.visiting import visit
from tests.url_inventory.walk import routes
from tests.url_inventory.world import World, kwargs_of

pytestmark = pytest.mark.xdist_group("server-wide")

VISITORS = ("anonymous", "half", "newcomer", "applicant", "owner", "lead", "analyst", "approver", "administrator")


@pytest.fixture
def world(db, settings, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    made = World(settings.DEMO_MAIL_DIR)
    for route in routes():
        kwargs_of(route.name, made)  # some examples are made when they are first asked for
    return made


def rows() -> dict[str, str]:
    """A fingerprint of every table."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in names:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t")
            found[name] = cursor.fetchone()[0]
    return found


def addresses(visitor: str, world: World) -> list[tuple[str, str]]:
    """Every address that this visitor may come to, by name."""
    at_home = [route.name for route in routes() if visitor in MATRIX[route.name]]
    return [(name, reverse(name, kwargs=kwargs_of(name, world))) for name in at_home]


def test_head_leaves_nothing_behind(world):
    clients = {name: world.client(name) for name in VISITORS}
    before = rows()
    # A minute later: what counts as activity would be written.
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        for visitor, client in clients.items():
            cookies = dict(client.cookies)
            for name, path in addresses(visitor, world):
                answer = client.head(path)
                assert answer.status_code < 500, (visitor, name)
                assert not answer.getvalue(), (visitor, name)
            assert {name for name in client.cookies if name not in cookies} <= {"lers_csrf"}
            after = rows()
            assert {table for table in before if after[table] != before[table]} == set(), visitor


def test_get_does_leave_something_behind(world):
    """Or the test above would show nothing."""
    client, before = world.client("analyst"), rows()
    for _name, path in addresses("analyst", world):
        answer = client.get(path)
        assert answer.getvalue() is not None
    assert {table for table in before if rows()[table] != before[table]} >= {"audit_auditevent"}


def test_options_names_the_methods_and_runs_nothing(world):
    clients = {name: world.client(name) for name in VISITORS}
    before, asked = rows(), set()
    for visitor, client in clients.items():
        for name, path in addresses(visitor, world):
            if name in asked:  # what a page can do is the same for all who belong there
                continue
            asked.add(name)
            answer, get = client.options(path), visit(client, "GET", path)
            if answer.status_code == 302:  # led on before the view, as with GET: to a fresh factor
                assert answer["Location"].startswith("/sign-in/factor/"), (visitor, name)
                continue
            assert answer.status_code == 204, (visitor, name)
            if "Tus-Version" in answer:  # the uploads say themselves what they can
                continue
            allowed = set(answer["Allow"].split(", "))
            assert "OPTIONS" in allowed, (visitor, name)
            assert ("GET" in allowed) == ("HEAD" in allowed) == (get.status != 405), (visitor, name)
            assert not answer.content
    assert {table for table in before if rows()[table] != before[table]} == set()


@pytest.mark.django_db
def test_a_method_that_a_page_has_not_is_refused_with_those_it_has():
    answer = Client().put("/sign-in/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert client_for(make_officer()).get("/sign-out/")["Allow"] == "POST, OPTIONS"


@pytest.mark.django_db
def test_a_look_at_recovery_codes_and_at_a_message_takes_neither_away():
    client = client_for(make_officer())
    assert client.post("/account/recovery-codes/new/")["Location"] == "/account/recovery-codes/"
    assert client.head("/account/recovery-codes/").status_code == 200
    assert len(page(client.get("/account/recovery-codes/")).select("main .app-code")) >= 10
    uid = "00000000-0000-4000-8000-000000000000"
    client.post(f"/account/sessions/{uid}/end/")
    client.head("/account/sessions/")
    assert b"This session was over already." in client.get("/account/sessions/").content
    assert b"This session was over already." not in client.get("/account/sessions/").content


def test_probes_answer_head_without_a_database():
    # This test asks for no database, so whoever connects to one is refused.
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.ensure_connection()
    assert Client().head("/healthz").status_code == 200


def test_the_right_to_read_a_page_is_no_right_to_send_its_form(world, settings):
    """An auditor sends every form of the desk, with words that fit: nothing changes but what the trail says."""
    settings.PASSKEY_FOR_DECISIONS = False
    client, before = world.client("auditor"), rows()
    said = {
        "reason": "Because", "decision": "approve", "result": "confirmed", "text": "Words", "note": "Words",
        "action": "save", "spoke_to": "Duty desk", "answer": "yes", "body": "Words", "version": "0",
    }  # fmt: skip
    tried = 0
    for route in routes():
        if declared(route.view).permission is None or "auditor" not in MATRIX[route.name]:
            continue
        answer = client.post(reverse(route.name, kwargs=kwargs_of(route.name, world)), said)
        assert answer.status_code < 500, route.name
        tried += 1
    assert tried > 8
    after = rows()
    changed = {table for table in before if after[table] != before[table]}
    # Auditors look at alarms and at the weekly report, and colleagues see who has a request open.
    looked = {"requests_app_matchalarm", "requests_app_presence"}
    looked |= {"requests_app_unusualfinding", "requests_app_unusualreport"}
    # What is refused is noted, so many times an hour: the count of these stands in the table of limits.
    looked |= {"accounts_throttle"}
    assert changed - looked <= {"audit_auditevent", "audit_audithead", "accounts_usersession"}, changed
