"""The desk's pages about officers: search, one officer, and asking to verify again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AgencyMembership
from foundation.audit.models import AuditEvent
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, page, words
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def analyst():
    return client_for(make_staff("analyst"))


@pytest.fixture
def approver():
    return client_for(make_staff("approver"))


def listed(client, **query):
    rows = page(client.get("/staff/officers/", query)).select("tbody th")
    return [row.a.get_text(strip=True) for row in rows]


def test_the_desk_finds_officers_by_what_it_knows(analyst):
    norway, ireland = make_agency("Nordvik Police"), make_agency("Garda of Ballymore", country="IE")
    now = timezone.now()
    make_officer(norway, full_name="Torkel Grimsby", email=f"torkel@{norway.domains.get().domain}")
    lapsed = make_officer(norway, full_name="Lapsed Person")
    suspended = make_officer(ireland, full_name="Suspended Person")
    ended = make_officer(ireland, full_name="Ended Person")
    lead = make_officer(ireland, full_name="Lead Person", lead=True)
    lapsed.memberships.update(lapsed_at=now)
    suspended.memberships.update(suspended_at=now)
    ended.memberships.update(ended_at=now)
    lead.memberships.update(verify_again_at=now + 20 * DAY, approved_at=now - 100 * DAY)
    assert listed(analyst) == ["Lead Person", "Torkel Grimsby", "Lapsed Person", "Suspended Person"]
    assert listed(analyst, q="grimsby") == ["Torkel Grimsby"]
    assert listed(analyst, q="torkel@") == ["Torkel Grimsby"]
    assert listed(analyst, q="ballymore") == ["Lead Person", "Suspended Person"]
    assert listed(analyst, country="IE") == ["Lead Person", "Suspended Person"]
    assert listed(analyst, status="access") == ["Lead Person", "Torkel Grimsby"]
    assert listed(analyst, status="lapsed") == ["Lapsed Person"]
    assert listed(analyst, status="suspended") == ["Suspended Person"]
    assert listed(analyst, status="ended") == ["Ended Person"]
    assert listed(analyst, due="soon") == ["Lead Person"]
    assert listed(analyst, due="unused") == ["Lead Person"]
    assert listed(analyst, due="lead") == ["Lead Person"]
    assert "No officer matches" in words(analyst.get("/staff/officers/", {"q": "nobody at all"}))
    assert analyst.get("/staff/officers/", {"status": "nonsense"}).status_code == 200
    entries = AuditEvent.objects.filter(action="membership.listed")
    assert entries.exists()
    assert not any(b"grimsby" in bytes(entry.payload) for entry in entries), "what was typed stays out of the trail"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(analyst, count, django_assert_num_queries):
    for _n in range(count):
        make_officer()
    analyst.get("/staff/officers/")
    with django_assert_num_queries(9):
        analyst.get("/staff/officers/")


def test_one_officer_with_everything_known(analyst):
    agency = make_agency()
    lead = make_officer(agency, lead=True, full_name="Sunniva Lodd")
    application = make_application(agency)
    reviewer = make_staff("analyst")
    client = client_for(reviewer)
    client.post(f"/staff/access/{application.reference}/take/")
    application.refresh_from_db()
    confirmed_call(application, by=reviewer)
    user = application.user
    AgencyMembership.objects.create(
        user=user, agency=agency, badge="77001", started_at=timezone.now(), approved_at=timezone.now(),
        verify_again_at=timezone.now() + 365 * DAY,
    )  # fmt: skip
    answer = analyst.get(f"/staff/officers/{user.pk}/")
    said = words(answer)
    for known in (
        application.reference,
        "Personnel office",
        "77001",
        "First approval",
        "Authenticator app",
        "Call recorded",
    ):
        assert known in said, known
    entry = AuditEvent.objects.filter(action="membership.read").get()
    assert entry.object_id == str(user.pk)
    assert "Sunniva Lodd" not in said
    assert "Sunniva Lodd" in words(analyst.get(f"/staff/officers/{lead.pk}/"))


def test_who_is_no_officer_has_no_page(analyst):
    assert analyst.get(f"/staff/officers/{make_application(make_agency()).user_id}/").status_code == 404
    assert analyst.get(f"/staff/officers/{make_staff('analyst').pk}/").status_code == 404
    assert analyst.get("/staff/officers/999999999/").status_code == 404


def test_the_newest_agency_is_shown_and_the_old_ones_too(analyst):
    old, new = make_agency("Old Harbour Police"), make_agency("New Harbour Police")
    user = make_officer(old)
    user.memberships.update(ended_at=timezone.now())
    AgencyMembership.objects.create(user=user, agency=new, started_at=timezone.now(), approved_at=timezone.now())
    answer = analyst.get(f"/staff/officers/{user.pk}/")
    assert "New Harbour Police" in page(answer).h1.get_text()
    assert "Old Harbour Police" in words(answer)


def test_the_desks_pages_are_for_the_desk():
    officer, owner = make_officer(), make_officer(lead=True)
    for path in ("/staff/officers/", f"/staff/officers/{officer.pk}/", "/staff/officers/verify-again/"):
        assert client_for(owner).get(path).status_code == 404, path
        assert client_for(make_staff("counsel")).get(path).status_code == 403, path
    auditor = client_for(make_staff("auditor"))
    answer = auditor.get(f"/staff/officers/{officer.pk}/")
    assert answer.status_code == 200
    assert page(answer).select("main form") == []
    call = {"way": "liaison", "spoke_to": "x", "result": "confirmed", "note": ""}
    assert auditor.post(f"/staff/officers/{officer.pk}/lead/call/", call).status_code == 422
    assert actions(action="access.call_back_recorded") == []
    assert client_for(make_staff("analyst")).get("/staff/officers/verify-again/").status_code == 403


def test_asking_to_verify_again_shows_how_many_first(approver):
    agency = make_agency("Nordvik Police")
    officers = [make_officer(agency) for _n in range(2)]
    url = "/staff/officers/verify-again/"
    assert approver.get(url).status_code == 200
    chosen = {"country": "NO", "agency": "nordvik pol", "days": "14"}
    shown = approver.get(url, chosen)
    assert "Nordvik Police: 2 officers" in words(shown)
    assert not any(member.verification_asked_at for member in AgencyMembership.objects.all()), "looking asks nobody"
    assert approver.post(url, chosen | {"expected": "2", "reason": ""}).status_code == 422
    make_officer(agency)
    stale = approver.post(url, chosen | {"expected": "2", "reason": "Mailboxes were stolen"})
    assert stale.status_code == 422
    assert "3 officers now" in words(stale)
    assert "Mailboxes were stolen" in stale.content.decode(), "what was typed is kept"
    assert page(stale).select_one("[name=expected]")["value"] == "3"
    done = approver.post(url, chosen | {"expected": "3", "reason": "Mailboxes were stolen"}, follow=True)
    assert "3 officers are asked to verify again." in words(done)
    assert AgencyMembership.objects.get(user=officers[0]).verify_again_at < timezone.now() + 15 * DAY


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "", "agency": ""},
        {"days": "61"},
        {"days": "-1"},
        {"days": "soon"},
        {"agency": "no such agency"},
        {"agency": "Nordvik"},
        {"country": "XX"},
    ],
)
def test_a_wrong_choice_is_told(approver, wrong):
    make_officer(make_agency("Nordvik Police"))
    make_officer(make_agency("Nordvik Customs"))
    url = "/staff/officers/verify-again/"
    values = {"country": "NO", "agency": "Nordvik Police", "days": "14"} | wrong
    for answer in (approver.get(url, values), approver.post(url, values | {"expected": "1", "reason": "Why"})):
        assert answer.status_code == 422
        assert page(answer).select(".govuk-error-summary")
    assert not AgencyMembership.objects.filter(verification_asked_at__isnull=False).exists()
