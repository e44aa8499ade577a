"""Sessions end in the middle of a form, for officer, staff and somebody without script: nothing is lost.

And twelve hours are the end, however often somebody presses.
"""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Portals
from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]

# The warning comes 2 minutes before the end, so 10 seconds after the last activity.
IDLE_SECONDS = 130
FACTS = "She got three messages that name her school.\nThe last one came at 22:10."
TEXT = "The order names no account.\nSend it again with the user name <in full> & the date."
NOTHING_SENT = "You were signed out while you typed. Nothing was sent yet. Check it and send it again."


@pytest.fixture(scope="module")
def stack(portals: Portals) -> Stack:
    idle = {"IDLE_OFFICER_SECONDS": str(IDLE_SECONDS), "IDLE_STAFF_SECONDS": str(IDLE_SECONDS)}
    return portals.of("sessions", more=lambda _url: idle)


def test_nothing_typed_is_lost_when_sessions_end(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    officer, analyst, plain = people = [Person(browser, stack.url, pictures) for _ in range(3)]
    plain.page.context.close()
    plain.page = browser.new_context(base_url=stack.url, java_script_enabled=False).new_page()
    sign_ins = stack.credentials()
    with seen_when_it_fails(people, pictures):
        page_of_staff = opens_a_return(analyst, sign_ins["analyst"])
        types_without_script(plain, sign_ins["lead"])
        is_warned_and_stays(officer, sign_ins["officer"])
        types_an_emergency(officer)
        typed = everything_typed(officer)
        is_signed_out_and_sees_nothing(officer, "/emergency/new/", FACTS)
        is_signed_out_and_sees_nothing(analyst, page_of_staff, TEXT)
        finds_it_again(officer, sign_ins["officer"], "danger", FACTS)
        assert everything_typed(officer) == typed
        officer.picture("typed-again")
        finds_it_again(analyst, sign_ins["analyst"], "text", TEXT)
        sends_it_too_late_without_script(plain, sign_ins["lead"])
    assert [complaint for person in people for complaint in person.complaints] == []


def opens_a_return(analyst: Person, sign_in: dict[str, str]) -> str:
    """A member of staff writes what is missing in a request."""
    analyst.sign_in(sign_in)
    analyst.go("/staff/queue/")
    place = analyst.page.locator("main a[href^='/staff/requests/MX-']").nth(2).get_attribute("href")
    assert place is not None
    analyst.go(f"{place}return/")
    analyst.fill(text=TEXT)
    return f"{place}return/"


def types_without_script(person: Person, sign_in: dict[str, str]) -> None:
    """The footer says until when, and the button opens a tab of its own."""
    person.sign_in(sign_in)
    person.go("/emergency/new/")
    person.sees("Without activity you are signed out at")
    person.fill(danger=FACTS)
    before = lasts(person)["idle"]
    assert "Without activity until" in stays_without_script(person, "You stay signed in")
    assert lasts(person)["idle"] >= max(before, IDLE_SECONDS - 5)
    assert person.page.locator("[name=danger]").input_value() == FACTS


def stays_without_script(person: Person, heading: str) -> str:
    """Press the footer's button, and return what the tab that it opens says under this heading."""
    with person.page.context.expect_page() as opened:
        person.page.locator("footer").get_by_role("button", name="Stay signed in").click()
    expect(opened.value.locator("h1")).to_have_text(heading)
    said = opened.value.locator("main").inner_text()
    opened.value.close()
    return said


def lasts(person: Person) -> dict[str, int]:
    """How many seconds the server gives this session; asking is no activity."""
    answer = person.page.request.get("/account/session/", headers={"X-Poll": "1"}, max_redirects=0)
    assert answer.status == 200
    found: dict[str, int] = answer.json()
    return found


def is_warned_and_stays(officer: Person, sign_in: dict[str, str]) -> None:
    """The dialog takes the focus, keeps it, and a press closes it."""
    officer.sign_in(sign_in)
    officer.go("/account/")
    dialog = officer.page.get_by_role("alertdialog")
    expect(dialog).to_be_visible(timeout=30_000)
    expect(dialog.get_by_role("heading")).to_have_text("Are you still there?", use_inner_text=True)
    expect(dialog).to_contain_text("You will be signed out in 2 minutes.")
    stay = dialog.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_focused()
    for _ in range(4):
        officer.page.keyboard.press("Tab")
        assert officer.page.evaluate("!document.activeElement.closest('main')")
    officer.picture("idle-dialog")
    # The dialog opens up to 3 seconds before the server's own 2 minutes; activity would give all of the time again.
    assert lasts(officer)["idle"] < IDLE_SECONDS - 5, "looking at the dialog is no activity"
    stay.click()
    expect(dialog).to_have_count(0)
    assert lasts(officer)["idle"] > IDLE_SECONDS - 5
    expect(dialog).to_be_visible(timeout=30_000)
    officer.page.keyboard.press("Escape")  # as often as wanted, and Escape loses nothing
    expect(dialog).to_have_count(0)
    assert lasts(officer)["idle"] > IDLE_SECONDS - 5


def types_an_emergency(officer: Person) -> None:
    """A long form, half typed: words, a choice, a box."""
    officer.go("/emergency/new/")
    officer.fill(danger=FACTS, supervisor="Superintendent O\u2019Hara <duty>")
    officer.page.locator("[name=imminence]").nth(1).check(force=True)
    officer.page.locator("[name=categories]").nth(1).check(force=True)
    officer.page.locator("[name=attest]").check(force=True)


def everything_typed(person: Person) -> dict[str, object]:
    """What stands in the emergency form."""
    read = """(names) => names.map((name) => [...document.getElementsByName(name)].map(
        (field) => ["checkbox", "radio"].includes(field.type) ? field.checked : field.value))"""
    names = ["danger", "why_data", "supervisor", "imminence", "categories", "attest"]
    found: list[object] = person.page.evaluate(read, names)
    return dict(zip(names, found, strict=True))


def is_signed_out_and_sees_nothing(person: Person, place: str, typed: str) -> None:
    """When the session is over the page blanks itself, and the way back shows nothing."""
    person.page.wait_for_url("**/sign-in/**", timeout=(IDLE_SECONDS + 60) * 1000)
    assert place in person.page.url.replace("%2F", "/")
    person.sees("You were signed out after a time without activity")
    assert typed.splitlines()[0] not in person.page.content()
    person.page.go_back()
    person.page.wait_for_url("**/sign-in/**")
    assert typed.splitlines()[0] not in person.page.content()
    person.page.goto(f"/sign-in/?next={place}")


def finds_it_again(person: Person, sign_in: dict[str, str], field: str, typed: str) -> None:
    """After password and factor the same page stands there with everything typed."""
    person.fill(email=sign_in["email"], password=sign_in["password"])
    person.press("Agree and go on to step 2")
    person.show_factor()
    person.sees(NOTHING_SENT)
    assert person.page.locator(f"[name={field}]").input_value() == typed
    person.page.reload()
    assert person.page.locator(f"[name={field}]").input_value() == typed


def sends_it_too_late_without_script(person: Person, sign_in: dict[str, str]) -> None:
    """Nothing blanks this page; what is sent too late is kept all the same."""
    time.sleep(1)
    assert person.page.locator("[name=danger]").input_value() == FACTS
    person.press("Send emergency request")
    person.sees("What you typed comes back when you have signed in.")
    finds_it_again(person, sign_in, "danger", FACTS)


END_OF_DAY = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import UserSession
from accounts.session_store import SessionStore
ends = timezone.now() + timedelta(seconds={seconds})
for row in UserSession.objects.filter(user__email="{email}", ended_at=None, verified=True):
    data = SessionStore().decode(row.session_data) | {{"_session_expiry": ends.isoformat()}}
    UserSession.objects.filter(pk=row.pk).update(session_data=SessionStore().encode(data), expire_date=ends)
"""


def reaches_the_end_of_the_day(stack: Stack, email: str, *, seconds: int) -> None:
    """Let a session have begun so long ago that its twelve hours end in a moment."""
    done = stack.manage("shell", "-c", END_OF_DAY.format(email=email, seconds=seconds))
    assert done.returncode == 0, done.stderr


def test_twelve_hours_are_the_end_and_say_so(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    officer, plain = people = [Person(browser, stack.url, pictures) for _ in range(2)]
    plain.page.context.close()
    plain.page = browser.new_context(base_url=stack.url, java_script_enabled=False).new_page()
    sign_ins = stack.credentials()
    with seen_when_it_fails(people, pictures):
        plain.sign_in(sign_ins["approver"])  # nobody of the test above: each code works once
        officer.sign_in(sign_ins["second_officer"])
        for name in ("second_officer", "approver"):
            reaches_the_end_of_the_day(stack, sign_ins[name]["email"], seconds=70)
        types_an_emergency(officer)
        cannot_stay_without_script(plain)
        is_told_and_cannot_stay(officer)
        typed = everything_typed(officer)
        reaches_the_end_of_the_day(stack, sign_ins["second_officer"]["email"], seconds=6)
        officer.page.wait_for_url("**/sign-in/**", timeout=60_000)
        assert FACTS.splitlines()[0] not in officer.page.content()
        finds_it_again(officer, sign_ins["second_officer"], "danger", FACTS)
        assert everything_typed(officer) == typed
    assert [complaint for person in people for complaint in person.complaints] == []


def is_told_and_cannot_stay(officer: Person) -> None:
    """The dialog names the twelve hours and offers nothing that would not work."""
    dialog = officer.page.get_by_role("alertdialog")
    expect(dialog).to_be_visible(timeout=30_000)
    expect(dialog.get_by_role("heading")).to_have_text("Your session ends soon", use_inner_text=True)
    expect(dialog).to_contain_text("12 hours at the longest, so this one cannot be extended.", use_inner_text=True)
    expect(dialog.get_by_role("button", name="Stay signed in")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Sign out")).to_be_visible()
    officer.picture("twelve-hours-dialog")
    before = lasts(officer)["longest"]
    expect(dialog.get_by_role("button", name="Go on until then")).to_be_focused()
    officer.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert lasts(officer)["longest"] <= before
    officer.page.locator("[name=why_data]").fill("Typed in the last minute")
    officer.page.wait_for_timeout(1500)
    expect(dialog).to_have_count(0)


def cannot_stay_without_script(person: Person) -> None:
    """The button answers, and says that it does not help any more."""
    person.go("/account/")
    before = lasts(person)["longest"]
    assert "12 hours at the longest" in stays_without_script(person, "Your session ends soon")
    assert lasts(person)["longest"] <= before
