"""A lost second factor: identity is proofed anew by two people, and a mailbox alone resets nothing."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import cool_down
from accounts.enums import CallBackResult
from accounts.models import AuthenticatorApp, LostFactor, RecoveryCode, User
from accounts.services import factors, lost_factor
from accounts.services.factors import Adding
from foundation.core.errors import Incomplete, NotAllowed
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, code_for, last_mail, link_in, words
from tests.accounts.staffing import administrators, again
from tests.accounts.suspending import suspended_officer, told
from tests.people import PASSWORD, client_for, make_agency, make_factor, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def asked(user, **more) -> LostFactor:
    return lost_factor.ask(user, reason="My phone was stolen", **more)


def called(case, *, by=None, result=CallBackResult.CONFIRMED, **more):
    spoke = "" if result == CallBackResult.NO_ANSWER else "Personnel office, Lind"
    said = told(case.agency, result=result, spoke_to=spoke, **more)
    return lost_factor.record_call(case, said, by=by or make_staff("analyst"))


def identified(user, *, by=None) -> LostFactor:
    case = asked(user)
    called(case, by=by)
    return LostFactor.objects.get(pk=case.pk)


def was_reset(user) -> LostFactor:
    return lost_factor.reset(identified(user), reason="The agency confirmed", by=make_staff("approver"))


def mails():
    return list(OutboundMessage.objects.order_by("pk").values_list("event", "to_address"))


# Asking ---------------------------------------------------------------------------------------------------------------
def test_a_password_session_may_ask_and_opens_nothing():
    officer = make_officer()
    client = client_for(officer, verified=False)
    assert "we call your agency" in words(client.get("/account/lost/"))
    assert client.post("/account/lost/", {"reason": ""}).status_code == 422
    assert client.post("/account/lost/", {"reason": "Phone stolen"}).url == "/account/lost/"
    assert "We received your question" in words(client.get("/account/lost/"))
    assert client.get("/requests/").url.startswith("/sign-in/factor/")
    mail = last_mail("lost_factor_asked")
    assert "http" not in mail.body_text.partition("We never ask")[0], "nothing in it opens anything"
    assert "Phone stolen" not in mail.body_text
    assert AuthenticatorApp.objects.filter(user=officer).exists()


def test_who_shows_a_factor_has_lost_none():
    officer = make_officer()
    answer = client_for(officer).post("/account/lost/", {"reason": "Lost"})
    assert answer.url == "/account/"
    assert not LostFactor.objects.exists()


def test_a_stranger_asks_for_nobody():
    assert Client().get("/account/lost/").url.startswith("/sign-in/")
    assert Client().get("/lost/").status_code == 200
    assert not LostFactor.objects.exists()


def test_one_question_at_a_time_and_three_in_a_day():
    officer = make_officer()
    first = asked(officer)
    assert asked(officer) == first
    for _n in range(2):
        lost_factor.withdraw(lost_factor.open_case(officer), by=officer)
        asked(officer)
    lost_factor.withdraw(lost_factor.open_case(officer), by=officer)
    with pytest.raises(NotAllowed, match="three times"):
        asked(officer)
    with pytest.raises(NotAllowed, match="nothing to reset"):
        asked(make_user())
    with pytest.raises(Incomplete):
        lost_factor.ask(make_officer(), reason=" ")


def test_only_the_owner_takes_the_question_back():
    case = asked(make_officer())
    with pytest.raises(NotAllowed):
        lost_factor.withdraw(case, by=make_staff("approver"))
    client = client_for(case.user, verified=False)
    assert client.post("/account/lost/withdraw/").url == "/account/lost/"
    assert LostFactor.objects.get(pk=case.pk).status == "withdrawn"


# Two people -----------------------------------------------------------------------------------------------------------
def test_sec_29_a_lost_factor_repeats_identity_proofing_by_two_people():
    officer = make_officer()
    lead = make_officer(officer.membership.agency, lead=True)
    factors.make_recovery_codes(officer)
    open_session = client_for(officer)
    case = identified(officer)
    assert (case.status, AuthenticatorApp.objects.filter(user=officer).count()) == ("identified", 1)
    lost_factor.reset(case, reason="The agency confirmed", by=make_staff("approver"))
    assert not AuthenticatorApp.objects.filter(user=officer).exists()
    assert not RecoveryCode.objects.filter(user=officer).exists()
    assert open_session.get("/requests/").url.startswith("/sign-in/")
    assert ("lost_factor_lead", lead.email) in mails()
    assert ("lost_factor_reset", officer.email) in mails()
    assert {"lost_factor.asked", "lost_factor.identity_confirmed", "lost_factor.reset"} <= set(
        actions(object_type="accounts.lostfactor")
    )


def test_no_reset_without_a_call_that_confirms():
    case = asked(make_officer())
    approver = make_staff("approver")
    for result in (CallBackResult.NO_ANSWER, CallBackResult.NOT_CONFIRMED, CallBackResult.OFFICER_ONLY):
        called(case, result=result)
        with pytest.raises(NotAllowed):
            lost_factor.reset(case, reason="In a hurry", by=approver)
    assert AuthenticatorApp.objects.filter(user=case.user).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        LostFactor.objects.filter(pk=case.pk).update(status="reset", decided_by=approver)


def test_who_called_does_not_reset():
    both = make_staff("analyst", "approver")
    case = identified(make_officer(), by=both)
    with pytest.raises(NotAllowed, match="you confirmed who asks"):
        lost_factor.reset(case, reason="I called them", by=both)


@pytest.mark.parametrize("role", ["analyst", "counsel", "auditor", "administrator", "custodian"])
def test_only_approvers_reset_an_officer(role):
    case = identified(make_officer())
    with pytest.raises(NotAllowed):
        lost_factor.reset(case, reason="x", by=make_staff(role))


def test_only_numbers_of_the_directory_are_called():
    other = make_agency()
    case = asked(make_officer())
    with pytest.raises(NotAllowed, match="directory"):
        lost_factor.record_call(
            case, told(other, result="confirmed"), by=make_staff("analyst")
        )  # a confirmed number, but of another agency


def test_a_factor_that_was_shown_after_asking_is_not_lost():
    case = identified(make_officer())
    User.objects.filter(pk=case.user_id).update(last_verified_at=timezone.now())
    with pytest.raises(NotAllowed, match="not lost"):
        lost_factor.reset(LostFactor.objects.get(pk=case.pk), reason="x", by=make_staff("approver"))
    page = client_for(make_staff("approver")).get(f"/staff/lost-factors/{case.uid}/")
    assert "after the question was asked" in words(page)


def test_a_suspended_officer_is_not_helped_in():
    officer = make_officer()
    case = identified(officer)
    suspended_officer(officer)
    with pytest.raises(NotAllowed, match="suspended"):
        lost_factor.reset(case, reason="x", by=make_staff("approver"))


def test_an_old_call_does_not_count():
    case = identified(make_officer())
    LostFactor.objects.filter(pk=case.pk).update(identified_at=timezone.now() - timedelta(days=8))
    with pytest.raises(NotAllowed, match="7 days"):
        lost_factor.reset(case, reason="x", by=make_staff("approver"))


def test_who_declared_a_conflict_stays_away():
    case = identified(make_officer())
    approver = make_staff("approver")
    approver.conflicts.create(agency=case.agency, reason="A relative", declared_at=timezone.now())
    with pytest.raises(NotAllowed, match="conflict"):
        lost_factor.reset(case, reason="x", by=approver)
    client = client_for(approver)
    assert client.get(f"/staff/lost-factors/{case.uid}/").status_code == 403
    assert case.user.full_name not in words(client.get("/staff/lost-factors/"))


def test_a_refusal_is_told_without_the_reason_and_leaves_everything():
    case = asked(make_officer())
    lost_factor.refuse(case, reason="The unit never heard of it", by=make_staff("analyst"))
    assert AuthenticatorApp.objects.filter(user=case.user).exists()
    assert "never heard" not in last_mail("lost_factor_refused").body_text
    with pytest.raises(NotAllowed):
        lost_factor.refuse(identified(make_officer()), reason="x", by=make_staff("auditor"))


# Staff ----------------------------------------------------------------------------------------------------------------
def test_a_colleagues_factor_takes_two_others_and_the_auditor_is_told():
    first, second = administrators()
    person, auditor = make_staff("analyst"), make_staff("auditor")
    case = asked(person)
    with pytest.raises(NotAllowed, match="no agency to call"):
        lost_factor.record_call(case, told(make_agency(), result="confirmed"), by=first)
    case = lost_factor.recognise(case, how="In her office", by=first)
    with pytest.raises(NotAllowed, match="you confirmed who asks"):
        lost_factor.reset(case, reason="x", by=first)
    lost_factor.reset(case, reason="Stolen phone", by=second)
    told_to = {to for event, to in mails() if event == "staff_factor"}
    assert auditor.email in told_to
    assert not factors.has_factor(again(person))


def test_nobody_helps_themselves():
    person = make_staff("approver")
    first, _second = administrators()
    case = asked(person)
    with pytest.raises(NotAllowed, match="about you"):
        lost_factor.recognise(case, how="It is me", by=person)
    case = lost_factor.recognise(case, how="In her office", by=first)
    with pytest.raises(NotAllowed, match="about you"):
        lost_factor.reset(case, reason="x", by=person)
    assert client_for(person).get(f"/staff/lost-factors/{case.uid}/").status_code == 403


@pytest.mark.parametrize("role", ["analyst", "counsel", "auditor", "dpo"])
def test_others_decide_nothing_about_staff(role):
    case = asked(make_staff("counsel"))
    with pytest.raises(NotAllowed):
        lost_factor.recognise(case, how="I know her", by=make_staff(role))


def test_an_officer_is_never_only_recognised():
    case = asked(make_officer())
    with pytest.raises(NotAllowed, match="call to the agency"):
        lost_factor.recognise(case, how="I know him", by=make_staff("approver"))


# The link -------------------------------------------------------------------------------------------------------------
def enrol(client):
    """Set up an app on the page that the link leads to."""
    page = client.get("/account/factors/new/")
    secret = next(part for part in words(page).split("Type this secret into the app:")[1:])
    secret = "".join(secret.split("Type the code")[0].split())
    return client.post("/account/factors/new/", {"factor": "totp", "code": code_for(secret)})


def test_after_a_reset_the_password_alone_sets_up_nothing():
    case = was_reset(make_officer())
    thief = client_for(case.user, verified=False)
    assert thief.get("/account/factors/new/").url == "/account/lost/"
    assert "Open the link" in words(thief.get("/account/lost/"))
    assert thief.post("/account/factors/new/", {"factor": "totp", "code": "000000"}).url == "/account/lost/"
    assert thief.post("/account/factors/new/passkey/").status_code in {403, 409}
    assert not factors.has_factor(case.user)


def test_the_link_alone_sets_up_nothing():
    case = was_reset(make_officer())
    path = link_in(last_mail("lost_factor_reset"))
    thief = Client()
    assert thief.get(path).status_code == 200
    assert thief.post(path, {"password": "not the password at all", "rules": settings.RULES_VERSION}).status_code == 422
    assert thief.get("/account/factors/new/").url.startswith("/sign-in/")
    assert not factors.has_factor(case.user)


def test_link_and_password_set_up_a_new_factor_and_nothing_leaves_for_a_day():
    case = was_reset(make_officer())
    path = link_in(last_mail("lost_factor_reset"))
    client = Client()
    assert client.post(path, {"password": PASSWORD, "rules": settings.RULES_VERSION}).url == "/account/factors/new/"
    assert enrol(client).url.startswith("/account/recovery-codes/")
    assert LostFactor.objects.get(pk=case.pk).status == "done"
    assert client.get("/requests/").status_code == 200
    ends = cool_down.until(again(case.user), at=timezone.now())
    assert ends is not None
    assert timedelta(hours=23) < ends - timezone.now() <= timedelta(hours=24)
    assert Client().get(path).status_code == 410, "the link is used up"
    assert "Possible again from" in words(client.get("/account/"))


def test_who_signed_in_with_the_password_a_moment_ago_is_not_asked_again():
    case = was_reset(make_officer())
    client, path = client_for(case.user, verified=False), link_in(last_mail("lost_factor_reset"))
    assert client.get("/account/factors/new/").url == "/account/lost/"
    assert client.get(path).status_code == 200
    assert client.get("/account/factors/new/").url == "/account/lost/", "opening alone does nothing"
    assert client.post(path).url == "/account/factors/new/"
    assert enrol(client).url.startswith("/account/recovery-codes/")


def test_another_password_session_does_not_profit_from_the_link():
    case = was_reset(make_officer())
    Client().post(link_in(last_mail("lost_factor_reset")), {"password": PASSWORD, "rules": settings.RULES_VERSION})
    assert client_for(case.user, verified=False).get("/account/factors/new/").url == "/account/lost/"


def test_the_link_ends_after_a_day_and_then_everything_begins_again():
    case = was_reset(make_officer())
    token = link_in(last_mail("lost_factor_reset")).rstrip("/").rpartition("/")[2]
    later = timezone.now() + timedelta(hours=25)
    assert lost_factor.find_by_token(case.uid, token, at=later) is None
    with pytest.raises(NotAllowed, match="sent you a link already"):
        asked(case.user)
    again_asked = asked(again(case.user), at=later)
    assert again_asked != case
    assert client_for(case.user, verified=False).get("/account/factors/new/").url == "/account/lost/"


def test_the_link_of_an_account_that_was_closed_meanwhile_opens_nothing():
    case = was_reset(make_officer())
    User.objects.filter(pk=case.user_id).update(is_active=False)
    assert Client().get(link_in(last_mail("lost_factor_reset"))).status_code == 410


# Cooling down ---------------------------------------------------------------------------------------------------------
def test_a_first_factor_begins_no_cool_down():
    user = make_user()
    secret = factors.new_secret()
    factors.enrol(user, secret, code_for(secret.text))
    assert again(user).cool_down_until is None


def test_a_factor_in_place_of_all_stops_decisions_and_one_more_does_not():
    user = make_officer()
    secret = factors.new_secret()
    factors.enrol(user, secret, code_for(secret.text), adding=Adding.MORE)
    assert again(user).cool_down_until is None
    secret = factors.new_secret()
    factors.enrol(user, secret, code_for(secret.text), adding=Adding.INSTEAD)
    assert again(user).cool_down_until is not None


def test_replacing_them_one_by_one_begins_it_too():
    user = make_user()
    old = make_factor(user)
    new = make_factor(user, name="New", at=timezone.now())
    kept = next(factor for factor in factors.factors_of(user) if factor.pk == new.pk)
    assert kept
    gone = next(factor for factor in factors.factors_of(user) if factor.pk == old.pk)
    factors.remove(user, gone)
    assert again(user).cool_down_until is not None


def test_removing_the_newer_one_stops_no_decisions():
    user = make_user()
    make_factor(user)
    new = make_factor(user, name="New", at=timezone.now())
    factors.remove(user, next(factor for factor in factors.factors_of(user) if factor.pk == new.pk))
    assert again(user).cool_down_until is None


def test_the_sentence_names_the_end_and_0_switches_it_off(settings):
    user = make_officer()
    settings.FACTOR_COOL_DOWN_HOURS = 0
    secret = factors.new_secret()
    factors.enrol(user, secret, code_for(secret.text), adding=Adding.INSTEAD)
    assert again(user).cool_down_until is None
    at = timezone.now()
    user.cool_down_until = at + timedelta(hours=2)
    said = cool_down.refusal(user, "download records", at=at)
    assert f"{user.cool_down_until:%H:%M} UTC" in said
    assert cool_down.refusal(user, "download records", at=at + timedelta(hours=2)) == ""


# Pages ----------------------------------------------------------------------------------------------------------------
def test_the_desk_walks_a_case_through_its_pages():
    case = asked(make_officer())
    url = f"/staff/lost-factors/{case.uid}/"
    analyst, approver = client_for(make_staff("analyst")), client_for(make_staff("approver"))
    assert case.user.full_name in words(analyst.get("/staff/lost-factors/"))
    number = case.agency.numbers.first()
    said = {"call-way": f"number-{number.pk}", "call-result": "confirmed", "call-spoke_to": ""}
    assert analyst.post(f"{url}call/", said).status_code == 422
    assert analyst.post(f"{url}call/", said | {"call-spoke_to": "Lind"}).url == url
    refused = analyst.post(f"{url}decide/", {"decision": "reset", "reason": "Confirmed"})
    assert (refused.status_code, "Confirmed" in refused.content.decode()) == (422, True)
    assert approver.post(f"{url}decide/", {"decision": "reset", "reason": ""}).status_code == 422
    assert approver.post(f"{url}decide/", {"decision": "reset", "reason": "Confirmed"}).url == url
    late = approver.post(f"{url}decide/", {"decision": "reset", "reason": "Confirmed"})
    assert late.status_code == 422
    assert case.user.full_name not in words(approver.get("/staff/lost-factors/"))
    assert case.user.full_name in words(approver.get("/staff/lost-factors/?show=decided"))


def test_sec_11_deciding_asks_for_a_fresh_factor():
    case = identified(make_officer())
    stale = client_for(make_staff("approver"), factor_age=3600)
    answer = stale.post(f"/staff/lost-factors/{case.uid}/decide/", {"decision": "reset", "reason": "x"})
    assert answer.url.startswith("/sign-in/factor/")
    assert AuthenticatorApp.objects.filter(user=case.user).exists()


@pytest.mark.parametrize("role", ["administrator", "analyst"])
def test_each_sees_only_what_is_theirs_to_decide(role):
    officers, colleagues = asked(make_officer(full_name="Karin Aas")), asked(make_staff("dpo", full_name="Dora Pohl"))
    client = client_for(make_staff(role))
    mine, other = (colleagues, officers) if role == "administrator" else (officers, colleagues)
    shown = words(client.get("/staff/lost-factors/"))
    assert mine.user.full_name in shown
    assert other.user.full_name not in shown
    assert client.get(f"/staff/lost-factors/{other.uid}/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_no_more_for_more_rows(rows, django_assert_num_queries):
    for _n in range(rows):
        identified(make_officer())
    client = client_for(make_staff("approver"))
    client.get("/staff/lost-factors/")
    with django_assert_num_queries(8):
        client.get("/staff/lost-factors/")
