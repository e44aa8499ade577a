"""What staff do with an emergency told without an account: every step in its order, two people where it takes two."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, AgencyMembership
from accounts.services.addressees import addressee
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from preservation.enums import HoldStatus
from preservation.models import PreservationHold
from preservation.services import sweeping
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.services import urgent_calls, urgent_contacts
from requests_app.urgent_permissions import urgent_workflow
from tests.accounts.helpers import page, words
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff, make_user
from tests.urgent_contacts import call_about, contact_at

pytestmark = pytest.mark.django_db
LIST = "/staff/urgent-contacts/"
DANGER = "A girl of 14 is held"


@pytest.fixture
def analyst():
    return make_staff("analyst")


def url(contact, act=""):
    return f"{LIST}{contact.reference}/{act}"


def posted(user, contact, act, data=None):
    return words(client_for(user).post(url(contact, act), data or {}, follow=True))


def test_from_the_page_to_the_hold_and_to_the_officer_who_is_let_in(analyst):
    contact = contact_at("new")
    number = contact.agency.numbers.get()
    assert "is yours" in posted(analyst, contact, "take/")
    assert "once a call" in posted(analyst, contact, "hold/")
    assert not PreservationHold.objects.exists()
    call = {"way": f"number-{number.pk}", "result": "confirmed", "spoke_to": "Sgt Berg"}
    assert "The call is recorded" in posted(analyst, contact, "call/", call)
    assert "The records are kept" in posted(analyst, contact, "hold/")
    posted(analyst, contact, "hold/")
    hold = PreservationHold.objects.get()
    assert (hold.status, hold.officer) == (HoldStatus.ACTIVE, addressee(contact.agency))
    assert hold.expires_at - hold.starts_at >= timedelta(days=90)
    assert [i.given for i in hold.identifiers.all()] == ["target@mail.example"]
    assert not OutboundMessage.objects.filter(to_address__endswith=".invalid").exists()

    at = timezone.now()
    officer = make_officer(contact.agency, email=contact.email)
    application = AccessApplication.objects.create(
        reference="AC-26-0000000", email=contact.email, user=officer, agency=contact.agency, created_at=at,
        status=ApplicationStatus.APPROVED, verdict="known_agency",
    )  # fmt: skip
    type(contact).objects.filter(pk=contact.pk).update(application=application)
    assert urgent_contacts.sweep() == 1
    assert urgent_contacts.sweep() == 0
    contact.refresh_from_db(), hold.refresh_from_db()
    assert (contact.status, hold.officer) == ("let_in", officer)
    assert OutboundMessage.objects.get(to_user_id=officer.pk).event == "hold_started"
    assert hold in PreservationHold.objects.visible_to(officer)
    assert not DataRequest.objects.exists()
    assert not DisclosurePackage.objects.exists()


def test_the_hold_of_an_agency_runs_down_and_ends_without_a_mail_to_nobody(analyst):
    contact = contact_at("taken", taken_by=analyst)
    call_about(contact, by=analyst)
    keeper = make_staff("preservation_admin")
    hold = urgent_calls.hold(contact, by=analyst).hold
    for days in (61, 77, 84, 90, 92):
        sweeping.sweep(at=hold.starts_at + timedelta(days=days))
    hold.refresh_from_db()
    assert hold.status == HoldStatus.EXPIRED
    assert set(OutboundMessage.objects.values_list("to_address", flat=True)) == {keeper.email}


@pytest.mark.parametrize("way", ["liaison", "new number"])
def test_another_way_or_a_new_number_takes_a_second_person(analyst, way):
    contact = contact_at("taken", taken_by=analyst)
    if way == "new number":
        contact.agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=2))
    call = call_about(contact, by=analyst, alternative="liaison" if way == "liaison" else "")
    with pytest.raises(NotAllowed):
        urgent_calls.hold(contact, by=analyst)
    approver, counsel = make_staff("approver"), make_staff("counsel")
    assert "Somebody else must vouch" in posted(analyst, contact, f"calls/{call.pk}/second/")
    assert client_for(counsel).post(url(contact, f"calls/{call.pk}/second/")).status_code == 403
    assert client_for(make_staff("auditor")).post(url(contact, f"calls/{call.pk}/second/")).status_code == 403
    stale = client_for(approver, factor_age=3600).post(url(contact, f"calls/{call.pk}/second/"))
    assert stale.status_code == 302
    call.refresh_from_db()
    assert call.seconded_at is None
    assert "You vouch for this call" in posted(approver, contact, f"calls/{call.pk}/second/")
    assert urgent_calls.confirmed(contact, at=timezone.now())


@pytest.mark.parametrize("result", ["no_answer", "officer_only", "not_confirmed"])
def test_what_does_not_confirm_keeps_no_records_and_takes_an_earlier_answer_back(analyst, result):
    contact = contact_at("taken", taken_by=analyst)
    call_about(contact, by=analyst, result=result)
    with pytest.raises(NotAllowed):
        urgent_calls.hold(contact, by=analyst)
    earlier = timezone.now() - timedelta(hours=1)
    call_about(contact, by=analyst, called_at=earlier)
    assert urgent_calls.confirmed(contact, at=timezone.now()) == (result == "no_answer")


def test_calls_to_another_agency_or_about_another_contact_count_nothing(analyst):
    contact, other = contact_at("taken", taken_by=analyst), contact_at("taken", taken_by=analyst)
    call = call_about(other, by=analyst)
    assert not urgent_calls.confirmed(contact, at=timezone.now())
    call_about(contact, by=analyst)
    assert urgent_calls.confirmed(contact, at=timezone.now())
    assert client_for(make_staff("approver")).post(url(contact, f"calls/{call.pk}/second/")).status_code == 404
    urgent_calls.name_agency(contact, make_agency(), by=analyst)
    contact.refresh_from_db()
    assert not urgent_calls.confirmed(contact, at=timezone.now())
    foreign = call.number
    with pytest.raises(NotAllowed):
        urgent_calls.record_call(contact, number=foreign, result="confirmed", spoke_to="X", by=analyst)


def test_nothing_is_done_before_it_is_taken_and_the_second_who_takes_reads_who_has_it(analyst):
    contact, other = contact_at("new"), make_staff("analyst")
    for act in ("call/", "hold/", "end/"):
        data = {"way": "liaison", "result": "confirmed", "spoke_to": "X"} if act == "call/" else {}
        answer = posted(analyst, contact, act, data)
        assert "Take it first" in answer or "state has changed" in answer or "has access here now" in answer
    assert not PreservationHold.objects.exists()
    posted(analyst, contact, "take/")
    assert f"{analyst.get_full_name()} was faster" in posted(other, contact, "take/")
    contact.refresh_from_db()
    assert contact.taken_by == analyst
    assert AuditEvent.objects.filter(action="urgent.taken").count() == 1


def test_turning_away_needs_a_reason_that_staff_alone_read(analyst):
    contact = contact_at("taken", taken_by=analyst, place_hash="b" * 64)
    waiting = contact_at("new", place_hash="b" * 64)
    client = client_for(analyst)
    answer = client.post(url(contact, "turn-away/"), {"reason": " ", "spam": "on"})
    assert answer.status_code == 422
    assert page(answer).select_one("input[name=spam]").has_attr("checked")
    client.post(url(contact, "turn-away/"), {"reason": "The agency knows nobody", "spam": "on", "others": "on"})
    contact.refresh_from_db(), waiting.refresh_from_db()
    assert (contact.status, waiting.status) == ("turned_away", "turned_away")
    assert "knows nobody" not in words(client_for(analyst).get(f"/emergency/no-account/{contact.uid}/"))
    assert not OutboundMessage.objects.exists()
    assert "already" in posted(analyst, contact, "turn-away/", {"reason": "Again"})


@pytest.mark.parametrize("keep", [False, True])
def test_turning_away_ends_the_hold_of_the_agency_unless_somebody_keeps_it(analyst, keep):
    contact = contact_at("taken", taken_by=analyst)
    assert "keep_hold" not in client_for(analyst).get(url(contact, "turn-away/")).content.decode()
    call_about(contact, by=analyst)
    hold = urgent_calls.hold(contact, by=analyst).hold
    assert "keep_hold" in client_for(analyst).get(url(contact, "turn-away/")).content.decode()
    posted(analyst, contact, "turn-away/", {"reason": "No such officer"} | ({"keep_hold": "on"} if keep else {}))
    hold.refresh_from_db()
    assert hold.status == (HoldStatus.ACTIVE if keep else HoldStatus.RELEASED)
    turned = json.loads(bytes(AuditEvent.objects.get(action="urgent.turned_away").payload))
    assert turned["data"]["hold"] == ("kept" if keep else "ended")
    ended = AuditEvent.objects.filter(action="hold.called_off")
    assert [event.reason for event in ended] == ([] if keep else [f"{contact.reference} was turned away."])
    assert not OutboundMessage.objects.filter(event="hold_released").exists()


def test_a_hold_that_is_the_officers_outlives_that_it_was_turned_away(analyst):
    contact = contact_at("taken", taken_by=analyst)
    make_officer(contact.agency, email=contact.email)
    call_about(contact, by=analyst)
    hold = urgent_calls.hold(contact, by=analyst).hold
    urgent_contacts.turn_away(contact, reason="Has access", by=analyst)
    hold.refresh_from_db()
    assert hold.status == HoldStatus.ACTIVE


def test_who_told_what_was_turned_away_is_forgotten_after_its_time(analyst):
    at = timezone.now() - urgent_contacts.KEPT
    old = contact_at("turned_away", at=at - timedelta(days=2), ended_at=at - timedelta(hours=1), ended_by=analyst,
                     ended_reason="Torunn Vaage is unknown there")  # fmt: skip
    younger = contact_at("turned_away", at=at, ended_at=at + timedelta(hours=1), ended_by=analyst)
    open_one = contact_at("new", at=at - timedelta(days=9))
    assert (urgent_contacts.forget(), urgent_contacts.forget()) == (1, 0)
    old.refresh_from_db(), younger.refresh_from_db(), open_one.refresh_from_db()
    kept = [field.attname for field in old._meta.concrete_fields if getattr(old, field.attname)]
    said = {"full_name", "rank", "email", "phone", "agency_words", "supervisor", "danger", "identifiers",
            "ended_reason", "place_hash"}  # fmt: skip
    assert not said & set(kept)
    assert younger.full_name == open_one.full_name == "Torunn Vaage"
    assert AuditEvent.objects.get(action="urgent.forgotten").object_label == old.reference
    shown = words(client_for(analyst).get(url(old)))
    assert "Deleted, 90 days after it was turned away" in shown
    assert "Deleted" in words(client_for(analyst).get(f"{LIST}?show=ended"))


def test_who_has_access_already_is_led_there(analyst):
    contact = contact_at("taken", taken_by=analyst)
    with pytest.raises(NotAllowed):
        urgent_contacts.end(contact, by=analyst)
    officer = make_officer(contact.agency, email=contact.email)
    call_about(contact, by=analyst)
    held = urgent_calls.hold(contact, by=analyst).hold
    held.refresh_from_db()
    assert held.officer == officer
    assert "they have access" in posted(analyst, contact, "end/").lower()
    AgencyMembership.objects.filter(user=officer).update(suspended_at=timezone.now())
    assert urgent_contacts.officer_of(contact) is None


def test_only_who_vets_sees_it_and_nobody_with_a_conflict(analyst):
    contact = contact_at("new")
    readers = {name: make_staff(name) for name in ("approver", "auditor", "counsel", "custodian", "administrator")}
    seen = {name: client_for(user).get(url(contact)).status_code for name, user in readers.items()}
    assert seen == {"approver": 200, "auditor": 200, "counsel": 403, "custodian": 403, "administrator": 403}
    assert client_for(readers["approver"]).post(url(contact, "take/")).status_code == 403
    assert client_for(readers["auditor"]).post(url(contact, "turn-away/"), {"reason": "x"}).status_code == 403
    assert AuditEvent.objects.filter(action="urgent.viewed").count() == 2
    assert urgent_contacts.waiting(analyst) == 1
    analyst.conflicts.create(agency=contact.agency, reason="A sister works there", declared_at=timezone.now())
    assert urgent_contacts.waiting(analyst) == 0
    client = client_for(analyst)
    assert client.get(url(contact)).status_code == 404
    assert client.post(url(contact, "take/")).status_code == 404
    assert DANGER not in words(client.get(LIST))
    elsewhere = make_staff("analyst", provider=make_provider(name="Other", slug="other", reference_prefix="OT"))
    assert client_for(elsewhere).get(url(contact)).status_code == 404
    assert client_for(make_officer(contact.agency)).get(url(contact)).status_code == 404


def test_every_move_by_everybody(analyst):
    people = {
        "analyst": analyst, "approver": make_staff("approver"), "auditor": make_staff("auditor"),
        "officer": make_officer(), "nobody": make_user(), "system": None,
    }  # fmt: skip
    allowed = {
        "new": {"take": {"analyst"}, "turn_away": {"analyst"}, "let_in": {"system"}},
        "taken": {"turn_away": {"analyst"}, "end": {"analyst"}, "let_in": {"system"}},
        "let_in": {}, "turned_away": {},
    }  # fmt: skip
    for state, moves in allowed.items():
        contact = contact_at(state)
        for name, person in people.items():
            found = set(urgent_workflow.available_actions(contact, person))
            assert found == {action for action, who in moves.items() if name in who}, (state, name)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(analyst, rows, django_assert_num_queries):
    contacts = [contact_at("taken", taken_by=make_staff("analyst")) for _row in range(rows)]
    client = client_for(analyst)
    client.get(LIST)
    with django_assert_num_queries(7):
        answer = client.get(LIST)
    shown = {link.get_text() for link in page(answer).select("a.app-ref")}
    assert shown == {contact.reference for contact in contacts}


def test_an_ended_one_moves_no_more(analyst):
    contact = contact_at("turned_away", ended_at=timezone.now() + timedelta(minutes=1))
    call = call_about(contact, by=make_staff("analyst"), alternative="liaison")
    with pytest.raises(TransitionRefused):
        urgent_calls.second(contact, call, by=analyst)
    with pytest.raises(TransitionRefused):
        urgent_calls.record_call(contact, alternative="liaison", result="confirmed", spoke_to="X", by=analyst)
    with pytest.raises(TransitionRefused):
        urgent_contacts.take(contact, by=analyst)
