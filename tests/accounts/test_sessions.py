"""Sessions: their list and their end, staying signed in, and what was typed when one ended."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from accounts.models import KeptForm, UserSession
from accounts.services import sessions, typed_forms
from accounts.session_store import SessionStore, hashed
from accounts.tasks import sweep
from foundation.audit.models import AuditEvent
from requests_app.models import DataRequest
from tests.accounts.browsing import Browser
from tests.accounts.helpers import actions, page, words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"
FACTS = 'He wrote "pay <b>now</b>" & left\r\nthe next day.'


@pytest.fixture
def officer():
    return make_officer()


@pytest.fixture
def draft(officer):
    return request_at("draft", officer=officer)


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=True)


def session_key(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def facts_of(answer) -> str:
    return page(answer).select_one("textarea[name=facts]").get_text().lstrip("\n")


def values_of(answer) -> dict[str, str]:
    """Everything that stands in the page's own form."""
    form = page(answer).select_one("main form:has(textarea)")
    given = {one["name"]: one.get("value", "") for one in form.select("input[name]:not([type=radio], [type=checkbox])")}
    return given | {one["name"]: one.get_text().lstrip("\n") for one in form.select("textarea")}


# The list ------------------------------------------------------------------------------------------------------------
def test_the_list_says_where_one_is_signed_in(officer):
    here, there = Browser(), Browser(agent=CHROME, place="203.0.113.9")
    there.sign_in(officer)
    here.sign_in(officer)
    panels = [
        panel.get_text(" ", strip=True) for panel in page(here.open("/account/sessions/")).select("main .app-panel")
    ]
    assert panels[0].startswith("Firefox on Windows")
    assert "You are here" in panels[0]
    assert "198.51.100.20" in panels[0]
    assert panels[1].startswith("Chrome on an Android phone")
    assert "203.0.113.9" in panels[1]
    assert "You are here" not in panels[1]


def test_nobody_elses_session_is_listed_or_ended(officer):
    other = Browser(place="203.0.113.77")
    other.sign_in(make_officer())
    client = client_for(officer)
    assert "203.0.113.77" not in words(client.get("/account/sessions/"))
    uid = UserSession.objects.get(pk=hashed(session_key(other.client))).uid
    client.post(f"/account/sessions/{uid}/end/")
    assert other.open("/account/").status_code == 200


def test_one_session_is_ended(officer):
    here, there = Browser(), Browser()
    there.sign_in(officer)
    here.sign_in(officer)
    uid = UserSession.objects.get(pk=hashed(session_key(there.client)), ended_at=None).uid
    answer = here.send(here.open("/account/sessions/"), f"/account/sessions/{uid}/end/", {})
    assert answer.status_code == 302
    assert "You are here" in words(here.open("/account/sessions/"))
    assert there.client.get("/account/")["Location"].startswith("/sign-in/?")
    assert UserSession.objects.get(uid=uid).session_data == ""
    assert "sign_in.session_ended" in actions()


def test_all_others_are_ended_and_this_one_goes_on_under_a_new_key(officer):
    here, one, two = client_for(officer), client_for(officer), client_for(officer)
    key = session_key(here)
    here.post("/account/sessions/others/end/")
    assert session_key(here) != key
    assert here.get("/account/").status_code == 200
    assert one.get("/account/").status_code == two.get("/account/").status_code == 302


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_with_one_and_three(officer, number, django_assert_num_queries):
    clients = [client_for(officer) for _ in range(number)]
    clients[0].get("/account/sessions/")
    with django_assert_num_queries(7):
        answer = clients[0].get("/account/sessions/")
    assert len(page(answer).select("main .govuk-grid-column-two-thirds .app-panel")) == number


def test_what_ended_by_itself_is_not_listed(officer):
    old, browser = Browser(agent=CHROME), Browser()
    old.sign_in(officer)
    with later(minutes=31):
        browser.sign_in(officer)
        assert "Chrome" not in words(browser.open("/account/sessions/"))


def test_a_session_that_ended_cannot_be_brought_back(officer):
    client = client_for(officer)
    session = SessionStore(session_key(client))
    session["slow"] = "request"
    client.post("/sign-out/")
    with pytest.raises(UpdateError):
        session.save()
    assert client.get("/account/").status_code == 302


def test_the_database_holds_no_key_that_opens_a_session(officer):
    client = client_for(officer)
    key = session_key(client)
    assert not UserSession.objects.filter(pk=key).exists()
    assert UserSession.objects.filter(pk=hashed(key)).exists()
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = hashed(key)
    assert stolen.get("/account/").status_code == 302


# The desk ends an officer's sessions ---------------------------------------------------------------------------------
def test_the_desk_signs_an_officer_out_everywhere(officer):
    theirs, analyst = client_for(officer), make_staff("analyst")
    client, url = client_for(analyst, factor_age=3600), f"/staff/officers/{officer.pk}/sessions/end/"
    assert "Sign this officer out everywhere" in words(client.get(url))
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"reason": "Two countries within an hour"})["Location"] == f"/staff/officers/{officer.pk}/"
    assert theirs.get("/account/").status_code == 302
    event = AuditEvent.objects.get(action="sign_in.all_sessions_ended")
    assert (event.actor_id, event.reason) == (str(analyst.pk), "Two countries within an hour")
    officer.refresh_from_db()
    assert officer.is_officer, "access stays"


def test_who_declared_a_conflict_ends_no_sessions_there(officer):
    analyst = make_staff("analyst")
    agency = officer.membership.agency
    analyst.conflicts.create(agency=agency, reason="My brother", declared_at=timezone.now())
    theirs, client = client_for(officer), client_for(analyst)
    answer = client.post(f"/staff/officers/{officer.pk}/sessions/end/", {"reason": "x"})
    assert answer.status_code in {404, 422}
    assert theirs.get("/account/").status_code == 200


# Staying signed in ---------------------------------------------------------------------------------------------------
def test_staying_signed_in_counts_and_polls_do_not(officer):
    client = client_for(officer)
    client.get("/account/")
    with later(minutes=20):
        left = client.get("/account/session/", headers={"x-poll": "1", "accept": "application/json"}).json()
        assert left["idle"] <= 10 * 60
        left = client.post("/account/session/stay/", headers={"accept": "application/json"}).json()
        assert left["idle"] > 29 * 60
    with later(minutes=45):
        assert client.get("/account/").status_code == 200


def test_without_script_the_footer_says_until_when_and_the_button_answers(officer):
    browser = Browser()
    browser.sign_in(officer)
    answer = browser.open("/account/")
    footer = page(answer).select_one("footer .app-session")
    assert re.search(r"signed out at \d\d:\d\d UTC", footer.get_text(" ", strip=True))
    form = footer.form
    assert (form["action"], form["target"]) == ("/account/session/stay/", "_blank")
    answer = browser.send(answer, form["action"], {})
    assert "You stay signed in" in words(answer)
    assert page(answer).select_one('main a[href="/account/"]')


def test_it_can_be_extended_more_than_ten_times_but_not_past_twelve_hours(officer):
    browser = Browser()
    browser.sign_in(officer)
    start = timezone.now()
    for number in range(1, 25):
        with time_machine.travel(start + timedelta(minutes=29 * number), tick=True):
            answer = browser.client.get("/account/session/stay/", follow=True)
            assert answer.redirect_chain[0][0] == "/account/sessions/"
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=True):
        assert browser.client.get("/account/")["Location"].startswith("/sign-in/")


def test_public_pages_and_half_signed_in_people_see_no_end(officer):
    assert "data-session" not in Client().get("/guidelines/").content.decode()
    assert "data-session" not in client_for(officer, verified=False).get("/sign-in/factor/").content.decode()


# What was typed ------------------------------------------------------------------------------------------------------
def interrupted(officer, draft, **time) -> Browser:
    """Somebody types, and sends it when the session is over."""
    browser = Browser()
    browser.sign_in(officer)
    url = f"/drafts/{draft.uid}/facts/"
    opened = browser.open(url)
    version = page(opened).select_one("[name=lock_version]")["value"]
    with later(**time):
        answer = browser.send(opened, url, {"facts": FACTS, "lock_version": version})
    assert answer["Location"].startswith("/sign-in/?next=%2Fdrafts%2F")
    return browser


@pytest.mark.parametrize("time", [{"minutes": 31}, {"hours": 12, "minutes": 5}])
def test_a_form_sent_after_the_end_comes_back_to_its_page(officer, draft, time):
    before = draft.facts
    browser = interrupted(officer, draft, **time)
    assert "What you typed comes back" in words(browser.open("/sign-in/"))
    url = f"/drafts/{draft.uid}/facts/"
    with later(**time):
        browser.sign_in(officer, next_page=url)
        for _ in range(2):  # reloading loses nothing
            answer = browser.open(url)
            assert facts_of(answer) == FACTS
            assert "You were signed out while you typed. Nothing was sent yet." in words(answer)
        draft.refresh_from_db()
        assert draft.facts == before, "nothing is sent by itself"
        said = values_of(answer) | {"nature": "Fraud", "facts": FACTS}
        assert browser.send(answer, url, said).status_code == 302
        assert "You were signed out while you typed" not in words(browser.open(url))
    assert not KeptForm.objects.exists()


def test_it_is_stored_sealed_and_for_twelve_hours(officer, draft):
    browser = interrupted(officer, draft, minutes=31)
    kept = KeptForm.objects.get()
    assert kept.user == officer
    assert "next day" not in kept.sealed
    assert str(draft.uid) not in kept.sealed + kept.place
    with later(hours=13):
        browser.sign_in(officer)
        assert facts_of(browser.open(f"/drafts/{draft.uid}/facts/")) != FACTS
        sweep()
    assert not KeptForm.objects.exists()


def test_another_person_at_the_same_browser_gets_nothing(officer, draft):
    browser = interrupted(officer, draft, minutes=31)
    lead = make_officer(officer.membership.agency, lead=True)
    browser.sign_in(lead)
    for path in (f"/drafts/{draft.uid}/facts/", "/requests/", "/account/"):
        assert "next day" not in browser.open(path).content.decode()
    assert KeptForm.objects.get().user == officer


def test_the_password_alone_brings_nothing_back(officer, draft):
    browser = interrupted(officer, draft, minutes=31)
    browser.sign_in(officer, factor=False)
    assert "next day" not in browser.open(f"/drafts/{draft.uid}/facts/").content.decode()


def test_a_half_signed_in_session_plants_no_words(officer, draft):
    thief = Browser()
    thief.sign_in(officer, factor=False)
    url = f"/drafts/{draft.uid}/facts/"
    opened = thief.open("/sign-in/factor/")
    thief.send(opened, "/sign-in/typed/", {"facts": "Planted", "_typed_path": url, "_typed_page": url})
    thief.send(opened, url, {"facts": "Planted"})
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_another_site_plants_no_words(officer, draft, origin):
    browser = Browser()
    browser.sign_in(officer)
    url = f"/drafts/{draft.uid}/facts/"
    headers = {"origin": origin} if origin else {}
    mallory = Browser()
    mallory.sign_in(make_officer())
    token = page(mallory.open("/account/")).select_one("[name=csrfmiddlewaretoken]")["value"]
    for guess in ("", "a" * 64, "ä" * 64, token):
        said = {"facts": "Planted", "csrfmiddlewaretoken": guess}
        assert browser.client.post(url, said, headers=headers).status_code == 403
    assert not KeptForm.objects.filter(user=officer).exists()


def test_a_tab_from_before_the_sign_in_in_another_tab(officer, draft):
    browser, url = Browser(), f"/drafts/{draft.uid}/facts/"
    browser.sign_in(officer)
    old_tab = browser.open(url)
    browser.send(browser.open("/account/"), "/sign-out/", {})
    browser.sign_in(officer)
    answer = browser.send(old_tab, url, {"facts": FACTS, "lock_version": "0"})
    assert answer.status_code == 403
    assert "What you typed is kept" in words(answer)
    assert page(answer).select_one(f'main a[href="{url}"]')
    assert facts_of(browser.open(url)) == FACTS


def test_a_tab_of_somebody_else_tells_nothing(officer, draft):
    browser, url = Browser(), f"/drafts/{draft.uid}/facts/"
    browser.sign_in(officer)
    old_tab = browser.open(url)
    browser.send(browser.open("/account/"), "/sign-out/", {})
    other = make_officer()
    browser.sign_in(other)
    answer = browser.send(old_tab, url, {"facts": FACTS, "lock_version": "0"})
    assert "when the person who typed it signs in" in words(answer)
    assert "next day" not in answer.content.decode()
    assert KeptForm.objects.get().user == officer


def test_the_script_keeps_a_form_before_it_blanks_the_page(officer, draft):
    browser, url = Browser(), f"/drafts/{draft.uid}/facts/"
    browser.sign_in(officer)
    said = {"facts": FACTS, "_typed_path": url, "_typed_page": url, "_typed_files": ["order.pdf"]}
    assert browser.send(browser.open(url), "/sign-in/typed/", said).status_code == 204
    answer = browser.open(url)
    assert facts_of(answer) == FACTS
    assert "Choose them again: order.pdf" in words(answer)


def test_what_was_typed_can_be_thrown_away(officer, draft):
    browser, url = interrupted(officer, draft, minutes=31), f"/drafts/{draft.uid}/facts/"
    with later(minutes=31):
        browser.sign_in(officer)
        answer = browser.open(url)
        form = page(answer).select_one('form[action="/account/typed/discard/"]')
        said = {
            field["name"]: field["value"] for field in form.select("input") if field["name"] != "csrfmiddlewaretoken"
        }
        assert browser.send(answer, form["action"], said)["Location"] == url
        assert facts_of(browser.open(url)) != FACTS


def test_a_form_whose_page_is_gone_is_shown_to_copy(officer, draft):
    browser, url = interrupted(officer, draft, minutes=31), f"/drafts/{draft.uid}/facts/"
    with later(minutes=31):
        typed = typed_forms.kept_for(officer, at=timezone.now())[0]
        elsewhere = [(f"gone_{name}", value) for name, value in typed.values]
        typed_forms.keep(officer, typed_forms.Typed("/holds/new/", url, elsewhere), at=timezone.now())
        browser.sign_in(officer)
        answer = words(browser.open(url))
        assert "The form is not on this page any more" in answer
        assert "pay <b>now</b>" in answer


def test_a_fresh_factor_that_a_view_asks_for_keeps_the_form_too():
    approver, officer = make_staff("approver"), make_officer(make_agency())
    stale = client_for(approver, factor_age=3600)
    url = f"/staff/officers/{officer.pk}/lead/"
    answer = stale.post(
        url, {"reason": "Named by the agency"}, headers={"referer": f"http://testserver/staff/officers/{officer.pk}/"}
    )
    assert answer["Location"].startswith("/sign-in/factor/?next=")
    kept = typed_forms.kept_for(approver, at=timezone.now())
    assert [(one.path, dict(one.values)) for one in kept] == [(url, {"reason": "Named by the agency"})]


def test_passwords_and_far_too_much_are_not_kept(officer):
    browser = Browser()
    browser.sign_in(officer)
    opened = browser.open("/account/password/")
    with later(minutes=31):
        browser.send(opened, "/account/password/", {"old_password": "secret one", "password": "secret two", "x": "y"})
        kept = typed_forms.kept_for(officer, at=timezone.now())
    assert kept[0].values == [("x", "y")]
    huge = typed_forms.Typed("/x/", "/x/", [("a", "x" * 70_000)])
    assert not typed_forms.keep(officer, huge, at=timezone.now())


def test_five_forms_are_kept_and_the_newest_win(officer):
    at = timezone.now()
    for number in range(7):
        typed = typed_forms.Typed(f"/{number}/", "/", [("n", str(number))])
        typed_forms.keep(officer, typed, at=at + timedelta(seconds=number))
    assert [one.path for one in typed_forms.kept_for(officer, at=at)] == ["/6/", "/5/", "/4/", "/3/", "/2/"]


def test_ended_sessions_are_known_for_a_day(officer):
    browser = Browser()
    browser.sign_in(officer)
    row = UserSession.objects.get(pk=hashed(session_key(browser.client)))
    at = timezone.now()
    browser.send(browser.open("/account/"), "/sign-out/", {})
    assert sessions.owner_of_forms(row.form_hash, at=at) == officer
    assert sessions.owner_of_forms("", at=at) is None
    officer.is_active = False
    officer.save()
    assert sessions.owner_of_forms(row.form_hash, at=at) is None
    sessions.forget_old(at=at + timedelta(days=1, hours=13))
    assert not UserSession.objects.filter(user=officer).exists()


def test_nothing_typed_reaches_the_trail(officer, draft):
    interrupted(officer, draft, minutes=31)
    assert DataRequest.objects.filter(pk=draft.pk, facts=FACTS).count() == 0
    assert not [event for event in AuditEvent.objects.all() if b"next day" in bytes(event.payload)]


def test_the_words_that_the_script_keeps_do_not_keep_the_session(officer, draft):
    browser, url = Browser(), f"/drafts/{draft.uid}/facts/"
    browser.sign_in(officer)
    opened = browser.open(url)
    with later(minutes=29):
        token = page(opened).select_one("main [name=csrfmiddlewaretoken]")["value"]
        said = {"facts": FACTS, "_typed_path": url, "csrfmiddlewaretoken": token}
        assert browser.client.post("/sign-in/typed/", said, headers={"x-poll": "1"}).status_code == 204
    with later(minutes=31):
        assert browser.client.get("/account/").status_code == 302
    assert KeptForm.objects.filter(user=officer).exists()
