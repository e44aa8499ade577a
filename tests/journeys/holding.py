"""A hold from the first identifier to its last copy: what officers and preservation administrators do and read."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from playwright.sync_api import Locator, expect
from pypdfium2 import PdfDocument

from foundation.providers.connectors.demo.cases import ACCOUNT_C, EMAIL_C
from tests.journeys import deskwork, emergencies
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.stack import Stack, links_in

TODAY = datetime.now(UTC).date()
TABLE = "preservation_preservationhold"
# Of a case: none of it may stand in a mail.
SECRETS = (EMAIL_C, ACCOUNT_C, "NV 26/5", "Operation", "mail.example")
MANY = [f"harbour.guest.{number}@mail.example" for number in range(50)]
DENIED, CURE = "Your agency did not confirm this request", "See that your control room or your supervisor knows"
# Filed as an officer of Nordvik would: writing them in the browser is another journey, and takes minutes.
_FILE = """
from dataclasses import replace
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import cases, filing
from lers.demo.people import who

for number, title in enumerate(("Operation Ternefugl", "Operation Skarvholm")):
    what = replace(cases._FRAUD, title=title, case_number="NV 26/52002", docket=f"26-42000{number}", bar_days=60,
                   identifiers=(("email", accounts.EMAIL_C, ""),), categories=cases._ALL[:1])
    with transaction.atomic():  # or the worker takes the order before it is sent
        made = filing.file(uuid4().hex, what, Provider.objects.get(), by=who("lead"), at=timezone.now())
    print(made.reference)
"""


def day(after: int) -> str:
    """So many days after today (UTC), as pages write it."""
    found = TODAY + timedelta(days=after)
    return f"{found.day} {found:%b}"


def says_nothing(text: str) -> None:
    """Nothing of the case stands in a mail."""
    found = [secret for secret in SECRETS if secret in text]
    assert not found, f"{found} in:\n{text}"


def part(person: Careful, heading: str) -> Locator:
    """The part of the page under this heading."""
    return person.page.get_by_role("region", name=heading)


# Filing ---------------------------------------------------------------------------------------------------------------
def files(officer: Careful, title: str, number: str, *, identifiers: list[str], looks: bool = False) -> str:
    """Identifiers, records, the case, the check; return the reference that the last page gives."""
    officer.go("/holds/")
    officer.press("Hold records")
    officer.saves("Start")
    if len(identifiers) > 1:
        officer.fill(paste="\n".join(identifiers))
        officer.saves("Add list")
    else:
        officer.choose("kind", "email")
        officer.fill(value=identifiers[0])
        officer.saves("Add identifier")
    officer.sees(f"Added ({len(identifiers)})")
    if looks:
        officer.looks("hold-identifiers")
    officer.saves()
    officer.tick("Transactions")
    officer.day("First day", TODAY - timedelta(days=120))
    officer.day("Last day", TODAY)
    officer.saves()
    officer.fill(title=title, case_number=number)
    officer.tick(re.compile("^Without an order"))
    officer.tick(re.compile("^I do not know yet"))
    officer.saves()
    officer.sees(re.compile(r"goes on for 90 days, to \d"))
    if looks:
        officer.looks("hold-check")
    officer.saves("Start the hold")
    officer.sees("Hold started")
    return officer.reference()


def is_certified(officer: Careful, reference: str) -> None:
    """The worker has the records kept; the paper says what was named and until when, and not whether it exists."""
    officer.go(f"/holds/{reference}/")
    link = officer.page.get_by_role("link", name="Download the PDF")
    officer.look_until(link)
    answer = officer.page.request.get(link.get_attribute("href") or "")
    said = " ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(BytesIO(answer.body())))
    assert reference in said
    assert EMAIL_C in said
    assert "for whatever is held" in said
    assert ACCOUNT_C not in said
    officer.sees_not(ACCOUNT_C)
    officer.looks("hold")


def is_known_to_staff(keeper: Careful, reference: str) -> None:
    """Staff see the account and what was kept of it."""
    keeper.go(f"/staff/holds/{reference}/")
    keeper.sees(ACCOUNT_C)
    keeper.look_until(keeper.page.get_by_role("link", name="Download the manifest (JSON)"))
    keeper.looks("staff-hold")


# Reminded and extended ------------------------------------------------------------------------------------------------
def is_reminded(stack: Stack, address: str, reference: str) -> str:
    """Seven days before its end a mail comes over SMTP; return where its only link leads."""
    becomes_due(stack, reference, 7)
    mail = stack.mail(address, f"[{reference}] Your hold ends in 7 days")
    says_nothing(mail.subject + mail.text + mail.html)
    assert not links_in(mail)  # the text names the site, so that nobody is trained to follow links of a case
    found = set(re.findall('href="([^"]+)"', mail.html))
    assert found == {f"{stack.url}/"}
    return found.pop()


def becomes_due(stack: Stack, reference: str, days: int = 0) -> None:
    """Let the clock of the demo run to so many days before the end, or to the end of what is left."""
    done = stack.manage("make_due", reference, "--days-before", str(days))
    assert done.returncode == 0, done.stderr


def comes_from_the_mail(officer: Careful, link: str, sign_in: dict[str, str]) -> None:
    """On another day, signed out: the link leads to the sign-in, and that to the question about more time."""
    officer.page.context.clear_cookies()
    officer.page.goto(link)
    officer.press("Sign in")
    officer.sees("Agree and go on to step 2")
    officer.sign_in(sign_in)
    officer.follow("Preservation")


def asks_for_more(officer: Careful, title: str) -> None:
    """In one step, in the panel above the list, which says the new end before."""
    urgent = part(officer, f"{title}: this hold ends on")
    expect(urgent).to_contain_text(day(7 + 90))
    officer.looks("holds-urgent")
    officer.tick("We wait for a court or prosecutor", within=urgent)
    officer.saves("Ask to extend by 90 days")
    officer.sees("You asked for more time")


def is_granted(keeper: Careful, reference: str) -> None:
    """Ticked in the list; the check page shows both ends and the rule before the second factor."""
    keeper.go("/staff/holds/")
    keeper.looks("staff-holds")
    keeper.page.get_by_label(f"Select {reference}").check()
    keeper.saves("Check the ticked ones")
    row = keeper.page.get_by_role("row").filter(has_text=reference)
    for words in (day(7), day(7 + 90), "90 day", "Company policy"):
        expect(row).to_contain_text(words)
    keeper.looks("staff-extensions")
    keeper.tick(re.compile("^Extend"))
    keeper.press_and_confirm("Send decision")
    keeper.sees("1 extension decided")


def reads_the_new_end(officer: Careful, stack: Stack, address: str, reference: str) -> None:
    """By mail and on the page; nothing speaks of the old end any more."""
    assert day(7 + 90) in stack.mail(address, f"[{reference}] Your hold goes on").text
    officer.go(f"/holds/{reference}/")
    expect(part(officer, "This hold")).to_contain_text(day(7 + 90))
    expect(part(officer, "This hold")).not_to_contain_text(f"ends {day(7)}")
    officer.sees("Extended")


# The end --------------------------------------------------------------------------------------------------------------
def ends(officer: Careful, stack: Stack, address: str, reference: str) -> None:
    """One last message; for a few days more time can still be asked for late."""
    becomes_due(stack, reference)
    mail = stack.mail(address, f"[{reference}] Your hold has ended")
    says_nothing(mail.subject + mail.text + mail.html)
    assert "you can ask late for more time" in mail.text
    officer.go(f"/holds/{reference}/")
    officer.sees("You can ask late until")
    officer.looks("hold-ended")


def copies_stay(keeper: Careful, stack: Stack, reference: str) -> None:
    """Staff read until when; then that day comes too."""
    keeper.go(f"/staff/holds/{reference}/")
    keeper.sees("copies stay to")
    becomes_due(stack, reference)


def runs_its_course(stack: Stack, reference: str) -> None:
    """Nothing of it can become due any more: its end has come, and that of its copies."""
    stack.until(lambda: stack.manage("make_due", reference).returncode, "the hold has ended")


def is_destroyed(keeper: Careful, officer: Careful, reference: str) -> None:
    """The company's systems delete the copies, which is written down; the officer is not told."""
    keeper.go(f"/staff/holds/{reference}/")
    keeper.look_until(keeper.page.get_by_text(re.compile("^copies deleted")))
    keeper.sees(re.compile(r"Taken .*\. Deleted "))
    keeper.looks("staff-hold-destroyed")
    officer.go(f"/holds/{reference}/")
    officer.sees("Ended")
    officer.sees_not("eleted")


# Beside a request -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Beside:
    """References of a hold, and of two requests that it can go on with."""

    hold: str
    produced: str
    refused: str


def files_beside(officer: Careful, stack: Stack) -> Beside:
    """Have records kept, and put two requests of the officer about them into the queue."""
    done = stack.manage("shell", "-c", _FILE)
    assert done.returncode == 0, done.stderr[-3000:]
    produced, refused = re.findall(r"\b[A-Z]{2}-\d\d-[0-9A-Z]{7}\b", done.stdout)
    return Beside(files(officer, "Operation Skarv", "NV 26/52002", identifiers=[EMAIL_C]), produced, refused)


def goes_on_with(officer: Careful, hold: str, reference: str, *, looks: bool = False) -> None:
    """Chosen on the page of the hold; one request must be chosen."""
    officer.go(f"/holds/{hold}/")
    officer.follow("Keep it while a request is answered")
    officer.saves("Keep the hold with this request")
    officer.sees("There is a problem")
    if looks:
        officer.looks("hold-attach")
    officer.tick(re.compile(reference))
    officer.saves("Keep the hold with this request")
    stands_still(officer, hold, reference)


def cannot_become_due(officer: Careful, stack: Stack, address: str, hold: str, reference: str) -> None:
    """The officer is told, and nothing of the hold can be due: no reminder, no end."""
    officer.looks("hold-kept")
    assert reference in stack.mail(address, f"[{hold}] Your hold does not run down").text
    assert "does not run down" in stack.manage("make_due", hold).stderr


def stands_still(officer: Careful, hold: str, reference: str) -> None:
    """No end is counted: it is kept while we answer."""
    officer.go(f"/holds/{hold}/")
    about = part(officer, "This hold")
    expect(about).to_contain_text("Kept while we answer")
    expect(about).to_contain_text(reference)
    expect(about).not_to_contain_text("Next reminder")


def is_granted_whole(analyst: Careful, approver: Careful, reference: str) -> None:
    """Reviewed by one person, decided by another."""
    _reviews(analyst, reference)
    deskwork.reads_the_bar(analyst)
    deskwork.decides_lines(analyst, ["produce"])
    analyst.tick("Disclose everything asked for")
    deskwork.says_on_what_ground(analyst)
    analyst.fill(text_for_officer="The order covers these records.")
    deskwork.proposes(analyst)
    deskwork.approves(approver, reference)


def is_refused(analyst: Careful, approver: Careful, reference: str) -> None:
    """It names the wrong company."""
    _reviews(analyst, reference, entity="no")
    deskwork.decides_lines(analyst, ["refuse"], "wrong_entity")
    analyst.tick("Do not disclose")
    analyst.choose("refusal_code", "wrong_entity")
    analyst.fill(text_for_officer="The account is held by another company of our group.")
    deskwork.proposes(analyst)
    deskwork.approves(approver, reference)


def _reviews(analyst: Careful, reference: str, **other: str) -> None:
    opens(analyst, reference)
    analyst.saves("Take")
    opens(analyst, reference)
    deskwork.finds_accounts(analyst)
    deskwork.answers_checks(analyst, **other)


def is_produced(analyst: Careful, approver: Careful, reference: str) -> None:
    """The package is built by the worker and released by the second person."""
    emergencies.is_prepared(analyst, reference)
    emergencies.is_released(approver, reference)


def runs_again(officer: Careful, stack: Stack, address: str, hold: str, days: int) -> None:
    """With so many days left, of which the officer is told; the certificate of the hold says the same end."""
    said = f"[{hold}] Your hold runs down again"  # it may do so for the second time
    stack.until(lambda: day(days) in stack.mail(address, said).text, f"a mail that says {day(days)}")
    mail = stack.mail(address, said)
    says_nothing(mail.subject + mail.text)
    officer.go(f"/holds/{hold}/")
    about = part(officer, "This hold")
    expect(about).to_contain_text(day(days))
    expect(about).to_contain_text("Next reminder")
    expect(about).not_to_contain_text("Kept while we answer")


def ran_out_meanwhile(stack: Stack, hold: str) -> None:
    """Its own end passes while we answer; no command moves a hold that stands still."""
    stack.by_hand(TABLE, f"UPDATE {TABLE} SET expires_at = now() - interval '1 day' WHERE reference = '{hold}'")


# One that a person looks at -------------------------------------------------------------------------------------------
def waits_for_a_person(officer: Careful, reference: str) -> None:
    """The officer reads that somebody looks at it and may call; the records are kept meanwhile."""
    officer.sees("A person looks at this hold by")
    officer.looks("hold-flagged")
    officer.go(f"/holds/{reference}/")
    officer.sees("To be accepted")


def is_called_about(keeper: Careful, reference: str) -> None:
    """Nobody accepts it before the agency was called; nobody there asked for it, so it ends at once."""
    keeper.go("/staff/holds/to-accept/")
    row = keeper.page.get_by_role("row").filter(has_text=reference)
    expect(row).to_contain_text("Many identifiers at once")
    expect(row).to_contain_text("Call first")
    keeper.looks("holds-to-accept")
    row.get_by_role("link", name=re.compile("^Decide")).click()
    keeper.sees("Call the agency first")
    expect(keeper.page.get_by_role("button", name="Accept the hold")).to_have_count(0)
    keeper.looks("hold-accept")
    keeper.follow("Call the agency")
    keeper.sees("Record the call")
    keeper.looks("hold-call")
    keeper.tick(re.compile(r"960 ?100"))
    keeper.tick(re.compile("^They deny it"))
    keeper.fill(spoke_to="K. Holm, operations centre")
    keeper.press_and_confirm("Record the call")
    keeper.sees("the hold is declined")


def reads_the_cure(officer: Careful, stack: Stack, address: str, reference: str) -> None:
    """A mail without reasons; on the page why not and what to do, and one button that asks for the same again."""
    mail = stack.mail(address, f"[{reference}] Your hold was not accepted")
    says_nothing(mail.subject + mail.text)
    assert not re.search("confirm|K. Holm|call your agency", mail.text)
    officer.go(f"/holds/{reference}/")
    told = part(officer, "Not accepted")
    expect(told).to_contain_text(DENIED)
    expect(told).to_contain_text(CURE)
    officer.sees_not("K. Holm")
    officer.looks("hold-declined")
    officer.saves("Ask again")
    officer.sees("Check your answers")
    officer.sees(MANY[-1])
