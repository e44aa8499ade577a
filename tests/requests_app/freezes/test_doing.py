"""Before and while assets are frozen: what must be Yes, who instructs, what our systems answer, who confirms."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AgencyNumber, CallBack
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import ConnectorJob, DemoFreeze
from requests_app.confirming import destination_words
from requests_app.deadlines import freeze_end
from requests_app.enums import LineDecision
from requests_app.models import FreezeOrder, FreezeResult
from requests_app.services import decisions, freeze_jobs, freeze_orders, freezing, review
from requests_app.services.freezing import Done
from requests_app.services.review import Draft, Mark
from tests.factories import process_type
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, answers
from tests.requests_app.freezes import cases
from tests.requests_app.kinds.cases import freeze_at

pytestmark = pytest.mark.django_db


def wallet_call(row, result="confirmed"):
    """The agency said whether the destination, as it stands, is theirs."""
    number = AgencyNumber.objects.filter(agency=row.agency).first()
    return CallBack.objects.create(
        about_reference=row.reference, number=number, called_at=timezone.now(), called_by=row.test_people.analyst,
        spoke_to="Duty officer", result=result, purpose="wallet", note=destination_words(row),
    )  # fmt: skip


def test_the_end_is_the_last_day_over_everywhere_and_no_day_is_no_end():
    assert freeze_end(None) is None
    due = freeze_end(date(2026, 12, 31))
    assert due.at == datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert freeze_end(date(2028, 2, 28)).at == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert "2026-12-31" in due.rule


@pytest.mark.parametrize("check", ["statute", "authority", "signed", "asset"])
def test_no_account_is_frozen_without_statute_judge_signature_and_asset_however_few_they_are(check):
    row = freeze_at("in_review", matched=True)
    first, second = row.lines.order_by("pk")
    given = answers("freeze") | {check: {"answer": "no", "note": "", "page": "1"}}
    marks = {first.pk: Mark(LineDecision.PRODUCE, "", "Order 1"), second.pk: Mark(LineDecision.REFUSE, "reach", "Not")}
    review.save(row, Draft(given, marks, {}), seen_version=0, by=row.assignee)
    with pytest.raises(Incomplete, match="until these checks are Yes"):
        decisions.propose(row, terms=TERMS, by=row.assignee)


def test_a_type_that_reaches_no_assets_freezes_nothing_though_somebody_answered_yes():
    row = freeze_at("in_review", matched=True)
    row.process_type = process_type()
    row.save()
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "Order 1") for line in row.lines.all()}
    review.save(row, Draft(answers("freeze"), marks, {}), seen_version=0, by=row.assignee)
    with pytest.raises(Incomplete, match="No statute that reaches assets"):
        decisions.propose(row, terms=TERMS, by=row.assignee)


def test_our_systems_freeze_once_what_is_there_and_a_second_person_confirms(django_capture_on_commit_callbacks):
    divided = cases.granted(amount="900", accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_A))
    with pytest.raises(NotAllowed, match="cannot divide it"):
        freeze_jobs.instruct(divided, by=divided.test_people.analyst)
    row = cases.granted(amount=None, accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_A), last_day=cases.day(40))
    people = row.test_people
    with pytest.raises(NotAllowed):
        freeze_jobs.instruct(row, by=people.approver)
    freeze_jobs.instruct(row, by=people.analyst)
    with pytest.raises(NotAllowed, match="asked at this moment"):
        freeze_jobs.instruct(row, by=people.analyst)
    with pytest.raises(NotAllowed, match="asked at this moment"):
        freezing.record_done(row, {}, by=people.analyst)
    assert ConnectorJob.objects.filter(act="freeze").count() == 2
    assert freeze_jobs.take_over_due() == 0
    assert cases.run_jobs() == 1
    assert cases.run_jobs() == 0
    found = {one.line.target.account: one for one in FreezeResult.objects.all()}
    for book in DemoFreeze.objects.all():
        done = found[book.account]
        assert (done.balance, done.amount or 0) == (book.balance, book.amount)
        assert done.extent == ("in_full" if book.amount else "nothing")
    both = make_staff("analyst", "approver")
    with pytest.raises(NotAllowed):
        freezing.confirm(row, seen=freezing.stamp(freezing.order_of(row)), by=people.analyst)
    row.freeze.refresh_from_db()
    assert row.freeze.recorded_by == people.analyst != both
    closed = cases.confirmed(row)
    assert (closed.status, closed.outcome) == ("closed", "in_full")
    assert closed.freeze.ends_at == freeze_end(cases.day(40)).at
    assert closed.freeze.ends_rule.startswith("last day")
    actions = list(entries_for(closed).values_list("action", flat=True))
    assert [a for a in actions if "freeze." in a] == ["freeze.instructed", "freeze.recorded", "freeze.confirmed"]


def test_what_our_systems_do_not_do_is_shown_tried_again_or_done_by_hand(monkeypatch):
    row = cases.granted()
    analyst = row.test_people.analyst

    def silent(self, *args, **kwargs):
        raise ConnectorFailed("The ledger is closed for the night.")

    monkeypatch.setattr(DemoConnector, "freeze", silent)
    freeze_jobs.instruct(row, by=analyst)
    cases.run_jobs()
    client, url = client_for(analyst), reverse("staff:freeze", args=[row.reference])
    page = client.get(url).content.decode()
    assert "closed for the night" in page
    assert "Take it back" in page
    job = ConnectorJob.objects.get()
    assert client.post(reverse("staff:freeze_by_hand", args=[row.reference]), {"row": job.pk}).url == url
    freeze_jobs.take_over_due()
    assert OutboundMessage.objects.filter(event="freeze_failed").exists()
    freeze_jobs.take_over_due()  # said once
    assert OutboundMessage.objects.filter(event="freeze_failed", to_user=analyst).count() == 1
    job.refresh_from_db()
    assert job.state == JobState.GIVEN_UP
    done = {line.pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for _n, line in freezing.to_do(row)}
    freezing.record_done(row, done, by=analyst)
    assert cases.confirmed(row).status == "closed"
    # What people did and recorded is not asked of our systems a second time, before and after it is confirmed.
    with pytest.raises(NotAllowed, match="not granted any more"):
        freeze_jobs.again(row, job.pk, by=analyst)
    assert "Ask again" not in client.get(url).content.decode()
    other = cases.granted()
    with pytest.raises(TransitionRefused):
        freeze_jobs.again(other, job.pk, by=other.test_people.analyst)


def test_a_worker_killed_before_the_answer_is_stored_freezes_nothing_twice(monkeypatch):
    row = cases.granted()
    freeze_jobs.instruct(row, by=row.test_people.analyst)
    job = ConnectorJob.objects.get()

    def killed(*args):
        raise SystemExit

    at = timezone.now()
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "_done", killed)
        with pytest.raises(SystemExit):
            jobs.run(job, at)
    book = DemoFreeze.objects.get()  # our systems did it, and nobody here knows
    assert jobs.run(job, at + timedelta(minutes=1)).state == JobState.RUNNING
    assert not freeze_jobs.take_over_due()
    after = at + jobs.LEASE
    assert jobs.run(job, after).state == JobState.DONE
    assert (DemoFreeze.objects.count(), job.attempts) == (1, 2)
    assert datetime.fromisoformat(job.answer["at"]) == book.frozen_at
    assert (freeze_jobs.take_over_due(at=after), freeze_jobs.take_over_due(at=after)) == (1, 0)
    assert FreezeResult.objects.get().done_at == book.frozen_at


def test_a_transfer_is_never_instructed_and_recorded_only_with_its_wallet_confirmed():
    row = cases.granted(**cases.TRANSFER)
    analyst = row.test_people.analyst
    with pytest.raises(NotAllowed, match="first and last characters"):
        freeze_jobs.instruct(row, by=analyst)
    done = {line.pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for _n, line in freezing.to_do(row)}
    with pytest.raises(NotAllowed, match="first and last characters"):
        freezing.record_done(row, done, by=analyst)
    page = client_for(analyst).get(reverse("staff:freeze", args=[row.reference])).content.decode()
    assert "about=wallet" in page
    wallet_call(row)
    with pytest.raises(NotAllowed, match="never asked to move"):
        freeze_jobs.instruct(row, by=analyst)
    done = {pk: replace(one, done_at=timezone.now()) for pk, one in done.items()}
    freezing.record_done(row, done, by=analyst)
    order = FreezeOrder.objects.filter(data_request=row)
    order.update(destination="1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    with pytest.raises(NotAllowed, match="first and last characters"):
        cases.confirmed(row)
    order.update(destination=cases.TRANSFER["destination"])
    closed = cases.confirmed(row)
    assert (closed.status, closed.freeze.ends_at) == ("closed", None)
    assert not freeze_orders.in_force().exists()
    assert not ConnectorJob.objects.exists()


def test_a_call_that_did_not_confirm_or_a_quashed_order_stops_it_between_grant_and_act():
    row = cases.granted()
    analyst = row.test_people.analyst
    number = AgencyNumber.objects.filter(agency=row.agency).first()
    doubt = CallBack.objects.create(
        about_reference=row.reference, number=number, called_at=timezone.now() + timedelta(seconds=1),
        called_by=analyst, spoke_to="Duty officer", result="not_confirmed",
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="Call the agency back"):
        freeze_jobs.instruct(row, by=analyst)
    doubt.delete()
    version = cases.version_of(row, "quashed")
    with pytest.raises(NotAllowed, match="was quashed"):
        freeze_jobs.instruct(row, by=analyst)
    version.delete()
    freeze_jobs.instruct(row, by=analyst)
    assert DemoFreeze.objects.count() == 0
