"""A request for records, from the first word to the second signature: steps 4 to 6 of the path."""

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import expect

from foundation.providers.connectors.demo.cases import EMAIL_C
from lers.demo.papers import Order, order_pdf
from tests.journeys.getting_in import ADDRESS, Desk
from tests.journeys.person import Person
from tests.journeys.stack import Stack

TITLE = "Operation Vindrose"
TODAY = datetime.now(UTC).date()
BAR_UNTIL = TODAY + timedelta(days=90)


def order(bar: date | None = BAR_UNTIL) -> bytes:
    """The court order of the case."""
    clause = f"The account holder shall not be told until {bar:%d %B %Y}." if bar else ""
    return order_pdf(
        Order(
            court="Nordvik District Court", title="Order to produce records", docket="26-118204",
            issued=TODAY - timedelta(days=2), judge="A. Fossheim", addressee="Meridian Exchange Operations Ltd",
            orders="The case is NV 26/21188.", accounts=[EMAIL_C], records=["Registration", "Transactions"], bar=clause,
        )
    )  # fmt: skip


def files_a_request(officer: Person, stack: Stack) -> str:
    """All parts; without a document it is refused; then a reference on screen and by mail."""
    officer.go("/requests/")
    officer.press("Start a request")
    officer.press("Start a request")
    draft = officer.page.url
    officer.picture("request-tasklist")
    _legal_process(officer)
    _facts(officer)
    _identifiers(officer)
    _records(officer)
    _refused_without_document(officer, draft)
    _documents(officer, draft)
    _notice(officer, draft)
    officer.sees("Check your answers")
    officer.picture("request-check")
    officer.tick(re.compile("I declare"))
    officer.press("Send the request")
    officer.sees("Request sent")
    reference = officer.reference()
    officer.picture("request-sent")
    assert reference in stack.mail(ADDRESS, "We received your request").subject
    return reference


def _legal_process(officer: Person) -> None:
    officer.follow("Legal process")
    officer.tick(re.compile("^Court order \\(other jurisdiction"))
    officer.press("Continue")
    officer.fill(
        section_of_law="Criminal Procedure Act, section 210", issuing_authority="Nordvik District Court",
        signatory="A. Fossheim", docket="26-118204",
    )  # fmt: skip
    officer.day("Date it was issued", TODAY - timedelta(days=2))
    officer.choose("language", "en")
    company = officer.page.locator("select[name='legal_entity']")
    if company.count():
        company.select_option(label="Meridian Exchange Operations Ltd (IE)")
    officer.press("Save and continue")
    officer.press("Continue")


def _facts(officer: Person) -> None:
    officer.fill(
        title=TITLE, case_number="NV 26/21188", offence="Fraud, Penal Code section 371",
        facts="Nine people paid for holiday houses that do not exist.",
        connection="The address was given to the victims as that of the owner.",
    )  # fmt: skip
    officer.press("Save and continue")


def _identifiers(officer: Person) -> None:
    officer.choose("kind", "email")
    officer.fill(value=EMAIL_C)
    officer.press("Add identifier")
    officer.sees("Added (1)")
    officer.press("Save and continue")


def _records(officer: Person) -> None:
    officer.tick("Registration and identity (KYC)")
    officer.tick("Transactions")
    officer.day("First day", TODAY - timedelta(days=200))
    officer.day("Last day", TODAY - timedelta(days=10))
    officer.press("Save and continue")


def _refused_without_document(officer: Person, draft: str) -> None:
    """Whatever is ticked, a request without its order is not sent."""
    officer.go(f"{draft}check/")
    officer.sees("Without it we cannot process a request")
    officer.tick(re.compile("I declare"))
    officer.press("Send the request")
    officer.sees("Without it we cannot process a request")
    officer.sees_not("Request sent")


def _documents(officer: Person, draft: str) -> None:
    officer.go(f"{draft}documents/")
    officer.attach("uploads", order(), "court-order.pdf")
    with officer.page.expect_navigation():  # the script sends the file first, and then the form
        officer.press("Add files")
    officer.sees("court-order.pdf")
    _wait_for_the_check(officer)
    officer.picture("request-documents")
    with officer.page.expect_navigation():
        officer.press("Continue")


def _wait_for_the_check(officer: Person) -> None:
    """A worker looks at every file before it can be used."""
    for _try in range(80):
        if "is being checked" not in officer.text():
            return
        officer.page.wait_for_timeout(500)
        officer.page.reload()
    raise AssertionError("The worker never looked at the file.")


def _notice(officer: Person, draft: str) -> None:
    officer.go(f"{draft}notice/")
    officer.tick(re.compile("No, an order or a law forbids it"))
    officer.fill(clause="Order, page 1, paragraph 5")
    officer.day("Last day on which it forbids telling", BAR_UNTIL)
    officer.page.locator("select[name='document']").select_option(label="court-order.pdf")
    officer.press("Save and continue")
    if not officer.page.url.endswith("/check/"):
        officer.go(f"{draft}check/")


def sees_it_waiting(officer: Person, reference: str) -> None:
    """The officer's own list and page say where it stands."""
    officer.go("/requests/")
    officer.sees(TITLE)
    officer.picture("officer-requests")
    officer.go(f"/requests/{reference}/")
    officer.sees("Timeline")
    officer.picture("officer-request")


def is_asked_and_answers(officer: Person, analyst: Person, reference: str, stack: Stack) -> None:
    """Staff take it, ask, and the clock stands until the answer."""
    analyst.go("/staff/queue/")
    analyst.picture("staff-queue")
    analyst.go(f"/staff/requests/{reference}/")
    analyst.press("Take")
    analyst.go(f"/staff/requests/{reference}/messages/")
    analyst.fill(text="Was the address used before March?")
    analyst.press("Send question")
    analyst.sees("Question 1")
    stack.mail(ADDRESS, "A question for you")
    officer.go("/requests/")
    officer.follow("Answer a question")
    officer.sees("Was the address used before March?")
    officer.fill(text="No. The first victim wrote to it on 4 April.")
    officer.press("Send answer")
    officer.sees("You answered a question")
    analyst.go(f"/staff/requests/{reference}/messages/")
    analyst.sees("The first victim wrote to it on 4 April.")


def is_reviewed(analyst: Person, reference: str) -> None:
    """The document beside the checks, the account, the bar, the lines, the decision."""
    analyst.go(f"/staff/requests/{reference}/")
    image = analyst.page.locator(".app-doc__page img")
    analyst.look_until(image)
    assert image.evaluate("async i => { await i.decode(); return i.naturalWidth > 0 }")
    analyst.press("Find the account", exact=False)
    analyst.sees("33071254")
    analyst.page.locator("[name^='bar'][name$='_page']").fill("1")
    analyst.press("I read the clause: confirm the bar")
    analyst.sees("Confirmed")
    for answer in analyst.page.locator(".app-answers").all():
        answer.get_by_text("Yes", exact=True).click()
    for line in analyst.page.locator("select[name^='line'][name$='_decision']").all():
        line.select_option("produce")
    for ground in analyst.page.locator("[name$='_ground'][name^='line']").all():
        ground.fill("Order, paragraph 1.")
    analyst.tick("Disclose everything asked for")
    analyst.tick("Binding: we must answer")
    analyst.choose("lawful_basis", "6(1)(c)")
    analyst.fill(
        transfer_ground="Order of a court with jurisdiction over the case.",
        necessity="Each line leads to who received the money.",
        text_for_officer="The order covers these records.",
    )
    analyst.press("Save")
    analyst.picture("staff-request")
    analyst.press("Send for approval")
    analyst.sees("A second person decides now")


def is_approved(approver: Person, reference: str, stack: Stack) -> None:
    """A second person signs exactly what is on the page."""
    approver.go("/staff/approvals/")
    approver.sees(reference)
    _open_approval(approver, reference)
    approver.picture("staff-approval")
    _signs(approver)
    if "Confirm it is you" in approver.heading():  # reading took longer than the factor lasts
        approver.show_factor()
        approver.go(f"/staff/approvals/{reference}/")
        _signs(approver)
    approver.sees(f"{reference} is decided.")
    stack.mail(ADDRESS, "We decided about your request")


def _signs(approver: Person) -> None:
    approver.tick("I know nobody in this case")
    approver.tick(re.compile("I read"))
    with approver.page.expect_navigation():
        approver.page.get_by_role("button", name=re.compile("Approve$|to approve$")).click()


def _open_approval(approver: Person, reference: str) -> None:
    approver.go(f"/staff/approvals/{reference}/")
    if approver.page.get_by_role("button", name="Show your second factor to approve").count():
        approver.press("Show your second factor to approve")
        approver.show_factor()
        approver.go(f"/staff/approvals/{reference}/")


def files_an_emergency(officer: Person, desk: Desk, stack: Stack) -> str:
    """It stands above everything, and the person on call has a mail within seconds, past every queue."""
    officer.go("/emergency/new/")
    officer.fill(
        danger="Woman, 31, taken from her home at 06:10. A note names a wallet.", identifiers=EMAIL_C,
        why_data="The last sign-in shows where she is held.", why_no_process="No judge before tomorrow.",
        phone="+44 1632 960119", supervisor="Ola Berg", supervisor_phone="+44 1632 960115",
    )  # fmt: skip
    officer.tick(re.compile("It is happening now"))
    officer.tick(re.compile("Where they last signed in"))
    officer.tick(re.compile("No, there will be none"))
    officer.tick(re.compile("I state that this is true"))
    officer.press("Send emergency request")
    officer.sees("We have your emergency request")
    reference = officer.reference()
    officer.picture("emergency-sent")
    stack.mail("@meridian.example", f"[{reference}] EMERGENCY")  # whoever the rota names at this hour
    desk.analyst.go("/staff/queue/")
    band = desk.analyst.page.locator("section", has=desk.analyst.page.locator("#exigent"))
    expect(band).to_contain_text(reference)
    # The first table of the page is the band's, and so is every row before the ordinary ones.
    expect(desk.analyst.page.locator("table").first).to_contain_text(reference)
    desk.analyst.picture("staff-queue-emergency")
    return reference
