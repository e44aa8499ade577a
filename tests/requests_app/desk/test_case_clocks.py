"""Every clock of a request for staff: how it stands, its rule, who is told; and dates that cannot both hold."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from preservation.models import PreservationHold
from requests_app.models import DataRequest, NonDisclosureOrder, OrderVersion, UserNotice
from requests_app.services import case_clocks
from requests_app.services.case_clocks import MET, OPEN, OVER, RUNS, STANDS
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db


def clocks(data_request, **more):
    row = DataRequest.objects.select_related("provider", "process_type").get(pk=data_request.pk)
    questions = list(row.clarifications.all())
    return {one.name: one for one in case_clocks.read(row, questions=questions, **more).clocks}


def collided(data_request, **more):
    row = DataRequest.objects.select_related("provider", "process_type").get(pk=data_request.pk)
    return [one.words for one in case_clocks.read(row, questions=list(row.clarifications.all()), **more).collisions]


def far(data_request):
    """Give the answer so much time that nothing collides."""
    DataRequest.objects.filter(pk=data_request.pk).update(deadline_at=timezone.now() + timedelta(days=40))
    return data_request


def test_what_runs_what_stands_and_what_is_met():
    found = clocks(request_at("submitted"))
    assert (found["first_look"].state, found["answer"].state) == (RUNS, RUNS)
    assert found["answer"].rule
    assert "officer" in found["answer"].told
    found = clocks(request_at("awaiting_officer"))
    assert (found["first_look"].state, found["answer"].state, found["question"].state) == (MET, STANDS, RUNS)
    decided = clocks(request_at("refused"))["answer"]
    assert (decided.state, decided.said) == (MET, "Decided")
    assert clocks(request_at("withdrawn"))["answer"].state == OVER


def test_emergencies_have_clocks_of_their_own():
    found = clocks(request_at("in_review", kind="emergency"))
    assert {"emergency_take", "emergency_decide"} <= set(found)
    assert "first_look" not in found


def test_a_window_longer_than_the_order_is_said_and_a_confirmed_bar_ends_it():
    row = far(request_at("in_review"))
    assert collided(row) == []
    last = timezone.now().date() + timedelta(days=3)
    OrderVersion.objects.filter(process__data_requests=row).update(valid_until=last)
    assert "may object for 7 days under an order that is valid until" in collided(row)[0]
    bar = NonDisclosureOrder.objects.create(data_request=row, clause="Do not tell", bars_until=last)
    assert any("nobody has confirmed" in words for words in collided(row))
    bar.confirmed_at, bar.confirmed_by, bar.bars_until = timezone.now(), row.officer, None
    bar.save()
    assert collided(row) == []


def test_only_a_hold_that_runs_down_collides():
    row = far(request_at("in_review"))
    hold = hold_of(row.officer, at=timezone.now() - timedelta(days=80))
    assert any("The hold ends on" in words for words in collided(row, hold=hold))
    PreservationHold.objects.filter(pk=hold.pk).update(status="process_served", next_action_at=None)
    hold.refresh_from_db()
    assert collided(row, hold=hold) == []
    assert clocks(row, hold=hold)["hold"].state == OPEN


def test_rules_stand_in_words_and_what_never_started_is_not_called_paused():
    row = far(request_at("in_review"))
    rule = "calendar_roll 7, IE v1, holidays 0.108"
    DataRequest.objects.filter(pk=row.pk).update(
        deadline_rule=rule, first_look_rule="business_days 1, IE v1, holidays 0.108"
    )
    NonDisclosureOrder.objects.create(data_request=row, clause="Do not tell")
    UserNotice.objects.create(
        data_request=row, reference="UN-TEST", account="A-1", reason="Told first", planned_at=timezone.now()
    )
    found = clocks(row)
    said = "7 days, moved to the next working day if they end on none, Ireland"
    assert found["answer"].counted == (said, "Work calendar version 1")
    assert [found[name].state for name in ("notice_window", "bar")] == [OPEN, OPEN]
    text = " ".join(client_for(make_staff("analyst")).get(f"/staff/requests/{row.reference}/").content.decode().split())
    table = text[text.index('id="clocks"') :]
    assert "Paused" not in table
    assert all(words in table for words in (said, "Not started", "Not confirmed"))


@pytest.mark.parametrize("changes", [{"kind": "emergency"}, {"aml_bar": True}])
def test_nobody_is_told_first_where_the_rule_says_so(changes):
    row = far(request_at("in_review", kind=changes.get("kind", "disclosure")))
    DataRequest.objects.filter(pk=row.pk).update(aml_bar=changes.get("aml_bar", False))
    OrderVersion.objects.filter(process__data_requests=row).update(valid_until=timezone.now().date())
    assert not any("may object" in words for words in collided(row))


def test_a_decided_request_collides_with_nothing():
    row = request_at("refused")
    OrderVersion.objects.filter(process__data_requests=row).update(valid_until=datetime(2026, 1, 1, tzinfo=UTC).date())
    assert collided(row) == []


def test_review_approval_and_records_show_them():
    row = far(request_at("awaiting_approval"))
    OrderVersion.objects.filter(process__data_requests=row).update(valid_until=timezone.now().date())
    client = client_for(make_staff("analyst", "approver"))
    for page, table in (("requests/{}/", True), ("approvals/{}/", True), ("requests/{}/records/", False)):
        text = client.get(f"/staff/{page.format(row.reference)}").content.decode()
        assert "These dates cannot both hold" in text, page
        assert ('id="clocks"' in text) is table
        assert re.search(r"business_days|calendar_roll|holidays 0", text) is None
