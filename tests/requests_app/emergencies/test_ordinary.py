"""An emergency that is none goes on as an ordinary request, with everything typed, and ends what it set off."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.running_clocks import clock_named
from preservation.models import PreservationHold
from requests_app.enums import Rank
from requests_app.events import Event
from requests_app.models import DataRequest, LegalProcess, OrderUse, OrderVersion
from requests_app.services import drafts, intake, not_emergency
from requests_app.services.preflight import Step
from tests.factories import clean_pdf, process_type, request_at
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.emergencies.aftermath import emergency_in, released_emergency
from tests.requests_app.officer.helpers import make_desk
from tests.requests_app.officer.test_emergency import answers

pytestmark = pytest.mark.django_db
WHY = "Nobody is named who could be hurt."


def filed():
    """An emergency as the form files it."""
    make_desk()
    officer = make_officer(language="fr")
    client_for(officer).post("/emergency/new/", answers())
    return DataRequest.objects.get()


def give_an_order(row, at):
    """The parts that the task list still asks for."""
    process = LegalProcess.objects.create(
        agency=row.agency, process_type=process_type(), section_of_law="Section 210", signatory="Judge A. Berg",
        issuing_authority="Nordvik District Court", docket="26-1", created_at=at,
    )  # fmt: skip
    OrderUse.objects.create(data_request=row, process=process, added_at=at)
    pdf = clean_pdf(row.officer, at=at)
    row.documents.create(document=pdf, role="order", added_at=at, added_by=row.officer)
    OrderVersion.objects.create(process=process, issued_on=at.date(), document=pdf, received_at=at)
    facts = {"title": "Missing girl", "case_number": "NV 26/1", "offence": "Abduction", "facts": row.facts,
             "connection": row.connection}  # fmt: skip
    row = drafts.save_step(row, Step.FACTS, facts, version=row.lock_version, by=row.officer)
    asked = {"secrecy_asked": False, "clause": "", "until": None}
    return drafts.save_step(row, Step.NOTICE, asked, version=row.lock_version, by=row.officer)


def test_it_is_a_draft_with_everything_typed_and_its_alert_ends():
    row, analyst = filed(), make_staff("analyst")
    client = client_for(analyst)
    page = client.get(reverse("staff:request", args=[row.reference])).content.decode()
    url = reverse("staff:not_emergency", args=[row.reference])
    assert url in page
    assert clock_named("emergency_take").running().exists()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": WHY}).url == reverse("staff:queue")
    made = DataRequest.objects.get(pk=row.pk)
    assert (made.status, made.kind, made.rank, made.reference) == ("draft", "disclosure", Rank.ROUTINE, row.reference)
    assert "Girl, 14, missing since 16:10." in made.facts
    assert made.connection == "Shows where she is."
    assert made.targets.count() == 2
    assert {asked["category"] for asked in made.records_asked} == {
        "registration",
        "logins",
    }
    assert made.process_type is None
    assert made.emergency == row.emergency
    case = made.emergency_case
    assert (case.ordinary_by, case.ordinary_reason) == (analyst, WHY)
    assert not clock_named("emergency_take").running().exists()
    told = OutboundMessage.objects.get(event="not_an_emergency")
    assert told.to_user == row.officer
    assert told.language == "fr"
    assert WHY not in told.body_text
    officer = client_for(row.officer)
    draft = officer.get(reverse("officer:draft", args=[made.uid])).content.decode()
    assert WHY in draft
    assert "Hold the records meanwhile" in draft
    assert "+44 20 7946 0112" in draft.replace("\xa0", " ")
    assert client.post(url, {"reason": WHY}).status_code == 404  # it is with the officer now
    with pytest.raises((NotAllowed, TransitionRefused)):
        not_emergency.go_on_as_ordinary(row, reason=WHY, by=make_staff("analyst"))


def test_sent_again_it_is_an_ordinary_request_and_staff_still_read_what_it_said():
    row, analyst, at = filed(), make_staff("analyst"), timezone.now()
    made = not_emergency.go_on_as_ordinary(row, reason=WHY, by=analyst)
    made = give_an_order(made, at)
    alerts = OutboundMessage.objects.filter(event="emergency_alert").count()
    sent = intake.submit(made, version=made.lock_version, declared=True, by=made.officer, at=at)
    assert (sent.status, sent.rank, sent.reference) == ("submitted", Rank.ROUTINE, row.reference)
    assert sent.deadline_at - at > timedelta(days=3)
    assert sent.first_look_due_at - at > timedelta(hours=1)
    assert sent.lines.count() == 4
    assert sent.alert_id == row.alert_id
    assert OutboundMessage.objects.filter(event="emergency_alert").count() == alerts
    page = client_for(analyst).get(reverse("staff:request", args=[sent.reference])).content.decode()
    assert "Filed as an emergency" in page
    assert "Girl, 14" in page
    assert "cannot be granted before" not in page
    thread = client_for(analyst).get(reverse("staff:messages", args=[sent.reference])).content.decode()
    assert WHY in thread


def test_it_can_be_said_in_review_too_and_who_has_it_lets_go():
    row = emergency_in("in_review")
    people = row.test_people
    row.lines.update(decision="produce", ground="It averts the harm.")
    made = not_emergency.go_on_as_ordinary(row, reason=WHY, by=people.analyst)
    assert made.assignee is None
    assert not made.assignments.filter(ended_at=None).exists()
    assert set(made.lines.values_list("decision", "ground")) == {("open", "")}
    assert entries_for(made).filter(action=Event.MADE_ORDINARY).get().reason == WHY


@pytest.mark.parametrize("status", ["draft", "awaiting_officer", "awaiting_approval", "granted", "produced", "closed"])
def test_not_once_it_is_asked_decided_or_given(status):
    row = request_at(status, kind="emergency")
    with pytest.raises((NotAllowed, TransitionRefused)):
        not_emergency.go_on_as_ordinary(row, reason=WHY, by=make_staff("analyst"))


def test_who_may_not_and_what_is_none():
    row = emergency_in("submitted")
    url = reverse("staff:not_emergency", args=[row.reference])
    assert client_for(make_staff("approver")).post(url, {"reason": WHY}).status_code == 403
    assert client_for(row.officer).post(url, {"reason": WHY}).status_code == 404
    recorder = make_staff("analyst")
    DataRequest.objects.filter(pk=row.pk).update(recorded_by=recorder)
    with pytest.raises(NotAllowed):
        not_emergency.go_on_as_ordinary(row, reason=WHY, by=recorder)
    analyst = make_staff("analyst")
    with pytest.raises(Incomplete):
        not_emergency.go_on_as_ordinary(row, reason=" ", by=analyst)
    stale = client_for(analyst, factor_age=3600)
    assert stale.post(url, {"reason": WHY}).status_code == 302
    assert DataRequest.objects.get(pk=row.pk).status == "submitted"
    with pytest.raises(NotAllowed):
        not_emergency.go_on_as_ordinary(request_at("submitted"), reason=WHY, by=analyst)
    given = released_emergency()
    DataRequest.objects.filter(pk=given.pk).update(status="in_review")
    with pytest.raises(TransitionRefused, match="prepared already"):
        not_emergency.go_on_as_ordinary(given, reason=WHY, by=analyst)


def test_a_restricted_one_is_nobody_elses_business():
    row = emergency_in("submitted", restricted=True)
    url = reverse("staff:not_emergency", args=[row.reference])
    assert client_for(make_staff("analyst")).post(url, {"reason": WHY}).status_code == 404
    after = reverse("staff:emergency_after", args=[row.reference])
    assert client_for(make_staff("analyst")).get(after).status_code == 404


def test_a_hold_meanwhile_is_one_draft_with_what_was_named():
    row = filed()
    not_emergency.go_on_as_ordinary(row, reason=WHY, by=make_staff("analyst"))
    client = client_for(row.officer)
    url = reverse("officer:emergency_hold", args=[row.reference])
    assert not PreservationHold.objects.exists()
    assert client.get(url).status_code == 302
    first, second = client.post(url), client.post(url)
    hold = PreservationHold.objects.get()
    assert first.url == second.url == reverse("holds:reason", args=[hold.uid])
    assert hold.identifiers.count() == 2
    assert hold.categories == ["registration", "logins"]
    assert client_for(make_officer()).post(url).status_code == 404
    other = client_for(row.officer)
    ordinary = request_at("submitted", officer=row.officer)
    other.post(reverse("officer:emergency_hold", args=[ordinary.reference]))
    assert PreservationHold.objects.count() == 1
