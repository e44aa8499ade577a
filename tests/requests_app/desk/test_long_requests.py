"""Requests with very many identifiers, as staff read and decide them: fifty at a time."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.enums import LineDecision, RefusalCode, RequestStatus
from requests_app.models import DataRequest, RequestLine
from requests_app.services import review
from requests_app.services.review import Mark
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, answers, typed

pytestmark = pytest.mark.django_db


def long_request(count=120, **changes):
    named = [("uid", str(80_000_000 + number)) for number in range(count)]
    return request_at("in_review", identifiers=named, **changes)


def url_of(data_request, query="", page=""):
    return f"/staff/requests/{data_request.reference}/{page}{query}"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def part(data_request, number, **changes):
    """What a browser sends for one part of the review."""
    keys = set(data_request.targets.order_by("pk").values_list("pk", flat=True)[(number - 1) * 50 : number * 50])
    here = {f"line{line.pk}_" for line in data_request.lines.all() if line.target_id in keys}
    given = typed(data_request)
    kept = {n: v for n, v in given.items() if not n.startswith("line") or any(n.startswith(p) for p in here)}
    return kept | changes


def test_the_review_and_what_was_sent_show_fifty_at_a_time_numbered_through():
    data_request = long_request()
    client = client_for(data_request.assignee)
    shown = soup(client.get(url_of(data_request, "?part=2")))
    text = shown.get_text(" ", strip=True)
    assert "Identifiers 51 to 100 of 120" in text
    assert "101. 80000050" in shown.select_one("#lines").find_parent("section").get_text(" ", strip=True)
    assert "80000049" not in text
    assert "80000100" not in text
    sent = soup(client.get(url_of(data_request, "?part=3", "sent/"))).get_text(" ", strip=True)
    assert "Identifiers 101 to 120 of 120" in sent
    assert "80000119" in sent
    assert "80000099" not in sent
    for wrong in ("?part=x", "?part=-1", "?part=99999999"):
        assert client.get(url_of(data_request, wrong)).status_code == 200


def test_going_to_the_next_ones_saves_and_touches_no_other_line():
    data_request = long_request()
    elsewhere = data_request.lines.order_by("target_id", "id").last()
    RequestLine.objects.filter(pk=elsewhere.pk).update(decision=LineDecision.PRODUCE, ground="Kept")
    line = data_request.lines.order_by("target_id", "id").first()
    client = client_for(data_request.assignee)
    given = part(data_request, 1, action="part:2", **{f"line{line.pk}_decision": "no_records"})
    answer = client.post(url_of(data_request), given)
    assert answer.url.endswith("?part=2")
    line.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (line.decision, elsewhere.decision, elsewhere.ground) == ("no_records", "produce", "Kept")


@pytest.mark.parametrize(("action", "marked"), [("mark_part", 100), ("mark_all", 240)])
def test_many_lines_are_decided_alike(action, marked):
    data_request = long_request()
    client = client_for(data_request.assignee)
    given = part(data_request, 1, action=action, all_decision="refuse", all_code=RefusalCode.REACH, all_ground="No")
    assert client.post(url_of(data_request), given).status_code == 302
    assert data_request.lines.filter(decision="refuse", refusal_code=RefusalCode.REACH, ground="No").count() == marked
    event = AuditEvent.objects.filter(action="request.line_marked").last()
    assert f'"marked":{marked}'.encode() in bytes(event.payload)
    assert f"{marked} lines at once" in client.get(url_of(data_request, page="history/")).content.decode()


def test_a_refusal_of_many_needs_its_reason_and_an_older_page_is_told():
    data_request = long_request(60)
    client, old = client_for(data_request.assignee), part(data_request, 1)
    page = client.post(url_of(data_request), part(data_request, 1, action="mark_all", all_decision="refuse"))
    assert "and why where they are refused" in page.content.decode()
    nothing = client.post(url_of(data_request), part(data_request, 1, action="mark_all"))
    assert "Choose what is decided" in nothing.content.decode()
    assert not data_request.lines.exclude(decision=LineDecision.OPEN).exists()
    client.post(url_of(data_request), part(data_request, 1, action="mark_all", all_decision="produce"))
    late = client.post(url_of(data_request), old | {"authority_answer": "yes"})
    assert late.status_code == 409
    assert data_request.lines.filter(decision="produce").count() == 120


def test_only_who_reviews_decides_many():
    data_request = long_request(2)
    for person in (make_staff("auditor"), data_request.officer):
        with pytest.raises(NotAllowed):
            review.mark_all(data_request, Mark("produce"), keys=None, by=person)
    with pytest.raises(Incomplete):
        review.mark_all(data_request, Mark(""), keys=None, by=data_request.assignee)
    DataRequest.objects.filter(pk=data_request.pk).update(status=RequestStatus.REFUSED)
    with pytest.raises(NotAllowed):
        review.mark_all(data_request, Mark("produce"), keys=None, by=data_request.assignee)
    assert not data_request.lines.exclude(decision=LineDecision.OPEN).exists()


def test_everything_is_not_disclosed_while_a_line_elsewhere_is_not():
    data_request = long_request(60, matched=True)
    review.mark_all(data_request, Mark("produce", "", "Order"), keys=None, by=data_request.assignee)
    last = data_request.lines.order_by("target_id", "id").last()
    RequestLine.objects.filter(pk=last.pk).update(decision=LineDecision.OPEN)
    given = {f"{name}_{key}": value for name, row in answers().items() for key, value in row.items()}
    terms = {"choice": "full", "binding": "yes", "route": "direct", "lawful_basis": TERMS.lawful_basis,
             "transfer_ground": "EEA", "necessity": "x", "text_for_officer": "x"}  # fmt: skip
    client = client_for(data_request.assignee)
    page = client.post(url_of(data_request), part(data_request, 1, action="propose", **given, **terms))
    assert "this is not everything" in page.content.decode()
    RequestLine.objects.filter(pk=last.pk).update(decision=LineDecision.PRODUCE)
    assert (
        client.post(url_of(data_request), part(data_request, 1, action="propose", **given, **terms)).status_code == 302
    )
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.AWAITING_APPROVAL


def test_the_pages_ask_as_much_for_sixty_as_for_two_hundred():
    counted = []
    for data_request in [long_request(count) for count in (60, 200)]:
        client = client_for(data_request.assignee)
        client.get(url_of(data_request))
        for page in ("", "sent/"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url_of(data_request, page=page)).status_code == 200
            counted.append(len(asked))
    assert counted[:2] == counted[2:]
