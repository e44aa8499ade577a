"""The company asks before it answers its customer: what it may do, in words and at a cost that are the same for all."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.notifications.languages import LANGUAGES
from preservation.models import HeldIdentifier, PreservationHold
from requests_app.customer_words import customer_words
from requests_app.enums import NoticeStatus
from requests_app.events import Event
from requests_app.models import AccountFacts, NonDisclosureOrder, UserNotice
from requests_app.notice_enums import CustomerAsks
from requests_app.restriction_rules import answer_day, company_does, found
from requests_app.services.restrictions import Question, ask, decide
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = "ACC-7"
_number = count(1)


def about(account=ACCOUNT, *, asks="access", key="", at=NOW, language="en"):
    key = key or f"q{next(_number)}"
    return ask(make_provider(), Question(key, account, CustomerAsks(asks), language), at=at)


def asked_at(status, account=ACCOUNT, **more):
    """A request in this status of which a target is this account."""
    row = request_at(status, document=False, identifiers=(("uid", "48213377"),), **more)
    row.targets.update(account=account)
    return row


def held(status="active", account=ACCOUNT, **more):
    officer = make_officer()
    at = {"starts_at": NOW, "expires_at": NOW + timedelta(days=90)}
    columns = {"reference": f"MX-H-{next(_number)}", "created_at": NOW, "status": status} | at | more
    hold = PreservationHold.objects.create(
        provider=make_provider(), officer=officer, agency=officer.membership.agency, **columns
    )
    named = {"account": account} if isinstance(account, str) else account
    HeldIdentifier.objects.create(hold=hold, kind="uid", given="48213377", normalised="48213377", **named)
    return hold


# The rule ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("needs", "silence", "does"),
    [((), (), "proceed"), (("hold 1",), (), "keep"), ((), ("bar 1",), "ask_legal"),
     (("hold 1",), ("bar 1",), "ask_legal")],
)  # fmt: skip
def test_silence_comes_before_need_and_a_decision_before_both_while_nothing_changed(needs, silence, does):
    there = found(needs, silence)
    assert company_does(there) == does
    assert company_does(there, decision="keep", basis=there.digest) == "keep"
    for changed in (found((*needs, "hold 2"), silence), found(needs, (*silence, "bar 2"))):
        assert company_does(changed, decision="proceed", basis=there.digest) == company_does(changed) != "proceed"


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
def test_the_day_is_never_later_than_a_month(asked, days):
    day = answer_day(asked, days)
    assert asked < day <= asked + timedelta(days=min(days, 31))
    assert (day.month - asked.month) % 12 <= 1


@pytest.mark.parametrize(
    ("asked", "day"),
    [(date(2026, 11, 22), date(2026, 12, 22)), (date(2026, 1, 30), date(2026, 2, 28)),
     (date(2026, 12, 31), date(2027, 1, 30)), (date(2028, 1, 30), date(2028, 2, 29))],
)  # fmt: skip
def test_a_month_ends_on_the_same_day_or_on_its_last(asked, day):
    assert answer_day(asked, 30) == day


@pytest.mark.parametrize("asks", ["access", "deletion"])
@pytest.mark.parametrize("language", [*LANGUAGES, "pt", "de-AT", "ja", ""])
def test_there_are_words_in_every_language_and_every_answer_has_room(language, asks):
    days = {"asked_on": date(2026, 11, 22), "answer_on": date(2026, 12, 22)}
    words = customer_words(asks=asks, language=language, company="{day} " * 25, **days)
    assert words.language in LANGUAGES
    assert "{asked}" not in words.received + words.answer
    assert "2026" in words.received
    assert "2026" in words.answer
    text = json.dumps([words.received, words.answer], ensure_ascii=False).encode()
    assert len(text) + 600 < 8192  # the size of every answer


# What there is -------------------------------------------------------------------------------------------------------
def _draft():
    asked_at("draft")


def _open():
    asked_at("in_review")


def _closed():
    asked_at("closed")


def _aml():
    asked_at("closed", aml_bar=True)


def _sealed():
    asked_at("closed", restricted=True)


def _bar(confirmed=True, until=NOW + timedelta(days=9)):
    row = asked_at("closed")
    at = {"confirmed_at": NOW, "confirmed_by": row.officer} if confirmed else {}
    NonDisclosureOrder.objects.create(data_request=row, clause="Page 2", bar_ends_at=until, **at)


def _untold(status=NoticeStatus.POSTPONED):
    row, who = asked_at("closed"), {}
    if status == NoticeStatus.WAIVED:
        who = {"waived_by": row.officer, "waiver_approved_by": row.test_people.analyst}
    UserNotice.objects.create(
        data_request=row, reference=f"NT-{next(_number)}", account=ACCOUNT, status=status, reason="x", planned_at=NOW,
        **who,
    )  # fmt: skip


def _of_choice():
    held(account={"match_result": "ambiguous", "candidates": [{"uid": "ACC-6"}, {"uid": ACCOUNT}]})


def _linked(**facts):
    values = {"account": "ACC-8", "linked": [ACCOUNT]} | facts
    AccountFacts.objects.create(provider=make_provider(), read_at=NOW, **values)
    asked_at("in_review", account="ACC-8")


CASES = {
    "nothing": (lambda: None, "proceed"),
    "a draft": (_draft, "proceed"),
    "another account": (lambda: asked_at("in_review", account="ACC-77"), "proceed"),
    "an answered request": (_closed, "proceed"),
    "an open request": (_open, "ask_legal"),
    "the mark of compliance": (_aml, "ask_legal"),
    "a sealed request": (_sealed, "ask_legal"),
    "a bar in force": (_bar, "ask_legal"),
    "a bar without end": (lambda: _bar(until=None), "ask_legal"),
    "a bar that is over": (lambda: _bar(until=NOW), "proceed"),
    "a bar that nobody confirmed": (lambda: _bar(confirmed=False), "proceed"),
    "a postponed notice": (_untold, "ask_legal"),
    "a waived notice": (lambda: _untold(NoticeStatus.WAIVED), "ask_legal"),
    "a notice that was sent": (lambda: _untold(NoticeStatus.SENT), "proceed"),
    "a hold": (held, "keep"),
    "a hold that waits for the company's systems": (lambda: held("requested"), "keep"),
    "a hold that is over": (lambda: held("expired"), "proceed"),
    "a hold on one of two accounts": (_of_choice, "keep"),
    "a marked hold": (lambda: held("expired", aml_bar=True), "ask_legal"),
    "a sealed hold": (lambda: held(restricted=True), "ask_legal"),
    "a linked account": (_linked, "ask_legal"),
    "an account linked from the other side": (lambda: _linked(account=ACCOUNT, linked=["ACC-8"]), "ask_legal"),
}  # fmt: skip


@pytest.mark.django_db
def test_what_there_is_decides_and_costs_the_same_for_everybody():
    make_provider()
    costs = {}
    for name, (make, does) in CASES.items():
        with transaction.atomic():
            make()
            with CaptureQueriesContext(connection) as queries:
                row = about()
            assert row.answer == does, name
            assert row.answer_on == date(2026, 12, 22), name
            costs[name] = [_kind(query["sql"]) for query in queries]
            transaction.set_rollback(True)
    assert [name for name, cost in costs.items() if cost != costs["nothing"]] == []
    assert len(costs["nothing"]) > 10


def _kind(sql):
    return sql.split()[0], re.findall(r'FROM "(\w+)"', sql)


# What counsel decides ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_decision_is_read_by_asking_again_and_falls_when_something_else_is_there():
    asked_at("closed", aml_bar=True)
    waits, counsel = about(asks="deletion"), make_staff("counsel")
    with pytest.raises(NotAllowed):
        decide(waits, decision="keep", reason="Because", by=make_staff("analyst"))
    decide(waits, decision="proceed", reason="The mark is of 2019", by=counsel, at=NOW)
    assert about(asks="deletion", key=waits.key).answer == "proceed"
    with pytest.raises(NotAllowed, match="does not wait any more"):
        decide(waits, decision="keep", reason="Because", by=counsel)
    held()
    again = about(asks="deletion", key=waits.key)
    assert (again.pk, again.answer, again.decided_by) == (waits.pk, "ask_legal", None)
    with pytest.raises(NotAllowed, match="needs this data now"):
        decide(again, decision="proceed", reason="Because", by=counsel)
    assert decide(again, decision="keep", reason="A hold", by=make_staff("dpo")).answer == "keep"
    said = list(
        AuditEvent.objects.filter(action__startswith="restriction.").order_by("id").values_list("action", flat=True)
    )
    assert said == [Event.RESTRICTION_ASKED, Event.RESTRICTION_DECIDED, *[Event.RESTRICTION_ASKED] * 2,
                    Event.RESTRICTION_DECIDED]  # fmt: skip


@pytest.mark.django_db
def test_counsel_sees_what_waits_and_of_it_only_what_counsel_may_open():
    plain, sealed = asked_at("in_review"), asked_at("in_review", restricted=True, title="Zebrafink")
    row = about()
    other = make_provider(name="Other", slug="other", reference_prefix="OX")
    ask(other, Question("k", "ACC-99", CustomerAsks.ACCESS, ""), at=NOW)
    client = client_for(make_staff("counsel"))
    listed = client.get("/staff/restrictions/").content.decode()
    assert ACCOUNT in listed
    assert "ACC-99" not in listed
    assert "22 Dec 2026" in listed
    shown = client.get(f"/staff/restrictions/{row.uid}/").content.decode()
    assert plain.reference in shown.replace("\u200b", "").replace("<wbr>", "") or plain.reference in shown
    assert sealed.reference not in shown
    assert "Zebrafink" not in shown
    answer = client.post(f"/staff/restrictions/{row.uid}/", {"decision": "proceed", "reason": ""})
    assert answer.status_code == 422
    answer = client.post(f"/staff/restrictions/{row.uid}/", {"decision": "keep", "reason": "A request is open"})
    assert answer["Location"] == "/staff/restrictions/"
    assert "A request is open" in client.get(f"/staff/restrictions/{row.uid}/").content.decode()
    assert about(key=row.key).answer == "keep"
