"""Emergencies and what comes beside the portal, in a real browser: paged to settled, one that fails, one that is none.

The officer in danger's name writes on a phone; every other page is looked at wide and narrow like everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import drafting, emergencies, no_emergencies, on_file, other_channels
from tests.journeys.careful import Careful
from tests.journeys.emergencies import OnPhone
from tests.journeys.on_file import OnFile
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "requests"


@dataclass(frozen=True)
class People:
    """Who is at work here, signed in."""

    officer: OnPhone
    lead: Careful
    analyst: Careful
    second: Careful
    approver: Careful
    sign_ins: dict[str, dict[str, str]]
    folder: Path

    @property
    def all(self) -> list[Careful]:
        """Everybody."""
        return [self.officer, self.lead, self.analyst, self.second, self.approver]


@pytest.fixture(scope="module")
def people(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> People:
    """An officer with a phone, the lead of the agency, two analysts, and who decides."""
    folder, sign_ins = tmp_path_factory.mktemp("pictures"), stack.credentials()
    officer = OnPhone(browser, stack.url, folder)
    lead, analyst, second, approver = (Careful(browser, stack.url, folder) for _number in range(4))
    found = People(officer, lead, analyst, second, approver, sign_ins, folder)
    roles = ("officer", "lead", "analyst", "second_analyst", "approver")
    for person, role in zip(found.all, roles, strict=True):
        person.sign_in(sign_ins[role])
    return found


@pytest.fixture(scope="module")
def filed(stack: Stack) -> OnFile:
    """Two emergencies and a freeze of the lead that nobody took."""
    return on_file.files(stack)


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    for person in people.all:
        person.complaints.clear()
    with seen_when_it_fails(people.all, people.folder):
        yield
    said = [complaint for person in people.all for complaint in person.complaints]
    assert not said, "\n".join(said)


def test_an_emergency_from_the_phone_to_what_follows_it(stack: Stack, people: People):
    officer, analyst, approver = people.officer, people.analyst, people.approver
    with careful(people):
        reference = emergencies.files(officer)
        emergencies.stands_on_every_page(stack, [approver, analyst], reference)
        emergencies.takes(analyst, reference)
        emergencies.sees_how_far(officer, reference, decided=False)
        emergencies.reviews(analyst, reference)
        emergencies.is_called_about(analyst, reference)
        emergencies.states_the_minimum(analyst, reference)
        emergencies.cannot_sign(analyst, reference)
        emergencies.is_approved(approver, reference)
        emergencies.sees_how_far(officer, reference, decided=True)
        emergencies.is_prepared(analyst, reference)
        emergencies.is_taken_back_meanwhile(analyst, approver, reference)
        emergencies.is_released(approver, reference)
        emergencies.downloads(officer, reference, people.folder)
        emergencies.the_agency_is_told(stack, reference)
        address = people.sign_ins["officer"]["email"]
        emergencies.sends_a_confirmation(officer, reference, stack, address, drafting.order("confirmation"))
        emergencies.is_settled(analyst, reference)


def test_one_that_the_agency_does_not_know(stack: Stack, people: People, filed: OnFile):
    second, reference = people.second, filed.not_confirmed
    with careful(people):
        before = no_emergencies.counts_failed_calls(second)
        no_emergencies.is_not_known(second, reference)
        no_emergencies.is_declined(second, people.approver, reference)
        no_emergencies.learns_it_without_reasons(people.lead, stack, people.sign_ins["lead"]["email"], reference)
        assert no_emergencies.counts_failed_calls(second) == before + 1
        second.looks("figures")


def test_one_that_is_none(stack: Stack, people: People, filed: OnFile):
    why, reference = "Money is in danger, and nobody's life. Send the order.", filed.no_emergency
    with careful(people):
        no_emergencies.says_that_it_is_none(people.analyst, reference, why)
        address = people.sign_ins["lead"]["email"]
        draft = no_emergencies.finds_the_draft(people.lead, stack, address, reference, why)
        no_emergencies.sends_it_with_an_order(people.lead, draft)
        no_emergencies.is_an_ordinary_one(people.analyst, reference)


def test_a_batch_of_sahyog(people: People, filed: OnFile):
    second = people.second
    del filed  # the agency of India is in the registry
    with careful(people):
        other_channels.tries_a_batch(second)
        reference = other_channels.brings_it_in(second)
        other_channels.cannot_work_on_it(second, reference, take={}, call_back={"result": "confirmed"})
        second.looks("batch-request")
        other_channels.is_taken_by_a_colleague(people.analyst, reference)
        other_channels.cannot_work_on_it(second, reference, messages={"text": "Which account?"})
        other_channels.gives_results_back(second, reference, people.folder)


def test_a_freeze_is_done_in_part_and_lifted(stack: Stack, people: People, filed: OnFile):
    analyst, approver, lead, reference = people.analyst, people.approver, people.lead, filed.freeze
    address = people.sign_ins["lead"]["email"]
    with careful(people):
        other_channels.is_checked(analyst, reference)
        other_channels.is_granted(analyst, approver, reference)
        other_channels.is_done_by_our_systems(analyst, approver, reference)
        other_channels.reads_what_is_kept(lead, stack, address, reference)
        other_channels.is_lifted(analyst, approver, reference, drafting.order("26-411199"))
        other_channels.learns_of_the_lift(lead, stack, address, reference)


def test_the_destination_of_a_transfer_is_read_out(people: People):
    with careful(people):
        other_channels.is_read_out(people.analyst)
