import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from foundation.core.identifiers import read_identifier
from foundation.providers.connectors.base import Category, ConnectorFailed, Match, Result, UnknownAccount
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.connectors.demo.history import messages, movements, next_month, sign_ins
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import Provider

SEED = "meridian"
DEMO = DemoConnector(SEED)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TIMED = [Category.LOGINS, Category.TRANSACTIONS, Category.BALANCES, Category.COMMUNICATIONS]


def match(kind, given, network="", detail=""):
    return DEMO.match([read_identifier(kind, given, network=network, detail=detail)])[0]


def accounts(found):
    return [account.uid for account in found.accounts]


def table(account, category, start, end, *, at=NOW):
    return DEMO.export(account, [category], start, end, at=at)[0]


def rows(category, start=START, end=END, *, account=cases.ACCOUNT_A, at=NOW):
    file = table(account, category, start, end, at=at)
    found = list(csv.DictReader(io.StringIO(b"".join(file.chunks).decode())))
    assert len(found) == file.rows
    return found


def moment(text):
    return datetime.fromisoformat(text)


def test_every_identifier_is_one_that_the_portal_accepts_and_made_for_fiction():
    uids = exchange(SEED).uids
    for customer in map(exchange(SEED).get, [*cases.KNOWN, *uids[20:240:20], *uids[240::190]]):
        for held in customer.held:
            found = read_identifier(held.kind, held.value, network=held.network)
            assert (found.why, found.normalised) == ("", held.value)
        assert all(held.value.endswith("@mail.example") for held in customer.held if held.kind == "email")


@pytest.mark.parametrize(
    ("kind", "given", "network", "account"),
    [
        ("uid", "48213377", "", cases.ACCOUNT_A),
        ("email", "Nordlys.Trading@mail.example", "", cases.ACCOUNT_A),
        ("email", cases.EMAIL_A_OLD, "", cases.ACCOUNT_A),
        ("username", "nordlys_otc", "", cases.ACCOUNT_A),
        ("wallet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin", cases.ACCOUNT_B),
        ("txid", cases.TXID_A, "bitcoin", cases.ACCOUNT_A),
    ],
)
def test_the_documented_identifiers_lead_to_one_account(kind, given, network, account):
    found = match(kind, given, network)
    assert (found.result, accounts(found)) == (Result.EXACT, [account])


def test_an_account_is_shown_without_the_whole_name():
    (account,) = match("uid", cases.ACCOUNT_A).accounts
    assert account.label == "J••• H•••, open since May 2023, identity checked"
    assert "Hagelund" not in repr(account)


def test_a_phone_of_two_people_is_never_decided_by_the_machine():
    found = match("phone", "+44 7700 900461")
    assert found.result == Result.AMBIGUOUS
    assert accounts(found) == [cases.ACCOUNT_A, cases.ACCOUNT_C]
    assert found.accounts[1].note == "Number on file until Feb 2024 only"


def test_a_transaction_between_two_customers_has_two_sides():
    found = match("txid", cases.TXID_A_TO_B, "bitcoin")
    assert found.result == Result.AMBIGUOUS
    assert set(accounts(found)) == {cases.ACCOUNT_A, cases.ACCOUNT_B}


@pytest.mark.parametrize("network", list(cases.HOT_WALLETS))
def test_the_companys_own_wallet_leads_to_nobody(network):
    found = match("wallet", cases.HOT_WALLETS[network], network)
    assert (found.result, found.accounts) == (Result.OWN_WALLET, ())


def test_a_shared_address_needs_its_tag():
    found = match("wallet", cases.OMNIBUS_XRP, "xrp")
    assert (found.result, found.accounts) == (Result.OMNIBUS, ())
    assert "tag" in found.explanation
    assert match("wallet", cases.OMNIBUS_XRP, "xrp", "999").result == Result.OMNIBUS


@pytest.mark.parametrize(("shared", "network"), [(cases.OMNIBUS_XRP, "xrp"), (cases.OMNIBUS_TON, "ton")])
def test_a_shared_address_with_its_tag_leads_to_one_account(shared, network):
    found = match("wallet", shared, network, cases.TAG_A)
    assert (found.result, accounts(found)) == (Result.EXACT, [cases.ACCOUNT_A])


@pytest.mark.parametrize(("side", "account"), [("out", cases.ACCOUNT_A), ("in", cases.ACCOUNT_B)])
def test_the_direction_says_which_side_of_a_transaction_is_meant(side, account):
    found = match("txid", cases.TXID_A_TO_B, "bitcoin", side)
    assert (found.result, accounts(found)) == (Result.EXACT, [account])
    assert match("txid", f"{cases.TXID_A}:out:0", "bitcoin").result == Result.EXACT
    assert match("txid", cases.TXID_A, "bitcoin", "in").result == Result.NONE


def test_another_companys_account_is_named_and_not_opened():
    found = match("email", cases.EMAIL_OTHER_ENTITY)
    assert (found.result, found.accounts) == (Result.OTHER_ENTITY, ())
    assert cases.US_ENTITY in found.explanation


@pytest.mark.parametrize(
    ("result", "count"), [("exact", 0), ("exact", 2), ("ambiguous", 1), ("other_entity", 1), ("none", 1)]
)
def test_an_answer_that_contradicts_itself_is_refused(result, count):
    found = match("phone", cases.PHONE_OF_TWO)
    with pytest.raises(ConnectorFailed, match=f"answered {result} with {count} accounts"):
        Match(found.identifier, Result(result), "", found.accounts[:count])
    one = found.accounts[0]
    for twice in ((one, one), (one, replace(one, uid=""))):
        with pytest.raises(ConnectorFailed, match="without a number, or one account twice"):
            Match(found.identifier, Result.AMBIGUOUS, "", twice)


def test_a_closed_account_is_found_and_says_so():
    found = match("email", cases.EMAIL_CLOSED)
    assert found.result == Result.EXACT
    assert found.accounts[0].closed
    assert match("uid", cases.ACCOUNT_MINOR).accounts[0].flags == ("minor",)


@pytest.mark.parametrize(
    ("kind", "given", "network"),
    [
        ("uid", "10000000", ""),
        ("email", "nobody@mail.example", ""),
        ("wallet", cases.WALLET_B, "litecoin"),
        ("txid", "00" * 32, "bitcoin"),
        ("txid", cases.TXID_A, "ethereum"),
        ("email", "not an address", ""),
    ],
)
def test_what_nobody_has_leads_to_nobody(kind, given, network):
    found = match(kind, given, network)
    assert (found.result, found.accounts) == (Result.NONE, ())


def _with_port(address):
    return f"[{address}]:4431" if ":" in address else f"{address}:4431"


def test_an_address_with_its_time_leads_to_who_signed_in():
    row = rows(Category.LOGINS)[0]
    at = moment(row["time_utc"])
    found = match("ip", f"{row['ip_address']} {(at + timedelta(minutes=20)).isoformat()}")
    assert cases.ACCOUNT_A in accounts(found)
    assert cases.ACCOUNT_A in accounts(match("ip", f"{_with_port(row['ip_address'])} {at.isoformat()}"))
    elsewhere = match("ip", f"192.0.2.1 {at.isoformat()}")
    assert elsewhere.result == Result.NONE


def test_answers_come_in_the_order_of_the_questions():
    given = [read_identifier("uid", uid) for uid in (cases.ACCOUNT_B, "10000000", cases.ACCOUNT_A)]
    assert [found.identifier for found in DEMO.match(given)] == given


def test_the_account_holder_can_be_told():
    contact = DEMO.contact(cases.ACCOUNT_A)
    assert (contact.name, contact.address, contact.language) == ("Jonas Hagelund", cases.EMAIL_A, "en")
    assert DEMO.contact(cases.ACCOUNT_CLOSED).address == cases.EMAIL_CLOSED


@pytest.mark.parametrize("category", list(Category))
def test_every_column_is_explained_and_every_row_is_of_the_account(category):
    file = table(cases.ACCOUNT_A, category, START, END)
    found = rows(category)
    assert found
    assert list(found[0]) == list(file.fields)
    assert all(file.fields.values())
    assert {row["account"] for row in found} == {cases.ACCOUNT_A}
    assert (file.media_type, file.extracted_at) == ("text/csv", NOW)


@pytest.mark.parametrize("category", TIMED)
def test_a_row_at_the_border_belongs_to_one_period_only(category):
    times = sorted({moment(row["time_utc"]) for row in rows(category)})
    first, last = times[0], times[-1]
    exactly = rows(category, first, last)
    assert min(moment(row["time_utc"]) for row in exactly) == first
    assert max(moment(row["time_utc"]) for row in exactly) < last
    assert first not in {moment(row["time_utc"]) for row in rows(category, first + SECOND, last)}
    assert last in {moment(row["time_utc"]) for row in rows(category, first, last + SECOND)}


@pytest.mark.parametrize("category", TIMED)
@pytest.mark.parametrize(
    "middle",
    [
        datetime(2026, 5, 17, 12, tzinfo=UTC),
        # In UTC this is still the 31st of March.
        datetime(2026, 4, 1, 0, 30, tzinfo=timezone(timedelta(hours=14))),
        datetime(2026, 6, 1, tzinfo=UTC),
    ],
)
def test_two_halves_are_the_whole(category, middle):
    assert rows(category, START, middle) + rows(category, middle, END) == rows(category)


def test_an_answer_of_support_just_after_midnight_is_in_its_own_month():
    late = [
        (uid, row.at)
        for uid in exchange(SEED).uids[:400]
        for month in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        for row in messages(SEED, exchange(SEED).get(uid), month)
        if row.at >= next_month(month)
    ]
    for uid, at in late[:3]:
        found = rows(Category.COMMUNICATIONS, at.replace(day=1, hour=0, minute=0, second=0), END, account=uid)
        assert moment(found[0]["time_utc"]) == at
    assert late


def test_a_fact_is_given_if_it_was_on_file_at_a_moment_of_the_period():
    def addresses(start, end):
        return [row["value"] for row in rows(Category.REGISTRATION, start, end) if row["fact"] == "email"]

    moved = datetime(2025, 1, 9, 10, 15, tzinfo=UTC)
    assert addresses(moved - SECOND, moved) == [cases.EMAIL_A_OLD]
    assert addresses(moved, moved + SECOND) == [cases.EMAIL_A]
    assert addresses(moved - SECOND, moved + SECOND) == [cases.EMAIL_A_OLD, cases.EMAIL_A]


def test_nothing_is_newer_than_the_extraction():
    later = datetime(2027, 6, 1, tzinfo=UTC)
    for category in TIMED:
        assert all(moment(row["time_utc"]) <= NOW for row in rows(category, START, later))
    early = DEMO.export(cases.ACCOUNT_A, [Category.REGISTRATION], START, later, at=datetime(2024, 1, 1, tzinfo=UTC))
    assert [file.rows for file in early] == [0]


def test_an_account_has_no_rows_before_it_opened_or_after_it_closed():
    customer = exchange(SEED).get(cases.ACCOUNT_CLOSED)
    for category in TIMED[:2]:
        found = rows(category, START.replace(year=2020), END, account=customer.uid)
        assert found
        assert all(customer.opened <= moment(row["time_utc"]) < customer.closed for row in found)
    assert rows(Category.LOGINS, customer.closed, END, account=customer.uid) == []


def test_nobody_has_less_than_nothing():
    start = datetime(2022, 1, 1, tzinfo=UTC)
    for uid in [cases.ACCOUNT_A, cases.ACCOUNT_B, *exchange(SEED).uids[14:34]]:
        assert all(float(row["amount"]) >= 0 for row in rows(Category.BALANCES, start, NOW, account=uid))


def test_the_documented_withdrawal_is_in_the_records():
    (row,) = [row for row in rows(Category.TRANSACTIONS) if row["txid"] == cases.TXID_A]
    assert (row["time_utc"], row["kind"], row["asset"]) == ("2026-04-14T09:31:00Z", "withdrawal", "BTC")


def test_addresses_are_from_ranges_for_documentation():
    for uid in exchange(SEED).uids[:30]:
        for row in sign_ins(SEED, exchange(SEED).get(uid), datetime(2025, 3, 1, tzinfo=UTC)):
            assert row.address.startswith(("203.0.113.", "198.51.100.", "2001:db8:"))


def fingerprint(seed):
    return DemoConnector(seed).preserve(cases.ACCOUNT_A, list(Category), NOW, hold="HD-1", key="k", at=NOW).digest


def test_another_seed_is_another_exchange_with_the_same_documented_accounts():
    other = exchange("other")
    assert fingerprint("other") != fingerprint(SEED)
    assert other.get(cases.ACCOUNT_A) == exchange(SEED).get(cases.ACCOUNT_A)
    assert [other.get(uid).name for uid in other.uids[14:44]] != [
        exchange(SEED).get(uid).name for uid in other.uids[14:44]
    ]


def test_a_later_extraction_does_not_change_earlier_rows():
    customer = exchange(SEED).get(cases.ACCOUNT_B)
    early, late = movements(SEED, customer, END), movements(SEED, customer, NOW)
    assert late[: len(early)] == early


def test_a_snapshot_names_every_file_by_its_hash():
    snapshot = DEMO.preserve(cases.ACCOUNT_A, ["logins", "transactions"], END, hold="HD-1", key="k", at=NOW)
    assert [file.category for file in snapshot.files] == ["logins", "transactions"]
    assert all(len(file.sha256) == 64 and file.rows and file.size for file in snapshot.files)
    later = DEMO.preserve(cases.ACCOUNT_A, ["logins", "transactions"], END, hold="HD-1", key="k", at=NOW + SECOND)
    assert later.digest != snapshot.digest


def test_what_the_exchange_cannot_answer_it_says():
    with pytest.raises(UnknownAccount, match="no account 1"):
        DEMO.contact("1")
    with pytest.raises(ConnectorFailed, match="of this kind: secrets"):
        DEMO.export(cases.ACCOUNT_A, ["secrets"], START, END, at=NOW)
    with pytest.raises(ConnectorFailed, match="period"):
        DEMO.export(cases.ACCOUNT_A, ["logins"], END, START, at=NOW)


def test_a_provider_names_its_connector():
    assert connector_for(Provider(connector="demo", connector_settings={"seed": "x"})).seed == "x"
    with pytest.raises(ConnectorFailed, match="no connector named fax"):
        connector_for(Provider(name="Meridian", connector="fax"))
