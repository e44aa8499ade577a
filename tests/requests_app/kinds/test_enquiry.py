"""An enquiry from the draft to the answer: policy, lines, two people, what the officer reads."""

from uuid import uuid4

import pytest
from django.urls import reverse

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.identifiers import read_identifier
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import AnswersEnquiries
from requests_app.enums import DataCategory, LineDecision, RefusalCode
from requests_app.models import DataRequest, UserNotice
from requests_app.services import decisions, drafts, intake, kinds, packages, preflight, review, targets
from requests_app.services.contents import build, terms_of
from requests_app.services.preflight import Step
from requests_app.services.review import Draft, Mark
from requests_app.status_words import officer_status
from tests.people import client_for, make_officer, make_provider
from tests.requests_app.desk.pages import TERMS, answers, typed
from tests.requests_app.kinds.cases import WORDS, answering, enquiry_at

pytestmark = pytest.mark.django_db


def draft_of(officer, *, identifiers=1, provider=None):
    """A draft of an enquiry, complete."""
    draft = drafts.start(provider or answering(), by=officer, kind="enquiry")
    values = WORDS | {"investigating_officer": "", "investigating_rank": "", "investigating_email": "",
                      "investigating_phone": ""}  # fmt: skip
    draft = drafts.save_step(draft, Step.FACTS, values, version=draft.lock_version, by=officer)
    found = [read_identifier("email", f"seller{n}@mail.example") for n in range(identifiers)]
    targets.add_identifiers(draft, found, version=draft.lock_version, by=officer)
    draft.refresh_from_db()
    return draft


def send(draft):
    return intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)


def decided(data_request, marks=None, terms=TERMS):
    """Answer the checks, mark the lines, propose and sign."""
    entity = data_request.provider.entities.get(country="IE")
    lines = list(data_request.lines.order_by("target_id"))
    marks = marks or [Mark(LineDecision.PRODUCE, "", "Found", entity.pk) for _line in lines]
    given = Draft(answers("enquiry"), dict(zip([line.pk for line in lines], marks, strict=True)), {})
    people = data_request.test_people
    review.save(data_request, given, seen_version=review.review_of(data_request).lock_version, by=people.analyst)
    proposal = decisions.propose(data_request, terms=terms, by=people.analyst)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    data_request.refresh_from_db()
    return proposal


def test_an_enquiry_becomes_one_line_for_each_identifier_on_the_day_of_receipt():
    sent = send(draft_of(make_officer(), identifiers=3))
    rows = list(sent.lines.values_list("category", "period_from", "period_to", "order_version"))
    assert [row[0] for row in rows] == [DataCategory.ACCOUNT] * 3
    assert {(row[2] - row[1]).days for row in rows} == {1}
    assert {row[1].date() for row in rows} == {sent.submitted_at.date()}
    assert {row[3] for row in rows} == {None}
    assert sent.reference
    assert sent.process_type is None


@pytest.mark.parametrize(("identifiers", "said"), [(50, ""), (51, "up to 50")])
def test_an_enquiry_takes_fifty_identifiers(identifiers, said):
    draft = draft_of(make_officer(), identifiers=identifiers)
    if not said:
        assert send(draft).lines.count() == 50
        return
    with pytest.raises(Incomplete, match=said):
        send(draft)


def test_policy_is_asked_at_sending_and_not_before():
    provider = answering()
    draft = draft_of(make_officer(), provider=provider)
    provider.answers_enquiries = AnswersEnquiries.NEVER
    provider.save(update_fields=["answers_enquiries"])
    draft.refresh_from_db()
    with pytest.raises(Incomplete, match="does not answer enquiries"):
        send(draft)
    with pytest.raises(NotAllowed, match="does not answer enquiries"):
        kinds.make_lines(draft, at=draft.created_at)
    draft.refresh_from_db()
    assert (draft.status, draft.reference, draft.lines.count()) == ("draft", None, 0)


def test_the_page_says_that_enquiries_are_not_answered_and_whom_to_name():
    provider = answering()
    provider.answers_enquiries = AnswersEnquiries.NEVER
    provider.save(update_fields=["answers_enquiries"])
    client = client_for(make_officer())
    page = client.get(reverse("officer:enquiry_new")).content.decode()
    assert "does not answer enquiries" in page
    assert "Meridian US LLC" in page
    assert "200 Sample Street, Dover" in page
    assert "Start an enquiry" not in page
    assert client.post(reverse("officer:enquiry_new"), {"key": str(uuid4())}).status_code == 200
    assert not DataRequest.objects.exists()


def test_a_vetted_company_offers_an_enquiry_with_fewer_parts():
    answering()
    client, key = client_for(make_officer()), str(uuid4())
    assert client.post(reverse("officer:draft_new"), {"key": key, "need": "enquiry"}).url == reverse(
        "officer:enquiry_new"
    )
    first, second = (client.post(reverse("officer:enquiry_new"), {"key": key}).url for _click in range(2))
    assert first == second
    assert DataRequest.objects.get().kind == "enquiry"
    draft = draft_of(make_officer())
    client = client_for(draft.officer)
    page = client.get(reverse("officer:draft", kwargs={"uid": draft.uid})).content.decode()
    assert "Legal process" not in page
    assert "Records and dates" not in page
    facts = client.get(reverse("officer:step_facts", kwargs={"uid": draft.uid})).content.decode()
    assert "What is the answer for?" in facts
    assert "How is the account connected" not in facts
    away = client.get(reverse("officer:step_records", kwargs={"uid": draft.uid}))
    assert away.url == reverse("officer:draft", kwargs={"uid": draft.uid})
    assert preflight.blocking(preflight.findings(draft, draft.created_at)) == []


def test_the_answer_closes_it_tells_nobody_else_and_has_no_package():
    data_request = enquiry_at("in_review", matched=True)
    proposal = decided(data_request)
    assert (data_request.status, data_request.outcome) == ("closed", "in_full")
    assert data_request.closed_at is not None
    assert officer_status(data_request) == ("Answered", "green")
    assert not UserNotice.objects.exists()
    actions = list(entries_for(data_request).values_list("action", flat=True))
    assert actions[-2:] == ["decision.approved", "request.answered"]
    assert [line["entity"] for line in build(data_request, terms_of(proposal), at=data_request.closed_at)["lines"]] == [
        "Meridian Exchange Europe Ltd (IE)"
    ] * 2
    with pytest.raises(NotAllowed, match="no package"):
        packages.start(data_request, by=data_request.test_people.analyst)
    mail = OutboundMessage.objects.filter(event="decision_made")
    assert [m.to_user_id for m in mail] == [data_request.officer_id]


def test_the_officer_reads_the_answer_for_each_identifier():
    data_request = enquiry_at("in_review", matched=True, identifiers=(("email", "a@mail.example"),
                              ("email", "b@mail.example"), ("email", "c@mail.example")))  # fmt: skip
    american = data_request.provider.entities.get(country="US")
    decided(
        data_request,
        [
            Mark(LineDecision.PRODUCE, "", "Found", american.pk),
            Mark(LineDecision.NO_RECORDS, "", "Nothing"),
            Mark(LineDecision.REFUSE, RefusalCode.NOT_CRIMINAL, "Civil"),
        ],
    )
    client = client_for(data_request.officer)
    page = client.get(reverse("officer:request", args=[data_request.reference])).content.decode()
    assert "name Meridian US LLC (United States of America)" in page
    assert "200 Sample Street, Dover" in page
    assert "<strong>Not ours.</strong>" in page
    assert "Not answered:</strong> not a criminal matter" in page
    assert "Answered" in page
    assert "We prepare the records" not in page


def test_ours_needs_a_match_and_a_company():
    data_request = enquiry_at("in_review", matched=True)
    marks = [Mark(LineDecision.PRODUCE, "", "Found") for _line in data_request.lines.all()]
    with pytest.raises(Incomplete, match="choose which of our companies"):
        decided(data_request, marks)
    data_request.targets.update(match_result="none", account="")
    with pytest.raises(Incomplete, match="no single account was found"):
        decided(data_request)


def test_the_company_is_part_of_what_is_signed():
    data_request = enquiry_at("in_review", matched=True)
    people = data_request.test_people
    entity, other = (data_request.provider.entities.get(country=c) for c in ("IE", "US"))
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "Found", entity.pk) for line in data_request.lines.all()}
    review.save(data_request, Draft(answers("enquiry"), marks, {}), seen_version=0, by=people.analyst)
    proposal = decisions.propose(data_request, terms=TERMS, by=people.analyst)
    data_request.targets.update(entity=other)
    with pytest.raises(decisions.ContentChanged) as changed:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    assert any("Meridian US LLC" in said for said in changed.value.differences)
    with pytest.raises(NotAllowed):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.analyst)


def test_the_review_page_speaks_of_an_enquiry_and_keeps_the_company():
    data_request = enquiry_at("in_review", matched=True)
    client = client_for(data_request.assignee)
    url = reverse("staff:request", args=[data_request.reference])
    page = client.get(url).content.decode()
    for words in ("Not ours: nothing found", "Answer: all of them are ours", "What we answer", "As of "):
        assert words in page, words
    assert "What leaves" not in page
    assert reverse("staff_records:list", args=[data_request.reference]) not in page
    first, *_rest = data_request.lines.order_by("target_id")
    american = data_request.provider.entities.get(country="US")
    given = typed(data_request, **{f"line{first.pk}_decision": "produce", f"line{first.pk}_entity": str(american.pk)})
    assert client.post(url, given).status_code == 302
    first.target.refresh_from_db()
    assert first.target.entity == american


def test_a_company_of_somebody_else_is_not_taken():
    data_request = enquiry_at("in_review", matched=True)
    foreign = make_provider(name="Other", slug="other", reference_prefix="OT", calendar=data_request.provider.calendar)
    theirs = foreign.entities.create(name="Other Ltd", country="FR")
    line = data_request.lines.first()
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "", theirs.pk)}
    review.save(data_request, Draft({}, marks, {}), seen_version=0, by=data_request.assignee)
    line.target.refresh_from_db()
    assert line.target.entity is None


def test_refusing_says_not_answered():
    data_request = enquiry_at("refused")
    assert officer_status(data_request) == ("Not answered", "magenta")
