"""What keeps a draft from being sent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.core.errors import Incomplete
from foundation.documents.models import Document
from requests_app.deadlines import days, instants, period_refusal
from requests_app.enums import DataCategory
from requests_app.models import OrderVersion
from requests_app.services import intake
from requests_app.services.preflight import Kind, Step, findings, read, state_of
from tests.factories import process_type, request_at

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
some_days = st.dates(min_value=date(2009, 1, 3), max_value=date(2040, 1, 1))


@given(first=some_days, last=some_days, today=some_days)
def test_a_period_is_accepted_exactly_when_it_runs_forward_and_has_ended(first, last, today):
    assert (period_refusal(first, last, today=today) is None) == (first <= last <= today)


@given(day=st.none() | some_days, today=some_days)
def test_an_open_end_is_never_accepted(day, today):
    assert period_refusal(day, None, today=today)
    assert period_refusal(None, day, today=today)


@given(first=some_days, length=st.integers(min_value=0, max_value=4000))
def test_whole_days_become_instants_and_come_back(first, length):
    last = first + timedelta(days=length)
    begins, ends = instants(first, last)
    assert ends - begins == timedelta(days=length + 1)
    assert begins.isoformat().endswith("T00:00:00+00:00")
    assert days(begins, ends) == (first, last)


def messages(draft, step=None):
    return [f.message for f in findings(draft, NOW) if step in {None, f.step}]


@pytest.mark.django_db
def test_a_complete_draft_has_no_findings():
    draft = request_at("draft")
    assert findings(draft, NOW) == []
    assert state_of(Step.FACTS, read(draft), []) == ("Completed", None)


@pytest.mark.django_db
def test_without_a_document_it_cannot_be_sent():
    draft = request_at("draft")
    draft.documents.update(removed_at=NOW)
    assert messages(draft) == ["Add a copy of the order or warrant. Without it we cannot process a request"]
    with pytest.raises(Incomplete, match="Add a copy of the order"):
        intake.submit(draft, version=0, declared=True, by=draft.officer)
    draft.refresh_from_db()
    assert (draft.status, draft.reference) == ("draft", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "refusal", "kind"),
    [("pending", "", Kind.WAIT), ("infected", "A virus was found.", Kind.PROBLEM), ("unscanned", "", None)],
)
def test_a_document_must_be_checked(state, refusal, kind):
    draft = request_at("draft")
    draft.documents.update(added_at=datetime.now(tz=UTC))  # a check that takes longer than usual is not waited for
    Document.objects.update(state=state, refusal=refusal)
    assert [f.kind for f in findings(draft, NOW)] == ([kind] if kind else [])
    if state == "pending":
        assert state_of(Step.DOCUMENTS, read(draft), findings(draft, NOW)) == ("Being checked", "yellow")


@pytest.mark.django_db
def test_only_a_supporting_document_is_not_an_order():
    draft = request_at("draft")
    draft.documents.update(role="supporting")
    assert messages(draft, Step.DOCUMENTS)


@pytest.mark.django_db
def test_records_the_process_cannot_reach_are_refused():
    kind = process_type("TEST-SUBPOENA", name="Subpoena", reaches=["subscriber"])
    draft = request_at("draft", process_type=kind)
    assert messages(draft) == [
        "Transactions: Subpoena does not reach this. Take it out, or choose another type of legal process"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-03-01", None, "add the last day"),
        (None, "2026-03-01", "add the first day"),
        ("2026-03-01", "2026-11-21", "after today"),
        ("2026-03-02", "2026-03-01", "before the first day"),
    ],
)
def test_periods(first, last, words):
    asked = [{"category": DataCategory.LOGINS.value, "from": first, "to": last}]
    assert words in messages(request_at("draft", records_asked=asked), Step.RECORDS)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "step"),
    [
        ({"process_type": None}, Step.LEGAL_PROCESS),
        ({"section_of_law": ""}, Step.LEGAL_PROCESS),
        ({"legal_entity": None}, Step.LEGAL_PROCESS),
        ({"facts": " "}, Step.FACTS),
        ({"records_asked": []}, Step.RECORDS),
        ({"secrecy_asked": None}, Step.NOTICE),
        ({"secrecy_asked": True}, Step.NOTICE),
    ],
)
def test_what_is_missing_is_named_at_its_part(columns, step):
    draft = request_at("draft", **columns)
    found = findings(draft, NOW)
    assert {f.step for f in found} == {step}
    assert {f.kind for f in found} == {Kind.MISSING}


@pytest.mark.django_db
def test_dates_of_the_order():
    draft = request_at("draft")
    OrderVersion.objects.update(issued_on=TODAY + timedelta(days=1), valid_until=TODAY - timedelta(days=1))
    found = findings(draft, NOW)
    assert [f.field for f in found] == ["issued_on", "valid_until"]
    assert state_of(Step.LEGAL_PROCESS, read(draft), found) == ("2 problems", "red")


@pytest.mark.django_db
@pytest.mark.parametrize("flag", ["stop_screen", "is_preservation", "is_emergency"])
def test_types_that_cannot_be_filed(flag):
    draft = request_at("draft", process_type=process_type("TEST-STOP", name="Order", **{flag: True}))
    assert [f.field for f in findings(draft, NOW)] == ["process_type"]


@pytest.mark.django_db
def test_a_bar_that_has_ended():
    draft = request_at("draft", secrecy="2026-11-19")
    assert messages(draft) == ["The ban on telling the account holder has ended. Check the date"]
    assert findings(request_at("draft", secrecy=""), NOW) == []


@pytest.mark.django_db
def test_it_changes_nothing_and_asks_little(django_assert_max_num_queries):
    draft = request_at("draft")
    with django_assert_max_num_queries(9) as asked:
        findings(draft, NOW)
    assert all(q["sql"].startswith("SELECT") for q in asked.captured_queries)
