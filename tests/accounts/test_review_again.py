"""What was asked and sent again, what is like a declined one, an appeal nobody may decide, words of the search."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import DecisionAct, SignalKind
from accounts.models import AccessApplication, ApplicationDecision
from accounts.services import takers, vetting
from accounts.trail_words import facts_of
from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from tests.accounts.factories import make_application
from tests.accounts.helpers import page, words
from tests.people import client_for, make_agency, make_staff

pytestmark = pytest.mark.django_db
COMPARED = {SignalKind.DOCUMENT, SignalKind.SEEN_BEFORE, SignalKind.PHONE}


def planned(application) -> set[str]:
    return set(application.signals.filter(state=JobState.PENDING).values_list("kind", flat=True))


def test_those_that_share_something_are_compared_again_when_one_comes_and_when_one_is_declined():
    agency, analyst = make_agency(), make_staff("analyst")
    mine = make_application(agency, phone="+4722999999", full_name="A B")
    stranger = make_application(make_agency(), full_name="C D")
    mine.signals.update(state=JobState.DONE)
    other = make_application(make_agency(), phone="+4722999999", full_name="E F")
    evidence = mine.signals.get(kind=SignalKind.SEEN_BEFORE).evidence
    assert other.reference in evidence, "it was done again by the sweep"
    url = f"/staff/access/{mine.reference}/"
    vetting.take(other, by=analyst)
    vetting.decline(other, by=analyst, reason="Nobody there")
    assert planned(mine) == COMPARED
    assert planned(stranger) == set()
    row = page(client_for(analyst).get(url)).find("a", string=other.reference).parent.get_text(" ")
    assert "Declined" in row


def test_the_reviewer_reads_what_changed_since_more_was_asked():
    analyst = make_staff("analyst")
    application = make_application(make_agency(), full_name="Mireille Aubanel", badge="20001")
    vetting.take(application, by=analyst)
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    said = {"decision": "ask", "ask": "A sharper picture", "ask_code": "proof", "reason": ""}
    assert client.post(f"{url}decide/", said).status_code == 302, "the question is reason enough"
    rows = AccessApplication.objects.filter(pk=application.pk)
    rows.update(full_name="<b>Other</b> Person", badge="20777")
    assert "Changed since" not in words(client.get(url)), "what was not sent yet is not shown"
    rows.update(status="submitted")
    shown = page(client.get(url)).select_one("section[aria-labelledby=changed]").get_text(" ", strip=True)
    assert "Mireille Aubanel" in shown
    assert "<b>Other</b> Person" in shown
    assert "20001" in shown
    assert "Phone" not in shown
    assert "Take it up again" in words(client.get(url))
    colleague = client_for(make_staff("analyst")).get(url)
    assert "Take" not in [button.get_text() for button in page(colleague).select("button")]
    assert "Assign" in words(colleague)


def test_an_appeal_that_nobody_may_decide_says_so_and_offers_nothing():
    agency = make_agency()
    application = make_application(agency, appeal="Wrong.", appealed_at=timezone.now())
    people = [make_staff("analyst"), make_staff("analyst")]
    before = timezone.now() - timedelta(days=3)
    for person, act in zip(people, (DecisionAct.RECOMMEND, DecisionAct.DECLINE), strict=True):
        ApplicationDecision.objects.create(application=application, act=act, made_by=person, made_at=before)
    client, url = client_for(people[0]), f"/staff/access/{application.reference}/"
    answer = client.get(url)
    assert takers.NOBODY_REVIEWS in words(answer)
    assert not {"Take", "Assign"} & {tag.get_text(strip=True) for tag in page(answer).main.select("button, a")}
    queue = client.get("/staff/access/")
    assert "Nobody here may decide this appeal" in words(queue)
    assert not page(queue).select("tbody button")
    free = make_staff("analyst")
    assert takers.takers([application])[application.pk] == {free.pk}
    assert takers.nobody_decides(application) == takers.NOBODY_APPROVES
    make_staff("approver")
    assert takers.nobody_decides(application) == ""
    assert "Take" in page(client_for(free).get("/staff/access/")).tbody.get_text()


def test_the_list_of_takers_agrees_with_the_guard():
    agency = make_agency()
    rows = [make_application(agency, appeal="x", appealed_at=timezone.now()), make_application(agency),
            make_application()]  # fmt: skip
    people = [make_staff("analyst") for _ in range(4)] + [make_staff("approver")]
    before = timezone.now() - timedelta(days=3)
    ApplicationDecision.objects.create(application=rows[0], act="decline", made_by=people[0], made_at=before)
    people[1].conflicts.create(agency=agency, reason="x", declared_at=before)
    people[2].conflicts.create(about_reference=rows[2].reference, reason="x", declared_at=before)
    found = takers.takers(rows)
    for row in rows:
        assert found[row.pk] == {person.pk for person in vetting.colleagues(row)}


def test_who_has_a_conflict_sees_neither_take_nor_assign_nor_check_again():
    agency = make_agency()
    application, analyst = make_application(agency), make_staff("analyst")
    analyst.conflicts.create(agency=agency, reason="Brother", declared_at=timezone.now())
    answer = client_for(analyst).get(f"/staff/access/{application.reference}/")
    offered = {tag.get_text(strip=True) for tag in page(answer).main.select("button, a")}
    assert not {"Take", "Assign", "Check again"} & offered


def test_words_are_found_in_any_order_and_references_by_part():
    wanted = make_application(make_agency("Northmoor Police"), full_name="Jack Frost")
    make_application(make_agency("Other Force"), full_name="Jane Winter")
    client, part = client_for(make_staff("analyst")), wanted.reference.rpartition("-")[2]
    whole = wanted.reference
    parts = (part[:5].lower(), f"ac-26-{part[:5]}", whole.lower(), whole.replace("-", " "), whole.replace("-", ""))
    for words_ in ("northmoor frost", "Frost NORTHMOOR", *parts):
        found = page(client.get("/staff/access/", {"q": words_})).select("tbody .app-ref")
        assert [ref.get_text() for ref in found] == [wanted.reference], words_
    for words_ in ("northmoor winter", "x" * 101, "northmoor " * 30, "%"):
        assert "No application matches" in client.get("/staff/access/", {"q": words_}).content.decode(), words_


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_asks_the_database_the_same_for_one_and_for_three(rows, django_assert_num_queries):
    for _ in range(rows):
        make_application(make_agency())
    client = client_for(make_staff("analyst"))
    client.get("/staff/access/")
    with django_assert_num_queries(17):
        client.get("/staff/access/")


def test_a_decision_is_made_where_it_stands_and_says_who_made_it():
    application, analyst = make_application(make_agency()), make_staff("analyst", full_name="Dana Osei")
    vetting.take(application, by=analyst)
    vetting.decline(application, by=analyst, reason="Nobody there")
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    assert client.get(f"{url}decide/")["Location"] == f"{url}#decision"
    card = page(client.get(url)).select_one("section[aria-labelledby=decision]").get_text(" ", strip=True)
    assert "Declined" in card
    assert "Dana Osei" in card


def test_the_log_says_what_came_of_a_call_and_which_page_was_refused():
    application, analyst = make_application(make_agency()), make_staff("analyst")
    vetting.take(application, by=analyst)
    number = vetting.usable_numbers(application)[0]
    vetting.record_call_back(application, by=analyst, number=number, spoke_to="", result="no_answer")
    client_for(analyst).get("/staff/audit/")
    answer = client_for(make_staff("auditor")).get("/staff/audit/")
    shown = words(answer)
    assert "Nobody could answer" in shown
    assert number.number in shown
    assert "/staff/audit/" in shown
    entry = AuditEvent.objects.filter(action="access.call_back_recorded").get()
    assert ("What came of the call", "Nobody could answer") in facts_of(bytes(entry.payload))
