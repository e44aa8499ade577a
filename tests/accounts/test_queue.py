"""The queue: what is due, whose it is, who may be given it, and what the filters find."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus, DecisionAct, SignalOutcome
from accounts.models import AccessApplication, ApplicationDecision
from accounts.services import vetting
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions, page, words
from tests.people import client_for, make_agency, make_staff

pytestmark = pytest.mark.django_db


def shown(answer) -> list[str]:
    return [ref.get_text() for ref in page(answer).select("tbody .app-ref")]


def tally(answer) -> dict[str, str]:
    return {d.dt.get_text(): d.dd.get_text(strip=True) for d in page(answer).select(".app-tally > div")}


def test_overdue_ones_come_first_in_red_and_are_counted():
    agency, now = make_agency(), timezone.now()
    late = make_application(agency, at=now - timedelta(days=12))
    fresh = make_application(agency, at=now)
    client = client_for(make_staff("analyst"))
    answer = client.get("/staff/access/")
    assert shown(answer) == [late.reference, fresh.reference]
    clocks = page(answer).select("tbody .app-clock")
    assert "app-clock--late" in clocks[0]["class"]
    assert clocks[0].get_text().startswith("Overdue by")
    assert "app-clock--late" not in clocks[1]["class"]
    assert (tally(answer)["to decide"], tally(answer)["overdue"]) == ("2", "1")
    assert shown(client.get("/staff/access/?only=overdue")) == [late.reference]


def test_what_is_due_today_is_counted_until_midnight_of_the_desk():
    at = timezone.now()
    application = make_application(make_agency())
    end_of_day = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), at.tzinfo)
    due = min(at + timedelta(minutes=30), end_of_day - timedelta(seconds=1))
    AccessApplication.objects.filter(pk=application.pk).update(due_at=due)
    other = make_application(make_agency())
    AccessApplication.objects.filter(pk=other.pk).update(due_at=end_of_day + timedelta(seconds=1))
    assert tally(client_for(make_staff("analyst")).get("/staff/access/"))["due today"] == "1"


def test_what_the_applicant_must_add_waits_outside_the_list_and_its_clock_stands():
    analyst = make_staff("analyst")
    waiting, asked = make_application(make_agency()), make_application(make_agency())
    vetting.take(asked, by=analyst)
    vetting.ask(asked, by=analyst, text="The back of the card")
    client = client_for(analyst)
    assert shown(client.get("/staff/access/")) == [waiting.reference]
    answer = client.get("/staff/access/?status=open")
    assert set(shown(answer)) == {waiting.reference, asked.reference}
    assert "Paused" in words(answer)


def test_each_filter_finds_its_own_and_nothing_else():
    norwegian, proposed = make_application(make_agency()), make_application()
    again = make_application(make_agency(country="DE"), reverify_started_at=timezone.now())
    appeal = make_application(make_agency(country="SE"), appeal="I do work there.", appealed_at=timezone.now())
    appeal.signals.filter(kind="look_alike").update(outcome=SignalOutcome.FAIL)
    analyst, colleague = make_staff("analyst"), make_staff("analyst")
    vetting.take(again, by=colleague)
    client = client_for(analyst)
    everything = {norwegian.reference, proposed.reference, again.reference, appeal.reference}
    expected = {
        "": everything,
        "case=first": {norwegian.reference, proposed.reference},
        "case=again": {again.reference},
        "case=appeal": {appeal.reference},
        "country=DE": {again.reference},
        "country=FR": {proposed.reference},
        "verdict=not_recognised": {proposed.reference},
        "only=failed&country=SE": {appeal.reference},
        "only=failed&country=NO": set(),
        f"reviewer={colleague.pk}": {again.reference},
        "reviewer=nobody": everything - {again.reference},
        "reviewer=me": set(),
        "status=in_review": {again.reference},
        "q=douane": {proposed.reference},
        f"q={norwegian.email.upper()}": {norwegian.reference},
        "only=overdue": set(),
        "case=nonsense": everything,
    }
    assert {query: set(shown(client.get(f"/staff/access/?{query}"))) for query in expected} == expected


def test_the_second_of_two_who_take_gets_a_sentence():
    application = make_application(make_agency())
    one, other = make_staff("analyst", full_name="Priya Raman"), make_staff("analyst")
    url = f"/staff/access/{application.reference}/take/"
    client_for(one).post(url)
    answer = client_for(other).post(url, follow=True)
    assert "Priya Raman reviews it already." in words(answer)
    application.refresh_from_db()
    assert application.reviewer == one
    assert actions(action="access.taken") == ["access.taken"]


def test_one_that_verifies_again_is_taken_out_of_review_once():
    application = make_application(
        make_agency(), status=ApplicationStatus.IN_REVIEW, reverify_started_at=timezone.now()
    )
    one, other = make_staff("analyst"), make_staff("analyst")
    client = client_for(one)
    assert "Take" in page(client.get("/staff/access/")).tbody.get_text()
    client.post(f"/staff/access/{application.reference}/take/")
    application.refresh_from_db()
    assert (application.status, application.reviewer) == (ApplicationStatus.IN_REVIEW, one)
    with pytest.raises(NotAllowed, match="reviews it already"):
        vetting.take(application, by=other)


def test_an_application_is_given_to_a_colleague_and_back_to_the_queue():
    application = make_application(make_agency())
    lead, colleague = make_staff("analyst"), make_staff("analyst", full_name="Jonas Weiss")
    client = client_for(lead)
    url = f"/staff/access/{application.reference}/"
    answer = client.post(f"{url}assign/", {"to": colleague.pk}, follow=True)
    assert "Jonas Weiss reviews it now." in words(answer)
    application.refresh_from_db()
    assert (application.status, application.reviewer) == (ApplicationStatus.IN_REVIEW, colleague)
    assert "Only the person who reviews it" in words(client.post(f"{url}hand-back/", follow=True))
    theirs = client_for(colleague)
    assert theirs.post(f"{url}hand-back/")["Location"] == "/staff/access/"
    application.refresh_from_db()
    assert (application.status, application.reviewer) == (ApplicationStatus.IN_REVIEW, None)
    assert actions(object_label=application.reference, action="access.assigned") == ["access.assigned"] * 2


def test_nobody_is_given_what_they_must_stay_away_from():
    agency = make_agency()
    application = make_application(agency, appeal="Wrong.", appealed_at=timezone.now())
    by = make_staff("analyst")
    names = {"Conflict Person", "Earlier Person", "Free Person"}
    conflicted, earlier, free = (make_staff("analyst", full_name=name) for name in sorted(names))
    approver = make_staff("approver", full_name="Approver Person")
    conflicted.conflicts.create(agency=agency, reason="Brother", declared_at=timezone.now())
    before = timezone.now() - timedelta(days=3)
    ApplicationDecision.objects.create(
        application=application, act=DecisionAct.DECLINE, made_by=earlier, made_at=before
    )
    form = page(client_for(by).get(f"/staff/access/{application.reference}/assign/")).select_one("select[name=to]")
    assert names & {option.get_text() for option in form.select("option")} == {"Free Person"}
    assert "Approver Person" not in form.get_text()
    for person in (conflicted, earlier, approver):
        with pytest.raises(NotAllowed):
            vetting.assign(application, to=person, by=by)
        answer = client_for(by).post(f"/staff/access/{application.reference}/assign/", {"to": person.pk})
        assert answer.status_code == 422
    vetting.assign(application, to=free, by=by)
    application.refresh_from_db()
    assert application.reviewer == free


def test_what_is_decided_is_assigned_to_nobody():
    application = make_application(make_agency(), status=ApplicationStatus.REJECTED)
    with pytest.raises(TransitionRefused):
        vetting.assign(application, to=make_staff("analyst"), by=make_staff("analyst"))


def test_the_address_of_a_button_leads_to_the_page():
    application = make_application(make_agency())
    client = client_for(make_staff("analyst"))
    url = f"/staff/access/{application.reference}/"
    places = {"take": "", "hand-back": "", "call-back": "#call-back", "decide": "#decision", "check": ""}
    for name, place in places.items():
        assert client.get(f"{url}{name}/")["Location"] == url + place
    assert not AuditEvent.objects.filter(action="access.taken").exists()
