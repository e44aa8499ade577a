"""What other requests have in common with one: found for who may see them, compared, settled, signed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.models import ComparedRequest, DataRequest, LegalProcess, Target
from requests_app.services import comparing, decisions, elsewhere
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.desk.pages import TERMS, ready
from tests.requests_app.desk.test_same_files import attach_same

pytestmark = pytest.mark.django_db
FACTS = "The parcels were paid from this account and sent on to three others."


def alone(name, status="in_review", **more):
    """A request that has nothing in common with any other."""
    made = request_at(status, identifiers=(("username", name),), facts=f"Nothing of {name}.", **more)
    LegalProcess.objects.filter(data_requests=made).update(docket=f"D-{made.pk}")
    Target.objects.filter(data_request=made).update(account="")
    return made


def found(data_request, user=None):
    rows = elsewhere.elsewhere(data_request, user=user or data_request.test_people.analyst)
    return {row.data_request.pk: sorted(row.common) for row in rows}


def test_each_thing_in_common_is_found_and_nothing_else():
    here, far = alone("heron"), make_officer(make_agency(country="SE"))
    same_name = alone("heron", "submitted", officer=far)
    account, order, words, paper = (alone(name, "submitted") for name in ("ibis", "kite", "lark", "merlin"))
    for row in (here, account):
        row.targets.update(account="48213377", match_result="exact")
    named = {"docket": "HC 2026/441", "issuing_authority": "District Court"}
    LegalProcess.objects.filter(data_requests__in=[here, order]).update(**named)
    DataRequest.objects.filter(pk=here.pk).update(facts=FACTS)
    DataRequest.objects.filter(pk=words.pk).update(facts=FACTS.upper().replace(" ", "  \n"))
    attach_same(paper, here.documents.first().document)
    alone("osprey", "submitted")
    here = type(here).objects.get(pk=here.pk)
    assert found(here, make_staff("analyst")) == {
        same_name.pk: ["identifier"],
        account.pk: ["account"],
        order.pk: ["order"],
        words.pk: ["facts"],
        paper.pk: ["file"],
    }


def test_drafts_restricted_requests_and_those_of_a_conflict_are_not_even_counted():
    here, analyst = alone("heron"), make_staff("analyst")
    alone("heron", "draft")
    hidden = alone("heron", "submitted", restricted=True)
    agency = make_agency()
    own = alone("heron", "submitted", officer=make_officer(agency))
    DeclaredConflict.objects.create(user=analyst, agency=agency, reason="A cousin", declared_at=timezone.now())
    assert found(here, analyst) == {}
    client, url = client_for(analyst), f"/staff/requests/{here.reference}/"
    page = client.get(url).content.decode()
    assert "Also in other requests" not in page
    for other in (hidden, own):
        assert other.reference not in page
        assert client.get(f"{url}compare/{other.reference}/").status_code == 404
    hidden.named_readers.add(analyst)
    assert found(here, analyst) == {hidden.pk: ["identifier"]}
    assert found(here, make_officer(here.agency)) == {}


def test_two_are_compared_side_by_side_and_the_second_person_reads_what_was_said():
    here, there = ready(identifiers=(("username", "heron"),)), alone("heron", "submitted")
    analyst, approver = here.test_people.analyst, here.test_people.approver
    client, url = client_for(analyst), f"/staff/requests/{here.reference}/compare/{there.reference}/"
    page = client.get(url).content.decode()
    assert "The same identifier" in page
    assert there.facts in page
    bad = client.post(url, {"verdict": "", "note": "Own order, answered apart."})
    assert bad.status_code == 422
    assert "Own order, answered apart." in bad.content.decode()
    assert client.post(url, {"verdict": "different", "note": "Own order, answered apart."}).status_code == 302
    assert client.post(url, {"verdict": "different", "note": "Own order, answered apart."}).status_code == 302
    assert ComparedRequest.objects.count() == 1
    assert "Own order, answered apart." in client.get(f"/staff/requests/{here.reference}/").content.decode()
    proposal = decisions.propose(here, terms=TERMS, by=analyst)
    assert there.reference not in proposal.content
    assert "Own order" not in proposal.content
    second = client_for(approver).get(f"/staff/approvals/{here.reference}/").content.decode()
    assert "Own order, answered apart." in second
    ComparedRequest.objects.update(verdict="same")
    with pytest.raises(decisions.ContentChanged):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)


def test_of_a_restricted_request_the_second_person_neither_reads_nor_signs_that_it_was_compared():
    here = ready(identifiers=(("username", "heron"),))
    there, analyst = alone("heron", "submitted", restricted=True), here.test_people.analyst
    there.named_readers.add(analyst)
    before = decisions.build(here, TERMS, at=timezone.now())
    comparing.settle(here, there, verdict="same", note="The marmalade ring.", by=analyst)
    assert decisions.build(here, TERMS, at=timezone.now()) == before
    decisions.propose(here, terms=TERMS, by=analyst)
    page = client_for(here.test_people.approver).get(f"/staff/approvals/{here.reference}/").content.decode()
    assert there.reference not in page
    assert "marmalade" not in page
    assert "Also in other requests" not in page


def test_only_who_reviews_says_so_and_with_a_reason():
    here, there = alone("heron"), alone("heron", "submitted")
    analyst = here.test_people.analyst
    for person in (make_staff("approver"), make_staff("auditor"), here.officer):
        with pytest.raises(NotAllowed):
            comparing.settle(here, there, verdict="same", note="One ring", by=person)
    with pytest.raises(Incomplete):
        comparing.settle(here, there, verdict="same", note=" ", by=analyst)
    with pytest.raises(NotAllowed):
        comparing.settle(there, here, verdict="same", note="Not in review", by=analyst)
    url = f"/staff/requests/{here.reference}/compare/{there.reference}/"
    assert client_for(make_staff("approver")).post(url, {"verdict": "same", "note": "x"}).status_code == 403
    assert not ComparedRequest.objects.exists()


def test_looking_elsewhere_costs_the_same_with_one_and_three_rows():
    here, analyst = alone("heron"), make_staff("analyst")
    for number in (1, 3):
        while len(found(here, analyst)) < number:
            alone("heron", "submitted")
        analyst = type(analyst).objects.get(pk=analyst.pk)
        with CaptureQueriesContext(connection) as queries:
            assert len(elsewhere.elsewhere(here, user=analyst)) == number
        assert len(queries) == 4, [q["sql"][:200] for q in queries]
