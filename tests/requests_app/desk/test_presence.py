"""Two people at one request see each other, and nobody else sees them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.audit.models import AuditEvent
from requests_app.models import Presence
from requests_app.services import presence
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db


def url_of(data_request, page=""):
    return f"/staff/requests/{data_request.reference}/{page}"


def names(data_request, than, at=None):
    return [person.name for person in presence.others(data_request, than=than, at=at)]


def test_who_else_has_it_open_stands_on_every_page_and_never_oneself():
    data_request = request_at("in_review")
    one, other = data_request.assignee, make_staff("auditor")
    assert one.get_full_name() not in client_for(one).get(url_of(data_request)).context["present"]
    for page in ("", "sent/", "messages/", "notes/", "history/", "present/"):
        text = client_for(other).get(url_of(data_request, page)).content.decode()
        assert f"<strong>{one.get_full_name()}</strong> is looking at this too, since" in text
    assert names(data_request, one) == [other.get_full_name()]
    assert names(request_at("in_review"), one) == []


def test_it_says_since_when_without_a_break_and_forgets_after_two_minutes():
    data_request, one, other = request_at("in_review"), make_staff("analyst"), make_staff("analyst")
    began = timezone.now()
    for seconds in (0, 100, 200):
        presence.see(data_request, by=one, at=began + timedelta(seconds=seconds))
    (found,) = presence.others(data_request, than=other, at=began + timedelta(seconds=319))
    assert found.since == began
    assert names(data_request, other, began + timedelta(seconds=321)) == []
    presence.see(data_request, by=one, at=began + timedelta(seconds=400))
    (found,) = presence.others(data_request, than=other, at=began + timedelta(seconds=401))
    assert found.since == began + timedelta(seconds=400)
    assert Presence.objects.count() == 1


def test_who_may_not_see_the_request_any_more_is_not_shown_and_cannot_ask():
    data_request = request_at("in_review")
    conflicted, other = make_staff("analyst"), make_staff("analyst")
    presence.see(data_request, by=conflicted)
    DeclaredConflict.objects.create(
        user=conflicted, agency=data_request.agency, reason="x", declared_at=timezone.now()
    )  # fmt: skip
    assert names(data_request, other) == []
    assert client_for(conflicted).get(url_of(data_request, "present/")).status_code == 404
    assert client_for(data_request.officer).get(url_of(data_request, "present/")).status_code == 404


def test_asking_again_is_no_look_and_shows_nothing_of_the_case():
    data_request = request_at("in_review", title="Nordlys boiler room")
    looks = AuditEvent.objects.filter(action="request.viewed").count()
    page = client_for(make_staff("analyst")).get(url_of(data_request, "present/"), headers={"X-Poll": "1"})
    assert AuditEvent.objects.filter(action="request.viewed").count() == looks
    assert "Nordlys" not in page.content.decode()
