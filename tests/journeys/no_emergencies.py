"""Emergencies that end otherwise: the agency does not know the officer, or nobody is in danger."""

import re

from playwright.sync_api import expect

from tests.journeys import deskwork
from tests.journeys.asking import TODAY
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.drafting import order, sends
from tests.journeys.emergencies import calls, reviews, says_nothing
from tests.journeys.on_file import DANGER
from tests.journeys.stack import Stack


# One that fails the call-back -----------------------------------------------------------------------------------------
def is_not_known(second: Careful, reference: str) -> None:
    """The agency does not know the officer: whatever the review says, it is neither proposed nor prepared."""
    opens(second, reference)
    second.saves("Take")
    calls(second, reference, "They do not know the officer", "B. Lie, operations centre")
    second.looks("call-back-not-confirmed")
    opens(second, reference, "call-back/?about=supervisor")
    second.sees("Call about the request first")
    reviews(second, reference)
    opens(second, reference, "records/")
    expect(second.page.get_by_role("button", name=re.compile("^Prepare"))).to_have_count(0)


def is_declined(second: Careful, approver: Careful, reference: str) -> None:
    """A refusal needs no call; a second person signs it like everything."""
    opens(second, reference)
    deskwork.decides_lines(second, ["refuse"], "no_legal_basis")
    second.tick("Do not disclose")
    second.choose("refusal_code", "no_legal_basis")
    second.fill(text_for_officer="Your agency did not confirm this request.")
    deskwork.proposes(second)
    deskwork.approves(approver, reference)


def learns_it_without_reasons(lead: Careful, stack: Stack, address: str, reference: str) -> None:
    """The mail names the reference alone; nothing asks for legal process, because nothing left."""
    mail = stack.mail(address, f"[{reference}] We decided")
    says_nothing(mail.text + mail.html)
    assert not re.search("confirm|legal basis|Torvik", mail.text + mail.html), mail.text
    lead.go(f"/requests/{reference}/")
    lead.sees("Your agency did not confirm this request.")
    lead.sees_not("Send what is to follow")
    lead.looks("emergency-declined")


def counts_failed_calls(second: Careful) -> int:
    """How many calls did not confirm, as the figures of the desk say once they are counted again."""
    second.go("/staff/figures/")
    for _try in range(40):  # counted a moment ago, they are not counted again at once: what stands there is older
        second.saves("Count again")
        is_anew = second.page.get_by_text("Being counted. Load this page again").count()
        second.look_until(second.page.get_by_text(re.compile("^Counted(?!.*being counted again)")))
        if is_anew:
            row = second.page.get_by_role("row", name=re.compile("^Calls to an agency that did not confirm"))
            return int(row.locator("td").inner_text()) if row.count() else 0
        second.page.wait_for_timeout(1000)
    raise AssertionError("They are never counted again.")


# One that is none -----------------------------------------------------------------------------------------------------
def says_that_it_is_none(analyst: Careful, reference: str, why: str) -> None:
    """With a reason and a fresh second factor; it is nobody's emergency any more."""
    opens(analyst, reference)
    analyst.saves("Take")
    opens(analyst, reference)
    with analyst.page.expect_navigation():
        analyst.follow("Not an emergency: let it go on as an ordinary request")
    analyst.show_factor_if_asked()
    button = "Not an emergency: give it back to the officer"
    analyst.saves(button)
    analyst.sees("There is a problem")
    analyst.looks("not-an-emergency")
    analyst.fill(reason=why)
    analyst.press_and_confirm(button)
    analyst.go("/staff/queue/")
    band = analyst.page.locator("section", has=analyst.page.locator("#exigent"))
    expect(band.filter(has_text=reference)).to_have_count(0)


def finds_the_draft(lead: Careful, stack: Stack, address: str, reference: str, why: str) -> str:
    """By mail without the reason; the draft has everything, names what is missing, and offers a hold."""
    mail = stack.mail(address, f"[{reference}] Your emergency request goes on as an ordinary one")
    assert why not in mail.text + mail.html
    lead.go("/requests/")
    lead.page.get_by_role("row", name=re.compile(reference)).get_by_role("link").first.click()
    lead.sees("We do not treat this as an emergency. It goes on as an ordinary request.")
    lead.sees(why)
    expect(lead.page.get_by_role("button", name="Hold the records meanwhile")).to_be_visible()
    for part, state in (("Accounts and identifiers", "Completed"), ("Records and dates", "Completed"),
                        ("Legal process", "Not started"), ("Facts of the case", "Not complete")):  # fmt: skip
        link = lead.page.get_by_role("link", name=part)
        expect(lead.page.get_by_role("listitem").filter(has=link)).to_contain_text(state)
    lead.looks("ordinary-draft")
    return lead.page.url


def sends_it_with_an_order(lead: Careful, draft: str) -> None:
    """What was typed of the emergency is the beginning of the facts; the order, its copy and the rest are new."""
    lead.go(f"{draft}legal-process/")
    lead.tick(re.compile("^Court order \\(other jurisdiction"))
    lead.saves("Continue")
    lead.fill(section_of_law="Criminal Procedure Act, section 210", issuing_authority="Nordvik District Court",
              signatory="A. Fossheim", docket="26-411200")  # fmt: skip
    lead.day("Date it was issued", TODAY)
    lead.choose("language", "en")
    company = lead.page.locator("select[name='legal_entity']")
    if company.count():
        company.select_option(label="Meridian Exchange Operations Ltd (IE)")
    lead.saves()
    lead.go(f"{draft}facts/")
    assert DANGER in deskwork.typed(lead, "facts")
    lead.fill(title="Operation Torvik", case_number="NV 26/41120", offence="Fraud, Penal Code section 371",
              connection="The buyers were told this address.")  # fmt: skip
    lead.saves()
    lead.go(f"{draft}documents/")
    lead.attach("uploads", order("26-411200"), "court-order.pdf")
    lead.saves("Add files")
    lead.look_until(lead.page.locator("td[data-label='Checked']").filter(has_not_text="Being checked"))
    lead.go(f"{draft}notice/")
    lead.tick(re.compile("^Yes, you may tell them"))
    lead.saves()
    lead.go(f"{draft}check/")
    sends(lead, twice=False, name="ordinary")


def is_an_ordinary_one(analyst: Careful, reference: str) -> None:
    """It waits in the queue with the others, and what was said of the emergency can be read."""
    opens(analyst, reference)
    analyst.sees("Operation Torvik")
    analyst.sees("Filed as an emergency")
    analyst.sees(DANGER)
    expect(analyst.page.locator("#danger")).to_have_count(0)
    analyst.looks("was-an-emergency")
