"""The officer chooses which holds go on with a request: when sending it, on its page, and on the hold's page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import request_at
from tests.people import client_for, make_officer
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db


def held(officer, **given):
    return hold_of(officer, at=timezone.now() - timedelta(days=30), **given)


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def state(hold):
    hold.refresh_from_db()
    return hold.status, hold.request_reference


def test_when_sending_those_of_the_case_are_proposed_and_what_is_ticked_goes_on():
    draft = request_at("draft")
    mine, other = held(draft.officer, case_number=draft.case_number), held(draft.officer, case_number="NV 26/1")
    theirs = held(make_officer(draft.agency), case_number=draft.case_number)
    client, here = client_for(draft.officer), f"/drafts/{draft.uid}/check/"
    page = client.get(here).content.decode()
    assert re.search(rf'value="{mine.uid}"[^>]*checked', page)
    assert re.search(rf'value="{other.uid}"(?![^>]*checked)', page)
    assert theirs.reference not in page

    wrong = client.post(here, {"lock_version": draft.lock_version, "declared": "on", "holds": [str(theirs.uid)]})
    assert (wrong.status_code, state(theirs)) == (422, ("active", ""))
    undeclared = client.post(here, {"lock_version": draft.lock_version, "holds": [str(other.uid)]})
    assert undeclared.status_code == 422
    assert re.search(rf'value="{other.uid}"[^>]*checked', undeclared.content.decode()), "what was ticked stays"
    client.post(here, {"lock_version": draft.lock_version, "declared": "on", "holds": [str(other.uid)]})
    draft.refresh_from_db()
    assert state(other) == ("process_served", draft.reference)
    assert state(mine) == ("active", "")


def test_on_the_page_of_the_request_and_on_that_of_the_hold():
    data_request = request_at("submitted")
    officer, lead = data_request.officer, make_officer(data_request.agency, lead=True)
    client, one, two = client_for(officer), held(officer), held(officer)
    assert "Keep a hold while we answer" in text(client.get(f"/requests/{data_request.reference}/"))
    here = f"/requests/{data_request.reference}/holds/"
    assert client.post(here, {}).status_code == 422
    assert client.post(here, {"holds": [str(one.uid)]}).status_code == 302
    assert state(one) == ("process_served", data_request.reference)

    at_hold = f"/holds/{two.reference}/attach/"
    assert data_request.reference in client.get(at_hold).content.decode()
    assert client.post(at_hold, {"request": "x"}).status_code == 422
    assert client.post(at_hold, {"request": str(data_request.uid)}).status_code == 302
    assert state(two) == ("process_served", data_request.reference)
    again = client.post(at_hold, {"request": str(data_request.uid)}, follow=True)
    assert "does not run down now" in text(again)

    assert client_for(lead).get(at_hold).status_code == 404
    assert client_for(lead).get(here, follow=True).status_code == 200
    assert client_for(make_officer()).get(here).status_code == 404
    assert client_for(make_officer()).get(at_hold).status_code == 404


def test_nothing_to_choose_is_said():
    data_request = request_at("submitted")
    client = client_for(data_request.officer)
    assert "Keep a hold while we answer" not in text(client.get(f"/requests/{data_request.reference}/"))
    said = client.get(f"/requests/{data_request.reference}/holds/", follow=True)
    assert "no running hold" in text(said)
    alone = held(make_officer())
    assert "no open request" in text(client_for(alone.officer).get(f"/holds/{alone.reference}/attach/", follow=True))
