"""The whole path in a real browser, with the real worker, beat, urgent loop, mail, database and broker."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.journeys import asking, getting_in, keeping, records
from tests.journeys.getting_in import Desk
from tests.journeys.person import WANTED, Person, seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "vetting"


def test_from_sign_up_to_download(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    people = [Person(browser, stack.url, pictures) for _number in range(4)]
    with seen_when_it_fails(people, pictures):
        _go_the_whole_path(stack, people[0], _desk(stack, *people[1:]), tmp_path)
    assert [complaint for person in people for complaint in person.complaints] == []
    _the_trail_shows_a_hand_in_it(stack)
    if WANTED and os.environ.get("UPDATE_PICTURES") == "1":
        _keep_picture(Path(WANTED) / "staff-queue-emergency-1280.png")


def _desk(stack: Stack, analyst: Person, approver: Person, keeper: Person) -> Desk:
    """Sign the staff in with what the demo hands out."""
    sign_ins = stack.credentials()
    for person, role in ((analyst, "analyst"), (approver, "approver"), (keeper, "preservation_admin")):
        person.sign_in(sign_ins[role])
    return Desk(analyst, approver, keeper)


def _go_the_whole_path(stack: Stack, officer: Person, desk: Desk, folder: Path) -> None:
    getting_in.asks_for_access(officer)
    getting_in.reads_the_mail(officer, stack)
    getting_in.makes_an_account(officer)
    application = getting_in.applies(officer)
    getting_in.is_vetted(application, desk, stack)

    reference = asking.files_a_request(officer, stack)
    asking.sees_it_waiting(officer, reference)
    asking.is_asked_and_answers(officer, desk.analyst, reference, stack)
    asking.is_reviewed(desk.analyst, reference)
    asking.is_approved(desk.approver, reference, stack)

    records.notice_is_postponed(desk.analyst, reference, stack)
    records.account_holder_of_the_demo_was_told(desk.analyst)
    hold = keeping.files_a_hold(officer, stack)
    keeping.is_accepted(desk, hold, stack)  # its certificate is made while the package is built
    records.are_built_and_released(desk, reference, stack)
    records.are_downloaded(officer, reference, folder)
    records.the_receipt_is_seen(desk.analyst, reference)

    asking.files_an_emergency(officer, desk, stack)
    keeping.downloads_the_certificate(officer, hold, folder)
    keeping.is_reminded(hold, stack)
    keeping.gets_more_time(officer, desk, hold, stack)


def _the_trail_shows_a_hand_in_it(stack: Stack) -> None:
    """Whole before; one changed row is named afterwards."""
    whole = stack.manage("verify_audit")
    assert whole.returncode == 0, whole.stderr
    stack.by_hand("audit_auditevent", "UPDATE audit_auditevent SET reason = 'nothing happened' WHERE id = 20")
    broken = stack.manage("verify_audit")
    assert broken.returncode == 1, broken.stdout
    assert "entry 20" in broken.stderr.lower(), broken.stderr


def _keep_picture(path: Path) -> None:
    """The picture of the running portal in the README."""
    target = settings.BASE_DIR / "docs" / "img" / "queue.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
