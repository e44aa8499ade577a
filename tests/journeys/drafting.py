"""A request for records, part by part: two orders, identifiers in three ways, two periods. With script and without."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from lers.demo.papers import Order, order_pdf
from tests.journeys.asking import BAR_UNTIL, TODAY
from tests.journeys.careful import Careful

CASE = "NV 26/30417"
EMAIL, OTHER_EMAIL = "harbour.lights@mail.example", "nordlys.trading@mail.example"
WALLET = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
PASTED = "quayside.courier@mail.example\n+44 7700 900461\nnot an identifier at all\nQUAYSIDE.COURIER@mail.example"
FACTS = "Nine people paid for holiday houses that do not exist.\nThe money went on within the hour."
ROWS = 400


def starts(officer: Careful) -> str:
    """From the list over the first question to the task list; return the draft's address."""
    officer.go("/requests/")
    officer.press("Start a request")
    officer.sees("What do you need?")
    officer.looks("start")
    officer.saves("Start a request")
    officer.sees("0 of 6 parts done")
    officer.looks("tasklist-empty")
    return officer.page.url


def names_two_orders(officer: Careful) -> None:
    """One found by searching, one chosen from the list; the first leads."""
    officer.follow("Legal process")
    officer.sees("What do you have?")
    officer.looks("order-types")
    officer.fill(q="court order")
    officer.saves("Search")
    officer.sees("Showing what fits")
    officer.looks("order-types-found")
    officer.tick(re.compile("^Court order \\(other jurisdiction"))
    officer.saves("Continue")
    officer.saves()
    officer.sees("There is a problem")
    officer.looks("order-refused")
    _writes_the_order(officer, "26-204417", "Nordvik District Court")
    officer.sees("Add another order")
    officer.looks("orders-one")
    officer.follow("Add another order")
    officer.tick(re.compile("^Police order or warrant"))
    officer.saves("Continue")
    _writes_the_order(officer, "P 26/881", "Nordvik Police District")
    officer.sees("The first order leads")
    officer.looks("orders-two")
    officer.saves("Continue")


def _writes_the_order(officer: Careful, docket: str, authority: str) -> None:
    officer.fill(
        section_of_law="Criminal Procedure Act, section 210", issuing_authority=authority, signatory="A. Fossheim",
        docket=docket,
    )  # fmt: skip
    officer.day("Date it was issued", TODAY - timedelta(days=2))
    officer.choose("language", "en")
    company = officer.page.locator("select[name='legal_entity']")
    if company.count():
        company.select_option(label="Meridian Exchange Operations Ltd (IE)")
    officer.looks("order")
    officer.saves()


def writes_facts(officer: Careful, title: str) -> None:
    """Left empty it is refused; then everything."""
    officer.saves()
    officer.sees("There is a problem")
    officer.looks("facts-refused")
    officer.fill(
        title=title, case_number=CASE, offence="Fraud, Penal Code section 371", facts=FACTS,
        connection="The address was given to the victims as that of the owner.",
        investigating_officer="Ida Moen", investigating_rank="Inspector",
    )  # fmt: skip
    officer.looks("facts")
    officer.saves()


def names_one_by_one(officer: Careful) -> None:
    """An address, a wallet and an IP address, of which the last needs its time."""
    officer.sees("Add one")
    officer.looks("identifiers-empty")
    _kind(officer, "email")
    officer.fill(value=EMAIL)
    officer.saves("Add identifier")
    officer.sees("Added (1)")
    _kind(officer, "wallet")
    officer.fill(value=WALLET)
    officer.choose("network", "bitcoin")
    officer.saves("Add identifier")
    officer.sees("Added (2)")
    _kind(officer, "ip")
    officer.fill(value="203.0.113.24")
    officer.saves("Add identifier")
    officer.sees("There is a problem")
    officer.looks("identifiers-refused")
    officer.fill(used="2026-06-04T23:47:10+02:00", port="4431")
    officer.saves("Add identifier")
    officer.sees("Added (3)")


def _kind(officer: Careful, value: str) -> None:
    officer.page.locator("#id_kind").select_option(value)


def pastes_and_undoes(officer: Careful) -> None:
    """Each line is answered; all of it can be taken back, and put in again."""
    for again in (True, False):
        officer.fill(**{"list-paste": PASTED})
        officer.saves("Add list")
        officer.sees("not an identifier at all")
        if again:
            officer.looks("identifiers-pasted")
            officer.page.get_by_role("button", name="Undo").click()
            officer.sees("Added (3)")
    officer.sees("Added (5)")


def sends_a_file(officer: Careful) -> None:
    """A worker reads it while the page shows how far it is; its lines go out together again, and come once more."""
    lines = [f"email,buyer{number}@mail.example,,,victim,row {number}" for number in range(ROWS)]
    table = "\n".join(["type,identifier,network,detail,person,note", *lines, "email,nobody,,,,"])
    file = {"name": "victims.csv", "mimeType": "text/csv", "buffer": table.encode()}
    officer.fill(**{"list-paste": ""})
    officer.page.locator("input[name='list-file']").set_input_files([file])  # type: ignore[list-item]
    officer.saves("Add list")
    officer.page.wait_for_url(re.compile("/identifiers/files/"))
    officer.looks("import-going")
    officer.look_until(officer.page.get_by_role("heading", name="Your file was read"))
    officer.sees("nobody")
    officer.looks("import-read")
    officer.saves("Go on with the identifiers")
    officer.sees(f"Added ({ROWS + 5})")
    officer.looks("identifiers-many")
    officer.page.get_by_role("button", name="Undo").click()
    officer.sees("Added (5)")
    officer.looks("identifiers-undone")
    officer.saves()


def asks_for_records(officer: Careful) -> None:
    """Sign-ins in two periods of Oslo's days under one order, transactions in another."""
    officer.sees("Which records do you need?")
    officer.tick("Transactions")
    officer.tick(re.compile("^Sign-ins"))
    officer.day("First day", TODAY - timedelta(days=200))
    officer.day("Last day", TODAY - timedelta(days=10))
    officer.choose("zone", "Europe/Oslo")
    officer.page.locator("select[name='order']").select_option(index=1)
    details = officer.page.locator("details", has_text="Other dates, or several periods")
    if not details.get_attribute("open"):
        details.locator("summary").click()
    with officer.page.expect_navigation():
        officer.page.locator("button[name='more'][value='logins']").click()
    for number, ago in (("logins", 190), ("logins_2", 90)):
        for part, days in (("first", ago), ("last", ago - 20)):
            day = TODAY - timedelta(days=days)
            officer.fill(**{f"{number}_{part}_day": str(day.day), f"{number}_{part}_month": str(day.month),
                            f"{number}_{part}_year": str(day.year)})  # fmt: skip
    officer.page.locator("select[name='logins_2_order']").select_option(index=2)
    officer.looks("records")
    officer.saves()


def order(docket: str) -> bytes:
    """The paper of one of the two orders."""
    said = Order(
        court="Nordvik District Court", title="Order to produce records", docket=docket,
        issued=TODAY - timedelta(days=2), judge="A. Fossheim", addressee="Meridian Exchange Operations Ltd",
        orders=f"The case is {CASE}.", accounts=[EMAIL], records=["Sign-ins", "Transactions"],
        bar=f"The account holder shall not be told until {BAR_UNTIL:%d %B %Y}.",
    )  # fmt: skip
    return order_pdf(said)


def adds_documents(officer: Careful) -> None:
    """Both orders; a worker looks at each before it can be used."""
    names = {"26-204417": "court-order.pdf", "P 26/881": "police-order.pdf"}
    kept = [{"name": name, "mimeType": "application/pdf", "buffer": order(docket)} for docket, name in names.items()]
    officer.page.locator("input[name='uploads']").set_input_files(kept)  # type: ignore[arg-type]
    officer.saves("Add files")
    for name in names.values():
        officer.sees(name)
    checked = officer.page.locator("td[data-label='Checked']").filter(has_not_text="Being checked")
    officer.look_until(checked.nth(1))
    officer.looks("documents")
    officer.saves("Continue")


def says_which_file_is_which(officer: Careful, draft: str) -> None:
    """Until each order has its copy nothing is sent."""
    officer.go(f"{draft}check/")
    officer.sees("add a copy of this order")
    officer.tick(re.compile("I declare"))
    officer.saves("Send the request")
    officer.sees("There is a problem")
    officer.looks("request-check-refused")
    for number, name in enumerate(("court-order.pdf", "police-order.pdf")):
        officer.go(f"{draft}legal-process/")
        with officer.page.expect_navigation():
            officer.page.locator("main section").get_by_role("link", name=re.compile("^Change")).nth(number).click()
        officer.page.locator("select[name='document']").select_option(label=name)
        officer.saves()
    officer.go(f"{draft}notice/")


def says_who_may_not_know(officer: Careful) -> None:
    """The order forbids telling until a day."""
    officer.sees("May we tell the account holder?")
    officer.tick(re.compile("No, an order or a law forbids it"))
    officer.fill(clause="Order, page 1, paragraph 5")
    officer.day("Last day on which it forbids telling", BAR_UNTIL)
    officer.page.locator("select[name='document']").select_option(label="court-order.pdf")
    officer.looks("notice")
    officer.saves()


def sends(officer: Careful, *, twice: bool, name: str = "request") -> str:
    """Check, declare, send; a double click sends once. Return the reference."""
    officer.sees("Check your answers")
    officer.looks(f"{name}-check")
    officer.tick(re.compile("I declare"))
    button = officer.page.get_by_role("button", name="Send the request")
    with officer.page.expect_navigation(url=re.compile("/received/")):
        button.dblclick() if twice else button.click()
    officer.sees("Request sent")
    expect(officer.page.get_by_text("We sent the reference to")).to_be_visible()
    officer.looks(f"{name}-received")
    return officer.reference()
