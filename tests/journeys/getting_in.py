"""From the public page to an officer's account: steps 1 to 3 of the path."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from lers.demo.papers import card_pdf
from tests.journeys.person import Person
from tests.journeys.stack import Stack

PASSWORD = "lighthouse keeper sings at noon"


@dataclass(frozen=True)
class Applicant:
    """Somebody who asks to be let in, whoever they really are."""

    email: str
    name: str
    badge: str
    phone: str = "+44 1632 960119"
    agency: str = "Nordvik Police District"
    # What is typed into the search where the address does not say which agency it is.
    looks_for: str = ""
    address_note: str = ""


INGRID = Applicant("i.fossheim@politiet.nordvik.example", "Ingrid Fossheim", "22017")
ADDRESS = INGRID.email


@dataclass(frozen=True)
class Desk:
    """The staff of the journey, signed in."""

    analyst: Person
    approver: Person
    keeper: Person


def asks_for_access(visitor: Person, applicant: Applicant = INGRID) -> None:
    """A private address is refused with what to use instead; the official one gets a mail."""
    visitor.go("/")
    visitor.picture("home")
    visitor.follow("Request access")
    visitor.fill(email="ingrid.fossheim@gmail.com")
    visitor.press("Send me the confirmation link")
    visitor.sees("gmail.com is a mail service that anybody can join")
    visitor.fill(email=applicant.email)
    visitor.press("Send me the confirmation link")
    expect(visitor.page).to_have_url(re.compile("/access/sent/$"))


def reads_the_mail(visitor: Person, stack: Stack, applicant: Applicant = INGRID) -> None:
    """The mail came over SMTP and lies on the demo's mail page; its link leads on."""
    stack.mail(applicant.email, "Confirm your e-mail address")
    visitor.go("/demo/mail/")
    visitor.fill(to=applicant.email)
    visitor.press("Show mails")
    visitor.follow(re.compile("Confirm your e-mail address"))
    visitor.sees(applicant.email)
    visitor.page.locator("a[href*='/access/confirm/']").first.click()
    visitor.sees("Confirm your address and set a password")


def makes_an_account(visitor: Person) -> None:
    """Password, authenticator app, recovery codes."""
    visitor.fill(password="too short")
    visitor.press("Agree, confirm and set the password")
    visitor.sees("15 characters")
    visitor.fill(password=PASSWORD)
    visitor.press("Agree, confirm and set the password")
    visitor.sees("Set up a passkey or an app")
    expect(visitor.page.get_by_alt_text(re.compile("QR code"))).to_be_visible()
    visitor.picture("factor-new")
    visitor.has_app(visitor.page.locator("li strong.app-code").inner_text())
    visitor.fill(code=visitor.code())
    visitor.press("Confirm the app")
    visitor.sees("Each of these codes opens your account once")
    expect(visitor.page.locator("ol .app-code")).to_have_count(10)
    visitor.press("I have kept them, go on")


def applies(visitor: Person, applicant: Applicant = INGRID) -> str:
    """Person, agency, supervisor, service card; then waits, with a date."""
    visitor.sees("Apply for access")
    if applicant.address_note:
        visitor.fill(address_note=applicant.address_note)
        visitor.press("Save and continue")
    rest = {"rank": "Sergeant", "unit": "Cyber crime", "phone": applicant.phone}
    visitor.fill(full_name=applicant.name, badge=applicant.badge, **rest)
    visitor.press("Save and continue")
    if applicant.looks_for:
        visitor.fill(q=applicant.looks_for)
        visitor.press("Search")
        visitor.tick(applicant.agency)
        visitor.press("Save and continue")
    visitor.sees(applicant.agency)  # by the address, or because it was picked
    visitor.fill(name="Ola Berg", contact="extension 115")
    visitor.press("Save and continue")
    card = card_pdf(agency=applicant.agency, name=applicant.name, rank="Sergeant", badge=applicant.badge)
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


def comes_in(visitor: Person, stack: Stack, applicant: Applicant) -> str:
    """All of it, from the public page to an application that waits; return its reference."""
    asks_for_access(visitor, applicant)
    reads_the_mail(visitor, stack, applicant)
    makes_an_account(visitor)
    return applies(visitor, applicant)


def is_vetted(reference: str, desk: Desk, stack: Stack, applicant: Applicant = INGRID) -> None:
    """One person looks at the document as an image, calls the agency and recommends; another approves."""
    analyst, approver = desk.analyst, desk.approver
    analyst.go("/staff/access/")
    analyst.picture("staff-access")
    is_looked_at(analyst, reference)
    is_called_about(analyst, "They confirm the officer and the e-mail")
    decides(analyst, reference, "Recommend approval to a second person", "Confirmed by the personnel office.")
    analyst.picture("staff-access-review")
    decides(approver, reference, "Approve for 12 months", "Card, call and address agree.")
    stack.mail(applicant.email, "You have access")


def is_looked_at(analyst: Person, reference: str) -> None:
    """The checks are done, the document is an image, and somebody takes the application."""
    analyst.go(f"/staff/access/{reference}/")
    picture = analyst.page.locator("figure img")
    analyst.look_until(picture)
    expect(picture.first).to_be_visible()
    assert _is_drawn(analyst.page)
    analyst.look_until(analyst.page.get_by_text(re.compile("^Checked ")))
    analyst.press("Take")


def is_called_about(analyst: Person, result: str, spoke_to: str = "K. Holm, personnel office") -> None:
    """The agency is called at the number of our own directory."""
    analyst.tick(re.compile(r"960 ?100"))
    analyst.fill(spoke_to=spoke_to)
    analyst.tick(result)
    analyst.press("Record the call")
    analyst.sees("The call is recorded.")


def decides(person: Person, reference: str, decision: str, reason: str, **choices: str) -> None:
    """A decision; where the factor was shown too long ago, what was typed is there again afterwards."""
    person.go(f"/staff/access/{reference}/")
    person.tick(decision)
    for name, value in choices.items():
        person.choose(name, value)
    section = person.page.locator("#decision").locator("xpath=ancestor::section")
    section.locator("[name='reason']").fill(reason)
    with person.page.expect_navigation():
        person.press("Save decision")
    if "Confirm it is you" in person.heading():
        person.show_factor()
        person.sees("Confirm once more: nothing was decided yet")
        expect(section.locator("[name='reason']")).to_have_value(reason)
        person.press("Save decision")
    person.sees("Your decision is saved.")


def _is_drawn(page: Page) -> bool:
    """Say whether the browser could draw the picture of the document."""
    return bool(page.locator("figure img").first.evaluate("async i => { await i.decode(); return i.naturalWidth > 0 }"))
