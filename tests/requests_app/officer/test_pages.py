"""The list and the page of one request: who sees what, in which words, and what each look leaves."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.enums import RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, Follower
from requests_app.views.officer import lists
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.officer.helpers import pdf

pytestmark = pytest.mark.django_db
LIST = "/requests/"


def urls_of(data_request):
    names = ["request", "received", "sent", "withdraw"]
    found = [reverse(f"officer:{name}", args=[data_request.reference]) for name in names]
    item = data_request.documents.first()
    if item:
        found.append(reverse("officer:file", args=[data_request.reference, item.uid]))
    return found


def test_a_stranger_gets_404_everywhere():
    sent, draft = request_at("awaiting_officer"), request_at("draft")
    stranger = client_for(make_officer())
    steps = ["draft", "draft_delete", "check", "step_legal_process", "step_facts", "step_identifiers",
             "step_records", "step_documents", "step_notice"]  # fmt: skip
    urls = urls_of(sent) + [reverse(f"officer:{name}", args=[draft.uid]) for name in steps]
    urls.append(reverse("officer:draft_file", args=[draft.uid, draft.documents.get().uid]))
    for url in urls:
        assert stranger.get(url).status_code == 404, url
        assert stranger.post(url).status_code in {404, 405}, url
    question = reverse("officer:question", args=[sent.reference, 1])
    assert stranger.post(question, {"text": "x"}).status_code == 404
    assert sent.title not in stranger.get(LIST).content.decode()


def test_staff_are_not_officers():
    sent = request_at("submitted")
    staff = client_for(make_staff("analyst"))
    for url in [LIST, "/drafts/new/", "/emergency/new/", *urls_of(sent)]:
        assert staff.get(url).status_code == 404, url


def test_a_colleague_sees_nothing_and_a_lead_sees_what_was_sent_and_is_not_restricted():
    sent, draft = request_at("submitted", title="Sent one"), None
    officer = sent.officer
    draft = request_at("draft", officer=officer, title="Draft one")
    sealed = request_at("submitted", officer=officer, title="Sealed one", restricted=True)
    agency = officer.membership.agency
    colleague, lead = client_for(make_officer(agency)), client_for(make_officer(agency, lead=True))
    page = colleague.get(LIST).content.decode()
    assert not any(item.title in page for item in (sent, draft, sealed))
    assert colleague.get(urls_of(sent)[0]).status_code == 404
    page = lead.get(LIST).content.decode()
    assert "Sent one" in page
    assert f"filed by {officer.get_full_name()}" in page
    assert "Draft one" not in page
    assert "Sealed one" not in page
    assert lead.get(urls_of(sent)[0]).status_code == 200
    assert lead.get(urls_of(sealed)[0]).status_code == 404
    assert lead.get(reverse("officer:draft", args=[draft.uid])).status_code == 404


def test_a_lead_and_a_follower_may_read_but_not_act():
    asked = request_at("awaiting_officer")
    lead = make_officer(asked.agency, lead=True)
    follower = make_officer(asked.agency)
    Follower.objects.create(data_request=asked, user=follower, added_at=timezone.now(), added_by=asked.officer)
    for user in (lead, follower):
        client = client_for(user)
        page = client.get(urls_of(asked)[0]).content.decode()
        assert "Our question to the officer" in page
        assert "We need an answer to go on" not in page
        assert "Send answer" not in page
        assert "Withdraw the request" not in page
        client.post(reverse("officer:withdraw", args=[asked.reference]))
        client.post(reverse("officer:question", args=[asked.reference, 1]), {"text": "Mine"})
    asked.refresh_from_db()
    assert asked.status == "awaiting_officer"


@pytest.mark.parametrize("status", RequestStatus.values)
def test_every_status_has_its_page(status):
    data_request = request_at(status)
    client = client_for(data_request.officer)
    assert client.get(LIST).status_code == 200
    if data_request.reference:
        page = client.get(reverse("officer:request", args=[data_request.reference])).content.decode()
        assert data_request.reference in page
        assert data_request.test_people.analyst.get_full_name() not in page.replace(
            data_request.officer.get_full_name(), ""
        )
        assert "ACC-" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_questions(rows, django_assert_num_queries):
    officer = make_officer()
    for status in ["awaiting_officer", "submitted", "draft"][:rows]:
        request_at(status, officer=officer)
    client = client_for(officer)
    client.get(LIST)
    with django_assert_num_queries(14):
        client.get(LIST)


def test_the_list_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    officer, now = make_officer(), timezone.now()
    for number in range(5):
        request_at("draft", officer=officer, title=f"Draft {number}", at=now - timedelta(hours=number))
    client, url, seen = client_for(officer), LIST, []
    while url:
        page = client.get(url)
        seen += [row.data_request.title for row in page.context["rows"]]
        url = LIST + page.context["next"] if page.context["next"] else ""
    assert seen == [f"Draft {number}" for number in range(5)]
    assert client.get(LIST + "?after=nonsense").status_code == 200


def test_filters():
    officer = make_officer()
    asked, draft = request_at("awaiting_officer", officer=officer), request_at("draft", officer=officer)
    client = client_for(officer)

    def shown(query):
        return {row.data_request.pk for row in client.get(LIST + query).context["rows"]}

    assert shown("?status=question") == {asked.pk}
    assert shown("?status=draft") == {draft.pk}
    assert shown(f"?q={asked.reference.lower().replace('-', '')}") == {asked.pk}
    assert shown(f"?q={draft.case_number}") == {draft.pk}
    assert shown("?q=nothing-like-it") == set()
    assert "No request matches" in client.get(LIST + "?q=nothing-like-it").content.decode()


def test_what_waits_stands_on_top():
    officer, now = make_officer(), timezone.now()
    asked = request_at("awaiting_officer", officer=officer)
    request_at("draft", officer=officer, submitted_at=now, reference="MX-26-0000000")
    hold = PreservationHold.objects.create(
        reference="HD-26-0000000", provider=asked.provider, officer=officer, agency=asked.agency, status="active",
        created_at=now, starts_at=now, expires_at=now + timedelta(days=4, hours=1), case_number="NV 26/77",
        request_reference=asked.reference,
    )  # fmt: skip
    more_time = PreservationHold.objects.create(
        reference="HD-26-0000001", provider=asked.provider, officer=officer, agency=asked.agency, status="active",
        created_at=now, starts_at=now, expires_at=now + timedelta(days=3), case_number="NV 26/78",
    )  # fmt: skip
    more_time.extensions.create(
        requested_at=now, requested_by=officer, days=90, old_expires_at=more_time.expires_at, reason="treaty"
    )
    client = client_for(officer)
    page = client.get(LIST).content.decode()
    assert "Answer a question" in page
    assert "Complete and send again" in page
    assert f'href="/holds/{hold.reference}/#extend">Extend or release a hold</a> for NV 26/77' in page
    assert "NV 26/78" not in page  # asked already
    assert "4 days left" in page
    assert hold.reference in client.get(urls_of(asked)[0]).content.decode()


def test_nothing_waiting_leaves_the_block_out():
    page = client_for(make_officer()).get(LIST).content.decode()
    assert "Waiting for you" not in page
    assert "You have no requests yet" in page


def test_a_visit_leaves_one_event_and_a_download_its_own():
    sent = request_at("submitted")
    client = client_for(sent.officer)
    for _ in range(2):
        for url in urls_of(sent)[:3]:
            assert client.get(url).status_code == 200
    assert AuditEvent.objects.filter(action=Event.VIEWED, object_label=sent.reference).count() == 1
    file = client.get(urls_of(sent)[4])
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert "order.pdf" in file["Content-Disposition"]
    assert AuditEvent.objects.filter(action=Event.DOCUMENT_DOWNLOADED).count() == 1
    assert client.get(urls_of(sent)[4], headers={"range": "bytes=0-3"}).status_code == 206


def test_a_file_in_quarantine_is_not_handed_out():
    sent = request_at("submitted")
    Document.objects.update(state="infected", refusal="A virus was found in this file.")
    response = client_for(sent.officer).get(urls_of(sent)[4])
    assert response.status_code == 409
    assert "A virus was found" in response.content.decode()


def test_the_timeline_says_nothing_internal():
    sent = request_at("in_review")
    staff = sent.test_people.analyst
    record(Event.SUBMITTED, by=sent.officer, obj=sent)
    record(Event.TAKEN, by=staff, obj=sent)
    record(Event.PROPOSED, by=staff, obj=sent, reason="internal words")
    record(Event.NOTE_WRITTEN, by=staff, obj=sent)
    page = client_for(sent.officer).get(urls_of(sent)[0])
    assert [e.title for e in page.context["history"]] == ["Review started", "Submitted"]
    assert [e.by for e in page.context["history"]] == ["", "by you"]
    assert "internal words" not in page.content.decode()


def test_an_answer_with_a_document_restarts_the_clock():
    asked = request_at("awaiting_officer")
    client, url = client_for(asked.officer), reverse("officer:question", args=[asked.reference, 1])
    assert client.get(url).url == reverse("officer:request", args=[asked.reference])
    empty = client.post(url, {"text": ""})
    assert "Enter your answer" in empty.content.decode()
    data = {"text": "Use the period of the order.", "uploads": [pdf("amended.pdf")]}
    assert client.post(url, data).url == reverse("officer:request", args=[asked.reference])
    client.post(url, {"text": "A second click."})
    before = asked.deadline_at
    asked.refresh_from_db()
    assert asked.status == "in_review"
    assert asked.deadline_at > before
    reply = asked.clarifications.get().replies.get()
    assert reply.documents.get().filename == "amended.pdf"
    assert "Use the period of the order." in client.get(urls_of(asked)[0]).content.decode()


def test_an_answer_whose_file_is_refused_is_not_sent():
    asked = request_at("awaiting_officer")
    url = reverse("officer:question", args=[asked.reference, 1])
    page = client_for(asked.officer).post(url, {"text": "Words I typed", "uploads": [pdf("a.exe")]}).content.decode()
    assert "Words I typed" in page
    assert not asked.clarifications.get().replies.exists()


def test_withdrawing_asks_once_and_happens_once():
    asked = request_at("awaiting_officer")
    client, url = client_for(asked.officer), reverse("officer:withdraw", args=[asked.reference])
    assert "Withdraw this request?" in client.get(url).content.decode()
    for _ in range(2):
        assert client.post(url, {"reason": "Case closed"}).status_code == 302
    asked.refresh_from_db()
    assert asked.status == "withdrawn"
    assert asked.clarifications.get().status == "lapsed"
    assert AuditEvent.objects.filter(action=Event.WITHDRAWN).count() == 1
    assert OutboundMessage.objects.filter(event="request_withdrawn").count() == 1


@pytest.mark.parametrize("status", ["in_review", "granted", "closed"])
def test_what_is_being_decided_cannot_be_withdrawn(status):
    data_request = request_at(status)
    client_for(data_request.officer).post(reverse("officer:withdraw", args=[data_request.reference]))
    data_request.refresh_from_db()
    assert data_request.status == status


def test_a_suspended_officer_can_do_nothing():
    draft = request_at("draft")
    client = client_for(draft.officer)
    draft.officer.memberships.update(suspended_at=timezone.now())
    assert client.get(LIST).status_code == 404
    assert (
        client.post(reverse("officer:check", args=[draft.uid]), {"lock_version": 0, "declared": "on"}).status_code
        == 404
    )
    assert DataRequest.objects.get().status == "draft"


def test_a_reference_in_any_writing_opens_the_request():
    sent = request_at("submitted")
    assert client_for(sent.officer).get(f"/requests/{sent.reference.lower()}/").status_code == 200
    assert client_for(sent.officer).get("/requests/MX-26-AAAAAAA/").status_code == 404


def test_a_key_of_somebody_else_gives_nothing_away():
    draft = request_at("draft")
    page = client_for(make_officer()).post("/drafts/new/", {"key": draft.uid})
    assert page.status_code == 422
    assert DataRequest.objects.count() == 1
    assert client_for(make_officer()).post("/drafts/new/", {"key": uuid4()}).status_code == 302
