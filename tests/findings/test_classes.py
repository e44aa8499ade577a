"""Classes of PyPI's findings, each tried against the portal with something that could leak or be done."""

import json
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import AuthenticatorApp
from accounts.services import limits, single_sign_on
from accounts.services.single_sign_on import Identity
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from foundation.providers import connector_keys, inbound
from foundation.providers.connectors.http import signing
from foundation.providers.models import SeenCall
from preservation.models import PreservationHold
from requests_app.models import DataRequest
from requests_app.services import followers, hand_overs, triage
from tests.accounts.helpers import code_of, words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_no_loop_of_clicks_mails_without_end(monkeypatch):
    """Naming and un-naming one colleague, and handing a request over to and fro: both end (TOB-PYPI-4)."""
    monkeypatch.setattr(limits, "TELLING", limits.Limit("tell.by_hand", 5, timedelta(days=1)))
    sent = request_at("submitted")
    officer, colleague = sent.officer, make_officer(sent.agency)
    for _click in range(5):
        followers.end(followers.add(sent, colleague, by=officer), by=officer)
    with pytest.raises(NotAllowed, match="Go on tomorrow"):
        followers.add(sent, colleague, by=officer)
    assert OutboundMessage.objects.filter(event="follower_added").count() == 5
    with pytest.raises(NotAllowed, match="Go on tomorrow"):
        hand_overs.hand_over(sent, to=colleague, by=officer)
    followers.add(sent, make_officer(sent.agency), by=officer, at=timezone.now() + timedelta(days=1, seconds=1))


def test_every_answer_has_one_policy_and_no_view_its_own():
    """Pages, redirects, what is not there and files of the portal (TOB-PYPI-8 and 9)."""
    officer = client_for(make_officer())
    asked = [(Client(), path) for path in ("/", "/sign-in/", "/nothing/", "/staff/queue/", "/verify/keys.json")]
    asked += [(officer, path) for path in ("/requests/", "/account/", "/nothing/")]
    answers = [client.get(path) for client, path in asked]
    assert len({answer.headers["Content-Security-Policy"] for answer in answers}) == 1
    policy = answers[0].headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for answer in answers:
        assert "camera=()" in answer.headers["Permissions-Policy"]


def test_a_call_is_remembered_for_longer_than_it_is_believed():
    """From the earliest moment a time stamp is believed to the last one (TOB-PYPI26-1)."""
    key, secret = connector_keys.make_key(make_provider(), by=None)
    body = json.dumps({"key": "q1"}).encode()
    call = signing.new_call("/company/v1/restrictions", body)
    headers = signing.call_headers(call, key_id=key.key_id, secret=secret)
    stamped = timezone.datetime.fromtimestamp(call.timestamp, tz=timezone.get_current_timezone())
    early, late = (stamped + timedelta(seconds=sign * (signing.TOLERANCE - 1)) for sign in (-1, 1))
    how = {"method": "POST", "path": call.path, "body": body}
    inbound.let_in(headers, **how, at=early)
    inbound.forget(at=late)
    assert SeenCall.objects.count() == 1
    with pytest.raises(signing.BadSignature, match="before"):
        inbound.let_in(headers, **how, at=late)


def test_a_used_code_is_used_however_it_is_typed():
    """Spaces, dashes, and spaces and digits of other scripts (TOB-PYPI26-9)."""
    officer = make_officer()
    device = AuthenticatorApp.objects.get(user=officer)
    code = code_of(device)
    first = client_for(officer, verified=False)
    assert first.post("/sign-in/factor/", {"factor": "totp", "code": code}).status_code == 302
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    for typed in (code, f" {code}", f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}", f"{code}\u2009", wide):
        AuthenticatorApp.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
        again = client_for(officer, verified=False)
        assert again.post("/sign-in/factor/", {"factor": "totp", "code": typed}).status_code == 422, typed
        assert again.get("/account/").status_code == 302, typed


def test_asking_for_a_new_password_tells_nothing_of_roles():
    """An administrator's address, an officer's and nobody's: one page, one entry each (TOB-PYPI26-5)."""
    people = [make_staff("administrator").email, make_officer().email, "nobody@nordvik.example"]
    said = []
    for number, email in enumerate(people):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        before = AuditEvent.objects.count()
        answer = client.post("/sign-in/forgotten/", {"email": email}, follow=True)
        said.append((answer.redirect_chain, words(answer), AuditEvent.objects.count() - before))
    assert said[0] == said[1] == said[2]


def test_an_act_whose_entry_fails_does_not_happen(monkeypatch):
    """The trail is written with the change or not at all (TOB-PYPI26-4)."""
    sent, analyst = request_at("submitted"), make_staff("analyst")

    def fails(*_args, **_kwargs):
        raise RuntimeError("the trail is full")

    monkeypatch.setattr("foundation.core.workflow.record", fails)
    with pytest.raises(RuntimeError, match="full"):
        triage.take(sent, by=analyst)
    assert DataRequest.objects.get(pk=sent.pk).status == "submitted"


def test_signs_of_like_find_themselves_only():
    """A percent sign in a search is a percent sign (TOB-PYPI-29)."""
    sent = request_at("submitted")
    officer, analyst = client_for(sent.officer), client_for(make_staff("analyst"))
    for client, page, word in (
        (officer, "/requests/?q={}", sent.case_number),
        (analyst, "/staff/officers/?q={}", sent.officer.email),
        (analyst, "/staff/agencies/?q={}", sent.agency.name),
    ):
        found = client.get(page.format(word)).content.decode()
        assert sent.agency.name in found or (sent.reference or "") in found, page
        for sign in ("%25", "%25%25", "_", "%5F%5F%5F"):
            none = words(client.get(page.format(sign)))
            assert sent.officer.email not in none, (page, sign)
            assert (sent.reference or "-")[-7:] not in none.replace(" ", ""), (page, sign)


def test_what_belongs_to_others_is_not_there():
    """Sessions, factors and holds of another person, by their own addresses (TOB-PYPI26-11)."""
    mine, other = make_officer(), make_officer()
    theirs, client = client_for(other), client_for(mine)
    assert theirs.get("/account/sessions/").status_code == 200
    listed = theirs.get("/account/sessions/").content.decode()
    factor = AuthenticatorApp.objects.get(user=other)
    before = Session.objects.count()
    client.post(f"/account/factors/app/{factor.pk}/remove/")
    for uid in {part.split("/")[0] for part in listed.split("/account/sessions/")[1:] if len(part.split("/")[0]) == 36}:
        client.post(f"/account/sessions/{uid}/end/")
    assert AuthenticatorApp.objects.filter(pk=factor.pk).exists()
    assert Session.objects.count() >= before
    assert theirs.get("/account/").status_code == 200
    assert not PreservationHold.objects.visible_to(mine).exists()


def test_the_same_name_at_another_issuer_is_somebody_else(settings):
    """A subject counts together with who says it (TOB-PYPI26-12)."""
    settings.SSO_OIDC_ISSUER, settings.SSO_STAFF_DOMAINS = "https://id.meridian.example", ["meridian.example"]
    colleague = make_staff("approver", email="approver@meridian.example")
    SocialAccount.objects.create(user=colleague, provider="https://id.meridian.example", uid="00u7")
    known = Identity("https://id.meridian.example", "00u7")
    assert single_sign_on.find(known) == colleague
    for issuer in ("https://id.meridian.example.evil.example", "https://id.meridian.example/", "https://other.example"):
        with pytest.raises(single_sign_on.NotOurs):
            single_sign_on.find(Identity(issuer, "00u7"))
    stranger = make_user("somebody@meridian.example")
    with pytest.raises(single_sign_on.NotOurs):
        single_sign_on.find(Identity("https://other.example", "00u7", stranger.email, email_verified=True))
