"""Records leave, are called back, and are asked for again: what each person does and reads."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from playwright.sync_api import expect

from requests_app.verify_words import WORDS
from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.holding import part
from tests.journeys.stack import Stack

EN = WORDS["en"]
WRONG = "Support merged two customers in May: this is the other one."
DESTROYED = "Archive and unpacked files are deleted, nothing was printed."
RISK = "One customer, two tables, an officer bound to secrecy. Everything is destroyed within the day."
# Granted: one to prepare, one that was released and taken, one whose download ended. Their orders forbid telling.
_FILE = """
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import cases, desk, filing, leaving
from lers.demo.people import who
from requests_app.models import DataRequest, RecipientCopy
from requests_app.services import packages

now, day = timezone.now(), timedelta(days=1)
Provider.objects.update(single_files=True)
asked = (("Operation Driftwood", 9, 2, None), ("Operation Sandbar", 9, 1, 5), ("Operation Undertow", 50, 1, 40))
for number, (title, filed, categories, released) in enumerate(asked):
    what = replace(
        cases._FRAUD, title=title, case_number=f"HFC-2026-05{number}", docket=f"1:26-mc-0050{number}",
        process_type="US-COURT-ORDER-2703D", section_of_law="18 USC 2703(d)", judge="Rosalind L. Hensley",
        court="United States District Court for the District of Harlow", categories=cases._ALL[:categories],
        identifiers=(("email", accounts.EMAIL_BUSINESS, ""),), bar_days=400,
    )
    at, by = now - filed * day, who("us_officer")
    with transaction.atomic():
        draft = filing.start(uuid4().hex, what, Provider.objects.get(), by=by, at=at - day / 24)
        draft = filing.complete(draft, what, by=by, at=at - day / 48)
        if not released:
            DataRequest.objects.filter(pk=draft.pk).update(certificate_form="us_902_11")
        made = filing.send(DataRequest.objects.get(pk=draft.pk), by=by, at=at)
        desk.take(made, at=at + day)
        desk.match(made, at=at + day)
        desk.confirm_bars(made, at=at + day)
        desk.sign(desk.propose_grant(made, at=at + 2 * day), at=at + 3 * day)
        if released:
            desk.produce(made, at=now - released * day)
            leaving.download(made.packages.get(), at=now - (released - 1) * day)
            packages.expire_due(at=now)
        copy = RecipientCopy.objects.filter(package__data_request=made).first()
    print("out:", made.reference, copy.sha256 if copy else "-")
"""


@dataclass(frozen=True)
class Out:
    """References of the three, and the hash of what was taken of the second."""

    fresh: str
    taken: str
    ended: str
    sha256: str


@dataclass(frozen=True)
class Took:
    """What the officer has on disk."""

    folder: Path
    archive: Path
    certificate: Path
    code: str


def files(stack: Stack) -> Out:
    """Put the three on file."""
    done = stack.manage("shell", "-c", _FILE)
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.findall(r"out: (\S+) (\S+)", done.stdout)
    assert len(found) == 3, done.stdout
    return Out(*(reference for reference, _sha256 in found), found[1][1])


# Out ------------------------------------------------------------------------------------------------------------------
def prepares_and_drafts(analyst: Careful, reference: str) -> None:
    """The worker seals; the form that was asked for is chosen already, and what the portal knows is filled in."""
    opens(analyst, reference, "records/")
    analyst.saves("Prepare the records")
    analyst.look_until(part(analyst, "Package 1: sealed"))
    opens(analyst, reference, "records/1/")
    expect(part(analyst, "Certificates")).to_contain_text("902(11)")
    analyst.looks("out-sealed")
    with analyst.page.expect_navigation():
        analyst.press("Draft a certificate")
    analyst.saves("Draft it")
    analyst.sees("There is a problem")
    analyst.fill(fact_place="Dublin")
    analyst.looks("out-draft")
    analyst.saves("Draft it")
    analyst.sees("The certificate is drafted.")


def is_signed(custodian: Careful, reference: str, pin: str) -> None:
    """Nothing is signed unread, nor with a wrong PIN; the time stamp is of the demo's authority."""
    custodian.go("/staff/certificates/")
    custodian.looks("out-certificates")
    custodian.follow(re.compile(reference))
    expect(part(custodian, "Sign with your key")).to_contain_text("read every page")
    expect(custodian.page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    custodian.follow("Read every page")
    custodian.look_until(custodian.page.locator("figure img"))
    custodian.looks("out-certificate-pages")
    custodian.follow("Sign it, or see where it stands")
    _signs(custodian, "not the PIN")
    custodian.sees("This PIN does not open your key.")
    custodian.looks("out-wrong-pin")
    _signs(custodian, pin)
    custodian.sees("Demo Time Stamps")
    custodian.looks("out-signed")


def _signs(custodian: Careful, pin: str) -> None:
    """Type the PIN; where the second factor is asked for first, the PIN was not kept."""
    custodian.fill(pin=pin)
    custodian.saves("Sign")
    if "Confirm it is you" in custodian.heading():
        custodian.show_factor()
        custodian.fill(pin=pin)
        custodian.saves("Sign")


def is_released(approver: Careful, reference: str) -> None:
    """Nobody releases what they have not looked at: first the letter, then the certificate."""
    release = approver.page.get_by_role("button", name="Release to the officer")
    opens(approver, reference, "records/1/")
    expect(part(approver, "Release package 1")).to_contain_text("Open the letter and look at its pages first.")
    expect(release).to_have_count(0)
    approver.looks("out-unseen")
    approver.looks_at_the_letter()
    expect(part(approver, "Release package 1")).to_contain_text("Open the signed certificate and look at its pages")
    expect(release).to_have_count(0)
    part(approver, "Certificates").get_by_role("link").first.click()
    approver.follow("Read every page")
    approver.look_until(approver.page.locator("figure img"))
    opens(approver, reference, "records/1/")
    approver.looks("out-release")
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")


def is_taken(officer: Careful, stack: Stack, reference: str, address: str, folder: Path) -> Took:
    """A fresh factor opens the passphrase and for a while the files; the page then shows the hash of this copy."""
    stack.mail(address, f"[{reference}] ")
    officer.go(f"/requests/{reference}/")
    officer.follow("Open the records")
    officer.looks("out-records")
    officer.press_and_confirm("Show passphrase")
    passphrase = officer.page.locator("p.app-code").first.inner_text().strip()
    archive, certificate = folder / "records.zip", folder / "certificate.pdf"
    officer.take_file("Download the encrypted archive").save_as(archive)
    officer.take_file("Download the signed certificate").save_as(certificate)
    _opens(archive, passphrase, folder / "opened")
    table = next((folder / "opened").glob("*.csv"))
    officer.take_file(f"Download {table.name}").save_as(folder / table.name)
    assert (folder / table.name).read_bytes() == table.read_bytes()
    officer.go(f"/requests/{reference}/records/1/")
    officer.sees(hashlib.sha256(archive.read_bytes()).hexdigest())
    expect(part(officer, "What you downloaded")).to_contain_text("certificate")
    officer.looks("out-taken")
    return Took(folder / "opened", archive, certificate, _code_on(certificate))


def _opens(archive: Path, passphrase: str, folder: Path) -> None:
    """With the programs that the page names."""
    program = shutil.which("7z") or shutil.which("7zz")
    assert program, "7-Zip is missing: apt-get install p7zip-full"
    _runs(program, "x", f"-p{passphrase}", f"-o{folder}", str(archive))
    _runs("sha256sum", "--strict", "-c", "manifest.txt", cwd=folder)


def _runs(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _code_on(certificate: Path) -> str:
    """The check code as a reader finds it on the last line of a page."""
    found = re.search(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{2,4}\b", _runs("pdftotext", str(certificate), "-"))
    assert found
    return found[0]


def is_known(visitor: Careful, took: Took) -> None:
    """Anybody with the file, or with the paper in their hand, is told the day."""
    visitor.go("/verify/")
    visitor.page.get_by_label(EN.file_label).set_input_files(took.archive)
    visitor.sees(EN.ready.format(name=took.archive.name))
    visitor.saves(EN.button)
    visitor.sees(EN.ours)
    visitor.looks("out-issued")
    visitor.go("/verify/")
    visitor.page.get_by_label(EN.code_label, exact=True).fill(took.code)
    visitor.saves(EN.code_button)
    visitor.sees(EN.ours)


def proves_itself(officer: Careful, stack: Stack, reference: str, took: Took) -> None:
    """Years later, from the files alone: the script of the documentation, and pyHanko's own program."""
    officer.go(f"/requests/{reference}/records/1/")
    proof = officer.page.get_by_role("link", name="Download the proof")
    officer.look_until(proof)
    for _again in range(60):  # the trail is sealed every half minute
        answer = officer.page.request.get(proof.get_attribute("href") or "", max_redirects=0)
        if answer.ok and "json" in answer.headers["content-type"]:
            break
        officer.page.wait_for_timeout(1000)
    (took.folder / "proof.json").write_bytes(answer.body())
    shutil.copy(took.certificate, took.folder)
    key = officer.page.request.get("/verify/keys.json").json()
    root = str(stack.var / "signing-authority" / "root.pem")
    script = settings.BASE_DIR / "docs" / "verify_package.py"
    said = _runs(sys.executable, str(script), str(took.folder), _key(key), root)
    assert "Everything is as it was issued." in said
    program = Path(sys.executable).with_name("pyhanko")
    said = _runs(str(program), "sign", "validate", "--pretty-print", "--trust", root, str(took.certificate))
    assert "The signature is judged VALID." in said


def _key(said: object) -> str:
    found = re.search(r"\b[0-9a-f]{64}\b", json.dumps(said))
    assert found, said
    return found[0]


# Called back ----------------------------------------------------------------------------------------------------------
def is_stopped(approver: Careful, reference: str) -> None:
    """One person stops at once, and does not confirm."""
    opens(approver, reference, "records/1/")
    approver.saves("Stop downloads and ask for recall")
    approver.sees("There is a problem")
    approver.looks("out-stop-refused")
    approver.choose("cause", "wrong_account")
    approver.fill(reason=WRONG)
    approver.press_and_confirm("Stop downloads and ask for recall")
    opens(approver, reference, "records/1/")
    approver.looks("out-stopped")
    approver.follow("Decide about the recall")
    approver.sees("a second person decides")
    expect(approver.page.get_by_role("button", name="Confirm the recall")).to_have_count(0)


def is_confirmed(second: Careful, reference: str) -> None:
    """From the list of recalls."""
    second.go("/staff/recalls/")
    second.looks("out-recalls")
    opens(second, reference, "records/1/recall/")
    second.press_and_confirm("Confirm the recall")
    expect(part(second, "Who took something of it")).to_contain_text("Asked")
    second.looks("out-recall")


def answers(officer: Careful, stack: Stack, reference: str, address: str) -> None:
    """The mail says what to do and not why; the records cannot be taken any more."""
    mail = stack.mail(address, f"[{reference}] ")
    assert WRONG not in mail.text + mail.html
    officer.go(f"/requests/{reference}/records/1/")
    officer.sees("We stopped this download. Do not use or pass on what you took.")
    expect(officer.page.get_by_role("link", name=re.compile("^Download"))).to_have_count(0)
    assert officer.page.request.get(f"/requests/{reference}/records/1/archive/").headers["content-type"] != (
        "application/zip"
    )
    with officer.page.expect_navigation():
        officer.press("Confirm destruction")
    officer.looks("out-destruction")
    officer.tick("Yes, everything I took is destroyed")
    officer.tick("No, nobody else has any of it")
    officer.fill(words=DESTROYED)
    officer.saves("Send your answer")
    officer.sees("Destroyed.")
    officer.looks("out-destroyed")


def is_decided(dpo: Careful, reference: str) -> None:
    """Both questions have a reason; with neither told it is closed."""
    dpo.go("/staff/recalls/")
    dpo.looks("out-mistakes")
    opens(dpo, reference, "records/1/recall/mistake/")
    expect(part(dpo, "Mistaken disclosure")).to_contain_text(WRONG)
    dpo.looks("out-mistake")
    dpo.fill(assessment=RISK, authority_reason="No risk to the customer.", holders_reason="No high risk.")
    dpo.page.locator("input[name='authority'][value='no']").check(force=True)
    dpo.page.locator("input[name='holders'][value='no']").check(force=True)
    dpo.saves("Decide")
    expect(part(dpo, "What was decided")).to_contain_text("Is not told")
    dpo.saves("Close the mistaken disclosure")
    dpo.looks("out-mistake-closed")


def is_withdrawn(visitor: Careful, sha256: str) -> None:
    """Whoever holds a copy is told not to use it."""
    visitor.go("/verify/")
    visitor.page.get_by_label(EN.hash_label).fill(sha256)
    visitor.saves(EN.button)
    visitor.sees(EN.no_more)
    visitor.looks("out-withdrawn")


# Later ----------------------------------------------------------------------------------------------------------------
def asks_again(officer: Careful, reference: str) -> None:
    """The download ended: what it held stays readable, and the records are asked for again."""
    officer.go(f"/requests/{reference}/records/1/")
    officer.sees("The download ended")
    officer.looks("out-ended")
    officer.follow(re.compile("^Ask for the records again"))
    officer.saves("Ask for it")
    officer.sees("There is a problem")
    officer.looks("out-ask-refused")
    officer.tick("The records again")
    officer.fill(words="The disk of our evidence room broke.")
    officer.saves("Ask for it")
    officer.sees("We work on it")
    officer.looks("out-asked")


def opens_again(approver: Careful, reference: str) -> None:
    """From the list of what is asked for later, with every check of a release."""
    approver.go("/staff/later/")
    approver.looks("out-later")
    approver.follow(re.compile(reference))
    approver.looks("out-later-one")
    if not approver.page.get_by_role("button", name="Open the download again").count():
        back = approver.page.url
        opens(approver, reference, "records/1/")
        approver.looks_at_the_letter()
        approver.page.goto(back)
    approver.press_and_confirm("Open the download again")
    approver.looks("out-opened-again")


def takes_again(officer: Careful, stack: Stack, reference: str, address: str, folder: Path) -> str:
    """The same copy as before; return its hash."""
    stack.mail(address, f"[{reference}] ")
    officer.go(f"/requests/{reference}/")
    officer.sees("The records could be downloaded again from ")
    officer.follow("Open the records")
    officer.press_and_confirm("Show passphrase")
    passphrase = officer.page.locator("p.app-code").first.inner_text().strip()
    archive = folder / "again.zip"
    officer.take_file("Download the encrypted archive").save_as(archive)
    _opens(archive, passphrase, folder / "again")
    return hashlib.sha256(archive.read_bytes()).hexdigest()
