"""The desk in a real browser: dividing the work, a question, two at once, yes, in part, no, elsewhere, and restricted.

Every page is looked at wide and narrow: nothing serious for axe-core, and nothing sticks out on a phone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import deciding, deskwork, sorting
from tests.journeys.careful import Careful
from tests.journeys.deskwork import Filed
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
    lead: Careful
    analyst: Careful
    second: Careful
    approver: Careful
    counsel: Careful
    address: str
    folder: Path

    @property
    def all(self) -> list[Careful]:
        """Everybody."""
        return [self.officer, self.lead, self.analyst, self.second, self.approver, self.counsel]


@pytest.fixture(scope="module")
def people(stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> People:
    """An officer and the lead of the agency; two analysts of whom one reads restricted requests, and who decides."""
    folder = tmp_path_factory.mktemp("pictures")
    roles, sign_ins = ("officer", "lead", "analyst", "second_analyst", "approver", "counsel"), stack.credentials()
    found = [Careful(browser, stack.url, folder) for _role in roles]
    for person, role in zip(found, roles, strict=True):
        person.sign_in(sign_ins[role])
    return People(*found, sign_ins["officer"]["email"], folder)


@pytest.fixture(scope="module")
def filed(stack: Stack) -> Filed:
    """Four requests of the officer in the queue."""
    return deskwork.files(stack)


@contextmanager
def careful(people: People) -> Iterator[None]:
    """Keep what everybody saw when a journey fails, and end with what was wrong on the pages."""
    for person in people.all:
        person.complaints.clear()
    with seen_when_it_fails(people.all, people.folder):
        yield
    said = [complaint for person in people.all for complaint in person.complaints]
    assert not said, "\n".join(said)


def test_the_desk_divides_its_work(people: People, filed: Filed):
    with careful(people):
        sorting.gives_two_to_a_colleague(people.second, filed)
        sorting.keeps_a_view(people.second)
        sorting.finds(people.second, filed)
        sorting.looks_around(people.analyst, people.approver, people.counsel)


def test_only_named_readers_find_a_restricted_request(people: People, filed: Filed):
    analyst, second, lead = people.analyst, people.second, people.lead
    with careful(people):
        sorting.searches(analyst, deskwork.RESTRICTED)
        found = deskwork.row(analyst, deskwork.RESTRICTED).get_by_role("link").first
        reference = found.inner_text().strip()
        deskwork.opens(analyst, reference, "readers/")
        analyst.show_factor_if_asked()
        analyst.looks("readers")
        assert sorting.counts_open(analyst) == sorting.counts_open(second) + 1
        deskwork.opens(analyst, filed.in_part)
        analyst.sees(reference)  # both name the same account
        sorting.finds_nothing_of_it(second, reference, alike=filed.in_part)
        listed = sorting.takes_a_list_away(second, people.folder)
        assert filed.in_part in listed
        assert reference not in listed
        assert reference in sorting.takes_a_list_away(analyst, people.folder)
        lead.go("/requests/?q=Stille")
        expect(lead.page.get_by_role("row", name=deskwork.RESTRICTED)).to_have_count(0)
        lead.go(f"/requests/{reference}/", missing=True)


def test_a_question_comes_before_the_decision(stack: Stack, people: People, filed: Filed):
    officer, analyst, reference = people.officer, people.analyst, filed.questioned
    with careful(people):
        deciding.takes(analyst, reference)
        deciding.asks(analyst, reference)
        deciding.answers(officer, reference, stack, people.address)
        deciding.gets_it_back(analyst, reference)
        deciding.finds_and_proposes(analyst, reference)
        deskwork.approves(people.approver, reference, "approval")
        deciding.reads_the_decision(officer, reference, stack, people.address)


def test_two_at_one_review_and_two_packages(people: People, filed: Filed):
    with careful(people):
        deciding.takes(people.analyst, filed.in_part)
        sorting.compares(people.analyst, filed.in_part)
        deciding.two_see_each_other(people.analyst, people.second, filed.in_part)
        deciding.proposes_in_part(people.analyst, filed.in_part)
        deskwork.approves(people.approver, filed.in_part, "approval-in-part")
        deciding.leave_in_two(people.analyst, people.approver, people.officer, filed.in_part)


def test_a_refusal_is_mended_or_looked_at_once_more(people: People, filed: Filed):
    officer = people.officer
    with careful(people):
        deciding.proposes_no(people.analyst, filed)
        deskwork.approves(people.approver, filed.referred, "approval-referral")
        deskwork.approves(people.approver, filed.refused)
        deciding.is_referred(officer, filed.referred)
        deciding.reads_the_cure(officer, filed.refused)
        assert deciding.mends_and_sends(officer) != filed.refused
        deciding.appeals_once(officer, filed.refused)
        deciding.others_decide(people.analyst, people.second, filed.refused)
