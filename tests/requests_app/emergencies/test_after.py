"""After an emergency: the agency is told, process is asked for, sent, read and chased; what is missing has a price."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.enums import SettledHow
from requests_app.events import Event
from requests_app.models import Assignment, DataRequest, EmergencyCase
from requests_app.services import emergency_after, emergency_settling
from tests.factories import process_type
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.emergencies.aftermath import found_clean, paper, released_emergency
from tests.requests_app.officer.helpers import date_of, make_desk
from tests.requests_app.officer.test_emergency import answers

pytestmark = pytest.mark.django_db
ADDRESS = "post@nordvik-police.example"


def mails(event):
    return OutboundMessage.objects.filter(event=event)


def order(**changes):
    values = {"how": "process", "process_type": process_type().pk, "issuing_authority": "Nordvik District Court",
              **date_of("issued_on", 20, 11, 2025), "docket": "26-1", "upload": paper()}  # fmt: skip
    return values | changes


def overdue(**columns):
    """An emergency after which nothing came in time."""
    row = released_emergency(**columns)
    EmergencyCase.objects.filter(data_request=row).update(process_due_at=timezone.now() - timedelta(minutes=1))
    return row


def test_a_release_tells_the_agency_and_asks_for_process_once():
    at = timezone.now().replace(microsecond=0)
    row = released_emergency(at=at, officer=make_officer(make_agency(generic_address=ADDRESS)))
    emergency_after.released(row, at=at + timedelta(hours=1))
    told = mails("emergency_released").get()
    assert told.to_address == ADDRESS
    assert row.reference in told.body_text
    assert row.officer.get_full_name() in told.body_text
    assert "missing" not in told.body_text
    assert "ACC-" not in told.body_text
    assert row.case_number not in told.body_text
    case = row.emergency_case
    assert case.agency_told_at == at
    assert case.process_rule.startswith("business_days")
    # Five working days: from a Sunday evening less than five days, over a holiday at the weekend eight.
    assert timedelta(days=4) < case.process_due_at - at <= timedelta(days=9)
    assert mails("emergency_process_asked").get().to_user == row.officer
    assert entries_for(row).filter(action=Event.PROCESS_DEMANDED).count() == 1


@pytest.mark.parametrize("columns", [{"restricted": True}, {"officer": None}])
def test_where_no_mail_can_go_staff_tell_the_agency_and_record_it(columns):
    agency = make_agency(generic_address=ADDRESS if "restricted" in columns else "")
    row = released_emergency(**columns | {"officer": make_officer(agency)})
    people = row.test_people
    row.named_readers.add(people.analyst)
    if "restricted" not in columns:
        assert people.analyst in [m.to_user for m in mails("emergency_agency_by_hand")]
    assert not mails("emergency_released").exists()
    client = client_for(people.analyst)
    url = reverse("staff:emergency_told", args=[row.reference])
    assert client.post(url, {"note": ""}).status_code == 422
    client.post(url, {"note": "Letter to the chief."})
    case = EmergencyCase.objects.get(data_request=row)
    assert case.agency_told_at is not None
    assert client.post(url, {"note": "Again."}).status_code == 422
    assert entries_for(row).filter(action=Event.AGENCY_TOLD).get().reason == "Letter to the chief."


def test_what_the_law_compels_asks_for_nothing_and_neither_does_a_letter_alone():
    row = released_emergency(binding=True)
    assert row.emergency_case.process_due_at is None
    other = released_emergency(officer=row.officer)
    other.packages.get().lines.clear()
    EmergencyCase.objects.filter(data_request=other).delete()
    emergency_after.released(other, at=timezone.now())
    assert not EmergencyCase.objects.filter(data_request=other).exists()


def test_an_order_is_sent_sent_back_sent_again_and_accepted():
    row = released_emergency()
    people = row.test_people
    officer, analyst = client_for(row.officer), client_for(people.analyst)
    page, after = (
        reverse("officer:request", args=[row.reference]),
        reverse("officer:emergency_after", args=[row.reference]),
    )
    assert after in officer.get(page).content.decode()
    wrong = officer.post(after, order(issuing_authority="", docket="26-77"))
    assert wrong.status_code == 422
    assert "26-77" in wrong.content.decode()
    assert officer.post(after, order()).url == page
    assert officer.post(after, order()).url == page  # a second click finds it sent
    case = EmergencyCase.objects.get(data_request=row)
    assert (case.sent_how, row.orders.get().docket) == ("process", "26-1")
    assert row.orders.get().versions.get().document == case.document
    staff = reverse("staff:emergency_after", args=[row.reference])
    seen = {"seen": case.sent_at.isoformat()}
    accept, back = (reverse(f"staff:emergency_{name}", args=[row.reference]) for name in ("accept", "send_back"))
    assert b"not checked yet" in analyst.post(accept, seen).content
    assert analyst.post(back, seen | {"reason": ""}).status_code == 422
    assert analyst.post(back, seen | {"reason": "Page 2 is not signed."}).url == staff
    assert "Page 2 is not signed." in officer.get(page).content.decode()
    assert "Page 2" not in mails("emergency_process_back").get().body_text
    assert b"has sent nothing" in analyst.post(accept, seen).content
    officer.post(after, order(docket="26-2"))
    found_clean(row)
    assert b"Read it first" in analyst.post(accept, seen).content
    case.refresh_from_db()
    assert analyst.post(accept, {"seen": case.sent_at.isoformat(), "note": "Complete."}).url == staff
    case.refresh_from_db()
    assert (case.settled_how, case.settled_by) == ("process", people.analyst)
    assert mails("emergency_settled").get().to_user == row.officer
    assert "Complete." not in officer.get(page).content.decode()


def test_a_supervisor_confirms_that_there_will_be_none():
    row = released_emergency()
    client = client_for(row.officer)
    url = reverse("officer:emergency_after", args=[row.reference])
    nobody = client.post(url, {"how": "statement", "supervisor": "", "upload": paper()})
    assert "name and rank of the supervisor" in nobody.content.decode()
    client.post(url, {"how": "statement", "supervisor": "Chief Inspector K. Aas", "upload": paper("word.pdf")})
    case = EmergencyCase.objects.get(data_request=row)
    assert (case.sent_how, case.supervisor, row.orders.exists()) == ("statement", "Chief Inspector K. Aas", False)
    found_clean(row)
    emergency_settling.accept(row, seen=case.sent_at, by=row.test_people.analyst)
    assert emergency_after.running().count() == 0


def test_only_its_officer_sends_and_strangers_find_nothing():
    row = released_emergency()
    colleague, stranger = make_officer(row.agency), make_officer()
    url = reverse("officer:emergency_after", args=[row.reference])
    assert client_for(stranger).post(url, order()).status_code == 404
    assert client_for(colleague).post(url, order()).status_code == 404
    lead = make_officer(row.agency, lead=True)
    assert client_for(lead).post(url, order()).url == reverse("officer:request", args=[row.reference])
    with pytest.raises(NotAllowed):
        emergency_settling.send(row, {"upload": paper()}, how=SettledHow.PROCESS, by=lead)
    assert EmergencyCase.objects.get(data_request=row).sent_at is None


def test_what_is_late_stops_the_next_emergency_until_something_is_sent():
    make_desk()
    row = overdue()
    client = client_for(row.officer)
    page = client.get("/emergency/new/").content.decode()
    after = reverse("officer:emergency_after", args=[row.reference])
    assert after in page
    assert "Call" in page
    assert "Send emergency request" not in page
    refused = client.post("/emergency/new/", answers())
    assert refused.status_code == 422
    assert row.reference in refused.content.decode()
    assert "Girl, 14, missing since 16:10." in refused.content.decode()
    assert client_for(make_officer(row.agency)).post("/emergency/new/", answers()).status_code == 302
    client.post(after, order())
    assert client.post("/emergency/new/", answers()).status_code == 302
    assert DataRequest.objects.filter(officer=row.officer, status="submitted").count() == 1


def test_handing_the_request_over_does_not_free_who_had_the_records():
    row = overdue()
    colleague, first = make_officer(row.agency), row.officer
    row.hand_overs.create(
        from_officer=first, to_officer=colleague, reason="Shift", status="done", asked_by=first, asked_at=timezone.now()
    )
    DataRequest.objects.filter(pk=row.pk).update(officer=colleague)
    assert [case.data_request_id for case in emergency_after.blocking(first)] == [row.pk]
    assert [case.data_request_id for case in emergency_after.blocking(colleague)] == [row.pk]


def test_where_the_law_compels_an_answer_nobody_is_stopped():
    make_desk()
    row = overdue()
    row.process_type.__class__.objects.filter(is_emergency=True).update(compels=True)
    assert emergency_after.blocking(row.officer)
    assert client_for(row.officer).post("/emergency/new/", answers()).status_code == 302


def test_who_signs_decisions_may_excuse_with_a_reason_and_nobody_else():
    row = overdue()
    people = row.test_people
    url = reverse("staff:emergency_excuse", args=[row.reference])
    assert client_for(people.analyst).post(url, {"reason": "Found alive."}).status_code == 403
    asked = client_for(people.approver, factor_age=3600).post(url, {"reason": "Found alive."})
    assert asked.status_code == 302
    assert EmergencyCase.objects.get(data_request=row).settled_at is None
    client = client_for(people.approver)
    assert client.post(url, {"reason": " "}).status_code == 422
    client.post(url, {"reason": "Found alive."})
    case = EmergencyCase.objects.get(data_request=row)
    assert (case.settled_how, case.settled_note) == ("excused", "Found alive.")
    with pytest.raises(TransitionRefused):
        emergency_settling.excuse(row, reason="Again", by=people.approver)
    assert not emergency_after.blocking(row.officer)


def test_the_clock_tells_the_officer_then_the_agency_and_the_desk():
    row = released_emergency(officer=make_officer(make_agency(generic_address=ADDRESS)))
    analyst = row.test_people.analyst
    DataRequest.objects.filter(pk=row.pk).update(assignee=analyst)
    Assignment.objects.filter(data_request=row).delete()
    case = row.emergency_case
    EmergencyCase.objects.filter(pk=case.pk).update(filed_at=timezone.now() - timedelta(days=3))
    due = case.process_due_at
    told = []
    for at in (due - timedelta(days=1), due, due, due + timedelta(days=3)):
        remind(at=at, only="emergency_process")
        told.append(tuple(mails(f"emergency_process_{name}").count() for name in ("due", "agency", "missing")))
    assert told == [(1, 0, 0), (2, 1, 1), (2, 1, 1), (3, 2, 2)]
    assert {m.to_address for m in mails("emergency_process_agency")} == {ADDRESS}
    reader = make_staff("approver")
    shown = list(emergency_after.listing(reader, due - timedelta(days=1), due + timedelta(days=1)))
    assert [one.label for one in shown] == [row.reference]
    DataRequest.objects.filter(pk=row.pk).update(restricted=True)
    assert not list(emergency_after.listing(reader, due - timedelta(days=1), due + timedelta(days=1)))
