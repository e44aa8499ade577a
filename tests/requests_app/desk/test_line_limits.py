"""What narrows a line: typed by a reviewer, kept where it fits the records, signed, and read by all who read lines."""

import json

import pytest

from foundation.core.errors import Incomplete
from foundation.providers.connectors.base import Account, Limits, Match, Result
from requests_app.enums import LineDecision
from requests_app.limit_words import limit_words, read_assets
from requests_app.models import Proposal
from requests_app.services import contents, decision_paper, matching, review
from requests_app.services.guard import limits_of
from requests_app.services.review import Draft, Mark
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, proposed, ready, typed

CATEGORIES = ["registration", "transactions"]


def lines_of(data_request, category):
    return list(data_request.lines.filter(category=category).order_by("pk"))


@pytest.mark.parametrize(
    ("text", "found"),
    [("", []), ("btc, usdt", ["BTC", "USDT"]), ("BTC;btc  ETH\n", ["BTC", "ETH"]), ("USD-COIN.E", ["USD-COIN.E"])],
)
def test_assets_are_read_in_any_case(text, found):
    assert read_assets(text) == found


@pytest.mark.parametrize("text", ["BTC and €", "-BTC", "A" * 21, " ".join(f"C{n}" for n in range(51))])
def test_what_is_no_asset_is_named(text):
    with pytest.raises(Incomplete):
        read_assets(text)


def test_words_say_what_is_not_usual_and_only_where_it_fits():
    everything = {"assets": ["USDT", "BTC"], "holder": "2", "other_holders": False, "counterparties": True}
    assert limit_words("transactions", **everything) == "Only BTC, USDT, with who the other side is"
    assert limit_words("registration", **everything) == "Only holder 2 of a joint account"
    assert limit_words("registration", other_holders=True, holder="2") == "With all holders of a joint account"
    assert (limit_words("logins", **everything), limit_words("transactions")) == ("", "")


@pytest.mark.django_db
def test_reviewer_narrows_a_line_and_what_does_not_fit_its_records_stays_out():
    data_request = ready(categories=CATEGORIES)
    (first, second), registration = lines_of(data_request, "transactions"), lines_of(data_request, "registration")[0]
    given = typed(data_request) | {
        f"line{first.pk}_assets": "usdt, btc", f"line{first.pk}_sides": "named",
        f"line{registration.pk}_holders": "all", f"line{registration.pk}_assets": "ETH",
    }  # fmt: skip
    client = client_for(data_request.assignee)
    page = f"/staff/requests/{data_request.reference}/"
    assert client.post(page, given).status_code == 302
    for line in (first, second, registration):
        line.refresh_from_db()
    assert limits_of(first) == Limits(assets=("BTC", "USDT"), counterparties=True)
    # Another line of the same records, and one whose fields were not on the page, stay as they were.
    assert limits_of(second) == Limits()
    assert (limits_of(registration), registration.assets) == (Limits(other_holders=True), [])
    shown = client.get(page).content.decode()
    assert "Only BTC, USDT, with who the other side is" in shown
    assert "With all holders of a joint account" in shown


@pytest.mark.django_db
def test_wrong_asset_is_named_beside_what_was_typed():
    data_request = ready(categories=CATEGORIES)
    line = lines_of(data_request, "transactions")[0]
    client = client_for(data_request.assignee)
    given = typed(data_request) | {f"line{line.pk}_assets": "BTC and €"}
    answer = client.post(f"/staff/requests/{data_request.reference}/", given)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "€ is no short name of an asset" in shown
    assert 'value="BTC and €"' in shown
    line.refresh_from_db()
    assert line.assets == []


@pytest.mark.django_db
def test_limits_are_part_of_what_is_signed_and_of_the_papers():
    data_request = ready(categories=CATEGORIES)
    before = contents.build(data_request, TERMS, at=data_request.created_at)
    assert not {"assets", "holder", "other_holders", "counterparties"} & set(before["lines"][0])
    line, refused = lines_of(data_request, "transactions")
    marks = {
        line.pk: Mark(LineDecision.PRODUCE, "", "1(a)", assets=("BTC",), counterparties=True),
        refused.pk: Mark(LineDecision.REFUSE, "reach", "1(a)", assets=("ETH",)),
    }
    review.save(
        data_request, Draft(marks=marks), seen_version=review.review_of(data_request).lock_version,
        by=data_request.assignee,
    )  # fmt: skip
    after = contents.build(data_request, TERMS, at=data_request.created_at)
    said = contents.differences(contents.canonical(before), contents.canonical(after))
    number = next(n for n, each in enumerate(contents.lines_of(data_request), 1) if each.pk == line.pk)
    assert f"Line {number}, Assets: was nothing, is “BTC”" in said
    assert f"Line {number}, Counterparties: was nothing, is “yes”" in said
    paper = decision_paper.paper_of(data_request, after, proposal=None, at=data_request.created_at)
    assert {each.limits for each in paper.lines} == {"", "Only BTC, with who the other side is"}


@pytest.mark.django_db
def test_second_person_reads_what_a_line_covers():
    proposal = proposed(categories=CATEGORIES)
    content = json.loads(proposal.content)
    content["lines"][1] |= {"records": "transactions", "assets": "BTC", "counterparties": "yes"}
    content["lines"][0] |= {"records": "registration", "holder": "2"}
    Proposal.objects.filter(pk=proposal.pk).update(content=json.dumps(content))
    client = client_for(make_staff("approver"))
    shown = client.get(f"/staff/approvals/{proposal.data_request.reference}/").content.decode()
    assert "Only BTC, with who the other side is" in shown
    assert "Only holder 2 of a joint account" in shown


@pytest.mark.django_db
def test_holder_of_a_joint_account_is_kept_and_another_one_is_decided_again(monkeypatch):
    data_request = ready(categories=["registration"])
    target, analyst = data_request.targets.order_by("pk").first(), data_request.assignee
    holders = iter(["2", "2", "1"])

    class Joint:
        def match(self, identifiers):
            account = Account(target.account, "J••• H•••", holder=next(holders))
            return [Match(identifiers[0], Result.EXACT, "on file", (account,))]

    monkeypatch.setattr("requests_app.services.matching.connector_for", lambda _provider: Joint())
    decided = []
    for _time in range(3):
        target.lines.update(decision=LineDecision.PRODUCE)
        target = matching.match_target(target, by=analyst)
        line = target.lines.get()
        decided.append((target.holder, limits_of(line).holder, line.decision))
    assert decided == [("2", "2", "open"), ("2", "2", "produce"), ("1", "1", "open")]
