"""What is recorded of a freeze is in order: after the grant and the call, in full only if it is; whose turn it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from foundation.providers.connectors.demo import cases as accounts
from requests_app.kind_words import freeze_words, one_asset
from requests_app.models import FreezeResult
from requests_app.services import freeze_paper, freezing, lifting
from requests_app.services.freezing import Done
from requests_app.services.read_outs import capitals_count
from tests.people import client_for, make_officer
from tests.requests_app.freezes import cases
from tests.requests_app.freezes.test_doing import wallet_call
from tests.requests_app.kinds.cases import WALLET

pytestmark = pytest.mark.django_db


def results(row, *done):
    """What was done, line by line."""
    return {line.pk: one for (_n, line), one in zip(freezing.to_do(row), done, strict=True)}


def test_nothing_was_done_before_the_grant_nor_before_the_destination_was_confirmed():
    row = cases.granted(**cases.TRANSFER)
    analyst, at = row.test_people.analyst, timezone.now()
    wallet_call(row)
    CallBack.objects.filter(purpose="wallet").update(called_at=at - timedelta(hours=1))
    row.decided_at = at - timedelta(days=2)
    row.save(update_fields=["decided_at"])
    for early, said in ((timedelta(days=3), "before the request was granted"),
                        (timedelta(hours=5), "before the agency confirmed the destination")):  # fmt: skip
        done = results(row, Done("in_full", at - early, Decimal(1), Decimal("0.01")))
        with pytest.raises(Incomplete, match=said):
            freezing.record_done(row, done, by=analyst)
    assert not FreezeResult.objects.exists()
    done = results(row, Done("in_full", at - timedelta(minutes=5), Decimal(1), Decimal("0.01")))
    freezing.record_done(row, done, by=analyst)
    # Called anew after it was recorded: what was said before counts no more.
    CallBack.objects.filter(purpose="wallet").update(called_at=at)
    with pytest.raises(NotAllowed, match="before the agency confirmed"):
        cases.confirmed(row)


def test_in_full_is_what_the_order_says_of_all_accounts_together():
    row = cases.granted(amount="0.05", accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_B))
    analyst, at = row.test_people.analyst, timezone.now()
    short = [Done("in_full", at, Decimal(1), Decimal(amount)) for amount in ("0.01", "0.03")]
    with pytest.raises(Incomplete, match=r"Line 1: less was done.*Line 2: less was done"):
        freezing.record_done(row, results(row, *short), by=analyst)
    more = [Done("in_part", at, Decimal(1), Decimal(amount)) for amount in ("0.04", "0.03")]
    with pytest.raises(Incomplete, match="All accounts together"):
        freezing.record_done(row, results(row, *more), by=analyst)
    enough = [Done("in_full", at, Decimal(1), Decimal(amount)) for amount in ("0.02", "0.03")]
    freezing.record_done(row, results(row, *enough), by=analyst)
    enough = [Done("in_full", at, Decimal(1), Decimal("0.05")), Done("nothing", at, Decimal(1), None, "Not needed")]
    freezing.record_done(row, results(row, *enough), by=analyst)
    assert cases.confirmed(row).outcome == "in_full"
    of_all = cases.granted(amount=None)
    done = results(of_all, Done("in_full", at, Decimal("0.5"), Decimal("0.01")))
    with pytest.raises(Incomplete, match="a part of the balance was left"):
        freezing.record_done(of_all, done, by=of_all.test_people.analyst)


def test_the_agency_reads_out_the_destination_and_capitals_count_only_where_the_network_tells_them_apart():
    row = cases.granted(**cases.TRANSFER)
    client = client_for(row.test_people.analyst)
    page = client.get(reverse("staff:freeze", args=[row.reference])).content.decode()
    assert "Do not read it to them" in page
    assert "read out: begins with" not in page
    assert "Somebody who reviews requests calls the agency" in page
    url = reverse("staff:call_back", args=[row.reference]) + "?about=wallet"
    number = row.agency.numbers.get()
    call = {"way": f"number-{number.pk}", "result": "confirmed", "spoke_to": "Duty officer", "note": ""}
    assert client.post(url, call | {"begins": "BC1QA", "ends": "WF5MDQ"}).status_code == 422
    assert not CallBack.objects.filter(purpose="wallet").exists()
    assert client.post(url, call | {"begins": "Bc1qAR", "ends": "WF5MDQ"}).status_code == 302
    assert CallBack.objects.filter(purpose="wallet", result="confirmed").exists()
    assert not capitals_count("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "ethereum")
    assert not capitals_count(WALLET, "bitcoin")
    for base58, network in (("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin"),
                            ("DYw8jCTfwHNRJhhmFcbXvVDTqWMEVFBX6ZKUmG5CNSKK", "solana")):  # fmt: skip
        assert capitals_count(base58, network)


def test_everybody_reads_whose_turn_it_is_until_it_is_done_and_until_it_is_lifted():
    row = cases.granted()
    people = row.test_people
    analyst, approver = client_for(people.analyst), client_for(people.approver)
    url, lift = (reverse(f"staff:{name}", args=[row.reference]) for name in ("freeze", "lift"))
    for client in (analyst, approver):
        assert "Somebody who prepares records does what the order says" in client.get(url).content.decode()
    done = results(row, Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")))
    freezing.record_done(row, done, by=people.analyst)
    second = f"confirms it: somebody other than {people.analyst.get_full_name()}."
    for client in (analyst, approver):
        page = client.get(url).content.decode()
        assert second in page
        assert "You do not have the right" not in page
    row = cases.confirmed(row)
    assert "Whose turn" not in analyst.get(url).content.decode()
    lifting.begin(row, cause="mistake", reason="The wrong account.", by=people.analyst)
    for client in (analyst, approver):
        assert "lifts it, and records it here, or somebody" in client.get(lift).content.decode()
    with pytest.raises(Incomplete, match="before the freeze was done"):
        lifting.record_done(row, done_at=timezone.now() - timedelta(days=1), by=people.analyst)
    lifting.record_done(row, done_at=timezone.now(), by=people.analyst)
    for client in (analyst, approver):
        page = client.get(lift).content.decode()
        assert second in page
        assert "You do not have the right" not in page


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ({"balance": None}, "enter the balance that was found, 0 if there was none"),
        ({"balance": None, "unknown": True}, "why the balance is not known"),
        ({"unknown": True, "note": "The ledger is closed"}, "not both"),
        ({"extent": "nothing", "amount": None}, "a balance was found and nothing was done"),
        ({"balance": None, "unknown": True, "note": "The ledger is closed"}, ""),
        ({"extent": "nothing", "amount": None, "balance": Decimal(0)}, ""),
    ],
)
def test_the_balance_is_known_or_it_is_said_why_nobody_knows_it(done, said):
    row = cases.granted()
    given = {"extent": "in_full", "done_at": timezone.now(), "balance": Decimal(1), "amount": Decimal("0.01")} | done
    if said:
        with pytest.raises(Incomplete, match=said):
            freezing.record_done(row, results(row, Done(**given)), by=row.test_people.analyst)
        return
    freezing.record_done(row, results(row, Done(**given)), by=row.test_people.analyst)
    page = client_for(row.test_people.analyst).get(reverse("staff:freeze", args=[row.reference])).content.decode()
    assert ("checked" in page.partition("_unknown")[2][:200]) is bool(done.get("unknown"))
    row = cases.confirmed(row)
    words = "Not known" if done["balance"] is None else "0 BTC"
    (line,) = freeze_paper.context_of(row, row.freeze, at=timezone.now())["lines"]
    assert line["balance"] == words
    page = client_for(row.officer).get(reverse("officer:request", args=[row.reference])).content.decode()
    assert f"Balance found: {words}" in page
    assert "Not said" not in page


def test_an_order_for_several_assets_says_each_of_them_in_the_note():
    row = cases.granted(amount=None, asset="BTC and ETH")
    done = Done("in_full", timezone.now(), Decimal(900), Decimal(900))
    with pytest.raises(Incomplete, match="several assets"):
        freezing.record_done(row, results(row, done), by=row.test_people.analyst)
    done = Done("in_full", timezone.now(), Decimal(900), Decimal(900), "0.01 BTC and 0.2 ETH, all there was, in USD")
    freezing.record_done(row, results(row, done), by=row.test_people.analyst)
    row = cases.confirmed(row)
    (line,) = freeze_paper.context_of(row, row.freeze, at=timezone.now())["lines"]
    assert (line["amount"], line["note"]) == ("900 (see the note)", done.note)
    assert [one_asset(name) for name in ("BTC", "Bitcoin Cash", "all assets", "BTC/ETH")] == [True, True, False, False]
    said = freeze_words({"act": "restrain", "everything": True, "asset": "all assets of the account"})
    assert said == "Restrain all assets of the account, until further order"


def test_the_letter_of_several_accounts_of_none_and_of_a_freeze_that_ended():
    at = timezone.now()
    row = cases.granted(amount="0.05", accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_B), last_day=cases.day(3))
    both = [Done("in_part", at, Decimal(amount), Decimal(amount)) for amount in ("0.01", "0.02")]
    freezing.record_done(row, results(row, *both), by=row.test_people.analyst)
    row = cases.confirmed(row)
    said = freeze_paper.context_of(row, row.freeze, at=at)
    assert (said["together"], [line["amount"] for line in said["lines"]]) == ("0.03 BTC", ["0.01 BTC", "0.02 BTC"])
    assert said["until"].endswith("and we lift the freeze.")
    lifting.begin(row, cause="mistake", reason="The wrong account.", by=row.test_people.analyst)
    asked = freeze_paper.context_of(row, row.freeze, at=at)
    assert asked["until"].endswith("We were asked to lift it earlier, and look at that.")
    lifting.decline(row, reason="It was the right one.", by=row.test_people.approver)
    ended = freeze_paper.context_of(row, row.freeze, at=row.freeze.ends_at)
    assert ended["until"].endswith("The freeze is to be lifted.")
    lifting.sweep(at=row.freeze.ends_at)
    asked = freeze_paper.context_of(row, row.freeze, at=row.freeze.ends_at)
    assert asked["until"] == ended["until"]
    seizure = cases.granted(**cases.TRANSFER)
    wallet_call(seizure)
    nothing = Done("nothing", timezone.now(), Decimal(0), None)
    freezing.record_done(seizure, results(seizure, nothing), by=seizure.test_people.analyst)
    seizure = cases.confirmed(seizure)
    said = freeze_paper.context_of(seizure, seizure.freeze, at=at)
    assert (said["until"], said["together"], said["lines"][0]["amount"]) == ("", "", "None")


def test_the_letter_says_what_was_done_and_is_there_only_once_it_is_confirmed():
    row = cases.granted(amount="0.05", last_day=cases.day(30))
    url = reverse("officer:freeze_letter", args=[row.reference])
    done = results(row, Done("in_part", timezone.now(), Decimal("0.0312"), Decimal("0.0312"), "All that was there"))
    freezing.record_done(row, done, by=row.test_people.analyst)
    assert client_for(row.officer).get(url).status_code == 404
    row = cases.confirmed(row)
    got = client_for(row.officer).get(url)
    assert (got.status_code, got["Content-Type"], got.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert (
        "freeze/letter.pdf"
        in client_for(row.officer).get(reverse("officer:request", args=[row.reference])).content.decode()
    )
    said = freeze_paper.context_of(row, row.freeze, at=timezone.now())
    (line,) = said["lines"]
    assert (line["balance"], line["amount"], line["note"]) == ("0.0312 BTC", "0.0312 BTC", "All that was there")
    assert f"{row.freeze.ends_at:%H:%M} UTC" in said["until"]
    assert said["outcome"] == "We carried out part of what the order says."
    assert entries_for(row).filter(action="decision.letter_downloaded").count() == 1
    stranger = client_for(make_officer())
    assert stranger.get(url).status_code == 404
