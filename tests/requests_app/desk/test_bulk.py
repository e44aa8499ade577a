"""Many requests at once: what is shown is what is done, row by row, once."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import TeamMembership
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete
from foundation.core.references import new_reference
from foundation.notifications.models import OutboundMessage
from requests_app.enums import BulkAct, Rank
from requests_app.models import Assignment, DataRequest
from requests_app.services import bulk, triage
from requests_app.services.bulk import Change
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.harness.race import race
from tests.people import client_for, make_officer, make_provider, make_staff

URL = "/staff/bulk/"


def shown(rows, change, by):
    return {p.data_request.reference: p.mark for p in bulk.plan([r.reference for r in rows], change, by=by)}


def hidden_fields(response):
    """The hidden fields of the page's last form, as its button "confirm" would send them."""
    form = page(response).select_one("main").select("form")[-1]
    sent = {"step": "confirm"}
    for field in form.select("input[type=hidden]"):
        sent.setdefault(field["name"], []).append(field.get("value", ""))
    return sent


def results(response):
    return [re.sub(r"\s+", " ", row.get_text(" ", strip=True)) for row in page(response).select("tbody tr")]


def test_the_page_shows_each_new_value_and_confirming_does_exactly_that(db):
    by, to = make_staff("analyst"), make_staff("analyst", full_name="Tomás Arrieta")
    officer = make_officer()
    new, held = request_at("submitted", officer=officer), request_at("in_review", officer=officer)
    theirs, closed = request_at("in_review", analyst=to, officer=officer), request_at("closed", officer=officer)
    client = client_for(by)
    chosen = client.post(URL, {"ref": [r.reference for r in (new, held, theirs, closed)]}, follow=True)
    assert chosen.status_code == 200
    for given in ({"act": "assign"}, {}):
        refused = client.post(URL, {"chosen": [new.reference], **given})
        assert refused.status_code == 422
        assert page(refused).select(".govuk-error-summary a")
    asked = {"chosen": [r.reference for r in (new, held, theirs, closed)], "act": "assign", "to": to.pk}
    preview = client.post(URL, asked, follow=True)
    told = " ".join(results(preview))
    assert "Change 2 requests?" in words(preview)
    assert "Nobody Tomás Arrieta" in told
    assert "Tomás Arrieta has it already." in told
    assert "Closed meanwhile" in told
    assert Assignment.objects.filter(user=to, ended_at=None).count() == 1
    sent = hidden_fields(preview)
    done = client.post(URL, sent, follow=True)
    assert "2 requests changed" in words(done)
    assert {r.assignee for r in DataRequest.objects.filter(pk__in=[new.pk, held.pk])} == {to}
    assert "Was so already" in " ".join(results(client.post(URL, sent, follow=True)))
    assert AuditEvent.objects.filter(action="request.assigned").count() == 2
    [mail] = OutboundMessage.objects.filter(event="review_handed_many")
    assert (mail.to_user, mail.subject, mail.reference) == (to, "2 requests are yours now", "")


def test_what_changed_since_it_was_shown_stays_and_the_rest_is_done(db):
    by, officer = make_staff("analyst"), make_officer()
    team = make_provider().teams.create(name="Asia")
    first, second, third = (request_at("submitted", officer=officer) for _ in range(3))
    change = Change(BulkAct.TEAM, team=team)
    marks = shown([first, second, third], change, by)
    triage.take(second, by=make_staff("analyst"))
    done = {one.reference: one for one in bulk.carry_out(marks, change, by=by)}
    assert [done[r.reference].changed for r in (first, second, third)] == [True, False, True]
    assert "Somebody changed it" in done[second.reference].words
    second.refresh_from_db()
    assert second.team != team


def test_a_mark_counts_for_its_own_change_only(db):
    by, data_request = make_staff("analyst"), request_at("submitted")
    marks = shown([data_request], Change(BulkAct.RANK, rank=Rank.ROUTINE), by)
    done = bulk.carry_out(marks, Change(BulkAct.RANK, rank=Rank.PRIORITY), by=by)
    assert [one.changed for one in done] == [False]


def test_nobody_touches_or_counts_what_they_may_not_see(db):
    by, named, officer = make_staff("analyst"), make_staff("analyst"), make_officer()
    open_one = request_at("in_review", officer=officer)
    secret = request_at("in_review", analyst=named, officer=officer, restricted=True)
    secret.named_readers.add(named)
    change = Change(BulkAct.RANK, rank=Rank.PRIORITY)
    marks = shown([open_one, secret], change, named)
    assert set(marks) == {open_one.reference, secret.reference}
    assert secret.reference not in words(
        client_for(by).post(URL, {"ref": [open_one.reference, secret.reference]}, follow=True)
    )
    assert [one.reference for one in bulk.carry_out(marks, change, by=by)] == [open_one.reference]
    secret.refresh_from_db()
    assert secret.rank == Rank.ROUTINE
    [row] = bulk.plan([secret.reference], Change(BulkAct.ASSIGN, to=by), by=named)
    assert row.refusal == "This colleague cannot work on this request."


def test_taking_many_takes_the_free_ones(db):
    by, officer = make_staff("analyst"), make_officer()
    new, held = request_at("submitted", officer=officer), request_at("in_review", officer=officer)
    freed = request_at("in_review", officer=officer)
    triage.give_back(freed, reason="Ill", by=freed.assignee)
    rows, change = [new, held, freed], Change(BulkAct.TAKE)
    done = {one.reference: one.changed for one in bulk.carry_out(shown(rows, change, by), change, by=by)}
    assert done == {new.reference: True, held.reference: False, freed.reference: True}
    again = bulk.carry_out(shown(rows, change, by), change, by=by)
    assert not any(one.changed for one in again)


def test_an_emergency_keeps_its_rank_and_a_team_hears_once_with_how_many(db):
    by, officer, duty = make_staff("analyst"), make_officer(), make_staff("analyst")
    team = make_provider().teams.create(name="Asia")
    TeamMembership.objects.create(user=duty, team=team, on_call=True)
    rows = [request_at("submitted", officer=officer) for _ in range(2)]
    rows.append(request_at("submitted", officer=officer, kind="emergency"))
    [refused] = bulk.plan([rows[2].reference], Change(BulkAct.RANK, rank=Rank.ROUTINE), by=by)
    assert refused.refusal == "An emergency is filed as one and stays one."
    change = Change(BulkAct.TEAM, team=team)
    bulk.carry_out(shown(rows, change, by), change, by=by)
    [mail] = OutboundMessage.objects.filter(event="team_has_more")
    assert (mail.to_user, mail.subject) == (duty, "3 requests came to your team")


def test_too_many_or_none_is_a_sentence(db):
    by = make_staff("analyst")
    with pytest.raises(Incomplete):
        bulk.plan([f"MX-26-{n}" for n in range(bulk.MOST + 1)], None, by=by)
    client = client_for(by)
    assert "Tick the requests" in words(client.post(URL, {"ref": ["nonsense"]}, follow=True))
    assert client.get(URL).status_code == 302
    assert "is there any more" in words(client.post(URL, {"ref": [new_reference("MX", timezone.now())]}, follow=True))


def test_two_who_do_it_at_once_change_each_request_once(committed_db):
    officer, people = make_officer(), [make_staff("analyst"), make_staff("analyst")]
    rows = [request_at("submitted", officer=officer) for _ in range(3)]
    change = Change(BulkAct.TAKE)
    marks = {by.pk: shown(rows, change, by) for by in people}
    orders = (marks[people[0].pk], dict(reversed(marks[people[1].pk].items())))
    found = race(*(lambda b=b, m=m: bulk.carry_out(m, change, by=b) for b, m in zip(people, orders, strict=True)))
    assert not [one for one in found if isinstance(one, Exception)]
    assert sum(one.changed for done in found for one in done) == 3
    assert Assignment.objects.filter(ended_at=None).count() == 3


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_number_of_queries_for_any_number_of_rows(db, number):
    officer, client, to = make_officer(), client_for(make_staff("analyst")), make_staff("analyst")
    rows = [request_at("submitted", officer=officer) for _ in range(number)]
    sent = {"chosen": [r.reference for r in rows], "act": "assign", "to": to.pk}
    address = client.post(URL, sent)["Location"]
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) == 12


def test_each_step_has_an_address_to_come_back_to_and_it_is_the_sessions_own(db):
    by, row = make_staff("analyst"), request_at("in_review")
    client = client_for(by)
    chosen = client.post(URL, {"ref": [row.reference]})["Location"]
    preview = client.post(URL, {"chosen": [row.reference], "act": "rank", "rank": Rank.PRIORITY.value})["Location"]
    assert row.reference not in chosen + preview
    assert "What would change" in words(client.get(preview))
    back = words(client.get(chosen))
    assert row.reference in back
    assert "Show what would change" in back
    stranger = client_for(make_staff("analyst")).get(chosen, follow=True)
    assert "not kept any more" in words(stranger)
    for _more in range(10):
        client.post(URL, {"ref": [row.reference]})
    assert "not kept any more" in words(client.get(chosen, follow=True))


def test_a_paused_request_shows_its_pause_as_the_queue_does(db):
    by, row = make_staff("analyst"), request_at("awaiting_officer")
    answer = client_for(by).post(URL, {"ref": [row.reference]}, follow=True)
    assert "Paused" in results(answer)[0]
