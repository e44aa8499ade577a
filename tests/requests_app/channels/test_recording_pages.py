"""Staff record what came outside the portal; whoever did decides nothing, and records go to a named officer only."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import CallBackResult, CallPurpose
from accounts.models import AgencyNumber, CallBack, DeclaredConflict
from foundation.core.errors import NotAllowed
from foundation.core.identifier_lines import read_line
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.enums import Channel, IncomingStatus, RequestStatus
from requests_app.models import DataRequest, IncomingMessage
from requests_app.permissions import access_in_force, call_back_refusal, recipient_refusal, request_refusal
from requests_app.services import asked_holds, incoming, recipients
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


def test_what_is_wrong_is_listed_in_the_order_of_the_page(agency):
    client, address = client_for(make_staff()), reverse("staff:record", args=[agency.uid])
    wrong = {"kind": "emergency", "channel": "treaty", "arrived_at": "", "last_year": "2025", "officer": ""}
    page = client.post(address, typed(client.get(address), **wrong)).text
    listed = page.partition("govuk-error-summary")[2].partition("</ul>")[0]
    places = [listed.find(f'href="#id_{name}') for name in ("arrived_at", "treaty", "officer", "danger", "last")]
    assert places == sorted(places)
    assert -1 not in places


def test_an_emergency_is_recorded_with_all_that_the_review_reads(agency):
    client, address = client_for(make_staff()), reverse("staff:record", args=[agency.uid])
    said = {
        "kind": "emergency", "arrived_at": f"{timezone.now() - timedelta(minutes=5):%Y-%m-%d %H:%M} Z",
        "imminence": "now", "needed_by": "2026-06-04 16:30 +02:00", "why_data": "It names the place.",
        "why_no_process": "The court is closed.", "phone": "+47 1", "supervisor": "A. Berg",
        "supervisor_phone": "+47 2", "process_follows": "yes",
        "process_by_day": "27", "process_by_month": "11", "process_by_year": "2026",
    } | {f"{end}_{part}": "" for end in ("first", "last") for part in ("day", "month", "year")}  # fmt: skip
    assert client.post(address, typed(client.get(address), **said)).status_code == 422  # in what danger?
    assert (
        client.post(address, typed(client.get(address), danger="A girl", **said | {"kind": "disclosure"})).status_code
        == 422
    )
    assert not DataRequest.objects.exists()
    answer = client.post(address, typed(client.get(address), danger="A girl, 14, is missing.", **said))
    row = DataRequest.objects.get()
    assert row.emergency == {
        "danger": "A girl, 14, is missing.", "process_by": "2026-11-27", "needed_by": "2026-06-04T14:30:00+00:00",
        **{name: said[name] for name in ("imminence", "why_data", "why_no_process", "phone", "supervisor",
                                         "supervisor_phone", "process_follows")},
    }  # fmt: skip
    assert f"{row.needed_by:%H:%M}" == "14:30"
    line = row.lines.get()
    assert (line.period_to - line.period_from).days == 31
    assert client.get(answer.url).context["lacks"] == []
    page = client_for(make_staff()).get(reverse("staff:request", args=[row.reference])).text
    for words in ("A girl, 14", "It names the place.", "The court is closed.", "A. Berg", "+47 2", "27 Nov"):
        assert words in page


def test_a_freeze_order_is_recorded_like_one_from_the_portal(agency):
    client, address = client_for(make_staff()), reverse("staff:record", args=[agency.uid])
    order = {
        "kind": "freeze", "act": "transfer", "asset": "BTC", "amount": "2.5", "endless": "on",
        "destination": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "destination_network": "bitcoin",
    }  # fmt: skip
    page = client.post(address, typed(client.get(address), **order | {"amount": "", "asset": ""}))
    assert page.status_code == 422
    wrong = client.post(address, typed(client.get(address), **order | {"destination": order["destination"][:-1] + "5"}))
    assert "Wallet of the authority" in wrong.text
    assert client.post(address, typed(client.get(address), **order)).status_code == 302
    row = DataRequest.objects.get()
    freeze = row.freeze
    assert (freeze.act, freeze.asset, freeze.amount, freeze.expires_on) == ("transfer", "BTC", Decimal("2.5"), None)
    assert freeze.destination == order["destination"]
    assert [line.category for line in row.lines.all()] == ["assets"]
    assert "Call the agency back" in call_back_refusal(row)
    assert "BTC" in client_for(make_staff()).get(reverse("staff:request", args=[row.reference])).text


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
    told = asked_holds.Noted("Keep it.", "A voice", uuid4(), identifiers=[read_line("kari@mail.example")])
    note, hold = asked_holds.note(told, provider=make_provider(), agency=agency, by=analyst)
    call = asked_holds.record_call(note, alternative="liaison", result="confirmed", spoke_to="Liaison", by=analyst)
    with pytest.raises(NotAllowed):
        asked_holds.begin(note, by=analyst)
    with pytest.raises(NotAllowed):
        asked_holds.second(note, call, by=analyst)
    asked_holds.second(note, call, by=other)
    assert asked_holds.begin(note, by=analyst).status == "active"
    assert asked_holds.begin(note, by=other).pk == hold.pk


def test_a_letter_that_asks_to_preserve_keeps_nothing_before_the_agency_confirmed(agency):
    analyst = make_staff()
    client, address = client_for(analyst), reverse("staff:record_hold", args=[agency.uid])
    assert address in client.get(reverse("staff:record_choose"), {"words": agency.name, "what": "hold"}).text
    letter = {
        "key": client.get(address).context["form"]["key"].value(), "channel": "post", "who": "R. Lund",
        "arrived_at": "2026-06-04 14:30 +02:00", "text": "Please keep it.", "identifiers": "kari@mail.example",
        "case_number": "K-1",
    }  # fmt: skip
    assert client.post(address, letter | {"identifiers": "no identifier at all"}).status_code == 422
    answer = client.post(address, letter | {"upload": SimpleUploadedFile(*order_pdf())})
    row, hold = IncomingMessage.objects.get(), PreservationHold.objects.get()
    assert (row.channel, row.original.filename, hold.status) == (Channel.POST, "order.pdf", "draft")
    assert "A letter of" in client.get(answer.url).text
    with pytest.raises(NotAllowed):
        asked_holds.begin(row, by=analyst)
    number = AgencyNumber.objects.get(agency=agency)
    AgencyNumber.objects.filter(pk=number.pk).update(confirmed_at=timezone.now() - timedelta(days=30))
    asked_holds.record_call(row, number=number, result="confirmed", spoke_to="Duty officer", by=analyst)
    assert asked_holds.begin(row, by=analyst).status == "active"
    row.refresh_from_db()
    assert row.status == IncomingStatus.DISMISSED
    away = make_staff()
    DeclaredConflict.objects.create(user=away, agency=agency, declared_at=timezone.now(), reason="A brother")
    assert client_for(away).get(answer.url).status_code == 404


def test_a_mail_that_asks_to_preserve_can_be_a_request_too(agency, provider):
    analyst = make_staff()
    row, _new = incoming.take_mail(mail().as_bytes(), provider=provider, by=None)
    client, address = client_for(analyst), reverse("staff:record_hold", args=[agency.uid])
    typed_in = {"key": str(uuid4()), "identifiers": "kari@mail.example", "case_number": ""}
    for _click in range(2):
        assert client.post(f"{address}?message={row.uid}", typed_in).status_code == 302
    hold = PreservationHold.objects.get()
    asked_holds.record_call(row, alternative="liaison", result="confirmed", spoke_to="Liaison", by=analyst)
    asked_holds.second(row, CallBack.objects.get(), by=make_staff())
    made = incoming.make_request(row, values(provider, agency), by=analyst)
    assert made.channel == Channel.EMAIL
    assert asked_holds.begin(row, by=analyst).pk == hold.pk
    row.refresh_from_db()
    assert (row.status, row.data_request) == (IncomingStatus.RECORDED, made)


def test_a_reason_typed_beside_a_wrong_reference_is_kept(agency, provider):
    row, _new = incoming.take_mail(mail().as_bytes(), provider=provider, by=None)
    address = reverse("staff:incoming_attach", args=[row.uid])
    page = client_for(make_staff()).post(address, {"reference": "nothing", "reason": "It is an advertisement"})
    assert page.status_code == 422
    assert "It is an advertisement" in page.text


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
