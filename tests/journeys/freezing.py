"""An agency is suspended while one of its officers is at work, and gets its access back."""

import re

from playwright.sync_api import expect

from tests.journeys.getting_in import Desk
from tests.journeys.person import Person
from tests.journeys.stack import Stack

AGENCY = "Northmoor Police"


def is_signed_in(officer: Person, stack: Stack) -> None:
    """The officer of the agency is in the middle of a request."""
    officer.sign_in(stack.credentials()["second_officer"])
    officer.go("/requests/")
    officer.sees("Requests")


def is_suspended(analyst: Person) -> None:
    """Somebody of the desk calls the agency, then suspends it."""
    _opens_agency(analyst)
    analyst.follow(re.compile("^Suspend"))
    analyst.page.wait_for_url(re.compile("/suspend/|/factor/"))
    analyst.show_factor_if_asked()
    analyst.tick(re.compile(r"960 ?200"))
    analyst.tick("They were told")
    analyst.fill(spoke_to="Inspector J. Teal, professional standards", reason="Mailboxes of the force were read.")
    analyst.sees(re.compile("1 officer loses access"))  # the other one is suspended already
    analyst.picture("staff-suspend")
    analyst.press_and_confirm("Suspend this agency now")
    analyst.sees("Suspended agency")


def is_shut_out(officer: Person, stack: Stack, email: str) -> None:
    """The next click is answered by the sign-in; who signs in again reads whom to call, and opens nothing."""
    officer.page.goto("/requests/new/")
    officer.sees("Sign in")
    officer.sign_in(stack.credentials()["second_officer"])
    officer.sees("suspended")
    officer.picture("access-suspended")
    officer.go("/requests/", missing=True)
    stack.mail(email, "suspended")


def stands_still(desk: Desk) -> None:
    """What the agency asked for cannot be decided."""
    analyst = desk.analyst
    analyst.go("/staff/queue/")
    frozen = analyst.page.get_by_role("row", name=re.compile(AGENCY)).first
    expect(frozen).to_contain_text(re.compile("suspended", re.IGNORECASE))


def is_looked_at_again(analyst: Person) -> None:
    """Every act since the last call, one by one."""
    analyst.go("/staff/suspensions/")
    analyst.follow(AGENCY)
    analyst.follow(re.compile("^Look again"))
    # A click does not wait for a slow answer: without this, the old page is asked for the button and has none.
    expect(analyst.page.get_by_text(re.compile(r"^\d+ of \d+ looked at|^(\d+) of \1$")).first).to_be_visible()
    while analyst.page.get_by_role("button", name="Save and go to the next").count():
        analyst.tick("Nothing wrong")
        here = analyst.page.url
        analyst.press("Save and go to the next")
        analyst.page.wait_for_url(lambda url, here=here: url != here)
    progress = analyst.page.get_by_text(re.compile(r"^(\d+) of \1$"))
    expect(progress.first).to_be_visible()
    analyst.picture("staff-look-back")


def is_given_back(desk: Desk) -> None:
    """After a call that confirms it, another person gives access back."""
    analyst, approver = desk.analyst, desk.approver
    analyst.tick(re.compile(r"960 ?200"))
    analyst.tick("They confirm: access may be given back")
    analyst.label("Who you spoke to", "Superintendent A. Reed")
    analyst.press_and_confirm("Record the call")
    expect(analyst.page.get_by_role("button", name="Give access back")).to_have_count(0)  # who took it does not
    approver.go("/staff/suspensions/")
    approver.follow(AGENCY)
    approver.label("Why access is given back", "All mailboxes were reset; nothing wrong was found.")
    approver.press_and_confirm("Give access back")
    approver.sees("Given back")


def works_again(officer: Person, stack: Stack, email: str) -> None:
    """The officer, who had signed in to read how it stands, is told and finds everything as it was."""
    stack.mail(email, "access again")
    officer.go("/requests/")
    officer.sees("Requests")


def _opens_agency(person: Person) -> None:
    person.go("/staff/agencies/?q=northmoor")
    person.follow(AGENCY)
