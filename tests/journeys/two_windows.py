"""The same draft in two windows, a session that ends while somebody types, and the way back after sending."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.careful import Careful
from tests.journeys.drafting import CASE, FACTS
from tests.journeys.stack import Stack
from tests.journeys.test_sessions import reaches_the_end_of_the_day


def opens_facts(officer: Careful) -> str:
    """Start a draft and come to its facts."""
    officer.go("/drafts/new/")
    officer.saves("Start a request")
    draft = officer.page.url
    officer.go(f"{draft}facts/")
    return draft


def saves_older(officer: Careful, draft: str) -> None:
    """The older window is refused, shows what is stored beside what was typed, and saves with the next press."""
    other: Page = officer.page.context.new_page()
    other.goto(f"{draft}facts/")
    other.locator("[name='title']").fill("Newer")
    other.locator("[name='case_number']").fill(CASE)
    other.get_by_role("button", name="Save and come back later").click()
    other.wait_for_url(draft)
    other.close()
    officer.fill(
        title="Older", case_number=CASE, facts=FACTS, offence="Fraud", connection="It received the money."
    )  # fmt: skip
    officer.saves()
    officer.sees("Stored now, from your other window")
    officer.sees("Newer")
    assert typed(officer, "title", "facts", "offence") == ["Older", FACTS, "Fraud"]
    officer.looks("facts-two-windows")
    officer.fill(title="Both")
    officer.saves()
    officer.go(f"{draft}facts/")
    assert typed(officer, "title", "facts", "case_number") == ["Both", FACTS, CASE]


def typed(officer: Careful, *names: str) -> list[str]:
    """What stands in these fields."""
    return [officer.page.locator(f"[name='{name}']").input_value() for name in names]


def is_signed_out_while_typing(officer: Careful, stack: Stack, sign_in: dict[str, str], draft: str) -> None:
    """Sent after the session ended: it stands there again after signing in, and is saved then."""
    more = f"{FACTS}\nA tenth paid on Friday."
    officer.fill(facts=more, offence="Fraud & forgery")
    reaches_the_end_of_the_day(stack, sign_in["email"], seconds=0)
    officer.saves()
    officer.sees("What you typed comes back when you have signed in.")
    officer.looks("signed-out")
    officer.fill(email=sign_in["email"], password=sign_in["password"])
    officer.press("Agree and go on to step 2")
    officer.show_factor()
    expect(officer.page).to_have_url(f"{draft}facts/")
    assert typed(officer, "facts", "offence") == [more, "Fraud & forgery"]
    officer.looks("facts-again")
    officer.saves()
    officer.go(f"{draft}facts/")
    assert typed(officer, "facts", "offence") == [more, "Fraud & forgery"]


def goes_back_and_sends_again(officer: Careful, reference: str) -> None:
    """The page of before sending, and its button, lead to the same request."""
    officer.page.go_back()
    button = officer.page.get_by_role("button", name="Send the request")
    if button.count():
        officer.tick(re.compile("I declare"))
        button.click()
    officer.page.wait_for_url(re.compile(reference))
    officer.go("/requests/?q=Lantern%20plain")
    expect(officer.page.get_by_role("row", name=re.compile("Lantern plain"))).to_have_count(1)
