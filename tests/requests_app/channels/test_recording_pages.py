"""Staff record what came outside the portal; whoever did decides nothing, and records go to a named officer only."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import CallBackResult, CallPurpose
from accounts.models import AgencyNumber, CallBack
from foundation.core.errors import NotAllowed
from foundation.core.identifier_lines import read_line
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.enums import Channel, IncomingStatus, RequestStatus
from requests_app.models import DataRequest, IncomingMessage
from requests_app.permissions import access_in_force, recipient_refusal, request_refusal
from requests_app.services import incoming, phone_holds, recipients
from tests.factories import entity_of, request_at, team_of
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.requests_app.channels.mails import mail, order_pdf
from tests.requests_app.channels.test_recording_service import values
from tests.url_inventory.walk import routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    provider = make_provider()
    team_of(provider), entity_of(provider)
    return provider


@pytest.fixture
def agency(provider):
    return make_agency(generic_address="post@nordvik.example")


def typed(page, **changes):
    """What somebody types into the page for recording."""
    given = {
        "key": page.context["form"]["key"].value(), "channel": "post", "arrived_at": "2026-06-04 14:30 +02:00",
        "officer": "nobody", "kind": "disclosure", "case_number": "K-2231/26", "facts": "A shop that never delivered.",
        "identifiers": "kari@mail.example", "categories": ["registration"],
        "first_day": "1", "first_month": "3", "first_year": "2026",
        "last_day": "31", "last_month": "3", "last_year": "2026",
    }  # fmt: skip
    return given | changes


def called(data_request, result=CallBackResult.CONFIRMED):
    number = AgencyNumber.objects.get(agency=data_request.agency)
    return CallBack.objects.create(
        about_reference=data_request.reference, purpose=CallPurpose.REQUEST, number=number, called_at=timezone.now(),
        called_by=make_staff(), spoke_to="Duty officer", result=result,
    )  # fmt: skip


def test_a_letter_is_recorded_on_its_page_and_shown_with_its_channel(agency):
    recorder, reader = client_for(make_staff()), client_for(make_staff())
    found = recorder.get(reverse("staff:record_choose"), {"words": agency.name})
    address = reverse("staff:record", args=[agency.uid])
    assert address in found.text
    page = recorder.get(address)
    upload = SimpleUploadedFile(*order_pdf())
    answer = recorder.post(address, typed(page, uploads=upload))
    assert answer.status_code == 302, answer.context["form"].errors
    row = DataRequest.objects.get()
    assert answer.url == reverse("staff:recorded", args=[row.reference])
    again = recorder.post(address, typed(page))
    assert again.url == answer.url
    assert DataRequest.objects.count() == 1
    assert row.documents.count() == 1
    assert (row.channel, row.lines.count()) == (Channel.POST, 1)
    told = recorder.get(answer.url)
    assert "Choose the type" in told.text or "post@nordvik.example" in told.text
    assert "Post" in reader.get(reverse("staff:queue"), {"channel": "post"}).text
    assert row.reference in reader.get(reverse("staff:queue"), {"channel": "post"}).text
    assert row.reference not in reader.get(reverse("staff:queue"), {"channel": "fax"}).text
    assert "Came outside the portal: Post." in reader.get(reverse("staff:request", args=[row.reference])).text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(agency):
    client = client_for(make_staff())
    address = reverse("staff:record", args=[agency.uid])
    page = client.get(address)
    wrong = {"identifiers": "not an identifier at all\nneither this", "channel": "treaty", "last_year": "2025"}
    answer = client.post(address, typed(page, **wrong))
    assert answer.status_code == 422
    for words in ("2 lines cannot be used", "name the authority it came through", "before the first day", "K-2231/26"):
        assert words in answer.text
    late = client.post(address, typed(page, arrived_at=f"{timezone.now() + timedelta(days=1):%Y-%m-%d} 10:00 Z"))
    assert late.status_code == 422
    assert "must not be in the future" in late.text
    assert not DataRequest.objects.exists()


def test_a_saved_mail_becomes_a_request_with_its_files(agency):
    client = client_for(make_staff())
    raw = mail(sender=f"kari@{agency.domains.get().domain}", files=(order_pdf(),)).as_bytes()
    answer = client.post(reverse("staff:incoming_add"), {"mail": SimpleUploadedFile("m.eml", raw)})
    message = IncomingMessage.objects.get()
    assert answer.url == reverse("staff:incoming_message", args=[message.uid])
    shown = client.get(answer.url)
    assert "spf=fail" in shown.text
    assert "Known agency" in shown.text or agency.name in shown.text
    address = f"{reverse('staff:record', args=[agency.uid])}?message={message.uid}"
    page = client.get(address)
    assert page.context["form"]["channel"].value() == "email"
    sent = typed(page, channel="email")
    first, second = client.post(address, sent), client.post(address, sent)
    row = DataRequest.objects.get()
    assert first.url == second.url == reverse("staff:recorded", args=[row.reference])
    message.refresh_from_db()
    assert (message.status, message.data_request) == (IncomingStatus.RECORDED, row)
    assert set(row.documents.values_list("role", flat=True)) == {"order", "supporting"}


def test_a_call_gives_a_note_and_nothing_is_kept_before_the_agency_confirmed(agency):
    client = client_for(make_staff())
    address = reverse("staff:record_call", args=[agency.uid])
    key = client.get(address).context["form"]["key"].value()
    told = {"key": key, "caller": "A voice", "text": "Keep it.", "case_number": "1", "identifiers": "kari@mail.example"}
    for _click in range(2):
        answer = client.post(address, told)
    assert client.get(answer.url).status_code == 200
    note, hold = IncomingMessage.objects.get(), PreservationHold.objects.get()
    assert (hold.status, note.channel) == ("draft", Channel.PHONE)
    assert not hold.officer.is_active
    assert not DataRequest.objects.exists()
    call, keep = (reverse(f"staff:incoming_{name}", args=[note.uid]) for name in ("call", "hold"))
    number = AgencyNumber.objects.get(agency=agency)
    AgencyNumber.objects.filter(pk=number.pk).update(confirmed_at=timezone.now() - timedelta(days=30))
    said = {"way": f"number-{number.pk}", "spoke_to": "Duty officer", "result": "confirmed", "note": ""}
    foreign = AgencyNumber.objects.get(agency=make_agency())
    client.post(keep)
    assert client.post(call, said | {"way": f"number-{foreign.pk}"}).status_code == 422
    for result in ("no_answer", "confirmed", "not_confirmed"):
        assert client.post(call, said | {"result": result}).status_code == 302
        if result != "confirmed":
            client.post(keep)
    hold.refresh_from_db()
    assert hold.status == "draft"
    client.post(call, said)
    assert reverse("staff:incoming_hold", args=[note.uid]) in client.get(answer.url).text
    for _click in range(2):
        client.post(keep)
    hold.refresh_from_db(), note.refresh_from_db()
    assert (hold.status, hold.starts_at is not None, note.status) == ("active", True, IncomingStatus.DISMISSED)
    shown = client.get(answer.url).text
    assert hold.reference in shown
    assert "Why is this" not in shown
    assert client.post(call, said).status_code == 422


def test_a_call_by_another_way_takes_two_people(agency):
    analyst, other = make_staff(), make_staff()
    note, hold = incoming.note_call(
        provider=make_provider(), agency=agency, by=analyst, caller="A voice", text="Keep it.", key=uuid4(),
        identifiers=[read_line("kari@mail.example")],
    )  # fmt: skip
    call = phone_holds.record_call(note, alternative="liaison", result="confirmed", spoke_to="Liaison", by=analyst)
    with pytest.raises(NotAllowed):
        phone_holds.begin(note, by=analyst)
    with pytest.raises(NotAllowed):
        phone_holds.second(note, call, by=analyst)
    phone_holds.second(note, call, by=other)
    assert phone_holds.begin(note, by=analyst).status == "active"
    assert phone_holds.begin(note, by=other).pk == hold.pk


def test_arrival_comes_from_the_mail_itself_and_a_file_that_is_no_mail_is_refused(agency):
    client, address = client_for(make_staff()), reverse("staff:incoming_add")
    made = mail()
    made["Date"] = "Thu, 04 Jun 2026 09:12:00 +0100"
    made["Received"] = "from a by mx.meridian.example; Thu, 04 Jun 2026 10:30:00 +0100"
    for raw in (b"%PDF-1.7 From nobody", bytes([0, 255]) * 5000, b"From: \n\nnothing"):
        assert client.post(address, {"mail": SimpleUploadedFile("m.eml", raw)}).status_code == 422
    assert not IncomingMessage.objects.exists()
    answer = client.post(address, {"mail": SimpleUploadedFile("m.eml", made.as_bytes())})
    row = IncomingMessage.objects.get()
    assert row.arrived_at.isoformat() == "2026-06-04T09:30:00+00:00"
    shown = client.get(answer.url).text
    assert "09:12:00" in shown
    assert "requests@meridian.example" in shown
    assert "1@nordvik-police.example" in shown


def test_nothing_leaves_before_an_officer_is_named_and_the_agency_confirmed(agency):
    recorder, analyst, officer = make_staff(), make_staff(), make_officer(agency)
    row = incoming.recording.record(values(make_provider(), agency), channel=Channel.EMAIL, by=recorder)
    assert "No vetted officer is named" in recipient_refusal(row)
    assert access_in_force(row) is None  # it can be decided
    row.status = RequestStatus.IN_REVIEW
    assert "No officer is named yet" in request_refusal(analyst, "ask", row)
    client, address = client_for(analyst), reverse("staff:recipient", args=[row.reference])
    assert "?about=request" in client.get(address).text
    assert client.post(address, {"officer": officer.pk}).status_code == 422
    called(row)
    assert client_for(recorder).post(address, {"officer": officer.pk}).status_code == 422
    assert client.post(address, {"officer": make_officer().pk}).status_code == 422
    assert client.post(address, {"officer": officer.pk}).status_code == 302
    row.refresh_from_db()
    assert row.officer == officer
    assert recipient_refusal(row) is None
    assert OutboundMessage.objects.filter(event="recipient_named", to_user=officer).count() == 1
    assert row in DataRequest.objects.visible_to(officer)
    assert recipients.name(row, officer=officer, by=analyst).pk == row.pk
    called(row, CallBackResult.NOT_CONFIRMED)
    assert "call the agency" in recipient_refusal(row)
    other = make_officer(agency)
    assert client.post(address, {"officer": other.pk}).status_code == 422


ANYTHING = {
    "declared": "on", "seen": "x", "note": "n", "reason": "because", "result": "grant", "decision": "approve",
    "text": "t", "answer": "yes", "version": "0", "lock_version": "0", "kind": "grant", "code": "other", "number": "1",
    "spoke_to": "x", "user": "1", "colleague": "1", "account": "A1", "action": "propose", "officer": "1", "target": "1",
}  # fmt: skip


def decided(row):
    """Everything about a request that only other people may change."""
    row = DataRequest.objects.get(pk=row.pk)
    return (
        row.status, row.outcome, row.assignee_id, row.officer_id, row.decided_at,
        list(row.lines.order_by("pk").values()), list(row.targets.order_by("pk").values()),
        list(row.proposals.order_by("pk").values()), list(row.packages.order_by("pk").values()),
        list(row.notices.order_by("pk").values()),
        CallBack.objects.filter(about_reference=row.reference).count(),
    )  # fmt: skip


@pytest.mark.parametrize("state", ["submitted", "in_review", "awaiting_approval", "granted"])
def test_whoever_recorded_it_gets_nowhere_by_any_address_of_the_desk(state):
    recorder = make_staff("analyst", "approver")
    row = request_at(state, recorded_by=recorder)
    DataRequest.objects.filter(pk=row.pk).update(channel=Channel.POST)
    client, before, tried = client_for(recorder), decided(row), 0
    for route in routes():
        one = route.pattern.count("<") == 1 and route.pattern.startswith("staff/requests/<str:reference>/")
        if not one or any(kind in route.pattern for kind in ("/freeze/", "/afterwards/")):
            continue  # of other kinds of request: nothing is there
        answer = client.post(reverse(route.name, args=[row.reference]), ANYTHING)
        assert answer.status_code < 500, route.name
        assert decided(row) == before, route.name
        tried += 1
    assert tried > 25


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(provider, count, django_assert_num_queries):
    for number in range(count):
        incoming.take_mail(mail(message_id=f"<{number}@x.example>").as_bytes(), provider=provider, by=None)
    client = client_for(make_staff())
    client.get(reverse("staff:incoming"))
    with django_assert_num_queries(7):
        client.get(reverse("staff:incoming"))
