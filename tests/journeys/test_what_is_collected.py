"""What is collected and who is told, in a real browser, with the systems of a company as a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import collecting, granted, records, telling
from tests.journeys.careful import Careful
from tests.journeys.granted import Requests
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "vetting"


@dataclass(frozen=True)
class People:
    """Who is at work here, signed in, and somebody who only has a letter."""

    officer: Careful
    analyst: Careful
    approver: Careful
    visitor: Careful
    addresses: dict[str, str]
    folder: Path

    @property
    def all(self) -> list[Careful]:
        """Everybody."""
        return [self.officer, self.analyst, self.approver, self.visitor]


@pytest.fixture(scope="module")
def requests(stack: Stack) -> Requests:
    """Four requests that two people granted."""
    return granted.files(stack)


@pytest.fixture(scope="module")
def people(
    stack: Stack, requests: Requests, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> People:  # fmt: skip
    """The officer of all of them, who prepares, who releases, and a holder."""
    del requests  # the worker tells holders and builds packages while people sign in
    folder, sign_ins = tmp_path_factory.mktemp("pictures"), stack.credentials()
    officer, analyst, approver, visitor = (Careful(browser, stack.url, folder) for _number in range(4))
    for person, role in ((officer, "officer"), (analyst, "analyst"), (approver, "approver")):
        person.sign_in(sign_ins[role])
    addresses = {role: sign_in["email"] for role, sign_in in sign_ins.items()}
    return People(officer, analyst, approver, visitor, addresses, folder)


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    for person in people.all:
        person.complaints.clear()
    with seen_when_it_fails(people.all, people.folder):
        yield
    said = [complaint for person in people.all for complaint in person.complaints]
    assert not said, "\n".join(said)


def test_a_row_outside_of_the_order_never_leaves(stack: Stack, people: People, requests: Requests, tmp_path: Path):
    officer, analyst, approver = people.officer, people.analyst, people.approver
    reference = requests.collected.reference
    with careful(people):
        planted = collecting.finds_a_row_outside(analyst, stack, reference)
        collecting.is_not_released(approver, reference)
        collecting.takes_it_out(analyst, planted)
        collecting.is_sealed_without_it(analyst, reference)
        collecting.is_released(approver, reference)
        records.are_downloaded(officer, reference, tmp_path)
        collecting.holds_only_what_was_granted(tmp_path / "opened", planted)


def test_a_holder_is_told_and_has_time_to_object(stack: Stack, people: People, requests: Requests):
    told, approver = requests.told, people.approver
    with careful(people):
        letter = telling.reads_the_letter(stack, told, telling.TOLD_BEFORE["fr"])
        telling.checks_it(people.visitor, letter)
        telling.waits(approver, told, telling.TOO_EARLY)
        telling.window_passes(stack, told)
        telling.is_released(approver, stack, told, people.addresses["officer"])


def test_an_order_forbids_telling_and_then_it_ends(stack: Stack, people: People, requests: Requests):
    barred, analyst, address = requests.barred, people.analyst, people.addresses["officer"]
    with careful(people):
        telling.is_barred(analyst, stack, barred)
        telling.bar_ends_in(stack, barred, 14)
        telling.is_reminded(people.officer, stack, barred, address)
        telling.bar_ends_in(stack, barred, 0)
        telling.is_told_by_itself(analyst, stack, barred, address)


def test_an_objection_is_upheld_and_the_officer_learns_nothing_of_it(stack: Stack, people: People, requests: Requests):
    objected, analyst, approver = requests.objected, people.analyst, people.approver
    with careful(people):
        telling.reads_the_letter(stack, objected, telling.TOLD_BEFORE["fr"])
        telling.waits(approver, objected, telling.TOO_EARLY)
        telling.objects(analyst, objected)
        telling.waits(approver, objected, telling.OBJECTED)
        telling.is_upheld(approver, stack, objected, people.addresses["approver"])
        telling.goes_back_to_review(analyst, objected)
        telling.learns_nothing_of_it(people.officer, stack, objected, people.addresses["officer"])
