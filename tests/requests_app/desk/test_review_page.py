"""The review page beside its checks: pages without loss, advice, notes, who asks, and two people at once."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import CallBack, Suspension
from foundation.audit.models import AuditEvent
from requests_app.enums import ProposalStatus, RequestStatus
from requests_app.models import RequestDocument, Review
from requests_app.services import review
from requests_app.services.standing import standing_of
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.desk.pages import typed

pytestmark = pytest.mark.django_db


def url_of(data_request, query=""):
    return f"/staff/requests/{data_request.reference}/{query}"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def actions(name):
    return AuditEvent.objects.filter(action=name).count()


# Pages ----------------------------------------------------------------------------------------------------------------
def test_turning_to_a_page_saves_what_was_typed_and_shows_it():
    data_request = request_at("in_review", preview=True)
    uid = data_request.documents.get().document.uid
    client = client_for(data_request.assignee)
    given = typed(
        data_request, action=f"page:{uid}:1:large", signed_note="Judge Haugen", necessity="Money", note="Half a"
    )
    answer = client.post(url_of(data_request), given)
    assert answer.url == url_of(data_request, f"?doc={uid}&page=1&layout=large")
    page = soup(client.get(answer.url))
    assert page.select_one("#id_signed_note").get_text(strip=True) == "Judge Haugen"
    assert page.select_one("#id_note").get_text(strip=True) == "Half a"
    assert page.select_one(".app-doc__page--large img")
    assert page.select_one(f"button[value='page:{uid}:1:']").get_text() == "Beside the checks"
    assert not data_request.notes.exists(), "a note that somebody still writes is no note"


def test_what_cannot_be_saved_yet_is_not_lost_by_turning_a_page():
    data_request = request_at("in_review", preview=True)
    line = data_request.lines.first()
    uid = data_request.documents.get().document.uid
    given = typed(data_request, action=f"page:{uid}:1:large", signed_note="Judge Haugen")
    page = client_for(data_request.assignee).post(url_of(data_request), given | {f"line{line.pk}_decision": "refuse"})
    assert "choose why it is not produced" in page.content.decode()
    assert soup(page).select_one("#id_signed_note").get_text(strip=True) == "Judge Haugen"
    assert soup(page).select_one(".app-doc__page--large"), "the page that was asked for is shown"


def test_an_order_stands_beside_its_translation_and_a_noted_page_leads_there():
    data_request = request_at("in_review", preview=True)
    order = data_request.documents.get().document
    translation = clean_pdf(data_request.officer, text="Translation", filename="english.pdf", preview=True)
    RequestDocument.objects.create(
        data_request=data_request, document=translation, role="translation", added_at=timezone.now(),
        added_by=data_request.officer,
    )  # fmt: skip
    client = client_for(data_request.assignee)
    client.post(url_of(data_request), typed(data_request, signed_page="1 and 3", signed_note="Seal"))
    page = soup(client.get(url_of(data_request, "?layout=side")))
    assert [image["src"] for image in page.select(".app-doc__page img")] == [
        f"{url_of(data_request)}pages/{document.uid}/1.png" for document in (order, translation)
    ]
    assert "Page 1 and 3" in [b.get_text() for b in page.select(f"button[value='page:{order.uid}:1:side']")]
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    # Who may not change the review has links: nothing of theirs can be lost.
    links = soup(client_for(make_staff("auditor")).get(url_of(data_request)))
    assert links.select(f"a[href*='doc={translation.uid}']")
    assert not links.select("button[value^='page:']")


@pytest.mark.parametrize("action", ["page:", "page:x:y:z", "page:00000000-0000-0000-0000-000000000000:9:huge"])
def test_a_button_that_names_no_page_shows_the_first(action):
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    answer = client.post(url_of(data_request), typed(data_request, action=action))
    assert client.get(answer.url).status_code == 200


# Recommendation and notes ---------------------------------------------------------------------------------------------
def test_a_recommendation_says_who_gave_it_and_when_and_keeps_its_author_out_of_signing():
    data_request, colleague = request_at("in_review"), make_staff("analyst", full_name="Leila Haddad")
    client = client_for(colleague)
    client.post(url_of(data_request), typed(data_request, recommendation="Leave out the chats."))
    client.post(url_of(data_request), typed(data_request, recommendation="Leave out the chats.", signed_answer="yes"))
    stored = Review.objects.get()
    assert (stored.recommendation, stored.recommended_by) == ("Leave out the chats.", colleague)
    assert actions("request.recommended") == 1
    assert b"chats" not in bytes(AuditEvent.objects.get(action="request.recommended").payload)
    text = soup(client_for(make_staff("approver")).get(url_of(data_request))).select_one(
        "[aria-labelledby=recommended]"
    )
    assert "Leila Haddad" in text.get_text()
    assert "Leave out the chats." in text.get_text()
    client.post(url_of(data_request), typed(data_request, recommendation=""))
    stored.refresh_from_db()
    assert (stored.recommendation, stored.recommended_by, stored.recommended_at) == ("", None, None)


def test_a_note_is_added_on_the_page_once_and_what_else_was_typed_is_kept():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    given = typed(data_request, action="note", note="Ask legal first.", necessity="Money")
    assert client.post(url_of(data_request), given).status_code == 302
    assert client.post(url_of(data_request), given).status_code == 409  # pressed twice: the first has it
    review.write_note(data_request, text="Ask legal first.", by=data_request.assignee)
    assert data_request.notes.get().text == "Ask legal first."
    page = soup(client.get(url_of(data_request)))
    assert page.select_one("#id_necessity").get_text(strip=True) == "Money"
    assert page.select_one("#id_note").get_text(strip=True) == ""
    assert actions("request.note_written") == 1


@pytest.mark.parametrize(("role", "written"), [("counsel", True), ("approver", True), ("auditor", False)])
def test_who_may_only_read_the_review_may_still_write_a_note_if_it_is_their_work(role, written):
    data_request = request_at("in_review")
    client = client_for(make_staff(role))
    assert bool(soup(client.get(url_of(data_request))).select("button[value=note]")) is written
    client.post(url_of(data_request), {"action": "note", "note": "Looks odd."}, follow=True)
    assert data_request.notes.exists() is written
    client.post(url_of(data_request), {"action": "note", "note": " "}, follow=True)
    assert data_request.notes.count() == int(written)
    assert not Review.objects.exists()


def test_the_second_of_two_reads_who_saved_and_when_and_the_advice_is_compared():
    data_request, colleague = request_at("in_review"), make_staff("analyst", full_name="Leila Haddad")
    mine = typed(data_request, recommendation="Refuse it", note="Half a note")
    client_for(colleague).post(url_of(data_request), typed(data_request, recommendation="Grant it"))
    page = client_for(data_request.assignee).post(url_of(data_request), mine)
    text = " ".join(soup(page).get_text(" ").split())
    assert page.status_code == 409
    assert "Leila Haddad saved it, " in text
    assert "Recommendation: stored “Grant it”, you have “Refuse it”" in text
    assert soup(page).select_one("#id_recommendation").get_text(strip=True) == "Refuse it"
    assert soup(page).select_one("#id_note").get_text(strip=True) == "Half a note"


# Officer and agency ---------------------------------------------------------------------------------------------------
def test_who_asks_is_told_with_counts_of_what_the_reader_may_see():
    officer = make_officer()
    data_request = request_at("in_review", officer=officer)
    analyst, now = data_request.assignee, timezone.now()
    refused = request_at("refused", officer=officer)
    refused.proposals.update(status=ProposalStatus.APPROVED, signed_at=now)
    hidden = request_at("refused", officer=officer, restricted=True)
    hidden.proposals.update(status=ProposalStatus.APPROVED, signed_at=now)
    request_at("closed", officer=make_officer(data_request.agency))
    request_at("closed", officer=make_officer(make_agency()))
    old = request_at("closed", officer=officer)
    type(old).objects.filter(pk=old.pk).update(submitted_at=now - timedelta(days=400))
    found = standing_of(data_request, user=analyst)
    assert (found.officer.filed, found.officer.answered, found.officer.refused) == (2, 0, 1)
    assert (found.agency.filed, found.agency.answered, found.agency.refused) == (3, 1, 1)
    assert [p.data_request_id for p in found.officer.refusals] == [refused.pk]
    hidden.named_readers.add(analyst)
    assert standing_of(data_request, user=analyst).officer.refused == 2


def test_the_panel_shows_calls_suspensions_and_links_as_far_as_one_may_go():
    data_request = request_at("in_review")
    analyst, agency = data_request.assignee, data_request.agency
    Suspension.objects.create(
        agency=agency, reason="Mailbox stolen", suspended_at=timezone.now(), suspended_by=analyst,
        lifted_at=timezone.now(), lifted_by=make_staff("approver"),
    )  # fmt: skip
    closed = request_at("in_review", officer=data_request.officer, restricted=True)
    CallBack.objects.create(
        about_reference=closed.reference, number=agency.numbers.first(), called_at=timezone.now(), called_by=analyst,
        spoke_to="Desk", result="confirmed",
    )  # fmt: skip
    panel = soup(client_for(analyst).get(url_of(data_request))).select_one("[aria-labelledby=standing]")
    text = " ".join(panel.get_text(" ").split())
    assert "1 filed, 0 answered, 0 refused, 0 withdrawn" in text
    assert "The first request of this officer" in text
    assert "They confirm" not in text, "the call was about a request that this person may not see"
    assert "Suspended" in text
    assert "Mailbox" not in text
    assert panel.select(f"a[href='/staff/agencies/{agency.uid}/']")
    counsel = soup(client_for(make_staff("counsel")).get(url_of(data_request))).select_one("[aria-labelledby=standing]")
    assert not counsel.select("a")
    assert data_request.status == RequestStatus.IN_REVIEW
