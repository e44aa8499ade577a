"""Requests that lie with the desk, and what its people do with each: review, propose, approve."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.journeys.careful import Careful
from tests.journeys.stack import Stack

# Filed as an officer of Nordvik would: writing them in the browser is another journey, and takes minutes.
_FILE = """
from datetime import timedelta
from dataclasses import replace
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import cases, filing
from lers.demo.people import who

now, every = timezone.now(), cases._ALL
uid, elsewhere = ("uid", accounts.ACCOUNT_A, ""), ("email", accounts.EMAIL_OTHER_ENTITY, "")
asked = (
    ("Operation Havblikk", "NV 26/41001", ("email", accounts.EMAIL_C, ""), every[:1], 60),
    ("Operation Sildestim", "NV 26/41002", uid, every, 60),
    ("Operation Torvmyr", "NV 26/41003", elsewhere, every[:1], None),
    ("Operation Brenning", "NV 26/15310", uid, every[2:], None),
)
for number, (title, case, identifier, categories, bar) in enumerate(asked):
    what = replace(cases._FRAUD, title=title, case_number=case, identifiers=(identifier,), categories=categories,
                   docket=f"26-41000{number}", bar_days=bar, facts=f"Victims of {title} paid for houses and got none.")
    with transaction.atomic():  # or the worker takes the order before it is sent
        made = filing.file(uuid4().hex, what, Provider.objects.get(), by=who("officer"), at=now - timedelta(hours=2))
    print(made.reference)
"""
# A hold of the demo belongs to the same case file as the last of them.
RESTRICTED = "Operation Stille"  # of the demo: it is about a police officer, and has two readers


@dataclass(frozen=True)
class Filed:
    """References of requests that wait for somebody."""

    questioned: str
    in_part: str
    refused: str
    referred: str


def files(stack: Stack) -> Filed:
    """Put four requests into the queue."""
    done = stack.manage("shell", "-c", _FILE)
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.findall(r"\b[A-Z]{2}-\d\d-[0-9A-Z]{7}\b", done.stdout)
    assert len(found) == 4, done.stdout
    return Filed(*found)


def opens(person: Careful, reference: str, page: str = "") -> None:
    """Go to a page of a request."""
    person.go(f"/staff/requests/{reference}/{page}")


def row(person: Careful, reference: str) -> Locator:
    """The row of a request in the queue."""
    return person.page.get_by_role("row").filter(has_text=reference)


def answers_checks(analyst: Careful, **other: str) -> None:
    """Yes to every check, "Does not apply" where there is nothing to look at; `other`: what is said instead."""
    nothing = {"translation", "e_signature"}
    for answers in analyst.page.locator(".app-answers").all():
        name = (answers.locator("input").first.get_attribute("name") or "").removesuffix("_answer")
        value = other.get(name, "none" if name in nothing else "yes")
        answers.locator(f".app-answers__label--{value}").click()


def finds_accounts(analyst: Careful) -> None:
    """Look every identifier up."""
    for button in range(analyst.page.get_by_role("button", name=re.compile("^Find the account")).count()):
        del button
        with analyst.page.expect_navigation():
            analyst.page.get_by_role("button", name=re.compile("^Find the account")).first.click()


def reads_the_bar(analyst: Careful) -> None:
    """Confirm what forbids telling the account holder, with the page it stands on."""
    analyst.page.locator("[name^='bar'][name$='_page']").fill("1")
    analyst.saves("I read the clause: confirm the bar")


def decides_lines(analyst: Careful, decisions: Iterable[str], code: str = "") -> None:
    """Choose for each line what becomes of it, and why not."""
    lines = analyst.page.locator("select[name^='line'][name$='_decision']").all()
    for number, (line, decision) in enumerate(zip(lines, decisions, strict=True)):
        line.select_option(decision)
        if decision == "refuse":
            analyst.page.locator("select[name^='line'][name$='_code']").nth(number).select_option(code)
        analyst.page.locator("input[name^='line'][name$='_ground']").nth(number).fill("Order, paragraph 1.")


def says_on_what_ground(analyst: Careful) -> None:
    """What the second person reads of law."""
    analyst.tick("Binding: we must answer")
    analyst.choose("lawful_basis", "6(1)(c)")
    analyst.fill(transfer_ground="Order of a court with jurisdiction over the case.",
                 necessity="Each line leads to who received the money.")  # fmt: skip


def proposes(analyst: Careful) -> None:
    """Send it to a second person."""
    analyst.saves("Send for approval")
    analyst.sees("A second person decides now")


def approves(approver: Careful, reference: str, name: str = "") -> None:
    """Read the lines and the letter as picture, and sign; where the factor is old it is shown first."""
    approver.go(f"/staff/approvals/{reference}/")
    letter = approver.page.get_by_alt_text(re.compile("^First page of the letter"))
    letter.scroll_into_view_if_needed()
    assert letter.evaluate("async i => { await i.decode(); return i.naturalWidth > 0 }")
    if name:
        approver.looks(name)
    for _try in range(2):
        approver.go(f"/staff/approvals/{reference}/")
        approver.tick("I know nobody in this case")
        approver.tick(re.compile("^I read"))
        with approver.page.expect_navigation():
            approver.page.get_by_role("button", name=re.compile("Approve$|to approve$")).click()
        if "Confirm it is you" not in approver.heading():
            break
        approver.show_factor()
    approver.sees(f"{reference} is decided.")


def typed(person: Careful, name: str) -> str:
    """What stands in a field."""
    return person.page.locator(f"[name='{name}']").input_value()


def sees_letter(officer: Careful, reference: str) -> bytes:
    """Wait for the decision as a letter, and take it."""
    officer.go(f"/requests/{reference}/")
    link = officer.page.get_by_role("link", name=re.compile("^Our decision as a letter"))
    officer.look_until(link)
    answer = officer.page.request.get(link.get_attribute("href") or "")
    expect(link).to_be_visible()
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()
