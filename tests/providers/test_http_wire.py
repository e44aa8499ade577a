"""The description in OpenAPI, the dataclasses, and what codec makes of bytes that are not as they should be."""

import json
import re
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import (
    Account,
    Contact,
    Frozen,
    KeptFile,
    Letter,
    Limits,
    Match,
    Restrictions,
    Result,
    Snapshot,
)
from foundation.providers.connectors.columns import COLUMNS
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.codec import BadMessage, from_bytes, from_json, to_bytes, to_json

DESCRIPTION = yaml.safe_load(Path("docs/connector-openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = DESCRIPTION["components"]["schemas"]
CLASSES = {
    cls.__name__: cls
    for cls in [*vars(wire).values(), Account, Contact, Frozen, Letter, Limits, Restrictions]
    if isinstance(cls, type) and is_dataclass(cls) and cls not in (Identifier, KeptFile, Match, Snapshot)
}
PLAIN = {"AccountNumber", "Amount", "Count", "Day", "Hash", "Holder", "Text", "Time"}
WHEN = datetime(2026, 11, 20, 16, 0, 0, 250, tzinfo=UTC)


def test_the_page_has_every_call_error_and_column():
    page = Path("docs/connector.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in page.splitlines() if line[:1] == "|"]
    words = [[re.findall(r"`([^`]+)`", cell) for cell in row] for row in rows]
    calls = {row[0][0]: rows[n][-1] == "yes" for n, row in enumerate(words) if row[0] and row[0][0].startswith("/v1/")}
    assert calls == {path: path in wire.ACTS for path in wire.MESSAGES}
    errors = {code for n, row in enumerate(rows) if row[0][:1] in "45" for code in words[n][1]}
    assert errors == set(wire.ErrorCode)
    columns = {row[0]: words[n][1] for n, row in enumerate(rows) if row[0] in set(COLUMNS)}
    assert {name: frozenset(found) for name, found in columns.items()} == dict(COLUMNS)
    limits = {row[0][0] for row in words if row[0] and row[0][0] in Limits.__dataclass_fields__}
    assert limits == set(Limits.__dataclass_fields__)


def operations():
    return {path: entry["post"] for path, entry in DESCRIPTION["paths"].items()}


def media(part):
    return part.get("content", {}).get("application/json", {})


def validator(name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_description_names_the_same_calls_and_messages_as_the_code():
    assert set(operations()) == set(wire.MESSAGES)
    for path, (asked, answered) in wire.MESSAGES.items():
        post = operations()[path]
        assert media(post["requestBody"])["schema"]["$ref"].endswith(f"/{asked.__name__}")
        if answered is not bytes:
            for status in {"200", "202"} & set(post["responses"]):
                assert media(post["responses"][status])["schema"]["$ref"].endswith(f"/{answered.__name__}")
        assert post["tags"] == (["act"] if path in wire.ACTS else ["read"])
        keyed = any(p.get("$ref", "").endswith("/IdempotencyKey") for p in post["parameters"])
        assert keyed == (path in wire.ACTS)
    assert set(SCHEMAS) == set(CLASSES) | PLAIN


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_schema_has_the_fields_of_its_class_and_needs_the_same(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    of_class = {field.name: field for field in fields(CLASSES[name])}
    assert set(SCHEMAS[name]["properties"]) == set(of_class)
    needed = {n for n, f in of_class.items() if f.default is MISSING and f.default_factory is MISSING}
    assert set(SCHEMAS[name].get("required", [])) == needed


def examples():
    for path, post in operations().items():
        asked, answered = wire.MESSAGES[path]
        yield pytest.param(asked, media(post["requestBody"])["example"], id=f"{path} call")
        for status, answer in post["responses"].items():
            if "example" in media(answer):
                yield pytest.param(answered, media(answer)["example"], id=f"{path} {status}")
    for name, example in media(DESCRIPTION["components"]["responses"]["Error"])["examples"].items():
        yield pytest.param(wire.ErrorAnswer, example["value"], id=f"error {name}")


@pytest.mark.parametrize(("cls", "example"), list(examples()))
def test_every_example_is_valid_and_comes_back_as_it_was(cls, example):
    validator(cls.__name__).validate(example)
    read = from_json(cls, example)
    written = to_json(read)
    assert written == to_json(from_bytes(cls, to_bytes(read)))
    validator(cls.__name__).validate(json.loads(to_bytes(read)))
    assert {name: written[name] for name in example} == example


def test_what_the_portal_knows_comes_back_equal():
    snapshot = Snapshot(
        "81124", "PR-1", WHEN, WHEN + timedelta(days=90),
        (KeptFile("a.csv", "logins", 2, 9, "ab" * 32, (WHEN.date(), WHEN.date())),
         KeptFile("b.csv", "registration", 1, 3, "cd" * 32)), "ef" * 32,
    )  # fmt: skip
    assert wire.snapshot_of(from_bytes(wire.HoldAnswer, to_bytes(wire.hold_answer(snapshot)))) == snapshot
    asked = [
        Identifier("email", "Jo@Example.com", "jo@example.com"),
        Identifier("xrp", "r", "r", "xrp", detail="tag:1"),
    ]
    found = [
        Match(asked[0], Result.EXACT, "One account.", (Account("81124", "J•••", flags=("minor",), holder="2"),)),
        Match(asked[1], Result.OMNIBUS, "Shared."),
    ]
    call = from_bytes(wire.MatchCall, to_bytes(wire.match_call(asked)))
    assert [item.key for item in wire.identifiers_of(call)] == [item.key for item in asked]
    assert b"Jo@Example.com" not in to_bytes(wire.match_call(asked))
    assert wire.matches_of(from_bytes(wire.MatchAnswer, to_bytes(wire.match_answer(found))), asked) == found
    for value in (
        Contact("1", "Jo", "jo@example.com", "en", changed_at=WHEN, linked=("2",)),
        Frozen("1", "BTC", Decimal("0.300000000000000001"), Decimal("1E-18"), WHEN),
        wire.NoticeCall("1", Letter("R", "ja", "件名", "段落\n\n段落" * 2000), WHEN),
        wire.ExportCall("1", ("logins",), wire.Span(WHEN, WHEN + timedelta(seconds=1)), WHEN, Limits(("BTC",))),
    ):
        assert from_bytes(type(value), to_bytes(value)) == value


def test_a_time_in_another_zone_is_the_same_moment():
    call = to_json(wire.LiftCall("1", "F", WHEN.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    assert call["asked_at"] == "2026-11-20T16:00:00.000250Z"
    assert from_json(wire.LiftCall, {**call, "asked_at": "2026-11-20T21:30:00.000250+05:30"}).asked_at == WHEN


ENTRY = {"number": 1, "state": "ready", "name": "a.csv", "category": "logins", "account": "81124"}
CONTACT = {"account": "1", "name": "Jo", "address": "jo@example.com", "language": "en"}
FREEZE = {"account": "81124", "freeze": "F", "asset": "BTC", "asked_at": "2026-11-20T16:00:00Z"}


@pytest.mark.parametrize(
    ("cls", "data", "place"),
    [
        (wire.AccountCall, {}, "account is missing"),
        (wire.AccountCall, {"account": 81124}, "account is not text"),
        (wire.AccountCall, {"account": "8\x001124"}, "account has letters"),
        (wire.AccountCall, {"account": "\ud800"}, "account has letters"),
        (wire.AccountCall, {"account": "81124" * 21}, "account is longer than 100"),
        (wire.AccountCall, {"account": "81124\u202e5"}, "account has letters that cannot be printed"),
        (Contact, {**CONTACT, "linked": ["2", "81124" * 21]}, "linked[1] is longer than 100"),
        (Contact, {**CONTACT, "linked": ["2", "8\n81124"]}, "linked has letters that cannot be printed"),
        (wire.FileEntry, {**ENTRY, "holder": "2" * 41}, "holder is longer than 40"),
        (wire.AccountCall, [], "body is not an object"),
        (wire.FileEntry, {**ENTRY, "number": -1}, "number is not"),
        (wire.FileEntry, {**ENTRY, "number": True}, "number is not"),
        (wire.FileEntry, {**ENTRY, "size": 2**63}, "size is not"),
        (wire.FileEntry, {**ENTRY, "state": "done"}, "state is not"),
        (wire.FileEntry, {**ENTRY, "sha256": "AB" * 32}, "sha256 is not"),
        (wire.FileEntry, {**ENTRY, "account": None}, "account is not text"),
        (wire.FileEntry, {**ENTRY, "fields": {"a": 1}}, "fields is not text"),
        (wire.FileEntry, {**ENTRY, "extracted_at": "2026-11-20T16:00:00"}, "extracted_at is not a time"),
        (wire.FileEntry, {**ENTRY, "extracted_at": "0001-01-01T00:00:00+14:00"}, "extracted_at is not of a year"),
        (wire.FileEntry, {**ENTRY, "extracted_at": "9999-12-31T23:59:59Z"}, "extracted_at is not of a year"),
        (wire.FilesAnswer, {"files": [ENTRY, {**ENTRY, "name": 7}]}, "files[1].name is not text"),
        (wire.FreezeCall, {**FREEZE, "amount": "-1"}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": "NaN"}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": "1e9999999"}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": "1_000"}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": "9" * 21}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": "0." + "1" * 19}, "amount is not"),
        (wire.FreezeCall, {**FREEZE, "amount": 1.5}, "amount is not text"),
        (wire.Span, {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "ends before"),
        (Restrictions, {"account": "81124", "keep": "yes", "ask_legal": False}, "keep is not true or false"),
    ],
)  # fmt: skip
def test_what_is_not_as_described_is_refused_by_its_place_and_never_by_its_value(cls, data, place):
    with pytest.raises(BadMessage) as refused:
        from_json(cls, data)
    assert place in str(refused.value)
    assert "81124" not in str(refused.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"account":"1","account":"2"}', b'{"account":NaN}', b"[" * 100_000, b"\xff"]
)
def test_bytes_that_are_no_json_are_refused(body):
    with pytest.raises(BadMessage):
        from_bytes(wire.AccountCall, body)


def test_names_that_nobody_knows_are_left_out():
    assert from_json(wire.AccountCall, {"account": "1", "later": {"a": []}}) == wire.AccountCall("1")


def test_what_is_kept_has_its_hashes():
    kept, told = wire.Kept("a.csv", "logins", 2, 9, "ab" * 32), ("1", "PR-1", WHEN, WHEN)
    for files, digest in (((replace(kept, sha256=""),), "cd" * 32), ((kept,), "")):
        with pytest.raises(BadMessage, match="A hash"):
            wire.snapshot_of(wire.HoldAnswer(*told, files, digest))


def test_an_answer_for_other_identifiers_is_refused():
    asked = [Identifier("uid", "1", "1"), Identifier("uid", "2", "2")]
    one, two = wire.Matched(0, Result.NONE), wire.Matched(1, Result.NONE)
    for matches in ((one,), (two, one), (one, one), (one, two, wire.Matched(2, Result.NONE))):
        with pytest.raises(BadMessage):
            wire.matches_of(wire.MatchAnswer(matches), asked)
    with pytest.raises(BadMessage):
        wire.identifiers_of(wire.MatchCall((wire.Asked("uid", "1"),) * 501))


NAMES = st.sampled_from(["files", "number", "state", "name", "next", "category", "account"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.dictionaries(NAMES, inner) | st.lists(inner),
)


@settings(max_examples=25)
@given(ANYTHING)
def test_whatever_comes_is_read_or_refused(data):
    try:
        read = from_json(wire.FilesAnswer, data)
    except BadMessage:
        return
    assert from_bytes(wire.FilesAnswer, to_bytes(read)) == read
