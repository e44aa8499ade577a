"""The connector over HTTP against the reference company in its own process, with each of its faults."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from foundation.core.identifiers import read_identifier
from foundation.providers.connectors.base import (
    CannotDo,
    ConnectorFailed,
    Limits,
    PartlyExported,
    StillRunning,
    UnknownAccount,
)
from foundation.providers.connectors.demo import answers, cases
from foundation.providers.connectors.http.client import Client, Patience
from foundation.providers.connectors.http.connector import HttpConnector
from foundation.providers.connectors.http.downloads import OtherContents
from foundation.providers.connectors.http.line import Wire

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
ALL = ["registration", "logins", "transactions"]
PATIENT = Patience(total=20.0, idle=10.0, tries=3, pause=0.001, export=20.0)


@pytest.fixture
def connector(company):
    def made(patience=PATIENT):
        return HttpConnector(Client(Wire(company.url, company.key_id, company.secret), patience, lambda _s: None))

    return made


def new_key(request):
    return f"{request.node.name} {cases.ACCOUNT_A}"


def export(connector, key, categories=("logins",), **more):
    return connector.export(cases.ACCOUNT_A, categories, START, END, at=AT, key=key, **more)


def test_over_the_wire_it_is_the_same_exchange(connector, request):
    over = connector()
    asked = [read_identifier(kind, value, network=network) for kind, value, network in (
        ("email", cases.EMAIL_A, ""), ("phone", cases.PHONE_OF_TWO, ""), ("txid", cases.TXID_A_TO_B, "bitcoin"),
        ("wallet", cases.HOT_WALLETS["bitcoin"], "bitcoin"), ("email", "nobody@example.com", ""), ("email", "no", ""),
    )]  # fmt: skip
    assert over.match(asked) == answers.match("meridian", asked, datetime.now(UTC))
    assert over.contact(cases.ACCOUNT_A) == answers.contact("meridian", cases.ACCOUNT_A)
    limits = Limits(counterparties=True)
    there = {f.name: f for f in export(over, new_key(request), ALL, limits=limits)}
    here = {f.name: f for f in answers.export("meridian", cases.ACCOUNT_A, ALL, START, END, now=AT, limits=limits)}
    assert {"transactions", "logins", "registration"} == {f.category for f in there.values()}
    assert {n: b"".join(f.chunks) for n, f in there.items()} == {n: b"".join(f.chunks) for n, f in here.items()}
    told = ("media_type", "rows", "fields", "holder", "on_file_from", "on_file_until")
    assert {n: [getattr(f, name) for name in told] for n, f in there.items()} == {
        n: [getattr(f, name) for name in told] for n, f in here.items()
    }
    with pytest.raises(UnknownAccount):
        over.contact("1")
    with pytest.raises(UnknownAccount):
        list(over.export("1", ["logins"], START, END, at=AT, key=new_key(request)))


@pytest.mark.parametrize("kind", ["500", "503", "429", "cut", "duplicate", "wrong_signature", "unsigned"])
def test_an_act_that_met_a_fault_is_done_once(company, connector, request, kind):
    key, until = new_key(request), AT + timedelta(days=90)
    over = connector()
    over.release(cases.ACCOUNT_A, "PR-BEFORE", key=f"{key} before", at=AT)  # an answer that can be sent twice
    company.break_with(kind, path="/v1/holds/release", seconds=1)
    company.break_with(kind, path="/v1/holds", seconds=1)
    first = over.preserve(cases.ACCOUNT_A, ["logins"], until, hold=f"PR-{kind}", key=key, at=AT)
    again = over.preserve(cases.ACCOUNT_A, ["logins"], until, hold=f"PR-{kind}", key=key, at=AT + timedelta(hours=1))
    assert again == first
    assert over.release(cases.ACCOUNT_A, f"PR-{kind}", key=f"{key} r", at=AT) == over.release(
        cases.ACCOUNT_A, f"PR-{kind}", key=f"{key} r", at=AT
    )
    with pytest.raises(CannotDo, match="with other contents"):
        over.preserve(cases.ACCOUNT_B, ["logins"], until, hold=f"PR-{kind}", key=key, at=AT)


def test_a_slow_company_is_given_up_in_time_and_asked_again(company, connector):
    company.break_with("slow", path="/v1/contact", times=3, seconds=0.4)
    with pytest.raises(ConnectorFailed, match="in time"):
        connector(replace(PATIENT, idle=0.05)).contact(cases.ACCOUNT_A)
    assert connector().contact(cases.ACCOUNT_A).account == cases.ACCOUNT_A


def test_a_file_that_is_cut_twice_comes_whole(company, connector, request):
    [file] = export(connector(), new_key(request))
    company.break_with("cut", path="/v1/exports/content", times=2)
    content = b"".join(file.chunks)
    assert len(content) == file.size
    assert content.count(b"\n") == file.rows + 1


def test_contents_that_changed_are_not_taken(company, connector, request):
    [file] = export(connector(), new_key(request))
    company.break_with("other_contents", path="/v1/exports/content")
    with pytest.raises(OtherContents):
        b"".join(file.chunks)
    assert b"".join(file.chunks)


def taken(files):
    """What came, and the error that ended it."""
    came = []
    try:
        came.extend((file.name, file.sha256, b"".join(file.chunks)) for file in files)
    except PartlyExported as partly:
        return came, partly
    return came, None


def test_what_is_missing_is_taken_up_with_the_same_key_and_the_rest_is_the_same(company, connector, request):
    company.break_with("partial", path="*")
    key = new_key(request)
    came, partly = taken(export(connector(), key, ALL))
    assert partly.missing
    whole, nothing = taken(export(connector(), key, ALL))
    assert nothing is None
    assert len(whole) == len(came) + len(partly.missing)
    assert came == whole[: len(came)]


def test_an_export_that_is_not_ready_goes_on_with_the_same_key(company, connector, request):
    company.break_with("running", path="*", times=1000)
    with pytest.raises(StillRunning):
        list(export(connector(replace(PATIENT, export=0.2)), new_key(request)))
    company.repair()
    assert len(list(export(connector(), new_key(request)))) == 1


def test_a_key_that_the_company_does_not_know_says_what_to_do(company):
    stranger = HttpConnector(Client(Wire(company.url, "other", company.secret), PATIENT, lambda _s: None))
    with pytest.raises(ConnectorFailed, match="An administrator looks at keys and clocks"):
        stranger.contact(cases.ACCOUNT_A)
