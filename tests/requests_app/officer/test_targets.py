"""The identifiers of a draft on their page: added, changed, removed, undone, page by page."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, Stale
from foundation.core.identifiers import read_identifier
from requests_app.enums import TargetRole
from requests_app.models import LegalProcess, OrderUse, Target, TargetChange
from requests_app.services import targets
from tests.factories import request_at
from tests.people import client_for, make_officer
from tests.requests_app.officer.lists import csv_upload, uids

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    found = request_at("draft")
    found.targets.all().delete()
    return found


@pytest.fixture
def browser(draft):
    return client_for(draft.officer)


def url_of(draft):
    return reverse("officer:step_identifiers", args=[draft.uid])


def press(browser, draft, query="", **data):
    draft.refresh_from_db()
    return browser.post(url_of(draft) + query, {"lock_version": draft.lock_version} | data)


def fill(draft, values, *, kind="uid"):
    draft.refresh_from_db()
    found = [read_identifier(kind, value) for value in values]
    return targets.add_identifiers(draft, found, version=draft.lock_version, by=draft.officer)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def given(draft):
    return sorted(draft.targets.values_list("given", flat=True))


def test_each_kind_keeps_what_stands_beside_it(browser, draft):
    press(browser, draft, action="add", kind="wallet", value="rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", network="xrp",
          memo="12345", role="suspect", note="First payment")  # fmt: skip
    press(browser, draft, action="add", kind="txid", value=f"9f3c{'0' * 60}", network="bitcoin",
          direction="out", output="1", role="victim")  # fmt: skip
    press(browser, draft, action="add", kind="ip", value="203.0.113.24", port="4431",
          used="2026-03-18 14:20:00 +01:00", role="unknown")  # fmt: skip
    wallet, tx, ip = draft.targets.order_by("pk")
    assert (wallet.detail, wallet.role, wallet.note) == ("tag:12345", "suspect", "First payment")
    assert (tx.detail, tx.network) == ("out:1", "bitcoin")
    assert ip.normalised == "203.0.113.24:4431 2026-03-18T13:20:00Z"
    text = soup(browser.get(url_of(draft))).get_text(" ")
    assert "tag or memo 12345" in text
    assert "outgoing, output 1" in text


def test_what_another_kind_needs_is_not_asked_for_and_not_kept(browser, draft):
    press(
        browser, draft, action="add", kind="uid", value="48213377", memo="99", port="80", network="xrp", role="unknown"
    )
    target = draft.targets.get()
    assert (target.detail, target.network, target.normalised) == ("", "", "48213377")


def test_a_wallet_without_its_network_says_so_at_the_network(browser, draft):
    page = press(
        browser, draft, action="add", kind="wallet", value="rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", role="unknown"
    )
    assert page.status_code == 422
    assert "choose the one it is on" in soup(page).select_one("#id_network-error").get_text()
    assert not draft.targets.exists()


def test_a_secret_is_neither_stored_nor_shown_again(browser, draft):
    secret = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"
    for data in ({"action": "add", "kind": "wallet", "value": secret, "network": "bitcoin", "role": "unknown"},
                 {"action": "import", "list-paste": f"wallet,{secret},bitcoin", "list-role": "unknown"}):  # fmt: skip
        page = press(browser, draft, **data)
        assert page.status_code == 422
        assert secret not in page.content.decode()
    assert not draft.targets.exists()


def test_remove_keeps_what_is_typed_elsewhere(browser, draft):
    fill(draft, ["48213377", "48213378"])
    first, second = draft.targets.order_by("pk")
    page = press(
        browser, draft, remove=first.pk, value="half typed", note="seen in chat", **{"list-paste": "12345678\nxx"},
        **{f"role{second.pk}": "victim", f"note{second.pk}": "her account"},
    )  # fmt: skip
    shown = soup(page)
    assert given(draft) == ["48213378"]
    assert shown.select_one("#id_value")["value"] == "half typed"
    assert shown.select_one("#id_note")["value"] == "seen in chat"
    assert shown.select_one("#id_list-paste").get_text().split() == ["12345678", "xx"]
    second.refresh_from_db()
    assert (second.role, second.note) == ("victim", "her account")
    assert not shown.select(".govuk-error-summary")


def test_a_file_that_arrived_stays_in_the_list_when_another_button_is_pressed(browser, draft):
    fill(draft, ["48213377"])
    page = press(browser, draft, remove=draft.targets.get().pk, **{"list-file": csv_upload("uid,48213399")})
    assert "list.csv" in soup(page).select_one("[data-sent]").get_text()
    assert not draft.imports.exists()


def test_one_that_is_there_already_is_told_without_another_writing(browser, draft):
    fill(draft, ["0044 7700 900461"], kind="phone")
    press(browser, draft, action="add", kind="phone", value="+44 7700 900461", role="unknown")
    text = soup(browser.get(url_of(draft))).select_one(".moj-alert, [role=region], main").get_text(" ")
    assert "+44 7700 900461 is in the list already." in text
    assert "0 identifiers" not in text
    assert draft.targets.count() == 1


def test_duplicates_are_folded_and_counted(browser, draft):
    fill(draft, ["48213377"])
    lines = "48213377\n48213378\n4821 3378\n48213379"
    press(browser, draft, action="import", **{"list-paste": lines, "list-role": "suspect"})
    said = browser.get(url_of(draft)).content.decode()
    assert "1 stood twice in what you sent. 1 was in the list already" in said
    assert draft.targets.count() == 3
    assert draft.targets.filter(role=TargetRole.SUSPECT).count() == 2


def test_the_corrected_lines_of_a_list_are_shown_each_with_its_reason(browser, draft):
    page = press(browser, draft, action="import", **{
        "list-paste": "Nordlys@Mail.example\n0044 7700 900461", "list-role": "unknown"})  # fmt: skip
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in soup(page).select("#corrected tbody tr, section:has(#corrected) tbody tr")
    ]
    assert ["0044 7700 900461", "+447700900461"] in [row[:2] for row in rows]
    assert all(row[2] for row in rows)


def test_more_lines_than_are_taken_stay_as_they_were_pasted(browser, draft):
    lines = "\n".join(uids(0, 501))
    page = press(browser, draft, action="import", **{"list-paste": lines, "list-role": "unknown"})
    assert page.status_code == 422
    assert "send them as a file" in page.content.decode()
    assert len(soup(page).select_one("#id_list-paste").get_text().split()) == 501
    assert not draft.targets.exists()


def test_very_many_mistakes_are_each_explained_once_and_all_stay(browser, draft):
    page = press(browser, draft, action="import", **{"list-paste": "\n".join("?" * 60), "list-role": "unknown"})
    shown = soup(page)
    assert len(shown.select(".govuk-error-summary li")) == 1
    assert "60 lines cannot be used" in shown.select_one(".govuk-error-summary").get_text()
    assert len(shown.select("#refused-lines li")) == 60
    assert page.content.decode().count("Line 60, ?: ") == 1
    assert len(shown.select_one("#id_list-paste").get_text().split()) == 60


def test_a_removal_is_undone_once(browser, draft):
    fill(draft, ["48213377", "48213378"])
    target = draft.targets.order_by("pk").first()
    Target.objects.filter(pk=target.pk).update(note="kept", role="victim")
    press(browser, draft, remove=target.pk)
    change = TargetChange.objects.get(act="removed")
    press(browser, draft, action="undo", undo=change.pk)
    back = draft.targets.get(given="48213377")
    assert (back.note, back.role) == ("kept", "victim")
    again = press(browser, draft, action="undo", undo=change.pk)
    assert again.status_code == 409
    assert draft.targets.count() == 2
    change.refresh_from_db()
    assert change.rows == []


def test_the_last_list_is_undone_and_what_was_there_stays(browser, draft):
    fill(draft, ["48213377"])
    press(browser, draft, action="import", **{"list-paste": "48213378\n48213377\n48213379", "list-role": "unknown"})
    assert draft.targets.count() == 3
    press(browser, draft, action="undo", undo=targets.undoable(draft).pk)
    assert given(draft) == ["48213377"]


def test_both_the_last_removal_and_the_last_adding_can_be_undone_in_turn(draft):
    fill(draft, ["48213377"])
    fill(draft, ["48213378"])
    draft.refresh_from_db()
    targets.remove_identifiers(draft, None, version=draft.lock_version, by=draft.officer)
    for left in (["48213377", "48213378"], ["48213377"]):
        draft.refresh_from_db()
        targets.undo(draft, targets.undoable(draft).pk, version=draft.lock_version, by=draft.officer)
        assert given(draft) == left
    assert targets.undoable(draft) is None


def test_remove_selected_and_all_of_a_kind(browser, draft):
    fill(draft, uids(0, 5))
    fill(draft, ["a@mail.example", "b@mail.example"], kind="email")
    chosen = list(draft.targets.filter(kind="uid").values_list("pk", flat=True)[:2])
    press(browser, draft, action="remove_selected", select=chosen)
    assert draft.targets.count() == 5
    press(browser, draft, "?kind=email", action="remove_all")
    assert set(draft.targets.values_list("kind", flat=True)) == {"uid"}
    page = press(browser, draft, action="remove_selected")
    assert page.status_code == 302
    assert draft.targets.count() == 3


def test_the_older_of_two_tabs_changes_nothing_and_loses_nothing(browser, draft):
    fill(draft, ["48213377"])
    target, url = draft.targets.get(), url_of(draft)
    change = targets.undoable(draft)
    for data in ({"remove": target.pk}, {"action": "remove_all"}, {"action": "undo", "undo": change.pk},
                 {"action": "save", f"role{target.pk}": "victim", f"note{target.pk}": "typed"},
                 {"action": "import", "list-paste": "48213390", "list-role": "unknown"}):  # fmt: skip
        page = browser.post(url, {"lock_version": 0, "value": "half typed"} | data)
        assert page.status_code == 409, data
        assert "changed in another window" in page.content.decode()
        assert soup(page).select_one("#id_value")["value"] == "half typed"
    assert given(draft) == ["48213377"]
    target.refresh_from_db()
    assert target.role == "unknown"


def test_the_older_tab_keeps_the_notes_typed_into_the_list(browser, draft):
    fill(draft, ["48213377"])
    pk = draft.targets.get().pk
    page = browser.post(
        url_of(draft), {"lock_version": 0, "action": "save", f"role{pk}": "victim", f"note{pk}": "typed"}
    )
    assert soup(page).select_one(f"#id_note{pk}")["value"] == "typed"


def test_a_note_that_is_too_long_is_refused_at_its_row(browser, draft):
    fill(draft, ["48213377"])
    pk = draft.targets.get().pk
    page = press(browser, draft, action="save", **{f"role{pk}": "victim", f"note{pk}": "x" * 301})
    assert page.status_code == 422
    assert soup(page).select(f"#id_note{pk}-error")
    assert Target.objects.get(pk=pk).role == "unknown"


def test_only_an_order_of_this_request_can_be_named(browser, draft):
    other = request_at("draft").orders.get()
    second = LegalProcess.objects.create(
        agency=draft.agency, issuing_authority="Second court", created_at=timezone.now()
    )
    OrderUse.objects.create(data_request=draft, process=second, added_at=timezone.now(), position=1)
    press(browser, draft, action="add", kind="uid", value="48213377", role="unknown", process=str(second.uid))
    assert draft.targets.get().process == second
    assert "Only in" in browser.get(url_of(draft)).content.decode()
    refused = press(browser, draft, action="add", kind="uid", value="48213378", role="unknown", process=str(other.uid))
    assert refused.status_code == 422
    draft.refresh_from_db()
    with pytest.raises(Incomplete):
        targets.add_identifiers(
            draft, [read_identifier("uid", "48213379")], process=other, version=draft.lock_version, by=draft.officer
        )
    assert draft.targets.count() == 1


def test_ten_thousand_are_taken_and_not_one_more(draft):
    assert fill(draft, uids(0, 10_000)) == 10_000
    with pytest.raises(Incomplete, match="at most 10,000"):
        fill(draft, ["48213377"])
    assert fill(draft, uids(9_990, 10)) == 0  # what is there already takes no place


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_of_the_database_for_one_and_three(browser, draft, count):
    fill(draft, uids(0, count))
    browser.get(url_of(draft))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert browser.get(url_of(draft)).status_code == 200
    assert len(asked) == PAGE_QUERIES


def test_ten_thousand_are_shown_by_fifty_with_as_many_queries(browser, draft):
    fill(draft, uids(0, 10_000))
    browser.get(url_of(draft))
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(url_of(draft) + "?page=200")
    assert len(asked) == PAGE_QUERIES
    shown = soup(page)
    assert len(shown.select("tbody tr")) == 50
    assert "9951 to 10000 of 10000" in shown.select_one(".app-pager").get_text()
    assert len(soup(browser.get(url_of(draft) + "?page=99999")).select("tbody tr")) == 50


PAGE_QUERIES = 22


def test_the_list_shows_one_kind(browser, draft):
    fill(draft, uids(0, 2))
    fill(draft, ["a@mail.example"], kind="email")
    shown = soup(browser.get(url_of(draft) + "?kind=email"))
    assert "a@mail.example" in shown.select_one("tbody").get_text()
    assert len(shown.select("tbody tr")) == 1
    assert len(soup(browser.get(url_of(draft) + "?kind=nonsense")).select("tbody tr")) == 3


def test_the_trail_counts_and_names_nobody(browser, draft):
    press(browser, draft, action="import", **{"list-paste": "48213377\nnordlys@mail.example", "list-role": "unknown"})
    press(browser, draft, action="remove_all")
    press(browser, draft, action="undo", undo=targets.undoable(draft).pk)
    events = AuditEvent.objects.filter(action__startswith="request.targets_")
    assert list(events.order_by("pk").values_list("action", flat=True)) == [
        "request.targets_added", "request.targets_removed", "request.targets_undone"]  # fmt: skip
    stored = b"".join(bytes(event.payload) for event in AuditEvent.objects.all())
    assert b"48213377" not in stored
    assert b"nordlys" not in stored


def test_enter_in_a_note_saves_and_in_the_identifier_adds(browser, draft):
    fill(draft, ["48213377"])
    pk = draft.targets.get().pk
    press(browser, draft, action="enter", **{f"role{pk}": "victim", f"note{pk}": "typed"})
    assert Target.objects.get(pk=pk).note == "typed"
    press(browser, draft, action="enter", kind="uid", value="48213378", role="unknown")
    assert given(draft) == ["48213377", "48213378"]


def test_nobody_else_reaches_them(draft):
    fill(draft, ["48213377"])
    stranger = client_for(make_officer())
    assert stranger.post(url_of(draft), {"lock_version": 1, "action": "remove_all"}).status_code == 404
    with pytest.raises(Stale):
        targets.remove_identifiers(draft, None, version=7, by=draft.officer)
    assert draft.targets.count() == 1


def test_what_could_be_undone_goes_with_the_sending(draft):
    fill(draft, ["48213377"])
    assert targets.forget_changes() == 0
    sent = request_at("submitted")
    TargetChange.objects.create(
        data_request=sent, act="removed", batch="0" * 32, rows=[{"given": "x"}], at=timezone.now(), by=sent.officer
    )
    assert targets.forget_changes() == 1
    assert targets.undoable(draft)
