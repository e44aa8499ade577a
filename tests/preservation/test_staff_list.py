"""The staff's list: its tabs, filters and search, and what none of them shows to whom it does not concern."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.providers.models import Provider
from preservation import list_filters
from preservation.list_filters import Filters, Tab
from preservation.models import PreservationHold
from preservation.views.staff import figures, lists
from tests.accounts.helpers import words
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db
URL, SEARCH = "/staff/holds/", "/staff/holds/search/"


def started(days_ago, officer=None, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **more)


def change(hold, **values):
    PreservationHold.objects.filter(pk=hold.pk).update(**values)
    return hold


@pytest.fixture
def admin():
    return make_staff("preservation_admin", full_name="Priya Raman")


def listed(client, query=""):
    """The references in the table of one page."""
    html = client.get(f"{URL}?{query}").content.decode().partition('id="list"')[2]
    return {h.reference for h in PreservationHold.objects.all() if h.reference and h.reference in html}


def test_each_tab_holds_what_it_says(admin):
    officer, now = make_officer(), timezone.now()
    holds = {
        "": started(10, officer), "accept": change(started(1, officer), acceptance="pending", flags=["mass"]),
        "asked": started(60, officer), "ending": started(86, officer), "choose": started(15, officer),
        "kept": started(20, officer, status="process_served"), "treaty": started(20, officer, status="on_treaty"),
        "failed": started(3, officer), "ended": started(95, officer, status="expired"),
    }  # fmt: skip
    extension_of(holds["asked"], at=now)
    change(holds["failed"], work_at=now)
    holds["choose"].identifiers.update(match_result="ambiguous")
    for name in ("", "accept", "choose", "asked", "ending"):
        change(holds[name], snapshot_at=now, work_at=None)
    for name, hold in holds.items():
        change(hold, acceptance="pending" if name == "accept" else "rule")
    change(holds["ended"], work_at=now + timedelta(days=6), grace_until=now + timedelta(days=6))
    client = client_for(admin)
    for tab in ("accept", "choose", "asked", "ending", "kept", "treaty", "failed", "ended"):
        assert listed(client, f"state={tab}") == {holds[tab].reference}, tab
    assert listed(client) == {hold.reference for name, hold in holds.items() if name != "ended"}
    page = words(client.get(f"{URL}?state=accept"))
    assert "1 reason to look at it" in page
    assert "To be confirmed by" in words(client.get(f"{URL}?state=treaty"))
    assert list_filters.counts(PreservationHold.objects.visible_to_staff(admin), now)[Tab.FAILED] == 1


def test_each_tab_is_in_an_order_that_pages_keep(admin, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 1)
    now, client = timezone.now(), client_for(admin)
    running = [started(days) for days in (70, 40, 40)]
    over = [started(20, status="released"), started(95, status="expired"), started(99, status="expired")]
    change(over[0], released_at=now - timedelta(days=1))
    long = [change(started(200 - n), expires_at=now + timedelta(days=20 - n)) for n in range(2)]
    last = change(long.pop(), status="active", expired_at=None)
    long = [change(long[0], status="active", expired_at=None), last]
    for query, expected in (("", [*running[:1]]), ("state=ended", over), ("state=review", long)):
        seen, more = [], f"?{query}"
        while more:
            html = client.get(f"{URL}{more}").content.decode()
            seen += re.findall(r'<th scope="row"[^>]*><a[^>]*>([^<]+)</a>', html)
            more = (re.search(r'href="([^"]+)" rel="next"', html) or [None, ""])[1].replace("&amp;", "&")
        found = [row.reference for row in expected]
        assert [reference for reference in seen if reference in found] == found, query
        assert len(seen) == len(set(seen)) == (5 if not query else len(expected))


def test_a_day_of_the_strip_counts_no_further_than_it_says(admin, monkeypatch):
    monkeypatch.setattr(figures, "MOST_A_DAY", 1)
    officer = make_officer()
    held = [started(85, officer) for _n in range(3)]
    page = client_for(admin).get(URL).content.decode()
    assert f"{held[0].expires_at:%A %-d %B %Y}: 1+ holds end" in page
    assert "week: at least 1 holds end" in page


def test_copies_that_stay_after_the_time_for_late_requests_have_failed(admin):
    hold, now = started(110, status="expired"), timezone.now()
    visible = PreservationHold.objects.visible_to_staff(admin)
    change(hold, work_at=now, grace_until=now - timedelta(hours=3), expired_at=now - timedelta(days=8))
    assert not list_filters.of_tab(visible, Tab.FAILED, now).exists()
    change(hold, grace_until=now - timedelta(hours=5))
    assert list_filters.of_tab(visible, Tab.FAILED, now).get() == hold


def test_filters_stand_in_the_address_and_can_be_taken_off(admin):
    norway, poland = started(85), started(5, make_officer(make_agency("Policja", country="PL")))
    client = client_for(admin)
    assert listed(client, "within=7") == listed(client, "country=NO") == {norway.reference}
    assert listed(client, "country=PL&ground=policy") == listed(client, f"agency={poland.agency.uid}")
    assert listed(client, "ground=law") == set()
    assert listed(client, "within=12&state=x&ends=rubbish&country=%3Cx&agency=1&after=9.9e9") == {
        norway.reference, poland.reference,
    }  # fmt: skip
    page = client.get(f"{URL}?country=PL&within=30")
    assert "No hold matches. Remove a filter." in words(page)
    assert 'href="?within=30#list"' in page.content.decode()
    assert "Policja" in words(client.get(f"{URL}?agency={poland.agency.uid}"))
    assert Filters.read({"state": "ended", "country": "PL"}).query() == "state=ended&country=PL"


def test_long_holds_that_nothing_followed_are_listed_until_somebody_looked(admin):
    now = timezone.now()
    Provider.objects.update(hold_review_days=180)
    long = change(started(200), status="active", expires_at=now + timedelta(days=40), expired_at=None)
    change(started(170), status="active", expires_at=now + timedelta(days=9), expired_at=None)
    change(started(220), status="process_served", request_reference="MX-26-PTQN5JE", next_action_at=None)
    client = client_for(admin)
    assert listed(client, "state=review") == {long.reference}
    assert "Kept for 200 days, nothing followed" in words(client.get(f"{URL}?state=review"))
    change(long, looked_at=now - timedelta(days=179))
    assert listed(client, "state=review") == set()
    change(long, looked_at=now - timedelta(days=15), needed_asked_at=now - timedelta(days=15))
    assert listed(client, "state=review") == set()
    change(long, looked_at=now - timedelta(days=181), needed_asked_at=now - timedelta(days=13))
    assert listed(client, "state=review") == set()
    change(long, needed_asked_at=now - timedelta(days=15))
    assert listed(client, "state=review") == {long.reference}


def test_a_search_finds_what_somebody_knows_and_leaves_no_address(admin):
    hold, other = (
        started(5, title="Operation Fjordlys", case_number="NV 26/18852"),
        started(5, title="Else", case_number="X"),
    )
    change(hold, request_reference="MX-26-PTQN5JE")
    other.identifiers.all().delete()
    client = client_for(admin)
    for text in (hold.reference.lower(), "mx-26-ptqn5je", "26/18852", "fjordlys", hold.agency.name, "48213377",
                 " A@Mail.example "):  # fmt: skip
        answer = client.post(SEARCH, {"words": text})
        assert answer.url == SEARCH
        page = words(client.get(SEARCH))
        assert hold.reference in page, text
        assert other.reference not in page
    assert "1 hold" in page
    searched = AuditEvent.objects.filter(action="hold.searched")
    assert searched.count() == 7
    assert b"jordlys" not in b"".join(bytes(event.payload) for event in searched)
    client.post(SEARCH, {"words": "99999999"})
    assert "No hold that you may see matches" in words(client.get(SEARCH))
    refused = client.post(SEARCH, {"words": "x"})
    assert (refused.status_code, "at least three characters" in words(refused)) == (422, True)
    assert client.post(SEARCH, {"words": ""}).status_code == 422


def test_restricted_holds_and_conflicts_are_in_no_tab_count_or_search(admin):
    hidden = started(85, title="Operation Tåke")
    change(hidden, restricted=True, request_reference="MX-26-PTQN5JE", work_at=timezone.now(), acceptance="pending")
    extension_of(hidden, at=timezone.now())
    analyst = client_for(make_staff("analyst"))
    for tab in Tab:
        page = analyst.get(f"{URL}?state={tab}")
        assert hidden.reference not in page.content.decode()
    assert "active 0 end within 7 days 0 extensions to decide 0" in words(page)
    for text in (hidden.reference, "48213377", "Tåke", hidden.agency.name, "MX-26-PTQN5JE"):
        analyst.post(SEARCH, {"words": text})
        assert hidden.reference not in words(analyst.get(SEARCH))
    client = client_for(admin)
    client.post(SEARCH, {"words": "48213377"})
    assert hidden.reference in words(client.get(SEARCH))
    client.post(SEARCH, {"words": "MX-26-PTQN5JE"})
    assert hidden.reference not in words(client.get(SEARCH))
    admin.conflicts.create(agency=hidden.agency, reason="Sister works there", declared_at=timezone.now())
    client.post(SEARCH, {"words": "48213377"})
    assert hidden.reference not in words(client.get(SEARCH))
    assert client_for(hidden.officer).post(SEARCH, {"words": "48213377"}).status_code == 404


def test_counting_stops(admin, monkeypatch):
    officer = make_officer()
    for _n in range(3):
        started(5, officer)
    monkeypatch.setattr(list_filters, "MOST", 2)
    assert list_filters.bounded(PreservationHold.objects.all()) == 3
    assert "active 2+" in words(client_for(admin).get(URL))
