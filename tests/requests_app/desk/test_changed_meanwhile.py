"""The officer changes a request while a reviewer has its page open; an order beside each line; words of a deadline."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.core.identifiers import read_identifier
from foundation.legal.wording import rule_parts, rule_words
from requests_app.models import LegalProcess, OrderUse, OrderVersion
from requests_app.services import amendments
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, answers, ready, typed

pytestmark = pytest.mark.django_db


def url_of(data_request, page=""):
    return f"/staff/requests/{data_request.reference}/{page}"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return " ".join(soup(response).get_text(" ").split())


def opened(data_request):
    """What a browser would send from the page as it stands now, to propose everything."""
    page = soup(client_for(data_request.assignee).get(url_of(data_request)))
    given = typed(data_request, action="propose", amended=page.select_one("input[name=amended]")["value"])
    given |= {f"{name}_{key}": value for name, row in answers().items() for key, value in row.items()}
    return given | {"choice": "full", "binding": "yes", "route": "direct", "lawful_basis": TERMS.lawful_basis,
                    "transfer_ground": "EEA", "necessity": "x", "text_for_officer": "Typed with care"}  # fmt: skip


def add_identifier(data_request, value="late@mail.example"):
    return amendments.add_identifiers(data_request, [read_identifier("email", value)], by=data_request.officer)


def test_a_stale_proposal_is_told_first_that_the_officer_changed_the_request():
    data_request = ready()
    client, given = client_for(data_request.assignee), opened(data_request)
    add_identifier(data_request)
    late = client.post(url_of(data_request), given)
    assert late.status_code == 409
    page = text(late)
    assert "The officer changed the request while you had this page open" in page
    assert "A colleague saved this review" not in page
    assert "this is not everything" not in page
    shown = soup(late)
    assert shown.select_one("a[href='#amended']")
    assert shown.select_one("#amended")
    assert shown.select_one("textarea[name=text_for_officer]").get_text(strip=True) == "Typed with care"
    assert shown.select_one("input[name=amended]")["value"] == "1"
    assert not data_request.proposals.exists()
    # What is missing is said once it was read.
    version = shown.select_one("input[name=version]")["value"]
    page = text(client.post(url_of(data_request), given | {"version": version, "amended": "1"}))
    assert "this is not everything" in page
    assert "The officer changed the request while" not in page


def test_a_colleague_and_the_officer_are_both_named():
    data_request = ready()
    given = opened(data_request)
    add_identifier(data_request)
    client_for(make_staff("analyst")).post(url_of(data_request), typed(data_request, text_for_officer="Another text"))
    page = text(client_for(data_request.assignee).post(url_of(data_request), given))
    assert "The officer changed the request while you had this page open" in page
    assert "A colleague saved this review after you opened it" in page
    assert "Another text" in page


@pytest.mark.parametrize("amended", [None, "", "x", "99999"])
def test_an_older_or_forged_page_is_still_refused(amended):
    data_request = ready()
    given = opened(data_request) | {"action": "save"}
    add_identifier(data_request)
    given = {name: value for name, value in (given | {"amended": amended}).items() if value is not None}
    assert client_for(data_request.assignee).post(url_of(data_request), given).status_code == 409


def second_order(data_request):
    process = LegalProcess.objects.create(
        agency=data_request.agency, issuing_authority="High Court", docket="HC 2026/441", created_at=timezone.now()
    )
    OrderUse.objects.create(data_request=data_request, process=process, position=1, added_at=timezone.now())
    today = timezone.now().date()
    return OrderVersion.objects.create(
        process=process, number=2, issued_on=today - timedelta(days=3), received_at=timezone.now()
    )


def test_the_order_stands_beside_each_line_where_there_are_several():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    for page in ("", "sent/"):
        assert "version 1" not in text(client.get(url_of(data_request, page)))
    version = second_order(data_request)
    line = data_request.lines.first()
    line.order_version = version
    line.save(update_fields=["order_version"])
    for page in ("", "sent/"):
        assert text(client.get(url_of(data_request, page))).count("Order HC 2026/441, version 2") == 1


def test_the_orders_of_many_lines_ask_no_more_of_the_database():
    counted = []
    named = [[("uid", str(80_000_000 + n)) for n in range(number)] for number in (2, 20)]
    for data_request in [request_at("in_review", identifiers=some) for some in named]:
        data_request.lines.update(order_version=second_order(data_request))
        client = client_for(data_request.assignee)
        client.get(url_of(data_request))
        for page in ("", "sent/"):
            with CaptureQueriesContext(connection) as asked:
                assert "HC 2026/441" in text(client.get(url_of(data_request, page)))
            counted.append(len(asked))
    assert counted[:2] == counted[2:]


def test_the_deadline_is_said_in_words():
    data_request = request_at("in_review", deadline_rule="calendar_roll 7, IE v1, holidays 0.108")
    page = text(client_for(data_request.assignee).get(url_of(data_request, "sent/")))
    said = "7 days, moved to the next working day if they end on none (work calendar of Ireland, version 1)"
    assert said in page
    assert "calendar_roll" not in page
    assert "holidays 0.108" not in page


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "business_days 1, GB-ENG v3, holidays 0.108",
            "1 working day (work calendar of United Kingdom, ENG, version 3)",
        ),
        ("calendar_strict 30", "30 days, weekends and holidays too"),
        ("hours 8", "8 hours"),
        ("return date of the order", "Return date of the order"),
        ("emergency 60 minutes", "Emergency 60 minutes"),
        ("", ""),
    ],
)
def test_rules_in_words(rule, said):
    assert rule_words(rule) == said


def test_rules_in_parts():
    assert rule_parts("business_days 1, IE v3, holidays 0.108") == ("1 working day, Ireland", "Work calendar version 3")
    assert rule_parts("hours 8") == ("8 hours", "")
