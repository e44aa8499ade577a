"""Sessions end in the middle of a form, for officer, staff and somebody without script: nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The warning comes 2 minutes before the end, so 10 seconds after the last activity.
IDLE_SECONDS = 130
FACTS = "She got three messages that name her school.\nThe last one came at 22:10."
TEXT = "The order names no account.\nSend it again with the user name <in full> & the date."
NOTHING_SENT = "You were signed out while you typed. Nothing was sent yet. Check it and send it again."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    idle = {"IDLE_OFFICER_SECONDS": str(IDLE_SECONDS), "IDLE_STAFF_SECONDS": str(IDLE_SECONDS)}
    running = Stack(tmp_path_factory.mktemp("portal"), lambda _url: idle)
    try:
        yield running.await_ready()
    finally:
        running.stop()


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
        is_signed_out_and_sees_nothing(officer, "/emergency/new/", FACTS)
        is_signed_out_and_sees_nothing(analyst, page_of_staff, TEXT)
        finds_it_again(officer, sign_ins["officer"], "danger", FACTS)
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
    with person.page.context.expect_page() as opened:
        person.page.locator("footer").get_by_role("button", name="Stay signed in").click()
    expect(opened.value.locator("h1")).to_have_text("You stay signed in")
    opened.value.close()
    assert person.page.locator("[name=danger]").input_value() == FACTS


def is_warned_and_stays(officer: Person, sign_in: dict[str, str]) -> None:
    """The dialog takes the focus, keeps it, and a press closes it."""
    officer.sign_in(sign_in)
    officer.go("/account/")
    dialog = officer.page.get_by_role("alertdialog")
    expect(dialog).to_be_visible(timeout=30_000)
    expect(dialog).to_contain_text("You will be signed out in 2 minutes.")
    stay = dialog.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_focused()
    for _ in range(4):
        officer.page.keyboard.press("Tab")
        assert officer.page.evaluate("!document.activeElement.closest('main')")
    stay.click()
    expect(dialog).to_have_count(0)


def types_an_emergency(officer: Person) -> None:
    """A long form, half typed."""
    officer.go("/emergency/new/")
    officer.fill(danger=FACTS)


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
