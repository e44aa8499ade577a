"""Calls about a request: what counts, what takes back, who vouches, and what the pages show of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import CallPurpose
from accounts.models import AgencyNumber, CallBack
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, Stale
from requests_app.models import FreezeOrder
from requests_app.permissions import (
    call_back_confirmed,
    minimum_confirmed,
    release_refusal,
    supervisor_confirmed,
    wallet_confirmed,
)
from requests_app.services import call_backs, decisions, gate, minimum, packages
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.desk.pages import TERMS, ready
from tests.requests_app.emergencies.gate_steps import calls, supervisor, through_the_gate
from tests.requests_app.emergencies.test_orders_of_steps import plant
from tests.requests_app.kinds.cases import WALLET, freeze_at

pytestmark = pytest.mark.django_db

RESULTS = ("confirmed", "officer_only", "not_confirmed", "no_answer")


def emergency(status="in_review", **more):
    return request_at(status, kind="emergency", **more)


def test_what_several_calls_say_together_for_every_sequence_of_answers():
    data_request, at = emergency(), timezone.now()
    number = data_request.agency.numbers.get()
    for answers in (some for length in range(1, 5) for some in product(RESULTS, repeat=length)):
        CallBack.objects.all().delete()
        CallBack.objects.bulk_create(
            CallBack(
                about_reference=data_request.reference, purpose=CallPurpose.REQUEST, number=number, result=result,
                called_by=data_request.assignee, called_at=at + timedelta(minutes=n // 2), spoke_to="Desk",
            )
            for n, result in enumerate(answers)
        )  # fmt: skip
        said = [answer for answer in answers if answer != "no_answer"]  # nobody answered says nothing
        assert call_back_confirmed(data_request) == (said[-1:] == ["confirmed"]), answers


def test_a_new_number_or_another_way_counts_once_a_second_person_vouches():
    data_request, second = emergency(), make_staff("approver")
    AgencyNumber.objects.filter(agency=data_request.agency).update(confirmed_at=timezone.now() - timedelta(days=6))
    call = calls(data_request)
    assert not call_back_confirmed(data_request)
    for by in (data_request.assignee, make_staff("auditor")):
        with pytest.raises(NotAllowed):
            call_backs.second(call, by=by)
    assert call_backs.second(call, by=second).seconded_by == second
    assert call_back_confirmed(data_request)
    with pytest.raises(Stale):
        call_backs.second(call, by=make_staff("approver"))
    calls(data_request, result="not_confirmed")
    said = {"purpose": "request", "result": "confirmed", "spoke_to": "Liaison", "by": data_request.assignee}
    way = call_backs.record(data_request, alternative="liaison", **said)
    assert not call_back_confirmed(data_request)
    calls(data_request, result="officer_only")
    with pytest.raises(Stale, match="call again"):
        call_backs.second(way, by=second)
    call_backs.second(call_backs.record(data_request, alternative="liaison", **said), by=second)
    assert call_back_confirmed(data_request)
    with pytest.raises(NotAllowed):
        call_backs.record(data_request, alternative="the number in the form", **said)
    assert AuditEvent.objects.filter(action="request.call_back_vouched").count() == 2


def test_a_number_that_was_retired_or_is_anothers_confirms_nothing():
    data_request = through_the_gate(emergency("granted"))
    assert release_refusal(data_request) is None
    data_request.agency.numbers.update(retired_at=timezone.now())
    assert "directory number" in release_refusal(data_request)
    data_request.agency.numbers.update(retired_at=None, agency=make_agency())
    assert "directory number" in release_refusal(data_request)


def test_the_supervisor_is_another_person_at_the_same_switchboard():
    data_request = emergency()
    other = AgencyNumber.objects.create(
        agency=data_request.agency, number="+441632960555", source="Directory", entered_at=timezone.now(),
        confirmed_at=timezone.now() - timedelta(days=30), confirmed_by=make_staff("approver"),
    )  # fmt: skip
    said = {"purpose": "supervisor", "result": "confirmed", "by": data_request.assignee}
    number = AgencyNumber.objects.exclude(pk=other.pk).get()
    with pytest.raises(NotAllowed, match="Call about the request first"):
        call_backs.record(data_request, number=number, spoke_to="K. Aas", **said)
    call_backs.record(
        data_request, purpose="request", number=number, result="confirmed", spoke_to="Desk", by=data_request.assignee
    )
    with pytest.raises(NotAllowed, match="same number"):
        call_backs.record(data_request, number=other, spoke_to="K. Aas", **said)
    name = data_request.officer.get_full_name()
    backwards = ", ".join(reversed(name.upper().split(" ", 1)))
    for same in (name, backwards, f"  {name.lower()} "):
        with pytest.raises(NotAllowed, match="own name"):
            call_backs.record(data_request, number=number, spoke_to=same, **said)
    with pytest.raises(Incomplete):
        call_backs.record(data_request, number=number, spoke_to=" ", **said)
    call_backs.record(data_request, number=number, spoke_to="K. Aas", **said)
    assert supervisor_confirmed(data_request)
    with pytest.raises(NotAllowed, match="Only an emergency"):
        call_backs.record(request_at("in_review", officer=data_request.officer), number=number, spoke_to="K. A", **said)


def test_an_answer_taken_back_between_grant_and_release_keeps_the_records_here():
    data_request = through_the_gate(emergency("granted"))
    package, approver = plant(data_request), data_request.test_people.approver
    for about in (CallPurpose.REQUEST, CallPurpose.SUPERVISOR):
        calls(data_request, about=about, result="not_confirmed")
        with pytest.raises(NotAllowed):
            packages.release(package, by=approver)
        assert not all(check.passed for check in packages.checklist(package, by=approver, at=timezone.now()))
        calls(data_request, about=about)
    first = data_request.lines.first()
    data_request.lines.filter(pk=first.pk).update(category="logins")  # another kind of records than was stated
    assert "averts the harm" in release_refusal(data_request)


def test_a_destination_is_confirmed_as_it_stands_and_read_out_by_them():
    data_request = freeze_at("in_review", freeze={"act": "transfer", "destination": WALLET})
    client = client_for(data_request.assignee)
    page = f"{reverse('staff:call_back', args=[data_request.reference])}?about=wallet"
    given = {"way": f"number-{data_request.agency.numbers.get().pk}", "result": "confirmed", "spoke_to": "Desk"}
    assert client.post(page, given | {"begins": "bc1qar", "ends": "xxxxxx"}).status_code == 302
    assert CallBack.objects.order_by("pk").last().result == "not_confirmed"  # whatever was ticked
    assert not wallet_confirmed(data_request)
    assert client.post(page, given | {"begins": WALLET[:6], "ends": WALLET[-6:]}).status_code == 302
    assert wallet_confirmed(data_request)
    FreezeOrder.objects.update(destination=WALLET[:-1] + "x")
    data_request.refresh_from_db()
    assert not wallet_confirmed(type(data_request).objects.get(pk=data_request.pk))


def test_the_pages_lead_only_where_one_may_go():
    data_request, approver = emergency(), make_staff("approver")
    page = reverse("staff:call_back", args=[data_request.reference])
    text = client_for(approver).get(reverse("staff:request", args=[data_request.reference])).content.decode()
    assert "Before anything is released" in text
    assert "Call and record" not in text
    assert client_for(approver).get(page).status_code == 200
    assert client_for(approver).post(page, {}).status_code == 403
    assert client_for(data_request.officer).get(page).status_code == 404
    analyst = client_for(data_request.assignee)
    text = analyst.get(f"{page}?about=supervisor").content.decode()
    assert "Do not call" in text
    given = {"way": "liaison", "result": "confirmed", "spoke_to": "Oslo liaison", "note": "By the embassy"}
    assert analyst.post(page, given | {"spoke_to": ""}).status_code == 422
    analyst.post(page, given)
    call = CallBack.objects.get()
    assert "I vouch for this call" not in analyst.get(page).content.decode()
    assert "I vouch for this call" in client_for(approver).get(page).content.decode()
    vouch = reverse("staff:call_second", args=[data_request.reference, call.pk])
    assert client_for(make_staff("auditor")).post(vouch).status_code == 403
    assert client_for(make_staff("approver"), factor_age=3600).post(vouch).status_code == 302
    assert not call_back_confirmed(data_request)
    client_for(approver).post(vouch)
    assert call_back_confirmed(data_request)


def test_the_minimum_names_every_kind_of_records_that_leaves():
    data_request = emergency()
    data_request.lines.update(decision="produce")
    data_request.lines.filter(pk=data_request.lines.first().pk).update(category="logins")
    names = set(data_request.lines.values_list("category", flat=True))
    said = {"left_out": "Older transactions", "by": data_request.assignee}
    with pytest.raises(Incomplete, match="Say why these records"):
        minimum.state(data_request, why=dict.fromkeys(sorted(names)[:1], "Shows where"), **said)
    for by in (make_staff("approver"), make_staff("auditor")):
        with pytest.raises(NotAllowed):
            minimum.state(data_request, why=dict.fromkeys(names, "x"), left_out="x", by=by)
    minimum.state(data_request, why=dict.fromkeys(names, "Shows where"), **said)
    supervisor_page = reverse("staff:minimum", args=[data_request.reference])
    assert "Older transactions" in client_for(data_request.assignee).get(supervisor_page).content.decode()
    ordinary = request_at("in_review")
    with pytest.raises(NotAllowed, match="Only an emergency"):
        minimum.state(ordinary, why={}, left_out="x", by=ordinary.assignee)


def test_an_emergency_without_records_needs_no_reason_for_what_does_not_leave():
    data_request = ready(kind="emergency", decision="no_records")
    calls(data_request), supervisor(data_request)
    assert minimum_confirmed(data_request)
    assert [step.state for step in gate.steps(data_request, by=data_request.assignee)][2] == gate.DONE
    decisions.propose(data_request, terms=replace(TERMS, binding=False), by=data_request.assignee)
    plant(data_request)  # as nobody could make one: its lines would leave
    assert not minimum_confirmed(data_request)


def test_whoever_recorded_a_request_neither_calls_nor_vouches():
    agency = make_agency()
    recorder = make_staff("analyst", "approver")
    data_request = emergency(officer=make_officer(agency), recorded_by=recorder)
    with pytest.raises(NotAllowed, match="recorded"):
        calls(data_request, by=recorder)
    calls(data_request)
    call = call_backs.record(
        data_request, purpose="request", alternative="interpol", result="confirmed", spoke_to="Bureau",
        by=data_request.assignee,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="recorded"):
        call_backs.second(call, by=recorder)
    supervisor(data_request)
    assert supervisor_confirmed(data_request)
