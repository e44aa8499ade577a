"""Administrators keep the rota: steps, people, order; two at once, stale pages, holes and who would be paged."""

import json
import re
from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence
from foundation.audit.models import AuditEvent
from requests_app.models import RotaDuty, RotaStep
from requests_app.services import rota_editing
from tests.harness.race import race
from tests.people import client_for, make_provider, make_staff

SAID = {"name": "First line", "address": "", "everybody": False}
# However many steps and people there are.
QUERIES = 19
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def admin(db):
    return make_staff("administrator")


@pytest.fixture
def client(admin):
    return client_for(admin)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def added(admin, name="First line", **said):
    return rota_editing.add_step(make_provider(), SAID | {"name": name} | said, team=None, by=admin)


def on_duty(step, person, admin, **said):
    step.refresh_from_db()
    when = {"weekdays": EVERY_DAY, "begins": None, "ends": None, "zone": "UTC", "first_day": None, "last_day": None}
    return rota_editing.add_duty(step, {"user": person} | when | said, version=step.lock_version, by=admin)


def typed(person, step, **changes):
    step.refresh_from_db()
    when = {"weekdays": ["1", "5"], "begins": "22:00", "ends": "06:00", "zone": "Europe/Oslo"}
    until = {"last_day_day": "31", "last_day_month": "12", "last_day_year": "2030"}
    return {"version": step.lock_version, "user": person.pk} | when | until | changes


def test_a_step_and_its_people_are_added_changed_moved_and_removed_and_each_leaves_an_event(client, admin):
    analyst = make_staff("analyst", full_name="Nora Night")
    made = client.post(reverse("staff:rota_new"), {"name": "First line", "address": "pager@meridian.example"})
    first = RotaStep.objects.get()
    assert made["Location"] == reverse("staff:rota_step", args=[first.uid])
    second = added(admin, "Second line")

    client.post(reverse("staff:rota_duty_new", args=[first.uid]), typed(analyst, first))
    duty = RotaDuty.objects.get()
    assert (duty.weekdays, duty.begins, duty.ends, duty.zone) == ([1, 5], time(22), time(6), "Europe/Oslo")
    assert duty.last_day == date(2030, 12, 31)
    page = words(client.get(reverse("staff:rota_step", args=[first.uid])))
    assert "Nora Night Mon, Fri, 22:00 to 06:00 Europe/Oslo, until 31 Dec 2030" in page

    where = [first.uid, duty.pk]
    client.post(reverse("staff:rota_duty", args=where), typed(analyst, first, weekdays=["6"]))
    duty.refresh_from_db()
    assert duty.weekdays == [6]
    client.post(reverse("staff:rota_move", args=[second.uid]), {"seen": 2, "turn": "up"})
    assert list(RotaStep.objects.values_list("name", "position")) == [("Second line", 1), ("First line", 2)]
    first.refresh_from_db()
    client.post(reverse("staff:rota_duty_remove", args=where), {"version": first.lock_version})
    second.refresh_from_db()
    client.post(reverse("staff:rota_remove", args=[second.uid]), {"version": second.lock_version})
    assert list(RotaStep.objects.values_list("name", "position")) == [("First line", 1)]
    assert not RotaDuty.objects.exists()
    events = AuditEvent.objects.filter(action__startswith="rota.").order_by("pk")
    assert [event.action.removeprefix("rota.") for event in events] == [
        "step_added", "step_added", "duty_added", "duty_changed", "step_moved", "duty_removed", "step_removed",
    ]  # fmt: skip
    assert json.loads(bytes(events[2].payload))["data"]["says"]["user"] == analyst.email


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"weekdays": []}, "Choose at least one day of the week"),
        ({"ends": ""}, "Enter from when and until when, or neither for the whole day"),
        ({"begins": "25:00"}, "Write the time like 22:00"),
        ({"first_day_day": "1", "first_day_month": "1", "first_day_year": "2031"}, "Last day: it is before the first"),
        ({"user": ""}, "Who"),
        ({"zone": "Mars/Olympus"}, "Time zone"),
    ],
)
def test_what_makes_no_sense_is_refused_with_everything_typed_kept(client, admin, changes, problem):
    step = added(admin)
    answer = client.post(
        reverse("staff:rota_duty_new", args=[step.uid]), typed(make_staff("analyst"), step, **changes)
    )  # fmt: skip
    assert answer.status_code == 422
    assert problem in words(answer)
    assert 'value="31"' in answer.content.decode()
    assert not RotaDuty.objects.exists()


def test_the_older_of_two_saves_is_refused_shows_what_holds_and_can_be_sent_again(client, admin):
    step = added(admin)
    seen = step.lock_version
    rota_editing.change_step(step, SAID | {"name": "Day desk"}, version=seen, by=admin)
    answer = client.post(reverse("staff:rota_step", args=[step.uid]), {"name": "Mine", "version": seen})
    assert answer.status_code == 422
    assert "Somebody else changed this step" in words(answer)
    assert "Day desk" in words(answer)
    assert 'value="Mine"' in answer.content.decode()
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode()).group(1)
    client.post(reverse("staff:rota_step", args=[step.uid]), {"name": "Mine", "version": version})
    step.refresh_from_db()
    assert step.name == "Mine"
    gone = client.post(reverse("staff:rota_move", args=[step.uid]), {"seen": 2, "turn": "up"}, follow=True)
    assert "The order of the steps changed meanwhile" in words(gone)


def test_two_who_remove_at_once_both_get_an_answer(committed_db):
    admin = make_staff("administrator")
    step = added(admin)
    version = step.lock_version
    found = race(*(lambda: rota_editing.remove_step(step, version=version, by=admin) for _twice in range(2)))
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "Stale"]
    assert not RotaStep.objects.exists()


def test_nobody_but_an_administrator_comes_here_and_no_stranger_is_put_on_duty(client, admin):
    step = added(admin)
    outsider, analyst = make_staff("analyst"), make_staff("analyst")
    outsider.staff_roles.update(ended_at=timezone.now())
    answer = client.post(reverse("staff:rota_duty_new", args=[step.uid]), typed(outsider, step))
    assert answer.status_code == 422
    for name in ("rota_step", "rota_remove", "rota_duty_new"):
        assert client_for(analyst).get(reverse(f"staff:{name}", args=[step.uid])).status_code == 403
    assert client_for(analyst).get(reverse("staff:rota")).status_code == 403


def test_the_page_says_who_would_be_paged_where_holes_are_and_who_is_never_paged(
    client, admin, django_assert_num_queries
):
    nora, anton, counsel = (
        make_staff(role, full_name=name)
        for role, name in (("analyst", "Nora Night"), ("analyst", "Anton Away"), ("counsel", "Cora Counsel"))
    )
    first = added(admin)
    on_duty(first, nora, admin, begins=time(20), ends=time(8))
    on_duty(first, counsel, admin)
    day = datetime(2026, 12, 24, tzinfo=UTC)
    Absence.objects.create(
        user=anton, first_day=day.date(), last_day=day.date(), entered_at=timezone.now(), entered_by=anton
    )  # fmt: skip
    second = added(admin, "Second line")
    on_duty(second, anton, admin, begins=time(0), ends=time(6))

    page = words(client.get(reverse("staff:rota")))
    assert "Nobody is on duty at these times" in page
    assert "May not review, so never paged: Cora Counsel" in page
    at_night = words(client.get(reverse("staff:rota"), {"moment": "2026-12-24 03:00 Z"}))
    plan = at_night.partition("Who would be paged then")[2]
    first_line = "1. First line Cora Counsel Not paged: may not review requests Nora Night"
    assert f"At once Thu 24 Dec, 03:00 UTC {first_line}" in plan
    assert "Anton Away Not paged: away until 24 Dec 2026" in plan
    assert plan.count("After 5 minutes") == 2  # the second step reaches nobody, so everybody at the same moment
    by_day = words(client.get(reverse("staff:rota"), {"moment": "2026-12-25 12:00 Z"})).partition("paged then")[2]
    assert by_day.count("Nobody: the next step is paged at once") == 2
    assert client.get(reverse("staff:rota"), {"moment": "tonight"}).status_code == 422

    # At a moment of its own: who is on duty at this one, and so what is read of them, depends on the hour.
    moment = {"moment": "2026-12-24 03:00 Z"}
    with django_assert_num_queries(QUERIES):
        client.get(reverse("staff:rota"), moment)
    for number in range(3):
        on_duty(first, make_staff("analyst", full_name=f"More {number}"), admin)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("staff:rota"), moment)
    added(admin, "Pager", address="pager@meridian.example")
    assert "Nobody is on duty at these times" not in words(client.get(reverse("staff:rota")))


def test_a_team_without_own_rota_says_so_and_can_get_one(client, admin):
    added(admin)
    team = make_provider().teams.create(name="Asia desk", on_call_address="asia@meridian.example")
    page = client.get(reverse("staff:rota"), {"view": team.pk})
    assert "This team has no rota of its own" in words(page)
    assert f"{reverse('staff:rota_new')}?view={team.pk}" in page.content.decode()
    client.post(f"{reverse('staff:rota_new')}?view={team.pk}", {"name": "Singapore"})
    assert RotaStep.objects.get(name="Singapore").team == team
    for number in range(2, rota_editing.MOST_STEPS + 2):
        answer = client.post(reverse("staff:rota_new"), {"name": f"Step {number}"})
    assert answer.status_code == 422
    assert "A rota has 6 steps at most" in words(answer)


def test_a_rota_that_nobody_wrote_shows_who_is_on_call(client):
    assert "No step yet" in words(client.get(reverse("staff:rota")))
