"""Days away: who enters them, who stands in, and what changes while somebody is away."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Absence, TeamMembership
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app import queue
from requests_app.notify.recipients import on_call, responsible
from requests_app.services import absences
from tests.accounts.helpers import page, words
from tests.factories import request_at, team_of
from tests.harness.race import race
from tests.people import client_for, make_officer, make_provider, make_staff

URL = "/staff/absences/"


def days(first, last):
    today = timezone.now().date()
    return {"first": today + timedelta(days=first), "last": today + timedelta(days=last)}


def enter(person, first=0, last=5, deputy=None, by=None):
    return absences.enter(person, **days(first, last), deputy=deputy, by=by or person)


def boxes(first, last):
    found = {}
    for name, day in days(first, last).items():
        found |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return found


def test_own_days_are_entered_and_the_deputy_is_told_without_a_reason(db):
    person, deputy = make_staff("analyst", full_name="Leila Haddad"), make_staff("analyst", full_name="Ben Oduya")
    client = client_for(person)
    wrong = client.post(f"{URL}new/", boxes(5, 1) | {"deputy": deputy.pk})
    assert wrong.status_code == 422
    assert "last day is before the first" in words(wrong)
    client.post(f"{URL}new/", boxes(1, 5) | {"deputy": deputy.pk})
    row = Absence.objects.get()
    assert (row.user, row.deputy, row.entered_by) == (person, deputy, person)
    mail = OutboundMessage.objects.get(event="deputy_named")
    assert (mail.to_user, mail.subject) == (deputy, "You stand in for Leila Haddad")
    assert AuditEvent.objects.filter(action="absence.entered").count() == 1
    assert "Ben Oduya" in words(client_for(make_staff("approver")).get(URL))


def test_others_are_entered_by_who_manages_people_only(db):
    person, admin = make_staff("analyst"), make_staff("administrator")
    with pytest.raises(NotAllowed):
        enter(person, by=make_staff("approver"))
    client_for(admin).post(f"{URL}new/", boxes(0, 3) | {"person": person.pk, "deputy": ""})
    row = Absence.objects.get()
    assert (row.user, row.entered_by) == (person, admin)
    refused = client_for(make_staff("analyst")).post(f"{URL}{row.uid}/end/", follow=True)
    assert "your own absences only" in words(refused)
    client_for(person).post(f"{URL}{row.uid}/end/")
    again = client_for(person).post(f"{URL}{row.uid}/end/", follow=True)
    assert "ended already" in words(again)


def test_a_deputy_has_the_same_rights_and_is_there(db):
    person, other = make_staff("analyst"), make_staff("analyst")
    for deputy in (person, make_staff("approver"), make_staff("analyst", is_active=False)):
        with pytest.raises(NotAllowed):
            enter(person, deputy=deputy)
    enter(other, 3, 9)
    with pytest.raises(NotAllowed, match="away on some of these days too"):
        enter(person, deputy=other)
    enter(person, 0, 2, deputy=other)
    with pytest.raises(TransitionRefused):
        enter(person, 2, 4)
    for first, last in ((-9, -2), (10, 376)):
        with pytest.raises(Incomplete):
            enter(make_staff("analyst"), first, last)


def test_the_same_days_entered_at_once_stand_once(committed_db):
    person = make_staff("analyst")
    found = race(*(lambda: enter(person) for _ in range(2)))
    assert len([one for one in found if isinstance(one, PortalError)]) == 1
    assert Absence.objects.count() == 1


def test_while_away_the_deputy_hears_the_reminders_too(db):
    data_request, deputy = request_at("in_review"), make_staff("analyst")
    person, stranger = data_request.assignee, make_staff("analyst")
    assert responsible(data_request) == [person]
    row = enter(person, deputy=deputy)
    assert responsible(data_request) == [person, deputy]
    assert stranger not in responsible(data_request)
    after = timezone.now() + timedelta(days=9)
    assert responsible(data_request, at=after) == [person]
    absences.end(row, by=person)
    assert responsible(data_request) == [person]


def test_of_a_restricted_request_a_deputy_who_may_not_read_it_hears_nothing(db):
    named, deputy = make_staff("analyst"), make_staff("analyst")
    data_request = request_at("in_review", analyst=named, restricted=True)
    data_request.named_readers.add(named)
    row = enter(named, deputy=deputy)
    assert responsible(data_request) == [named]
    client = client_for(deputy)
    assert data_request.reference not in client.get(f"{URL}{row.uid}/").content.decode()
    assert [one.requests for one in absences.listed(deputy)] == [0]
    assert [one.requests for one in absences.listed(named)] == [1]


def test_nobody_away_counts_as_on_call(db):
    data_request = request_at("submitted", team=team_of(make_provider()))
    gone, there = make_staff("analyst", full_name="Gone Away"), make_staff("analyst", full_name="Still Here")
    for person in (gone, there):
        TeamMembership.objects.create(user=person, team=data_request.team, on_call=True)
    enter(gone)
    enter(there, 3, 4)
    assert on_call(data_request) == [there]
    assert queue.on_duty(there) == ["Still Here"]
    assert responsible(data_request) == [there]


def test_the_deputy_is_told_on_the_first_day_once_with_how_many(db):
    data_request, deputy = request_at("in_review"), make_staff("analyst")
    enter(data_request.assignee, 1, 5, deputy=deputy)
    absences.sweep()
    assert not OutboundMessage.objects.filter(event="absence_begins").exists()
    tomorrow = timezone.now() + timedelta(days=1)
    absences.sweep(at=tomorrow), absences.sweep(at=tomorrow)
    mail = OutboundMessage.objects.get(event="absence_begins")
    assert mail.to_user == deputy
    assert "One open request" in " ".join(mail.body_text.split())


def test_one_button_shows_everything_with_its_new_assignee(db):
    person, deputy, officer = make_staff("analyst"), make_staff("analyst", full_name="Ben Oduya"), make_officer()
    rows = [request_at("in_review", analyst=person, officer=officer) for _ in range(2)]
    row = enter(person, deputy=deputy)
    client = client_for(deputy)
    [form] = page(client.get(f"{URL}{row.uid}/")).select("form[action='/staff/bulk/']")
    sent = {"step": "show"}
    for field in form.select("input[type=hidden]"):
        sent.setdefault(field["name"], []).append(field["value"])
    preview = words(client.post("/staff/bulk/", sent, follow=True))
    assert "Change 2 requests?" in preview
    assert all(one.reference in preview for one in rows)
    assert [one.assignee_id for one in rows] == [person.pk, person.pk]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_number_of_queries_for_any_number_of_rows(db, number):
    client = client_for(make_staff("analyst"))
    for _ in range(number):
        enter(make_staff("analyst"))
    client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    assert len(queries) == 8
