"""The review page: the evidence, what may be clicked, the agency's number, and who is looking too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.models import AccessApplication, Agency, AgencyNumber
from accounts.services import letting_in, vetting
from foundation.core.errors import NotAllowed, Stale
from foundation.documents import services as documents
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, page, words
from tests.people import client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def opened(application, *roles):
    return client_for(make_staff(*roles)).get(f"/staff/access/{application.reference}/")


def links(answer) -> list[str]:
    return [link["href"] for link in page(answer).main.select("a[href]")]


def test_only_the_number_of_the_directory_can_be_called():
    agency = make_agency()
    agency.numbers.update(number="+441632960155")
    proposal = {"name": "X", "country": "NO", "switchboard": "+441632960777", "website": "https://evil.example"}
    application = make_application(
        agency, phone="+441632960999", supervisor_contact="+441632960888, boss@evil.example", proposed_agency=proposal
    )
    answer = opened(application, "analyst")
    assert [link for link in links(answer) if link.startswith(("tel:", "mailto:"))] == ["tel:+441632960155"]
    assert not [link for link in links(answer) if "evil" in link]
    assert "+44 1632 960999" in words(answer), "shown, but as text"
    assert "National police directory" in words(answer)
    meta = page(answer).select_one("meta[name=format-detection]")["content"]
    assert "telephone=no" in meta, "a phone would make links of its own"


def test_it_says_what_time_it_is_there_and_that_a_number_is_new():
    agency = make_agency(country="JP")
    answer = words(opened(make_application(agency), "analyst"))
    assert f"{timezone.now() + timedelta(hours=9):%H}:" in answer
    assert " there" in answer
    assert "New number" not in answer
    agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=2))
    assert "New number: two people" in words(opened(make_application(agency), "analyst"))


def test_numbers_that_nobody_confirmed_or_that_are_retired_are_not_shown():
    agency = make_agency(number=False)
    at = timezone.now()
    AgencyNumber.objects.create(agency=agency, number="+441632960001", source="A", entered_at=at)
    AgencyNumber.objects.create(
        agency=agency, number="+441632960002", source="B", entered_at=at, confirmed_at=at, confirmed_by=make_user(),
        retired_at=at,
    )  # fmt: skip
    answer = opened(make_application(agency), "analyst")
    assert not [link for link in links(answer) if link.startswith("tel:")]
    assert f"/staff/agencies/{agency.uid}/" in links(answer)
    assert "A second person confirms it." in words(answer)


def test_all_pages_of_the_document_and_a_larger_view():
    application = make_application(make_agency(), document=True)
    documents.process(application.identity_document)
    answer = opened(application, "analyst")
    image = page(answer).select_one("figure img")["src"]
    assert image in links(answer)


def test_who_declared_a_conflict_sees_no_document():
    agency = make_agency()
    application = make_application(agency, document=True)
    documents.process(application.identity_document)
    analyst = make_staff("analyst")
    analyst.conflicts.create(agency=agency, reason="Brother", declared_at=timezone.now())
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    answer = client.get(url)
    assert page(answer).select("figure img") == []
    assert "You declared a conflict with this agency" in words(answer)
    assert client.get(f"{url}pages/1.png").status_code == 403
    assert "access.identity_document_viewed" not in actions()


def test_it_names_who_else_looked_a_moment_ago():
    application = make_application(make_agency())
    one, other = make_staff("analyst", full_name="Dana Osei"), make_staff("analyst", full_name="Priya Raman")
    vetting.note_read(application, by=one)
    long_ago = timezone.now() - timedelta(minutes=11)
    vetting.note_read(application, by=make_staff("auditor", full_name="Gone Already"), at=long_ago)
    answer = words(client_for(other).get(f"/staff/access/{application.reference}/"))
    assert "Looked within 10 minutes: Dana Osei" in answer
    assert "Gone Already" not in answer


def test_it_lists_the_other_applications_of_the_same_person():
    agency = make_agency()
    application = make_application(agency)
    before = make_application(agency)
    stranger = make_application(agency)
    AccessApplication.objects.filter(pk=before.pk).update(
        email=application.email, status=ApplicationStatus.REJECTED, submitted_at=timezone.now() - timedelta(days=30)
    )
    answer = opened(application, "analyst")
    panel = page(answer).select_one("section[aria-labelledby=earlier]").get_text()
    assert before.reference in panel
    assert stranger.reference not in panel


def test_kinds_of_cases_are_named():
    appeal = make_application(make_agency(), appeal="I do work there.", appealed_at=timezone.now())
    again = make_application(make_agency(), reverify_started_at=timezone.now())
    assert "I do work there." in words(opened(appeal, "analyst"))
    assert "verifies again, since" in words(opened(again, "analyst"))


def test_the_page_asks_the_database_the_same_for_one_decision_and_for_three(django_assert_num_queries):
    application = make_application(make_agency())
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="One")
    client.get(url)
    with django_assert_num_queries(24):
        client.get(url)
    for text in ("Two", "Three"):
        vetting.send_back(application, by=approver, reason=text)
        confirmed_call(application, by=analyst)
        vetting.recommend(application, by=analyst, reason=text)
    with django_assert_num_queries(24):
        client.get(url)


def test_a_proposed_agency_is_put_into_the_registry_without_its_number():
    proposal = {
        "name": "Douane de Valclair", "country": "FR", "kind": "tax", "switchboard": "+33142000000",
        "website": "https://douane-valclair.example", "address": "1 rue du Port",
    }  # fmt: skip
    application = make_application(proposed_agency=proposal)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    assert f"{url}agency/" in links(client.get(url))
    assert client.post(f"{url}agency/", {}).status_code == 422
    assert client.post(f"{url}agency/", {"entry": "new"})["Location"] == url
    agency = Agency.objects.get(name="Douane de Valclair")
    assert (agency.status, agency.country, agency.kind) == (AgencyStatus.PROPOSED, "FR", "tax")
    assert not agency.numbers.exists()
    assert not agency.domains.exists(), "a domain is kept with the approval only"
    application.refresh_from_db()
    assert application.agency == agency
    assert application.proposed_agency["switchboard"] == "+33142000000", "what they said stays"
    assert {s.state for s in application.signals.all()} == {"pending"}, "the checks ask about another agency now"
    answer = client.get(url)
    assert f"/staff/agencies/{agency.uid}/" in links(answer)
    assert f"{url}agency/" not in links(answer)
    second = client.post(f"{url}agency/", {"entry": "new"}, follow=True)
    assert "in the registry already" in words(second)
    assert Agency.objects.filter(name="Douane de Valclair").count() == 1
    assert actions(action="agency.created") == ["agency.created"]


def test_a_proposed_agency_may_be_one_that_is_known():
    known = make_agency("Douane de Valclair", country="FR")
    elsewhere = make_agency("Douane de Valclair", country="BE")
    merged = make_agency("Douane de Valclair", country="FR", merged_into=known)
    application = make_application()
    client = client_for(make_staff("approver"))
    url = f"/staff/access/{application.reference}/agency/"
    offered = [radio["value"] for radio in page(client.get(url)).select("[name=entry]")]
    assert offered == [str(known.uid), "new"]
    assert client.post(url, {"entry": str(elsewhere.uid)}).status_code == 422
    assert client.post(url, {"entry": str(known.uid)}).status_code == 302
    application.refresh_from_db()
    assert application.agency == known
    with pytest.raises(NotAllowed):
        letting_in.adopt(make_application(), by=make_staff("analyst"), agency=merged)


def test_any_entry_of_the_registry_is_found_as_the_proposed_agency_and_an_older_page_decides_nothing():
    known = make_agency("Zollamt Nordvik", country="NO", status=AgencyStatus.PROPOSED)
    application, approver = make_application(), make_staff("approver")
    seen = vetting.state_mark(application)
    client, url = client_for(approver), f"/staff/access/{application.reference}/agency/"
    assert client.post(url, {"entry": str(known.uid)}).status_code == 422
    found = client.get(f"{url}?q=zollamt")
    assert str(known.uid) in [radio["value"] for radio in page(found).select("[name=entry]")]
    assert client.post(f"{url}?q=zollamt", {"entry": str(known.uid)}).status_code == 302
    application.refresh_from_db()
    assert application.agency == known
    assert {signal.state for signal in application.signals.all()} == {"pending"}
    with pytest.raises(Stale):
        vetting.decline(application, by=approver, reason="x", seen=seen)


def test_who_may_put_an_agency_into_the_registry():
    application = make_application()
    url = f"/staff/access/{application.reference}/agency/"
    assert client_for(make_staff("auditor")).post(url, {"entry": "new"}).status_code == 403
    assert client_for(make_officer()).post(url, {"entry": "new"}).status_code == 404
    auditor = make_staff("auditor")
    with pytest.raises(NotAllowed):
        letting_in.adopt(application, by=auditor)
    assert not Agency.objects.filter(name="Douane de Valclair").exists()
    page_of_auditor = client_for(auditor).get(f"/staff/access/{application.reference}/")
    assert url not in links(page_of_auditor)


def test_a_decided_application_offers_nothing_to_do():
    application = make_application(make_agency())
    AccessApplication.objects.filter(pk=application.pk).update(status=ApplicationStatus.REJECTED)
    answer = opened(application, "analyst", "approver")
    assert page(answer).select("[name=decision], [name=way]") == []
    assert "Check again" not in words(answer)
    assert "Record the call" not in words(answer)


def test_who_was_let_in_has_a_page_of_their_own():
    agency = make_agency()
    officer = make_officer(agency)
    application = make_application(agency)
    AccessApplication.objects.filter(pk=application.pk).update(user=officer, status=ApplicationStatus.APPROVED)
    assert f"/staff/officers/{officer.pk}/" in links(opened(application, "analyst"))
    assert f"/staff/officers/{application.user_id}/" not in links(opened(make_application(agency), "analyst"))
