"""Letters to account holders: what they read and can check, what keeps them waiting, and what they object to."""

import re

from playwright.sync_api import expect

from lers.mail_catcher import CaughtMail
from requests_app.letter_check_words import WORDS
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.granted import Granted
from tests.journeys.holding import TODAY, part
from tests.journeys.stack import Stack, links_in

COMPANY = "Meridian Exchange"
# Of the case, or of who asks: none of it may stand in a letter.
SECRETS = ("Operation", "NV 26/", "26-4300", "Nordvik", "Karin", "Aas", "police", "MX-")
TOLD_BEFORE = {"fr": "Une demande de données de votre compte"}
TOLD_AFTER = {"pt": "Dados da sua conta foram entregues a uma autoridade"}
OBJECTION, TICKET = "I sold this account's phone in May. The person you look for is not me.", "SUP-2026-88102"
WHY_UPHELD = "The device changed hands in May: the order names what came after."
TOO_EARLY, OBJECTED = "An account holder may object until", "An account holder objected."


# The letter -----------------------------------------------------------------------------------------------------------
def reads_the_letter(stack: Stack, holder: Granted, subject: str) -> str:
    """It came over SMTP, in the holder's language, with a reference of its own, no link and nothing of the case."""
    mail = stack.mail(holder.address, subject)
    assert not links_in(mail), mail.text
    said = mail.subject + mail.text + mail.html
    found = [secret for secret in (*SECRETS, holder.reference, holder.account) if secret in said]
    assert not found, f"{found} in:\n{mail.subject}\n{mail.text}"
    return letters_reference(mail)


def letters_reference(mail: CaughtMail) -> str:
    """The reference in the subject stands in the letter too."""
    found = re.search(r"NT-\d\d-[0-9A-Z]{7}", mail.subject)
    assert found, mail.subject
    assert found[0] in mail.text
    return found[0]


def checks_it(visitor: Careful, reference: str) -> None:
    """Anybody can ask whether a letter is ours, in their language: a day is said, and nothing of a made-up one."""
    visitor.go("/")
    visitor.follow("Check a letter")
    visitor.follow("Français")
    visitor.fill(reference=f"NT-{reference[3:5]}-ZZZZZZZ")
    visitor.saves(WORDS["fr"].button)
    visitor.sees(WORDS["fr"].unknown)
    visitor.fill(reference=reference.lower())
    visitor.saves(WORDS["fr"].button)
    visitor.sees(f"Oui. {COMPANY} a envoyé une lettre avec cette référence le {TODAY.day} ")
    visitor.looks("check-letter")


# Before disclosure ----------------------------------------------------------------------------------------------------
def waits(approver: Careful, granted: Granted, why: str) -> None:
    """Sealed, and yet nobody can release it: the list says what is missing."""
    opens(approver, granted.reference, "records/1/")
    approver.look_until(part(approver, "Package 1: sealed"))
    expect(part(approver, "Release package 1")).to_contain_text(why)
    expect(approver.page.get_by_role("button", name="Release to the officer")).to_have_count(0)


def window_passes(stack: Stack, granted: Granted) -> None:
    """The days in which the holder may object go by without a word."""
    done = stack.manage("make_due_request", granted.reference)
    assert "time to object is over" in done.stdout, done.stdout + done.stderr


def is_released(approver: Careful, stack: Stack, granted: Granted, address: str) -> None:
    """Now every line of the list says Yes, and the officer is told."""
    opens(approver, granted.reference, "records/1/")
    approver.looks_at_the_letter()
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")
    stack.mail(address, f"[{granted.reference}] ")


# Barred ---------------------------------------------------------------------------------------------------------------
def is_barred(analyst: Careful, stack: Stack, granted: Granted) -> None:
    """The records left already; the holder hears nothing while the order forbids it."""
    opens(analyst, granted.reference, "records/")
    expect(part(analyst, "Packages")).to_contain_text("Released")
    notices = part(analyst, "Telling the account holders")
    expect(notices).to_contain_text("Not yet")
    expect(notices).to_contain_text("A confirmed order forbids it until")
    analyst.looks("staff-notice-barred")
    assert stack.mails(granted.address) == []


def bar_ends_in(stack: Stack, granted: Granted, days: int) -> None:
    """Let the clock of the demo run to so many days before the end of the bar, or to its end."""
    done = stack.manage("make_due_request", granted.reference, "--bar-ends-in", str(days))
    assert done.returncode == 0, done.stderr


def is_reminded(officer: Careful, stack: Stack, granted: Granted, address: str) -> None:
    """Two weeks before, the officer is told in time to send a further order; nobody else is told anything."""
    mail = stack.mail(address, f"[{granted.reference}] We may tell the account holder soon")
    assert granted.account not in mail.subject + mail.text
    officer.go(f"/requests/{granted.reference}/")
    officer.follow("Send an order that forbids telling for longer")
    officer.looks("renew-bar")
    assert stack.mails(granted.address) == []


def is_told_by_itself(analyst: Careful, stack: Stack, granted: Granted, address: str) -> None:
    """The letter says that the records have left; there is no time to object any more."""
    stack.mail(address, f"[{granted.reference}] We may tell the account holder now")
    reads_the_letter(stack, granted, TOLD_AFTER["pt"])
    opens(analyst, granted.reference, "records/")
    notices = part(analyst, "Telling the account holders")
    analyst.look_until(notices.get_by_text("Told", exact=True))
    expect(notices).not_to_contain_text("may object until")
    analyst.follow(re.compile(f"^{granted.account}"))
    analyst.looks("staff-notice-told")


# Objected -------------------------------------------------------------------------------------------------------------
def objects(analyst: Careful, granted: Granted) -> None:
    """What the holder wrote to our support is written down from the list of those who were told; who wrote it waits."""
    analyst.go("/staff/notices/?show=told")
    analyst.looks("staff-notices")
    analyst.follow(re.compile(f"^{granted.account}"))
    form = part(analyst, "The account holder objects")
    analyst.saves("Write the objection down")
    analyst.sees("There is a problem")
    analyst.fill(said=OBJECTION, ticket=TICKET)
    for name, value in (("Day", TODAY.day), ("Month", TODAY.month), ("Year", TODAY.year)):
        form.get_by_label(name, exact=True).fill(str(value))
    analyst.saves("Write the objection down")
    analyst.sees("A second person decides")
    expect(analyst.page.get_by_role("button", name="Uphold")).to_have_count(0)
    analyst.looks("staff-notice-objected")


def is_upheld(approver: Careful, stack: Stack, granted: Granted, address: str) -> None:
    """Another person is told, reads it, and decides with a fresh second factor."""
    stack.mail(address, f"[{granted.reference}] An account holder objected")
    approver.go("/staff/notices/?show=objected")
    approver.follow(re.compile(f"^{granted.account}"))
    expect(approver.page.locator("section[aria-labelledby='objection']")).to_contain_text(TICKET)
    approver.looks("staff-objection")
    approver.fill(why=WHY_UPHELD)
    approver.press_and_confirm("Uphold")
    approver.sees("The objection is upheld.")


def goes_back_to_review(analyst: Careful, granted: Granted) -> None:
    """Its line is open again, and what was sealed is dropped."""
    opens(analyst, granted.reference)
    line = analyst.page.locator("select[name^='line'][name$='_decision']")
    expect(line).to_have_count(1)
    expect(line).to_have_value("open")
    opens(analyst, granted.reference, "records/")
    expect(part(analyst, "Packages")).not_to_contain_text("Sealed")
    analyst.looks("staff-records-upheld")


def learns_nothing_of_it(officer: Careful, stack: Stack, granted: Granted, address: str) -> None:
    """The officer reads that the review goes on: by no page and no mail that somebody objected."""
    officer.go(f"/requests/{granted.reference}/")
    officer.sees("In review")
    officer.looks("officer-review-again")
    officer.go(f"/requests/{granted.reference}/records/1/", missing=True)
    stack.mail(address, f"[{granted.reference}] Your request is open again")
    mails = [mail for mail in stack.mails(address) if granted.reference in mail.subject]
    officer.go(f"/requests/{granted.reference}/")
    said = "\n".join([officer.text(), *(mail.subject + mail.text for mail in mails)]).lower()
    found = [words for words in ("object", "upheld", TICKET.lower(), "sold", "changed hands") if words in said]
    assert not found, f"{found} in:\n{said}"
