"""Two tabs, two clicks, two threads: nothing is lost, and nothing is done twice."""

import uuid

import pytest
from django.urls import reverse

from foundation.core.errors import Stale
from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest
from requests_app.services import drafts, intake
from requests_app.services.preflight import Step
from tests.factories import emergency_type, request_at
from tests.harness.race import race
from tests.people import client_for, make_officer, make_provider
from tests.requests_app.officer.helpers import date_of

FACTS = {"title": "A", "case_number": "1", "offence": "Fraud", "facts": "F", "connection": "C"}


@pytest.mark.django_db
def test_the_older_tab_is_refused_with_both_texts_on_the_page():
    draft = request_at("draft", facts="What was stored first.")
    client, url = client_for(draft.officer), reverse("officer:step_facts", args=[draft.uid])
    newer = client.post(url, FACTS | {"facts": "From the newer tab.", "lock_version": 0, "action": "continue"})
    assert newer.status_code == 302

    older = client.post(url, FACTS | {"facts": "From the older tab.", "lock_version": 0, "action": "continue"})
    page = older.content.decode()
    assert "changed in another window" in page
    assert "From the older tab.</textarea>" in page
    assert "From the newer tab." in page
    draft.refresh_from_db()
    assert draft.facts == "From the newer tab."

    again = client.post(url, FACTS | {"facts": "From the older tab.", "lock_version": 1, "action": "continue"})
    assert again.status_code == 302
    draft.refresh_from_db()
    assert draft.facts == "From the older tab."


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["identifiers", "documents"])
def test_the_older_tab_of_a_list_keeps_what_was_typed(name):
    draft = request_at("draft", lock_version=3)
    client, url = client_for(draft.officer), reverse(f"officer:step_{name}", args=[draft.uid])
    typed = {"kind": "uid", "value": "99887766", "role": "unknown", "action": "add", "remove": "", "lock_version": 2}
    item = draft.documents.get()
    data = typed if name == "identifiers" else {"remove": str(item.uid), "lock_version": 2}
    page = client.post(url, data).content.decode()
    assert "changed in another window" in page
    assert name != "identifiers" or 'value="99887766"' in page
    assert draft.targets.count() == 2
    item.refresh_from_db()
    assert item.removed_at is None


@pytest.mark.django_db
def test_a_check_page_of_yesterday_does_not_send_todays_answers():
    draft = request_at("draft")
    values = {"title": "B", "case_number": "2", "offence": "x", "facts": "y", "connection": "z"}
    drafts.save_step(draft, Step.FACTS, values | {"investigating_officer": ""}, version=0, by=draft.officer)
    with pytest.raises(Stale):
        intake.submit(draft, version=0, declared=True, by=draft.officer)
    page = client_for(draft.officer).post(
        reverse("officer:check", args=[draft.uid]), {"lock_version": 0, "declared": "on"}
    )
    assert "Check your answers again" in page.content.decode()


@pytest.mark.django_db
def test_a_draft_that_was_sent_leads_to_the_request():
    sent = request_at("submitted")
    client = client_for(sent.officer)
    for name in ("draft", "step_facts", "step_identifiers", "step_documents", "check", "draft_delete"):
        response = client.get(reverse(f"officer:{name}", args=[sent.uid]))
        assert response.url == reverse("officer:request", args=[sent.reference])


def test_two_threads_make_one_request(committed_db):
    draft = request_at("draft")
    send = lambda: intake.submit(  # noqa: E731
        DataRequest.objects.get(pk=draft.pk),
        version=0,
        declared=True,
        by=type(draft.officer).objects.get(pk=draft.officer_id),
    )
    results = race(send, send)
    assert {r.reference for r in results} == {DataRequest.objects.get(pk=draft.pk).reference}
    assert OutboundMessage.objects.filter(event="request_received").count() == 1


def test_two_threads_make_one_emergency(committed_db):
    officer, provider = make_officer(), make_provider()
    emergency_type()
    key, found = uuid.uuid4(), []
    values = {"danger": "x", "phone": "1"}

    def send():
        by = type(officer).objects.get(pk=officer.pk)
        return intake.submit_emergency(provider, key=key, values=values, identifiers=found, categories=[], by=by)

    first, second = race(send, send)
    assert first.reference == second.reference
    assert DataRequest.objects.count() == 1


def test_two_threads_save_one_step(committed_db):
    draft = request_at("draft")
    values = FACTS | {"investigating_officer": ""}

    def save(title):
        def run():
            row = DataRequest.objects.get(pk=draft.pk)
            return drafts.save_step(row, Step.FACTS, values | {"title": title}, version=0, by=row.officer)

        return run

    results = race(save("one"), save("two"))
    assert sorted(type(r).__name__ for r in results) == ["DataRequest", "Stale"]


@pytest.mark.django_db
def test_dates_that_cannot_be_read_are_kept_as_typed():
    draft = request_at("draft")
    data = {"lock_version": 0, "action": "continue", **date_of("issued_on", 31, 2, 2026)}
    url = reverse("officer:order", args=[draft.uid, draft.orders.get().uid])
    page = client_for(draft.officer).post(url, data).content.decode()
    assert "there is no such day" in page
    assert 'value="31"' in page
