"""The generated exchange as a whole: its size, its hard cases, what narrows an export, its images, and its speed."""

import csv
import io
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from foundation.core.identifiers import read_identifier
from foundation.providers.connectors import columns
from foundation.providers.connectors.base import (
    CannotDo,
    Category,
    Channel,
    Letter,
    Limits,
    Result,
    Trait,
    UnknownAccount,
)
from foundation.providers.connectors.demo import answers, cases, history
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.hashes import number_in, txid
from foundation.providers.connectors.demo.history import movements, sign_ins
from foundation.providers.connectors.demo.tables import TABLES
from foundation.providers.models import DemoLetter
from requests_app.services.guard import Guard, Scope
from tests.people import make_provider

SEED = "meridian"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
START, END = datetime(2022, 1, 1, tzinfo=UTC), NOW
SECOND = timedelta(seconds=1)
LANGUAGES = {"en", "fr", "es", "pt", "ja"}


def match(kind, given, network="", detail=""):
    return answers.match(SEED, [read_identifier(kind, given, network=network, detail=detail, at=NOW)], NOW)[0]


def files(account, category, limits=Limits(), start=START, end=END):  # noqa: B008 - frozen
    return answers.export(SEED, account, [category], start, end, now=NOW, limits=limits)


def rows(account, category, limits=Limits(), start=START, end=END):  # noqa: B008 - frozen
    table = files(account, category, limits, start, end)[0]
    return list(csv.DictReader(io.StringIO(b"".join(table.chunks).decode())))


def test_two_thousand_accounts_share_nothing_but_the_documented_phone():
    customers = exchange(SEED).customers
    assert len(customers) == len(exchange(SEED).uids) == 2_000
    assert all(len(uid) == 8 for uid in customers)
    assert len({customer.country for customer in customers.values()}) >= 18
    assert all(customer.opened < datetime(2024, 11, 20, tzinfo=UTC) for customer in customers.values())
    owners = Counter((h.kind, h.network, h.value) for customer in customers.values() for h in customer.held)
    assert [key for key, count in owners.items() if count > 1] == [("phone", "", cases.PHONE_OF_TWO)]
    assert customers["30000005"].name
    assert customers[str(30_000_005 + 219 * 270_010)].name


@pytest.mark.parametrize("place", [14, 33, 233, 234, 1_000, 1_999])
def test_every_identifier_leads_back_to_its_account_and_to_no_other(place):
    """From an exchange that has made no other account before: a question must not need all of them."""
    exchange.cache_clear()
    customer = exchange(SEED).get(exchange(SEED).uids[place])
    for held in customer.held:
        [(found, same)] = exchange(SEED).having(held.kind, held.network, held.value)
        assert (found.uid, same) == (customer.uid, held)
    assert len(exchange(SEED)._made) < 100


@pytest.mark.parametrize(
    ("kind", "network", "value"),
    [
        ("wallet", "bitcoin", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"), ("wallet", "bitcoin", "bc1p" + "q" * 58),
        ("wallet", "monero", "4" * 95), ("wallet", "solana", "1" * 32), ("phone", "", "+1"), ("bank", "", "DE89"),
        ("email", "", "no.number@mail.example"), ("email", "", "x999999@mail.example"),
        ("card", "", "999999******1234"), ("username", "", "x1985"), ("device", "", "0" * 32), ("uid", "", "10004318"),
        ("uid", "", "\u0663\u0660\u0660\u0660\u0660\u0660\u0660\u0665"),  # Arabic digits of the first account
    ],
)  # fmt: skip
def test_what_only_looks_like_one_of_ours_leads_to_nobody(kind, network, value):
    assert exchange(SEED).having(kind, network, value) == []
    assert exchange(SEED).get(value) is None


def test_each_sign_in_of_a_month_is_found_by_its_address_and_time():
    """The likely accounts of an address are all there are: nobody is missed for the sake of speed."""
    month = datetime(2026, 3, 1, tzinfo=UTC)
    for customer in map(exchange(SEED).get, [*cases.KNOWN[:10], *exchange(SEED).uids[100:1900:300]]):
        for row in sign_ins(SEED, customer, month):
            found = match("ip", f"{row.address} {row.at.isoformat()}")
            if customer.entity == cases.ENTITY:
                assert customer.uid in {account.uid for account in found.accounts}
    taken = f"{cases.TAKEN_OVER_FROM} {cases.TAKEN_OVER_AT.isoformat()}"
    assert [account.uid for account in match("ip", taken).accounts] == [cases.ACCOUNT_TAKEN_OVER]


def _some_transfer():
    for uid in exchange(SEED).uids[14:]:
        sender = exchange(SEED).get(uid)
        for row in movements(SEED, sender, NOW):
            receiver = exchange(SEED).get(row.counterparty)
            if row.kind == "withdrawal" and receiver and sender.entity == receiver.entity == cases.ENTITY:
                return sender, row, receiver
    raise AssertionError("nobody pays anybody")


def test_a_transfer_between_customers_has_both_sides_and_each_is_found_by_its_direction():
    sender, out, receiver = _some_transfer()
    [came] = [row for row in movements(SEED, receiver, NOW) if row.txid == out.txid]
    assert (came.kind, came.amount, came.counterparty) == ("deposit", out.amount, sender.uid)
    assert came.receiver == out.receiver == receiver.wallet(out.network)
    assert {account.uid for account in match("txid", out.txid, out.network).accounts} == {sender.uid, receiver.uid}
    for side, uid in (("out", sender.uid), ("in", receiver.uid)):
        assert [account.uid for account in match("txid", out.txid, out.network, side).accounts] == [uid]
    for row in [row for row in movements(SEED, sender, NOW) if row.txid and not row.counterparty][-3:]:
        assert [account.uid for account in match("txid", row.txid, row.network).accounts] == [sender.uid]


def test_a_hash_says_its_transaction_only_to_who_has_the_seed():
    hash_ = txid(SEED, "48213377-2604-03")
    assert number_in(SEED, hash_) == "48213377-2604-03"
    assert number_in("other", hash_) == ""
    assert number_in(SEED, hash_[:-1] + ("0" if hash_[-1] != "0" else "1")) == ""
    assert number_in(SEED, "zz") == number_in(SEED, "") == ""
    # A hash of ours with a number that no account has.
    assert match("txid", txid(SEED, "10000000-2604-03"), "bitcoin").result == Result.NONE


def test_the_name_of_the_other_side_is_given_only_where_the_order_covers_it():
    names = ("counterparty_account", "counterparty_name")
    [covered] = [
        row for row in rows(cases.ACCOUNT_A, "transactions", Limits(counterparties=True))
        if row["txid"] == cases.TXID_A_TO_B
    ]  # fmt: skip
    assert tuple(covered[name] for name in names) == (cases.ACCOUNT_B, "Tove Lindqvist")
    plain = rows(cases.ACCOUNT_A, "transactions")
    assert all(row[name] == "" for row in plain for name in names)
    # Addresses on the network are his own records and stay.
    assert cases.WALLET_B in {row["receiver"] for row in plain}


def test_another_companys_customer_is_not_named_as_the_other_side(monkeypatch):
    paid = history.KNOWN_MOVEMENTS[cases.ACCOUNT_A][2]
    elsewhere = history.replace(paid, counterparty=cases.ACCOUNT_OTHER_ENTITY)
    monkeypatch.setitem(history.KNOWN_MOVEMENTS, cases.ACCOUNT_A, (elsewhere,))
    text = repr(rows(cases.ACCOUNT_A, "transactions", Limits(counterparties=True)))
    assert paid.txid in text
    assert cases.ACCOUNT_OTHER_ENTITY not in text
    assert "Prewitt" not in text


@pytest.mark.parametrize("account", [*cases.KNOWN[:10], "30000005"])
def test_whatever_narrows_an_export_nothing_in_it_is_outside_for_the_guard(account):
    start = datetime(2025, 3, 5, 7, tzinfo=UTC)
    for category in Category:
        for limits in _limits(account, category):
            for file in files(account, category, limits, start):
                guard = Guard(Scope(account, category, start, END, (), limits))
                assert guard.look_at_file(file)
                if file.media_type == "text/csv":
                    assert b"".join(guard.watch(file.chunks)) == b"".join(file.chunks)
                    guard.check_count(file.rows)
                assert (guard.outside, guard.named) == (0, [])
        assert set(TABLES[category].fields) == columns.COLUMNS[category]


def _limits(account, category):
    found = [Limits(), Limits(counterparties=True), Limits(other_holders=True)]
    if category in columns.WITH_ASSETS:
        found += [Limits(assets=("BTC",)), Limits(assets=("ETH", "USDT"))]
    return [*found, Limits(holder="2")] if account == cases.ACCOUNT_JOINT else found


@pytest.mark.parametrize("asset", ["BTC", "ETH", "USDT"])
def test_an_order_for_one_asset_gets_no_other_and_only_its_leg_of_a_trade(asset):
    limits = Limits(assets=(asset,))
    everything = {row["number"]: row for row in rows(cases.ACCOUNT_A, "transactions")}
    inside = rows(cases.ACCOUNT_A, "transactions", limits)
    concerned = {number for number, row in everything.items() if asset in {row["asset"], row["against_asset"]}}
    assert {row["number"] for row in inside} == concerned < everything.keys()
    seen = set()
    for row in inside:
        assert {row["asset"], row["against_asset"]} == {asset, ""}
        whole = everything[row["number"]]
        assert (row["amount"], row["against_amount"]) in {(whole["amount"], ""), ("", whole["against_amount"])}
        if row["kind"] == "trade":
            seen.add(bool(row["fee"]))
            assert row["fee"] == (whole["fee"] if row["against_asset"] else "")
    assert seen == {True, False}
    assert {row["asset"] for row in rows(cases.ACCOUNT_A, "balances", limits)} == {asset}


def test_of_a_joint_account_each_holder_is_found_and_given_alone():
    one, two = (match("email", email).accounts[0] for email in (cases.EMAIL_JOINT_1, cases.EMAIL_JOINT_2))
    assert (one.uid, one.holder, two.uid, two.holder) == (cases.ACCOUNT_JOINT, "1", cases.ACCOUNT_JOINT, "2")
    assert (one.label[:9], two.label[:9]) == ("M••• P•••", "G••• A•••")
    assert match("uid", cases.ACCOUNT_JOINT).accounts[0].holder == ""
    texts = {}
    for name, limits in (("", Limits()), ("2", Limits(holder="2")), ("both", Limits(other_holders=True))):
        given = rows(cases.ACCOUNT_JOINT, "registration", limits)
        texts[name] = repr(given), {row["holder"] for row in given}
        papers = {file.holder for file in files(cases.ACCOUNT_JOINT, "registration", limits)[1:]}
        assert papers == texts[name][1] - {""}
    assert [found for _text, found in texts.values()] == [{"", "1"}, {"", "2"}, {"", "1", "2"}]
    for secret in ("Gonzalo", cases.EMAIL_JOINT_2, "P64075512"):
        assert secret not in texts[""][0]
        assert secret in texts["2"][0]
    with pytest.raises(CannotDo, match="has no holder 2"):
        files(cases.ACCOUNT_A, "registration", Limits(holder="2"))


@pytest.mark.parametrize(
    ("account", "facts"),
    [
        (cases.ACCOUNT_A, {"language": "en", "traits": (), "linked": (), "changed_at": None}),
        (cases.ACCOUNT_MINOR, {"language": "fr", "traits": (Trait.MINOR,)}),
        (cases.ACCOUNT_JOINT, {"language": "es", "traits": (Trait.JOINT,), "address": cases.EMAIL_JOINT_1}),
        (cases.ACCOUNT_BUSINESS, {"language": "pt", "traits": (Trait.BUSINESS,)}),
        (cases.ACCOUNT_TAKEN_OVER, {"traits": (Trait.TAKEN_OVER,), "changed_at": cases.TAKEN_OVER_AT}),
        (cases.ACCOUNT_TAKEN_OVER, {"address": cases.EMAIL_TAKEN_OVER}),
        (cases.ACCOUNT_LINKED, {"linked": (cases.ACCOUNT_LINKED_SECOND,)}),
        (cases.ACCOUNT_LINKED_SECOND, {"linked": (cases.ACCOUNT_LINKED,)}),
        (cases.ACCOUNT_OWN_PAGES, {"language": "ja", "channel": Channel.COMPANY}),
    ],
)
def test_the_contact_says_what_must_be_known_before_somebody_is_told(account, facts):
    contact = answers.contact(SEED, account)
    assert {name: getattr(contact, name) for name in facts} == facts


def test_letters_can_be_written_in_every_holders_language():
    for uid in exchange(SEED).uids[:200]:
        assert answers.contact(SEED, uid).language in LANGUAGES


def test_an_image_is_what_it_says_the_same_each_time_and_only_of_its_days():
    table, paper = files(cases.ACCOUNT_A, "registration")
    content = b"".join(paper.chunks)
    assert (table.media_type, paper.media_type, paper.rows, paper.account) == (
        "text/csv", "image/png", 0, cases.ACCOUNT_A,
    )  # fmt: skip
    assert paper.size == len(content)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (480, 304))
    assert b"".join(files(cases.ACCOUNT_A, "registration")[1].chunks) == content
    assert not any(file.media_type == "image/png" for file in files(cases.ACCOUNT_A, "logins"))
    assert [file.rows for file in files(cases.ACCOUNT_A, "registration", start=START, end=START + SECOND)] == [0]

    renewed = exchange(SEED).get("30000005")
    old, new = renewed.papers
    border = new.since
    before = files(renewed.uid, "registration", start=border - SECOND, end=border)
    after = files(renewed.uid, "registration", start=border, end=border + SECOND)
    assert [(f.on_file_from, f.on_file_until) for f in before[1:]] == [(renewed.opened, border)]
    assert [(f.on_file_from, f.on_file_until) for f in after[1:]] == [(border, None)]
    assert before[1].sha256 != after[1].sha256
    assert old.number != new.number


def test_a_large_table_comes_in_pieces():
    table = files(cases.ACCOUNT_BUSY, "logins", start=datetime(2026, 8, 1, tzinfo=UTC))[0]
    assert table.rows > 4_000
    assert max(map(len, table.chunks)) <= 64 * 1024 < table.size == sum(map(len, table.chunks))


ALONE = """
import sys
from datetime import UTC, datetime
from foundation.core.identifiers import read_identifier
from foundation.providers.connectors.base import Category
from foundation.providers.connectors.demo import answers, cases
now = datetime(2026, 11, 20, 9, tzinfo=UTC)
kinds, start = [*Category], now.replace(year=2022)
files = answers.export("meridian", cases.ACCOUNT_JOINT, kinds, start, now, now=now)
found = answers.match("meridian", [read_identifier("txid", cases.TXID_A, network="bitcoin", at=now)], now)
print(*(file.sha256 for file in files), found[0].result, "django.db.connection" in sys.modules)
"""


def test_another_process_answers_the_same_without_the_portal():
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "11"},
    )  # fmt: skip
    here = answers.export(SEED, cases.ACCOUNT_JOINT, list(Category), NOW.replace(year=2022), NOW, now=NOW)
    assert done.stdout.split() == [*(file.sha256 for file in here), "exact", "False"]


@pytest.mark.django_db
def test_a_letter_is_put_into_the_holders_pages_once():
    demo = DemoConnector(SEED, make_provider().pk)
    letter = Letter("N-26-1", "ja", "件名", "本文")
    later = NOW + timedelta(days=1)
    assert demo.notify(cases.ACCOUNT_OWN_PAGES, letter, key="n:1", at=NOW) == NOW
    assert demo.notify(cases.ACCOUNT_OWN_PAGES, letter, key="n:1", at=later) == NOW
    assert DemoLetter.objects.get().text == "本文"
    with pytest.raises(CannotDo, match="another letter"):
        demo.notify(cases.ACCOUNT_OWN_PAGES, Letter("N-26-2", "ja", "件名", "本文"), key="n:1", at=NOW)
    with pytest.raises(CannotDo, match="by mail"):
        demo.notify(cases.ACCOUNT_A, letter, key="n:2", at=NOW)
    with pytest.raises(UnknownAccount):
        demo.notify("1", letter, key="n:3", at=NOW)
    with pytest.raises(CannotDo, match="no books"):
        DemoConnector(SEED).notify(cases.ACCOUNT_OWN_PAGES, letter, key="n:4", at=NOW)
    assert DemoLetter.objects.count() == 1
