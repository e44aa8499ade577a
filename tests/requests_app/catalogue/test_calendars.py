"""Calendars on the staff pages: reading, changing, and what becomes of open deadlines."""

from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.access import FACTOR_AT
from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, Stale
from foundation.legal import deadlines
from foundation.legal.models import CalendarVersion, WorkCalendar
from foundation.legal.recount import fingerprint
from foundation.legal.work_calendars import keep_version, state_of
from foundation.providers.models import Team
from requests_app import deadlines as request_deadlines
from requests_app.history import history
from requests_app.models import Clarification, DataRequest
from requests_app.services import work_calendars as service
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
LIST = "/staff/calendars/"
READERS = ["analyst", "approver", "counsel", "dpo", "custodian", "preservation_admin", "auditor", "administrator"]
QUERIES_OF_THE_LIST = 10
MOVE = {"from": "2026-12-21", "to": "2026-12-23", "name": "Office move"}


@pytest.fixture
def provider(db):
    return make_provider()


@pytest.fixture
def calendar(provider):
    return provider.calendar


def typed(calendar, **changes):
    return {
        "version": calendar.lock_version, "name": calendar.name, "country": "IE", "subdivision": "",
        "time_zone": "UTC", "closes_at": "17:00", "cut_off": "", "closures": "2026-12-21 to 2026-12-23 Office move",
        "extra_open": "", "reason": "We move house.",
    } | changes  # fmt: skip


def answered(calendar, **columns):
    """A request whose answer is counted on the calendar: 30 days from Friday 20 November roll to 21 December."""
    row = request_at("in_review", at=AT, **columns)
    due = deadlines.calendar_roll(AT, 30, calendar)
    DataRequest.objects.filter(pk=row.pk).update(submitted_at=AT, deadline_at=due.at, deadline_rule=due.rule)
    row.refresh_from_db()
    return row


def seen_of(response):
    return page(response).select_one("input[name=seen]")["value"]


def moved_events(obj):
    return entries_for(obj).filter(action="legal.deadline_moved")


# Reading -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_the_desk_and_the_auditor_read_and_only_administrators_change(calendar, role):
    reader, one = client_for(make_staff(role)), f"{LIST}{calendar.pk}/"
    assert {reader.get(url).status_code for url in (LIST, one)} == {200}
    may = role == "administrator"
    assert ("Change" in page(reader.get(one)).select_one("main").text) is may
    own = [f"{LIST}new/", f"{one}change/", f"{one}recount/"]
    assert {reader.get(url).status_code for url in own} == {200 if may else 403}
    officer = client_for(make_officer())
    assert {officer.get(url).status_code for url in (LIST, one, *own)} == {404}


def test_changing_asks_for_a_fresh_factor(calendar):
    stale = client_for(make_staff("administrator"), factor_age=3600)
    for url in ("new/", f"{calendar.pk}/change/", f"{calendar.pk}/recount/"):
        assert "/sign-in/factor/" in stale.get(LIST + url)["Location"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_with_one_and_three(calendar, rows, django_assert_num_queries):
    reader = client_for(make_staff("auditor"))
    for n in range(rows - 1):
        keep_version(
            WorkCalendar.objects.create(name=f"Desk {n}", country="SA", time_zone="Asia/Riyadh", closes_at=time(16)),
            at=AT,
        )
    reader.get(LIST)
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        response = reader.get(LIST)
    assert len(page(response).select("tbody tr")) == rows
    assert ("Friday and Saturday" in page(response).text) is (rows > 1)


def test_a_calendar_of_another_company_is_not_there(calendar):
    other = WorkCalendar.objects.create(name="Other desk", country="IE", time_zone="UTC", closes_at=time(17))
    make_provider(name="Other", slug="other", reference_prefix="OT", calendar=other)
    client = client_for(make_staff("administrator"))
    assert "Other desk" not in page(client.get(LIST)).text
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    with pytest.raises(NotAllowed):
        service.plan(other, state_of(other), by=make_staff("administrator"), at=AT)


def test_a_year_is_twelve_tables_with_names_in_words(calendar):
    WorkCalendar.objects.update(closures=[MOVE], extra_open=["2026-12-19"])
    client = client_for(make_staff("auditor"))
    response = client.get(f"{LIST}{calendar.pk}/?year=2026")
    found = page(response)
    tables = found.select("main table")
    assert len(tables) == 12
    assert all(len(table.select("thead th[scope=col]")) == 7 for table in tables)
    assert "December 2026" in tables[11].select_one("caption").text
    cells = {" ".join(td.text.split()) for td in tables[11].select("td")}
    assert {"25, Christmas Day", "21, closed: Office move", "19, worked", "18"} <= cells
    assert "21 to 23: Office move" in words(response)
    for odd in ("x", "0", "99999", "٢٠٢٦"):
        assert client.get(f"{LIST}{calendar.pk}/", {"year": odd}).status_code == 200


def test_the_command_lists_what_a_newer_library_would_count_otherwise_and_moves_nothing(calendar):
    out = StringIO()
    call_command("check_calendars", stdout=out)
    assert "Desk v1: kept with holidays" in out.getvalue()
    row = answered(calendar, restricted=True)
    out = StringIO()
    call_command("check_calendars", stdout=out)
    assert out.getvalue().startswith("Every calendar and every open deadline stands")
    kept = calendar.versions.get()
    kept.days["2026"]["2026-12-21"] = "Day of the desk"
    kept.library = "0.1"
    kept.save()
    late = row.deadline_at + timedelta(days=1)
    DataRequest.objects.filter(pk=row.pk).update(
        deadline_at=late, deadline_rule=row.deadline_rule.replace("0.108", "0.1")
    )
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was moved") as refused:
        call_command("check_calendars", stdout=out)
    assert refused.value.returncode == 1
    assert "Desk v1: 2026-12-21 was Day of the desk, is a working day." in out.getvalue()
    assert f"Answer of {row.reference} stands at 2026-12-22 23:59 UTC, would be 2026-12-21 23:59" in out.getvalue()
    row.refresh_from_db()
    assert row.deadline_at == late


# Changing ------------------------------------------------------------------------------------------------------------
def test_before_saving_it_lists_what_would_move_and_by_default_nothing_does(calendar):
    row, administrator = answered(calendar), make_staff("administrator")
    client, url = client_for(administrator), f"{LIST}{calendar.pk}/change/"
    shown = client.post(url, typed(calendar))
    assert shown.status_code == 200
    text = words(shown)
    assert "1 open deadline would be different" in text
    assert all(said in text for said in ("A request", "Answer", "Later", "21 Dec", "24 Dec"))
    assert row.reference not in text, "administrators read no references"
    assert page(shown).select_one("input[name=deadlines][checked]")["value"] == "keep"
    calendar.refresh_from_db()
    assert (calendar.version, calendar.closures) == (1, [])
    done = client.post(url, typed(calendar, seen=seen_of(shown), deadlines="keep"))
    assert done.status_code == 302
    before, _row = row.deadline_at, row.refresh_from_db()
    calendar.refresh_from_db()
    assert (row.deadline_at, calendar.version, calendar.closures) == (before, 2, [MOVE])
    assert not moved_events(row).exists()
    event = AuditEvent.objects.get(action="legal.calendar_changed")
    assert (event.actor_id, event.reason) == (str(administrator.pk), "We move house.")
    assert b'"closures":[[],[{' in bytes(event.payload).replace(b" ", b"")
    assert set(CalendarVersion.objects.values_list("version", flat=True)) == {1, 2}


def test_those_chosen_move_each_with_its_entry_and_its_new_rule(calendar):
    row, other, administrator = answered(calendar), answered(calendar), make_staff("administrator")
    client, url = client_for(administrator), f"{LIST}{calendar.pk}/change/"
    shown = client.post(url, typed(calendar))
    refused = client.post(url, typed(calendar, seen=seen_of(shown), deadlines="chosen"))
    assert refused.status_code == 422
    assert "Tick at least one deadline" in page(refused).text
    key = f"requests:answer:{row.pk}"
    assert client.post(url, typed(calendar, seen=seen_of(shown), deadlines="chosen", move=[key])).status_code == 302
    stood = row.deadline_at
    row.refresh_from_db()
    other.refresh_from_db()
    assert row.deadline_at == datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)
    assert row.deadline_rule.startswith("calendar_roll 30, IE v2, holidays ")
    assert (other.deadline_at, other.deadline_rule[:24]) == (stood, "calendar_roll 30, IE v1,")
    event = moved_events(row).get()
    assert (event.actor_id, event.reason) == (str(administrator.pk), "We move house.")
    for fact in (b"2026-12-21T23:59:59", b"2026-12-24T23:59:59", b"IE v1", b"IE v2", b"Desk v2"):
        assert fact in bytes(event.payload)
    assert not moved_events(other).exists()
    assert next(entry.title for entry in history(row)) == "Deadline moved, because the desk's calendar changed"


def test_a_stopped_clock_moves_by_what_the_period_gains(calendar):
    row = answered(calendar)
    paused = row.deadline_at + timedelta(days=4, hours=3)
    DataRequest.objects.filter(pk=row.pk).update(deadline_at=paused)
    by = make_staff("administrator")
    found = service.plan(calendar, state_of(calendar) | {"closures": [MOVE]}, by=by, at=AT)
    assert [(moved.clock.due, moved.at) for moved in found] == [(paused, paused + timedelta(days=3))]


def test_questions_first_looks_and_applications_are_listed_too(calendar):
    request_at("awaiting_officer", at=AT)
    due = deadlines.business_days(AT, 20, calendar)
    Clarification.objects.update(asked_at=AT, due_at=due.at, due_rule=due.rule)
    new = request_at("submitted", at=AT)
    look = deadlines.business_days(AT, 21, calendar)
    DataRequest.objects.filter(pk=new.pk).update(first_look_due_at=look.at, first_look_rule=look.rule)
    waits = AccessApplication.objects.create(
        reference="AC-26-TEST-01", email="a@nordvik.example", status=ApplicationStatus.SUBMITTED, created_at=AT,
        submitted_at=AT, due_at=look.at, due_rule=look.rule,
    )  # fmt: skip
    by = make_staff("administrator")
    state = state_of(calendar) | {"closures": [{"from": "2026-12-01", "to": "2026-12-02", "name": "Office move"}]}
    found = service.plan(calendar, state, by=by, at=AT)
    assert [(moved.clock.what, moved.clock.label) for moved in found] == [
        ("Answer to question 1", "A request"), ("Application", waits.reference), ("First look", "A request"),
    ]  # fmt: skip
    choice = service.Choice(keep=False, everything=True, seen=fingerprint(found))
    done = service.change(calendar, name="Desk", state=state, version=0, choice=choice, reason="x", by=by, at=AT)
    assert done is not None
    assert (done.moved, done.kept) == (3, 0)
    question = Clarification.objects.get()
    new.refresh_from_db()
    waits.refresh_from_db()
    assert [question.due_at, waits.due_at, new.first_look_due_at] == [moved.at for moved in found]
    assert all(" v2, " in rule for rule in (question.due_rule, new.first_look_rule, waits.due_rule))
    assert all(moved_events(row).count() == 1 for row in (question, new, waits))


def test_a_restricted_request_is_not_named_to_whoever_may_not_know_of_it(calendar):
    row = answered(calendar, restricted=True)
    by = make_staff("administrator")
    state = state_of(calendar) | {"closures": [MOVE]}
    assert service.plan(calendar, state, by=by, at=AT) == []
    client = client_for(by)
    assert row.reference not in page(client.post(f"{LIST}{calendar.pk}/change/", typed(calendar))).text
    done = service.change(
        calendar, name="Desk", state=state, version=0, choice=service.Choice(), reason="x", by=by, at=AT
    )
    assert (done.moved, done.kept) == (0, 0)
    row.refresh_from_db()
    assert row.deadline_at.day == 21


def test_the_second_of_two_administrators_reads_what_holds_now(calendar):
    first, second = client_for(make_staff("administrator")), client_for(make_staff("administrator"))
    url, old = f"{LIST}{calendar.pk}/change/", typed(calendar)
    shown = first.post(url, old)
    assert first.post(url, old | {"seen": seen_of(shown), "deadlines": "keep"}).status_code == 302
    refused = second.post(url, old | {"closures": "2027-01-04 Something else"})
    assert refused.status_code == 422
    text = page(refused).text
    assert "Somebody else changed this calendar" in text
    assert all(said in text for said in ("2027-01-04 Something else", "Office move"))
    assert page(refused).select_one("input[name=version]")["value"] == "1"
    again = first.post(url, old | {"seen": seen_of(shown), "deadlines": "keep"})
    assert again.status_code == 422


def test_a_list_that_changed_meanwhile_is_shown_again_and_nothing_moves(calendar):
    row, client, url = answered(calendar), client_for(make_staff("administrator")), f"{LIST}{calendar.pk}/change/"
    shown = client.post(url, typed(calendar))
    answered(calendar)
    refused = client.post(url, typed(calendar, seen=seen_of(shown), deadlines="all"))
    assert refused.status_code == 422
    assert "The open deadlines changed while you looked" in page(refused).text
    calendar.refresh_from_db()
    row.refresh_from_db()
    assert (calendar.version, row.deadline_at.day) == (1, 21)
    with pytest.raises(Stale):
        service.Choice(keep=False, everything=True, seen="0" * 64).of([])


def test_an_answer_that_moved_meanwhile_stops_everything(calendar, monkeypatch):
    row, by = answered(calendar), make_staff("administrator")
    state = state_of(calendar) | {"closures": [MOVE]}
    found = service.plan(calendar, state, by=by, at=AT)
    monkeypatch.setattr(service, "would_move", lambda *args, **kwargs: found)
    DataRequest.objects.filter(pk=row.pk).update(deadline_at=AT)
    choice = service.Choice(keep=False, everything=True, seen=fingerprint(found))
    with pytest.raises(Stale):
        service.change(calendar, name="Desk", state=state, version=0, choice=choice, reason="x", by=by, at=AT)
    calendar.refresh_from_db()
    assert (calendar.version, calendar.closures) == (1, [])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"country": ""}, "Country: choose an answer"),
        ({"country": "DE", "subdivision": "XX"}, "Region: choose one of Augsburg, BB"),
        ({"subdivision": "L"}, "Region: this country has none"),
        ({"closes_at": "five"}, "write the time like 17:00"),
        ({"weekend": list("0123456")}, "leave at least one day to work on"),
        ({"closures": "2026-12-24 Eve\nnext week Office move"}, "Line 2: write it like"),
        ({"closures": "2026-02-30 Nothing"}, "Line 1: there is no such day"),
        ({"closures": "2026-12-24 to 2026-12-01 Move"}, "Line 1: the last day is before the first"),
        ({"closures": "2026-01-01 to 2026-12-31 Move"}, "Line 1: a closure has at most 62 days"),
        ({"extra_open": "2026-12-22"}, "is named as closed and as worked"),
        ({"extra_open": "22.12.2026"}, "Line 1: there is no such day"),
        ({"reason": ""}, "Why? Write an answer"),
        ({"name": ""}, "Enter the name"),
        ({"name": "Another"}, "Another calendar is called Another"),
    ],
)
def test_bad_input_is_said_and_kept(calendar, changes, sentence):
    WorkCalendar.objects.create(name="Another", country="SA", time_zone="Asia/Riyadh", closes_at=time(17))
    client, url = client_for(make_staff("administrator")), f"{LIST}{calendar.pk}/change/"
    response = client.post(url, typed(calendar, **changes))
    if "Another" in changes.values():
        response = client.post(url, typed(calendar, **changes, seen=seen_of(response), deadlines="keep"))
    assert response.status_code == 422
    assert sentence in " ".join(page(response).text.split())
    assert page(response).select_one("textarea[name=extra_open]").text.strip() == changes.get("extra_open", "")
    assert not AuditEvent.objects.filter(action__startswith="legal.calendar").exists()


def test_the_form_shows_what_is_stored_and_saving_it_changes_nothing(calendar):
    WorkCalendar.objects.update(closures=[MOVE], weekend=[4, 5], cut_off=time(15), extra_open=["2026-12-19"])
    client, url = client_for(make_staff("administrator")), f"{LIST}{calendar.pk}/change/"
    found = page(client.get(url))
    assert found.select_one("textarea[name=closures]").text.strip() == "2026-12-21 to 2026-12-23 Office move"
    assert found.select_one("input[name=closes_at]")["value"] == "17:00"
    assert [box["value"] for box in found.select("input[name=weekend][checked]")] == ["4", "5"]
    same = typed(calendar, cut_off="15:00", weekend=["4", "5"], extra_open="2026-12-19")
    assert client.post(url, same).status_code == 302
    assert not AuditEvent.objects.filter(action="legal.calendar_changed").exists()


def test_a_new_calendar_is_added_once(calendar):
    client, said = client_for(make_staff("administrator")), typed(calendar, name="Gulf", country="SA", closures="")
    assert client.post(f"{LIST}new/", said).status_code == 302
    row = WorkCalendar.objects.get(name="Gulf")
    assert row.versions.get().days["2026"]["2026-11-20"] == "weekend"
    again = client.post(f"{LIST}new/", said)
    assert (again.status_code, "Another calendar is called Gulf" in page(again).text) == (422, True)
    assert AuditEvent.objects.filter(action="legal.calendar_added").count() == 1


def test_after_keeping_them_they_can_be_counted_again(calendar):
    row, client = answered(calendar), client_for(make_staff("administrator"))
    url = f"{LIST}{calendar.pk}/"
    shown = client.post(f"{url}change/", typed(calendar))
    client.post(f"{url}change/", typed(calendar, seen=seen_of(shown), deadlines="keep"))
    listed = client.get(f"{url}recount/")
    assert "A request" in page(listed).text
    said = {"version": 1, "reason": "All moved after all.", "seen": seen_of(listed), "deadlines": "all"}
    assert client.post(f"{url}recount/", said).status_code == 302
    row.refresh_from_db()
    assert (row.deadline_at.day, " v2, " in row.deadline_rule) == (24, True)
    assert "stands where this calendar puts it" in page(client.get(f"{url}recount/")).text


def test_a_newer_library_is_shown_and_counting_again_makes_a_version(calendar):
    kept = keep_version(calendar, at=AT)
    kept.days["2026"]["2026-12-18"] = "Day of the desk"
    kept.library = "0.1"
    kept.save()
    due = deadlines.calendar_roll(AT, 28, calendar)  # Friday 18 December; then it was a holiday: Monday
    row = answered(calendar)
    DataRequest.objects.filter(pk=row.pk).update(
        deadline_at=due.at + timedelta(days=3), deadline_rule=due.rule.replace("0.108", "0.1")
    )
    client, url = client_for(make_staff("administrator")), f"{LIST}{calendar.pk}/"
    assert "holidays changed" in page(client.get(LIST)).text
    assert "Public holidays are known otherwise now" in page(client.get(url)).text
    listed = client.get(f"{url}recount/")
    assert all(said in page(listed).text for said in ("A request", "Earlier"))
    said = {"version": 0, "reason": "New list.", "seen": seen_of(listed), "deadlines": "keep"}
    assert client.post(f"{url}recount/", said).status_code == 302
    calendar.refresh_from_db()
    assert calendar.version == 2
    assert "holidays changed" not in page(client.get(LIST)).text
    row.refresh_from_db()
    assert row.deadline_at == due.at + timedelta(days=3)


def test_a_first_look_is_counted_on_the_calendar_of_the_team(provider):
    gulf = WorkCalendar.objects.create(name="Riyadh", country="SA", time_zone="Asia/Riyadh", closes_at=time(17))
    team = Team.objects.create(provider=provider, name="Gulf desk", calendar=gulf)
    thursday = datetime(2026, 11, 19, 6, tzinfo=UTC)
    look = request_deadlines.first_look("disclosure", provider, team=team, at=thursday)
    assert look.at == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert look.rule.startswith("business_days 1, SA v1")
    assert request_deadlines.first_look("disclosure", provider, at=thursday).at.day == 20


def test_without_a_choice_everything_stays(calendar):
    row, client, url = answered(calendar), client_for(make_staff("administrator")), f"{LIST}{calendar.pk}/change/"
    shown = client.post(url, typed(calendar))
    key = f"requests:answer:{row.pk}"
    assert client.post(url, typed(calendar, seen=seen_of(shown), move=[key])).status_code == 302
    row.refresh_from_db()
    assert (row.deadline_at.day, moved_events(row).count()) == (21, 0)
    assert (
        client.post(url, typed(calendar, seen=seen_of(shown), deadlines="sometimes", move=["nothing"])).status_code
        == 422
    )


def test_what_was_typed_before_a_fresh_factor_comes_back_and_nothing_is_saved(calendar):
    administrator = make_staff("administrator")
    stale = client_for(administrator, factor_age=3600)
    url = f"{LIST}{calendar.pk}/change/"
    assert "/sign-in/factor/" in stale.post(url, typed(calendar))["Location"]
    session = stale.session
    session[FACTOR_AT] = timezone.now().isoformat()
    session.save()
    back = stale.get(url)
    assert "Nothing was saved yet" in page(back).text
    assert "Office move" in page(back).select_one("textarea[name=closures]").text
    calendar.refresh_from_db()
    assert calendar.lock_version == 0
