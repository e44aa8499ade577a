"""What is no request for records: an enquiry, a freeze, what must never be uploaded, and a country's own channel."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.journeys.asking import TODAY
from tests.journeys.careful import Careful
from tests.journeys.drafting import CASE, EMAIL, FACTS, order, sends
from tests.journeys.stack import Stack


def files_an_enquiry(officer: Careful) -> str:
    """Is it ours, and whom do we name: facts and an identifier are enough."""
    officer.go("/drafts/new/")
    officer.tick("An enquiry")
    officer.saves("Start a request")
    officer.sees("Which company to name")
    officer.looks("enquiry-start")
    officer.saves("Start an enquiry")
    officer.sees_not("Legal process")
    officer.looks("enquiry-tasklist")
    officer.follow("Facts of the case")
    officer.fill(title="Enquiry Lantern", case_number=CASE, facts="We need to know whom the order names.")
    officer.looks("enquiry-facts")
    officer.saves()
    _one_identifier(officer)
    officer.page.goto(re.sub("identifiers/$|documents/$", "check/", officer.page.url))
    return sends(officer, twice=False, name="enquiry")


def _one_identifier(officer: Careful) -> None:
    officer.page.locator("#id_kind").select_option("email")
    officer.fill(value=EMAIL)
    officer.saves("Add identifier")
    officer.saves()


def files_a_freeze(officer: Careful) -> str:
    """The order, what it keeps, how much, and until when; nothing is told before."""
    officer.go("/freeze/new/")
    officer.looks("freeze-start")
    officer.saves("Start a freeze or seizure")
    draft = officer.page.url
    officer.follow("Legal process")
    officer.looks("freeze-types")
    officer.tick(re.compile("^Court order \\(other jurisdiction"))
    officer.saves("Continue")
    officer.fill(section_of_law="Criminal Procedure Act, section 203", issuing_authority="Nordvik District Court",
                 signatory="A. Fossheim", docket="26-300118")  # fmt: skip
    officer.day("Date it was issued", TODAY - timedelta(days=1))
    officer.choose("language", "en")
    company = officer.page.locator("select[name='legal_entity']")
    if company.count():
        company.select_option(label="Meridian Exchange Operations Ltd (IE)")
    officer.saves()
    officer.saves("Continue")
    officer.fill(title="Freeze Lantern", case_number=CASE, offence="Fraud, Penal Code section 371", facts=FACTS,
                 connection="The money lies on this account.")  # fmt: skip
    officer.saves()
    _one_identifier(officer)
    _says_what_is_kept(officer)
    officer.go(f"{draft}documents/")
    officer.attach("uploads", order("26-300118"), "freezing-order.pdf")
    officer.saves("Add files")
    officer.look_until(officer.page.locator("td[data-label='Checked']").filter(has_not_text="Being checked"))
    officer.go(f"{draft}notice/")
    officer.looks("freeze-notice")
    officer.tick(re.compile("^Yes, you may tell them"))
    officer.saves()
    return sends(officer, twice=False, name="freeze")


def _says_what_is_kept(officer: Careful) -> None:
    officer.page.locator("input[name='act']").first.check(force=True)
    officer.fill(asset="BTC", amount="2.5")
    officer.saves()
    officer.sees("There is a problem")
    officer.looks("freeze-assets-refused")
    officer.day("Until when does it hold?", TODAY + timedelta(days=90))
    officer.saves()


def is_stopped(officer: Careful) -> None:
    """An interception order is stopped before anything of it can be typed or sent."""
    officer.go("/drafts/new/")
    officer.saves("Start a request")
    officer.follow("Legal process")
    officer.tick("Interception of communications")
    officer.saves("Continue")
    officer.sees("Do not upload it. It goes to counsel by the sealed channel.")
    expect(officer.page.locator("main input, main textarea")).to_have_count(0)
    officer.looks("stop-interception")
    officer.follow("What must never be uploaded")
    officer.looks("stops")
    officer.follow("Civil process and private parties")
    officer.looks("stop-civil")


MOVE = "from accounts.models import Agency; Agency.objects.filter(name='Northmoor Police').update(country='IN')"


def is_led_to_the_channel(officer: Careful, stack: Stack) -> None:
    """An officer of India is led to Sahyog, victims to their portal and number; emergencies stay open."""
    done = stack.manage("shell", "-c", MOVE)
    assert done.returncode == 0, done.stderr
    officer.go("/drafts/new/")
    officer.sees("Your country has a channel of its own")
    officer.looks("start-india")
    officer.saves("Start a request")
    officer.page.wait_for_url(re.compile("/channel/$"))
    for words in ("Sahyog", "1930", "Always here"):
        officer.sees(words)
    officer.looks("channel")
    officer.follow("The guidelines for your country")
    officer.looks("guidelines-india")
