"""From the public page to an officer's account: steps 1 to 3 of the path."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from lers.demo.papers import card_pdf
from tests.journeys.person import Person
from tests.journeys.stack import Stack

ADDRESS = "i.fossheim@politiet.nordvik.example"
NAME = "Ingrid Fossheim"
PASSWORD = "lighthouse keeper sings at noon"


@dataclass(frozen=True)
class Desk:
    """The staff of the journey, signed in."""

    analyst: Person
    approver: Person
    keeper: Person


def asks_for_access(visitor: Person) -> None:
    """A private address is refused with what to use instead; the official one gets a mail."""
    visitor.go("/")
    visitor.picture("home")
    visitor.follow("Request access")
    visitor.fill(email="ingrid.fossheim@gmail.com")
    visitor.press("Send me the confirmation link")
    visitor.sees("gmail.com is a mail service that anybody can join")
    visitor.fill(email=ADDRESS)
    visitor.press("Send me the confirmation link")
    expect(visitor.page).to_have_url(re.compile("/access/sent/$"))


def reads_the_mail(visitor: Person, stack: Stack) -> None:
    """The mail came over SMTP and lies on the demo's mail page; its link leads on."""
    stack.mail(ADDRESS, "Confirm your e-mail address")
    visitor.go("/demo/mail/")
    visitor.fill(to=ADDRESS)
    visitor.press("Show mails")
    visitor.follow(re.compile("Confirm your e-mail address"))
    visitor.sees(ADDRESS)
    visitor.page.locator("a[href*='/access/confirm/']").first.click()
    visitor.sees("Confirm your address and set a password")


def makes_an_account(visitor: Person) -> None:
    """Password, authenticator app, recovery codes."""
    visitor.fill(password="too short")
    visitor.press("Confirm and set the password")
    visitor.sees("15 characters")
    visitor.fill(password=PASSWORD)
    visitor.press("Confirm and set the password")
    visitor.sees("Set up a passkey or an app")
    expect(visitor.page.get_by_alt_text(re.compile("QR code"))).to_be_visible()
    visitor.picture("factor-new")
    visitor.has_app(visitor.page.locator("li strong.app-code").inner_text())
    visitor.fill(code=visitor.code())
    visitor.press("Confirm the app")
    visitor.sees("Each of these codes opens your account once")
    expect(visitor.page.locator("ol .app-code")).to_have_count(10)
    visitor.press("I have kept them, go on")


def applies(visitor: Person) -> str:
    """Person, agency, supervisor, service card; then waits, with a date."""
    visitor.sees("Apply for access")
    visitor.fill(full_name=NAME, rank="Sergeant", unit="Cyber crime", badge="22017", phone="+44 1632 960119")
    visitor.press("Save and continue")
    visitor.sees("Nordvik Police District")  # known by the address
    visitor.fill(name="Ola Berg", contact="extension 115")
    visitor.press("Save and continue")
    card = card_pdf(agency="Nordvik Police District", name=NAME, rank="Sergeant", badge="22017")
    visitor.attach("document", card, "service-card.pdf")
    visitor.press("Save and continue")
    visitor.picture("access-apply")
    visitor.look_until(visitor.page.get_by_text("Checked", exact=True))
    visitor.tick(re.compile("I am authorised"))
    visitor.press("Send the application")
    visitor.sees("Application sent")
    visitor.sees("Reviewed within 3 business days, by")
    visitor.picture("access-wait")
    return visitor.reference()


def is_vetted(reference: str, desk: Desk, stack: Stack) -> None:
    """One person looks at the document as an image, calls the agency and recommends; another approves."""
    analyst, approver = desk.analyst, desk.approver
    analyst.go("/staff/access/")
    analyst.picture("staff-access")
    analyst.follow(reference)
    picture = analyst.page.locator("figure img")
    analyst.look_until(picture)
    expect(picture.first).to_be_visible()
    assert _is_drawn(analyst.page)
    analyst.press("Take")
    analyst.tick(re.compile(re.escape("+44 1632 960100") + "|960100"))
    analyst.fill(spoke_to="K. Holm, personnel office")
    analyst.tick("They confirm the officer and the e-mail")
    analyst.press("Record the call")
    analyst.sees("The call is recorded.")
    _decides(analyst, reference, "Recommend approval to a second person", "Confirmed by the personnel office.")
    analyst.picture("staff-access-review")
    _decides(approver, reference, "Approve for 12 months", "Card, call and address agree.")
    stack.mail(ADDRESS, "You have access")


def _decides(person: Person, reference: str, decision: str, reason: str) -> None:
    person.go(f"/staff/access/{reference}/")
    if person.page.get_by_role("link", name="Confirm it is you, then decide").count():
        person.follow("Confirm it is you, then decide")
        person.show_factor()
    person.tick(decision)
    person.page.locator("#decision").locator("xpath=ancestor::section").locator("[name='reason']").fill(reason)
    person.press("Save decision")
    person.sees("Your decision is saved.")


def _is_drawn(page: Page) -> bool:
    """Say whether the browser could draw the picture of the document."""
    return bool(page.locator("figure img").first.evaluate("async i => { await i.decode(); return i.naturalWidth > 0 }"))
