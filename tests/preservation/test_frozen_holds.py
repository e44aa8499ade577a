"""Holds of suspended officers and agencies: they go on, and their clocks go to those who decide on holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Suspension
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from preservation.services import extensions, sweeping
from tests.accounts.helpers import words
from tests.accounts.suspending import suspended_agency, suspended_officer
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of

pytestmark = pytest.mark.django_db
END = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
WHO = {
    "officer": lambda hold, **more: suspended_officer(hold.officer, **more),
    "agency": lambda hold, **more: suspended_agency(hold.agency, **more),
}


def told(event, user=None):
    found = OutboundMessage.objects.filter(event=event)
    return (found.filter(to_user=user) if user else found).count()


def gave_back(suspension, *, at):
    """Access is back, as far as a hold can see."""
    Suspension.objects.filter(pk=suspension.pk).update(lifted_at=at, lifted_by=make_staff("approver"))


@pytest.mark.parametrize("who", WHO)
def test_reminders_go_to_administrators_and_not_to_the_officer(who):
    admin, hold, other = make_staff("preservation_admin"), hold_of(), hold_of()
    WHO[who](hold, at=AT + timedelta(days=1))
    sweeping.sweep(at=END - timedelta(days=14))
    assert told("hold_reminder", hold.officer) == 0
    assert told("hold_reminder", other.officer) == 1
    mails = {m.reference: m.body_text for m in OutboundMessage.objects.filter(event="hold_reminder_staff")}
    assert set(mails) == {hold.reference, other.reference}
    assert "is suspended and is not reminded" in " ".join(mails[hold.reference].split())
    assert "suspended" not in mails[other.reference]
    assert told("hold_reminder_staff", admin) == 2
    for secret in (hold.agency.name, hold.title, hold.officer.full_name):
        assert secret not in mails[hold.reference]


@pytest.mark.parametrize("who", WHO)
def test_at_its_end_it_goes_on_once_and_then_ends_before_the_eyes_of_administrators(who):
    admin, hold, other = make_staff("preservation_admin"), hold_of(), hold_of()
    WHO[who](hold, at=AT + timedelta(days=1))
    sweeping.sweep(at=END)
    hold.refresh_from_db()
    other.refresh_from_db()
    assert (hold.status, other.status) == ("active", "expired")
    assert hold.expires_at == END + timedelta(days=30)
    assert hold.work_at == END, "the certificate is made anew"
    assert told("hold_put_off", admin) == 1
    assert told("hold_ended", hold.officer) == 0
    assert sweeping.sweep(at=END) == 0, "once"
    sweeping.sweep(at=hold.expires_at - timedelta(hours=12))
    again = OutboundMessage.objects.filter(event="hold_reminder_staff", to_user=admin).latest("pk")
    assert "is not put off again" in " ".join(again.body_text.split())
    assert told("hold_reminder", hold.officer) == 0
    sweeping.sweep(at=hold.expires_at)
    hold.refresh_from_db()
    assert hold.status == "expired"
    assert told("hold_ended_staff", admin) == 2, "of both holds"
    assert told("hold_ended", hold.officer) == 0
    actions = list(entries_for(hold).values_list("action", flat=True))
    assert actions.count("hold.end_put_off") == 1
    assert actions[-1] == "hold.expired"


def test_where_nobody_decides_on_holds_the_officer_is_told_of_the_end():
    hold = hold_of()
    suspended_officer(hold.officer, at=AT)
    sweeping.sweep(at=END)
    hold.refresh_from_db()
    sweeping.sweep(at=hold.expires_at)
    assert told("hold_ended", hold.officer) == 1


def test_once_access_is_back_the_officer_is_reminded_and_can_ask_for_more_time():
    hold = hold_of()
    suspension = suspended_officer(hold.officer, at=AT + timedelta(days=1))
    sweeping.sweep(at=END)
    gave_back(suspension, at=END + timedelta(days=3))
    hold.officer.memberships.update(suspended_at=None)
    hold = PreservationHold.objects.get(pk=hold.pk)
    sweeping.sweep(at=hold.expires_at - timedelta(days=7))
    assert told("hold_reminder", hold.officer) == 1
    extension = extensions.ask(
        hold, reason="We wait for a court", by=hold.officer, at=hold.expires_at - timedelta(days=5)
    )
    assert extension.status == "requested"
    sweeping.sweep(at=hold.expires_at)
    hold.refresh_from_db()
    assert hold.status == "active", "the extension is not decided yet"


def test_a_later_suspension_puts_the_end_off_again():
    hold = hold_of()
    first = suspended_officer(hold.officer, at=AT + timedelta(days=1))
    sweeping.sweep(at=END)
    gave_back(first, at=END + timedelta(days=1))
    hold.refresh_from_db()
    suspended_officer(hold.officer, at=END + timedelta(days=2))
    sweeping.sweep(at=hold.expires_at)
    hold.refresh_from_db()
    assert (hold.status, hold.expires_at) == ("active", END + timedelta(days=60))


@pytest.mark.parametrize("who", WHO)
def test_more_time_is_not_granted_but_may_be_refused_and_undecided_it_goes_on(who):
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    WHO[who](hold, at=AT + timedelta(days=61))
    with pytest.raises(NotAllowed, match="is suspended: nothing is extended"):
        extensions.grant(extension, by=admin, at=END)
    sweeping.sweep(at=END)
    hold.refresh_from_db()
    assert (hold.status, hold.expires_at) == ("active", END)
    extensions.refuse(extension, reason="The officer is an impostor", by=admin, at=END)
    assert PreservationHold.objects.get(pk=hold.pk).next_action_at == END


def test_staff_read_on_the_hold_that_the_officer_is_suspended():
    hold = hold_of(make_officer(), at=timezone.now())
    extension_of(hold, at=timezone.now())
    client = client_for(make_staff("preservation_admin"))
    address = f"/staff/holds/{hold.reference}/"
    assert "suspended" not in words(client.get(address))
    suspended_officer(hold.officer)
    shown = client.get(address)
    assert "The officer is suspended: nothing is extended" in words(shown)
    assert b"Send decision" in shown.content


def test_a_hold_of_an_officer_whose_account_is_closed_ends_before_the_eyes_of_administrators(db):
    admin, hold = make_staff("preservation_admin"), hold_of()
    type(hold.officer).objects.filter(pk=hold.officer_id).update(is_active=False)
    sweeping.sweep(at=END)
    mail = OutboundMessage.objects.get(event="hold_ended_staff", to_user=admin)
    assert "the officer was not told" in mail.body_text
    assert told("hold_ended", hold.officer) == 0
