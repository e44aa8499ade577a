"""Tables of identifiers: headings in any order or none, encodings, workbooks, and files that are no tables."""

import csv
import io
import time
import tracemalloc
import zipfile
from datetime import datetime
from itertools import islice

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.core.identifier_files import BLANKS, BadFile, TooLarge, read_rows

XRP = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY"
TRON = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"
HASH = "9f3c61d0a7be42f5c8801b7d64e93fa2550e7c1b98d3f6a4472e0b51caad9913"
TABLE = [
    ["Role", "Type", "Identifier", "Chain", "Memo/Tag", "Direction", "Output", "Port", "Time", "Note"],
    ["suspect", "wallet", XRP, "XRP", "12345", "", "", "", "", "main account"],
    ["", "", "", "", "", "", "", "", "", ""],
    ["victim", "E-mail", "A@mail.example", "", "", "", "", "", "", 'Müller; says "it\'s hers"'],
    ["", "txid", HASH, "BTC", "", "in", "1", "", "", ""],
    ["", "ip", "203.0.113.24", "", "", "", "", "4431", "2026-06-04 23:47:10 +02:00", ""],
    ["unknown", "", TRON, "", "", "", "", "", "", ""],
    ["", "spaceship", "48213377", "", "", "", "", "", "", ""],
]
READ = [
    (2, XRP, "tag:12345", "suspect", "main account"),
    (4, "a@mail.example", "", "victim", 'Müller; says "it\'s hers"'),
    (5, HASH, "in:1", "", ""),
    (6, "203.0.113.24:4431 2026-06-04T21:47:10Z", "", "", ""),
    (7, TRON, "", "unknown", ""),
    (8, "", "", "", ""),
]


def rows(content, filename="list.csv", **options):
    return list(read_rows(io.BytesIO(content), filename=filename, **options))


def short(found):
    return [(number, item.normalised, item.detail, role, note) for number, item, role, note in found]


def table(lines, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(lines)
    return out.getvalue()


def workbook(lines, change=None):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_columns_are_known_by_their_heading(separator, encoding):
    assert short(rows(table(TABLE, separator).encode(encoding))) == READ


def test_a_workbook_reads_as_the_same_table():
    assert short(rows(workbook(TABLE), "list.xlsx")) == READ


def test_the_columns_may_stand_in_any_order():
    turned = [list(reversed(line)) for line in TABLE]
    assert short(rows(table(turned).encode())) == READ


def test_without_a_heading_rows_are_lines():
    found = rows(f"48213377\r\nwallet,{XRP},xrp,99\r\n\r\n{TRON}\r\n".encode())
    assert [(number, item.kind, item.detail) for number, item, _, _ in found] == [
        (1, "uid", ""), (2, "wallet", "tag:99"), (4, "wallet", ""),
    ]  # fmt: skip
    assert rows(b"Identifier\n48213377\n")[0][1].normalised == "48213377"


def test_from_a_path(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("kind,value\nuid,48213377\n")
    assert [item.normalised for _, item, _, _ in read_rows(path, filename="list.csv")] == ["48213377"]


def test_cells_of_a_workbook_that_are_no_text():
    moment = datetime(2026, 6, 4, 23, 47, 10)  # noqa: DTZ001 - a cell has no time zone
    found = rows(workbook([
        ["kind", "value", "time", "zone"],
        ["uid", 48213377],
        ["uid", 48213377.0],
        ["uid", 4821337748213377123],
        ["ip", "203.0.113.24", moment, "+02:00"],
        ["ip", "203.0.113.24", moment],
        ["uid", "=1+1"],
        ["uid", '=HYPERLINK("http://evil.example","48213377")'],
    ]), "list.xlsx")  # fmt: skip
    items = [item for _, item, _, _ in found]
    assert [item.normalised for item in items] == [
        "48213377", "48213377", "", "203.0.113.24 2026-06-04T21:47:10Z", "", "", "",
    ]  # fmt: skip
    assert "rounded" in items[2].why
    assert "time zone" in items[4].why
    assert "formula" in items[5].why
    assert "formula" in items[6].why


def test_a_heading_can_say_that_times_are_in_utc():
    found = rows(b"ip,port,time (UTC)\n203.0.113.24,80,2026-06-04 23:47:10\n")
    assert found[0][1].accepted is False  # `ip` is no heading for the value
    found = rows(b"kind,value,port,time (UTC)\nip,203.0.113.24,80,2026-06-04 23:47:10\n")
    assert found[0][1].normalised == "203.0.113.24:80 2026-06-04T23:47:10Z"


def test_ten_thousand_rows_take_seconds_and_little_memory():
    lines = [["kind", "value", "network"]]
    lines += [["uid", str(10_000_000 + n), ""] for n in range(5_000)]
    lines += [["wallet", "0x" + f"{n:040x}", "eth"] for n in range(5_000)]
    content = workbook(lines)
    tracemalloc.start()
    began = time.perf_counter()
    found = sum(1 for row in read_rows(io.BytesIO(content), filename="list.xlsx") if row[1].accepted)
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 10_000
    assert took < 30  # about two seconds; tracing and a busy machine make it several times that
    assert peak < 60_000_000


def test_more_rows_than_the_limit_end_it():
    content = "".join(f"{48213377 + n}\n" for n in range(12)).encode()
    reading = read_rows(io.BytesIO(content), filename="x.csv", limit=10)
    assert len(list(islice(reading, 10))) == 10
    with pytest.raises(TooLarge, match="more than 10 rows"):
        next(reading)


def test_a_cell_may_hold_a_line_break_and_a_lost_quote_swallows_nothing():
    content = b'kind,value,note\nuid,48213377,"first\nsecond"\nuid,48213378,"lost\nuid,48213379,\n'
    found = rows(content)
    assert [(number, item.normalised, note) for number, item, _, note in found] == [
        (2, "48213377", "first second"), (3, "48213378", "lost"), (4, "48213379", ""),
    ]  # fmt: skip


def test_endless_blank_rows_end_it():
    with pytest.raises(TooLarge, match="blank rows"):
        rows(b"48213377\n" + b"\n" * (BLANKS + 5))

    def far(book):
        book.active.cell(row=900_000, column=1, value="48213377")

    began = time.perf_counter()
    with pytest.raises(TooLarge, match="blank rows"):
        rows(workbook([["48213377"]], far), "x.xlsx")
    assert time.perf_counter() - began < 5


def test_a_bomb_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(80):
                part.write(b"0" * 1_000_000)
    began = time.perf_counter()
    with pytest.raises(TooLarge, match="unpacked"):
        rows(out.getvalue(), "x.xlsx")
    assert time.perf_counter() - began < 1


def test_a_bomb_of_entities_is_not_opened():
    content = workbook([["48213377"]])
    out = io.BytesIO()
    evil = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, evil if name == "xl/worksheets/sheet1.xml" else old.read(name))
    with pytest.raises(BadFile, match="cannot be read"):
        rows(out.getvalue(), "x.xlsx")


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04" + b"\0" * 50, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600],
)
def test_what_is_no_table_is_said_to_be_none(content):
    with pytest.raises(BadFile):
        rows(content, "x.xlsx")


def test_an_archive_of_something_else_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("readme.txt", "x")
    with pytest.raises(BadFile, match="another kind"):
        rows(out.getvalue(), "x.xlsx")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_it(content):
    try:
        found = rows(content, "x.csv")
    except BadFile:
        return
    for _number, item, role, note in found:
        assert item.accepted == (not item.why)
        assert len(role) <= 40
        assert len(note) <= 300


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1000, 10**15).map(str),
            st.sampled_from(["suspect", "victim", "witness", "unknown"]),
            st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_is_written_as_csv_is_read_again(lines, separator):
    content = table(
        [["uid or so", "kind", "value", "role", "note"], *(["", "uid", *line] for line in lines)], separator
    )
    found = rows(content.encode("utf-8-sig"))
    assert [(item.normalised, role) for _, item, role, _ in found] == [(value, role) for value, role, _ in lines]
    assert [number for number, *_ in found] == list(range(2, len(lines) + 2))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("email\na@mail.example\nb@mail.example\n", ["email", "email"]),
        ("E-mail address\na@mail.example\n", ["email"]),
        ("username\nnordlys\n", ["username"]),
        ("phone,note\n+44 7700 900461,his\n", ["phone"]),
        ("imei\n490154203237518\n", ["device"]),
        ("address\na@mail.example\n", ["email"]),
        ("email,a@mail.example\nusername,nordlys\n", ["email", "username"]),
    ],
)
def test_a_heading_that_is_a_kind_gives_the_kind_of_its_column(text, kinds):
    found = [item for _, item, _, _ in rows(text.encode(), "list.csv")]
    assert [(item.kind, item.why) for item in found] == [(kind, "") for kind in kinds]


def test_a_number_that_excel_cut_is_quoted_as_the_file_holds_it():
    found = rows(workbook([["uid"], [1234567890123456], [4111111111111111]]), "list.xlsx")
    items = [item for _, item, _, _ in found]
    assert [item.given for item in items] == ["1234567890123456", "411111******1111 ?"]
    assert all("first 15 digits" in item.why for item in items)
