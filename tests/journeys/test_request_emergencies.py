"""Emergencies and what comes beside the portal, in a real browser: paged to settled, one that fails, one that is none.

The officer in danger's name writes on a phone; every other page is looked at wide and narrow like everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import drafting, emergencies
from tests.journeys.careful import Careful
from tests.journeys.emergencies import OnPhone
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
