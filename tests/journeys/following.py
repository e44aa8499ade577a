"""After sending: the list, the page of the request, who follows, what is changed, the paper, and the end."""

import re

from playwright.sync_api import expect
from pypdfium2 import PdfDocument

from tests.journeys.careful import Careful
from tests.journeys.drafting import OTHER_EMAIL
from tests.journeys.stack import Stack

LATE = "The second victim came forward today."


def is_acknowledged(officer: Careful, stack: Stack, address: str, reference: str) -> None:
    """By mail with the reference and nothing of the case; once, however often the button was pressed."""
    mail = stack.mail(address, "We received your request")
    assert reference in mail.subject
    assert "Lantern" not in mail.text
    officer.go("/requests/?q=Lantern")
    expect(officer.page.get_by_role("row", name=re.compile(reference))).to_have_count(1)
    officer.looks("requests")


def sees_where_it_stands(officer: Careful, reference: str) -> None:
    """The page of the request, and word for word what was sent."""
    officer.go(f"/requests/{reference}/")
    officer.sees("Timeline")
    officer.looks("request")
    officer.follow("View what you sent")
    officer.sees("What you sent")
    officer.looks("sent")


def lets_follow(officer: Careful, colleague: Careful, reference: str) -> None:
    """A colleague reads it from then on, and can change nothing."""
    colleague.go(f"/requests/{reference}/", missing=False)  # the lead of the agency sees it already
    officer.go(f"/requests/{reference}/")
    officer.follow("Say who can follow")
    officer.looks("followers")
    officer.choose("colleague", _value(officer, "Ola Berg"))
    officer.saves("Let them follow")
    officer.sees("o.berg@")
    officer.looks("followers-one")
    colleague.go(f"/requests/{reference}/")
    colleague.sees("Follow no longer")
    colleague.sees_not("Withdraw the request")
    colleague.looks("request-followed")


def _value(officer: Careful, name: str, field: str = "colleague") -> str:
    option = officer.page.locator(f"select[name='{field}'] option").filter(has_text=name).first
    return option.get_attribute("value") or ""


def changes(officer: Careful, reference: str) -> None:
    """More facts, another identifier, other records: each beside what was sent."""
    officer.go(f"/requests/{reference}/")
    officer.follow("Add to the facts")
    officer.looks("change-facts")
    officer.fill(text=LATE)
    officer.saves("Add this")
    officer.sees(LATE)
    officer.follow("Change the identifiers")
    officer.fill(lines=OTHER_EMAIL)
    officer.saves("Add these")
    officer.sees("There is a problem")
    officer.looks("change-identifiers-refused")
    officer.tick("My order names these, or covers them")
    officer.saves("Add these")
    officer.sees(OTHER_EMAIL)
    officer.go(f"/requests/{reference}/")
    officer.follow("Change the records you ask for")
    officer.looks("change-records")
    officer.tick(re.compile("^Transactions"))
    officer.saves("Take these out")
    officer.go(f"/requests/{reference}/")
    officer.looks("request-changed")


def adds_a_document(officer: Careful, reference: str, paper: bytes) -> None:
    """The way back leads back; then a file more."""
    officer.follow("Add documents")
    officer.looks("documents-add")
    officer.follow("Cancel")
    officer.sees("Timeline")
    officer.follow("Add documents")
    officer.attach("uploads", paper, "statement.pdf")
    officer.saves("Add documents")
    officer.go(f"/requests/{reference}/")
    officer.sees("statement.pdf")


def takes_it_as_paper(officer: Careful, reference: str) -> None:
    """The whole request as PDF, with what was added."""
    path = f"/requests/{reference}/print.pdf"
    officer.follow("Take the whole request as PDF")
    officer.show_factor_if_asked()
    answer = officer.page.request.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    paper = PdfDocument(answer.body())
    said = " ".join(page.get_textpage().get_text_bounded() for page in paper)
    officer.go(f"/requests/{reference}/")
    assert reference.replace("-", "") in re.sub(r"[\s-]", "", said)
    assert re.sub(r"\s", "", LATE) in re.sub(r"\s", "", said)


def hands_over(officer: Careful, reference: str) -> None:
    """To somebody who never asked anything it waits for staff; the officer can call it off."""
    officer.follow("Hand the request over")
    officer.show_factor_if_asked()
    officer.looks("hand-over")
    officer.choose("to", _value(officer, "Ola Berg", "to"))
    officer.fill(reason="I go on leave on Monday.")
    officer.press_and_confirm("Hand the request over")
    officer.go(f"/requests/{reference}/hand-over/")
    officer.show_factor_if_asked()
    officer.sees("It waits for our agreement")
    officer.looks("hand-over-waits")
    officer.press_and_confirm("Call it off")


def withdraws(officer: Careful, reference: str) -> None:
    """No reason, no withdrawing; then it is over."""
    officer.go(f"/requests/{reference}/")
    officer.follow("Withdraw the request")
    officer.show_factor_if_asked()
    officer.looks("withdraw")
    officer.fill(reason="The suspect gave us the records.")
    officer.press_and_confirm("Withdraw the request")
    officer.go(f"/requests/{reference}/")
    officer.sees("Withdrawn")
    officer.looks("request-withdrawn")
