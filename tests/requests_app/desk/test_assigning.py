"""Setting aside, handing over, giving back, and moving to a team or rank: one at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Absence, TeamMembership
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import Rank, RequestStatus
from requests_app.models import Assignment
from requests_app.services import triage
from tests.accounts.helpers import page, words
from tests.factories import request_at, team_of
from tests.harness.race import race
from tests.people import client_for, make_provider, make_staff


def actions(data_request):
    rows = AuditEvent.objects.filter(object_label=data_request.reference).order_by("id")
    return [event.action for event in rows if event.action.startswith("request.")]


def away(person, deputy=None, *, days=5):
    today, at = timezone.now().date(), timezone.now()
    return Absence.objects.create(
        user=person, first_day=today - timedelta(days=1), last_day=today + timedelta(days=days), deputy=deputy,
        entered_at=at, entered_by=person,
    )  # fmt: skip


def test_a_new_request_is_set_aside_and_is_taken_by_whom_it_is_for(db):
    data_request, lead, reviewer = request_at("submitted"), make_staff("analyst"), make_staff("analyst")
    triage.assign(data_request, to=reviewer, by=lead)
    data_request.refresh_from_db()
    assert (data_request.status, data_request.assignee) == (RequestStatus.SUBMITTED, reviewer)
    assert OutboundMessage.objects.get(event="review_handed_over").to_user == reviewer
    triage.take(data_request, by=reviewer)
    data_request.refresh_from_db()
    assert data_request.status == RequestStatus.IN_REVIEW
    assert Assignment.objects.filter(ended_at=None).get().user == reviewer


def test_what_is_given_back_is_free_to_take_and_its_clocks_run_on(db):
    data_request, other = request_at("in_review"), make_staff("analyst")
    first, due = data_request.assignee, data_request.deadline_at
    client = client_for(first)
    url = f"/staff/requests/{data_request.reference}/give-back/"
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Ill from Monday"}).status_code == 302
    data_request.refresh_from_db()
    assert (data_request.status, data_request.assignee, data_request.deadline_at) == ("in_review", None, due)
    assert AuditEvent.objects.get(action="request.given_back").reason == "Ill from Monday"
    assert "Nobody has this request" in words(client.post(url, {"reason": "Again"}, follow=True))
    assert "Take" in page(client_for(other).get("/staff/queue/")).select_one("table.app-queue").get_text()
    client_for(other).post(f"/staff/requests/{data_request.reference}/take/")
    data_request.refresh_from_db()
    assert data_request.assignee == other
    assert OutboundMessage.objects.filter(event="review_started").count() == 0


def test_of_two_who_take_what_was_given_back_one_gets_it(committed_db):
    data_request = request_at("in_review")
    triage.give_back(data_request, reason="Ill", by=data_request.assignee)
    people = [make_staff("analyst"), make_staff("analyst")]
    results = race(*(lambda p=p: triage.take(data_request, by=p) for p in people))
    [late] = [r for r in results if isinstance(r, PortalError)]
    data_request.refresh_from_db()
    assert str(late) == f"{data_request.assignee.get_full_name()} took this request already."
    assert Assignment.objects.filter(ended_at=None).count() == 1


def test_handing_over_leaves_out_who_has_it_and_marks_who_is_away(db):
    data_request = request_at("in_review")
    ada, ben = make_staff("analyst", full_name="Ada Onwu"), make_staff("analyst", full_name="Ben Oduya")
    absence = away(ada, ben)
    client, url = client_for(data_request.assignee), f"/staff/requests/{data_request.reference}/hand-over/"
    soup = page(client.get(url))
    labels = [label.get_text(strip=True) for label in soup.select(".govuk-radios__label")]
    assert labels == ["Ada Onwu", "Ben Oduya"]
    assert f"Away until {absence.last_day:%-d %b %Y}. Ben Oduya stands in" in soup.get_text()
    client.post(url, {"to": ada.pk, "note": "The translation is on its way."})
    data_request.refresh_from_db()
    assert data_request.assignee == ada
    assert data_request.notes.get().text == "The translation is on its way."
    mail = OutboundMessage.objects.get(event="review_handed_over")
    assert "translation" not in mail.subject + mail.body_text


def test_a_team_gets_a_request_and_only_who_is_on_call_and_there_is_told(db):
    data_request = request_at("submitted")
    team = make_provider().teams.create(name="Asia")
    there, gone, other = make_staff("analyst"), make_staff("analyst"), make_staff("analyst")
    for person in (there, gone):
        TeamMembership.objects.create(user=person, team=team, on_call=True)
    TeamMembership.objects.create(user=other, team=team)
    away(gone)
    by = make_staff("analyst", full_name="Leila Haddad")
    client, url = client_for(by), f"/staff/requests/{data_request.reference}/team/"
    assert client.post(url, {"team": team.pk, "reason": ""}).status_code == 422
    client.post(url, {"team": team.pk, "reason": "Korean order"})
    data_request.refresh_from_db()
    assert (data_request.team, data_request.routed_because) == (team, "Leila Haddad moved it here: Korean order")
    assert [m.to_user for m in OutboundMessage.objects.filter(event="team_has_more")] == [there]


def test_of_a_restricted_request_no_team_hears(db):
    named = make_staff("analyst")
    data_request = request_at("in_review", analyst=named, restricted=True)
    data_request.named_readers.add(named)
    stranger, team = make_staff("analyst"), make_provider().teams.create(name="Asia")
    TeamMembership.objects.create(user=stranger, team=team, on_call=True)
    triage.give_back(data_request, reason="Ill", by=named)
    triage.move_to_team(data_request, team=team, by=named)
    assert not OutboundMessage.objects.filter(event="team_has_more").exists()
    assert client_for(stranger).get(f"/staff/requests/{data_request.reference}/").status_code == 404
    with pytest.raises(NotAllowed):
        triage.assign(data_request, to=stranger, by=named)


def test_a_rank_is_set_but_an_emergency_is_never_made_or_unmade(db):
    data_request, emergency, by = request_at("in_review"), request_at("submitted", kind="emergency"), make_staff()
    triage.set_rank(data_request, rank=Rank.PRIORITY, by=by)
    triage.set_rank(data_request, rank=Rank.PRIORITY, by=by)
    data_request.refresh_from_db()
    assert data_request.rank == Rank.PRIORITY
    assert actions(data_request).count("request.rank_set") == 1
    for row, rank in ((emergency, Rank.ROUTINE), (data_request, Rank.EXIGENT)):
        with pytest.raises(NotAllowed):
            triage.set_rank(row, rank=rank, by=by)


def test_closed_requests_and_empty_reasons_are_refused_in_words(db):
    closed, mine, by = request_at("closed"), request_at("in_review"), make_staff("analyst")
    with pytest.raises(NotAllowed, match="nobody works on it any more"):
        triage.assign(closed, to=by, by=by)
    with pytest.raises(Incomplete):
        triage.give_back(mine, reason="", by=mine.assignee)
    triage.give_back(mine, reason="Ill", by=mine.assignee)
    with pytest.raises(TransitionRefused):
        triage.give_back(mine, reason="Ill", by=by)
    elsewhere = team_of(make_provider(name="Other", slug="other", reference_prefix="OT"))
    with pytest.raises(NotAllowed, match="another company"):
        triage.move_to_team(mine, team=elsewhere, by=by)
