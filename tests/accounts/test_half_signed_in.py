"""Whoever has shown only a password reads nothing about the person but the address that was typed: on no page."""

import re

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.access import Audience, declared
from accounts.models import AccessApplication, User
from accounts.services import factors, lost_factor
from foundation.core.references import new_reference
from tests.accounts.helpers import page
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff, make_user
from tests.url_inventory.walk import routes

pytestmark = pytest.mark.django_db

NAME = ("Wilhelmina", "Quarrington")
ZONE = "Pacific/Chatham"
PHONE, BADGE, RANK, UNIT = "+441632960147", "77001-Q", "Oberkommissar", "Harbour fraud unit"
PEN_NAME = "reviewer Umbra"
AGENCY = "Zebrafink Constabulary"


def officer_with_a_case() -> tuple[User, list[str]]:
    """An officer, and every word about them that could leak."""
    officer = make_officer(make_agency(AGENCY), full_name=" ".join(NAME), time_zone=ZONE)
    officer.memberships.update(rank=RANK, unit=UNIT, badge=BADGE, phone=PHONE)
    request = request_at("submitted", officer=officer)
    number = officer.membership.agency.numbers.get().number
    return officer, [*NAME, AGENCY, RANK, UNIT, BADGE, PHONE, ZONE, number, request.reference]


def applicant() -> tuple[User, list[str]]:
    """Somebody whose application waits."""
    user = make_user(full_name=" ".join(NAME), time_zone=ZONE)
    row = AccessApplication.objects.create(
        reference=new_reference("AC", timezone.now()), email=user.email, user=user, status="submitted",
        verdict="known_agency", full_name=" ".join(NAME), rank=RANK, badge=BADGE, phone=PHONE,
        agency=make_agency(AGENCY), supervisor_name="Ottoline Brackwater", created_at=timezone.now(),
    )  # fmt: skip
    return user, [*NAME, AGENCY, RANK, BADGE, PHONE, ZONE, "Ottoline", row.reference]


def colleague() -> tuple[User, list[str]]:
    """Staff: not even that they are."""
    user = make_staff("approver", full_name=" ".join(NAME), time_zone=ZONE, pseudonym=PEN_NAME)
    return user, [*NAME, ZONE, PEN_NAME, "approver", "Go to your work"]


def who_asked_for_a_reset() -> tuple[User, list[str]]:
    """An officer who said what happened."""
    officer, hidden = officer_with_a_case()
    lost_factor.ask(officer, reason="Fell into the Zwischenahn lake.")
    return officer, [*hidden, "Zwischenahn"]


def without_a_factor() -> tuple[User, list[str]]:
    """An officer whose factor was reset."""
    officer, hidden = officer_with_a_case()
    factors.make_recovery_codes(officer)
    officer.authenticator_apps.all().delete()
    return officer, hidden


KINDS = (officer_with_a_case, applicant, colleague, who_asked_for_a_reset, without_a_factor)


def addresses() -> list[str]:
    return [reverse(route.name) for route in routes() if "<" not in route.pattern]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_answer_says_anything_about_the_person(kind, settings):
    user, hidden = kind()
    client = client_for(User.objects.get(pk=user.pk), verified=False)
    for path in addresses():
        for method in ("get", "head", "post"):
            key = client.session.session_key
            with transaction.atomic():
                answer = getattr(client, method)(path)
                body = answer.getvalue() if answer.streaming else answer.content
                said = body.decode(errors="replace") + str(dict(answer.items()))
                transaction.set_rollback(True)
            client.cookies[settings.SESSION_COOKIE_NAME] = key
            assert [word for word in hidden if word in said] == [], f"{method} {path}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_header_names_the_address_and_the_way_out(kind):
    user, _hidden = kind()
    client = client_for(User.objects.get(pk=user.pk), verified=False)
    for path in ("/sign-in/factor/", "/account/lost/", "/", "/guidelines/"):
        header = page(client.get(path, follow=True)).header.get_text(" ")
        assert user.email in header, path
        assert "Sign out" in header, path
        assert not re.search(r"\bAccount\b", header), path
        assert "Request access" not in header, path


def test_the_words_that_may_not_leak_stand_behind_the_factor():
    """Or the tests above would look for words that stand nowhere."""
    officer, _hidden = officer_with_a_case()
    text = client_for(officer).get("/account/", follow=True).content.decode()
    for word in (*NAME, AGENCY, RANK, ZONE):
        assert word in text, word


def test_a_page_for_the_password_alone_is_one_of_these():
    """A new one is walked above; this names what it may be for."""
    for route in routes():
        if declared(route.view).audience is Audience.PASSWORD:
            assert "factor" in route.name or "passkey" in route.name, route.name


def test_a_new_passkey_is_named_by_the_address():
    user = make_user(full_name=" ".join(NAME))
    said = client_for(user, verified=False).post("/account/factors/new/passkey/").json()
    assert user.email in str(said)
    assert NAME[1] not in str(said)


def test_the_home_page_offers_no_access_to_whoever_is_signed_in():
    for client in (
        client_for(make_officer()),
        client_for(make_user(), verified=False),
        client_for(make_staff("analyst")),
    ):
        assert not page(client.get("/")).select("main a[href='/access/']")
