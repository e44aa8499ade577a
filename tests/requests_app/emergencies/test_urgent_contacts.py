"""An emergency told without an account: who is paged, what is begun, and what a flood of them cannot do."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Absence, AccessApplication, TeamMembership
from accounts.services import applications
from foundation.audit.models import AuditEvent
from foundation.core.errors import PortalError
from foundation.core.identifier_lines import read_line
from foundation.notifications.models import Hook, HookCall, OutboundMessage
from foundation.notifications.reminders import remind
from foundation.providers.models import Team
from requests_app.models import DataRequest, RotaDuty, RotaStep, UrgentContact
from requests_app.services import urgent_contacts
from tests.accounts.helpers import last_mail, link_in, page, words
from tests.factories import clean_pdf
from tests.people import PASSWORD, client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
URL = "/emergency/no-account/"
DANGER = "The lighthouse keeper's daughter is held for ransom."
TYPED = {
    "danger": DANGER, "identifiers": "hostage@mail.example", "full_name": "Torunn Vaage", "rank": "Sergeant",
    "email": "t.vaage@nordvik-police.example", "phone": "+44 1632 960777", "agency_words": "Nordvik Police",
    "country": "NO", "supervisor": "Ola Berg", "attest": "on",
}  # fmt: skip


@pytest.fixture
def agency():
    make_provider()
    return make_agency("Nordvik Police", domain="nordvik-police.example")


def send(client=None, **changes):
    return (client or Client()).post(URL, TYPED | {"key": str(uuid4())} | changes)


def told(*, email="t.vaage@nordvik-police.example", place="198.51.100.7", at=None, **changes):
    values = {name: TYPED[name] for name in TYPED if name not in {"identifiers", "attest"}} | {"email": email} | changes
    return urgent_contacts.tell(
        make_provider(), key=uuid4(), values=values, identifiers=[read_line("hostage@mail.example")], place=place, at=at
    )


def test_what_is_told_pages_who_is_on_call_and_begins_an_application_filled_in(agency):
    analyst, other, auditor = make_staff("analyst"), make_staff("analyst"), make_staff("auditor")
    team = Team.objects.create(provider=make_provider(), name="Night", on_call_address="night@meridian.example")
    TeamMembership.objects.create(team=team, user=analyst, on_call=True)
    Hook.objects.create(name="Pager", url="https://pager.example/x", events=["emergency.without_account"],
                        created_at=timezone.now(), created_by=other, secret_sealed="x")  # fmt: skip
    client = Client()
    answer = send(client)
    contact = UrgentContact.objects.get()
    assert answer.status_code == 302
    said = words(client.get(answer["Location"]))
    assert contact.reference in said.replace(" ", "")
    assert settings.EMERGENCY_PHONE in said
    assert DANGER not in said
    assert "hostage" not in said

    pages = OutboundMessage.objects.filter(event="urgent_contact")
    assert {m.to_address for m in pages} == {"night@meridian.example", analyst.email}
    assert other.email not in {m.to_address for m in pages}
    assert auditor.email not in {m.to_address for m in pages}
    call = HookCall.objects.get()
    assert call.urgent
    assert set(call.payload["data"]) == {"reference", "link"}
    for text in [m.body_text + m.subject for m in OutboundMessage.objects.all()] + [str(call.payload)]:
        assert not any(secret in text for secret in (DANGER, "hostage", "Torunn", "Vaage", "Nordvik"))

    assert DataRequest.objects.count() == 0
    assert contact.agency == agency
    application = contact.application
    assert (application.full_name, application.phone) == ("Torunn Vaage", "+441632960777")
    link = link_in(last_mail("access_confirm_urgent"))
    client.post(link, {"password": PASSWORD, "rules": settings.RULES_VERSION})
    application.refresh_from_db()
    assert (application.status, application.supervisor_name) == ("draft", "Ola Berg")
    trail = AuditEvent.objects.filter(object_label=contact.reference).values_list("action", flat=True)
    assert list(trail) == ["urgent.told"]


def test_the_first_page_goes_to_who_is_on_duty_by_the_rota_and_else_to_everybody(agency):
    on_duty, away, other = make_staff("analyst"), make_staff("analyst"), make_staff("analyst")
    team = Team.objects.create(provider=make_provider(), name="Night", on_call_address="night@meridian.example")
    TeamMembership.objects.create(team=team, user=other, on_call=True)
    empty, second = (
        RotaStep.objects.create(provider=make_provider(), position=number, name=f"Step {number}") for number in (1, 2)
    )
    RotaDuty.objects.create(step=empty, user=away)
    RotaDuty.objects.create(step=second, user=on_duty)
    today = timezone.now().date()
    Absence.objects.create(user=away, first_day=today - timedelta(days=1), last_day=today + timedelta(days=1),
                           entered_at=timezone.now(), entered_by=away)  # fmt: skip
    told()
    assert [m.to_address for m in OutboundMessage.objects.filter(event="urgent_contact")] == [on_duty.email]
    OutboundMessage.objects.all().delete()
    on_duty.conflicts.create(agency=agency, reason="A sister works there", declared_at=timezone.now())
    told(email="o.berg@nordvik-police.example")
    paged = {m.to_address for m in OutboundMessage.objects.filter(event="urgent_contact")}
    assert paged == {"night@meridian.example", other.email}


def test_the_same_press_of_the_button_tells_once(agency):
    key = str(uuid4())
    first, second = send(key=key), send(key=key)
    assert first["Location"] == second["Location"]
    assert UrgentContact.objects.count() == AccessApplication.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words_of"),
    [
        ({"email": "t.vaage@gmail.com"}, "mail service that anybody can join"),
        ({"phone": "96077"}, "country code"),
        ({"supervisor": "torunn vaage"}, "your own name"),
        ({"identifiers": "0x12"}, "Line 1"),
        ({"attest": ""}, "Tick the statement"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(agency, changes, words_of):
    answer = send(**changes)
    assert answer.status_code == 422
    assert words_of in words(answer)
    assert DANGER in page(answer).select_one("textarea[name=danger]").get_text()
    assert not UrgentContact.objects.exists()
    assert not OutboundMessage.objects.exists()


def test_the_registry_can_be_searched_without_losing_what_was_typed(agency):
    other = make_agency("Nordvik Harbour Guard")
    answer = send(find="1", agency_words="nordvik", email="someone@unknown-police.example")
    soup = page(answer)
    found = {item["value"] for item in soup.select("input[name=agency]")}
    assert found == {str(agency.uid), str(other.uid), "words"}
    assert soup.select_one("input[name=full_name]")["value"] == "Torunn Vaage"
    assert "nordvik-police.example" not in str(soup.main), "no domain of an agency is shown"
    assert not UrgentContact.objects.exists()
    send(agency_words="nordvik", agency=str(other.uid), email="someone@unknown-police.example")
    assert UrgentContact.objects.get().agency == other


def test_the_answer_is_the_same_with_an_account_and_changes_nothing_of_it(agency):
    officer = make_officer(agency, email="t.vaage@nordvik-police.example", full_name="Somebody Else")
    answer = send()
    assert answer.status_code == 302
    contact = UrgentContact.objects.get()
    assert contact.application is None
    assert OutboundMessage.objects.filter(event="access_known", to_user_id=officer.pk).count() == 1
    officer.refresh_from_db()
    assert officer.full_name == "Somebody Else"
    assert client_for(officer).get(URL)["Location"] == "/emergency/new/"


def test_a_flood_is_limited_by_network_address_and_minute_and_hides_nothing(agency):
    make_staff("analyst")
    at = timezone.now()
    for number in range(6):
        told(email=f"officer{number}@nordvik-police.example", at=at)
    with pytest.raises(PortalError, match="within an hour"):
        told(email="officer9@nordvik-police.example", place="198.51.100.99", at=at)
    for number in range(3):
        told(place=f"203.0.{number}.1", at=at)
    with pytest.raises(PortalError, match="within an hour"):
        told(place="203.0.9.1", at=at)
    assert UrgentContact.objects.count() == 9
    assert OutboundMessage.objects.filter(event="urgent_contact").count() == 5, "five pages a minute, then one for all"

    remind(at=at + timedelta(minutes=5), urgent_only=True)
    again = OutboundMessage.objects.filter(event="urgent_contacts_wait")
    assert [("9 without an account" in m.subject, m.urgent) for m in again] == [(True, True)]


def test_where_no_page_left_the_number_stands_first_and_nothing_is_promised(agency):
    make_staff("analyst")
    contact = told(at=timezone.now() - timedelta(minutes=2))
    promises = ("is being paged", "Tell your control room", "within 10 minutes")
    answer = Client().get(f"{URL}{contact.uid}/")
    said = words(answer)
    assert said.index("No page has left our system yet") < said.index("We know of the emergency")
    assert page(answer).select_one('[data-poll] > .govuk-warning-text a[href^="tel:+"]')
    assert not [promise for promise in promises if promise in said]
    OutboundMessage.objects.filter(event="urgent_contact").update(state="done", finished_at=timezone.now())
    said = words(Client().get(f"{URL}{contact.uid}/"))
    assert "No page has left" not in said
    assert all(promise in said for promise in promises[1:])


def test_nobody_takes_it_and_more_people_are_paged_until_somebody_does(agency):
    analyst, approver = make_staff("analyst"), make_staff("approver")
    at = timezone.now() - timedelta(hours=1)
    contact = told(at=at)
    remind(at=at + timedelta(minutes=5), urgent_only=True)
    remind(at=at + timedelta(minutes=15), urgent_only=True)
    waits = OutboundMessage.objects.filter(event="urgent_contacts_wait").order_by("pk")
    assert [m.to_address for m in waits] == [analyst.email, analyst.email, approver.email]
    urgent_contacts.take(contact, by=analyst, at=at + timedelta(minutes=16))
    remind(at=at + timedelta(minutes=40), urgent_only=True)
    assert waits.count() == 3
    assert AuditEvent.objects.filter(action="urgent.escalated").count() == 1


def test_spam_shuts_its_network_out_for_a_day_and_no_other(agency):
    analyst, at = make_staff("analyst"), timezone.now()
    first, second = told(at=at), told(email="b@nordvik-police.example", at=at)
    elsewhere = told(email="c@nordvik-police.example", place="203.0.113.5", at=at)
    assert urgent_contacts.turn_away(first, reason="Advertising", spam=True, others=True, by=analyst, at=at) == 2
    second.refresh_from_db(), elsewhere.refresh_from_db()
    assert (second.status, elsewhere.status) == ("turned_away", "new")
    first.application.refresh_from_db()
    assert first.application.urgent_at is None
    with pytest.raises(PortalError, match="today"):
        told(email="d@nordvik-police.example", at=at + timedelta(hours=23))
    told(email="d@nordvik-police.example", at=at + timedelta(hours=25))


def test_its_application_stands_first_whatever_is_overdue_and_is_due_in_minutes(agency):
    analyst, at = make_staff("analyst"), timezone.now()
    overdue = AccessApplication.objects.create(
        reference="AC-26-0000000", email="x@nordvik-police.example", status="submitted", verdict="known_agency",
        created_at=at, submitted_at=at - timedelta(days=9), due_at=at - timedelta(days=4), agency=agency,
    )  # fmt: skip
    contact = told(at=at)
    row = contact.application
    token = link_in(last_mail("access_confirm_urgent")).split("/")[-2]
    user = applications.confirm(row, token=token, password=PASSWORD, at=at)
    AccessApplication.objects.filter(pk=row.pk).update(
        badge="77", supervisor_contact="12", identity_document=clean_pdf(user), agency=agency
    )
    sent = applications.submit(AccessApplication.objects.get(pk=row.pk), by=user, at=at)
    assert sent.due_at == at + timedelta(minutes=30)
    assert last_mail("access_urgent").to_address == analyst.email
    shown = [link.get_text() for link in page(client_for(analyst).get("/staff/access/")).select("a.app-ref")]
    assert shown == [sent.reference, overdue.reference]
