"""From a question to the decision, two people at one review, and what an officer can do about a refusal."""

import re
from datetime import timedelta
from io import BytesIO

from playwright.sync_api import expect
from pypdfium2 import PdfDocument

from tests.journeys import deskwork, drafting
from tests.journeys.asking import TODAY
from tests.journeys.careful import Careful
from tests.journeys.deskwork import Filed, opens, row
from tests.journeys.stack import Stack

ANSWER = "From 4 April to 2 June: the court's clarification is attached."
ADVICE = "The order names the account by its address. Nothing speaks against it."
CURE = "The account you named is held by another company of our group."


# A question -----------------------------------------------------------------------------------------------------------
def takes(analyst: Careful, reference: str) -> None:
    """From the queue, in the row."""
    analyst.go("/staff/queue/?country=NO&assignee=nobody")
    with analyst.page.expect_navigation():
        row(analyst, reference).get_by_role("button", name=re.compile("^Take")).click()
    opens(analyst, reference)
    analyst.look_until(analyst.page.locator(".app-doc__page img"))
    analyst.looks("review")


def asks(analyst: Careful, reference: str) -> None:
    """Two checks stay open; their prepared texts are put in, read as the officer will, and sent."""
    deskwork.answers_checks(analyst, dates="no", accounts="unclear")
    analyst.saves("Save")
    opens(analyst, reference, "messages/")
    analyst.looks("messages-empty")
    for words in ("Dates given", "Accounts are named"):
        analyst.tick(re.compile(f"^{words}"))
    analyst.saves("Put in the texts")
    assert deskwork.typed(analyst, "point_dates").strip()
    analyst.fill(text="Before we go on, we need two things.")
    analyst.saves("Show as the officer reads it")
    analyst.sees("What the officer will read")
    analyst.looks("messages-preview")
    analyst.saves("Send question")
    analyst.sees("The clock is stopped until the officer answers")
    analyst.looks("messages")


def answers(officer: Careful, reference: str, stack: Stack, address: str) -> None:
    """Each point has its answer, one says why not, and a document goes along."""
    assert reference in stack.mail(address, "A question for you").subject
    officer.go(f"/requests/{reference}/")
    officer.looks("officer-question")
    officer.saves("Send answer")
    officer.sees("Answer point 1, or write why you cannot")
    officer.fill(text="The court made one of them clear.", item_1=ANSWER, item_2="The order names no other account.")
    officer.page.get_by_label("I cannot give this. I wrote why above").nth(1).check(force=True)
    officer.attach("uploads", drafting.order("26-410009"), "clarification.pdf")
    officer.saves("Send answer")
    officer.sees("You answered a question")
    officer.looks("officer-answered")


def gets_it_back(analyst: Careful, reference: str) -> None:
    """It is the same person's again, with the answer and its document."""
    analyst.go("/staff/queue/?view=mine")
    expect(row(analyst, reference)).to_contain_text("You")
    opens(analyst, reference, "messages/")
    analyst.sees(ANSWER)
    analyst.sees("clarification.pdf")
    analyst.looks("messages-answered")


def finds_and_proposes(analyst: Careful, reference: str) -> None:
    """Every check is Yes now, the account is found, the bar is read, the letter looks as it should."""
    opens(analyst, reference)
    deskwork.finds_accounts(analyst)
    analyst.sees("33071254")
    deskwork.answers_checks(analyst)
    deskwork.reads_the_bar(analyst)
    deskwork.decides_lines(analyst, ["produce"])
    analyst.tick("Disclose everything asked for")
    deskwork.says_on_what_ground(analyst)
    analyst.fill(recommendation=ADVICE)
    analyst.saves("Use the prepared text")
    assert deskwork.typed(analyst, "text_for_officer").strip()
    analyst.saves("See the letter")
    analyst.sees("Draft of what is typed, not proposed")
    analyst.looks("letter-draft")
    opens(analyst, reference)
    deskwork.proposes(analyst)


def reads_the_decision(officer: Careful, reference: str, stack: Stack, address: str) -> None:
    """On the page and as a letter, which names neither staff nor advice."""
    assert reference in stack.mail(address, "We decided about your request").subject
    letter = deskwork.sees_letter(officer, reference)
    said = " ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(BytesIO(letter)))
    assert reference.replace("-", "") in re.sub(r"[\s-]", "", said)
    for never in ("Priya", "Nair", "Sofia", "Marek", ADVICE.split(".", maxsplit=1)[0]):
        assert never not in said
        officer.sees_not(never)
    officer.looks("officer-decision")


# Two at once ----------------------------------------------------------------------------------------------------------
def two_see_each_other(analyst: Careful, second: Careful, reference: str) -> None:
    """Both have the review open; who saves second reads what changed, and loses nothing."""
    opens(analyst, reference)
    analyst.fill(recommendation="In part: the transactions are not in the order.")
    deskwork.answers_checks(analyst)
    opens(second, reference)
    second.sees("Priya Nair is looking at this too, since")
    deskwork.answers_checks(second, dates="unclear")
    second.fill(recommendation="Wait for the court.")
    second.saves("Save")
    second.sees("Saved.")
    analyst.saves("Save")
    analyst.sees("Lucas Moreau is looking at this too, since")
    analyst.sees("A colleague saved this review after you opened it")
    analyst.sees("Lucas Moreau saved it")
    assert deskwork.typed(analyst, "recommendation").startswith("In part:")
    assert analyst.page.locator("[name='dates_answer']:checked").get_attribute("value") == "yes"
    analyst.looks("review-changed")
    analyst.saves("Save")
    analyst.sees("Saved.")
    opens(second, reference)
    assert deskwork.typed(second, "recommendation").startswith("In part:")


def proposes_in_part(analyst: Careful, reference: str) -> None:
    """Two lines are produced, one is overbroad."""
    opens(analyst, reference)
    deskwork.finds_accounts(analyst)
    deskwork.answers_checks(analyst)
    deskwork.reads_the_bar(analyst)
    deskwork.decides_lines(analyst, ["produce", "produce", "refuse"], "overbroad")
    analyst.tick("Disclose in part, or say that there are no records")
    deskwork.says_on_what_ground(analyst)
    analyst.fill(text_for_officer="You get the registration and the sign-ins.")
    deskwork.proposes(analyst)


# No, or not here ------------------------------------------------------------------------------------------------------
def proposes_no(analyst: Careful, filed: Filed) -> None:
    """One names the wrong company, the other goes through a treaty."""
    opens(analyst, filed.refused)
    _begins(analyst)
    deskwork.answers_checks(analyst, entity="no")
    deskwork.decides_lines(analyst, ["refuse"], "wrong_entity")
    analyst.tick("Do not disclose")
    analyst.choose("refusal_code", "wrong_entity")
    analyst.fill(text_for_officer=CURE)
    deskwork.proposes(analyst)
    opens(analyst, filed.referred)
    _begins(analyst)
    deskwork.answers_checks(analyst)
    deskwork.decides_lines(analyst, ["refuse"], "jurisdiction")
    analyst.tick("Refer to mutual legal assistance")
    analyst.saves("Use the prepared text")
    assert deskwork.typed(analyst, "text_for_officer").strip()
    deskwork.proposes(analyst)


def _begins(analyst: Careful) -> None:
    """What a colleague gave somebody is taken first."""
    if analyst.page.get_by_role("button", name="Take", exact=True).count():
        analyst.saves("Take")
    deskwork.finds_accounts(analyst)


def is_referred(officer: Careful, reference: str) -> None:
    """The officer reads where to go, and that the hold goes on."""
    officer.go(f"/requests/{reference}/")
    officer.sees("Please send a request for mutual legal assistance")
    officer.sees(re.compile(r"Your hold \S+ goes on meanwhile"))
    officer.looks("officer-referred")


def reads_the_cure(officer: Careful, reference: str) -> None:
    """Why not and what mends it; one button makes a draft whose part says what to do."""
    officer.go(f"/requests/{reference}/")
    officer.sees("Why not, and what you can do")
    officer.looks("officer-refused")
    officer.saves("Copy into a new draft")
    officer.sees("This draft mends")
    part = officer.page.get_by_role("listitem").filter(has=officer.page.get_by_role("link", name="Legal process"))
    expect(part).to_contain_text("Send an order that names the company that holds the account.")
    officer.looks("refile-draft")


def mends_and_sends(officer: Careful) -> str:
    """The other company, a new order with its copy and its days; return the new reference."""
    draft = officer.page.url
    officer.go(f"{draft}legal-process/")
    officer.looks("refile-legal-process")
    officer.page.get_by_role("link", name=re.compile("^Complete")).first.click()
    officer.fill(section_of_law="Criminal Procedure Act, section 210", issuing_authority="Nordvik District Court",
                 signatory="A. Fossheim", docket="26-410077")  # fmt: skip
    officer.day("Date it was issued", TODAY - timedelta(days=1))
    officer.choose("language", "en")
    officer.page.locator("select[name='legal_entity']").select_option(label="Meridian US LLC (US)")
    officer.saves()
    officer.go(f"{draft}facts/")
    officer.fill(title="Operation Torvmyr, mended")
    officer.saves()
    officer.go(f"{draft}records/")
    officer.day("First day", TODAY - timedelta(days=200))
    officer.day("Last day", TODAY - timedelta(days=10))
    officer.saves()
    officer.go(f"{draft}documents/")
    officer.attach("uploads", drafting.order("26-410077"), "new-order.pdf")
    officer.saves("Add files")
    officer.look_until(officer.page.locator("td[data-label='Checked']").filter(has_not_text="Being checked"))
    officer.go(f"{draft}notice/")
    officer.tick(re.compile("^Yes, you may tell them"))
    officer.saves()
    officer.go(f"{draft}check/")
    return drafting.sends(officer, twice=False, name="refile")


def appeals_once(officer: Careful, reference: str) -> None:
    """Asked, then refused with a sentence."""
    officer.go(f"/requests/{reference}/")
    officer.follow("Ask us to look at it again")
    officer.saves("Ask to look at it again")
    officer.sees("Write what we should look at again")
    officer.looks("appeal")
    officer.fill(text="The welcome mail in our file names the company in Ireland.")
    officer.saves("Ask to look at it again")
    officer.sees("Other people than before decide it.")
    officer.looks("appealed")
    officer.go(f"/requests/{reference}/appeal/")
    officer.sees("This request was looked at a second time already.")


def others_decide(analyst: Careful, second: Careful, reference: str) -> None:
    """A colleague takes it; who proposed the refusal has no button to decide any more."""
    opens(second, reference)
    second.saves("Take")
    opens(second, reference)
    second.sees("The welcome mail in our file names the company in Ireland.")
    second.looks("review-appeal")
    opens(analyst, reference)
    analyst.sees("You decided this request before the officer appealed")
    expect(analyst.page.get_by_role("button", name="Send for approval")).to_have_count(0)


# In two packages ------------------------------------------------------------------------------------------------------
def leave_in_two(analyst: Careful, approver: Careful, officer: Careful, reference: str) -> None:
    """One line first, in its package; the other is the last one, and ends the request."""
    _prepares(analyst, reference, 1, "Prepare only what is ticked")
    _releases(approver, reference, 1)
    officer.go(f"/requests/{reference}/")
    officer.sees("package 1")
    officer.sees("more follow")
    _prepares(analyst, reference, 2, "Prepare all that is left")
    _releases(approver, reference, 2)
    officer.go(f"/requests/{reference}/")
    officer.sees("package 1")
    officer.sees("package 2")
    officer.sees_not("more follow")
    officer.looks("officer-packages")
    opens(analyst, reference)
    analyst.sees("Records sent")


def _prepares(analyst: Careful, reference: str, number: int, words: str) -> None:
    opens(analyst, reference, "records/")
    if number == 1:
        analyst.saves(words)
        analyst.sees("Tick what goes into this package.")
        analyst.page.locator("input[name='part']").first.check()
        analyst.looks("records-chosen")
    analyst.saves(words)
    analyst.look_until(analyst.page.get_by_text("Sealed"))
    opens(analyst, reference, f"records/{number}/")
    analyst.sees("is left for another package" if number == 1 else "Nothing that was granted is left")


def _releases(approver: Careful, reference: str, number: int) -> None:
    opens(approver, reference, f"records/{number}/")
    approver.looks(f"package-{number}")
    approver.looks_at_the_letter()
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")
