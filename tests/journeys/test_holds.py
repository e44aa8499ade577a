"""Holds in a real browser: filed, reminded of, extended, ended; beside two requests; and one that is not accepted.

Every page is looked at wide and narrow: nothing serious for axe-core, and nothing sticks out on a phone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from foundation.providers.connectors.demo.cases import EMAIL_C
from tests.journeys import holding
from tests.journeys.careful import Careful
from tests.journeys.holding import Beside
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Shared with the modules that come next: what is done to holds is nothing to who signs in there.
PORTAL = "signing in"
TITLE = "Operation Ternen"


@dataclass(frozen=True)
class People:
    """Who is at work here, signed in; the officer has no hold of the demo."""

    officer: Careful
    keeper: Careful
    analyst: Careful
    approver: Careful
    sign_in: dict[str, str]
    folder: Path

    @property
    def all(self) -> list[Careful]:
        """Everybody."""
        return [self.officer, self.keeper, self.analyst, self.approver]

    @property
    def address(self) -> str:
        """Where the officer gets mail."""
        return self.sign_in["email"]


@pytest.fixture(scope="module")
def people(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> People:
    """An officer, who decides on holds, who reviews requests, and who approves."""
    folder, sign_ins = tmp_path_factory.mktemp("pictures"), stack.credentials()
    roles = ("lead", "preservation_admin", "analyst", "approver")
    found = [Careful(browser, stack.url, folder) for _role in roles]
    for person, role in zip(found, roles, strict=True):
        person.sign_in(sign_ins[role])
    return People(*found, sign_ins["lead"], folder)


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    for person in people.all:
        person.complaints.clear()
    with seen_when_it_fails(people.all, people.folder):
        yield
    said = [complaint for person in people.all for complaint in person.complaints]
    assert not said, "\n".join(said)


@pytest.fixture(scope="module")
def kept(people: People) -> str:
    """A hold of the officer, filed before all else: until its certificate is there, the others are at work."""
    with careful(people):
        return holding.files(people.officer, TITLE, "NV 26/51001", identifiers=[EMAIL_C], looks=True)


@pytest.fixture(scope="module")
def beside(stack: Stack, people: People) -> Beside:
    """Another hold of the officer, and two requests about the same account that nobody took."""
    with careful(people):
        return holding.files_beside(people.officer, stack)


@pytest.mark.usefixtures("kept")
def test_many_identifiers_at_once_wait_for_a_call(stack: Stack, people: People):
    officer = people.officer
    with careful(people):
        reference = holding.files(officer, "Operation Krabbe", "NV 26/53001", identifiers=holding.MANY)
        holding.waits_for_a_person(officer, reference)
        holding.is_called_about(people.keeper, reference)
        holding.reads_the_cure(officer, stack, people.address, reference)


def test_a_hold_stands_still_until_records_are_produced(stack: Stack, people: People, beside: Beside):
    officer, analyst, approver, address = people.officer, people.analyst, people.approver, people.address
    hold, reference = beside.hold, beside.produced
    with careful(people):
        holding.goes_on_with(officer, hold, reference, looks=True)
        holding.cannot_become_due(officer, stack, address, hold, reference)
        holding.is_granted_whole(analyst, approver, reference)
        holding.stands_still(officer, hold, reference)
        holding.is_produced(analyst, approver, reference)
        holding.runs_again(officer, stack, address, hold, 90)


def test_a_hold_is_reminded_of_extended_and_ends(stack: Stack, people: People, kept: str):
    officer, keeper, address = people.officer, people.keeper, people.address
    with careful(people):
        holding.is_certified(officer, kept)
        holding.is_known_to_staff(keeper, kept)
        link = holding.is_reminded(stack, address, kept)
        holding.comes_from_the_mail(officer, link, people.sign_in)
        holding.asks_for_more(officer, TITLE)
        holding.is_granted(keeper, kept)
        holding.reads_the_new_end(officer, stack, address, kept)
        holding.ends(officer, stack, address, kept)
        holding.copies_stay(keeper, stack, kept)


def test_a_hold_whose_own_end_has_passed_runs_on_for_a_week_after_a_refusal(
    stack: Stack, people: People, beside: Beside
):
    officer, hold = people.officer, beside.hold
    with careful(people):
        holding.goes_on_with(officer, hold, beside.refused)
        holding.ran_out_meanwhile(stack, hold)
        holding.is_refused(people.analyst, people.approver, beside.refused)
        holding.runs_again(officer, stack, people.address, hold, 7)


def test_the_copies_of_an_ended_hold_are_deleted(stack: Stack, people: People, kept: str):
    with careful(people):
        holding.runs_its_course(stack, kept)
        holding.is_destroyed(people.keeper, people.officer, kept)
