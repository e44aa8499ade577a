"""Vetting in a real browser: the honest officer, the forger, the thief of a mailbox, and a frozen agency."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import freezing, letting_in
from tests.journeys.getting_in import Desk
from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "vetting"


@pytest.fixture(scope="module")
def desk(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The staff of all these stories, signed in once."""
    pictures = tmp_path_factory.mktemp("desk")
    analyst, approver, keeper = (Person(browser, stack.url, pictures) for _number in range(3))
    sign_ins = stack.credentials()
    analyst.sign_in(sign_ins["analyst"])
    approver.sign_in(sign_ins["approver"])
    with seen_when_it_fails([analyst, approver], pictures):
        yield Desk(analyst, approver, keeper)
    assert [complaint for person in (analyst, approver) for complaint in person.complaints] == []


@pytest.fixture
def visitor(stack: Stack, browser: Browser, tmp_path: Path) -> Iterator[Person]:
    """Somebody at a browser of their own."""
    person = Person(browser, stack.url, tmp_path)
    with seen_when_it_fails([person], tmp_path):
        yield person
    assert person.complaints == []


def test_an_honest_officer_is_let_in(visitor: Person, desk: Desk, stack: Stack):
    letting_in.gets_in(visitor, desk, stack)


def test_a_forger_with_a_look_alike_domain_is_declined(visitor: Person, desk: Desk, stack: Stack):
    letting_in.is_found_out(visitor, desk, stack)


def test_a_stolen_mailbox_of_a_known_agency_is_stopped_at_the_call_back(visitor: Person, desk: Desk, stack: Stack):
    letting_in.is_stopped_by_the_call(visitor, desk, stack)


def test_an_agency_is_suspended_while_an_officer_is_signed_in(visitor: Person, desk: Desk, stack: Stack):
    email = stack.credentials()["second_officer"]["email"]
    freezing.is_signed_in(visitor, stack)
    freezing.is_suspended(desk.analyst)
    freezing.is_shut_out(visitor, stack, email)
    freezing.stands_still(desk)
    freezing.is_looked_at_again(desk.analyst)
    freezing.is_given_back(desk)
    freezing.works_again(visitor, stack, email)
