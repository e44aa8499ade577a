"""Who is let in and who is not: what the desk sees, does, and what the other side learns of it."""

import re

from playwright.sync_api import expect

from tests.journeys import getting_in
from tests.journeys.getting_in import Applicant, Desk
from tests.journeys.person import Person
from tests.journeys.stack import Stack

NORDVIK = "politiet.nordvik.example"
FORGED = "politiet-nordvik.example"
HONEST = Applicant(f"s.halvorsen@{NORDVIK}", "Sigrid Halvorsen", "23114", "+44 1632 960141")
FORGER = Applicant(f"t.vik@{FORGED}", "Tor Vik", "24001", "+44 1632 960142", looks_for="nordvik politi",
                   address_note="Our district moves its mail to a new domain.")  # fmt: skip
THIEF = Applicant(f"k.lund@{NORDVIK}", "Kari Lund", "24417", "+44 1632 960143")


def gets_in(visitor: Person, desk: Desk, stack: Stack) -> None:
    """An honest officer: five pages typed, a call that confirms, two people, and the requests page."""
    reference = getting_in.comes_in(visitor, stack, HONEST)
    getting_in.is_vetted(reference, desk, stack, HONEST)
    visitor.go("/start/")
    visitor.sees("Requests")
    expect(visitor.page.get_by_role("link", name="Preservation").first).to_be_visible()


def is_found_out(visitor: Person, desk: Desk, stack: Stack) -> None:
    """A domain that imitates an agency's: the checks say so, a person declines, blocks it and warns the agency."""
    reference = getting_in.comes_in(visitor, stack, FORGER)
    analyst = desk.analyst
    getting_in.is_looked_at(analyst, reference)
    for check in ("E-mail domain", "Look-alike"):
        row = analyst.page.get_by_role("row", name=re.compile(check)).first
        expect(row).to_contain_text("Failed")
        expect(row).to_contain_text(NORDVIK)
    analyst.picture("staff-access-forger")
    expect(analyst.page.locator("a[href^='tel:']")).to_have_count(1)  # the directory's, never the applicant's
    getting_in.is_called_about(analyst, "They do not know the officer")
    expect(analyst.page.get_by_label("Recommend approval to a second person")).to_have_count(0)
    analyst.sees("Record a call-back that confirms name and e-mail first.")
    analyst.tick("Decline")
    analyst.tick(f"Block {FORGED}")
    analyst.tick("Tell Nordvik Police District that their name was used")
    analyst.choose("decline_code", "imitation")
    _saves_decision(analyst, "Imitates the district; personnel does not know him.")

    told = stack.mail(FORGER.email, "declined").text
    assert not re.search("imitat|look-alike|block|personnel", told, re.IGNORECASE), told
    assert reference in stack.mail(f"contact@{NORDVIK}", "name").text
    visitor.go("/access/mine/")
    visitor.sees("declined")
    visitor.sees_not("mitat")
    visitor.go("/access/")
    visitor.fill(email=f"another@{FORGED}")
    visitor.press("Send me the confirmation link")
    visitor.sees_not("blocked")
    expect(visitor.page).to_have_url(re.compile("/access/$"))


def is_stopped_by_the_call(visitor: Person, desk: Desk, stack: Stack) -> None:
    """A stolen mailbox of a known agency: only the call shows that the officer never asked."""
    reference = getting_in.comes_in(visitor, stack, THIEF)
    analyst, approver = desk.analyst, desk.approver
    getting_in.is_looked_at(analyst, reference)
    expect(analyst.page.get_by_role("row", name=re.compile("E-mail domain")).first).to_contain_text("Passed")
    expect(analyst.page.get_by_text("Failed", exact=True)).to_have_count(0)
    getting_in.is_called_about(analyst, "They know the officer, not the e-mail", "Kari Lund herself: she never applied")
    for person in (analyst, approver):
        person.go(f"/staff/access/{reference}/")
        expect(person.page.get_by_label(re.compile("^(Approve|Recommend)"))).to_have_count(0)
    analyst.go(f"/staff/access/{reference}/")
    analyst.tick("Decline")
    analyst.choose("decline_code", "not_confirmed")
    _saves_decision(analyst, "The officer herself says that she never applied.")
    stack.mail(THIEF.email, "declined")
    visitor.go("/requests/", missing=True)
    visitor.go("/access/mine/")
    visitor.sees_not("never applied")


def _saves_decision(analyst: Person, reason: str) -> None:
    analyst.page.locator("#decision").locator("xpath=ancestor::section").locator("[name='reason']").fill(reason)
    analyst.press_and_confirm("Save decision")
    analyst.sees("Your decision is saved.")
