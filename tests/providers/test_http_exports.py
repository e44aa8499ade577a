"""Large exports over HTTP: lists in pages, contents in chunks, what is cut and goes on, what is missing."""

import random
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import length_hint

import pytest

from foundation.providers.connectors.base import (
    ConnectorFailed,
    Limits,
    OtherContents,
    PartlyExported,
    StillRunning,
)
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.codec import from_bytes
from tests.providers.http_company import Company

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
ACCOUNT = "81124-K"
ROWS = random.Random(11).randbytes(900_000)
READY = wire.ExportAnswer("ex-1", wire.ExportState.READY, 2, 2)


@pytest.fixture
def company():
    with Company() as made:
        made.files = {1: ROWS, 4: b"\x89PNG"}
        made.answers(wire.EXPORTS, READY)
        made.answers(wire.FILES, wire.FilesAnswer((entry(1),), "p2"), wire.FilesAnswer((entry(4, b"\x89PNG"),)))
        yield made


def entry(number, content=ROWS, **changed):
    of = wire.FileEntry(
        number, wire.FileState.READY, f"{number}.csv", "logins", ACCOUNT, rows=3, size=len(content),
        sha256=sha256(content).hexdigest(), fields={"time_utc": "When"}, extracted_at=AT,
    )  # fmt: skip
    return replace(of, **changed)


def export(company):
    limits = Limits(("BTC",), "2", other_holders=True)
    return company.connector().export(
        ACCOUNT, ["logins", "balances"], AT - timedelta(days=9), AT, at=AT, key="line 7 of 81124-K", limits=limits
    )  # fmt: skip


def test_files_come_page_by_page_and_are_fetched_when_they_are_read(company):
    files = export(company)
    assert length_hint(files) == 2
    first, second = files
    assert not company.calls_of(wire.CONTENT)
    assert (first.name, first.category, first.rows, first.size, first.account) == (
        "1.csv",
        "logins",
        3,
        900_000,
        ACCOUNT,
    )
    assert first.sha256 == sha256(ROWS).hexdigest()
    assert b"".join(first.chunks) == b"".join(first.chunks) == ROWS
    assert b"".join(second.chunks) == b"\x89PNG"
    assert [from_bytes(wire.FilesCall, c.body).page for c in company.calls_of(wire.FILES)] == [None, "p2"]
    [asked] = company.calls_of(wire.EXPORTS)
    said = from_bytes(wire.ExportCall, asked.body)
    assert (said.categories, said.limits) == (("balances", "logins"), Limits(("BTC",), "2", other_holders=True))
    assert "81124" not in str(asked.headers)


def test_an_export_that_takes_long_is_asked_for_again_with_the_same_key(company):
    running = wire.ExportAnswer("ex-1", wire.ExportState.RUNNING, 1, 2)
    company.answers(wire.EXPORTS, running)
    company.answers(wire.STATUS, running, running, READY)
    assert len(list(export(company))) == 2
    assert len(company.slept) == 3
    company.answers(wire.STATUS, running)
    impatient = company.connector(replace(company.connector().client.patience, export=0.05))
    with pytest.raises(StillRunning, match="1 of 2 files are ready") as still:
        list(impatient.export(ACCOUNT, ["logins"], AT - timedelta(days=9), AT, at=AT, key="line 7 of 81124-K"))
    assert (still.value.ready, still.value.expected) == (1, 2)
    assert len({c.call.idempotency_key for c in company.calls_of(wire.EXPORTS)}) == 1


def test_what_came_stays_and_what_is_missing_is_said_at_the_end(company):
    company.answers(wire.EXPORTS, wire.ExportAnswer("ex-1", wire.ExportState.PARTIAL, 1, 2))
    failed = entry(2, b"", state=wire.FileState.FAILED, sha256="", problem="Archive of 81124-K is away")
    third = entry(3, b"", state=wire.FileState.FAILED, sha256="", name="3.csv", problem="The archive is away.")
    company.answers(wire.FILES, wire.FilesAnswer((entry(1), failed, third)))
    files = iter(export(company))
    assert b"".join(next(files).chunks) == ROWS
    with pytest.raises(PartlyExported, match=r"2 of 3 files are missing\. The archive is away\.") as partly:
        next(files)
    assert [(m.number, m.problem) for m in partly.value.missing] == [(2, ""), (3, "The archive is away.")]


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([wire.FilesAnswer((entry(1), entry(1)))], "repeats itself"),
        ([wire.FilesAnswer((entry(2),), "a"), wire.FilesAnswer((entry(1),))], "repeats itself"),
        ([wire.FilesAnswer((entry(1),), "a"), wire.FilesAnswer((entry(2),), "a")], "does not end"),
        ([wire.FilesAnswer((), "a")], "does not end"),
        ([wire.FilesAnswer((entry(1),))], "not whole"),
        ([wire.FilesAnswer((entry(1), entry(2), entry(3)))], "not whole"),
        ([wire.FilesAnswer((entry(1, name="../1.csv"),))], "not described"),
        ([wire.FilesAnswer((entry(1, name=".."),))], "not described"),
        ([wire.FilesAnswer((entry(1, sha256=""),))], "not described"),
        ([wire.FilesAnswer((entry(1, extracted_at=None),))], "not described"),
    ],
)
def test_a_list_of_files_that_cannot_be_right_is_refused(company, pages, words):
    company.answers(wire.FILES, *pages)
    with pytest.raises(ConnectorFailed, match=words):
        list(export(company))


def test_more_files_than_there_may_be_are_not_waited_for(company):
    for state in (wire.ExportState.RUNNING, wire.ExportState.READY):
        company.answers(wire.EXPORTS, replace(READY, state=state, files_expected=2**40))
        with pytest.raises(ConnectorFailed, match="more files than there may be"):
            export(company)


def test_an_export_that_failed_says_why_without_the_account(company):
    company.answers(wire.EXPORTS, wire.ExportAnswer("ex-1", wire.ExportState.FAILED, problem="81124-K is locked"))
    with pytest.raises(ConnectorFailed, match=r"could not export it\.$"):
        list(export(company))
    with pytest.raises(ConnectorFailed, match="a beginning before its end"):
        list(company.connector().export(ACCOUNT, ["logins"], AT, AT, at=AT))


@pytest.mark.parametrize(
    ("manners", "ranges"),
    [
        (["cut:300000", "ok"], ["", "bytes=300000-"]),
        (["cut:300000", "cut:300000", "cut:1", "ok"], ["", "bytes=300000-", "bytes=600000-", "bytes=600001-"]),
        (["cut:300000", "whole"], ["", "bytes=300000-"]),
        (["cut:0", "cut:0", "ok"], ["", "", ""]),
    ],
)
def test_a_file_that_was_cut_goes_on_where_it_was(company, manners, ranges):
    first = next(iter(export(company)))
    company.manners = list(manners)
    assert b"".join(first.chunks) == ROWS
    assert [c.call.range for c in company.calls_of(wire.CONTENT)] == ranges


@pytest.mark.parametrize(
    ("manners", "kind", "words"),
    [
        (["other"], OtherContents, "other contents now"),
        (["cut:300000", "other"], OtherContents, "other contents now"),
        (["cut:300000", "lie"], OtherContents, "other contents than were announced"),
        (["lie"], OtherContents, "other contents than were announced"),
        (["long"], OtherContents, "longer than was announced"),
        (["cut:300000", "part"], ConnectorFailed, "another part"),
        (["cut:300000", "gone"], ConnectorFailed, r"\(404\)"),
        (["cut:0"] * 9, ConnectorFailed, "broke off"),
        (["digest"] * 9, ConnectorFailed, "Repr-Digest cannot be read"),
        (["cut:300000", "later"], ConnectorFailed, r"could not do it now \(503\)\.$"),
    ],
)
def test_a_file_that_is_not_the_announced_one_is_never_whole(company, manners, kind, words):
    first = next(iter(export(company)))
    company.manners = list(manners)
    with pytest.raises(ConnectorFailed, match=words) as failed:
        b"".join(first.chunks)
    assert type(failed.value) is kind
    # Nobody holds a row of work for an hour because the other side says so.
    assert max(company.slept, default=0) < 60


def test_a_large_file_is_never_in_memory(company):
    company.files[1] = bytes(30_000_000)
    company.answers(wire.FILES, wire.FilesAnswer((entry(1, company.files[1]), entry(4, b"\x89PNG"))))
    company.manners = ["cut:20000000"]
    first, _second = export(company)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        assert sum(map(len, first.chunks)) == 30_000_000
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
