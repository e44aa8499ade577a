"""Many identifiers searched with one press, and what is missing said in ranges."""

import pytest
from bs4 import BeautifulSoup

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.registry import connector_for
from requests_app.enums import LineDecision, MatchResult
from requests_app.line_words import ranges
from requests_app.models import Target
from requests_app.services import decisions, matching
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, produce_all, typed

pytestmark = pytest.mark.django_db


def request_of(count, **changes):
    named = [("uid", str(80_000_000 + number)) for number in range(count)]
    return request_at("in_review", identifiers=named, categories=("logins",), **changes)


def press(data_request, *, query="", by=None):
    client = client_for(by or data_request.assignee)
    url = f"/staff/requests/{data_request.reference}/{query}"
    return client.post(url, typed(data_request, action="match_part"), follow=True)


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def searched(data_request):
    return data_request.targets.exclude(match_result=MatchResult.UNMATCHED).count()


def events():
    return AuditEvent.objects.filter(action="request.target_matched").count()


def test_one_press_searches_the_part_that_is_shown_and_nothing_else():
    data_request, other = request_of(60), request_of(2)
    page = press(data_request)
    assert page.status_code == 200
    assert "50 identifiers were searched, 0 led to a single account." in text(page)
    assert (searched(data_request), searched(other), events()) == (50, 0, 50)
    rest = client_for(data_request.assignee).get(f"/staff/requests/{data_request.reference}/?part=2")
    assert "10 identifiers shown here were not searched yet. Find the accounts" in text(rest)
    press(data_request, query="?part=2")
    assert (searched(data_request), events()) == (60, 60)
    again = press(data_request, query="?part=2")
    assert "All identifiers shown here were searched already." in text(again)
    assert "Find the accounts of these identifiers" not in text(again)
    assert events() == 60


def test_what_was_searched_or_chosen_before_stays():
    data_request = request_of(3)
    first = data_request.targets.order_by("pk").first()
    chosen = {"match_result": MatchResult.EXACT, "account": "1", "match_detail": {"chosen": True}}
    Target.objects.filter(pk=first.pk).update(**chosen)
    press(data_request)
    first.refresh_from_db()
    assert {name: getattr(first, name) for name in chosen} == chosen
    assert events() == 2


def test_only_who_reviews_searches_and_only_in_this_request():
    data_request, other = request_of(2), request_of(2)
    keys = list(other.targets.values_list("pk", flat=True))
    assert matching.match_targets(data_request, keys, by=data_request.assignee).targets == ()
    for person in (make_staff("auditor"), data_request.officer):
        with pytest.raises(NotAllowed):
            matching.match_targets(data_request, data_request.targets.values_list("pk", flat=True), by=person)
    assert "Find the accounts" not in text(
        client_for(make_staff("auditor")).get(f"/staff/requests/{data_request.reference}/")
    )
    decided = request_at("awaiting_approval", matched=False)
    with pytest.raises(NotAllowed):
        matching.match_targets(decided, decided.targets.values_list("pk", flat=True), by=decided.assignee)
    assert Target.objects.exclude(match_result=MatchResult.UNMATCHED).count() == 0
    assert events() == 0


class Broken:
    """The company's systems, which fail for one identifier."""

    def __init__(self, provider):
        self.real = connector_for(provider)

    def match(self, identifiers):
        if identifiers[0].normalised == "80000001":
            raise ConnectorFailed("The company's systems did not answer.")
        return self.real.match(identifiers)


def test_an_error_about_one_stops_no_other_and_is_told(monkeypatch):
    data_request = request_of(4)
    monkeypatch.setattr(matching, "connector_for", Broken)
    page = text(press(data_request))
    assert "1 identifier could not be searched. 80000001: The company's systems did not answer." in page
    assert searched(data_request) == 3


def test_where_the_company_s_systems_cannot_be_asked_it_is_said_once():
    data_request = request_of(4)
    data_request.provider.connector = "http"
    data_request.provider.save()
    assert text(press(data_request)).count("No key is in force for the company's systems") == 1
    assert searched(data_request) == 0


def test_what_was_not_searched_is_said_in_ranges():
    data_request = request_of(63)
    produce_all(data_request)
    keys = list(data_request.targets.order_by("pk").values_list("pk", flat=True))
    found = {"match_result": MatchResult.EXACT, "account": "1"}
    data_request.targets.filter(pk__in=[keys[60], keys[61]]).update(**found)
    with pytest.raises(Incomplete) as refused:
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    assert str(refused.value) == "61 identifiers were not searched yet (lines 1 to 60, 63)."
    data_request.lines.update(decision=LineDecision.OPEN)
    with pytest.raises(Incomplete, match=r"^Lines 1 to 63: decide whether they are produced\.$"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([], ""), ([3], "3"), ([4, 3], "3, 4"), ([1, 2, 3], "1 to 3"), ([9, 1, 2, 3, 3, 8, 5], "1 to 3, 5, 8, 9")],
)
def test_ranges(numbers, said):
    assert ranges(numbers) == said
