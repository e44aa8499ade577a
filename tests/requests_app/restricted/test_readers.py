"""Who reads a restricted request: named at receipt, added and removed, never nobody, and how one becomes restricted."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import TeamMembership, User
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.providers.models import Team
from preservation.models import PreservationHold
from requests_app.models import DataRequest
from requests_app.services import intake, readers
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db


def restricted(status="in_review", **more):
    """A restricted request and its named readers: an analyst and an approver."""
    data_request = request_at(status, restricted=True, restricted_because="A sealed order", **more)
    people = data_request.test_people
    data_request.named_readers.set([people.analyst, people.approver])
    return data_request, people


def sent(draft):
    return intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)


def names(data_request):
    return {person.pk for person in readers.staff_readers(data_request)}


def test_the_officer_ticks_it_with_a_reason_and_can_take_it_back():
    draft = request_at("draft")
    client, url = client_for(draft.officer), reverse("officer:restricted", kwargs={"uid": draft.uid})
    assert "only named people" in client.get(url).content.decode()
    given = {"lock_version": draft.lock_version, "restricted": "on"}
    wrong = client.post(url, given)
    assert wrong.status_code == 422
    assert "Say why only named people" in wrong.content.decode()
    assert client.post(url, given | {"ground": "other", "words": ""}).status_code == 422
    done = client.post(url, given | {"ground": "other", "words": "A colleague is named"})
    assert done.url == reverse("officer:draft", kwargs={"uid": draft.uid})
    draft.refresh_from_db()
    assert (draft.restricted, draft.restricted_because) == (True, "Another reason: A colleague is named")
    assert "A colleague is named" in client.get(url).content.decode()
    again = client.post(url, given | {"ground": "sealed"})  # from a tab that was opened before
    assert again.status_code == 422
    client.post(url, {"lock_version": draft.lock_version})
    draft.refresh_from_db()
    assert (draft.restricted, draft.restricted_because) == (False, "")
    said = list(entries_for(draft).values_list("action", "reason"))
    assert said[-2:] == [("request.restricted", ""), ("request.restriction_taken_back", "")]


def test_the_restricted_team_is_named_when_it_is_sent():
    provider = make_provider()
    provider.restricted_team = Team.objects.create(provider=provider, name="Restricted")
    provider.save()
    inside = [make_staff("analyst"), make_staff("approver"), make_staff("preservation_admin")]
    for person in inside:
        TeamMembership.objects.create(user=person, team=provider.restricted_team)
    make_staff("analyst")
    make_staff("approver")
    data_request = sent(request_at("draft", restricted=True))
    assert names(data_request) == {inside[0].pk, inside[1].pk}  # who decides on holds has no right at the desk
    event = entries_for(data_request).get(action="request.reader_added")
    assert event.actor_id == ""


def test_without_a_team_the_approvers_and_one_reviewer_are_named():
    approvers = [make_staff("approver") for _n in range(2)]
    reviewers = [make_staff("analyst") for _n in range(3)]
    make_staff("counsel")
    data_request = sent(request_at("draft", restricted=True))
    found = names(data_request)
    assert {p.pk for p in approvers} < found
    assert len(found & {p.pk for p in reviewers}) == 1
    assert len(found) == 3


def test_whoever_declared_a_conflict_is_not_named():
    provider, draft = make_provider(), request_at("draft", restricted=True)
    torn, free = make_staff("approver"), make_staff("approver")
    make_staff("analyst")
    torn.conflicts.create(agency=draft.agency, reason="A relative", declared_at=timezone.now())
    data_request = sent(draft)
    assert torn.pk not in names(data_request)
    assert free.pk in names(data_request)
    assert provider.pk == data_request.provider_id


def test_readers_come_and_go_with_a_reason_and_an_event():
    data_request, people = restricted()
    third = make_staff("approver")
    with pytest.raises(Incomplete):
        readers.add(data_request, third, reason=" ", by=people.analyst)
    with pytest.raises(NotAllowed, match="named reader"):
        readers.add(data_request, third, reason="She signs.", by=make_staff("analyst"))
    for _click in range(2):
        readers.add(data_request, third, reason="She signs.", by=people.analyst)
    readers.remove(data_request, people.approver, reason="On leave.", by=third)
    with pytest.raises(Stale):
        readers.remove(data_request, people.approver, reason="On leave.", by=third)
    said = list(entries_for(data_request).values_list("action", "reason"))
    assert said[-2:] == [("request.reader_added", "She signs."), ("request.reader_removed", "On leave.")]
    assert names(data_request) == {people.analyst.pk, third.pk}


def test_the_last_reviewer_and_approver_stay():
    data_request, people = restricted("submitted")
    analyst, approver = make_staff("analyst"), make_staff("approver")
    data_request.named_readers.set([analyst, approver])
    for person in (analyst, approver):
        with pytest.raises(NotAllowed, match="at least one reviewer"):
            readers.remove(data_request, person, reason="Away.", by=analyst)
    assert people.officer.pk not in names(data_request)
    both = make_staff("analyst", "approver")
    assert not readers.covers(data_request, [both])  # one person cannot be both
    assert readers.covers(data_request, [both, analyst])


def test_whoever_works_on_it_hands_it_over_first():
    data_request, people = restricted()
    readers.add(data_request, make_staff("analyst"), reason="Helps.", by=people.analyst)
    with pytest.raises(NotAllowed, match="Hand it over first"):
        readers.remove(data_request, people.analyst, reason="Away.", by=people.approver)


def test_a_reviewer_restricts_what_came_in_and_everybody_else_loses_it():
    data_request = request_at("in_review")
    people = data_request.test_people
    outsider, reviewer = make_staff("counsel"), make_staff("analyst")
    follower = make_officer(data_request.agency)
    data_request.followers.create(
        user=follower, email=follower.email, agency=data_request.agency, added_at=timezone.now(),
        added_by=data_request.officer,
    )  # fmt: skip
    with pytest.raises(Incomplete, match="at least one approver"):
        readers.restrict(data_request, because="Minor", people=[], by=reviewer)
    readers.restrict(data_request, because="Minor", people=[people.approver], by=reviewer)
    data_request.refresh_from_db()
    assert (data_request.restricted, data_request.assignee) == (True, reviewer)
    seen = [
        DataRequest.objects.visible_to_staff(User.objects.get(pk=person.pk)).exists()
        for person in (reviewer, people.approver, people.analyst, outsider)
    ]
    assert seen == [True, True, False, False]
    assert data_request.people() == [data_request.officer, follower]
    with pytest.raises(NotAllowed, match="restricted already"):
        readers.restrict(data_request, because="Minor", people=[people.approver], by=reviewer)


def test_holds_beside_it_are_restricted_with_it():
    data_request = request_at("in_review")
    hold = PreservationHold.objects.create(
        provider=data_request.provider, officer=data_request.officer, agency=data_request.agency,
        request_reference=data_request.reference, created_at=timezone.now(),
    )  # fmt: skip
    people = data_request.test_people
    readers.restrict(data_request, because="Minor", people=[people.approver], by=people.analyst)
    hold.refresh_from_db()
    assert hold.restricted
    assert entries_for(hold).get().action == "hold.restricted"


def test_the_pages_of_readers():
    data_request, people = restricted()
    third, auditor = make_staff("approver"), make_staff("auditor")
    data_request.named_readers.add(auditor)
    url, add, remove = (reverse(f"staff:{n}", args=[data_request.reference])
                        for n in ("readers", "readers_add", "readers_remove"))  # fmt: skip
    client = client_for(people.analyst)
    page = client.get(url).content.decode()
    assert "A sealed order" in page
    assert third.get_full_name() in page
    assert client.get(add).url == url
    wrong = client.post(add, {"add-person": third.pk, "add-reason": ""})
    assert wrong.status_code == 422
    given = {"add-person": third.pk, "add-reason": "She signs."}
    assert client_for(people.analyst, factor_age=3600).post(add, given).status_code == 302
    assert third.pk not in names(data_request)
    assert client.post(add, given).url == url
    assert third.pk in names(data_request)
    assert client.post(add, given).status_code == 422  # a second click: not in the list any more
    last = client.post(remove, {"remove-person": people.analyst.pk, "remove-reason": "Away."})
    assert last.status_code == 422
    assert "Hand it over first" in last.content.decode()
    assert client_for(auditor).get(url).status_code == 200
    assert client_for(auditor).post(add, given).status_code == 403
    assert client_for(make_staff("analyst")).post(add, given).status_code == 404


def test_the_page_on_which_a_reviewer_restricts():
    data_request = request_at("in_review")
    people = data_request.test_people
    url, act = (reverse(f"staff:{n}", args=[data_request.reference]) for n in ("readers", "readers_restrict"))
    client = client_for(people.analyst)
    assert "Leave this request to named people" in client.get(url).content.decode()
    assert url in client.get(reverse("staff:request", args=[data_request.reference])).content.decode()
    wrong = client.post(act, {"ground": "protected"})
    assert wrong.status_code == 422
    assert "at least one approver" in wrong.content.decode()
    assert client_for(people.approver).post(act, {"ground": "protected"}).status_code == 403
    assert client.post(act, {"ground": "protected", "people": [people.approver.pk]}).url == url
    data_request.refresh_from_db()
    assert data_request.restricted
    assert "minor" in data_request.restricted_because
