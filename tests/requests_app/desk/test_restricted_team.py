"""The team for restricted requests: nothing else goes there, and outsiders are not offered it."""

import json

import pytest
from django.urls import reverse

from accounts.models import TeamMembership
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.providers.models import Team
from requests_app import queue_choices
from requests_app.enums import BulkAct
from requests_app.models import RoutingRule
from requests_app.services import bulk, intake, readers, routing, routing_rules, triage
from requests_app.services.bulk import Change
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_provider, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    provider = make_provider()
    provider.restricted_team = Team.objects.create(provider=provider, name="Restricted requests")
    provider.save()
    for role in ("analyst", "approver"):
        TeamMembership.objects.create(user=make_staff(role), team=provider.restricted_team)
    return provider.restricted_team


def test_no_open_request_is_moved_there_by_hand_in_bulk_or_by_a_rule(team):
    by, row = make_staff("analyst"), request_at("in_review")
    with pytest.raises(NotAllowed, match="restricts nothing"):
        triage.move_to_team(row, team=team, by=by)
    [planned] = bulk.plan([row.reference], Change(BulkAct.TEAM, team=team), by=by)
    assert "restricts nothing" in planned.refusal
    client = client_for(by)
    assert team.name not in client.get(reverse("staff:team", args=[row.reference])).content.decode()
    chosen = client.post("/staff/bulk/", {"ref": [row.reference]}, follow=True)
    assert "Chosen" in words(chosen)
    assert team.name not in chosen.content.decode()
    said = {"name": "All", "jurisdictions": [], "kinds": [], "issuers": [], "process_codes": [], "languages": [],
            "entity": None, "team": team, "rank": None}  # fmt: skip
    with pytest.raises(TransitionRefused, match="no rule restricts"):
        routing_rules.add(team.provider, said, by=make_staff("administrator"))
    RoutingRule.objects.create(provider=team.provider, name="Old", position=1, team=team, changed_at=row.submitted_at)
    assert routing.route(row).team != team


def test_only_its_members_find_it_among_the_teams_of_the_queue(team):
    member, outside = team.memberships.first().user, make_staff("analyst")
    assert team.name in queue_choices.read(member).teams.values()
    assert team.name not in queue_choices.read(outside).teams.values()
    assert team.name not in client_for(make_staff("auditor")).get("/staff/queue/").content.decode()


def test_a_restricted_request_stands_under_it_from_its_receipt_and_says_why(team):
    draft = request_at("draft", restricted=True)
    row = intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)
    assert row.team == team
    assert "it is restricted" in row.routed_because
    member = team.memberships.get(user__staff_roles__role="analyst").user
    assert "Restricted requests 1" in words(client_for(member).get("/staff/queue/"))
    with pytest.raises(TransitionRefused):
        routing.reroute(row, reason="Where to?", by=member)


def test_one_that_becomes_restricted_comes_to_it_where_a_reader_is_in_it(team):
    outside, approver = make_staff("analyst"), make_staff("approver")
    inside = [one.user for one in team.memberships.all()]
    first, second = request_at("in_review", analyst=outside), request_at("in_review", analyst=outside)
    readers.restrict(first, because="A sealed order", people=[approver], by=outside)
    readers.restrict(second, because="A sealed order", people=inside, by=outside)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.team != team
    assert second.team == team
    entry = entries_for(second).get(action="request.team_set")
    assert json.loads(bytes(entry.payload))["data"]["to"] == team.name


def test_only_who_has_a_request_or_signs_gives_it_back(team):
    mine = request_at("in_review")
    other, approver = make_staff("analyst"), make_staff("approver")
    with pytest.raises(NotAllowed, match="A colleague works on this"):
        triage.give_back(mine, reason="I want it free", by=other)
    page = reverse("staff:assign", args=[mine.reference])
    assert "Give it back" not in words(client_for(other).get(page))
    assert "Give it back" in words(client_for(mine.assignee).get(page))
    refused = client_for(other).get(reverse("staff:give_back", args=[mine.reference]), follow=True)
    assert "A colleague works on this" in words(refused)
    assert triage.give_back_refusal(approver, mine) == triage.assign_refusal(approver, mine, approver)


def test_the_hand_over_page_of_a_restricted_request_leads_to_its_readers(team):
    row = request_at("in_review", restricted=True)
    row.named_readers.set([row.assignee])
    answer = client_for(row.assignee).get(reverse("staff:assign", args=[row.reference]))
    assert "Name another reader" in words(answer)
    assert reverse("staff:readers", args=[row.reference]) in answer.content.decode()
