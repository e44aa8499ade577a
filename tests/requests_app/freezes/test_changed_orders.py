"""An order that is quashed, narrowed or replaced between the grant and the end of its instruction."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.jobs import JobState
from foundation.providers import jobs
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import ConnectorJob, DemoFreeze
from requests_app.models import FreezeLift
from requests_app.services import extending, freeze_jobs, freezing, lifting, reopening
from requests_app.services.freezing import Done
from tests.people import client_for
from tests.requests_app.freezes import cases

pytestmark = pytest.mark.django_db


def silent(self, *args, **kwargs):
    raise ConnectorFailed("No answer.")


def page_of(row, person):
    return client_for(person).get(reverse("staff:freeze", args=[row.reference])).content.decode()


@pytest.mark.parametrize("relation", ["quashed", "replaces", "narrows"])
def test_what_waits_for_our_systems_is_not_carried_out_under_an_order_that_changed(relation, monkeypatch):
    row = cases.granted()
    analyst = row.test_people.analyst
    with monkeypatch.context() as down:
        down.setattr(DemoConnector, "freeze", silent)
        freeze_jobs.instruct(row, by=analyst)
        cases.run_jobs()
    cases.version_of(row, relation)
    row = cases.fresh(row)
    assert "is not opened again" in reopening.refusal(row, by=analyst)
    cases.run_jobs(at=timezone.now() + timedelta(hours=1))
    job = ConnectorJob.objects.get()
    assert (job.state, DemoFreeze.objects.count()) == (JobState.GIVEN_UP, 0)
    assert "look in our systems" in job.last_error
    with pytest.raises(NotAllowed):
        freeze_jobs.again(row, job.pk, by=analyst)
    done = {line.pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for _n, line in freezing.to_do(row)}
    with pytest.raises(NotAllowed):
        freezing.record_done(row, done, by=analyst)
    page = page_of(row, analyst)
    assert "two people decide under the order as it stands now" in page
    assert "Open the request again" in page
    assert reopening.reopen(row, by=analyst).status == "in_review"


def test_nothing_begins_under_an_order_that_was_replaced_since_the_grant_and_a_longer_one_stops_nothing():
    row = cases.granted()
    people = row.test_people
    cases.version_of(row, "extends", until=cases.day(90))
    freeze_jobs.instruct(row, by=people.analyst)
    cases.run_jobs()
    row = cases.confirmed(row)
    assert extending.waiting(row).relation == "extends"  # it came before the freeze was confirmed
    cases.version_of(row, "quashed")
    assert extending.waiting(row) is None
    other = cases.granted()
    cases.version_of(other, "replaces")
    cases.version_of(other, "extends", until=cases.day(90))
    with pytest.raises(NotAllowed, match="changed after the grant"):
        freeze_jobs.instruct(other, by=people.analyst)
    assert reopening.refusal(other, by=other.test_people.analyst) is None


def test_what_our_systems_did_before_the_order_was_quashed_is_confirmed_and_lifted_and_the_rest_is_not_done():
    row = cases.granted(amount=None, accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_B))
    people = row.test_people
    freeze_jobs.instruct(row, by=people.analyst)
    first, second = ConnectorJob.objects.order_by("pk")
    jobs.run(first)
    cases.version_of(row, "quashed")
    jobs.run(second)
    first.refresh_from_db()
    assert (freeze_jobs.take_over_due(), DemoFreeze.objects.count()) == (0, 1)
    kept = Decimal(first.answer["amount"])
    lines = {line.target.account: line.pk for _n, line in freezing.to_do(row)}
    at = timezone.now()
    done = {
        lines[first.account]: Done("in_full", at, kept, kept),
        lines[second.account]: Done("in_full", at, kept, kept),
    }
    with pytest.raises(Incomplete, match="nothing may be done for it any more"):
        freezing.record_done(row, done, by=people.analyst)
    done[lines[second.account]] = Done("nothing", at, None, None, "The order was quashed before.", unknown=True)
    freezing.record_done(row, done, by=people.analyst)
    row = cases.confirmed(row)
    assert lifting.sweep() == 1
    assert FreezeLift.objects.get().cause == "quashed"


def test_what_people_froze_beside_our_systems_is_not_taken_for_lifted():
    row = cases.granted(amount=None, accounts=(accounts.ACCOUNT_C, accounts.ACCOUNT_B), last_day=cases.day(30))
    people = row.test_people
    freeze_jobs.instruct(row, by=people.analyst)
    first, second = ConnectorJob.objects.order_by("pk")
    jobs.run(first)
    freeze_jobs.by_hand(row, second.pk, by=people.analyst)
    at = timezone.now()
    done = {line.pk: Done("in_full", at, Decimal(1), Decimal(1)) for _n, line in freezing.to_do(row)}
    freezing.record_done(row, done, by=people.analyst)
    row = cases.confirmed(row)
    cases.version_of(row, "narrows", until=cases.day(5))
    assert extending.waiting(row).valid_until == cases.day(5)
    lifting.begin(row, cause="mistake", reason="The wrong accounts.", by=people.analyst)
    lifting.instruct(row, by=people.analyst)
    cases.run_jobs()
    lifting.sweep()
    lift = FreezeLift.objects.get()
    assert (lift.recorded_at, lifting.by_people(row.freeze)) == (None, [second.account])
    lifting.record_done(row, done_at=timezone.now(), by=people.analyst)
    assert FreezeLift.objects.get().recorded_by == people.analyst


def test_what_people_recorded_in_order_is_confirmed_though_the_order_was_quashed_since_and_then_lifted():
    row = cases.granted()
    people = row.test_people
    done = {line.pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for _n, line in freezing.to_do(row)}
    freezing.record_done(row, done, by=people.analyst)
    cases.version_of(row, "quashed")
    assert "Changed since it was recorded:" in page_of(row, people.approver)
    with pytest.raises(NotAllowed):
        freezing.record_done(row, done, by=people.analyst)
    cases.confirmed(row)
    assert lifting.sweep() == 1
