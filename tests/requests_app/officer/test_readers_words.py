"""What followers read: the third person in the own agency, and for another agency only where the request stands."""

import io
from datetime import timedelta

import pypdfium2
import pytest
from django.utils import timezone

from foundation.audit.trail import record
from requests_app.events import Event
from requests_app.models import DataRequest
from requests_app.services import copies, followers, hand_overs, printing, timeline
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

GROUND = "Order, page 2, paragraph 3: the Sundby police take part."


def follower_of(data_request):
    person = make_officer(data_request.agency)
    followers.add(data_request, person, by=data_request.officer)
    return person


def from_elsewhere(data_request):
    person = make_officer(make_agency(name="Sundby police"))
    asked = followers.ask(data_request, email=person.email, ground=GROUND, by=data_request.officer)
    followers.agree(asked, reason="The order says so.", by=data_request.assignee or make_staff("analyst"))
    return person


def read(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return " ".join(answer.content.decode().split())


def pages_of(pdf):
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(io.BytesIO(pdf))]


def test_a_follower_is_not_spoken_to_as_the_officer_who_answers():
    sent = request_at("awaiting_officer", title="Operation Fjordlys", case_number="77-1")
    record(Event.WAITING, by=sent.assignee, obj=sent)
    page = read(client_for(follower_of(sent)), f"/requests/{sent.reference}/")
    asked = sent.clarifications.get()
    for word in ("Question to the officer", "waiting for the officer", "View what was sent", "Operation Fjordlys",
                 asked.text, "Question sent to the officer"):  # fmt: skip
        assert word in page, word
    for word in ("Question for you", "waiting for you", "We need an answer to go on", "your file", "what you sent",
                 "Send answer", "You named", "If you answer now", "Question sent to you"):  # fmt: skip
        assert word not in page, word
    own = read(client_for(sent.officer), f"/requests/{sent.reference}/")
    for word in ("Question for you", "waiting for you", "We need an answer to go on", "your file", "what you sent"):
        assert word in own, word


def test_the_list_says_the_same():
    sent = request_at("awaiting_officer")
    page = read(client_for(follower_of(sent)), "/requests/")
    assert "Question to the officer" in page
    assert "The officer answers" in page
    assert "waiting for the officer" in page
    own = read(client_for(sent.officer), "/requests/")
    assert "Question to the officer" not in own
    assert "waiting for you" in own


def test_another_agency_reads_where_it_stands_and_nothing_that_was_sent_or_asked():
    sent = request_at("awaiting_officer", title="Operation Fjordlys", facts="The suspect took 40 bicycles.")
    DataRequest.objects.filter(pk=sent.pk).update(investigating_officer="Kari Prosecutor")
    theirs = client_for(from_elsewhere(sent))
    follower_of(sent)
    page = read(theirs, f"/requests/{sent.reference}/")
    assert "Question to the officer" in page
    assert "Answer expected" in page
    assert "Follow no longer" in page
    secret = [sent.clarifications.get().text, sent.title, sent.facts, "Kari Prosecutor", "Use as a template"]
    secret += [target.given for target in sent.targets.all()] + ["A colleague can follow", "Shared with", "identifier"]
    secret += [item.document.filename for item in sent.documents.all()]
    for word in secret:
        assert word not in page, word
    listed = read(theirs, "/requests/")
    assert sent.title not in listed
    assert sent.reference in listed
    assert sent.reference not in read(theirs, "/requests/?q=Fjordlys")


def test_pages_of_what_was_sent_are_not_there_for_another_agency():
    sent = request_at("awaiting_officer")
    theirs, own = client_for(from_elsewhere(sent)), client_for(follower_of(sent))
    for part in ("sent/", "received/", "print.pdf", "copy/", "orders/", "documents/", "change/facts/",
                 "change/identifiers/", "change/records/"):  # fmt: skip
        assert theirs.get(f"/requests/{sent.reference}/{part}").status_code == 404, part
    for part in ("sent/", "copy/", "orders/"):
        assert own.get(f"/requests/{sent.reference}/{part}").status_code == 200, part
    asked = sent.clarifications.get()
    assert theirs.post(f"/requests/{sent.reference}/questions/{asked.number}/", {"text": "Mine"}).status_code == 404
    for item in sent.documents.all():
        assert theirs.get(f"/requests/{sent.reference}/documents/{item.uid}/").status_code == 404


def test_another_agency_reads_the_decision_and_may_end_its_following():
    sent = request_at("refused")
    person = from_elsewhere(sent)
    theirs = client_for(person)
    assert "Our decision" in read(theirs, f"/requests/{sent.reference}/")
    followed = sent.followers.get(user=person)
    theirs.post(f"/requests/{sent.reference}/followers/{followed.pk}/end/")
    assert theirs.get(f"/requests/{sent.reference}/").status_code == 404


def test_only_the_own_agency_takes_a_request_as_a_template(client):
    sent = request_at("submitted")
    person = from_elsewhere(sent)
    theirs = client_for(person)
    answer = theirs.post(f"/requests/{sent.reference}/copy/", {"key": "2f6b9f55-25a0-4b39-8c39-3b8a4cfc4f01"})
    assert answer.status_code == 404
    with pytest.raises(Exception, match="cannot be used as a template"):
        copies.copy(sent, key="2f6b9f55-25a0-4b39-8c39-3b8a4cfc4f01", by=person)
    assert "Use as a template" in read(client_for(follower_of(sent)), f"/requests/{sent.reference}/")


def test_paper_names_people_and_speaks_to_nobody():
    sent = request_at("awaiting_officer")
    record(Event.SUBMITTED, by=sent.officer, obj=sent)
    record(Event.WAITING, by=sent.assignee, obj=sent)
    entries = timeline.for_officer(sent, None, addressed=False)
    assert f"by {sent.officer.get_full_name()}" in {entry.by for entry in entries}
    pdf = printing.whole_request(sent, (), by=sent.officer, at=timezone.now())
    words = " ".join(pages_of(pdf))
    assert "by you" not in words
    assert "Question for you" not in words
    assert f"Submitted by {sent.officer.get_full_name()}" in " ".join(words.split())


def test_long_words_stay_on_the_paper():
    long = "9" * 80
    sent = request_at("submitted", case_number=long, facts="x" * 300)
    parts = [printing.Part("Facts", [("Case number", long), ("What happened", "x" * 300)])]
    pdf = printing.whole_request(sent, parts, by=sent.officer, at=timezone.now())
    lines = [line for page in pages_of(pdf) for line in page.splitlines()]
    assert max(map(len, lines)) < 130
    joined = "".join("".join(lines).split())
    assert long in joined
    assert "x" * 300 in joined


@pytest.mark.parametrize(("status", "offered"), [("withdrawn", False), ("submitted", True), ("granted", True)])
def test_only_what_goes_on_is_handed_over(status, offered):
    sent = request_at(status)
    colleague = make_officer(sent.agency)
    client = client_for(sent.officer)
    assert ("Hand the request over" in read(client, f"/requests/{sent.reference}/")) is offered
    assert (hand_overs.refusal(sent, sent.officer) is None) is offered
    assert DataRequest.objects.filter(hand_overs.worth_it(), pk=sent.pk).exists() is offered
    if not offered:
        with pytest.raises(Exception, match="is over"):
            hand_overs.hand_over(sent, to=colleague, by=sent.officer, at=timezone.now() + timedelta(minutes=1))
