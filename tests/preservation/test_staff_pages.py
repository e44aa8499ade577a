"""The staff's pages: the strip, the list, the extension to decide, one hold."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.trail import entries_for
from preservation.models import PreservationHold
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db
QUERIES_OF_THE_LIST = 22


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def started(days_ago, officer=None, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **more)


@pytest.fixture
def admin():
    return make_staff("preservation_admin", full_name="Priya Raman")


def test_nothing_one_and_many(admin):
    client = client_for(admin)
    assert "No holds are kept now." in text(client.get("/staff/holds/"))
    hold = started(85)
    page = text(client.get("/staff/holds/"))
    assert hold.reference in page
    assert "1 hold , soonest first" in page
    assert re.search(r"active 1 end within 7 days 1 extensions to decide 0 ended, last 30 days 0", page)
    others = [started(days) for days in (10, 40)]
    page = text(client.get("/staff/holds/"))
    places = [page.index(h.reference) for h in (hold, others[1], others[0])]
    assert places == sorted(places)


def test_the_strip_counts_the_days(admin):
    officer = make_officer()
    holds = [started(85, officer), started(85, officer), started(30, officer)]
    page = client_for(admin).get("/staff/holds/").content.decode()
    day = holds[0].expires_at
    assert f"{day:%A} {day.day} {day:%B %Y}: 2 holds end" in page
    assert f'href="?ends={day:%Y-%m-%d}#list"' in page
    found = text(client_for(admin).get(f"/staff/holds/?ends={day:%Y-%m-%d}"))
    assert "2 holds , soonest first" in found
    assert f"Ends on {day.day} {day:%b %Y}" in found


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_many(count, admin):
    for _n in range(count):
        extension_of(started(70), at=timezone.now())
    client = client_for(admin)
    client.get("/staff/holds/")
    with CaptureQueriesContext(connection) as found:
        client.get("/staff/holds/")
    assert len(found) == QUERIES_OF_THE_LIST


def test_pages_by_key(admin):
    officer = make_officer()
    template = started(1, officer)
    PreservationHold.objects.bulk_create(
        PreservationHold(
            reference=f"HD-30-{n:07}", provider=template.provider, officer=officer, agency=template.agency,
            status="active", created_at=template.created_at, starts_at=template.starts_at,
            expires_at=template.expires_at + timedelta(days=n // 3),
        )
        for n in range(1, 60)
    )  # fmt: skip
    client, seen, url = client_for(admin), [], "/staff/holds/"
    for _page in range(4):
        page = client.get(url).content.decode()
        seen += re.findall(r'app-ref" href="/staff/holds/([^/]+)/"', page)
        following = re.search(r'pagination__link" href="(\?after=[^"]+)" rel="next"', page)
        if not following:
            break
        url = "/staff/holds/" + following[1]
    assert len(seen) == len(set(seen)) == 60
    assert client.get("/staff/holds/?after=rubbish").status_code == 200
    assert client.get("/staff/holds/?within=12&state=x&ends=rubbish").status_code == 200


def test_granting_on_the_page(admin):
    hold = started(80)
    extension = extension_of(hold, at=timezone.now())
    client, here = client_for(admin), f"/staff/holds/{hold.reference}/extensions/{extension.uid}/"
    page = text(client.get(f"/staff/holds/{hold.reference}/"))
    assert "First extension: 90 days" in page
    assert "We wait for a court or prosecutor" in page
    assert "Your decision: choose an answer" in text(client.post(here, {}))
    assert "say why, so that the officer can act on it" in text(client.post(here, {"decision": "refuse"}))
    assert client.post(here, {"decision": "grant"}).status_code == 302
    old = hold.expires_at
    hold.refresh_from_db()
    assert hold.expires_at == old + timedelta(days=90)
    again = client.post(here, {"decision": "grant"}, follow=True)
    assert "This cannot be done any more" in text(again)
    hold.refresh_from_db()
    assert hold.expires_at == old + timedelta(days=90)
    officer_page = text(client_for(hold.officer).get(f"/holds/{hold.reference}/"))
    assert "We extended the hold by 90 days" in officer_page
    assert "Priya" not in officer_page


def test_refusing_on_the_page(admin):
    hold = started(80)
    extension = extension_of(hold, at=timezone.now())
    here = f"/staff/holds/{hold.reference}/extensions/{extension.uid}/"
    client_for(admin).post(here, {"decision": "refuse", "reason": "Send the order instead."})
    extension.refresh_from_db()
    assert extension.status == "refused"
    assert "Send the order instead." in text(client_for(hold.officer).get(f"/holds/{hold.reference}/"))
    other = started(80)
    wrong = f"/staff/holds/{other.reference}/extensions/{extension.uid}/"
    assert client_for(admin).post(wrong, {"decision": "grant"}).status_code == 404


def test_who_sees_and_who_decides(admin):
    hold = started(80)
    extension = extension_of(hold, at=timezone.now())
    decide, treaty = (
        f"/staff/holds/{hold.reference}/extensions/{extension.uid}/",
        f"/staff/holds/{hold.reference}/treaty/",
    )
    for role in ("analyst", "approver", "counsel", "auditor"):
        client = client_for(make_staff(role))
        assert client.get("/staff/holds/").status_code == 200
        page = client.get(f"/staff/holds/{hold.reference}/")
        assert "Send decision" not in text(page)
        assert client.post(decide, {"decision": "grant"}).status_code == 403
        assert client.post(treaty, {"reason": "x"}).status_code == 403
    outsider = client_for(make_staff("administrator"))
    assert outsider.get("/staff/holds/").status_code == 403
    for url in ("/staff/holds/", f"/staff/holds/{hold.reference}/", f"/staff/holds/{hold.reference}/certificate.pdf"):
        assert client_for(hold.officer).get(url).status_code == 404
    extension.refresh_from_db()
    assert extension.status == "requested"


def test_restricted_holds_and_conflicts(admin):
    hold, other = started(80), started(70)
    PreservationHold.objects.filter(pk=hold.pk).update(restricted=True)
    analyst = client_for(make_staff("analyst"))
    assert analyst.get(f"/staff/holds/{hold.reference}/").status_code == 404
    assert hold.reference not in text(analyst.get("/staff/holds/"))
    assert "active 1" in text(analyst.get("/staff/holds/"))
    assert client_for(admin).get(f"/staff/holds/{hold.reference}/").status_code == 200
    admin.conflicts.create(agency=other.agency, reason="Sister works there", declared_at=timezone.now())
    assert client_for(admin).get(f"/staff/holds/{other.reference}/").status_code == 404
    assert other.reference not in text(client_for(admin).get("/staff/holds/"))


def test_a_draft_is_nobodys_business(admin):
    hold_of(status="draft", title="Secret draft")
    assert "Secret draft" not in text(client_for(admin).get("/staff/holds/"))


def test_staff_read_what_was_kept_and_the_trail_says_so(admin):
    hold = started(20)
    hold.identifiers.filter(kind="uid").update(match_result="exact", account="60417732")
    files = [{"name": "logins.csv", "category": "logins", "rows": 12, "size": 4711, "sha256": "ab" * 32}]
    kept = {"account": "60417732", "taken_at": "2026-11-01T10:00:00+00:00", "files": files, "digest": "cd" * 32}
    PreservationHold.objects.filter(pk=hold.pk).update(snapshot={"accounts": [kept]}, snapshot_at=timezone.now())
    page = text(client_for(admin).get(f"/staff/holds/{hold.reference}/"))
    for words in (
        "60417732",
        "ab" * 32,
        "cd" * 32,
        "logins.csv",
        "One account",
        "1 account",
        "90 days, weekends and holidays too",
    ):
        assert words in page
    assert entries_for(hold).last().action == "hold.viewed"


def test_a_treaty_request_stops_the_clock(admin):
    hold = started(20)
    client, here = client_for(admin), f"/staff/holds/{hold.reference}/treaty/"
    assert "Enter which treaty request" in text(client.post(here, {}))
    client.post(here, {"action": "start", "reason": "MLA 12/2026"})
    hold.refresh_from_db()
    assert (hold.status, hold.next_action_at) == ("on_treaty", None)
    client.post(here, {"action": "end", "reason": "Answered"})
    hold.refresh_from_db()
    assert hold.status == "active"
    assert hold.next_action_at is not None


@pytest.mark.parametrize("status", ["process_served", "on_treaty", "released", "expired", "destroyed", "declined"])
def test_every_state_has_its_page(status, admin):
    hold = started(95, status=status)
    client = client_for(admin)
    assert client.get(f"/staff/holds/{hold.reference}/").status_code == 200
    for query in ("", "?state=ended"):
        assert client.get(f"/staff/holds/{query}").status_code == 200
