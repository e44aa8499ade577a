"""The request in a real browser: drafted with script and without, followed, stopped, and in two windows at once.

Every page is looked at wide and narrow: nothing serious for axe-core, and nothing sticks out on a phone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import drafting, following, other_kinds, two_windows
from tests.journeys.careful import Careful
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "requests"


@dataclass(frozen=True)
class People:
    """Who is at work here, signed in."""

    officer: Careful
    colleague: Careful
    abroad: Careful
    sign_ins: dict[str, dict[str, str]]
    pictures: Path

    @property
    def all(self) -> list[Careful]:
        """Everybody."""
        return [self.officer, self.colleague, self.abroad]


@pytest.fixture(scope="module")
def people(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> People:
    """An officer, the lead of the agency with a browser that runs no script, and an officer of another country."""
    pictures = tmp_path_factory.mktemp("pictures")
    sign_ins = stack.credentials()
    officer, colleague, abroad = (Careful(browser, stack.url, pictures, plain=plain) for plain in (False, True, False))
    for person, role in ((officer, "officer"), (colleague, "lead"), (abroad, "second_officer")):
        person.sign_in(sign_ins[role])
    return People(officer, colleague, abroad, sign_ins, pictures)


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    for person in people.all:
        person.complaints.clear()
    with seen_when_it_fails(people.all, people.pictures):
        yield
    assert [complaint for person in people.all for complaint in person.complaints] == []


def test_a_request_is_built_sent_and_followed(stack: Stack, people: People):
    with careful(people):
        officer, address = people.officer, people.sign_ins["officer"]["email"]
        reference = _builds(officer, "Operation Lantern")
        following.is_acknowledged(officer, stack, address, reference)
        following.sees_where_it_stands(officer, reference)
        following.lets_follow(officer, people.colleague, reference)
        following.changes(officer, reference)
        following.adds_a_document(officer, reference, drafting.order("statement"))
        following.takes_it_as_paper(officer, reference)
        following.hands_over(officer, reference)
        following.withdraws(officer, reference)


def _builds(officer: Careful, title: str) -> str:
    """Part by part, to the acknowledgement; the last button is pressed twice."""
    draft = drafting.starts(officer)
    drafting.names_two_orders(officer)
    drafting.writes_facts(officer, title)
    drafting.names_one_by_one(officer)
    drafting.pastes_and_undoes(officer)
    drafting.sends_a_file(officer)
    drafting.asks_for_records(officer)
    drafting.adds_documents(officer)
    drafting.says_which_file_is_which(officer, draft)
    drafting.says_who_may_not_know(officer)
    return drafting.sends(officer, twice=True)


def test_the_same_without_script(people: People):
    with careful(people):
        reference = _builds(people.colleague, "Lantern plain")
        two_windows.goes_back_and_sends_again(people.colleague, reference)


def test_an_enquiry_and_a_freeze_are_filed(people: People):
    with careful(people):
        other_kinds.files_an_enquiry(people.officer)
        other_kinds.files_a_freeze(people.officer)


def test_what_never_comes_here_is_stopped(stack: Stack, people: People):
    with careful(people):
        other_kinds.is_stopped(people.officer)
        other_kinds.is_led_to_the_channel(people.abroad, stack)


def test_nothing_is_lost_in_two_windows_and_after_a_session(stack: Stack, people: People):
    with careful(people):
        draft = two_windows.opens_facts(people.officer)
        two_windows.saves_older(people.officer, draft)
        two_windows.is_signed_out_while_typing(people.officer, stack, people.sign_ins["officer"], draft)
