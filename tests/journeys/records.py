"""Records leave: built by the worker, released by a second person, opened by the officer. Step 7 of the path."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.getting_in import ADDRESS, Desk
from tests.journeys.person import Person
from tests.journeys.stack import STEP_UP_SECONDS, Stack


def notice_is_postponed(analyst: Person, reference: str, stack: Stack) -> None:
    """A confirmed bar: the account holder hears nothing now, and officers do not read why."""
    analyst.go(f"/staff/requests/{reference}/records/")
    notices = analyst.page.locator("section", has=analyst.page.locator("#notices"))
    expect(notices).to_contain_text("Not yet")
    expect(notices).to_contain_text("A confirmed order forbids it")


def account_holder_of_the_demo_was_told(analyst: Person) -> None:
    """In the demo's other case nothing forbade it: the letter went out."""
    analyst.go("/staff/notices/?show=told")
    expect(analyst.page.get_by_role("link", name="48213377")).to_be_visible()


def are_built_and_released(desk: Desk, reference: str, stack: Stack) -> None:
    """One person prepares, the worker builds, another releases."""
    analyst, approver = desk.analyst, desk.approver
    analyst.go(f"/staff/requests/{reference}/records/")
    analyst.press("Prepare the records")
    analyst.look_until(analyst.page.get_by_text("Sealed"))
    expect(analyst.page.get_by_role("button", name="Release to the officer")).to_have_count(0)
    analyst.picture("staff-package")
    approver.go(f"/staff/requests/{reference}/records/1/")
    approver.looks_at_the_letter()
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")
    stack.mail(ADDRESS, "Records ready")


def are_downloaded(officer: Person, reference: str, folder: Path) -> None:
    """A fresh second factor, the archive, the passphrase; every file is what the manifest says."""
    officer.go(f"/requests/{reference}/")
    officer.follow("Open the records")
    officer.picture("officer-package")
    officer.wait_for_stale_factor(STEP_UP_SECONDS)
    officer.press("Show passphrase")
    officer.show_factor()
    if officer.page.get_by_role("button", name="Show passphrase").count():
        officer.press("Show passphrase")
    passphrase = officer.page.locator("p.app-code").first.inner_text().strip()
    assert re.fullmatch(r"([0-9A-Z]{4}-){6}[0-9A-Z]{4}", passphrase)
    archive = folder / "records.zip"
    officer.take_file("Download the encrypted archive").save_as(archive)
    _matches_manifest(archive, passphrase, folder / "opened")
    officer.page.reload()
    officer.sees("What you downloaded")


def _matches_manifest(archive: Path, passphrase: str, folder: Path) -> None:
    program = shutil.which("7z") or shutil.which("7zz")
    assert program, "7-Zip is missing: apt-get install p7zip-full"
    wrong = subprocess.run([program, "t", "-pwrong", archive], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0
    done = subprocess.run([program, "x", f"-p{passphrase}", f"-o{folder}", archive], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in (folder / "manifest.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) >= 2
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def the_receipt_is_seen(analyst: Person, reference: str) -> None:
    """Staff see who took what."""
    analyst.go(f"/staff/requests/{reference}/records/1/")
    analyst.sees("Ingrid Fossheim")
    analyst.picture("staff-package-released")
