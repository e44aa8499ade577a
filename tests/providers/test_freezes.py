"""Freezes by the company's own systems: what was there, what is kept, done once, and ended without touching others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from foundation.core.jobs import JobState, claim
from foundation.providers import jobs, stopping
from foundation.providers.connectors.base import CannotDo, ConnectorFailed
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import ConnectorAct, ConnectorJob, DemoFreeze
from foundation.providers.seed import ensure_demo_provider

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def provider(db):
    return ensure_demo_provider(AT)


@pytest.fixture
def demo(provider):
    return DemoConnector("meridian", provider.pk)


@pytest.fixture
def balance(demo):
    """What the account has of the asset at that moment."""
    return demo.freeze(cases.ACCOUNT_C, "BTC", Decimal("0.00000001"), freeze="probe", key="probe", at=AT).balance


def ask(provider, act="freeze", *, key="freeze:1:1", freeze="MX-1", asset="BTC", amount=""):
    given = {"freeze": freeze} if act == "lift" else {"freeze": freeze, "asset": asset, "amount": amount}
    return jobs.ask(
        provider, ConnectorAct(act), key=key, owner_type="tests.freeze", owner_id="1",
        account=cases.ACCOUNT_C, arguments=given, at=AT,
    )  # fmt: skip


def test_everything_is_what_there_is_and_the_same_key_does_it_once(provider):
    job = jobs.run(ask(provider), AT)
    assert job.state == JobState.DONE
    assert Decimal(job.answer["amount"]) == Decimal(job.answer["balance"]) > 0
    assert (job.answer["asset"], job.answer["at"]) == ("BTC", AT.isoformat())
    demo = DemoConnector("meridian", provider.pk)
    again = demo.freeze(cases.ACCOUNT_C, "BTC", None, freeze="MX-1", key=job.idempotency_key, at=AT + timedelta(days=9))
    assert (again.amount, again.at) == (Decimal(job.answer["amount"]), AT)
    assert DemoFreeze.objects.count() == 1


def test_a_worker_that_died_after_the_act_leaves_one_freeze(provider):
    job = ask(provider, amount="0.01")
    (held,) = claim(ConnectorJob.objects.filter(pk=job.pk), at=AT, lease=jobs.LEASE, limit=1)
    demo = DemoConnector("meridian", provider.pk)
    demo.freeze(held.account, "BTC", Decimal("0.01"), freeze="MX-1", key=held.idempotency_key, at=AT)
    later = jobs.run(job, AT + timedelta(hours=1))
    assert (later.state, later.answer["at"]) == (JobState.DONE, AT.isoformat())
    assert DemoFreeze.objects.count() == 1


def test_more_than_there_is_is_done_in_part_and_a_second_freeze_gets_what_is_left(demo, balance):
    first = demo.freeze(cases.ACCOUNT_C, "btc", balance - Decimal("0.1"), freeze="A", key="a", at=AT)
    left = balance - first.amount - Decimal("0.00000001")
    second = demo.freeze(cases.ACCOUNT_C, "BTC", Decimal(900), freeze="B", key="b", at=AT)
    assert (second.balance, second.amount) == (left, left)
    assert demo.freeze(cases.ACCOUNT_C, "BTC", None, freeze="C", key="c", at=AT).amount == 0
    assert demo.restrictions(cases.ACCOUNT_C).keep


def test_a_lift_ends_its_own_freeze_only_and_twice_is_once(demo, balance):
    demo.lift(cases.ACCOUNT_C, freeze="probe", key="l0", at=AT)
    demo.freeze(cases.ACCOUNT_C, "BTC", Decimal("0.01"), freeze="A", key="a", at=AT)
    demo.freeze(cases.ACCOUNT_C, "BTC", Decimal("0.02"), freeze="B", key="b", at=AT)
    later = AT + timedelta(days=3)
    assert demo.lift(cases.ACCOUNT_C, freeze="A", key="l1", at=later) == later
    assert demo.lift(cases.ACCOUNT_C, freeze="A", key="l2", at=later + timedelta(days=1)) == later
    assert demo.restrictions(cases.ACCOUNT_C).keep
    demo.lift(cases.ACCOUNT_C, freeze="B", key="l3", at=later)
    assert not demo.restrictions(cases.ACCOUNT_C).keep
    with pytest.raises(CannotDo):
        demo.lift(cases.ACCOUNT_C, freeze="never", key="l4", at=later)


def test_what_the_systems_cannot_do_is_given_up_at_once_and_what_they_may_do_later_is_tried(provider, monkeypatch):
    unknown = jobs.run(ask(provider, asset="all assets of the account"), AT)
    assert (unknown.state, unknown.attempts) == (JobState.GIVEN_UP, 1)
    assert "Do it by hand" in unknown.last_error

    def silent(self, *args, **kwargs):
        raise ConnectorFailed("No answer.")

    monkeypatch.setattr(DemoConnector, "freeze", silent)
    job = jobs.run(ask(provider, key="freeze:1:2"), AT)
    assert (job.state, job.last_error) == (JobState.PENDING, "No answer.")
    assert jobs.stop(job, by=None, at=AT)
    assert job.state == JobState.GIVEN_UP
    assert not jobs.stop(job, by=None, at=AT)
    monkeypatch.undo()
    assert jobs.try_again(job, by=None, at=AT)
    assert jobs.run(job, AT).state == JobState.DONE


def test_what_is_under_way_is_not_stopped(provider):
    job = ask(provider)
    claim(ConnectorJob.objects.filter(pk=job.pk), at=AT, lease=jobs.LEASE, limit=1)
    assert not jobs.stop(job, by=None, at=AT)
    assert jobs.run(ask(provider, "lift", key="lift:1"), AT).state == JobState.GIVEN_UP  # nothing was frozen


def test_who_asked_is_asked_again_right_before_each_try(provider, monkeypatch):
    said = ["The order was quashed."]
    monkeypatch.setitem(stopping._paths, "tests.freeze", f"{__name__}.stopped")
    monkeypatch.setitem(globals(), "stopped", lambda job: said[0])
    job = jobs.run(ask(provider), AT)
    assert (job.state, job.last_error) == (JobState.GIVEN_UP, "The order was quashed.")
    assert not DemoFreeze.objects.exists()
    said[0] = ""
    assert jobs.try_again(job, by=None, at=AT)
    assert jobs.run(job, AT).state == JobState.DONE
