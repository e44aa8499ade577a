"""The reference company as others see it: over the wire, from another process."""

import csv
import hashlib
import io
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from foundation.providers.conformance.calling import Unreachable, new_key
from foundation.providers.connectors.base import Restrictions
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.signing import new_secret
from foundation.providers.connectors.http.wire import ExportState, FileState
from lers.company import asking
from lers.company.planting import KINDS
from tests.harness.company import running

A = cases.ACCOUNT_A
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PERIOD = wire.Span(START, END)


def export(company, *categories, key=None, limits=None, period=PERIOD):
    asked = wire.ExportCall(A, categories or ("logins",), period, NOW, **({"limits": limits} if limits else {}))
    return company.caller.call(wire.EXPORTS, asked, key=key or new_key())


def made(company, *categories, **more):
    told = export(company, *categories, **more).read(wire.ExportAnswer)
    while told.state is ExportState.RUNNING:
        told = company.caller.call(wire.STATUS, wire.ExportRef(told.id)).read(wire.ExportAnswer)
    return told


def first_file(company, told):
    heard = company.caller.call(wire.FILES, wire.FilesCall(told.id))
    return heard.read(wire.FilesAnswer).files[0]


def content(company, told, number=1, **more):
    return company.caller.call(wire.CONTENT, wire.ContentCall(told.id, number), **more)


def hold(company, name, *, until=END, key=None):
    asked = wire.HoldCall(A, name, ("logins", "registration"), until, NOW)
    return company.caller.call(wire.HOLDS, asked, key=key or new_key()).read(wire.HoldAnswer)


def test_pages_of_a_list_are_all_the_files_once(company):
    told = made(company, "logins", "transactions", "balances")
    first = company.caller.call(wire.FILES, wire.FilesCall(told.id)).read(wire.FilesAnswer)
    assert [file.number for file in first.files] == [1, 2]
    second = company.caller.call(wire.FILES, wire.FilesCall(told.id, first.next)).read(wire.FilesAnswer)
    assert [file.number for file in second.files] == [3]
    assert second.next is None
    assert company.caller.call(wire.FILES, wire.FilesCall(told.id, "x")).status == 400


def test_export_that_takes_long_is_asked_about_until_it_is_ready(company):
    company.break_with("running", path=wire.EXPORTS)
    company.break_with("running", path=wire.STATUS)
    heard = export(company)
    told = heard.read(wire.ExportAnswer)
    assert (heard.status, told.state) == (202, ExportState.RUNNING)
    states = [company.caller.call(wire.STATUS, wire.ExportRef(told.id)) for _ in range(2)]
    assert [(one.status, one.read(wire.ExportAnswer).state) for one in states] == [(202, "running"), (200, "ready")]


def test_file_that_could_not_be_made_is_shown_and_made_at_the_next_try_with_the_same_key(company):
    company.break_with("partial", path=wire.EXPORTS)
    key = new_key()
    told = made(company, "logins", "transactions", key=key)
    assert (told.state, told.files_ready, told.files_expected) == (ExportState.PARTIAL, 1, 2)
    assert told.problem
    before = company.caller.call(wire.FILES, wire.FilesCall(told.id)).read(wire.FilesAnswer).files
    assert [file.state for file in before] == [FileState.READY, FileState.FAILED]
    assert content(company, told, 2).status == 404
    again = made(company, "logins", "transactions", key=key)
    after = company.caller.call(wire.FILES, wire.FilesCall(told.id)).read(wire.FilesAnswer).files
    assert (again.id, again.state, again.problem) == (told.id, ExportState.READY, "")
    assert after[0] == before[0]
    assert after[1].state is FileState.READY
    assert after[1].rows


@pytest.mark.parametrize("what", sorted({*KINDS} - {"joint_holder", "counterparty"}))
def test_planted_row_is_in_the_file_and_the_file_says_nothing(company, what):
    clean = content(company, made(company, "transactions")).body.decode()
    company.break_with("plant", path=wire.EXPORTS, what=what)
    told = made(company, "transactions")
    planted = content(company, told)
    assert not planted.signature_problem
    file = first_file(company, told)
    assert file.sha256 == hashlib.sha256(planted.body).hexdigest()
    rows, before = (list(csv.DictReader(io.StringIO(text, newline=""))) for text in (planted.body.decode(), clean))
    assert len(rows) == len(before) + 1 == file.rows
    assert content(company, made(company, "transactions")).body.decode() == clean


def test_faults_of_answers(company):
    about, company = wire.Nothing(), replace(company, busy=0)
    assert not company.caller.call(wire.ABOUT, about).signature_problem
    for kind, status, problem in (
        ("500", 500, False), ("503", 503, False), ("429", 429, False), ("wrong_signature", 200, True),
        ("unsigned", 200, True), ("duplicate", 200, True), ("not_json", 200, False),
    ):  # fmt: skip
        company.break_with(kind, path=wire.ABOUT, seconds=3)
        heard = company.caller.call(wire.ABOUT, about)
        assert (heard.status, bool(heard.signature_problem)) == (status, problem), kind
        assert heard.headers.get("Retry-After") == ("3" if status in {503, 429} else None)
        assert company.caller.call(wire.ABOUT, about).status == 200


def test_cut_answer_breaks_off_and_the_rest_is_fetched(company):
    told = made(company)
    whole = content(company, told).body
    company.break_with("cut", path=wire.CONTENT)
    with pytest.raises(Unreachable):
        content(company, told)
    half = len(whole) // 2
    rest = content(company, told, range_=f"bytes={half}-")
    assert (rest.status, rest.body) == (206, whole[half:])
    company.break_with("other_contents", path=wire.CONTENT)
    assert content(company, told).body != whole


def test_faults_need_no_signature_and_are_there_only_where_they_were_asked_for(company, tmp_path):
    with running(tmp_path) as careful:
        for method in ("GET", "POST", "DELETE"):
            request = careful.url + "/faults"
            with pytest.raises(HTTPError):
                urlopen(request, None if method == "GET" else b"{}", timeout=10)
    with pytest.raises(HTTPError):
        company.break_with("no such fault")


def test_two_tries_at_once_are_done_once(company):
    key, answers = new_key(), []
    asked = wire.FreezeCall(A, "f-at-once", "BTC", NOW, None)

    def ask():
        answers.append(company.caller.call(wire.FREEZES, asked, key=key).body)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    company.caller.act(wire.LIFT, wire.LiftCall(A, "f-at-once", NOW))


def test_holds_of_two_names_are_apart_and_restrictions_know_only_that_something_is_kept(company):
    asked = wire.AccountCall(cases.ACCOUNT_B)

    def kept():
        return company.caller.call(wire.RESTRICTIONS, asked).read(Restrictions).keep

    def release(name):
        company.caller.act(wire.RELEASE, wire.ReleaseCall(cases.ACCOUNT_B, name, NOW))

    assert not kept()
    for name in ("h-1", "h-2"):
        company.caller.act(wire.HOLDS, wire.HoldCall(cases.ACCOUNT_B, name, ("logins",), END, NOW))
    release("h-1")
    assert kept()
    release("h-2")
    assert not kept()


def test_company_remembers_over_a_restart(tmp_path):
    with running(tmp_path) as before:
        key = new_key()
        kept = hold(before, "h-9", key=key)
        told = made(before)
        whole = content(before, told).body
    for file in (tmp_path / "var" / "exports" / told.id).iterdir():
        file.unlink()
    with running(tmp_path, "--follow-clock") as after:
        assert hold(after, "h-9", key=key) == kept
        assert hold(after, "h-9", until=END + timedelta(days=30)).files == kept.files
        heard = content(replace(after, busy=0), told)
        assert (heard.status, heard.code) == (503, "busy")  # the copy is gone: it is made again
        while heard.status == 503:
            heard = content(after, told)
        assert heard.body == whole
        # Told to follow, it takes the portal's time for its own.
        assert (hold(after, "h-clock").taken_at, kept.taken_at > NOW) == (NOW, True)


def test_company_that_asks_believes_no_answer_but_a_signed_one(company, tmp_path, capsys):
    keys = tmp_path / "keys.json"
    words = [company.url, "--keys", str(keys), "--account", A, "--asks", "deletion"]
    # The company answers like a portal that has no such path: signed for its own key, unsigned for another.
    for secret, said in ((company.secret, "answered 404 unknown_path"), (new_secret(), "not believed")):
        keys.write_text(json.dumps({company.key_id: secret}))
        assert asking.main(words) == 1
        told = capsys.readouterr().err
        assert said in told
        assert "Nothing is deleted" in told
        assert A not in told
