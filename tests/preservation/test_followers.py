"""Who follows a hold: colleagues who read it and are reminded, change nothing, and follow no more once they left."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.enums import AgencyStatus
from accounts.models import Agency
from accounts.services import members
from accounts.services.addressees import addressee
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from preservation.services import extensions, followers, life, sweeping
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of

pytestmark = pytest.mark.django_db
LEAD_7, END = datetime(2027, 2, 11, 6, tzinfo=UTC), datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def sees(user, hold):
    return PreservationHold.objects.visible_to(type(user).objects.get(pk=user.pk)).filter(pk=hold.pk).exists()


def leaves(person, how):
    if how == "closed account":
        person.is_active = False
        person.save()
    else:
        person.memberships.update(ended_at=AT)


def test_a_colleague_follows_by_exact_address_reads_and_changes_nothing():
    hold, other = hold_of(), hold_of()
    colleague, page = make_officer(hold.agency), client_for(hold.officer)
    url = f"/holds/{hold.reference}/followers/"
    wrong = page.post(url, {"email": "nobody@" + colleague.email.partition("@")[2]})
    assert wrong.status_code == 422
    assert "No officer of your agency" in wrong.content.decode()
    for _click in range(2):
        assert page.post(url, {"email": colleague.email.upper()}).status_code == 302
    assert hold.followers.count() == 1
    assert told("hold_follower_added") == [colleague.email]
    assert (sees(colleague, hold), sees(colleague, other)) == (True, False)
    theirs = client_for(colleague)
    read = theirs.get(f"/holds/{hold.reference}/").content.decode()
    assert "You follow this hold" in read
    assert "Release the hold" not in read
    assert theirs.get(url).status_code == 302
    theirs.post(f"/holds/{hold.reference}/take-over/")
    theirs.post(f"/holds/{hold.reference}/followers/{hold.followers.get().pk}/end/")
    assert not sees(colleague, hold)
    hold.refresh_from_db()
    assert hold.officer != colleague
    actions = list(entries_for(hold).values_list("action", flat=True))
    assert actions.count("hold.follower_added") == actions.count("hold.follower_ended") == 1
    with pytest.raises(NotAllowed):
        extensions.ask(hold, reason="Mine", by=colleague)


def test_nobody_of_another_agency_and_not_more_than_the_limit():
    hold, stranger = hold_of(), make_officer()
    with pytest.raises(Incomplete, match="Only colleagues"):
        followers.add_address(hold, stranger.email, by=hold.officer)
    with pytest.raises(NotAllowed):
        followers.add(hold, stranger, by=hold.officer)
    with pytest.raises(NotAllowed):
        followers.add(hold, make_officer(hold.agency), by=make_officer(hold.agency))
    for _n in range(hold.provider.follower_limit):
        followers.add(hold, make_officer(hold.agency), by=hold.officer)
    with pytest.raises(Incomplete, match="Up to 5"):
        followers.add(hold, make_officer(hold.agency), by=hold.officer)


def test_followers_are_told_what_the_officer_is_told_and_no_request():
    hold = hold_of()
    follower = make_officer(hold.agency)
    followers.add(hold, follower, by=hold.officer, at=AT)
    sweeping.sweep(at=LEAD_7)
    extensions.grant(extension_of(hold, at=LEAD_7), by=make_staff("preservation_admin"), at=LEAD_7)
    life.attach_process(hold, "MX-26-7K4Q9TX", at=LEAD_7)
    life.detach_process(hold, at=LEAD_7 + timedelta(hours=1))
    life.release(hold, by=hold.officer, at=LEAD_7 + timedelta(hours=2))
    theirs = OutboundMessage.objects.filter(to_user=follower).order_by("pk")
    assert [m.subject.partition("] ")[2] for m in theirs] == [
        "You can follow a hold",
        "A hold you follow ends in 7 days",
        "A hold you follow goes on",
        "A hold you follow goes on",
        "A hold you follow runs down again",
        "A hold you follow is released",
    ]
    for message in theirs:
        for secret in ("MX-26-7K4Q9TX", hold.case_number, hold.title, "48213377"):
            assert secret not in message.body_text + message.subject


@pytest.mark.parametrize("how", ["left", "closed account", "suspended", "agency suspended", "restricted"])
def test_who_may_not_read_it_any_more_is_not_reminded(how):
    hold = hold_of()
    follower = make_officer(hold.agency)
    followers.add(hold, follower, by=hold.officer, at=AT)
    if how == "restricted":
        PreservationHold.objects.filter(pk=hold.pk).update(restricted=True)
    elif how == "suspended":
        follower.memberships.update(suspended_at=AT)
    elif how == "agency suspended":
        Agency.objects.filter(pk=hold.agency_id).update(status=AgencyStatus.SUSPENDED)
    else:
        leaves(follower, how)
    assert how == "closed account" or not sees(follower, hold)
    hold.refresh_from_db()
    assert follower not in followers.readers(hold)
    sweeping.sweep(at=LEAD_7)
    assert told("hold_reminder_others") == []
    ended = hold.followers.get().ended_at
    assert (ended == LEAD_7) is (how in {"left", "closed account"})


@pytest.mark.parametrize("how", ["left", "closed account"])
def test_leads_are_told_in_the_place_of_an_officer_who_left_and_take_the_hold_over(how):
    admin, hold = make_staff("preservation_admin"), hold_of()
    lead, follower = make_officer(hold.agency, lead=True), make_officer(hold.agency)
    stranger, bystander = make_officer(lead=True), make_officer(hold.agency)
    followers.add(hold, follower, by=hold.officer, at=AT)
    with pytest.raises(NotAllowed, match="still belongs"):
        followers.take_over(hold, by=lead)
    leaves(hold.officer, how)
    sweeping.sweep(at=LEAD_7)
    assert told("hold_reminder") == []
    assert told("hold_reminder_others") == sorted([lead.email, follower.email])
    assert "The officer has left the agency" in OutboundMessage.objects.get(to_user=admin).body_text
    for person in (stranger, bystander):
        with pytest.raises(NotAllowed):
            followers.take_over(hold, by=person)
    page = client_for(lead)
    assert "Take this hold over" in page.get(f"/holds/{hold.reference}/").content.decode()
    for _click in range(2):
        assert page.post(f"/holds/{hold.reference}/take-over/").status_code == 302
    hold.refresh_from_db()
    assert hold.officer == lead
    assert entries_for(hold).filter(action="hold.passed_on").count() == 1
    assert extensions.ask(hold, reason="Goes on", by=lead, at=LEAD_7)


def test_a_colleague_who_leaves_follows_no_more_and_the_leads_hear_of_the_holds_that_stay():
    lead = make_officer(lead=True)
    leaver = make_officer(lead.membership.agency)
    mine, followed = hold_of(leaver), hold_of(lead)
    hold_of(leaver, status="released")
    followers.add(followed, leaver, by=lead, at=AT)
    members.remove(leaver.membership, by=lead, reason="Left the service")
    assert followed.followers.get().ended_at is not None
    assert told("holds_left") == [lead.email]
    assert "one hold" in OutboundMessage.objects.get(event="holds_left").body_text
    assert followers.take_over(mine, by=lead).officer == lead


def test_the_last_message_reaches_whoever_is_left():
    hold = hold_of()
    lead = make_officer(hold.agency, lead=True)
    leaves(hold.officer, "left")
    sweeping.sweep(at=END)
    assert told("hold_ended") == []
    assert told("hold_ended_others") == [lead.email]


def test_a_hold_that_was_taken_over_is_restricted_with_its_request_all_the_same():
    hold = hold_of(status="process_served")
    lead = make_officer(hold.agency, lead=True)
    leaves(hold.officer, "left")
    followers.take_over(hold, by=lead)
    assert life.restrict_with(hold.request_reference) == 1
    hold.refresh_from_db()
    assert hold.restricted


def test_nobody_takes_over_what_is_kept_for_an_officer_who_is_not_known_yet():
    hold = hold_of()
    lead = make_officer(hold.agency, lead=True)
    PreservationHold.objects.filter(pk=hold.pk).update(officer=addressee(hold.agency))
    hold.refresh_from_db()
    with pytest.raises(NotAllowed, match="once we know the officer"):
        followers.take_over(hold, by=lead)
