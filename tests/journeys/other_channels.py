"""A batch of Sahyog from the dry run to its results, and a freeze from the grant to the lift."""

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import expect

from foundation.providers.connectors.demo.cases import ACCOUNT_B
from tests.journeys import deskwork
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.emergencies import calls
from tests.journeys.on_file import INDIAN
from tests.journeys.stack import Stack

NUMBER = "SH/2026/4110"
FACTS = "The victim paid 41 lakh rupees"
_COLUMNS = ("external_reference", "law", "agency", "case_number", "facts", "identifiers", "categories", "date_from",
            "date_to", "content")  # fmt: skip
_DATA = ("BNSS s.94", INDIAN, "FIR 112/2026", FACTS, f"uid, {ACCOUNT_B}", "KYC")
_NOTICE = ("IT Act s.79(3)(b)", "Cyber Crime Cell, Kesarpur", "", "", "", "", "", "", "https://scam.example/")
_LINES = (
    (1, (*_DATA, "2026-03-01", "2026-09-30", ""), "Taken as a request"),
    (2, (*_DATA, "01/03/2026", "2026-09-30", ""), "Taken as a request"),
    (3, ("BNSS s.94", "Nobody Knows", *_DATA[2:], "2026-03-01", "2026-09-30", ""), "Refused"),
    (1, (*_DATA, "2026-03-01", "2026-09-30", ""), "Known already"),
    (4, _NOTICE, "Taken as a takedown notice"),
    (5, (*_DATA, "2026-03-01", "2026-09-30", "https://scam.example/"), "Refused"),
)


# A batch of Sahyog ----------------------------------------------------------------------------------------------------
def _table() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows((f"{NUMBER}{number}", *cells) for number, cells, _answer in _LINES)
    return text.getvalue().encode()


def tries_a_batch(second: Careful) -> None:
    """Every line has its answer before anything is written."""
    second.go("/staff/batches/")
    second.press("Read a file from Sahyog")
    second.saves("Look at the lines")
    second.sees("There is a problem")
    second.looks("batch-refused")
    file = {"name": "sahyog.csv", "mimeType": "text/csv", "buffer": _table()}
    second.page.locator("input[name='upload']").set_input_files([file])  # type: ignore[list-item]
    second.saves("Look at the lines")
    rows = second.page.get_by_role("table", name="The answer to each line").locator("tbody tr")
    second.look_until(rows)
    for row, (_number, _cells, answer) in zip(rows.all(), _LINES, strict=True):
        expect(row).to_contain_text(answer)
    expect(rows.nth(1)).to_contain_text("Read with changes")
    expect(rows.nth(2)).to_contain_text("We do not know the agency")
    second.sees("Nothing was brought in yet.")
    second.looks("batch-check")


def brings_it_in(second: Careful) -> str:
    """The same answers, now with references of ours; return that of the first line."""
    second.saves("Bring these lines in")
    rows = second.page.get_by_role("table", name="What became of each line").locator("tbody tr")
    second.look_until(rows)
    expect(rows).to_have_count(len(_LINES))
    second.looks("batch")
    return rows.first.get_by_role("link").inner_text().strip()


def cannot_work_on_it(second: Careful, reference: str, **pages: dict[str, str]) -> None:
    """Who brought it in has no button, and is refused without one; `pages`: what is sent to which of its pages."""
    opens(second, reference)
    for words in ("Take", "Send for approval", "Save"):
        expect(second.page.get_by_role("button", name=words, exact=True)).to_have_count(0)
    token = second.page.locator("input[name='csrfmiddlewaretoken']").first.input_value()
    for page, given in pages.items():
        address = f"{second.page.url}{page.replace('_', '-')}/"
        form = {"csrfmiddlewaretoken": token, **given}
        answer = second.page.request.post(address, form=form, headers={"Referer": address})
        assert "other people must decide it." in answer.text(), f"{page}: {answer.status}"


def is_taken_by_a_colleague(analyst: Careful, reference: str) -> None:
    """Nobody has it until a colleague takes it; it says where it came from."""
    opens(analyst, reference)
    analyst.sees("Sahyog")
    analyst.sees(f"{NUMBER}1")
    expect(analyst.page.get_by_text("Nothing is proposed yet.")).to_be_visible()
    analyst.saves("Take")
    opens(analyst, reference)
    expect(analyst.page.get_by_role("button", name="Send for approval")).to_be_visible()


def gives_results_back(second: Careful, reference: str, folder: Path) -> None:
    """With a reason; both numbers and the officer's words for the status, and no facts."""
    second.go("/staff/batches/")
    second.follow("sahyog.csv")
    with second.page.expect_navigation():
        second.press("Download the results")
    second.show_factor_if_asked()
    second.fill(reason="Weekly answer to I4C.")
    second.looks("batch-results")
    with second.page.expect_download() as started:
        second.press("Download the file")
    kept = folder / "results.csv"
    started.value.save_as(kept)
    said = kept.read_text()
    assert reference in said
    assert f"{NUMBER}4" in said
    for secret in (FACTS, ACCOUNT_B, "Priya"):
        assert secret not in said


# A freeze -------------------------------------------------------------------------------------------------------------
def is_checked(analyst: Careful, reference: str) -> None:
    """Twelve checks of its own; granted only after the agency confirmed it at the number of our directory."""
    opens(analyst, reference)
    analyst.saves("Take")
    opens(analyst, reference)
    deskwork.finds_accounts(analyst)
    deskwork.answers_checks(analyst, destination="none")
    deskwork.decides_lines(analyst, ["produce"])
    analyst.tick("Do everything the order says")
    deskwork.says_on_what_ground(analyst)
    analyst.fill(text_for_officer="We keep the assets until the order ends.")
    analyst.looks("freeze-review")
    deskwork.proposes(analyst)


def is_granted(analyst: Careful, approver: Careful, reference: str) -> None:
    """The second person cannot sign before somebody called the agency, and signs afterwards."""
    approver.go(f"/staff/approvals/{reference}/")
    approver.sees("Do everything the order says")
    approver.sees("Call the agency back at its directory number first, and record that it confirmed this freeze.")
    expect(approver.page.get_by_role("button", name=re.compile("Approve$|to approve$"))).to_have_count(0)
    calls(analyst, reference, "They confirm the officer and this request", "K. Holm, operations centre")
    deskwork.approves(approver, reference, "freeze-approval")


def is_done_by_our_systems(analyst: Careful, approver: Careful, reference: str) -> None:
    """More is asked for than is there: done in part, with the balance that was found. Somebody else confirms it."""
    opens(analyst, reference, "freeze/")
    analyst.press_and_confirm("Instruct our systems")
    analyst.look_until(analyst.page.get_by_role("table", name="What was done, line by line"))
    done = analyst.page.get_by_role("table", name="What was done, line by line").locator("tbody tr")
    expect(done).to_contain_text("In part")
    expect(analyst.page.get_by_role("button", name="Confirm what was done")).to_have_count(0)
    analyst.looks("freeze-done")
    opens(approver, reference, "freeze/")
    approver.press_and_confirm("Confirm what was done")
    approver.sees(f"{reference} is closed. The officer is told.")
    approver.go("/staff/freezes/")
    approver.looks("freezes")


def reads_what_is_kept(lead: Careful, stack: Stack, address: str, reference: str) -> None:
    """By mail the reference; on the page balance, amount and until when."""
    mail = stack.mail(address, f"[{reference}] We acted on your freeze or seizure")
    assert not re.search("BTC|Issplitt|48213377", mail.text + mail.html), mail.text
    lead.go(f"/requests/{reference}/")
    row = lead.page.get_by_role("table", name="What was done for each account").locator("tbody tr")
    expect(row).to_contain_text("In part")
    expect(row).to_contain_text(re.compile(r"Balance found: [\d.,]+ BTC"))
    lead.sees("In force until")
    lead.looks("officer-freeze")


def is_lifted(analyst: Careful, approver: Careful, reference: str, paper: bytes) -> None:
    """The court lifted it: not without its document; our systems set the assets free, and somebody else confirms."""
    opens(analyst, reference, "freeze/lift/")
    analyst.tick("The authority or the court lifted it")
    analyst.fill(reason="Nordvik District Court lifted it today.")
    analyst.saves("Start the lift")
    analyst.sees("Add the document by which the authority or the court lifted it.")
    analyst.looks("lift-refused")
    analyst.tick("The authority or the court lifted it")
    analyst.attach("upload", paper, "lifting-order.pdf")
    analyst.saves("Start the lift")
    analyst.looks("lift")
    analyst.press_and_confirm("Instruct our systems to lift it")
    analyst.look_until(analyst.page.get_by_text(re.compile("^Lifted in our systems$")))
    opens(approver, reference, "freeze/lift/")
    approver.press_and_confirm("Confirm the lift")
    approver.looks("lift-confirmed")


def learns_of_the_lift(lead: Careful, stack: Stack, address: str, reference: str) -> None:
    """The officer is told, and the page says since when."""
    stack.mail(address, f"[{reference}] The freeze you asked for was lifted")
    lead.go(f"/requests/{reference}/")
    lead.sees("The authority or the court lifted it")
    lead.looks("officer-lifted")


# The destination of a transfer ----------------------------------------------------------------------------------------
WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"  # of the demo's seizure that was granted


def is_read_out(analyst: Careful) -> None:
    """Of a transfer nothing is recorded before the agency read its destination out, and not with another one."""
    analyst.go("/staff/freezes/")
    analyst.follow(re.compile("^To carry out"))
    analyst.page.get_by_role("row", name=re.compile("Northmoor Police.*To carry out")).get_by_role("link").first.click()
    analyst.sees("Not confirmed by call-back")
    expect(analyst.page.locator("#record")).to_have_count(0)
    with analyst.page.expect_navigation():
        analyst.page.locator("section", has=analyst.page.locator("#wallet")).get_by_role("link").click()
    for last in ("zzzzzz", WALLET[-6:]):
        analyst.tick(re.compile(r"960 ?200"))
        analyst.tick("They confirm this destination")
        analyst.fill(begins=WALLET[:6], ends=last, spoke_to="Inspector J. Teal")
        analyst.saves("Record the call")
        if last != WALLET[-6:]:
            analyst.sees("This is not what the request says")
            analyst.looks("call-back-wallet")
    analyst.go("/staff/freezes/?show=carry")
    analyst.page.get_by_role("row", name=re.compile("Northmoor Police.*To carry out")).get_by_role("link").first.click()
    analyst.sees("Confirmed by call-back")
    expect(analyst.page.locator("#record")).to_have_count(1)
    analyst.looks("freeze-transfer")
