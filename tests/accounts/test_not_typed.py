"""A form in which nobody types is not kept, and nobody is told that they typed."""

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.utils import timezone

from accounts.kept_forms import _NEVER, NOT_TYPED
from accounts.models import KeptForm
from tests.accounts.browsing import Browser
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Hidden beside a reason that must be typed; elsewhere people fill these in.
BESIDE_A_REASON = {"country", "agency", "days", "provider"}
# A choice elsewhere; alone it is never kept (kept_forms).
A_CHOICE_ELSEWHERE = {"decision"}
# Sent by GET: nothing of it is ever kept.
FILTERS = {"ChooseForm"}
FILTER_TEMPLATES = {"_trail_filters.html"}
IN_A_SEARCH = {"ends", "message", "state"}
SAID = re.compile(r"while you typed|what I typed|typed comes back|sent yet")
TAG = re.compile(r"<(input|button|select|textarea)\b[^>]*>")
SUBMIT = re.compile(r'{% submit [^%]*name="(\w+)"')
NAME = re.compile(r'\bname="(\w+)"')


def tags() -> list[tuple[str, str, str]]:
    """Template, tag and name of every field and button that a template writes out."""
    found = []
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        found += [(path.name, tag[0], name[1]) for tag in TAG.finditer(text) if (name := NAME.search(tag[0]))]
        found += [(path.name, "<button>", name) for name in SUBMIT.findall(text)]
    return found


def form_classes() -> list[type[forms.BaseForm]]:
    for package in ("accounts.forms", "requests_app.forms", "preservation.forms"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)

    def below(kind: type) -> list[type]:
        return [one for child in kind.__subclasses__() for one in (child, *below(child))]

    return [one for one in below(forms.BaseForm) if one.__module__.startswith(("accounts", "requests_app", "preserv"))]


def is_button_or_hidden(tag: str) -> bool:
    return tag.startswith("<button") or 'type="hidden"' in tag


def test_every_hidden_field_and_button_is_known_as_one():
    known = NOT_TYPED | set(_NEVER) | BESIDE_A_REASON | A_CHOICE_ELSEWHERE | IN_A_SEARCH
    assert len(tags()) > 60
    assert [one for one in tags() if is_button_or_hidden(one[1]) and one[2] not in known] == []
    hidden = [
        (form.__name__, name)
        for form in form_classes()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.HiddenInput)
    ]
    assert len(hidden) > 8
    assert [one for one in hidden if one[1] not in known] == []


def test_nothing_that_people_fill_in_has_such_a_name():
    typed = [one for one in tags() if not is_button_or_hidden(one[1]) and one[0] not in FILTER_TEMPLATES]
    assert [one for one in typed if one[2] in NOT_TYPED] == []
    shown = [
        (form.__name__, name)
        for form in form_classes()
        for name, field in form.base_fields.items()
        if not isinstance(field.widget, forms.HiddenInput) and form.__name__ not in FILTERS
    ]
    assert len(shown) > 100
    assert [one for one in shown if one[1] in NOT_TYPED] == []


def later(minutes: float = 31):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


@pytest.mark.django_db
@pytest.mark.parametrize("told", ["by the middleware", "by the script", "hours later"])
def test_a_button_that_is_pressed_after_the_end_keeps_nothing_and_says_nothing(told):
    officer, browser = make_officer(), Browser()
    browser.sign_in(officer)
    path, opened = "/account/sessions/others/end/", browser.open("/account/sessions/")
    with later(13 * 60 if told == "hours later" else 31):
        if told == "by the script":
            values = {"_typed_path": path, "_typed_page": "/account/sessions/", "next": "/account/"}
            assert browser.send(opened, "/sign-in/typed/", values).status_code == 204
        else:
            browser.send(opened, path, {"next": "/account/", "action": "end"})
        text = words(browser.open("/sign-in/"))
        assert not SAID.search(text)
        assert not KeptForm.objects.exists()
        browser.sign_in(officer)
        text = words(browser.open("/account/sessions/"))
        assert not SAID.search(text)


@pytest.mark.django_db
def test_one_word_among_hidden_fields_is_kept():
    officer, browser = make_officer(), Browser()
    draft = request_at("draft", officer=officer)
    browser.sign_in(officer)
    path = f"/drafts/{draft.uid}/facts/"
    opened = browser.open(path)
    with later():
        browser.send(opened, path, {"lock_version": "1", "action": "save", "title": " "})
        assert not KeptForm.objects.exists()
        browser.send(opened, path, {"lock_version": "1", "action": "save", "title": "Harbour"})
        assert KeptForm.objects.count() == 1
        browser.sign_in(officer)
        assert "You were signed out while you typed" in words(browser.open(path))


@pytest.mark.django_db
def test_a_button_that_waits_for_the_factor_is_pressed_again():
    officer = make_officer()
    stale = client_for(officer, factor_age=3600)
    answer = stale.post("/account/recovery-codes/new/", headers={"referer": "http://testserver/account/"}, follow=True)
    assert "Nothing was done yet. Confirm that it is you, then press the button again." in words(answer)
    assert not KeptForm.objects.exists()
    assert not SAID.search(words(client_for(officer).get("/account/")))


@pytest.mark.django_db
def test_what_a_view_draws_again_is_not_told_twice():
    officer, stale = make_officer(), client_for(make_staff("approver"), factor_age=3600)
    page = f"/staff/officers/{officer.pk}/"
    answer = stale.post(
        f"{page}lead/", {"reason": "Named"}, headers={"referer": f"http://testserver{page}"}, follow=True
    )
    assert "press the button again" not in words(answer)
