"""What somebody was refused stands in the trail, within a bound."""

import pytest
from django.urls import reverse

from accounts import trail_filter
from accounts.events import Event
from accounts.services import refusals
from accounts.services.limits import Limit
from foundation.audit.models import AuditEvent
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff


def _denied():
    return AuditEvent.objects.filter(action=Event.ACCESS_DENIED).order_by("pk")


def test_a_strangers_404_and_a_colleagues_403_are_noted_with_who_and_where_from(db):
    case, stranger, auditor = request_at("submitted"), make_officer(), make_staff("auditor")
    path = reverse("officer:request", args=[case.reference])
    assert client_for(stranger, REMOTE_ADDR="192.0.2.7").get(path).status_code == 404
    assert client_for(auditor).post("/staff/entry-points/new/").status_code == 403
    first, second = _denied()
    assert (first.actor_id, first.ip, first.outcome) == (str(stranger.pk), "192.0.2.7", "refused")
    assert first.session
    assert (first.object_id, second.object_id, first.object_label) == (case.reference, "", "")
    assert first in trail_filter.Filter(reference=case.reference).entries()
    assert b'"status":404' in bytes(first.payload)
    assert path.encode() in bytes(first.payload)
    assert (second.actor_id, b'"status":403' in bytes(second.payload)) == (str(auditor.pk), True)


def test_an_address_that_nobody_has_and_a_visitor_without_a_factor_leave_nothing(db):
    case, officer = request_at("submitted"), make_officer()
    assert client_for(officer).get("/no-such-page/").status_code == 404
    client_for(officer, verified=False).get(reverse("officer:request", args=[case.reference]))
    assert not _denied().exists()


def test_a_scan_is_told_of_once_more_and_then_not_again(db, monkeypatch):
    monkeypatch.setattr(refusals, "_EACH", Limit("refused.each", 2, refusals._EACH.within))
    case, client = request_at("submitted"), client_for(make_officer())
    for _try in range(5):
        assert client.get(reverse("officer:request", args=[case.reference])).status_code == 404
    assert [event.reason for event in _denied()] == ["", "", "More than 60 in an hour"]


@pytest.mark.parametrize("kwarg", ["token", "key"])
def test_a_key_in_the_address_is_not_kept(db, rf, monkeypatch, kwarg):
    monkeypatch.setattr(refusals, "is_verified", lambda request: True)
    request = rf.get("/join/1/sesame/")
    request.user = make_officer()
    request.resolver_match = type("Match", (), {"kwargs": {kwarg: "sesame"}, "route": f"join/<str:{kwarg}>/"})()
    refusals.note(request, type("Answer", (), {"status_code": 404})())
    assert b"sesame" not in bytes(_denied().get().payload)
