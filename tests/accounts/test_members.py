"""A lead's pages: members, removing one who left, desks. Nothing of another agency, nothing for others."""

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus
from accounts.models import AgencyMembership, Desk, User
from accounts.services import members
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from requests_app.models import DataRequest
from tests.accounts.helpers import actions, last_mail, page, words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return make_agency()


@pytest.fixture
def lead(agency):
    return make_officer(agency, lead=True, full_name="Sunniva Lodd")


@pytest.fixture
def colleague(agency):
    return make_officer(agency, full_name="Torkel Grimsby")


def fresh(user):
    return User.objects.get(pk=user.pk)


def member_of(user):
    return AgencyMembership.objects.filter(user=user).latest("pk")


def test_the_list_shows_the_agency_and_nothing_of_the_desk(agency, lead, colleague):
    stranger = make_officer(full_name="Foreign Person")
    answer = client_for(lead).get("/agency/")
    said = words(answer)
    assert "Torkel Grimsby" in said
    assert colleague.email in said
    assert "20714" not in answer.content.decode(), "the badge is the desk's"
    assert stranger.full_name not in said
    assert "Your agency" in page(answer).nav.get_text()
    entry = AuditEvent.objects.filter(action="membership.listed").get()
    assert (entry.actor_label, entry.object_label) == (lead.email, agency.name)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(agency, lead, count, django_assert_num_queries):
    for _n in range(count):
        make_officer(agency)
    client = client_for(lead)
    client.get("/agency/")
    with django_assert_num_queries(8):
        client.get("/agency/")


PATHS = ("/agency/", "/agency/vouches/", "/agency/desks/")


def test_only_leads_who_may_act_come_to_these_pages(agency, lead, colleague):
    stranger = make_officer(lead=True)
    desk = members.make_desk(agency, name="Night desk", by=lead)
    mine = [f"/agency/members/{member_of(colleague).pk}/remove/", f"/agency/desks/{desk.pk}/"]
    for path in (*PATHS, *mine):
        assert client_for(lead).get(path).status_code == 200, path
        assert client_for(colleague).get(path).status_code == 404, path
    for path in mine:
        assert client_for(stranger).get(path).status_code == 404, path
        assert client_for(stranger).post(path, {"reason": "x", "name": "x"}).status_code == 404, path
    for change, status in (
        ({"suspended_at": timezone.now()}, 404),
        # Who lapsed is led to verify again, from any page of officers.
        ({"lapsed_at": timezone.now()}, 302),
        ({"verify_again_at": timezone.now()}, 302),
    ):
        lead.memberships.update(**change)
        client = client_for(fresh(lead))
        assert [client.get(path).status_code for path in (*PATHS, *mine)] == [status] * 5, change
        lead.memberships.update(suspended_at=None, lapsed_at=None, verify_again_at=None)
    type(agency).objects.filter(pk=agency.pk).update(status=AgencyStatus.SUSPENDED)
    assert client_for(fresh(lead)).get("/agency/").status_code == 404


def test_a_lead_ends_the_access_of_a_colleague_who_left(agency, lead, colleague):
    desk = members.make_desk(agency, name="Night desk", by=lead)
    members.put_in(desk, member_of(colleague), by=lead)
    theirs = client_for(colleague)
    assert theirs.get("/requests/").status_code == 200
    client, url = client_for(lead), f"/agency/members/{member_of(colleague).pk}/remove/"
    assert "Torkel Grimsby" in words(client.get(url))
    assert client.post(url, {"reason": ""}).status_code == 422
    answer = client.post(url, {"reason": "Left for the customs service"}, follow=True)
    assert "The access of Torkel Grimsby has ended." in words(answer)
    member = member_of(colleague)
    assert member.ended_at is not None
    assert member.ended_by == lead
    assert "/sign-in/" in theirs.get("/requests/").url, "every session ends"
    assert not fresh(colleague).is_officer
    assert not desk.members.exists()
    entry = AuditEvent.objects.get(action="membership.ended")
    assert (entry.actor_label, entry.reason) == (lead.email, "Left for the customs service")
    mail = last_mail("member_removed")
    assert mail.to_user_id == colleague.pk
    assert "customs" not in mail.body_text
    assert client.get(url).status_code == 404, "a second click finds nobody"
    with pytest.raises(TransitionRefused):
        members.remove(member, by=lead, reason="Again")


def test_nothing_they_sent_is_lost(agency, lead, colleague):
    sent = request_at("submitted", officer=colleague)
    members.remove(member_of(colleague), by=lead, reason="Left")
    assert sent in DataRequest.objects.visible_to(fresh(lead))
    assert client_for(fresh(lead)).get(f"/requests/{sent.reference}/").status_code == 200


def test_a_lead_removes_neither_oneself_nor_another_lead(agency, lead):
    other = make_officer(agency, lead=True)
    client = client_for(lead)
    for user in (lead, other):
        url = f"/agency/members/{member_of(user).pk}/remove/"
        assert page(client.get(url)).select("main form") == []
        assert client.post(url, {"reason": "Left"}).status_code == 422
        assert member_of(user).ended_at is None


def test_removing_asks_for_a_fresh_second_factor(lead, colleague):
    stale, url = client_for(lead, factor_age=3600), f"/agency/members/{member_of(colleague).pk}/remove/"
    assert stale.post(url, {"reason": "Left"}).url.startswith("/sign-in/factor/")
    assert member_of(colleague).ended_at is None


# Desks ----------------------------------------------------------------------------------------------------------------
def test_a_lead_keeps_desks(agency, lead, colleague):
    client = client_for(lead)
    assert client.post("/agency/desks/", {"name": ""}).status_code == 422
    url = client.post("/agency/desks/", {"name": "Night desk"}).url
    assert client.post("/agency/desks/", {"name": "Night desk"}).status_code == 422, "a double click"
    assert client.post(url, {"name": "Control room"}).status_code == 302
    member = member_of(colleague).pk
    for _double in range(2):
        client.post(f"{url}members/", {"member": member})
    desk = Desk.objects.get()
    assert desk.name == "Control room"
    assert list(desk.members.all()) == [colleague]
    assert "Torkel Grimsby" in words(client.get(url))
    client.post(f"{url}members/{member}/")
    assert not desk.members.exists()
    for path in (f"{url}members/", f"{url}members/{member}/", f"{url}close/"):
        assert client.get(path).url == url, "back from signing in"
    client.post(f"{url}close/")
    assert client.get(url).status_code == 404
    changes = [
        e.payload.tobytes() if hasattr(e.payload, "tobytes") else bytes(e.payload)
        for e in AuditEvent.objects.filter(action="desk.changed").order_by("pk")
    ]
    assert len(changes) == 5
    assert client.post("/agency/desks/", {"name": "Control room"}).status_code == 302, "the name is free again"


def test_only_vetted_members_of_the_agency_are_put_in(agency, lead):
    desk = members.make_desk(agency, name="Night desk", by=lead)
    stranger, suspended, lapsed = make_officer(), make_officer(agency), make_officer(agency)
    suspended.memberships.update(suspended_at=timezone.now())
    lapsed.memberships.update(lapsed_at=timezone.now())
    client = client_for(lead)
    for user in (stranger, suspended, lapsed):
        answer = client.post(f"/agency/desks/{desk.pk}/members/", {"member": member_of(user).pk})
        assert answer.status_code == 422
        with pytest.raises(NotAllowed):
            members.put_in(desk, member_of(user), by=lead)
    assert not desk.members.exists()


def test_who_has_no_access_any_more_is_not_counted(agency, lead):
    desk = members.make_desk(agency, name="Night desk", by=lead)
    people = [make_officer(agency) for _n in range(4)]
    for user in people:
        members.put_in(desk, member_of(user), by=lead)
    client = client_for(lead)

    def counted():
        return page(client.get("/agency/desks/")).select_one("tbody td").get_text(strip=True)

    assert counted() == "4"
    people[0].memberships.update(suspended_at=timezone.now())
    people[1].memberships.update(lapsed_at=timezone.now())
    members.remove(member_of(people[2]), by=lead, reason="Left")
    assert counted() == "1"


@pytest.mark.parametrize("count", [1, 3])
def test_the_desks_cost_the_same_for_any_number(agency, lead, count, django_assert_num_queries):
    for n in range(count):
        members.make_desk(agency, name=f"Desk {n}", by=lead)
    client = client_for(lead)
    client.get("/agency/desks/")
    with django_assert_num_queries(7):
        client.get("/agency/desks/")


def test_no_lead_touches_the_desk_of_another_agency(agency, lead, colleague):
    desk = members.make_desk(agency, name="Night desk", by=lead)
    stranger = make_officer(lead=True)
    for act in (
        lambda: members.rename_desk(desk, name="Mine", by=stranger),
        lambda: members.close_desk(desk, by=stranger),
        lambda: members.put_in(desk, member_of(stranger), by=stranger),
        lambda: members.take_out(desk, member_of(colleague), by=stranger),
        lambda: members.make_desk(agency, name="Mine", by=stranger),
        lambda: members.remove(member_of(colleague), by=stranger, reason="Mine"),
        lambda: members.remove(member_of(lead), by=colleague, reason="Mine"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert actions(action="desk.changed") == ["desk.changed"]
