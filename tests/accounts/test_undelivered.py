"""The page of mail that did not arrive: who sees what of it, sending again, and taking off the list."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.services import deliveries, undelivered
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale
from foundation.core.jobs import JobState
from foundation.notifications import dead_letters
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import DeliveryAttempt, Hook, HookCall, OutboundMessage, Outcome
from foundation.notifications.outbox import send
from requests_app.models import DataRequest
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)
LIST = "/staff/messages/undelivered/"
REFUSED = "550 5.1.1 <{}>: no such mailbox"


def lost(to, *, reference="", cause=Cause.NO_MAILBOX, at=AT, agency="Nordvik Police") -> OutboundMessage:
    """A mail that was refused."""
    user = None if isinstance(to, str) else to
    row = send(
        "lead_ended",
        dedupe_key=f"lost:{to}:{reference}:{OutboundMessage.objects.count()}",
        to_user=user,
        to_address=to if user is None else "",
        context={"agency": agency},
        reference=reference,
        at=at,
    )
    words = REFUSED.format(row.to_address)
    OutboundMessage.objects.filter(pk=row.pk).update(
        state=JobState.GIVEN_UP, finished_at=at, attempts=1, last_error=words
    )
    DeliveryAttempt.objects.create(message=row, at=at, outcome=Outcome.REFUSED, detail=words)
    row.refresh_from_db()
    dead_letters.note_failed(row, NotificationEvent.GIVEN_UP, cause, at=at)
    return row


def page(user, query="") -> str:
    response = client_for(user).get(LIST + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_address_is_the_one_that_hooks_lead_to():
    assert reverse("accounts:undelivered") == dead_letters.PAGE == LIST


def test_the_desk_reads_who_what_why_and_the_reference_and_leaves_an_event(db):
    officer = make_officer(full_name="Odd Berg")
    case = request_at("in_review", officer=officer)
    lost(officer, reference=case.reference)
    analyst = make_staff("analyst")
    found = page(analyst)
    for word in ("Odd Berg", officer.email, case.reference, reverse("staff:request", args=[case.reference])):
        assert word in found
    assert Cause.NO_MAILBOX.label in found
    assert AuditEvent.objects.filter(action=NotificationEvent.UNDELIVERED_LISTED, actor_id=str(analyst.pk)).exists()


def test_whoever_may_not_see_people_reads_neither_name_nor_mailbox_nor_reference(db):
    officer = make_officer(full_name="Odd Berg")
    case = request_at("in_review", officer=officer)
    row = lost(officer, reference=case.reference)
    administrator = make_staff("administrator")
    client = client_for(administrator)
    for address in (LIST, f"{LIST}{row.uid}/"):
        found = client.get(address).content.decode()
        assert f"{officer.email[0]}…@{officer.email.split('@')[1]}" in found
        for word in ("Odd Berg", officer.email, case.reference):
            assert word not in found
    colleague = make_staff("approver", full_name="Ruth Clay")
    lost(colleague)
    assert "Ruth Clay" in page(administrator)
    assert "Ruth Clay" not in page(make_staff("analyst"))
    # To herself: her own name and address, without a way to a page that is not for her.
    analyst = make_staff("analyst", full_name="Ada Holt")
    lost(analyst)
    own = page(analyst)
    assert "Ada Holt (you)" in own
    assert analyst.email in own
    assert reverse("accounts:person", args=[analyst.pk]) not in own


def test_mail_about_a_restricted_request_is_for_its_named_readers_alone(db):
    officer = make_officer()
    case = request_at("in_review", officer=officer)
    DataRequest.objects.filter(pk=case.pk).update(restricted=True)
    row = lost(officer, reference=case.reference)
    reader, other, administrator = make_staff("analyst"), make_staff("analyst"), make_staff("administrator")
    case.named_readers.add(reader)
    assert str(row.uid) in page(reader)
    assert dead_letters.count(reader) == 1
    for stranger in (other, administrator):
        assert str(row.uid) not in page(stranger)
        assert client_for(stranger).get(f"{LIST}{row.uid}/").status_code == 404
        assert client_for(stranger).post(f"{LIST}{row.uid}/resend/").status_code == 404
        assert dead_letters.count(stranger) == 0
        with pytest.raises(Stale):
            undelivered.resend_all(Cause.NO_MAILBOX, expected=1, by=stranger)
    assert deliveries.mail_of(officer, other)["last_messages"] == []
    assert len(deliveries.mail_of(officer, reader)["last_messages"]) == 1


def test_sent_again_it_is_the_same_row_with_the_same_message_id_and_all_its_tries(db):
    row, analyst = lost(make_officer()), make_staff("analyst")
    response = client_for(analyst).post(f"{LIST}{row.uid}/resend/", follow=True)
    assert "It is being sent again" in response.content.decode()
    again = OutboundMessage.objects.get()
    assert (again.pk, again.message_id, again.body_text) == (row.pk, row.message_id, row.body_text)
    assert (again.state, again.attempts, again.failed_at, again.cause) == (JobState.PENDING, 0, None, "")
    assert AuditEvent.objects.get(action=NotificationEvent.RESENT).actor_id == str(analyst.pk)
    second = client_for(analyst).post(f"{LIST}{row.uid}/resend/")
    assert second.status_code == 404
    with pytest.raises(Stale):
        undelivered.resend(row, by=analyst)
    assert AuditEvent.objects.filter(action=NotificationEvent.RESENT).count() == 1


def test_all_of_one_cause_go_again_and_the_others_stay(db):
    officer, analyst = make_officer(), make_staff("analyst")
    for _ in range(3):
        lost(officer, cause=Cause.UNREACHABLE)
    stays = lost(officer)
    closed = make_officer()
    lost(closed, cause=Cause.UNREACHABLE)
    closed.is_active = False
    closed.save()
    client = client_for(analyst)
    assert "Send all 4 again" in page(analyst, "?cause=unreachable")
    late = client.post(f"{LIST}of/unreachable/resend/", {"expected": "3"}, follow=True).content.decode()
    assert "The number has changed" in late
    done = client.post(f"{LIST}of/unreachable/resend/", {"expected": "4"}, follow=True).content.decode()
    assert "3 messages are being sent again" in done
    waiting = set(OutboundMessage.objects.undelivered().values_list("to_user", "cause"))
    assert waiting == {(officer.pk, stays.cause), (closed.pk, "unreachable")}
    for odd in ("nonsense", "unreachable"):
        assert client.post(f"{LIST}of/{odd}/resend/", {"expected": "²"}).status_code == 302


def test_taken_off_the_list_with_a_reason_and_never_without(db):
    row, analyst = lost(make_officer()), make_staff("analyst")
    client = client_for(analyst)
    empty = client.post(f"{LIST}{row.uid}/done/", {"reason": " "})
    assert (empty.status_code, b"error-summary" in empty.content) == (422, True)
    client.post(f"{LIST}{row.uid}/done/", {"reason": "Called the station."})
    assert str(row.uid) not in page(analyst)
    assert dead_letters.count(analyst) == 0
    assert AuditEvent.objects.get(action=NotificationEvent.DEALT_WITH).reason == "Called the station."
    row.refresh_from_db()
    assert (row.state, row.dealt_with_by) == (JobState.GIVEN_UP, analyst)


def test_an_auditor_reads_and_sends_nothing(db):
    row, auditor = lost(make_officer()), make_staff("auditor")
    assert "Send again" not in client_for(auditor).get(f"{LIST}{row.uid}/").content.decode()
    assert client_for(auditor).post(f"{LIST}{row.uid}/resend/").status_code == 403
    for act in (
        lambda: undelivered.resend(row, by=auditor),
        lambda: undelivered.resend_all(Cause.NO_MAILBOX, expected=1, by=auditor),
        lambda: undelivered.deal_with(row, reason="No", by=auditor),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_went_out_as_a_note_and_what_is_for_a_closed_account_is_not_sent_again(db):
    analyst = make_staff("analyst")
    row = lost(make_officer(), cause=Cause.WORDS)
    with pytest.raises(NotAllowed, match="short note"):
        undelivered.resend(row, by=analyst)
    gone = make_officer(is_active=False)
    with pytest.raises(NotAllowed, match="closed"):
        undelivered.resend(lost(gone), by=analyst)


def test_pages_of_people_and_applications_say_that_mail_comes_back(db):
    officer, analyst = make_officer(make_agency()), make_staff("analyst")
    row = lost(officer)
    address = reverse("accounts:officer", args=[officer.pk])
    found = client_for(analyst).get(address).content.decode()
    assert "Mail to this address does not arrive" in found
    assert "Did not arrive" in found
    undelivered.resend(row, by=analyst)
    assert "Mail to this address does not arrive" not in client_for(analyst).get(address).content.decode()
    assert deliveries.came_back("other@example.org") is None


def test_administrators_read_of_hooks_that_were_given_up_and_take_them_off(db):
    administrator, analyst = make_staff("administrator"), make_staff("analyst")
    hook = Hook.objects.create(
        name="Pager",
        url="https://pager.example/",
        secret_sealed="x",
        events=[],
        created_at=AT,
        created_by=administrator,
    )
    HookCall.objects.create(
        hook=hook, event="test.ping", dedupe_key="t", payload={}, created_at=AT, due_at=AT,
        state=JobState.GIVEN_UP, finished_at=AT,
    )  # fmt: skip
    assert "Pager" in page(administrator)
    assert "Pager" not in page(analyst)
    assert [rows.count() for rows in undelivered.waiting(administrator, AT)] == [0, 1]
    assert client_for(analyst).post(f"{LIST}hooks/{hook.uid}/done/").status_code == 403
    client_for(administrator).post(f"{LIST}hooks/{hook.uid}/done/")
    assert "Pager" not in page(administrator)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_with_one_row_and_with_three(db, rows, django_assert_num_queries):
    for number in range(rows):
        officer = make_officer()
        lost(officer, reference=request_at("in_review", officer=officer).reference, at=AT + timedelta(minutes=number))
    client = client_for(make_staff("analyst"))
    with django_assert_num_queries(15):
        client.get(LIST)
