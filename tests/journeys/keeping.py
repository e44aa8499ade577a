"""A hold without an order: certificate, reminder by beat, extension. Step 8 of the path."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from foundation.providers.connectors.demo.cases import EMAIL_C
from tests.journeys.getting_in import ADDRESS, Desk
from tests.journeys.person import Person
from tests.journeys.stack import Stack


def files_a_hold(officer: Person, stack: Stack) -> str:
    """Three parts and a button; it starts on receipt and goes on for 90 days."""
    today = datetime.now(UTC).date()
    officer.go("/holds/new/")
    officer.press("Start")
    officer.choose("kind", "email")
    officer.fill(value=EMAIL_C)
    officer.press("Add identifier")
    officer.press("Save and continue")
    officer.tick("Transactions")
    officer.day("First day", today - timedelta(days=120))
    officer.day("Last day", today)
    officer.press("Save and continue")
    officer.fill(title="Operation Vindrose", case_number="NV 26/21188")
    officer.tick(re.compile("Without an order"))
    officer.tick(re.compile("I do not know yet"))
    officer.press("Save and continue")
    officer.sees("90 days")
    officer.picture("hold-check")
    officer.press("Start the hold")
    officer.sees("Hold started")
    reference = officer.reference()
    stack.mail(ADDRESS, "Your hold has started")
    return reference


def is_accepted(desk: Desk, reference: str, stack: Stack) -> None:
    """The officer is new: a person looks before the certificate is made; the records are kept meanwhile."""
    keeper = desk.keeper
    keeper.go(f"/staff/holds/{reference}/accept/")
    keeper.press_and_confirm("Accept the hold")
    keeper.sees_not("Accept the hold")
    stack.mail(ADDRESS, "Your hold is accepted")


def downloads_the_certificate(officer: Person, reference: str, folder: Path) -> None:
    """The worker has the records kept and makes the paper."""
    officer.go(f"/holds/{reference}/")
    link = officer.page.get_by_role("link", name="Download the PDF")
    officer.look_until(link)
    paper = folder / "certificate.pdf"
    officer.take_file("Download the PDF").save_as(paper)
    assert paper.read_bytes().startswith(b"%PDF-")
    officer.picture("hold")


def is_reminded(reference: str, stack: Stack) -> None:
    """Seven days before its end, as the clock of the demo has it, beat sends the reminder."""
    done = stack.manage("make_due", reference, "--days-before", "7")
    assert done.returncode == 0, done.stderr
    stack.mail(ADDRESS, "Your hold ends in 7 days")


def gets_more_time(officer: Person, desk: Desk, reference: str, stack: Stack) -> None:
    """The officer asks, a preservation administrator grants, the end moves."""
    officer.go(f"/holds/{reference}/")
    officer.tick("The investigation goes on")
    officer.press("Ask to extend by 90 days")
    officer.sees("You asked for more time")
    keeper = desk.keeper
    keeper.go("/staff/holds/")
    keeper.picture("staff-holds")
    keeper.go(f"/staff/holds/{reference}/")
    keeper.tick("Extend")
    keeper.press_and_confirm("Send decision")
    keeper.sees_not("Send decision")
    stack.mail(ADDRESS, "Your hold goes on")
    officer.go(f"/holds/{reference}/")
    new_end = datetime.now(UTC).date() + timedelta(days=7 + 90)
    officer.sees(f"{new_end.day} {new_end:%b}")
