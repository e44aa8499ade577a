"""The numbers of the vetting desk: by month, with reasons and times, and without a name."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.deadlines import desk
from accounts.enums import AskCode, DeclineCode
from accounts.services import applications, signals, statistics, vetting
from foundation.documents import services as documents
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, words
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def sent_at(at, agency=None):
    """An application that its applicant really sent at this moment."""
    application = make_application(agency, status="draft", submitted_at=None, document=True, at=at)
    documents.process(application.identity_document)
    return applications.submit(application, by=application.user, at=at)


def numbers(at=NOW):
    found = statistics.read(by=make_staff("analyst"), form="page", at=at)
    return found, found.months[0]


def test_twelve_months_the_newest_first():
    make_provider()
    found, month = numbers()
    assert [f"{m.first:%Y-%m}" for m in found.months][:2] == ["2026-11", "2026-10"]
    assert f"{found.months[-1].first:%Y-%m}" == "2025-12"
    assert (month.sent, month.median, month.share) == (0, None, None)


def test_decisions_are_counted_by_code_in_the_month_they_were_made():
    agency, analyst = make_agency(), make_staff("analyst")
    make_officer(agency)
    for code in (DeclineCode.FORGED, DeclineCode.FORGED, DeclineCode.NOT_CONFIRMED):
        application = sent_at(TUESDAY, agency)
        vetting.take(application, by=analyst, at=TUESDAY)
        vetting.decline(application, by=analyst, reason="No", code=code, at=TUESDAY + timedelta(days=1))
    asked = sent_at(TUESDAY, agency)
    vetting.take(asked, by=analyst, at=TUESDAY)
    vetting.ask(asked, by=analyst, text="Card", code=AskCode.PROOF, at=TUESDAY + timedelta(days=1))
    found, month = numbers()
    assert (month.sent, month.all_declined, month.all_asked, month.approved) == (4, 3, 1, 0)
    assert month.declined == {"forged": 2, "not_confirmed": 1}
    assert found.decline_codes[0] == (DeclineCode.FORGED.label, 2)
    assert found.ask_codes == [(AskCode.PROOF.label, 1)]


def test_the_time_runs_from_the_first_sending_to_the_first_answer():
    agency, analyst = make_agency(), make_staff("analyst")
    make_officer(agency)
    application = sent_at(TUESDAY, agency)
    vetting.take(application, by=analyst, at=TUESDAY)
    vetting.ask(application, by=analyst, text="Card", at=TUESDAY + timedelta(days=2))
    applications.save_supervisor(application, by=application.user, contact="ext 14")
    applications.submit(application, by=application.user, at=TUESDAY + timedelta(days=8))
    signals.sweep()
    vetting.take(application, by=analyst, at=TUESDAY + timedelta(days=8))
    confirmed_call(application, by=analyst)
    vetting.approve(application, by=analyst, reason="Fine", at=TUESDAY + timedelta(days=15))
    _found, month = numbers()
    assert (month.sent, month.approved, month.all_asked) == (1, 1, 1)
    assert month.times == [2.0]
    assert month.share == 1.0


def test_what_is_late_or_overdue_lies_outside_the_promise():
    agency, analyst = make_agency(), make_staff("analyst")
    late = sent_at(TUESDAY, agency)
    vetting.take(late, by=analyst, at=TUESDAY)
    vetting.decline(late, by=analyst, reason="No", at=TUESDAY + timedelta(days=10))
    sent_at(TUESDAY, agency)  # nobody answered
    in_time = sent_at(TUESDAY, agency)
    vetting.take(in_time, by=analyst, at=TUESDAY)
    vetting.decline(in_time, by=analyst, reason="No", at=TUESDAY + timedelta(hours=5))
    gone = sent_at(TUESDAY, agency)
    applications.withdraw(gone, by=gone.user, at=TUESDAY + timedelta(hours=1))
    sent_at(NOW - timedelta(hours=1), agency)  # not due yet
    found, month = numbers()
    assert (month.sent, month.in_time, month.late) == (5, 1, 2)
    assert month.share == pytest.approx(1 / 3)
    assert (found.overdue, found.waiting) == (1, 2)


def test_days_off_do_not_count():
    make_provider()
    friday, monday = datetime(2026, 11, 13, 15, tzinfo=UTC), datetime(2026, 11, 16, 9, tzinfo=UTC)
    assert statistics.business_time(friday, monday, desk()) == pytest.approx(18 / 24)
    assert statistics.business_time(monday, monday, desk()) == 0


def test_percentiles_are_values_that_occurred():
    times = [float(n) for n in range(1, 11)]
    assert statistics.percentile(times, 50) == 5
    assert statistics.percentile(times, 90) == 9
    assert statistics.percentile([7.0], 90) == 7
    assert statistics.percentile([], 50) is None


def test_the_file_has_no_names_and_no_formulas():
    application = make_application(make_agency("Zebrafink Police"), full_name="Wilhelmina Quarrington")
    analyst = make_staff("analyst", full_name="Priya Raman")
    vetting.take(application, by=analyst)
    vetting.decline(application, by=analyst, reason="=cmd|'/c calc'!A1", code=DeclineCode.OTHER)
    answer = client_for(analyst).get("/staff/access/statistics.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    text = answer.content.decode()
    for secret in ("Zebrafink", "Quarrington", "Priya", "calc", application.reference, application.email):
        assert secret not in text
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) == 13
    assert {len(line) for line in lines} == {len(lines[0])}
    assert lines[1][0] == f"{timezone.now():%Y-%m}"
    assert lines[1][3] == "1"
    assert [statistics.safe_cell(text) for text in ("=1+1", "@x", "-3", "+3", "Sent")] == [
        "'=1+1", "'@x", "'-3", "'+3", "Sent",
    ]  # fmt: skip


def test_each_look_is_recorded_and_only_for_those_who_see_applications():
    make_provider()
    client = client_for(make_staff("auditor"))
    assert "the last 12 months" in words(client.get("/staff/access/statistics/"))
    client.get("/staff/access/statistics.csv")
    assert actions(action="access.statistics_read") == ["access.statistics_read"] * 2
    for path in ("/staff/access/statistics/", "/staff/access/statistics.csv"):
        assert client_for(make_staff("counsel")).get(path).status_code == 403
        assert client_for(make_officer()).get(path).status_code == 404


def test_the_page_asks_the_database_the_same_for_one_and_for_three(django_assert_num_queries):
    agency = make_agency()
    client = client_for(make_staff("analyst"))
    sent_at(timezone.now(), agency)
    client.get("/staff/access/statistics/")
    for _ in range(2):
        with django_assert_num_queries(14):
            client.get("/staff/access/statistics/")
        sent_at(timezone.now(), agency)
        sent_at(timezone.now(), agency)
