"""What an officer types in a hurry is taken, nothing false is asked of them, and staff read at once what is missing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.core.identifier_lines import read_lines
from requests_app.forms.plain_identifiers import read_anyhow
from requests_app.models import DataRequest
from requests_app.views.staff.messages import danger_of
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.emergencies.gate_steps import calls
from tests.requests_app.officer.helpers import date_of, make_desk
from tests.requests_app.officer.test_emergency import URL, answers

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("user 4471902", "uid", "4471902"),
        ("user ID: 4471902", "uid", "4471902"),
        ("account 07700900461", "uid", "07700900461"),
        ("mail anna@mail.example", "email", "anna@mail.example"),
        ("phone: +44 7700 900461", "phone", "+447700900461"),
        ("nordlys91", "username", "nordlys91"),
        ("Anna Berg of Oslo", "username", "anna berg of oslo"),
    ],
)
def test_any_line_is_taken_as_it_was_typed(typed, kind, value):
    [(_number, found)] = read_anyhow(read_lines(typed))
    assert (found.accepted, found.kind, found.normalised, found.given) == (True, kind, value, typed)


@pytest.mark.parametrize("typed", [f"card {CARD}", "address bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq,bitcoin,x,y"])
def test_a_secret_and_what_was_mistyped_are_told_all_the_same(typed):
    [(_number, found)] = read_anyhow(read_lines(typed))
    assert CARD not in found.given or not found.accepted


def test_the_date_by_which_process_follows_is_near():
    make_desk()
    client, today = client_for(make_officer()), timezone.localdate()
    for day in (today.replace(year=today.year + 2, day=1), today - timedelta(days=3), today + timedelta(days=40)):
        page = client.post(URL, answers(**date_of("process_by", day.day, day.month, day.year)))
        assert page.status_code == 422
        assert "Enter a date from today to 30 days from now" in page.content.decode()
    day = today + timedelta(days=5)
    given = answers(identifiers="user 4471902", **date_of("process_by", day.day, day.month, day.year))
    assert client.post(URL, given).status_code == 302
    sent = DataRequest.objects.get()
    assert sent.targets.get().normalised == "4471902"
    assert dict(danger_of(sent))["By when"] == f"{day:%-d %b %Y}"


def test_an_emergency_asks_for_no_order_when_identifiers_are_added():
    sent = request_at("in_review", kind="emergency")
    client, page = client_for(sent.officer), reverse("officer:change_identifiers", args=[sent.reference])
    text = client.get(page).content.decode()
    assert "I need these to prevent the harm" in text
    assert "order" not in text.split("<main", 1)[1].split("</main", 1)[0].replace("border", "").lower()
    before = sent.targets.count()
    given = {"action": "add", "lines": "user 55512345", "role": "unknown"}
    assert "your order covers" not in client.post(page, given).content.decode()
    assert client.post(page, given | {"covered": "on"}).status_code == 302
    assert sent.targets.count() == before + 1
    ordinary = request_at("in_review", officer=sent.officer)
    text = client.get(reverse("officer:change_identifiers", args=[ordinary.reference])).content.decode()
    assert "My order names these, or covers them" in text
    sent.targets.update(match_result="none", account="")
    text = client_for(sent.assignee).get(reverse("staff:request", args=[sent.reference])).content.decode()
    assert "only if the order covers" not in text


def test_sending_for_approval_says_all_that_is_missing_at_once():
    sent = request_at("in_review", kind="emergency")
    client, page = client_for(sent.assignee), reverse("staff:request", args=[sent.reference])
    given = {"action": "propose", "version": "0", "choice": "part", "text_for_officer": ""}
    text = client.post(page, given).content.decode()
    for words in ("Enter the text for the officer", "Call the agency back at its directory number first",
                  "Reach the officer&#x27;s supervisor", "State first why each kind of records"):  # fmt: skip
        assert words in text
    assert "Call the agency back at its" not in client.post(page, given | {"choice": "refuse"}).content.decode()
    ordinary = request_at("in_review", officer=sent.officer)
    page = reverse("staff:request", args=[ordinary.reference])
    assert "supervisor" not in client_for(ordinary.assignee).post(page, given).content.decode()


def test_a_signed_in_officer_is_led_to_the_form_and_a_visitor_to_the_sign_in(client):
    page = reverse("public:emergency")
    assert "Sign in and start" in client.get(page).content.decode()
    text = client_for(make_officer()).get(page).content.decode()
    assert "Start the emergency request" in text
    assert "Sign in and start" not in text
    assert "Sign in and start" in client_for(make_staff("analyst")).get(page).content.decode()


def test_once_it_is_decided_nobody_is_told_to_wait_for_a_call():
    for status, ready in (("in_review", False), ("granted", True)):
        sent = request_at(status, kind="emergency")
        text = client_for(sent.officer).get(reverse("officer:emergency", args=[sent.reference])).content.decode()
        assert ("Tell your control room now" in text) is not ready
        assert ("Nobody called within 10 minutes?" in text) is not ready
        assert ("Records ready" in text) is ready


def test_an_officer_the_agency_does_not_know_is_a_warning_with_what_to_do():
    sent = request_at("in_review", kind="emergency")
    page = reverse("staff:request", args=[sent.reference])
    suspend = reverse("accounts:officer_suspend", args=[sent.officer.pk])
    assert suspend not in client_for(sent.assignee).get(page).content.decode()
    calls(sent, result="not_confirmed")
    text = client_for(sent.assignee).get(page).content.decode()
    assert "The agency does not know this officer" in text
    assert suspend in text
    assert suspend not in client_for(make_staff("auditor")).get(page).content.decode()
    calls(sent)
    text = client_for(sent.assignee).get(page).content.decode()
    assert "The agency does not know this officer" not in text
    assert "They confirm the officer and this request" in text


def test_another_supervisor_than_the_request_names_is_written_down_with_the_reason():
    sent = request_at("in_review", kind="emergency")
    call = calls(sent)
    page = f"{reverse('staff:call_back', args=[sent.reference])}?about=supervisor"
    given = {"way": f"number-{call.number_id}", "result": "confirmed", "spoke_to": "Insp. Hale"}
    client = client_for(sent.assignee)
    answer = client.post(page, given)
    assert answer.status_code == 422
    assert "The request names Chief Inspector K. Aas" in answer.content.decode()
    assert client.post(page, given | {"note": "K. Aas is off duty, Hale stands in"}).status_code == 302
    assert client.post(page, given | {"spoke_to": "DCI Kari Aas"}).status_code == 302
