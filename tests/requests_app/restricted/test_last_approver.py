"""The last approver of a restricted request declares a conflict: the other readers are told, and can mend it."""

import pytest

from requests_app.services import declaring, readers
from requests_app.services.contents import differences
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db


def test_the_readers_page_marks_who_is_locked_out_and_another_approver_can_be_named():
    data_request = request_at("in_review", restricted=True, restricted_because="A sealed order")
    people = data_request.test_people
    data_request.named_readers.set([people.analyst, people.approver])
    client, url = client_for(people.analyst), f"/staff/requests/{data_request.reference}/readers/"
    before = client.get(url).content.decode()
    assert "Nobody can decide this now" not in before
    assert "Declared a conflict" not in before
    declaring.declare(data_request, reason="A neighbour is named", by=people.approver)
    after = client.get(url).content.decode()
    assert "Nobody can decide this now" in after
    assert after.count("Declared a conflict: the request is closed to this person") == 1
    assert "A neighbour" not in after
    other = make_staff("approver")
    readers.add(data_request, other, reason="Signs", by=people.analyst)
    assert "Nobody can decide this now" not in client.get(url).content.decode()


def test_what_was_said_of_other_requests_is_no_digest():
    before = '{"compared": [{"pair": "aa", "result": "same", "note": "bb"}]}'
    after = '{"compared": [{"pair": "aa", "result": "other", "note": "cc"}, {"pair": "dd", "result": "x", "note": ""}]}'
    assert differences(before, after) == [
        "Also in other requests: compared with another request",
        "Also in other requests: what was said of another request changed",
    ]
    assert differences("{}", before) == ["Also in other requests: compared with another request"]
