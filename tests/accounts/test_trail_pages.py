"""The audit log as an auditor reads it: filters, one entry, its proof, and what stays withheld."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import event_names
from foundation.audit.context import Origin, origin
from foundation.audit.models import AuditAnchor, AuditEvent, Checkpoint
from foundation.audit.sealing import seal
from foundation.audit.trail import record
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

LOG = "/staff/audit/"
SECRET = "The brother of the minister is named."
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def auditor(db):
    return client_for(make_staff("auditor"))


def shown(answer) -> list[int]:
    """The numbers of the entries on a page."""
    return [int(link["href"].split("/")[-2]) for link in page(answer).select("tbody td .app-line a")]


def test_each_filter_finds_its_own_and_nothing_else(auditor):
    anna, ben = make_staff("analyst"), make_staff("approver")
    with origin(Origin(ip="203.0.113.9", request_id="r" * 32, session_key=lambda: "one")):
        first = record("package.released", by=anna, obj=ben, at=NOON)
        session = first.session
    late = record("package.downloaded", by=ben, object_label="XR-26-0000001", at=NOON + timedelta(hours=12))
    no = record("sign_in.failed", by=None, outcome="wrong_password", at=NOON - timedelta(seconds=1, hours=12))
    asked = {
        "since=2026-11-16&until=2026-11-16": [first],
        "since=2026-11-17&until=2026-11-17": [late],
        "until=2026-11-15": [no],
        f"actor={anna.email.upper()}": [first],
        f"actor={ben.email}&group=exports": [late],
        "group=exports&until=2026-11-20": [late],
        "action=package.": [late, first],
        "action=package.released": [first],
        "action=Released&since=2026-11-16&until=2026-11-16": [first],
        "outcome=not_ok&group=sign_in": [no],
        "outcome=ok&until=2026-11-17": [late, first],
        "reference=XR-26-0000001": [late],
        "kind=accounts.user&action=package.": [first],
        f"session={session}": [first],
        "ip=203.0.113.9": [first],
        f"request={'r' * 32}": [first],
    }
    for query, found in asked.items():
        assert shown(auditor.get(f"{LOG}?{query}")) == [entry.pk for entry in found], query
    assert "More is shown than was asked for" in words(auditor.get(f"{LOG}?since=yesterday&group=x"))


def test_pages_follow_each_other_by_place(auditor, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("accounts.views.staff.trail.SIZE", 2)
    entries = [record("demo.made", by=None, at=NOON + timedelta(hours=n % 2)).pk for n in range(5)]
    seen, address = [], f"{LOG}?action=demo.made"
    while address:
        answer = auditor.get(address)
        seen += shown(answer)
        following = page(answer).select_one("a[rel=next]")
        address = following and f"{LOG}{following['href']}"
    assert seen == [entries[3], entries[1], entries[4], entries[2], entries[0]]
    monkeypatch.setattr("accounts.views.staff.trail.SIZE", 50)
    with django_assert_num_queries(8):
        auditor.get(f"{LOG}?action=demo.made")
    for _more in range(4):
        record("demo.made", by=None)
    with django_assert_num_queries(8):
        auditor.get(f"{LOG}?action=demo.made")


def test_an_entry_has_a_page_and_a_proof(auditor):
    officer = make_officer()
    with origin(Origin(ip="203.0.113.9", request_id="r" * 32)):
        entry = record("request.viewed", by=officer, reason="To read it", data={"page": "notes"})
        beside = record("request.viewed", by=officer)
    told = words(auditor.get(f"{LOG}{entry.pk}/"))
    assert "Not yet. It will be within a minute." in told
    for said in ("203.0.113.9", "To read it", officer.email, '"page": "notes"', f"entry {beside.pk}"):
        assert said in told
    assert auditor.get(f"{LOG}{entry.pk}/proof.json").headers["Location"] == f"{LOG}{entry.pk}/"
    assert auditor.get(f"{LOG}999999999/").status_code == 404
    assert AuditEvent.objects.filter(action="trail.entry_read").count() == 1


def test_restricted_requests_stay_withheld_on_every_way(auditor):
    data_request = request_at("submitted", restricted=True)
    entry = record("request.note_written", by=None, obj=data_request, reason=SECRET, data={"page": "notes"})
    answer = auditor.get(f"{LOG}{entry.pk}/")
    assert SECRET not in answer.content.decode()
    assert "exact words of the entry" in words(answer)
    assert SECRET not in auditor.get(f"{LOG}?action=request.note_written").content.decode()
    refused = auditor.get(f"{LOG}{entry.pk}/proof.json")
    assert refused.status_code == 302
    assert not AuditEvent.objects.filter(action="trail.proof_taken").exists()


def test_the_network_address_stands_on_a_phone_too(auditor):
    with origin(Origin(ip="203.0.113.9", request_id="r" * 32, session_key=lambda: "one")):
        record("package.released", by=make_staff("analyst"), at=NOON)
    cell = page(auditor.get(f"{LOG}?ip=203.0.113.9")).select_one('tbody td[data-label="From"]')
    assert cell.get_text(strip=True) == "203.0.113.9"
    assert "app-wide-only" not in cell["class"]


def test_every_group_has_acts_and_every_act_has_words():
    assert [group for group in event_names.GROUPS if not event_names.in_group(group)] == []
    assert event_names.groups_of("package.downloaded") == {"records", "exports"}
    looks = {"hold.read_by_officer", "hold.identifiers_matched", "restriction.looked_up", "connector.key_shown"}
    assert looks <= set(event_names.in_group("looks"))
    decisions = set(event_names.in_group("decisions"))
    assert ("certificate.signed" in decisions, "request.assigned" in decisions) == (True, False)
    assert event_names.words_of(["package.released", "made.up_thing"])["made.up_thing"] == "Made: up thing"


def test_the_pages_of_the_log_are_tabs_for_who_may_open_them(auditor):
    tabs = [link["href"] for link in page(auditor.get(LOG)).select(".moj-sub-navigation__link")]
    assert tabs[0] == LOG
    assert {"/staff/alarms/", "/staff/trail-state/"} <= set(tabs)
    assert [auditor.get(path).status_code for path in tabs] == [200] * len(tabs)
    alone = client_for(make_staff("approver")).get("/staff/alarms/")
    assert page(alone).select(".moj-sub-navigation__link") == []


def test_an_anchored_entry_says_so(auditor):
    entry = record("demo.made", by=None)
    seal(after_restore=True)
    assert "Anchored outside Not yet" in words(auditor.get(f"{LOG}{entry.pk}/"))
    size = Checkpoint.objects.get().tree_size
    AuditAnchor.objects.create(number=1, tree_size=size, stamp=b"x", stamped_at=NOON, authority="Stamps Ltd")
    assert f"Stamped with {size} leaves by Stamps Ltd, 16 Nov 2026" in words(auditor.get(f"{LOG}{entry.pk}/"))
    AuditAnchor.objects.create(number=2, tree_size=size)
    later = record("demo.made", by=None)
    seal(after_restore=True)
    AuditAnchor.objects.create(number=3, tree_size=Checkpoint.objects.latest("tree_size").tree_size)
    assert "Published without a stamp, as anchor 3" in words(auditor.get(f"{LOG}{later.pk}/"))


def test_strangers_find_no_log(db):
    entry = record("demo.made", by=None)
    for person, status in ((make_staff("approver"), 403), (make_officer(), 404)):
        for path in (LOG, f"{LOG}{entry.pk}/", f"{LOG}{entry.pk}/proof.json"):
            assert client_for(person).get(path).status_code == status, path
