"""Takedown notices: three people, the time they have, and that no list of requests knows of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.running_clocks import clock_named
from requests_app.enums import Channel, TakedownStatus
from requests_app.models import DataRequest, TakedownNotice
from requests_app.queue_filters import Filters
from requests_app.services import queue_export, takedown_replies, takedowns
from tests.people import client_for, make_agency, make_provider, make_staff
from tests.requests_app.channels.takedown_cases import takedown_at

pytestmark = pytest.mark.django_db

TYPED = {
    "channel": "sahyog", "external_reference": "SH/2026/771", "arrived_at": "", "jurisdiction": "IN",
    "authority": "Cyber Crime Cell, Pune", "agency": "", "officer_words": "R. Kulkarni, DIG", "law": takedowns.LAW,
    "content": " https://scam.example/a \n\nhttps://scam.example/b", "reason": "It sells stolen cards.",
}  # fmt: skip


def typed(**changes):
    return TYPED | {"arrived_at": f"{timezone.now() - timedelta(hours=2):%Y-%m-%d %H:%M} Z"} | changes


def test_the_time_is_36_elapsed_hours_whatever_day_it_is():
    friday = datetime(2026, 11, 20, 22, 15, tzinfo=UTC)
    due = takedowns.deadline(friday, "IN")
    assert due.at == datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
    assert due.rule == "hours 36, IT Rules 2021 r.3(1)(d)"
    with override_settings(TAKEDOWN_HOURS=3):
        assert takedowns.deadline(friday, "IN").at == friday + timedelta(hours=3)


def test_the_number_of_another_channel_is_pointed_out():
    first = takedown_at(channel="sahyog", external_reference="T9/119")
    client = client_for(make_staff("analyst"))
    answer = client.post(
        reverse("staff:takedown_new"), typed(channel="email", external_reference="t9/119"), follow=True
    )
    page = answer.content.decode()
    assert f"{first.reference} has the same number" in page
    assert "It may be the same notice." in page.partition("<dl")[2]
    assert "36 hours, IT Rules 2021 r.3(1)(d)" in page
    again = client.post(reverse("staff:takedown_new"), typed(channel="sahyog", external_reference="t9/119"))
    assert again.status_code == 422


def test_from_the_form_to_the_reply_with_three_people():
    recorder, analyst, approver = make_staff("analyst"), make_staff("analyst"), make_staff("approver")
    page = client_for(recorder).post(reverse("staff:takedown_new"), typed())
    row = TakedownNotice.objects.get()
    assert page.url == reverse("staff:takedown", args=[row.reference])
    assert row.content == "https://scam.example/a\nhttps://scam.example/b"
    assert row.deadline_at == row.arrived_at + timedelta(hours=36)
    told = OutboundMessage.objects.filter(event="takedown_came")
    assert {message.to_user for message in told} == {analyst}, "who recorded it decides nothing, and is told nothing"

    one = client_for(analyst)
    one.post(reverse("staff:takedown_take", args=[row.reference]))
    one.post(reverse("staff:takedown_propose", args=[row.reference]), {"answer": "complied", "done": "Taken down."})
    row.refresh_from_db()
    assert (row.status, row.proposed, row.proposed_by) == ("proposed", "complied", analyst)

    two = client_for(approver)
    two.post(reverse("staff:takedown_sign", args=[row.reference]), {"version": row.lock_version})
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("complied", approver)
    text = two.get(reverse("staff:takedown_reply", args=[row.reference, "txt"])).content.decode()
    assert "The company has complied with the notice." in text
    assert "SH/2026/771" in text
    assert "Taken down." in text
    assert "scam.example/b" in text
    done = set(AuditEvent.objects.filter(object_label=row.reference).values_list("action", flat=True))
    assert done >= {"takedown.recorded", "takedown.taken", "takedown.proposed", "takedown.complied",
                    "takedown.reply_downloaded"}  # fmt: skip
    again = two.post(reverse("staff:takedown_sign", args=[row.reference]), {"version": row.lock_version}, follow=True)
    assert "somebody else was faster" in again.content.decode()


def test_the_reply_is_a_letter_too_and_there_is_none_before_the_signature():
    row = takedown_at("proposed", proposed="declined", proposed_by=make_staff(), done="No such address here.")
    approver = make_staff("approver")
    with pytest.raises(TransitionRefused):
        takedown_replies.taken(row, "pdf", by=approver)
    takedowns.sign(row, version=0, by=approver)
    row.refresh_from_db()
    assert takedown_replies.taken(row, "pdf", by=approver).startswith(b"%PDF-")


def test_who_recorded_or_proposed_it_does_not_sign():
    both = make_staff("analyst", "approver")
    recorded = takedown_at("proposed", proposed="complied", proposed_by=make_staff(), recorded_by=both, done="Done")
    own = takedown_at("proposed", proposed="complied", proposed_by=both, done="Done")
    for row in (recorded, own):
        with pytest.raises(NotAllowed):
            takedowns.sign(row, version=0, by=both)
        page = client_for(both).post(reverse("staff:takedown_sign", args=[row.reference]), {"version": "0"})
        assert page.status_code == 302
        row.refresh_from_db()
        assert row.status == "proposed"
    with pytest.raises(NotAllowed):
        takedowns.take(takedown_at(recorded_by=both), by=both)


def test_what_changed_after_the_page_was_opened_is_not_signed():
    analyst, approver = make_staff("analyst"), make_staff("approver")
    row = takedowns.take(takedown_at(), by=analyst)
    row = takedowns.propose(row, answer=TakedownStatus.COMPLIED, done="Taken down.", by=analyst)
    seen = row.lock_version
    takedowns.send_back(row, reason="One address is still there.", by=approver)
    address = reverse("staff:takedown", args=[row.reference])
    assert "One address is still there." in client_for(analyst).get(address).text
    takedowns.propose(row, answer=TakedownStatus.DECLINED, done="It is a newspaper.", by=analyst)
    with pytest.raises(Stale):
        takedowns.sign(row, version=seen, by=approver)
    assert OutboundMessage.objects.filter(event="takedown_sent_back", to_user=analyst).count() == 1
    assert OutboundMessage.objects.filter(event="takedown_to_sign", to_user=approver).count() == 2


def test_bad_input_keeps_what_was_typed():
    client = client_for(make_staff())
    for changes, said in (
        ({"arrived_at": "2031-01-01 10:00 Z"}, "must not be in the future"),
        ({"content": " \n "}, "taken down"),
        ({"agency": "police.unknown.example"}, "We do not know the agency"),
        ({"jurisdiction": "ZZ"}, "Country"),
    ):
        page = client.post(reverse("staff:takedown_new"), typed(**changes))
        assert page.status_code == 422
        assert said in page.content.decode()
        assert "Cyber Crime Cell" in page.content.decode()
    client.post(reverse("staff:takedown_new"), typed())
    page = client.post(reverse("staff:takedown_new"), typed())
    assert "is here already" in page.content.decode()
    assert TakedownNotice.objects.count() == 1


def test_a_notice_is_in_no_list_search_or_count_of_requests():
    takedown_at(external_reference="SH/2026/771", content="https://unique-scam.example/")
    analyst = make_staff("analyst")
    client = client_for(analyst)
    assert DataRequest.objects.count() == 0
    assert queue_export.total(Filters.read({}), analyst, at=timezone.now()) == 0
    found = client.get(reverse("staff:search"), {"q": "unique-scam.example"}).content.decode()
    assert "TD-26" not in found
    assert "TD-26" not in client.get(reverse("staff:queue")).content.decode()


def test_a_conflict_and_another_company_keep_a_notice_away():
    agency = make_agency(country="IN")
    row = takedown_at(agency=agency)
    away = make_staff("analyst", "approver")
    DeclaredConflict.objects.create(user=away, agency=agency, reason="A relative", declared_at=timezone.now())
    other = make_provider(name="Other", slug="other", reference_prefix="OT", calendar=row.provider.calendar)
    stranger = make_staff("analyst", provider=other)
    for person in (away, stranger):
        client = client_for(person)
        assert client.get(reverse("staff:takedown", args=[row.reference])).status_code == 404
        assert row.reference not in client.get(reverse("staff:takedowns")).content.decode()
        assert not any(rows.exists() for rows in takedowns.waiting(person, timezone.now()))
        with pytest.raises(NotAllowed):
            takedowns.take(row, by=person)


def test_the_clock_tells_who_must_act():
    analyst, approver, recorder = make_staff("analyst"), make_staff("approver"), make_staff("analyst")
    clock = clock_named("takedown")
    row = takedown_at(recorded_by=recorder, assignee=analyst, status="in_review")
    assert list(clock.running()) == [row]
    stages = {stage.name: stage for stage in clock.stages}
    clock.teller()(row, stages["before-4hours"], timezone.now())
    assert {m.to_user for m in OutboundMessage.objects.filter(event="takedown_due")} == {analyst}
    clock.teller()(row, stages["at"], timezone.now())
    assert {m.to_user for m in OutboundMessage.objects.filter(event="takedown_due")} == {analyst, approver}
    shown = list(takedowns.listing(analyst, row.arrived_at, row.deadline_at + timedelta(hours=1)))
    assert [item.label for item in shown] == [row.reference]
    TakedownNotice.objects.update(status="declined")
    assert not clock.running().exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_as_for_one(rows, django_assert_num_queries):
    for number in range(rows):
        takedown_at(external_reference=f"A{number}", assignee=make_staff(), channel=Channel.SAHYOG)
        takedown_at("complied", decided_by=make_staff("approver"), decided_at=timezone.now())
    client = client_for(make_staff("analyst"))
    client.get(reverse("staff:takedowns"))
    with django_assert_num_queries(7):
        client.get(reverse("staff:takedowns"))
