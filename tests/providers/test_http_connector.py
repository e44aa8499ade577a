"""The connector over HTTP against systems that answer as they should, late, wrongly, or not at all."""

import logging
import ssl
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from foundation.core.identifiers import Identifier
from foundation.notifications.hooks import posting
from foundation.providers.connectors.base import (
    Account,
    CannotDo,
    Channel,
    ConnectorFailed,
    Contact,
    Frozen,
    KeptFile,
    Letter,
    Match,
    Restrictions,
    Result,
    Snapshot,
    UnknownAccount,
)
from foundation.providers.connectors.http import client, signing, wire
from foundation.providers.connectors.http.connector import HttpConnector
from tests.notifications.hook_receiver import certificate
from tests.providers.http_company import Company, Reply

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
UNTIL = AT + timedelta(days=90)
ACCOUNT = "81124-K"
CONTACT = Contact(ACCOUNT, "Jo Holt", "jo@example.com", "en", Channel.MAIL, linked=("81125-K",))
LETTER = Letter("MX-1", "fr", "Objet", "Texte\n\nTexte")
SNAPSHOT = Snapshot(ACCOUNT, "PR-1", AT, UNTIL, (
    KeptFile("a.csv", "logins", 2, 9, "ab" * 32, (date(2026, 1, 1), date(2026, 2, 1))),
), "cd" * 32)  # fmt: skip


@pytest.fixture
def company():
    with Company() as made:
        yield made


def error(code, message="", status=None):
    return Reply(wire.ErrorAnswer(wire.Problem(code, message)), status or wire.STATUS_OF[wire.ErrorCode(code)])


ACTS = [
    (wire.NOTICES, wire.NoticeAnswer(ACCOUNT, "MX-1", AT), lambda c: c.notify(ACCOUNT, LETTER, key="k 81124-K", at=AT),
     AT),
    (wire.HOLDS, wire.hold_answer(SNAPSHOT),
     lambda c: c.preserve(ACCOUNT, ["logins"], UNTIL, hold="PR-1", key="k 81124-K", at=AT, period=(AT, UNTIL)),
     SNAPSHOT),
    (wire.RELEASE, wire.ReleaseAnswer(ACCOUNT, "PR-1", AT),
     lambda c: c.release(ACCOUNT, "PR-1", key="k 81124-K", at=AT), AT),
    (wire.FREEZES, Frozen(ACCOUNT, "BTC", Decimal(2), Decimal("0.5"), AT),
     lambda c: c.freeze(ACCOUNT, "BTC", Decimal("0.5"), freeze="F", key="k 81124-K", at=AT),
     Frozen(ACCOUNT, "BTC", Decimal(2), Decimal("0.5"), AT)),
    (wire.LIFT, wire.LiftAnswer(ACCOUNT, "F", AT), lambda c: c.lift(ACCOUNT, freeze="F", key="k 81124-K", at=AT), AT),
]  # fmt: skip
READS = [
    (wire.CONTACT, CONTACT, lambda c: c.contact(ACCOUNT), CONTACT),
    (wire.RESTRICTIONS, Restrictions(ACCOUNT, keep=True, ask_legal=False), lambda c: c.restrictions(ACCOUNT),
     Restrictions(ACCOUNT, keep=True, ask_legal=False)),
]  # fmt: skip
NAMES = [path.removeprefix("/v1/") for path, *_ in ACTS + READS]


@pytest.mark.parametrize(("path", "answer", "ask", "expected"), ACTS + READS, ids=NAMES)
def test_a_question_goes_out_signed_and_without_a_name_in_its_address_or_headers(company, path, answer, ask, expected):
    company.answers(path, answer)
    assert ask(company.connector()) == expected
    [arrived] = company.calls
    assert arrived.path == path
    assert "81124" not in arrived.path + str(arrived.headers)
    assert bool(arrived.call.idempotency_key) == (path in wire.ACTS)
    # About somebody else, the same answer is none.
    other = company.connector()
    changed = {"account": "someone-else"}
    company.answers(path, type(answer)(**{**vars(answer), **changed}))
    with pytest.raises(ConnectorFailed, match="something else than was asked") as refused:
        ask(other)
    assert "81124" not in str(refused.value)


FAULTS = {
    "500": (error("failed"), "could not do it now"),
    "503": (error("busy"), "could not do it now"),
    "429": (error("busy", status=429), "could not do it now"),
    "slow": (Reply(manner="hang"), "did not answer in time"),
    "cut": (Reply(CONTACT, manner="cut"), "broke off"),
    "no answer": (Reply(manner="silent"), "broke off"),
    "unsigned": (Reply(CONTACT, manner="unsigned"), "did not sign"),
    "proxy": (Reply(b"<h1>Bad gateway</h1>", 502, "unsigned"), "did not sign"),
    "wrong signature": (Reply(CONTACT, manner="stranger"), "did not sign"),
    "duplicate answer": (Reply(CONTACT, manner="stale"), "did not sign"),
    "unsigned 404": (Reply(wire.ErrorAnswer(wire.Problem("unknown_account")), 404, "unsigned"), "did not sign"),
    "unknown key": (error("bad_signature"), r"\(401\)"),
}
TRIED_AGAIN = {name: fault for name, fault in FAULTS.items() if name != "unknown key"}


@pytest.mark.parametrize(("fault", "_words"), TRIED_AGAIN.values(), ids=TRIED_AGAIN)
def test_what_may_help_is_tried_again_under_the_same_key_with_another_id(company, fault, _words):
    company.answers(wire.LIFT, fault, wire.LiftAnswer(ACCOUNT, "F", AT))
    assert company.connector().lift(ACCOUNT, freeze="F", key="k", at=AT) == AT
    first, second = company.calls
    assert first.call.id != second.call.id
    assert first.call.idempotency_key == second.call.idempotency_key
    assert first.body == second.body
    assert len(company.slept) == 1


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_after_some_tries_the_job_is_told_and_nothing_names_the_account(company, fault, words, caplog):
    caplog.set_level(logging.DEBUG)
    company.answers(wire.CONTACT, fault)
    with pytest.raises(ConnectorFailed, match=words) as failed:
        company.connector().contact(ACCOUNT)
    assert type(failed.value) is ConnectorFailed
    assert len(company.calls) == (1 if words == r"\(401\)" else 2)
    cause, told = failed.value, ""
    while cause:
        told, cause = told + str(cause), cause.__cause__ or cause.__context__
    assert "81124" not in told + caplog.text
    assert company.secret not in told + caplog.text


REFUSALS = {
    "unknown account": (error("unknown_account", "no account 81124-K"), UnknownAccount, "no such account"),
    "cannot": (error("cannot_do", "It has\nno pages."), CannotDo, "They said: It has no pages.$"),
    "names him": (error("cannot_do", "81124-K has no pages."), CannotDo, "cannot do it.$"),
    "key used": (error("key_used_for_something_else"), CannotDo, "with other contents"),
    "bad request": (error("bad_request"), ConnectorFailed, r"\(400\)"),
    "wrong path": (error("unknown_path"), ConnectorFailed, r"\(404\)"),
    "redirect": (Reply(status=307, headers={"Location": "http://127.0.0.1:1/"}), ConnectorFailed, "redirects"),
    "no json": (Reply(b"[]"), ConnectorFailed, "not as described: The body is not an object"),
    "half": (Reply(b'{"account":"81124-K"}'), ConnectorFailed, "not as described: name is missing"),
    "encoded": (Reply(CONTACT, manner="gzip"), ConnectorFailed, "encoding"),
    "endless": (Reply(b" " * (8 * 1024 * 1024 + 1)), ConnectorFailed, "longer than it may be"),
}


@pytest.mark.parametrize(("reply", "kind", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_does_not_help_is_asked_once(company, reply, kind, words):
    company.answers(wire.CONTACT, reply)
    with pytest.raises(ConnectorFailed, match=words) as refused:
        company.connector().contact(ACCOUNT)
    assert type(refused.value) is kind
    assert "81124" not in str(refused.value)
    assert len(company.calls) == 1


def test_copies_that_are_kept_for_a_shorter_time_than_was_asked_are_not_kept(company):
    asked = {"until": UNTIL, "hold": "PR-1", "key": "k", "at": AT}
    company.answers(wire.HOLDS, replace(wire.hold_answer(SNAPSHOT), until=UNTIL - timedelta(seconds=1)))
    with pytest.raises(ConnectorFailed, match="for a shorter time"):
        company.connector().preserve(ACCOUNT, ["logins"], **asked)
    company.answers(wire.HOLDS, wire.hold_answer(SNAPSHOT))
    assert company.connector().preserve(ACCOUNT, ["logins"], **asked | {"until": UNTIL + timedelta(milliseconds=9)})


def test_the_company_says_how_long_to_wait(company):
    busy = error("busy")
    company.answers(wire.CONTACT, Reply(busy.message, 503, headers={"Retry-After": "7"}), CONTACT)
    assert company.connector().contact(ACCOUNT) == CONTACT
    assert company.slept == [7.0]
    # Longer than anybody waits here: the job comes again later.
    company.answers(wire.CONTACT, Reply(busy.message, 503, headers={"Retry-After": "3600"}))
    with pytest.raises(ConnectorFailed):
        company.connector().contact(ACCOUNT)
    assert company.slept == [7.0]
    assert len(company.calls) == 3


def test_identifiers_go_in_hundreds_and_what_cannot_be_searched_does_not_go_at_all(company):
    asked = [Identifier("uid", str(n), str(n)) for n in range(501)] + [Identifier("email", "jo(at)", why="No @.")]
    exact = wire.Matched(0, Result.EXACT, "One.", (Account(ACCOUNT, "J•••"),))
    nobody = tuple(wire.Matched(n, Result.NONE) for n in range(1, 500))
    company.answers(wire.MATCH, wire.MatchAnswer((exact, *nobody)), wire.MatchAnswer((exact,)))
    found = company.connector().match(asked)
    assert [match.identifier for match in found] == asked
    assert [n for n, match in enumerate(found) if match.result == Result.EXACT] == [0, 500]
    assert found[501] == Match(asked[501], Result.NONE, "No @.")
    assert len(company.calls) == 2
    assert not any(b"jo(at)" in arrived.body for arrived in company.calls)
    # Too few answers, or an account where there may be none.
    for answer in ((exact,), (exact, wire.Matched(1, Result.OMNIBUS, "", exact.accounts), *nobody[1:])):
        company.answers(wire.MATCH, wire.MatchAnswer(answer))
        with pytest.raises(ConnectorFailed):
            company.connector().match(asked[:500])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not set"),
        ("https://10.1.2.3/", "private or reserved"),
        ("https://169.254.169.254/", "private or reserved"),
        ("http://192.0.2.1/", "private or reserved"),
        ("https://user:pw@127.0.0.1/", "names, passwords"),
        ("https://127.0.0.1/?a=1", r"follows a \?"),
        ("file:///etc/passwd", "whole address"),
    ],
)
def test_only_addresses_that_may_be_called_are_called(company, url, words):
    with pytest.raises(ConnectorFailed, match=words):
        company.connector(url=url).contact(ACCOUNT)


def test_in_production_neither_loopback_nor_plain_http_nor_a_network_nobody_opened(company, settings):
    settings.PRODUCTION = True
    with pytest.raises(ConnectorFailed, match="https://"):
        company.connector().contact(ACCOUNT)
    with pytest.raises(ConnectorFailed, match="private or reserved"):
        company.connector(url="https://127.0.0.1/", networks=["127.0.0.0/8"]).contact(ACCOUNT)
    with pytest.raises(ConnectorFailed, match="private or reserved"):
        company.connector(url="https://10.1.2.3/", networks=["10.2.0.0/16"]).contact(ACCOUNT)
    assert not company.calls


def test_a_certificate_that_nobody_vouches_for_ends_it(tmp_path):
    with Company(pem=certificate(tmp_path)) as company:
        with pytest.raises(ConnectorFailed, match="certificate"):
            company.connector().contact(ACCOUNT)
        assert not company.calls


def test_a_certificate_of_the_companys_own_authority_is_believed(tmp_path, monkeypatch):
    pem = certificate(tmp_path)
    monkeypatch.setattr(posting, "_tls", lambda: ssl.create_default_context(cafile=pem))
    with Company(pem=pem) as company:
        company.answers(wire.CONTACT, Reply(CONTACT, manner="cut"), CONTACT)
        assert company.connector().contact(ACCOUNT) == CONTACT


def test_systems_that_hang_make_one_page_wait_and_no_other(company, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(client, "time", SimpleNamespace(monotonic=lambda: now[0]))
    over = HttpConnector(replace(company.connector().client, sleep=lambda _s: now.__setitem__(0, now[0] + 6)))
    company.answers(wire.CONTACT, Reply(manner="silent"))
    with pytest.raises(ConnectorFailed, match="broke off"):
        over.contact(ACCOUNT)
    assert len(company.calls) == 2
    company.answers(wire.CONTACT, CONTACT)
    company.answers(wire.LIFT, wire.LiftAnswer(ACCOUNT, "F", AT))
    with pytest.raises(ConnectorFailed, match="a moment ago"):
        company.connector().contact(ACCOUNT)
    assert len(company.calls) == 2
    # Instructions have time: they are asked for all the same.
    assert company.connector().lift(ACCOUNT, freeze="F", key="k", at=AT) == AT
    now[0] += 16
    assert company.connector().contact(ACCOUNT) == CONTACT


def test_how_long_is_waited():
    patience = client.Patience()
    assert (patience.quick().idle, patience.quick().total, patience.quick().tries) == (10.1, 20.2, 2)
    assert (patience.quick(500).idle, patience.quick(500).total) == (30, 90)


def test_what_is_printed_of_a_connection_has_no_secret_and_no_account(company):
    over = company.connector()
    call = signing.new_call(wire.CONTACT, b'{"account":"81124-K"}')
    assert company.secret not in repr(over) + repr(call)
    assert "81124" not in repr(over) + repr(call)
