"""Taking access from officers and agencies, and giving it back."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import AgencyStatus, ApplicationStatus, CallPurpose, SignalKind
from accounts.models import Agency, AgencyMembership, AgencyNumber, CallBack, DeclaredConflict, Suspension, User
from accounts.services import suspensions, vetting
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import page, words
from tests.accounts.suspending import confirmed, lifted, looked_at, suspended_agency, suspended_officer, told
from tests.harness.race import race
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff, make_user
from tests.preservation.holds import hold_of

ALL_STAFF = (
    "analyst", "approver", "counsel", "dpo", "custodian", "preservation_admin", "auditor", "administrator",
)  # fmt: skip


def url(name, *args):
    return reverse(f"accounts:{name}", args=args)


def answers(agency, **changes):
    number = agency.numbers.first()
    way = f"number-{number.pk}" if number else "interpol"
    return {"way": way, "result": "told", "spoke_to": "Lind", "note": "", "reason": "Stolen mailbox"} | changes


# Taking access --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_suspended_officer_is_signed_out_everywhere_and_comes_to_no_page_of_officers():
    officer, colleague = make_officer(), make_officer()
    browsers = client_for(officer), client_for(officer), client_for(colleague)
    suspension = suspended_officer(officer)
    assert [b.get("/account/").status_code for b in browsers] == [302, 302, 200]
    again = client_for(User.objects.get(pk=officer.pk))
    for path in ("/requests/", "/holds/", "/drafts/new/", "/emergency/new/"):
        assert again.get(path).status_code == 404, path
    assert not User.objects.get(pk=officer.pk).is_officer
    assert (suspension.officer, suspension.agency) == (officer, None)
    assert suspension.call.purpose == CallPurpose.SUSPENSION
    assert (suspension.call.about_user, suspension.call.agency) == (officer, officer.membership.agency)
    mail = OutboundMessage.objects.get(event="access_suspended")
    assert mail.to_user_id == officer.pk
    assert "Stolen" not in mail.body_text


@pytest.mark.django_db
def test_an_agency_takes_all_its_officers_with_it_and_nobody_else():
    agency = make_agency()
    mine, lead, other = make_officer(agency), make_officer(agency, lead=True), make_officer()
    gone = make_officer(agency)
    gone.memberships.update(ended_at=timezone.now())
    browsers = [client_for(user) for user in (mine, lead, other)]
    approver, analyst = make_staff("approver"), make_staff("analyst")
    suspension = suspended_agency(agency, by=analyst)
    assert [b.get("/account/").status_code for b in browsers] == [302, 302, 200]
    agency.refresh_from_db()
    assert agency.status == AgencyStatus.SUSPENDED
    told_people = OutboundMessage.objects.filter(event="access_suspended").values_list("to_user", flat=True)
    assert set(told_people) == {mine.pk, lead.pk}
    staff_mail = OutboundMessage.objects.get(event="agency_suspended")
    assert staff_mail.to_user_id == approver.pk
    assert f"/staff/suspensions/{suspension.uid}/" in staff_mail.body_text
    for secret in (agency.name, "broken into"):
        assert secret not in staff_mail.body_text
    event = AuditEvent.objects.get(action="agency.suspended")
    assert (event.object_id, event.reason) == (str(agency.pk), "Mail server broken into")


@pytest.mark.django_db
def test_an_emergency_of_a_suspended_agency_cannot_be_filed():
    officer = make_officer()
    client = client_for(officer)
    suspended_agency(officer.membership.agency)
    again = client_for(User.objects.get(pk=officer.pk))
    assert client.post("/emergency/new/", {}).status_code == 302
    assert again.post("/emergency/new/", {}).status_code == 404


@pytest.mark.django_db
def test_nobody_comes_in_new_while_the_agency_is_suspended():
    agency = make_agency()
    application = make_application(agency)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Fine")
    suspended_agency(agency, by=analyst)
    with pytest.raises(NotAllowed, match="nobody of it is let in"):
        vetting.approve(application, by=approver, reason="Fine")


@pytest.mark.django_db
def test_the_call_and_the_suspension_are_one_act():
    agency, analyst = make_agency(), make_staff("analyst")
    stranger = make_agency().numbers.get()
    for call, error in (
        (told(agency, spoke_to=""), Incomplete),
        (suspensions.Told("told", number=stranger, spoke_to="Lind"), NotAllowed),
        (suspensions.Told("told", spoke_to="Lind"), NotAllowed),
    ):
        with pytest.raises(error):
            suspended_agency(agency, by=analyst, told=call)
    with pytest.raises(Incomplete, match="why"):
        suspended_agency(agency, by=analyst, reason="  ")
    assert not CallBack.objects.exists()
    assert not Suspension.objects.exists()
    assert Agency.objects.get(pk=agency.pk).status == AgencyStatus.ACTIVE


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["agency", "officer"])
def test_nobody_answering_does_not_stop_it_and_stands_there(who):
    officer, analyst = make_officer(), make_staff("analyst")
    agency = officer.membership.agency
    address = url("agency_suspend", agency.uid) if who == "agency" else url("officer_suspend", officer.pk)
    client = client_for(analyst)
    answer = client.post(address, answers(agency, result="no_answer", spoke_to=""))
    suspension = Suspension.objects.get()
    assert answer.url == url("suspension", suspension.uid)
    assert "Nobody answered" in words(client.get(answer.url))


@pytest.mark.django_db
def test_the_same_again_gives_a_sentence():
    officer, analyst = make_officer(), make_staff("analyst", full_name="Priya Raman")
    agency, client = officer.membership.agency, client_for(analyst)
    for address in (url("agency_suspend", agency.uid), url("officer_suspend", officer.pk)):
        assert client.post(address, answers(agency)).status_code == 302
        again = client.post(address, answers(agency, reason="Once more, in my own words"))
        assert again.status_code == 422
        assert "suspended already, by Priya Raman" in words(again)
        assert "Once more, in my own words" in words(again)
        assert client.get(address).url.startswith("/staff/suspensions/"), "whoever comes back reads what is there"
    assert Suspension.objects.count() == 2


@pytest.mark.django_db
def test_who_cannot_be_suspended_here():
    analyst = make_staff("analyst")
    member = make_staff("approver")
    AgencyMembership.objects.create(
        user=member, agency=make_agency(), started_at=timezone.now(), approved_at=timezone.now()
    )
    with pytest.raises(NotAllowed, match="end their roles"):
        suspended_officer(User.objects.get(pk=member.pk), by=analyst)
    nobody = make_user()
    with pytest.raises(TransitionRefused, match="no agency"):
        suspensions.suspend_officer(nobody, told=told(make_agency()), reason="x", by=analyst)
    proposed = make_agency(status=AgencyStatus.PROPOSED)
    with pytest.raises(TransitionRefused, match="Nobody acts"):
        suspended_agency(proposed, by=analyst)
    client = client_for(analyst)
    assert client.get(url("officer_suspend", nobody.pk)).status_code == 404
    officer = make_officer()
    DeclaredConflict.objects.create(
        user=analyst, agency=officer.membership.agency, reason="x", declared_at=timezone.now()
    )
    with pytest.raises(NotAllowed, match="conflict"):
        suspended_officer(officer, by=User.objects.get(pk=analyst.pk))


@pytest.mark.django_db
def test_the_page_says_before_the_button_what_will_happen():
    agency = make_agency()
    one, other = make_officer(agency), make_officer(agency)
    User.objects.filter(pk=one.pk).update(last_login=timezone.now() - timedelta(hours=1))
    User.objects.filter(pk=other.pk).update(last_login=timezone.now() - timedelta(hours=13))
    hold_of(one, at=timezone.now())
    client = client_for(make_staff("analyst"))
    shown = words(client.get(url("agency_suspend", agency.uid)))
    assert "2 officers lose access" in shown
    assert "Signed in during the last 12 hours: 1." in shown
    assert "1 hold goes on" in shown
    assert agency.numbers.get().number[-3:] in shown
    assert "1 officer loses access" in words(client.get(url("officer_suspend", other.pk)))
    assert not Suspension.objects.exists()


@pytest.mark.django_db
def test_without_a_number_of_the_directory_a_listed_way_stands_in():
    agency = make_agency(number=False)
    make_officer(agency)
    AgencyNumber.objects.create(
        agency=agency, number="+441632960999", source="The officer's mail", entered_at=timezone.now()
    )
    client = client_for(make_staff("analyst"))
    shown = page(client.get(url("agency_suspend", agency.uid)))
    assert "960999" not in shown.get_text(), "nobody confirmed this number"
    assert {i["value"] for i in shown.select("[name=way]")} >= {"interpol", "liaison", "post"}
    assert client.post(url("agency_suspend", agency.uid), answers(agency, way="liaison")).status_code == 302
    assert Suspension.objects.get().call.alternative == "liaison"


@pytest.mark.django_db
def test_the_approved_application_follows_there_and_back():
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.approve(application, by=analyst, reason="Fine")
    alike = make_application(make_agency(), phone=application.phone)
    alike.signals.update(state=JobState.DONE)
    suspension = suspended_officer(application.user, by=analyst)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUSPENDED
    assert alike.signals.get(kind=SignalKind.SEEN_BEFORE).state == JobState.PENDING  # seen in another light now
    lifted(suspension)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.APPROVED
    assert User.objects.get(pk=application.user_id).is_officer


# Giving it back -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_access_comes_back_by_another_person_after_a_call_and_the_whole_list():
    officer, analyst, approver = make_officer(), make_staff("analyst"), make_staff("approver")
    hold_of(officer, at=timezone.now())
    browser = client_for(officer)
    suspension = suspended_officer(officer, by=analyst)
    client, address = client_for(approver), url("lift", suspension.uid)

    def refused():
        answer = client.post(address, {"reason": "Mailbox secured"})
        assert answer.status_code == 422
        return words(answer)

    assert "Record a call" in refused()
    call = {f"call-{name}": value for name, value in answers(officer.membership.agency, result="confirmed").items()}
    assert client.post(url("suspension_call", suspension.uid), call).status_code == 302
    text = refused()
    assert "Record a call" not in text
    assert "1 is left" in text
    looked_at(suspension)
    assert client.post(address, {"reason": "Mailbox secured"}).url == url("suspension", suspension.uid)
    suspension.refresh_from_db()
    assert (suspension.lifted_by, suspension.lift_reason) == (approver, "Mailbox secured")
    assert User.objects.get(pk=officer.pk).is_officer
    assert browser.get("/account/").status_code == 302, "old sessions stay ended"
    assert client_for(User.objects.get(pk=officer.pk)).get("/holds/").status_code == 200
    mail = OutboundMessage.objects.get(event="access_restored")
    assert mail.to_user_id == officer.pk
    again = client.post(address, {"reason": "Once more"})
    assert again.status_code == 422
    assert "given back already" in words(again)


@pytest.mark.django_db
def test_who_suspended_does_not_give_back():
    officer, approver = make_officer(), make_staff("approver")
    suspension = suspended_officer(officer, by=approver)
    confirmed(suspension)
    with pytest.raises(NotAllowed, match="Another person"):
        suspensions.lift(suspension, reason="x", by=approver)
    with pytest.raises(NotAllowed, match="right"):
        suspensions.lift(suspension, reason="x", by=make_staff("analyst"))
    suspensions.lift(suspension, reason="x", by=make_staff("approver"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("call", "two"),
    [("a known number", False), ("a new number", True), ("another way", True)],
)
def test_who_called_may_give_back_only_after_a_call_to_a_known_number(call, two):
    officer, caller = make_officer(make_agency(number=call != "another way")), make_staff("approver")
    if call == "a new number":
        officer.membership.agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=2))
    suspension = suspended_officer(officer)
    confirmed(suspension, by=caller)
    if two:
        with pytest.raises(NotAllowed, match="you made the call"):
            suspensions.lift(suspension, reason="x", by=caller)
        suspensions.lift(suspension, reason="x", by=make_staff("approver"))
    else:
        suspensions.lift(suspension, reason="x", by=caller)


@pytest.mark.django_db
def test_only_a_confirming_call_after_the_suspension_counts():
    officer, approver, at = make_officer(), make_staff("approver"), timezone.now()
    agency = officer.membership.agency
    first = lifted(suspended_officer(officer, at=at - timedelta(days=3)))
    second = suspended_officer(officer)
    assert suspensions.return_call(second, at=timezone.now()) is None, "the call before was about something else"
    for result in ("not_confirmed", "no_answer"):
        suspensions.record_return_call(second, told(agency, result=result), by=approver)
    with pytest.raises(NotAllowed, match="Record a call"):
        suspensions.lift(second, reason="x", by=approver)
    confirmed(second, by=make_staff("analyst"))
    with pytest.raises(NotAllowed, match="Record a call"):
        suspensions.lift(second, reason="x", by=approver, at=timezone.now() + timedelta(days=8))
    suspensions.lift(second, reason="x", by=approver)
    with pytest.raises(TransitionRefused, match="given back"):
        suspensions.record_return_call(first, told(agency), by=approver)


@pytest.mark.django_db
def test_officers_of_a_lifted_agency_keep_their_own_suspension():
    agency = make_agency()
    good, bad = make_officer(agency), make_officer(agency)
    suspended_officer(bad)
    lifted(suspended_agency(agency))
    assert User.objects.get(pk=good.pk).is_officer
    assert not User.objects.get(pk=bad.pk).is_officer
    assert set(OutboundMessage.objects.filter(event="access_restored").values_list("to_user", flat=True)) == {good.pk}


@pytest.mark.django_db
def test_an_officer_of_a_suspended_agency_gets_back_only_their_own():
    agency = make_agency()
    officer = make_officer(agency)
    mine = suspended_officer(officer)
    suspended_agency(agency)
    lifted(mine)
    assert not User.objects.get(pk=officer.pk).is_officer
    assert not OutboundMessage.objects.filter(event="access_restored").exists(), "there is no access to come back to"


# Who may --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("role", ALL_STAFF)
def test_each_role_sees_and_does_what_it_may(role):
    officer = make_officer()
    agency = officer.membership.agency
    hold_of(officer, at=timezone.now())
    suspension = suspended_officer(officer)
    item, other = suspension.look_back.get(), make_officer()
    client = client_for(make_staff(role))
    sees, takes, gives = role in {"analyst", "approver", "auditor"}, role in {"analyst", "approver"}, role == "approver"
    expected = [
        (client.get(url("suspensions")), sees),
        (client.get(url("suspension", suspension.uid)), sees),
        (client.get(url("officer_suspend", other.pk)), takes),
        (client.get(url("agency_suspend", agency.uid)), takes),
        (client.get(url("look_back", suspension.uid, item.pk)), takes),
        (client.post(url("look_back", suspension.uid, item.pk), {}), takes),
        (client.post(url("suspension_call", suspension.uid), {}), takes),
        (client.post(url("lift", suspension.uid), {}), gives),
    ]
    for number, (answer, may) in enumerate(expected):
        assert (answer.status_code in {200, 302, 422}) if may else answer.status_code == 403, (role, number)
    if sees:
        asks = page(client.get(url("suspension", suspension.uid))).select("form[action]")
        offered = {form["action"].rsplit("/", 2)[-2] for form in asks if "suspensions" in form["action"]}
        assert offered == ({"call"} if takes else set()), "giving back is offered once nothing is in the way"


@pytest.mark.django_db
def test_officers_and_strangers_find_nothing_there():
    officer = make_officer()
    suspension = suspended_officer(make_officer(officer.membership.agency))
    client = client_for(officer)
    for address in (
        url("suspensions"), url("suspension", suspension.uid), url("agency_suspend", officer.membership.agency.uid),
        url("officer_suspend", officer.pk), url("lift", suspension.uid),
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address


@pytest.mark.django_db
def test_a_declared_conflict_hides_it():
    officer, approver = make_officer(), make_staff("approver")
    agency = officer.membership.agency
    both = suspended_officer(officer), suspended_agency(agency)
    client = client_for(approver)
    assert all(client.get(url("suspension", s.uid)).status_code == 200 for s in both)
    DeclaredConflict.objects.create(user=approver, agency=agency, reason="x", declared_at=timezone.now())
    assert all(client.get(url("suspension", s.uid)).status_code == 404 for s in both)
    assert agency.name not in words(client.get(url("suspensions")))


@pytest.mark.django_db
def test_taking_and_giving_ask_for_a_fresh_factor_and_keep_what_was_typed():
    officer, approver = make_officer(), make_staff("approver")
    stale = client_for(approver, factor_age=3600)
    address = url("officer_suspend", officer.pk)
    assert stale.get(address).url.startswith("/sign-in/factor/")
    assert stale.post(address, answers(officer.membership.agency, reason="Typed at night")).status_code == 302
    assert not Suspension.objects.exists()
    _freshen(stale)
    shown = stale.get(address)
    assert "Typed at night" in words(shown)
    assert "Nothing is done yet" in words(shown)
    suspension = suspended_officer(officer)
    confirmed(suspension)
    stale = client_for(approver, factor_age=3600)
    assert stale.post(url("lift", suspension.uid), {"reason": "They moved"}).status_code == 302
    assert Suspension.objects.in_force().count() == 1
    _freshen(stale)
    assert "They moved" in words(stale.get(url("lift", suspension.uid)))
    assert stale.get(url("lift", suspension.uid)).url == url("suspension", suspension.uid)
    # A browser says which page the form stood on, and is led back there.
    stale = client_for(approver, factor_age=3600)
    page_of = url("suspension", suspension.uid)
    answer = stale.post(
        url("lift", suspension.uid), {"reason": "They moved"}, HTTP_REFERER=f"http://testserver{page_of}"
    )
    assert answer.url == f"/sign-in/factor/?next={quote(page_of, safe='')}"
    _freshen(stale)
    assert "They moved" in words(stale.get(page_of))
    assert "They moved" not in words(stale.get(page_of))


def _freshen(client) -> None:
    session = client.session
    session["factor_at"] = timezone.now().isoformat()
    session.save()


@pytest.mark.django_db
def test_the_list_costs_the_same_with_one_and_three(django_assert_num_queries):
    client = client_for(make_staff("auditor"))
    client.get(url("suspensions"))
    for number in (1, 2):
        while Suspension.objects.count() < 2 * number - 1:
            suspended_officer(make_officer())
        with django_assert_num_queries(7):
            assert len(page(client.get(url("suspensions"))).select("tbody tr")) == 2 * number - 1
    lifted(Suspension.objects.first())
    assert len(page(client.get(url("suspensions"))).select("tbody tr")) == 2
    assert len(page(client.get(f"{url('suspensions')}?show=lifted")).select("tbody tr")) == 1


# At the same moment ---------------------------------------------------------------------------------------------------
def refused(results):
    assert all(not isinstance(r, Exception) or isinstance(r, PortalError) for r in results), results
    return sum(isinstance(r, PortalError) for r in results)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("who", ["agency", "officer"])
def test_two_people_suspend_once(who):
    make_provider()
    officer = make_officer()
    one, other = make_staff("analyst"), make_staff("approver")
    agency = officer.membership.agency

    def act(by):
        return suspended_agency(agency, by=by) if who == "agency" else suspended_officer(officer, by=by)

    assert refused(race(lambda: act(one), lambda: act(other), lambda: act(one))) == 2
    assert Suspension.objects.count() == 1
    assert CallBack.objects.count() == 1
    assert OutboundMessage.objects.filter(event="access_suspended").count() == 1


@pytest.mark.usefixtures("committed_db")
def test_an_agency_and_its_officer_are_suspended_at_once_without_a_deadlock():
    make_provider()
    agency = make_agency()
    officers = [make_officer(agency) for _n in range(4)]
    analyst = make_staff("analyst")
    calls = [lambda officer=officer: suspended_officer(officer, by=analyst) for officer in officers]
    assert refused(race(lambda: suspended_agency(agency, by=analyst), *calls)) == 0
    assert Suspension.objects.in_force().count() == 5


@pytest.mark.usefixtures("committed_db")
def test_two_people_give_back_once():
    make_provider()
    officer = make_officer()
    one, other, analyst = make_staff("approver"), make_staff("approver"), make_staff("analyst")
    suspension = suspended_officer(officer, by=analyst)
    confirmed(suspension, by=analyst)
    results = race(
        lambda: suspensions.lift(suspension, reason="a", by=one),
        lambda: suspensions.lift(suspension, reason="b", by=other),
    )
    assert refused(results) == 1
    assert OutboundMessage.objects.filter(event="access_restored").count() == 1
    assert AuditEvent.objects.filter(action="access.suspension_lifted").count() == 1
