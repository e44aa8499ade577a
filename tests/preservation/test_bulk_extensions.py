"""Pages: asking for several holds at once, asking late, and the administrator's check page."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.documents.models import Document
from preservation.models import HoldExtension, PreservationHold
from preservation.services import sweeping
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of, law

pytestmark = pytest.mark.django_db
QUERIES_OF_THE_OFFICERS_CHECK = 8
QUERIES_OF_THE_STAFF_CHECK = 8


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def rows(page) -> list[str]:
    return re.findall(r'name="row" value="([^"]+)"', page.content.decode())


def started(days_ago, officer=None, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **more)


def asked(days_ago=80, **more):
    return extension_of(started(days_ago, **more), at=timezone.now())


def query(name, values):
    return "&".join(f"{name}={value}" for value in values)


@pytest.fixture
def officer():
    return make_officer()


@pytest.fixture
def admin():
    return make_staff("preservation_admin")


def test_an_officer_ticks_several_and_sees_each_new_end_first(officer):
    usual, none = started(80, officer), started(50, officer, ground="law", process_type=law(most=0, issuer="officer"))
    other, client = started(80, title="Not mine"), client_for(officer)
    page = client.get("/holds/").content.decode()
    assert page.count('name="hold"') == 2
    here = f"/holds/extend/?{query('hold', [usual.reference, none.reference, other.reference])}"
    page = client.get(here)
    said = text(page)
    new_end = usual.expires_at + timedelta(days=90)
    assert f"{new_end.day} {new_end:%b %Y}" in said
    assert "Ask to extend 1 hold" in said
    assert "allows no extension" in said
    assert "Send legal process" in said
    assert "Start a new hold" in said
    assert "Not mine" not in said
    assert len(rows(page)) == 1
    assert client.post("/holds/extend/", {"row": rows(page)}).status_code == 422
    answer = client.post("/holds/extend/", {"row": rows(page), "reason": "court", "details": "Hearing on 3 Dec"})
    assert answer.url == "/holds/"
    assert HoldExtension.objects.get().hold == usual
    client.post("/holds/extend/", {"row": rows(page), "reason": "court"})  # a second click
    assert HoldExtension.objects.count() == 1
    assert "You asked already" in text(client.get(here))
    assert client.get("/holds/extend/").url == "/holds/"
    assert client_for(other.officer).get(here).status_code == 200
    assert usual.reference not in text(client_for(other.officer).get(here))


@pytest.mark.parametrize("count", [1, 3])
def test_the_officers_check_asks_as_often_for_one_as_for_many(officer, count):
    here = f"/holds/extend/?{query('hold', [started(80, officer).reference for _n in range(count)])}"
    client = client_for(officer)
    client.get(here)
    with CaptureQueriesContext(connection) as found:
        client.get(here)
    assert len(found) == QUERIES_OF_THE_OFFICERS_CHECK


def test_a_decision_is_sent_where_the_law_wants_one_and_staff_read_it(officer, admin):
    hold = started(50, officer, ground="law", process_type=law(most=None, issuer="judge"))
    usual, client = started(80, officer), client_for(officer)
    assert "Have it ready as a file" in text(client.get(f"/holds/{hold.reference}/"))
    here = f"/holds/extend/?{query('hold', [hold.reference, usual.reference])}"
    shown = rows(client.get(here))
    short = client.post("/holds/extend/", {"row": shown, "reason": "court", "ground": "Tingretten 26-4711"})
    assert "Add the decision" in text(short)
    assert "Tingretten 26-4711" in short.content.decode()
    paper = SimpleUploadedFile("order.pdf", b"%PDF-1.7 decision", "application/pdf")
    said = {"row": shown, "reason": "court", "ground": "Tingretten 26-4711", "document": paper}
    assert client.post("/holds/extend/", said).status_code == 302
    extension = HoldExtension.objects.get(hold=hold)
    assert (extension.ground, extension.document) == (
        "Tingretten 26-4711",
        Document.objects.get(purpose="hold-extension"),
    )
    assert HoldExtension.objects.get(hold=usual).document is None
    page = text(client_for(admin).get(f"/staff/holds/{hold.reference}/"))
    assert "Tingretten 26-4711" in page
    picture = f"/staff/holds/{hold.reference}/extensions/{extension.uid}/pages/1.png"
    assert client_for(officer).get(picture).status_code == 404
    assert client_for(admin).get(picture).status_code == 404  # no picture of it yet
    other = HoldExtension.objects.get(hold=usual)
    assert client_for(admin).get(picture.replace(str(extension.uid), str(other.uid))).status_code == 404


def test_late_is_shown_as_late_and_is_in_force_again_once_granted(officer, admin):
    hold = started(93, officer)
    sweeping.sweep(at=hold.expires_at)
    client = client_for(officer)
    assert "Ask to extend, late" in text(client.get("/holds/"))
    assert "You ask late" in text(client.get(f"/holds/{hold.reference}/extend/"))
    assert "You can still ask for more time until" in text(client.get(f"/holds/{hold.reference}/"))
    assert client.post(f"/holds/{hold.reference}/extend/", {"reason": "court"}).status_code == 302
    assert "Asked to extend, late" in text(client.get("/holds/"))
    extension = HoldExtension.objects.get()
    staff = client_for(admin)
    page = staff.get(f"/staff/holds/extensions/?extension={extension.uid}")
    assert "Asked late" in text(page)
    staff.post("/staff/holds/extensions/decide/", {"row": rows(page), "decision": "grant"})
    old = hold.expires_at
    hold.refresh_from_db()
    assert (hold.status, hold.expires_at) == ("active", old + timedelta(days=90))


def test_staff_decide_several_and_what_cannot_be_is_named(admin):
    first, second, restricted = asked(), asked(), asked()
    PreservationHold.objects.filter(pk=restricted.hold_id).update(restricted=True)
    suspended = asked()
    suspended.hold.officer.memberships.update(suspended_at=timezone.now())
    client = client_for(admin)
    assert client.get("/staff/holds/").content.decode().count('name="extension"') == 4
    every = (first, second, suspended, restricted)
    page = client.get(f"/staff/holds/extensions/?{query('extension', [row.uid for row in every])}")
    said = text(page)
    new_end = first.hold.expires_at + timedelta(days=90)
    assert f"{new_end.day} {new_end:%b %Y}" in said
    assert "The officer is suspended" in said
    assert "3 of 4 are extended" in said
    assert client.post("/staff/holds/extensions/decide/", {"row": rows(page)}).status_code == 422
    no_reason = client.post("/staff/holds/extensions/decide/", {"row": rows(page), "decision": "refuse"})
    assert (no_reason.status_code, "say why" in text(no_reason)) == (422, True)
    moved = second.hold.expires_at + timedelta(days=1)
    PreservationHold.objects.filter(pk=second.hold_id).update(expires_at=moved)
    done = client.post("/staff/holds/extensions/decide/", {"row": rows(page), "decision": "grant"}, follow=True)
    said = text(done)
    assert "2 extensions decided" in said
    assert "It changed after this page was opened" in said
    assert "The officer is suspended" in said
    states = {row.pk: row.status for row in HoldExtension.objects.all()}
    assert [states[row.pk] for row in every] == ["granted", "requested", "requested", "granted"]
    assert [entry.action for entry in entries_for(first)] == ["hold.extension_granted"]
    sent_again = client.post("/staff/holds/extensions/decide/", {"row": rows(page), "decision": "grant"}, follow=True)
    assert "Decided meanwhile: granted." in text(sent_again)


def test_who_may_not_decide_sees_neither_page_nor_ticks(admin):
    extension = asked()
    analyst = client_for(make_staff("analyst"))
    assert 'name="extension"' not in analyst.get("/staff/holds/").content.decode()
    for path in (f"?extension={extension.uid}", "decide/", "done/"):
        assert analyst.get(f"/staff/holds/extensions/{path}").status_code == 403
    shown = rows(client_for(admin).get(f"/staff/holds/extensions/?extension={extension.uid}"))
    assert analyst.post("/staff/holds/extensions/decide/", {"row": shown, "decision": "grant"}).status_code == 403
    admin.conflicts.create(agency=extension.hold.agency, reason="Sister works there", declared_at=timezone.now())
    assert client_for(admin).get(f"/staff/holds/extensions/?extension={extension.uid}").url == "/staff/holds/"
    extension.refresh_from_db()
    assert extension.status == "requested"


def test_what_was_written_comes_back_after_the_second_factor(admin):
    extension = asked()
    here = f"/staff/holds/extensions/?extension={extension.uid}"
    client = client_for(admin, factor_age=3600)
    said = {"row": rows(client.get(here)), "decision": "refuse", "reason": "Send the order of 12 November."}
    answer = client.post("/staff/holds/extensions/decide/", said, headers={"referer": f"http://testserver{here}"})
    assert answer.url.startswith("/sign-in/factor/?next=%2Fstaff%2Fholds%2Fextensions%2F")
    page = client.get(here)
    assert "Send the order of 12 November." in page.content.decode()
    assert "Nothing is decided yet" in text(page)
    assert HoldExtension.objects.get().status == "requested"


@pytest.mark.parametrize("count", [1, 3])
def test_the_check_page_asks_as_often_for_one_as_for_many(admin, count):
    here = f"/staff/holds/extensions/?{query('extension', [asked().uid for _n in range(count)])}"
    client = client_for(admin)
    client.get(here)
    with CaptureQueriesContext(connection) as found:
        client.get(here)
    assert len(found) == QUERIES_OF_THE_STAFF_CHECK
