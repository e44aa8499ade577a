"""An officer lost app and recovery codes: asks, is called about, is reset by two people, and starts anew."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import STEP_UP_SECONDS, Stack, links_in

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "signing in"

NAME = "Joan Marsh"
HAPPENED = "My phone was stolen on the train. The recovery codes were in its case."
RESET = "Reset everything this person signs in with"
SignIn = dict[str, str]


def test_an_officer_who_lost_everything_is_let_in_again(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    officer, thief, analyst, approver = people = [Person(browser, stack.url, pictures) for _number in range(4)]
    sign_ins = stack.credentials()
    old = sign_ins["second_officer"]
    with seen_when_it_fails(people, pictures):
        asks(officer, old)
        is_told_and_nothing_is_reset(stack, old)
        approver.sign_in(sign_ins["approver"])
        waits_for_the_call(approver)
        analyst.sign_in(sign_ins["analyst"])
        calls_the_agency(analyst)
        cannot_reset_alone(analyst)
        resets(approver)
        link = link_in_the_mail(stack, old)
        with_the_password_alone_nothing_is_set_up(thief, old)
        new = sets_up_a_new_app(officer, link, old)
        signs_in_and_downloads_nothing_for_a_day(officer, new)
        finds_nothing_left(thief, link, old)
    assert [complaint for person in people for complaint in person.complaints] == []


def asks(officer: Person, sign_in: SignIn) -> None:
    """With the password alone, from the page that asks for a code; it opens nothing else."""
    types_the_password(officer, sign_in)
    officer.sees("Confirm it is you")
    officer.sees("Lost everything?")
    officer.follow("Ask for a reset")
    expect(officer.page).to_have_url(re.compile("/account/lost/$"))
    officer.press("Ask for a reset")
    expect(officer.page.get_by_role("alert")).to_contain_text("What happened?")
    officer.fill(reason=HAPPENED)
    officer.picture("lost-ask")
    officer.press("Ask for a reset")
    officer.sees("We received your question")
    officer.sees("for officers with a call to the agency")
    officer.picture("lost-asked")
    officer.go("/requests/")
    assert officer.heading() == "Confirm it is you"


def is_told_and_nothing_is_reset(stack: Stack, sign_in: SignIn) -> None:
    """The mail says so, repeats nothing of what was typed, and no address in it leads on."""
    mail = stack.mail(sign_in["email"], "Somebody asked to reset your sign-in")
    assert "Nothing is reset yet." in " ".join(mail.text.split())
    assert "stolen" not in mail.text
    assert not [link for link in links_in(mail) if "/lost/" in link or "/sign-in/" in link]


def waits_for_the_call(approver: Person) -> None:
    """Before anybody called, nobody is offered the reset."""
    opens_the_case(approver)
    approver.sees("Somebody must confirm first who asks.")
    expect(approver.page.get_by_label(RESET)).to_have_count(0)


def calls_the_agency(analyst: Person) -> None:
    """At the number of our directory, the only one on the page."""
    opens_the_case(analyst)
    analyst.sees(HAPPENED)
    analyst.sees("Not called yet.")
    expect(analyst.page.locator("a[href^='tel:']")).to_have_count(1)
    expect(analyst.page.locator("a[href^='tel:']")).to_have_text(re.compile(r"960 ?200"))
    analyst.tick(re.compile(r"960 ?200"))
    analyst.tick("They confirm the officer, and that the officer asks for it")
    analyst.label("Who you spoke to", "Inspector J. Teal, force control room")
    analyst.press("Record the call")
    analyst.sees("The call is recorded.")
    analyst.picture("staff-lost-factor-called")


def cannot_reset_alone(analyst: Person) -> None:
    """The page offers no reset to who called; one that is sent all the same is refused."""
    analyst.sees("2. Reset, by another person")
    expect(analyst.page.get_by_label(RESET)).to_have_count(0)
    refusal = "You do not have the right to do this."
    decides(analyst, "Refuse", "They confirmed it to me.", then=refusal, instead="reset")
    analyst.sees(refusal)
    expect(analyst.page.locator("[name='reason']")).to_have_value("They confirmed it to me.")


def resets(approver: Person) -> None:
    """The second person, who did not call, and shows the factor again."""
    approver.wait_for_stale_factor(STEP_UP_SECONDS)
    opens_the_case(approver)
    approver.sees("Priya Nair")
    approver.picture("staff-lost-factor")
    done = "Done. The owner of the account is told."
    decides(approver, RESET, "The control room knows her and the theft.", then=done)
    approver.sees(done)
    expect(approver.page.get_by_role("button", name="Send your decision")).to_have_count(0)
    approver.go("/staff/lost-factors/")
    approver.sees_not(NAME)


def link_in_the_mail(stack: Stack, sign_in: SignIn) -> str:
    """The mail of the reset carries one link, and says that for a day nothing leaves."""
    mail = stack.mail(sign_in["email"], "Your sign-in was reset")
    assert "For a day after that you can download, approve and release nothing." in " ".join(mail.text.split())
    assert "control room" not in mail.text
    (link,) = [link for link in links_in(mail) if "/lost/" in link]
    return link


def with_the_password_alone_nothing_is_set_up(thief: Person, sign_in: SignIn) -> None:
    """Somebody with password and stolen phone, but without the mailbox."""
    types_the_password(thief, sign_in)
    thief.sees("Open the link that we sent you")
    thief.sees("The password alone is not enough.")
    thief.picture("lost-sent")
    thief.go("/account/factors/new/")
    expect(thief.page).to_have_url(re.compile("/account/lost/$"))


def sets_up_a_new_app(officer: Person, link: str, sign_in: SignIn) -> SignIn:
    """The link asks for the password and leads straight to the new app; return how the officer signs in now."""
    officer.go(link)
    officer.sees(sign_in["email"])
    officer.picture("lost-link")
    officer.fill(password="not the password at all")
    officer.press("Agree and go on")
    officer.sees("The e-mail address or the password is wrong.")
    officer.fill(password=sign_in["password"])
    officer.press("Agree and go on")
    officer.sees("Set up a passkey or an app")
    secret = officer.page.locator("li strong.app-code").inner_text()
    officer.has_app(secret)
    officer.fill(code=officer.code())
    officer.press("Confirm the app")
    officer.sees("Each of these codes opens your account once")
    expect(officer.page.locator("ol .app-code")).to_have_count(10)
    officer.press("I have kept them, go on")
    officer.sees("Requests")
    return sign_in | {"totp_secret": secret}


def signs_in_and_downloads_nothing_for_a_day(officer: Person, sign_in: SignIn) -> None:
    """The new app works; the account says from when records can be downloaded again, a day after the set-up."""
    with officer.page.expect_navigation():
        officer.press("Sign out")
    officer.sign_in(sign_in)
    officer.go("/requests/")
    officer.sees("Requests")
    officer.go("/account/")
    row = officer.page.locator(".govuk-summary-list__row", has_text="Downloads of records")
    expect(row).to_contain_text("we reset every passkey and app")
    until = datetime.fromisoformat(row.locator("time").get_attribute("datetime") or "")
    assert timedelta(hours=23, minutes=50) < until - datetime.now(UTC) <= timedelta(hours=24)
    officer.picture("account-after-reset")


def finds_nothing_left(thief: Person, link: str, sign_in: SignIn) -> None:
    """The link is used up, and the code of the old app opens nothing."""
    answer = thief.page.goto(link)
    assert answer is not None
    assert answer.status == 410
    thief.sees("This link does not work any more")
    thief.page.context.clear_cookies()
    types_the_password(thief, sign_in)
    thief.has_app(sign_in["totp_secret"])
    thief.fill(code=thief.code())
    thief.press("Go on with the code")
    thief.sees("This code is wrong, too old or was used before.")
    thief.go("/requests/")
    assert thief.heading() == "Confirm it is you"


def types_the_password(person: Person, sign_in: SignIn) -> None:
    """As far as a password goes."""
    person.go("/sign-in/")
    person.fill(email=sign_in["email"], password=sign_in["password"])
    with person.page.expect_navigation():
        person.press("Agree and go on to step 2")


def opens_the_case(person: Person) -> None:
    """From the list of those who lost what they sign in with."""
    person.go("/staff/lost-factors/")
    person.follow(NAME)
    person.sees(f"{NAME}, Northmoor Police")


def decides(person: Person, decision: str, reason: str, *, then: str, instead: str = "") -> None:
    """Send a decision, once more where the factor was shown too long ago; `instead`: what is sent past the page."""
    asked = person.page.get_by_role("heading", name="Confirm it is you")
    for _try in range(2):
        person.tick(decision)
        if instead:
            person.page.get_by_label(decision).evaluate("(radio, value) => { radio.value = value }", instead)
        person.fill(reason=reason)
        person.press("Send your decision")
        asked.or_(person.page.get_by_text(then)).first.wait_for()
        if not asked.count():
            return
        person.show_factor()
        expect(person.page.locator("[name='reason']")).to_have_value(reason)  # what was typed is there again
