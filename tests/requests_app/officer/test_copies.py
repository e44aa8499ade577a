"""An earlier request as a template: what is repeated, what is not, and for whom."""

from uuid import uuid4

import pytest
from django.urls import reverse

from foundation.audit.models import AuditEvent
from requests_app.models import DataRequest
from requests_app.services import copies
from tests.factories import request_at
from tests.harness.race import race
from tests.people import client_for, make_officer


def url_of(source):
    return reverse("officer:copy", args=[source.reference])


@pytest.mark.django_db
def test_facts_are_copied_and_what_must_be_said_anew_is_not():
    source = request_at("closed", facts="First.\n\nSecond.", investigating_officer="K. Aas", secrecy="2030-01-01")
    client = client_for(source.officer)
    assert "Use as a template" in client.get(url_of(source)).content.decode()
    response = client.post(url_of(source), {"key": uuid4()})
    draft = DataRequest.objects.get(copied_from=source)
    assert response.url == reverse("officer:draft", args=[draft.uid])
    assert (draft.status, draft.reference, draft.declared_at) == ("draft", None, None)
    assert (draft.facts, draft.case_number, draft.investigating_officer) == (
        source.facts, source.case_number, "K. Aas",
    )  # fmt: skip
    assert (draft.title, draft.secrecy_asked) == ("", None)
    order, earlier = draft.orders.get(), source.orders.get()
    assert (order.process_type, order.section_of_law) == (earlier.process_type, earlier.section_of_law)
    assert (order.pk == earlier.pk, order.issuing_authority, order.docket) == (False, "", "")
    assert not order.versions.exists()
    assert {(e["from"], e["to"], e["order"]) for e in draft.records_asked} == {(None, None, None)}
    assert not draft.targets.exists()
    assert not draft.documents.exists()
    assert not draft.lines.exists()
    event = AuditEvent.objects.get(action="request.draft_copied")
    assert event.object_id == str(draft.pk)


@pytest.mark.django_db
def test_identifiers_are_copied_when_ticked_without_their_matches():
    source = request_at("granted")
    client_for(source.officer).post(url_of(source), {"key": uuid4(), "identifiers": "on"})
    draft = DataRequest.objects.get(copied_from=source)
    copied = list(draft.targets.order_by("pk").values_list("kind", "normalised", "account", "match_result"))
    assert copied == [(t.kind, t.normalised, "", "unmatched") for t in source.targets.order_by("pk")]


@pytest.mark.django_db
def test_nobody_copies_what_they_may_not_see():
    source = request_at("closed", restricted=True)
    lead = make_officer(source.agency, lead=True)
    for person in (lead, make_officer(source.agency), make_officer()):
        assert client_for(person).post(url_of(source), {"key": uuid4()}).status_code == 404
    assert not DataRequest.objects.filter(copied_from=source).exists()


@pytest.mark.django_db
def test_an_emergency_is_no_template():
    source = request_at("submitted", kind="emergency")
    response = client_for(source.officer).post(url_of(source), {"key": uuid4()})
    assert response.status_code == 422
    assert "An emergency is told anew each time" in response.content.decode()


def test_two_clicks_at_once_make_one_copy(committed_db):
    source, key = request_at("closed"), uuid4()

    def click():
        row = DataRequest.objects.get(pk=source.pk)
        return copies.copy(row, key=key, identifiers=True, by=row.officer)

    first, second = race(click, click)
    assert first.pk == second.pk
    assert DataRequest.objects.filter(copied_from=source).count() == 1
    assert AuditEvent.objects.filter(action="request.draft_copied").count() == 1
