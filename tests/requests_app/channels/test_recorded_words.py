"""Pages of what came outside the portal speak of what stands there, and offer only what can be done."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.notifications.running_clocks import after, at_the_end
from requests_app.enums import Channel, Outcome, RequestStatus
from requests_app.models import DataRequest
from requests_app.services import evidence, recording, reminders
from requests_app.services.lacks import lacks
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.requests_app.channels.test_recording_service import values

pytestmark = pytest.mark.django_db
ADVICE = ("Give ", "Say ", "Add ", "Choose ", "Name ", "Write ", "Type ", "Send ")


@pytest.fixture
def row():
    recorder, provider = make_staff(), make_provider()
    made = recording.record(values(provider, make_agency()), channel=Channel.POST, by=recorder)
    return DataRequest.objects.get(pk=made.pk)


@pytest.mark.parametrize("kind", ["disclosure", "enquiry", "freeze"])
def test_what_it_lacks_speaks_of_the_paper_and_gives_no_advice(row, kind):
    row.kind, row.case_number, row.secrecy_asked, row.records_asked = kind, "", None, []
    found = lacks(row, timezone.now())
    assert "No case number of the agency is known" in found
    assert not [one for one in found if one.startswith(ADVICE) or "your" in one or "short name" in one]


def test_nobody_says_of_the_officer_what_staff_typed_and_no_made_up_address_is_shown(row):
    texts = " ".join(
        one.text for rule in evidence.evidence_of(row, targets=[], at=timezone.now()).values() for one in rule
    )
    assert "officer" not in texts
    reader, recorder = client_for(make_staff()), client_for(row.recorded_by)
    sent = reader.get(reverse("staff:sent", args=[row.reference])).text
    assert "addressee.invalid" not in sent
    assert row.recorded_by.get_full_name() in sent
    assert "Name who receives" in sent
    assert "Name who receives" not in recorder.get(reverse("staff:sent", args=[row.reference])).text
    approver = client_for(make_staff("approver"))
    page = approver.get(reverse("staff:sent", args=[row.reference])).text
    assert "Name who receives" not in page
    assert approver.get(reverse("staff:recorded", args=[row.reference])).status_code == 200
    DataRequest.objects.filter(pk=row.pk).update(officer=make_officer(is_active=False))
    assert "Name who receives" in reader.get(reverse("staff:sent", args=[row.reference])).text


def test_a_request_that_was_brought_over_shows_how_it_ended_and_offers_nothing(row):
    now = timezone.now()
    DataRequest.objects.filter(pk=row.pk).update(
        channel=Channel.HISTORY, status=RequestStatus.CLOSED, outcome=Outcome.IN_PART, closed_at=now, decided_at=now
    )
    client = client_for(make_staff())
    for name in ("request", "recorded"):
        page = client.get(reverse(f"staff:{name}", args=[row.reference])).text
        assert "In part" in page
        assert "It can only be read" in page
        assert not [
            said for said in ("Name who receives", "What it lacks", "Acknowledge", "open checks") if said in page
        ]


def test_stages_that_were_over_when_it_was_recorded_are_told_to_nobody(row, monkeypatch):
    told = []
    monkeypatch.setattr(reminders.notify, "first_look", lambda *args, **kwargs: told.append(args) or True)
    row.first_look_due_at = row.created_at - timedelta(days=2)
    for stage in (at_the_end(), after(days=1), after(days=3)):
        reminders.tell_first_look(row, stage, timezone.now())
    assert [stage.name for _row, stage in told] == ["after-3days"]
