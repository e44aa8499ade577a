"""What an enquiry and a freeze are asked and shown: no order and no route where there is none."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from requests_app.enums import LineDecision
from requests_app.services import decisions, preflight, review
from requests_app.services.preflight import Step
from requests_app.services.review import Draft, Mark
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_officer
from tests.requests_app.desk.pages import TERMS, answers, produce_all, typed
from tests.requests_app.kinds.cases import enquiry_at, freeze_at
from tests.requests_app.kinds.test_enquiry import draft_of

pytestmark = pytest.mark.django_db
ORDERLESS = ("Route", "Ground of the transfer", "Why each line is necessary")


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def review_url(data_request):
    return f"/staff/requests/{data_request.reference}/"


def approval_page(data_request):
    return client_for(data_request.test_people.approver).get(f"/staff/approvals/{data_request.reference}/")


def test_an_enquiry_is_proposed_and_read_without_an_order_and_a_route():
    named = [("uid", str(80_000_000 + n)) for n in range(3)]
    data_request = enquiry_at("in_review", matched=True, legal_entity=None, identifiers=named)
    client, entity = client_for(data_request.assignee), data_request.provider.entities.get(country="IE")
    page = text(client.get(review_url(data_request)))
    assert not [words for words in ORDERLESS if words in page]
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "Found", entity.pk) for line in data_request.lines.all()}
    review.save(data_request, Draft(answers("enquiry"), marks, {}), seen_version=0, by=data_request.assignee)
    given = typed(data_request, action="propose", choice="full", binding="no", lawful_basis=TERMS.lawful_basis,
                  text_for_officer="All are ours.")  # fmt: skip
    given |= {f"line{line.pk}_entity": entity.pk for line in data_request.lines.all()}
    assert client.post(review_url(data_request), given).status_code == 302
    proposal = data_request.proposals.get()
    assert (proposal.route, proposal.transfer_ground, proposal.necessity) == ("", "", "")
    page = text(approval_page(data_request))
    assert "I read all 3 lines" in page
    for words in ("Open the order", "Our entity", "Route", "Necessity", "I read the order", "the order or the notice"):
        assert words not in page


def test_what_an_earlier_enquiry_says_of_its_route_is_still_shown():
    data_request = enquiry_at("in_review", matched=True)
    data_request.targets.update(entity=data_request.provider.entities.get(country="IE"))
    produce_all(data_request)
    decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    page = text(approval_page(data_request))
    assert TERMS.transfer_ground in page
    assert TERMS.necessity in page


@pytest.mark.parametrize(
    ("make", "tick"),
    [(freeze_at, "I read the order and what is to be frozen"), (request_at, r"I read the order and all \d lines")],
)
def test_other_kinds_keep_their_order_and_route(make, tick):
    data_request = make("in_review", matched=True)
    page = text(client_for(data_request.assignee).get(review_url(data_request)))
    assert [words for words in ORDERLESS if words in page] == list(ORDERLESS)
    produce_all(data_request)
    decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    page = text(approval_page(data_request))
    assert re.search(tick, page)
    for words in ("Our entity", "Route", "Necessity"):
        assert words in page
    # The link leads to the order, so it needs one.
    assert ("Open the order" in page) == bool(data_request.orders.count())


def test_the_documents_of_an_enquiry_are_optional():
    officer = make_officer()
    draft = draft_of(officer)
    client = client_for(officer)
    assert preflight.state_of(Step.DOCUMENTS, preflight.read(draft), []) == ("Optional", None)
    page = text(client.get(f"/drafts/{draft.uid}/"))
    assert "2 of 2 parts done" in page
    assert "You need no order" in page
    assert "A copy of the order or warrant" not in page
    page = text(client.get(f"/drafts/{draft.uid}/documents/"))
    assert "An enquiry needs no order or warrant" in page
    assert "we cannot process a request" not in page
    draft.documents.create(document=clean_pdf(officer), role="supporting", added_at=draft.saved_at, added_by=officer)
    assert preflight.state_of(Step.DOCUMENTS, preflight.read(draft), []) == ("Completed", None)


def test_whether_a_check_takes_long_is_asked_of_the_moment_that_is_given():
    draft = draft_of(make_officer())
    at = draft.saved_at + timedelta(days=400)
    item = draft.documents.create(
        document=clean_pdf(draft.officer), role="supporting", added_at=at, added_by=draft.officer
    )
    type(item.document).objects.filter(pk=item.document_id).update(state="pending")
    found = [preflight.findings(draft, at + timedelta(seconds=after)) for after in (14, 16)]
    waits = [[one.kind for one in each if "being checked" in one.message] for each in found]
    assert waits == [[preflight.Kind.WAIT], [preflight.Kind.HINT]]


def test_the_documents_of_other_drafts_are_not():
    draft = request_at("draft", document=False)
    client = client_for(draft.officer)
    assert "A copy of the order or warrant" in text(client.get(f"/drafts/{draft.uid}/"))
    assert "we cannot process a request" in text(client.get(f"/drafts/{draft.uid}/documents/"))
