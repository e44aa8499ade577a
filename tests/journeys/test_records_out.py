"""Records out: signed, released and checked from files alone; called back; and asked for again years later."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import leaving
from tests.journeys.careful import Careful
from tests.journeys.leaving import Out
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "requests"
_ROLES = ("us_officer", "analyst", "custodian", "approver", "second_approver", "dpo")


@dataclass(frozen=True)
class People:
    """Who is at work here, by role, somebody without an account, and what is known of them."""

    by_role: dict[str, Careful]
    visitor: Careful
    address: str
    pin: str
    folder: Path

    def __getitem__(self, role: str) -> Careful:
        return self.by_role[role]


@pytest.fixture(scope="module")
def out(stack: Stack) -> Out:
    """Three granted requests: one to prepare, one that was taken, one whose download ended."""
    return leaving.files(stack)


@pytest.fixture(scope="module")
def people(stack: Stack, out: Out, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> People:
    """Everybody, signed in."""
    del out  # it is put on file before their factors grow old
    folder, sign_ins = tmp_path_factory.mktemp("pictures"), stack.credentials()
    by_role = {role: Careful(browser, stack.url, folder) for role in _ROLES}
    for role, person in by_role.items():
        person.sign_in(sign_ins[role])
    custodian = sign_ins["custodian"]
    return People(by_role, Careful(browser, stack.url, folder), sign_ins["us_officer"]["email"],
                  custodian["signing_pin"], folder)  # fmt: skip


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    everybody = [*people.by_role.values(), people.visitor]
    for person in everybody:
        person.complaints.clear()
    with seen_when_it_fails(everybody, people.folder):
        yield
    said = [complaint for person in everybody for complaint in person.complaints]
    assert not said, "\n".join(said)


def test_records_leave_with_a_certificate_and_prove_themselves(stack: Stack, people: People, out: Out, tmp_path: Path):
    officer, reference = people["us_officer"], out.fresh
    with careful(people):
        leaving.prepares_and_drafts(people["analyst"], reference)
        leaving.is_signed(people["custodian"], reference, people.pin)
        leaving.is_released(people["approver"], reference)
        took = leaving.is_taken(officer, stack, reference, people.address, tmp_path)
        leaving.is_known(people.visitor, took)
        leaving.proves_itself(officer, stack, reference, took)


def test_records_of_a_wrong_account_are_called_back(stack: Stack, people: People, out: Out):
    with careful(people):
        leaving.is_stopped(people["approver"], out.taken)
        leaving.is_confirmed(people["second_approver"], out.taken)
        leaving.answers(people["us_officer"], stack, out.taken, people.address)
        leaving.is_decided(people["dpo"], out.taken)
        leaving.is_withdrawn(people.visitor, out.sha256)


def test_records_are_asked_for_again_after_the_download_ended(stack: Stack, people: People, out: Out, tmp_path: Path):
    officer = people["us_officer"]
    with careful(people):
        leaving.asks_again(officer, out.ended)
        leaving.opens_again(people["approver"], out.ended)
        leaving.takes_again(officer, stack, out.ended, people.address, tmp_path)
