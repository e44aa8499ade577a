"""The pages on which staff put a question together, officers answer it, and texts are kept."""

import pytest
from django.urls import reverse

from requests_app.models import Review, TextTemplate
from requests_app.services import prepared, questions
from tests.factories import request_at
from tests.people import client_for, make_provider, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    data_request = request_at("in_review")
    type(data_request.officer).objects.filter(pk=data_request.officer_id).update(language="de")
    prepared.load(data_request.provider, by=None)
    checks = {"dates": {"answer": "no"}, "entity": {"answer": "yes"}}
    Review.objects.update_or_create(
        data_request=data_request,
        defaults={"checks": checks, "updated_at": data_request.submitted_at, "updated_by": data_request.assignee},
    )
    return data_request


def test_texts_are_put_in_read_and_sent_without_a_script(case):
    client, address = client_for(case.assignee), reverse("staff:messages", args=[case.reference])
    page = client.get(address).content.decode()
    assert 'value="dates"' in page
    assert 'value="entity"' not in page

    ticked = {"checks": ["dates"], "language": "de", "text": "Guten Tag."}
    refused = client.post(address, ticked)  # nobody has read the text yet
    assert refused.status_code == 422
    assert not case.clarifications.exists()
    drawn = client.post(address, ticked | {"action": "insert"})
    assert drawn.status_code == 200
    words = drawn.context["form"]["point_dates"].value()
    assert words.startswith("Bitte nennen Sie den ersten und den letzten Tag")

    sent = ticked | {"point_dates": words, "others": "Wer hat unterschrieben?\n", "days": "15"}
    preview = client.post(address, sent | {"action": "preview"}).content.decode()
    assert "What the officer will read" in preview
    assert not case.clarifications.exists()
    assert client.post(address, sent).status_code == 302
    question = case.clarifications.get()
    assert [item["check"] for item in question.items] == ["dates", ""]
    assert (question.text, question.language) == ("Guten Tag.", "de")


def test_a_placeholder_that_was_left_is_refused_and_everything_typed_stays(case):
    client, address = client_for(case.assignee), reverse("staff:messages", args=[case.reference])
    answer = client.post(address, {"text": "By {due} please", "others": "A point"})
    assert answer.status_code == 422
    assert "Replace {due}" in answer.content.decode()
    assert "A point</textarea>" in answer.content.decode()


def test_a_draft_is_kept_unseen_and_the_points_are_answered(case):
    points = [{"check": "", "text": "Which period?"}]
    question = questions.ask(case, text="", items=points, by=case.assignee)
    client, address = client_for(case.officer), reverse("officer:question", args=[case.reference, 1])
    page = reverse("officer:request", args=[case.reference])
    assert client.post(address, {"item_1": "UNFINISHED", "action": "keep"}).status_code == 302
    assert "UNFINISHED</textarea>" in client.get(page).content.decode()
    staff = client_for(case.assignee).get(reverse("staff:messages", args=[case.reference])).content.decode()
    assert "UNFINISHED" not in staff
    assert client.post(address, {"text": "All"}).status_code == 422
    assert not question.replies.exists()

    assert client.post(address, {"item_1": "March", "not_1": "on"}).status_code == 302
    assert question.replies.get().items == [{"text": "March", "given": False}]
    assert "UNFINISHED" not in client.get(page).content.decode()


def test_more_time_is_asked_for_and_given_on_the_pages(case):
    question = questions.ask(case, text="Which?", by=case.assignee)
    later = question.due_at.replace(year=question.due_at.year + 1)
    officer = client_for(case.officer)
    address = reverse("officer:more_time", args=[case.reference, 1])
    far = {"until_0": later.day, "until_1": later.month, "until_2": later.year, "reason": "TYPED"}
    refused = officer.post(address, far)
    assert refused.status_code == 422
    assert "TYPED" in refused.content.decode()
    soon = questions.timezone.now() + questions.timedelta(days=40)
    form = officer.get(address).context["form"]
    names = [
        widget["name"] for widget in form["until"].field.widget.get_context("until", None, {})["widget"]["subwidgets"]
    ]
    wanted = dict(zip(names, (soon.day, soon.month, soon.year), strict=True))
    assert officer.post(address, wanted | {"reason": "The court"}).status_code == 302
    staff = client_for(case.assignee)
    thread = reverse("staff:messages", args=[case.reference])
    assert "Give this time" in staff.get(thread).content.decode()
    decide = reverse("staff:more_time", args=[case.reference, question.uid])
    assert staff.post(decide, {"action": "give"}).status_code == 302
    question.refresh_from_db()
    assert question.due_at.date() == soon.date()
    again = staff.post(decide, {"action": "give"}, follow=True)
    assert "Nobody waits for more time" in again.content.decode()


def test_an_answer_after_the_end_asks_to_open_the_request_again(case):
    question = questions.ask(case, text="Which?", by=case.assignee)
    questions.sweep(at=question.due_at)
    client, page = client_for(case.officer), reverse("officer:request", args=[case.reference])
    assert "Send the answer and ask to open again" in client.get(page).content.decode()
    address = reverse("officer:question", args=[case.reference, 1])
    assert client.post(address, {"text": "March", "action": "late"}).status_code == 302
    assert question.replies.get().text == "March"
    assert "Send the answer and ask to open again" not in client.get(page).content.decode()
    assert client.post(address, {"text": "March", "action": "late"}).status_code == 422


@pytest.mark.parametrize("kinds", [1, 3])
def test_the_list_of_texts_costs_the_same_with_one_and_with_three(kinds, django_assert_num_queries):
    provider, client = make_provider(), client_for(make_staff("analyst"))
    for number in range(kinds):
        TextTemplate.objects.create(
            provider=provider, purpose="question", code=f"c{number}", name=f"Name {number}", text="?",
            changed_at="2026-11-18T00:00Z",
        )  # fmt: skip
    client.get(reverse("staff:texts"))
    with django_assert_num_queries(QUERIES):
        page = client.get(reverse("staff:texts")).content.decode()
    assert page.count("Name ") >= kinds
    assert "Add a text for" not in page


QUERIES = 8


def test_a_text_is_changed_copied_and_a_stale_save_keeps_what_was_typed():
    make_provider()
    approver = client_for(make_staff("approver"))
    said = {"name": "Seal", "about": "", "jurisdiction": "", "language": "en", "text": "Seal {officer}"}
    new = reverse("staff:text_new")
    refused = approver.post(new, said)
    assert refused.status_code == 422
    assert "Nobody fills in {officer}" in refused.content.decode()
    approver.post(new, said | {"text": "The seal, {reference}"})
    row = TextTemplate.objects.get()
    one = reverse("staff:text", args=[row.uid])
    assert approver.post(one, {"name": "Seal", "text": "First", "version": "0"}).status_code == 302
    stale = approver.post(one, {"name": "Seal", "text": "SECOND", "version": "0"})
    assert stale.status_code == 422
    assert "SECOND</textarea>" in stale.content.decode()
    assert (
        approver.post(
            reverse("staff:text_copy", args=[row.uid]), said | {"text": "Siegel", "language": "de"}
        ).status_code
        == 302
    )
    assert (
        approver.post(reverse("staff:text_retire", args=[row.uid]), {"action": "retire", "version": "1"}).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.text, bool(row.retired_at), TextTemplate.objects.get(language="de").code) == ("First", True, row.code)
    other = make_provider(
        slug="o", reference_prefix="OT", name="Other", calendar=row.provider.calendar, emergency_phone="1"
    )
    assert client_for(make_staff("approver", provider=other)).get(one).status_code == 404
