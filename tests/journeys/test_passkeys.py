"""Passkeys in a real browser: set up, signed in with, shown again, and each way in which they must not work."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.security_key import SecurityKey
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "signing in"

REFUSED = "This passkey was not accepted"


def test_passkeys(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    officer, other = (Person(browser, stack.url, pictures) for _number in range(2))
    sign_ins = stack.credentials()
    with seen_when_it_fails([officer, other], pictures):
        key = SecurityKey(officer.page)
        officer.sign_in(sign_ins["officer"])
        sets_one_up(officer, "Work laptop")
        signs_in(officer, sign_ins["officer"])
        stack.forgets_the_factor(sign_ins["officer"]["email"])
        answers = shows_it_again(officer)
        needs_its_owner(officer, key, sign_ins["officer"])
        is_not_played_again(other, sign_ins["officer"], answers)
        of_another_is_refused(other, key, sign_ins)
        copy_is_noticed(officer, key, sign_ins["officer"])
        works_at_no_other_address(browser, stack, sign_ins["officer"], pictures)
        is_not_needed_without_script(browser, stack, sign_ins["officer"], pictures)
        is_removed(officer, sign_ins["officer"])
    assert [complaint for person in (officer, other) for complaint in person.complaints] == []
    told = [stack.mail(sign_ins["officer"]["email"], f"A way to confirm your sign-in was {what}") for what in WHAT]
    assert all("passkey" in mail.text.lower() for mail in told)


WHAT = ("added", "removed")


def sets_one_up(person: Person, name: str) -> None:
    """After the app was shown, beside it."""
    person.go("/account/")
    person.press("Add a passkey or an app")
    person.fill(passkey_name=name)
    person.picture("passkey-new")
    person.press("Set up a passkey")
    person.sees("Added. You can sign in with it from now on.")
    person.sees(name)
    person.picture("account")
    person.press("Add a passkey or an app")
    person.press("Set up a passkey")
    person.sees("This device has a passkey for your account already")


def types_the_password(person: Person, sign_in: dict[str, str]) -> None:
    """Sign out, and go as far as a password goes."""
    person.page.context.clear_cookies()
    person.go("/sign-in/?next=/account/")
    person.fill(email=sign_in["email"], password=sign_in["password"])
    person.press("Agree and go on to step 2")
    person.sees("Confirm it is you")


def signs_in(person: Person, sign_in: dict[str, str]) -> None:
    """Password, then the passkey."""
    types_the_password(person, sign_in)
    person.picture("passkey-sign-in")
    person.press("Use my passkey")
    person.sees("Your account")
    person.sees("last used")


def shows_it_again(person: Person) -> list[str]:
    """Before something that cannot be taken back; returns what the browser sent."""
    sent: list[str] = []

    def heard(request: Request) -> None:
        if (
            request.method == "POST"
            and "/sign-in/factor/" in request.url
            and "credential=" in (request.post_data or "")
        ):
            sent.append(parse_qs(request.post_data or "")["credential"][0])

    person.page.on("request", heard)
    person.go("/account/recovery-codes/new/")
    person.sees("Before you go on")
    person.press("Use my passkey")
    person.sees("Make new recovery codes")
    assert len(sent) == 1
    return sent


def needs_its_owner(person: Person, key: SecurityKey, sign_in: dict[str, str]) -> None:
    """A key that does not know the finger does not sign."""
    key.knows_its_owner(False)
    types_the_password(person, sign_in)
    person.press("Use my passkey")
    person.sees("Your device did not confirm")
    assert person.page.request.get("/account/", max_redirects=0).status == 302
    key.knows_its_owner(True)


def sends(person: Person, credential: str) -> None:
    """Send an answer with the page's own form, past the script."""
    form = person.page.locator("form[data-passkey='get']")
    form.evaluate("(form, answer) => { form.elements.credential.value = answer; form.submit(); }", credential)


def is_not_played_again(thief: Person, sign_in: dict[str, str], answers: list[str]) -> None:
    """Somebody who knows the password and saw an answer: with no challenge, and with a new one."""
    types_the_password(thief, sign_in)
    sends(thief, answers[0])
    thief.sees("This took too long, or the page was sent twice")
    token = thief.page.locator("form[data-passkey] [name='csrfmiddlewaretoken']").input_value()
    assert thief.page.request.post("/sign-in/factor/passkey/", form={"csrfmiddlewaretoken": token}).ok
    sends(thief, answers[0])
    thief.sees(REFUSED)
    assert thief.page.request.get("/account/", max_redirects=0).status == 302


def of_another_is_refused(other: Person, key: SecurityKey, sign_ins: dict[str, dict[str, str]]) -> None:
    """A passkey opens its owner's account; the browser does not even offer it for another one."""
    others = SecurityKey(other.page)
    types_the_password(other, sign_ins["officer"])
    types_the_password(other, sign_ins["lead"])
    other.has_app(sign_ins["lead"]["totp_secret"])
    other.show_factor()
    sets_one_up(other, "Duty phone")
    mine = key.credentials()[0]
    theirs = others.credentials()[0]
    types_the_password(other, sign_ins["lead"])
    # The same key under the name of the one that belongs here: the portal looks at the signature.
    others.put(theirs | {"privateKey": mine["privateKey"], "signCount": 50})
    other.press("Use my passkey")
    other.sees(REFUSED)
    assert other.page.request.get("/account/", max_redirects=0).status == 302


def copy_is_noticed(person: Person, key: SecurityKey, sign_in: dict[str, str]) -> None:
    """A copy of the key has not counted what the original did."""
    copy = key.credentials()[0]
    signs_in(person, sign_in)
    now = key.credentials()[0]
    key.put(copy)
    types_the_password(person, sign_in)
    person.press("Use my passkey")
    person.sees(REFUSED)
    person.picture("passkey-refused")
    key.put(now)
    signs_in(person, sign_in)


def works_at_no_other_address(browser: Browser, stack: Stack, sign_in: dict[str, str], pictures: Path) -> None:
    """The same portal under another name: the browser does not sign for it."""
    person = Person(browser, stack.url.replace("localhost", "127.0.0.1"), pictures)
    SecurityKey(person.page)
    types_the_password(person, sign_in)
    person.press("Use my passkey")
    person.sees("Passkeys do not work at this address")
    person.page.context.close()


def is_not_needed_without_script(browser: Browser, stack: Stack, sign_in: dict[str, str], pictures: Path) -> None:
    """The page says what is missing, and takes a code."""
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("[name='email']").fill(sign_in["email"])
    page.locator("[name='password']").fill(sign_in["password"])
    page.get_by_role("button", name="Agree and go on to step 2").click()
    expect(page.get_by_role("button", name="Use my passkey")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("Your passkey needs JavaScript")
    expect(page.locator("[name='code']")).to_be_visible()
    context.close()


def is_removed(person: Person, sign_in: dict[str, str]) -> None:
    """What is removed opens nothing, and what it opened is closed."""
    person.follow("Rename or remove Work laptop")
    person.follow("Remove it")
    person.press("Remove it")
    person.sees("Removed. Nobody can sign in with it any more.")
    person.sees("Confirm it is you")
    expect(person.page.get_by_role("button", name="Use my passkey")).to_have_count(0)
    person.has_app(sign_in["totp_secret"])
