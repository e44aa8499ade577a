"""While access is suspended nobody changes the account: whoever is in it must not plant a way back in."""

import pytest
from django.conf import settings

from accounts.enums import FactorKind
from accounts.models import AddressChange, AgencyMembership, AuthenticatorApp, RecoveryCode, User
from accounts.services import changes, factors, members, passkeys, people, sign_in
from accounts.services.factors import Adding, CodeRefused
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from tests.accounts.authenticator import SoftKey
from tests.accounts.helpers import actions, code_for, code_of, last_mail, link_in, page, words
from tests.accounts.suspending import lifted, suspended_agency, suspended_officer
from tests.factories import request_at
from tests.people import PASSWORD, client_for, make_agency, make_factor, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db

NEW = "a quiet harbour at dawn"
SAID = {"old_password": PASSWORD, "password": NEW}


@pytest.fixture
def officer():
    return make_officer()


def again(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture(params=["officer", "agency"])
def frozen(request, officer):
    """An officer with two apps whose own access, or whose agency's, is suspended."""
    make_factor(officer, name="Second app")
    if request.param == "officer":
        suspended_officer(officer)
    else:
        suspended_agency(officer.membership.agency)
    return again(officer)


def ways(user, code: str):
    """Everything in the services that would change the account."""
    second = factors.factors_of(user)[-1]
    secret = factors.new_secret()
    return (
        lambda: factors.enrol(user, secret, code_for(secret.text), adding=Adding.MORE),
        lambda: factors.enrol(user, secret, code_for(secret.text), adding=Adding.INSTEAD),
        lambda: factors.remove(user, second),
        lambda: factors.rename(user, second, "Mine"),
        lambda: factors.make_recovery_codes(user, renewed=True),
        lambda: factors.use_recovery_code(user, code),
        lambda: sign_in.change_password(user, old=PASSWORD, new=NEW),
        lambda: changes.ask(user, kind="address", email=user.email.replace("@", ".new@")),
        lambda: changes.ask(user, kind="agency", email="k.aas@polis.gov.example"),
    )


def test_a_suspended_account_is_not_changed_by_any_service(officer):
    make_factor(officer, name="Second app")
    code = factors.make_recovery_codes(officer)[0]
    suspended_officer(officer)
    before = again(officer)
    hashes = set(RecoveryCode.objects.values_list("code_hash", "used_at"))
    for way in ways(before, code):
        with pytest.raises((NotAllowed, CodeRefused), match="nothing about the account can be changed"):
            way()
    assert [factor.name for factor in factors.factors_of(officer)] == ["Authenticator app", "Second app"]
    assert set(RecoveryCode.objects.values_list("code_hash", "used_at")) == hashes
    assert again(officer).check_password(PASSWORD)
    assert not AddressChange.objects.exists()


def test_no_post_changes_a_suspended_account(frozen):
    client = client_for(frozen)
    app, second = AuthenticatorApp.objects.filter(user=frozen).order_by("pk")
    one = f"/account/factors/{FactorKind.APP}/{second.pk}"
    for path, said in (
        (f"{one}/", {"name": "Mine"}),
        (f"{one}/remove/", {}),
        ("/account/recovery-codes/new/", {}),
        ("/account/password/", SAID),
        ("/account/change/", {"kind": "address", "email": frozen.email.replace("@", ".new@")}),
    ):
        assert people.FROZEN in words(client.post(path, said, follow=True)), path
        assert people.FROZEN in words(client.get(path, follow=True)), path
    client.get("/account/", follow=True)
    assert AuthenticatorApp.objects.filter(user=frozen).count() == 2
    assert AuthenticatorApp.objects.get(pk=second.pk).name == "Second app"
    assert not RecoveryCode.objects.exists()
    assert again(frozen).check_password(PASSWORD)
    assert app.user_id == frozen.pk


def test_a_set_up_that_was_begun_before_ends_with_the_sentence(officer):
    client = client_for(officer)
    secret = page(client.get("/account/factors/new/")).select_one(".app-code").get_text().strip()
    AgencyMembership.objects.filter(user=officer).update(suspended_at=officer.date_joined)
    answer = client.post("/account/factors/new/", {"factor": "totp", "name": "Mine", "code": code_for(secret)})
    assert answer.status_code == 422
    assert people.FROZEN in words(answer)
    assert AuthenticatorApp.objects.filter(user=officer).count() == 1


def test_a_passkey_is_not_planted_either(frozen):
    options, state = passkeys.ask_new(frozen)
    with pytest.raises(NotAllowed, match="suspended"):
        passkeys.enrol(frozen, state, SoftKey().make(options), adding=Adding.MORE)


def test_a_suspended_person_signs_in_to_read_how_it_stands(frozen, client):
    said = {"email": frozen.email, "password": PASSWORD, "rules": settings.RULES_VERSION}
    assert client.post("/sign-in/", said).status_code == 302
    app = AuthenticatorApp.objects.filter(user=frozen).order_by("pk").first()
    assert client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(app)}).status_code == 302
    assert "suspended" in words(client.get("/access/mine/", follow=True))


def test_the_sentence_ends_with_the_suspension(officer):
    suspension = suspended_officer(officer)
    assert people.account_frozen(officer)
    lifted(suspension)
    assert not people.account_frozen(again(officer))
    assert not people.account_frozen(make_officer(officer.membership.agency))
    assert not people.account_frozen(make_staff("analyst"))


def test_a_forgotten_password_answers_a_suspended_person_as_anybody_and_sends_nothing(client, frozen):
    OutboundMessage.objects.all().delete()
    own = client.post("/sign-in/forgotten/", {"email": frozen.email}, follow=True)
    strange = client.post("/sign-in/forgotten/", {"email": "nobody@polis.gov.example"}, follow=True)
    assert words(own) == words(strange)
    assert not OutboundMessage.objects.filter(event="password_reset").exists()
    assert actions(object_id=str(frozen.pk), object_type="accounts.user")[-1] == "password.reset_asked"


def test_a_link_from_before_the_suspension_sets_no_password(client, officer):
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    path = link_in(last_mail("password_reset"))
    AgencyMembership.objects.filter(user=officer).update(suspended_at=officer.date_joined)
    assert client.get(path).status_code == 410
    token = path.rstrip("/").rpartition("/")[2]
    assert not sign_in.set_new_password(again(officer), NEW, token=token)
    assert again(officer).check_password(PASSWORD)


def test_a_lead_cannot_end_the_access_of_a_suspended_officer():
    agency = make_agency()
    lead, colleague = make_officer(agency, lead=True), make_officer(agency)
    suspended_officer(colleague)
    member = AgencyMembership.objects.get(user=colleague)
    with pytest.raises(NotAllowed, match="suspended"):
        members.remove(member, by=lead, reason="Left")
    client = client_for(lead)
    path = f"/agency/members/{member.pk}/remove/"
    for answer in (client.get(path), client.post(path, {"reason": "Left the service"})):
        assert "This officer is suspended" in words(answer)
    member.refresh_from_db()
    assert member.ended_at is None


# What the pages say ---------------------------------------------------------------------------------------------------
def test_the_account_page_tells_a_suspended_person_the_truth(frozen):
    said = words(client_for(frozen).get("/account/"))
    assert "Access Suspended" in said
    assert "Access until" not in said


def test_who_lapsed_is_led_to_verify_again_and_learns_nothing_of_what_is_there(officer):
    other = request_at("submitted")
    AgencyMembership.objects.filter(user=officer).update(lapsed_at=officer.date_joined)
    client = client_for(again(officer))
    said = words(client.get("/account/"))
    assert "Access Ended: verify again" in said
    assert "Access until" not in said
    for path in ("/requests/", f"/requests/{other.reference}/", "/requests/LE-2026-000001/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/access/verify/"), path
    assert client.post(f"/requests/{other.reference}/withdraw/").status_code == 404


def test_strangers_and_the_suspended_still_find_nothing(frozen):
    for person in (frozen, make_user(), make_staff("analyst")):
        assert client_for(person).get("/requests/").status_code == 404


def test_a_name_that_nobody_gave_yet_is_left_out():
    person = make_user(full_name="")
    assert "Name" not in [cell.get_text().strip() for cell in page(client_for(person).get("/account/")).select("dt")]
