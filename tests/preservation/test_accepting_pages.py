"""The pages of staff for holds that wait for a person: the list, the two answers, the calls."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.trail import entries_for
from preservation.models import PreservationHold
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db
QUERIES_OF_THE_LIST = 7


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def waiting(*flags, **changes):
    """A hold of a new officer that waits for a person."""
    hold = hold_of(make_officer(), at=timezone.now())
    if flags or changes:
        changes |= {"flags": list(flags) or hold.flags}
        PreservationHold.objects.filter(pk=hold.pk).update(**changes)
    return PreservationHold.objects.get(pk=hold.pk)


@pytest.fixture
def admin():
    return make_staff("preservation_admin", full_name="Priya Raman")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_many(count, admin):
    for _n in range(count):
        waiting()
    client = client_for(admin)
    client.get("/staff/holds/to-accept/")
    with CaptureQueriesContext(connection) as found:
        client.get("/staff/holds/to-accept/")
    assert len(found) == QUERIES_OF_THE_LIST


def test_the_list_shows_what_waits_and_no_restricted_hold_to_others(admin):
    client = client_for(admin)
    assert "No hold waits for a person." in text(client.get("/staff/holds/to-accept/"))
    plain, called, hidden = waiting(), waiting("mass"), waiting(restricted=True)
    page = text(client.get("/staff/holds/to-accept/"))
    assert "The officer has had access for a few days only" in page
    assert page.count("Call first") == 1
    assert hidden.reference in page
    analyst = text(client_for(make_staff("analyst")).get("/staff/holds/to-accept/"))
    assert plain.reference in analyst
    assert called.reference in analyst
    assert hidden.reference not in analyst
    assert client_for(make_staff("analyst")).get(f"/staff/holds/{hidden.reference}/accept/").status_code == 404
    assert client_for(make_staff("analyst")).get(f"/staff/holds/{hidden.reference}/call/").status_code == 404


def test_for_and_against_and_accepting(admin):
    hold = waiting()
    earlier = hold_of(hold.officer, at=timezone.now())
    client, here = client_for(admin), f"/staff/holds/{hold.reference}/accept/"
    page = text(client.get(here))
    assert "The officer has had access for a few days only." in page
    assert f"Some of the same identifiers are kept for this agency already: {earlier.reference}." in page
    assert "Legal process is announced by 15 Jan 2027." in page
    assert "1 hold of this officer in the last twelve months, 0 of them followed by a request." in page
    assert entries_for(hold).last().action == "hold.viewed"
    assert client.get(f"{here}yes/").url == here  # back from the second factor
    assert client.post(f"{here}yes/").url == "/staff/holds/to-accept/"
    hold.refresh_from_db()
    assert (hold.acceptance, hold.accepted_by) == ("person", admin)
    assert client.get(here).url == f"/staff/holds/{hold.reference}/"
    assert client.post(f"{here}yes/").status_code == 302  # pressed twice


def test_declining_needs_ground_and_words_and_keeps_what_was_typed(admin):
    hold = waiting()
    client, here = client_for(admin), f"/staff/holds/{hold.reference}/accept/no/"
    page = client.post(here, {"words": "Name the days."})
    assert page.status_code == 422
    assert "Why is it not accepted? Choose an answer" in text(page)
    assert "Name the days." in page.content.decode()
    assert client.post(here, {"code": "too_wide", "words": "Name the days."}).status_code == 302
    hold.refresh_from_db()
    assert (hold.status, hold.decline_reason) == ("declined", "Name the days.")
    late = client.post(here, {"code": "other", "words": "Again."})
    assert late.headers["Location"] == f"/staff/holds/{hold.reference}/"
    assert "waits for nobody" in text(client.get(late.headers["Location"]))


def test_calling_vouching_and_accepting(admin):
    hold, second = waiting("mass"), make_staff("approver")
    client, here = client_for(admin), f"/staff/holds/{hold.reference}/call/"
    page = text(client.get(f"/staff/holds/{hold.reference}/accept/"))
    assert "Call the agency first" in page
    assert "Accept the hold" not in page
    assert "Do not" not in text(client.get(here))
    wrong = client.post(f"{here}record/", {"way": "liaison", "result": "confirmed", "note": "Rang twice"})
    assert wrong.status_code == 422
    assert "Enter who answered" in text(wrong)
    assert "Rang twice" in wrong.content.decode()
    said = {"way": "liaison", "result": "confirmed", "spoke_to": "Attaché Berg"}
    assert client.post(f"{here}record/", said).url == here
    page = text(client.get(here))
    assert "It counts once a second person vouches for it." in page
    assert "You made this call: a second person vouches for it." in page
    other = client_for(second)
    press = re.search(r'action="([^"]+/second/)"', other.get(here).content.decode())[1]
    assert other.get(press).url == here
    assert other.post(press).status_code == 302
    assert "Accept the hold" in text(client.get(f"/staff/holds/{hold.reference}/accept/"))
    assert client_for(make_staff("analyst")).post(f"{here}record/", said).status_code == 403


def test_an_agency_that_denies_it_ends_the_hold(admin):
    hold = waiting("mass")
    number = hold.agency.numbers.get()
    client = client_for(admin)
    said = {"way": f"number-{number.pk}", "result": "not_confirmed", "spoke_to": "Duty desk"}
    answer = client.post(f"/staff/holds/{hold.reference}/call/record/", said, follow=True)
    assert "the hold is declined" in text(answer)
    hold.refresh_from_db()
    assert hold.decline_code == "not_confirmed"
