"""The guard: rows just outside of each border, files that read in two ways, documents, and columns nobody granted."""

from datetime import datetime, timedelta

import pytest

from foundation.providers.connectors import columns
from foundation.providers.connectors.base import ExportedFile, Limits
from foundation.providers.connectors.demo.tables import TABLES
from requests_app.models import CollectedFile, LineExport, RequestLine, Target
from requests_app.services.guard import Guard, limits_of, scopes_of
from requests_app.services.guarded import summary
from requests_app.services.packing import Part
from requests_app.services.table_reading import Unreadable
from tests.requests_app.records.guarded import FROM, HEADERS, OURS, TO, scope, table, watched


def login(at, account=OURS):
    return [at, account, "signed in", "192.0.2.7", "phone", "app"]


def moved(**other):
    row = dict.fromkeys(HEADERS["transactions"], "") | {
        "time_utc": "2026-05-01T00:00:00Z", "account": OURS, "kind": "deposit", "asset": "BTC", "amount": "1",
        "sender": "bc1qother", "receiver": "bc1qours", "number": "7",
    }  # fmt: skip
    return list((row | other).values())


def fact(since="2020-01-01T00:00:00Z", until="", holder="2", account=OURS):
    return [account, holder, "phone", "+47 55", since, until]


TRADE = {"kind": "trade", "sender": "", "receiver": ""}
BORDERS = [
    ("logins", login("2026-02-28T23:59:59Z"), "period", "is of 2026-02-28 23:59:59 UTC"),
    ("logins", login("2026-02-28T23:59:59.999999Z"), "period", "is of 2026-02-28 23:59:59.999999 UTC"),
    ("logins", login("2026-10-01T00:00:00Z"), "period", "is of 2026-10-01 00:00:00 UTC"),
    ("logins", login("2026-03-01T00:59:59+01:00"), "period", "is of 2026-02-28 23:59:59 UTC"),
    ("logins", login("2026-09-30T23:00:00-01:00"), "period", "is of 2026-10-01 00:00:00 UTC"),
    ("logins", login("0001-01-01T00:00:00+14:00"), "period", "has no time that can be read"),
    ("logins", login("2026-05-01"), "period", "has no time that can be read"),
    ("logins", login("2026-05-01T00:00:00"), "period", "has a time without a zone"),
    ("logins", login("2026-05-01T00:00:00Z", f"{OURS}0"), "account", f"belongs to account {OURS}0"),
    ("logins", login("2026-05-01T00:00:00Z", f"{OURS} "), "account", f"belongs to account {OURS} "),
    ("logins", login("2026-05-01T00:00:00Z", ""), "account", "names no account"),
    ("registration", fact(until="2026-03-01T00:00:00Z"), "period", "from 2020-01-01 00:00:00 to 2026-03-01"),
    ("registration", fact(since="2026-10-01T00:00:00Z"), "period", "was on file from 2026-10-01 00:00:00 to now only"),
    ("registration", fact(since="2026-06-01T00:00:00Z", until="2026-05-01T00:00:00Z"), "period", "until before it was"),
    ("registration", fact(holder="1"), "holder", "is about holder 1"),
    ("registration", fact(holder=" 2"), "holder", "is about holder  2"),
    ("transactions", moved(asset="ETH"), "asset", "is of ETH"),
    ("transactions", moved(asset="btc"), "asset", "is of btc"),
    ("transactions", moved(asset="", amount=""), "asset", "names no asset"),
    ("transactions", moved(**TRADE, against_asset="ETH", against_amount="3"), "asset", "is of ETH"),
    ("transactions", moved(**TRADE, against_amount="3"), "asset", "how much of an asset that it does not name"),
    ("transactions", moved(**TRADE, fee="0.1"), "asset", "how much of an asset that it does not name"),
    ("transactions", moved(counterparty_name="Jo Other"), "counterparty", "says who the other side is"),
    ("transactions", moved(counterparty_account="99"), "counterparty", "says who the other side is"),
    ("transactions", moved(sender="Jo Other"), "counterparty", "has words where an address"),
    ("balances", ["2026-05-01T00:00:00Z", OURS, "ETH", "1"], "asset", "is of ETH"),
    ("balances", ["2026-05-01T00:00:00Z", OURS, "BTC", "1", "more"], "unreadable", "has more or fewer fields"),
]  # fmt: skip


@pytest.mark.parametrize(("category", "row", "aspect", "words"), BORDERS)
def test_row_just_outside_is_found_and_taken_out(category, row, aspect, words):
    inside = {
        "logins": login("2026-03-01T00:00:00Z"), "registration": fact(), "transactions": moved(),
        "balances": ["2026-09-30T23:59:59.999999Z", OURS, "BTC", "1"],
    }[category]  # fmt: skip
    content = table(HEADERS[category], [inside, row, inside])
    guard = watched(scope(category), content, pieces=(9, 40))
    (found,) = guard.findings().items()
    assert (guard.outside, guard.rows, found[0], found[1]["count"]) == (1, 3, aspect, 1)
    assert found[1]["rows"][0].startswith("row 2 ")
    assert words in found[1]["rows"][0]
    sieve = Guard(scope(category))
    assert b"".join(sieve.sift([content])) == table(HEADERS[category], [inside, inside])
    assert sieve.findings() == guard.findings()


def test_what_the_line_covers_is_inside():
    wide = table(HEADERS["registration"], [fact(holder=holder) for holder in ("", "1", "2")])
    assert watched(scope("registration", other_holders=True), wide).outside == 0
    assert watched(scope("registration", holder="2"), wide).outside == 1
    # Where nobody asks for a certain holder, the first one's facts are meant, and no others.
    assert watched(scope("registration", counterparties=True), wide).findings()["holder"]["rows"] == [
        "row 3 is about holder 2"
    ]
    trades = [
        moved(**TRADE, against_asset="USDT", against_amount="3", fee="0.1"),
        moved(**TRADE),
        moved(**TRADE | {"asset": "", "amount": "", "against_asset": "BTC", "against_amount": "2", "fee": "0.1"}),
        moved(fee="0.1"),
    ]
    assert watched(scope("transactions"), table(HEADERS["transactions"], trades)).outside == 0
    named = table(HEADERS["transactions"], [moved(counterparty_account="99", counterparty_name="Jo Other")])
    assert watched(scope("transactions", counterparties=True), named).outside == 0


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["time_utc", "accounts", "result"], ["there is no column account", "nobody granted the column accounts"]),
        (["time_utc", "account", "account"], ["there is more than one column account"]),
        (["time_utc", "account", "e_mail"], ["nobody granted the column e_mail"]),
        (["time_utc", "account", "Result"], ["nobody granted the column Result"]),
        (["time_utc", "account", ""], ["nobody granted the column without a name"]),
        (["account"], ["there is no column time_utc"]),
        ([], ["there is no column account", "there is no column time_utc"]),
    ],
)
def test_columns_that_nobody_granted_are_outside_as_a_whole(header, words):
    row = [OURS if "account" in name else "2026-05-01T00:00:00Z" for name in header]
    content = table(header, [row])
    guard = watched(scope("logins"), content)
    assert guard.findings()["columns"]["rows"] == words
    with pytest.raises(Unreadable):
        b"".join(Guard(scope("logins")).sift([content]))


def test_facts_that_do_not_say_whose_they_are_are_outside():
    content = table(["account", "fact", *columns.SPAN], [[OURS, "name", "2020-01-01T00:00:00Z", ""]])
    assert watched(scope("registration"), content).findings()["columns"]["rows"] == ["there is no column holder"]
    assert watched(scope("registration", other_holders=True), content).outside == 0


def test_narrowed_table_without_its_columns_is_outside():
    header = ["time_utc", "account", "number"]
    content = table(header, [["2026-05-01T00:00:00Z", OURS, "7"]])
    assert watched(scope("transactions"), content).findings()["columns"]["count"] == 6
    assert watched(scope("transactions", counterparties=True), content).outside == 0


GOOD = table(HEADERS["logins"], [login("2026-05-01T00:00:00Z")])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD.replace(b"phone", b"ph\0one"), "NUL"),
        (GOOD.replace(b"phone", b"ph\xffone"), "decode"),
        (GOOD.replace(b"phone", b"phone\r48213378"), "new-line character"),
        (GOOD.replace(b"\r\n", b"\r"), "new-line character"),
        (GOOD.replace(b"phone", b'"phone'), "unexpected end of data"),
        (GOOD.replace(b"phone", b'"phone"s'), "expected after"),
        (GOOD.replace(b"phone", b'ph"one'), "not quoted"),
        (GOOD.replace(b"phone", b"p" * (1024 * 1024 + 1)), "field larger"),
        (GOOD.replace(b"phone", b"p" * (5 * 1024 * 1024)), "too long"),
        (GOOD.decode().encode("utf-16"), "NUL"),
    ],
)
def test_table_that_reads_in_two_ways_is_outside_and_stored_whole(content, words):
    guard = watched(scope("logins"), content + GOOD, pieces=[1000] * 40)
    assert words in " ".join(guard.findings()["unreadable"]["rows"])
    assert guard.outside


def test_table_that_was_not_read_to_its_end_is_outside():
    guard = Guard(scope("logins"))
    next(guard.watch([GOOD, GOOD]))
    assert (guard.outside, guard.named) == (1, ["the table was not looked at to its end"])
    whole = watched(scope("logins"), GOOD)
    whole.check_count(2)
    assert (whole.outside, whole.findings()["count"]["rows"]) == (1, ["2 rows were announced and 1 came"])


def test_only_the_first_rows_are_named_and_all_are_counted():
    guard = watched(scope("logins"), table(HEADERS["logins"], [login("2027-01-01T00:00:00Z")] * 30))
    finding = guard.findings()["period"]
    assert (guard.outside, finding["count"], len(finding["rows"]), len(guard.named)) == (30, 30, 20, 20)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "aspect"),
    [
        ({}, None),
        ({"holder": "2"}, None),
        ({"on_file_until": FROM + DAY}, None),
        ({"account": f"{OURS}1"}, "account"),
        ({"account": ""}, "account"),
        ({"holder": "1"}, "holder"),
        ({"category": "communications"}, "category"),
        ({"on_file_from": None}, "document"),
        ({"on_file_from": datetime(2026, 4, 1)}, "document"),  # noqa: DTZ001 - without a zone it could be any day
        ({"on_file_from": TO}, "period"),
        ({"on_file_until": FROM}, "period"),
    ],
)
def test_document_is_looked_at_by_what_is_said_of_it(said, aspect):
    about = {"category": "registration", "account": OURS, "on_file_from": FROM - DAY} | said
    category = about.pop("category")
    guard = Guard(scope("registration"))
    file = ExportedFile("passport.png", "image/png", category, 0, [b"x"], TO, **about)
    assert guard.look_at_file(file) is (aspect is None)
    assert (list(guard.findings()), guard.outside) == ([aspect] if aspect else [], int(bool(aspect)))


def test_documents_only_come_with_what_is_known_of_a_person():
    guard = Guard(scope("logins"))
    file = ExportedFile("screen.png", "image/png", "logins", 0, [b"x"], TO, account=OURS, on_file_from=FROM)
    assert not guard.look_at_file(file)
    table_of_another = ExportedFile("a.csv", "text/csv", "logins", 1, [GOOD], TO, account="7")
    assert not Guard(scope("logins")).look_at_file(table_of_another)


def test_columns_of_the_company_are_those_that_the_guard_knows():
    assert set(TABLES) == set(columns.COLUMNS)
    for category, one in TABLES.items():
        assert not set(one.fields) - columns.COLUMNS[category]


def test_lines_share_a_file_only_where_they_ask_for_exactly_the_same():
    def line(category, holder="", **narrower):
        target = Target(account=OURS, holder=holder)
        return RequestLine(target=target, category=category, period_from=FROM, period_to=TO, **narrower)

    asked = [
        line("transactions", assets=["USDT", "BTC"]), line("transactions", "2", assets=["BTC", "USDT"]),
        line("transactions", assets=["BTC"]), line("transactions", assets=["BTC"], counterparties=True),
        line("logins", assets=["BTC"], counterparties=True, other_holders=True), line("logins", "2"),
        line("registration", "2"), line("registration"),
        line("registration", "2", other_holders=True), line("registration", "1", other_holders=True),
    ]  # fmt: skip
    found = scopes_of(enumerate(asked, 1))
    assert [[number for number, _line in one.lines] for one in found] == [[1, 2], [3], [4], [5, 6], [7], [8], [9, 10]]
    assert limits_of(asked[0]) == Limits(assets=("BTC", "USDT"))
    assert limits_of(asked[6]) == Limits(holder="2")
    assert limits_of(asked[4]) == Limits()


def test_of_assets_without_a_row_somebody_is_asked_how_they_are_written():
    narrow, all_of_it = scope("transactions", assets=("BTX",)), scope("logins")
    parts = [
        Part(LineExport(state=state), of, [CollectedFile(rows=rows)])
        for state, of, rows in (
            ("done", narrow, 0),
            ("done", narrow, 1),
            ("running", narrow, 0),
            ("done", all_of_it, 0),
        )
    ]
    assert summary(parts, []).none_of == [f"Transactions, account {OURS}: no row is of BTX"]
