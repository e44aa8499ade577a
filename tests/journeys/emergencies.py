"""An emergency from a phone at night to what follows it: paged, called back, decided by two, released, put in order."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from foundation.providers.connectors.demo.cases import ACCOUNT_C, EMAIL_C
from tests.journeys import deskwork
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.person import NARROW
from tests.journeys.stack import Stack

AGENCY = "contact@politiet.nordvik.example"
DANGER = "Girl, 14, missing since 16:10. Her father found a ransom note that names a wallet."
WHY = "The last sign-in shows in which town she is held."
ORDER_LATER = "The duty judge cannot be reached before seven."
SUPERVISOR = "Liv Holmen"
# Of the case or of us: none of it may stand in a mail.
SECRETS = (DANGER[:12], "ransom", "missing", "wallet", EMAIL_C, ACCOUNT_C, SUPERVISOR, "town", "960119", "Priya",
           "Nair", "Sofia", "Marek")  # fmt: skip
NOT_YET = {
    "call": "Call the agency back at its directory number first",
    "supervisor": "through the same switchboard first",
    "minimum": "State first why each kind of records that leaves averts the harm",
}


class OnPhone(Careful):
    """Somebody with a phone: a narrow page that is touched."""

    def __init__(self, browser: Browser, url: str, pictures: Path) -> None:
        super().__init__(browser, url, pictures)
        self.page.context.close()
        context = browser.new_context(
            base_url=url, viewport=NARROW, has_touch=True, is_mobile=True, accept_downloads=True  # type: ignore[arg-type]
        )  # fmt: skip
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def looks(self, name: str) -> None:
        """Check the page as the phone shows it, and keep what it looks like."""
        self.page.wait_for_load_state()
        expect(self.page.locator("h1")).to_have_count(1)
        self.looked_at.append(name)
        self._checks(f"{name} on a phone")
        self._shoot(f"{name}-phone")

    def press(self, words: str, *, exact: bool = True) -> None:
        """Touch the button, or the link that looks like one."""
        button = self.page.get_by_role("button", name=words, exact=exact)
        button.or_(self.page.get_by_role("link", name=words, exact=exact)).first.tap()

    def follow(self, words: str | re.Pattern[str]) -> None:
        """Touch a link."""
        self.page.get_by_role("link", name=words).first.tap()


# The officer ----------------------------------------------------------------------------------------------------------
def files(officer: OnPhone) -> str:
    """Too little is refused with everything typed still there; then it is sent without any document."""
    officer.go("/emergency/new/")
    officer.looks("emergency-new")
    officer.fill(danger=DANGER, identifiers=EMAIL_C, why_data=WHY)
    officer.saves("Send emergency request")
    officer.sees("There is a problem")
    officer.looks("emergency-refused")
    assert [deskwork.typed(officer, name) for name in ("danger", "identifiers")] == [DANGER, EMAIL_C]
    officer.fill(why_no_process=ORDER_LATER, phone="+44 1632 960119 ext. 4", supervisor=SUPERVISOR,
                 supervisor_phone="+44 1632 960115", needed_by="23:59")  # fmt: skip
    officer.tick(re.compile("It is happening now"))
    officer.tick(re.compile("Where they last signed in"))
    officer.tick(re.compile("No, there will be none"))
    officer.tick(re.compile("I state that this is true"))
    officer.saves("Send emergency request")
    officer.sees("We have your emergency request")
    officer.sees("Tell your control room now")
    officer.looks("emergency-received")
    return officer.reference()


def sees_how_far(officer: OnPhone, reference: str, *, decided: bool) -> None:
    """The page renews itself: who has it, whether the agency was reached, and no word of a call that failed."""
    officer.go(f"/emergency/{reference}/")
    for words, done in (("Taken by a reviewer", True), ("Your agency reached", decided), ("Decided", decided)):
        row = officer.page.locator(".govuk-summary-list__row", has_text=words)
        expect(row).to_contain_text(re.compile(r"\d\d:\d\d") if done else "Not yet")
    officer.looks("emergency-decided" if decided else "emergency-taken")


# Paged and taken ------------------------------------------------------------------------------------------------------
def stands_on_every_page(stack: Stack, people: list[Careful], reference: str) -> None:
    """Somebody on call has a mail without a word of the case; the banner stands on the pages of every part."""
    says_nothing(stack.mail("@meridian.example", f"[{reference}] EMERGENCY").text)
    for person, page in zip(people, ("access", "holds"), strict=True):
        person.go(f"/staff/{page}/")
        expect(person.page.get_by_role("alert", name="Emergencies")).to_contain_text("nobody has taken")
        expect(person.page).to_have_title(re.compile("^EMERGENCY: "))
    people[0].looks("emergency-banner")


def says_nothing(text: str) -> None:
    """Nothing of the case stands in a mail."""
    found = [secret for secret in SECRETS if secret in text]
    assert not found, f"{found} in:\n{text}"


def takes(analyst: Careful, reference: str) -> None:
    """From the band above the queue."""
    analyst.go("/staff/queue/")
    band = analyst.page.locator("section", has=analyst.page.locator("#exigent"))
    analyst.looks("emergency-band")
    with analyst.page.expect_navigation():
        band.get_by_role("row").filter(has_text=reference).get_by_role("button", name=re.compile("^Take")).click()
    opens(analyst, reference)
    analyst.sees("Nothing leaves before every step is done")
    analyst.looks("emergency-review")


# The gate -------------------------------------------------------------------------------------------------------------
def reviews(analyst: Careful, reference: str) -> None:
    """Account, checks, lines and ground; none of it helps without the calls."""
    opens(analyst, reference)
    deskwork.finds_accounts(analyst)
    deskwork.answers_checks(analyst)
    deskwork.decides_lines(analyst, ["produce"])
    analyst.tick("Disclose everything asked for")
    analyst.tick(re.compile("^Voluntary"))
    analyst.choose("lawful_basis", "6(1)(d)")
    analyst.fill(transfer_ground="Vital interests of the girl.", necessity=WHY,
                 text_for_officer="You get the last sign-ins.")  # fmt: skip
    analyst.saves("Send for approval")
    analyst.sees(NOT_YET["call"])


def is_refused(analyst: Careful, reference: str, what: str) -> None:
    """What was typed is there, and a sentence says what is missing first."""
    opens(analyst, reference)
    analyst.saves("Send for approval")
    analyst.sees(NOT_YET[what])


def calls(analyst: Careful, reference: str, said: str, spoke_to: str = "", *, about: str = "request") -> None:
    """Call the agency at the number of our directory, and write down what they said."""
    opens(analyst, reference, f"call-back/?about={about}")
    number = analyst.page.get_by_label(re.compile(r"960 ?100"))
    number.first.check(force=True)
    analyst.tick(said)
    analyst.fill(spoke_to=spoke_to)
    analyst.saves("Record the call")


def is_called_about(analyst: Careful, reference: str) -> None:
    """Nobody answered is no answer; the supervisor is reached through the switchboard that confirmed the request."""
    opens(analyst, reference, "call-back/?about=supervisor")
    analyst.sees("Call about the request first")
    opens(analyst, reference, "call-back/")
    expect(analyst.page.locator("main")).to_contain_text(re.compile(r"960119.*\s*Do not call"))
    analyst.looks("call-back")
    calls(analyst, reference, "Nobody could answer")
    is_refused(analyst, reference, "call")
    calls(analyst, reference, "They confirm the officer and this request", "K. Holm, operations centre")
    is_refused(analyst, reference, "supervisor")
    opens(analyst, reference, "call-back/?about=supervisor")
    analyst.looks("call-back-supervisor")
    calls(analyst, reference, "The supervisor confirms the officer and this request", SUPERVISOR, about="supervisor")
    is_refused(analyst, reference, "minimum")


def states_the_minimum(analyst: Careful, reference: str) -> None:
    """Each kind of records has its reason; left empty it is refused."""
    opens(analyst, reference, "minimum/")
    analyst.saves("State it")
    analyst.sees("There is a problem")
    analyst.looks("minimum-refused")
    analyst.fill(why_logins=WHY, left_out="Who she is, and all transactions.")
    analyst.saves("State it")
    opens(analyst, reference)
    steps = analyst.page.locator("#gate li")
    expect(steps.filter(has_text="Confirmed")).to_have_count(2)
    expect(steps.filter(has_text="Stated for each kind of records")).to_have_count(1)
    deskwork.proposes(analyst)


def cannot_sign(analyst: Careful, reference: str) -> None:
    """Who proposed it has no button to approve it."""
    analyst.go(f"/staff/approvals/{reference}/")
    expect(analyst.page.get_by_role("button", name=re.compile("approve", re.IGNORECASE))).to_have_count(0)


def is_approved(approver: Careful, reference: str) -> None:
    """The second person reads why each kind of records averts the harm, and signs."""
    approver.go(f"/staff/approvals/{reference}/")
    stated = approver.page.locator("section", has=approver.page.locator("#minimum"))
    expect(stated).to_contain_text(WHY)
    expect(stated).to_contain_text("Who she is, and all transactions.")
    deskwork.approves(approver, reference, "emergency-approval")


# Release --------------------------------------------------------------------------------------------------------------
def is_prepared(analyst: Careful, reference: str) -> None:
    """The worker builds and seals; who prepared it cannot release it."""
    opens(analyst, reference, "records/")
    analyst.saves("Prepare the records")
    analyst.look_until(analyst.page.get_by_text("Sealed"))
    opens(analyst, reference, "records/1/")
    expect(analyst.page.get_by_role("button", name="Release to the officer")).to_have_count(0)


def is_taken_back_meanwhile(analyst: Careful, approver: Careful, reference: str) -> None:
    """The agency rings back that it knows nothing: approved and sealed, and yet nothing leaves until both confirm."""
    calls(analyst, reference, "They know the officer, but not this request", "B. Lie, operations centre")
    opens(approver, reference, "records/1/")
    confirmed = approver.page.get_by_role("listitem").filter(has_text="Emergency: the agency confirmed it by phone")
    expect(confirmed).to_contain_text("Not yet")
    expect(approver.page.get_by_role("button", name="Release to the officer")).to_have_count(0)
    approver.looks("emergency-package-stopped")
    calls(analyst, reference, "They confirm the officer and this request", "K. Holm, operations centre")


def is_released(approver: Careful, reference: str) -> None:
    """Every line of the list says Yes now."""
    opens(approver, reference, "records/1/")
    approver.looks_at_the_letter()
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")


def downloads(officer: OnPhone, reference: str, folder: Path) -> None:
    """On the phone, after a fresh second factor."""
    officer.go(f"/requests/{reference}/")
    officer.looks("emergency-answer")
    with officer.page.expect_navigation():
        officer.follow("Open the records")
    officer.press_and_confirm("Show passphrase")
    expect(officer.page.locator("p.app-code").first).to_have_text(re.compile("^([0-9A-Z]{4}-){6}[0-9A-Z]{4}$"))
    archive = folder / "emergency.zip"
    officer.take_file("Download the encrypted archive").save_as(archive)
    assert archive.read_bytes()[:2] == b"PK"


# Afterwards -----------------------------------------------------------------------------------------------------------
def the_agency_is_told(stack: Stack, reference: str) -> None:
    """At its own address: reference and officer, and nothing else."""
    mail = stack.mail(AGENCY, reference)
    assert "Karin Aas" in mail.text
    says_nothing(mail.subject + mail.text + mail.html)


def sends_a_confirmation(officer: OnPhone, reference: str, stack: Stack, address: str, paper: bytes) -> None:
    """Legal process is asked for by a date; there will be none, so a supervisor's word goes with its document."""
    says_nothing(stack.mail(address, f"[{reference}] ").text)
    officer.go(f"/requests/{reference}/")
    officer.sees("It is due by")
    with officer.page.expect_navigation():
        officer.follow("Send what is to follow")
    officer.saves("Send")
    officer.sees("There is a problem")
    officer.looks("after-refused")
    officer.tick(re.compile("^A supervisor's confirmation"))
    officer.fill(supervisor="Chief Inspector L. Holmen")
    officer.attach("upload", paper, "confirmation.pdf")
    officer.saves("Send")
    officer.go(f"/requests/{reference}/")
    officer.sees("We read it and write to you")


def is_settled(analyst: Careful, reference: str) -> None:
    """A reviewer reads it and says that it is enough."""
    opens(analyst, reference, "afterwards/")
    analyst.sees("Signed by Chief Inspector L. Holmen")
    analyst.looks("afterwards")
    analyst.saves("Accept")
    analyst.looks("afterwards-settled")
