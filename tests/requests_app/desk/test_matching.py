"""Matching is never widened: whatever the company's systems answer, only one exact account leads to records."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.core.errors import NotAllowed
from foundation.providers.connectors.base import Account, ConnectorFailed, Match, Result
from foundation.providers.connectors.demo import cases
from requests_app.enums import LineDecision, MatchResult
from requests_app.models import Target
from requests_app.services import decisions, matching
from requests_app.services.contents import lines_of
from tests.factories import request_at
from tests.people import client_for
from tests.requests_app.desk.pages import TERMS

pytestmark = pytest.mark.django_db
FLAGS = st.lists(st.sampled_from(["minor", "lawyer", "journalist", "staff"]), max_size=2).map(tuple)
ACCOUNTS = st.lists(
    st.builds(Account, uid=st.sampled_from(["A1", "B2", "C3"]), label=st.just("J... H..."), closed=st.booleans(),
              flags=FLAGS),
    max_size=3,
)  # fmt: skip


class Answers:
    """The company's systems, answering what a test says."""

    def __init__(self, result, accounts):
        self.result, self.accounts = result, tuple(accounts)

    def match(self, identifiers):
        return [Match(identifiers[0], self.result, "As a test says.", self.accounts)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=st.sampled_from(list(Result)), accounts=ACCOUNTS)
def test_no_answer_but_one_exact_account_yields_an_account_or_a_line_that_can_be_produced(result, accounts, world):
    data_request, monkeypatch = world
    monkeypatch.setattr(matching, "connector_for", lambda provider: Answers(result, accounts))
    target = data_request.targets.get()
    before = target.account
    try:
        target = matching.match_target(target, by=data_request.assignee)
    except ConnectorFailed:  # an answer that contradicts itself is none, and changes nothing
        assert Target.objects.get(pk=target.pk).account == before
        return
    exact = result == Result.EXACT and len(accounts) == 1
    assert target.account == (accounts[0].uid if exact else "")
    data_request.lines.update(decision=LineDecision.PRODUCE)
    problems = " ".join(decisions.incomplete(data_request, TERMS, lines_of(data_request)))
    assert ("no single account was found" in problems) is not exact
    if target.match_result != MatchResult.AMBIGUOUS:
        return
    with pytest.raises(NotAllowed):
        matching.choose_account(target, account="Z9", by=data_request.assignee)
    chosen = matching.choose_account(target, account=accounts[0].uid, by=data_request.assignee)
    assert (chosen.account, chosen.match_result) == (accounts[0].uid, MatchResult.EXACT)


@pytest.fixture
def world(db, monkeypatch):
    """A request of one identifier in review, and something to put other systems in place."""
    return request_at("in_review", identifiers=(("username", "heron"),), categories=("logins",)), monkeypatch


def test_a_shared_address_leads_to_an_account_only_with_its_tag():
    data_request = request_at("in_review", identifiers=(("uid", "48213377"),))
    known = data_request.targets.get()
    wallet = {"kind": "wallet", "network": "xrp", "given": cases.OMNIBUS_XRP, "normalised": cases.OMNIBUS_XRP}
    bare = Target.objects.create(data_request=data_request, **wallet)
    tagged = Target.objects.create(data_request=data_request, detail=f"tag:{known.normalised}", **wallet)
    by = data_request.assignee
    assert matching.match_target(bare, by=by).match_result == MatchResult.OMNIBUS
    found = matching.match_target(tagged, by=by)
    assert (found.match_result, found.account) == (matching.match_target(known, by=by).match_result, known.normalised)
    page = client_for(by).get(f"/staff/requests/{data_request.reference}/").content.decode()
    assert "Ask the officer for the memo or tag." in page


def test_an_account_of_a_minor_asks_to_leave_the_request_to_named_people():
    data_request = request_at("in_review", identifiers=(("username", "skatesound"),))
    page_of = client_for(data_request.assignee)
    url = f"/staff/requests/{data_request.reference}/"
    assert "Restrict this request" not in page_of.get(url).content.decode()
    matching.match_target(data_request.targets.get(), by=data_request.assignee)
    page = page_of.get(url).content.decode()
    assert "An account found belongs to a minor." in page
    assert "Restrict this request" in page
