"""What auditors found in portals of this kind: replay, races on links, one way in that forgot a ban."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.services import sign_in
from tests.accounts.helpers import code_of, last_mail, link_in
from tests.harness.race import race
from tests.people import PASSWORD, client_for, make_officer

NEW = "a quiet harbour at dawn"


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["{0}", " {0}", "{0} ", "{1} {2}", "{1}-{2}", "{1}\u00a0{2}", "0{0}"])
def test_a_code_is_not_played_again_however_it_is_written(form):
    officer = make_officer()
    code = code_of(officer.authenticator_apps.get())
    first, again = (client_for(officer, verified=False) for _ in range(2))
    assert first.post("/sign-in/factor/", {"factor": "totp", "code": code}).status_code == 302
    written = form.format(code, code[:3], code[3:])
    assert again.post("/sign-in/factor/", {"factor": "totp", "code": written}).status_code == 422
    assert again.get("/account/").status_code == 302


@pytest.mark.usefixtures("committed_db")
def test_one_link_sets_one_password():
    officer = make_officer()
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    token = link_in(last_mail("password_reset")).rstrip("/").rpartition("/")[2]
    words = [f"{NEW} number {number}" for number in range(12)]
    results = race(*[lambda one=one: sign_in.set_new_password(officer, one, token=token) for one in words])
    assert sorted(results, key=str) == [False] * 11 + [True]
    officer.refresh_from_db()
    assert [one for one in words if officer.check_password(one)] == [words[results.index(True)]]


@pytest.mark.django_db
def test_a_closed_account_is_closed_on_every_way_in():
    """Single sign-on: test_single_sign_on.py; the link after a reset: test_lost_factor.py."""
    officer = make_officer()
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    link = link_in(last_mail("password_reset"))
    half, whole = client_for(officer, verified=False), client_for(officer)
    code = code_of(officer.authenticator_apps.get())
    User.objects.filter(pk=officer.pk).update(is_active=False)
    said = {"email": officer.email, "password": PASSWORD, "rules": settings.RULES_VERSION}
    assert Client().post("/sign-in/", said).status_code == 422
    assert half.post("/sign-in/factor/", {"factor": "totp", "code": code}).url.startswith("/sign-in/?")
    assert whole.get("/requests/").url.startswith("/sign-in/?")
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"password": NEW}).status_code == 410
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    assert last_mail("password_reset").body_text.count("http") == 1
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)
