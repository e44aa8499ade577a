"""What was typed survives the second factor, encrypted, for ten minutes, once, and nothing is done with it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.kept_forms import SECONDS
from accounts.services import vetting
from tests.accounts.factories import make_application
from tests.accounts.helpers import page, words
from tests.people import client_for, make_agency, make_staff

pytestmark = pytest.mark.django_db

REASON = "Typed for a quarter of an hour"


def interrupted(reason=REASON):
    """A decision that was sent after the factor had become old: application, address and browser."""
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    stale = client_for(analyst, factor_age=3600)
    url = f"/staff/access/{application.reference}/"
    said = {"decision": "reject", "reason": reason, "decline_code": "forged"}
    answer = stale.post(f"{url}decide/", said, headers={"referer": f"http://testserver{url}"})
    assert answer["Location"].startswith("/sign-in/factor/?next=")
    return application, url, stale


def typed(answer) -> str:
    return page(answer).select_one("textarea[name=reason]").get_text().strip()


def test_the_form_comes_back_with_every_answer_and_nothing_was_decided():
    application, url, client = interrupted()
    answer = client.get(url)
    assert answer.status_code == 200
    assert "Confirm once more: nothing was decided yet." in words(answer)
    assert typed(answer) == REASON
    assert page(answer).select_one("[name=decision][checked]")["value"] == "reject"
    assert page(answer).select_one("[name=decline_code] option[selected]")["value"] == "forged"
    application.refresh_from_db()
    assert application.status == ApplicationStatus.IN_REVIEW
    assert typed(client.get(url)) == "", "it is given back once"


def test_the_session_holds_no_readable_word_of_it():
    _application, _url, client = interrupted()
    assert "quarter" not in str(dict(client.session))
    assert "csrf" not in client.session["kept_form"]


def test_it_is_kept_for_ten_minutes():
    _application, url, client = interrupted()
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS + 5), tick=False):
        assert typed(client.get(url)) == ""


def test_it_comes_back_on_its_own_page_only():
    _application, url, client = interrupted()
    other = make_application(make_agency())
    vetting.take(other, by=make_staff("analyst"))
    answer = client.get(f"/staff/access/{other.reference}/")
    assert "Confirm once more" not in words(answer)
    assert typed(client.get(url)) == REASON


def test_far_too_much_is_not_kept():
    _application, url, client = interrupted("x" * 70_000)
    assert "kept_form" not in client.session
    assert "Confirm once more" not in words(client.get(url))


def test_nobody_else_gets_it():
    _application, url, client = interrupted()
    other = client_for(make_staff("analyst"))
    session = other.session
    session["kept_form"] = client.session["kept_form"]
    session.save()
    assert "Confirm once more" not in words(other.get(url))
