"""A million holds cost what is due of them: which rows are read, and how very many are listed."""

import json
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from foundation.notifications.running_clocks import clocks, deadlines_between
from preservation import list_filters
from preservation.list_filters import Tab
from preservation.models import PreservationHold
from preservation.querysets import OVER_AT
from preservation.services import clocks as hold_clocks
from requests_app import agenda
from tests.people import make_staff
from tests.preservation.holds import hold_of

MANY, DAY = 4000, timedelta(days=1)
ENDED = ["released", "expired", "declined", "destroyed"]


def many(hold: PreservationHold) -> None:
    """Holds that run and of which nothing is due, a tenth of them with another request, and as many old drafts."""
    now = timezone.now()
    PreservationHold.objects.bulk_create(
        PreservationHold(
            uid=uuid4(),
            reference=f"MX-26-S{n:06}" if n % 2 else None,
            provider=hold.provider,
            officer=hold.officer,
            agency=hold.agency,
            status="active" if n % 2 else "draft",
            request_reference=f"MX-26-R{n:06}" if n % 20 == 1 else "",
            acceptance="pending" if n % 4 == 1 else "rule",
            accept_by=now + timedelta(days=1 + n % 3),
            created_at=now,
            saved_at=now,
            requested_at=now,
            starts_at=now - timedelta(days=n % 80),
            expires_at=now + timedelta(days=2 + n % 300),
            next_action_at=now + timedelta(days=1 + n % 300) if n % 2 else None,
        )
        for n in range(2 * MANY)
    )


def read(rows) -> int:
    """How many rows of holds PostgreSQL looked at for this."""
    plan = json.loads(rows.explain(analyze=True, format="json"))[0]["Plan"]
    return sum(_looked_at(node) for node in _nodes(plan))


def _nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _looked_at(node) -> int:
    if node.get("Relation Name") != PreservationHold._meta.db_table:
        return 0
    removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])


def test_what_is_due_is_found_without_a_look_at_what_runs(committed_db):
    admin, hold = make_staff("preservation_admin"), hold_of(at=timezone.now() - timedelta(days=20))
    many(hold)
    with committed_db.owner() as cursor:
        cursor.execute("ANALYZE preservation_preservationhold")
    now, holds = timezone.now(), PreservationHold.objects
    for clock in clocks():
        for stage in clock.stages if clock.name.startswith("hold") else ():
            due = clock.running().filter(**{f"{clock.due}__lte": now - stage.offset}).order_by(clock.due)
            assert read(due.values("pk")) <= 1, (clock.name, stage.name)
    seen = holds.visible_to_staff(admin)
    asked = {
        "reminders": holds.due(now),
        "work": holds.work_due(now),
        "old drafts": holds.filter(status="draft", saved_at__lt=now - 30 * DAY).order_by("saved_at"),
        "of a request": holds.filter(request_reference="MX-26-R000021"),
        "long ones": holds.filter(status="active", starts_at__lte=now - 100 * DAY),
        "ended lately": holds.annotate(over=OVER_AT).filter(status__in=ENDED, over__gte=now - DAY),
        "to choose": holds.to_choose(),
        "to look at again": list_filters.of_tab(seen, Tab.REVIEW, now),
    }
    pages = {
        (tab, after): list_filters.in_order(list_filters.of_tab(seen, tab, now), tab, after)[:26]
        for tab in (Tab.RUNNING, Tab.ENDING, Tab.KEPT, Tab.REVIEW, Tab.ENDED)
        for after in (None, (now + 100 * DAY, 10**9))
    }
    looked_at = {name: read(rows.values("pk")) for name, rows in asked.items()}
    holds.filter(pk=hold.pk).update(expires_at=now - DAY)
    over = hold_clocks.not_let_go().filter(ended_at__lte=now)
    assert list(over) == [hold]
    assert read(over.values("pk")) <= 2
    with connection.cursor() as cursor:  # so few rows are as well sorted; a million are not
        cursor.execute("SET enable_sort = off")
    looked_at |= {name: read(rows.values("pk")) for name, rows in pages.items()}
    assert {name: number for name, number in looked_at.items() if number > 40} == {}


@pytest.mark.django_db
def test_of_very_many_each_day_says_how_many_end_on_it(monkeypatch):
    monkeypatch.setattr(hold_clocks, "ONE_BY_ONE", 3)
    noon = datetime.combine(timezone.now().date(), time(12), UTC)
    admin, analyst = make_staff("preservation_admin"), make_staff("analyst")
    held = [hold_of() for _n in range(5)]
    for hold, days in zip(held, (-2, 2, 2, 3, 3), strict=True):
        PreservationHold.objects.filter(pk=hold.pk).update(expires_at=noon + days * DAY)
    since, until = agenda.span(timezone.now())

    def listed(reader):
        rows = [row for row in deadlines_between(reader, since, until) if row.clock == "Hold"]
        return rows, [(row.label, row.count) for row in sorted(rows, key=lambda row: row.due)]

    rows, said = listed(admin)
    assert said == [(held[0].reference, 1), ("2 holds", 2), ("2 holds", 2)]
    third = (noon.date() + 2 * DAY).isoformat()
    assert {row.url for row in rows if row.count == 2} >= {f"/staff/holds/?ends={third}"}
    days = {day.key: day for day in agenda.plan(rows, at=timezone.now())}
    assert (days[third].total, days[third].counts([""])) == (2, [2])
    assert days["overdue"].total == 1
    assert [more for _day, _rows, more in agenda.listed([days[third]], agenda.Filters())] == [0]
    PreservationHold.objects.filter(pk=held[1].pk).update(restricted=True)
    assert listed(admin)[1] == said
    assert listed(analyst)[1] == [(held[0].reference, 1), ("1 hold", 1), ("2 holds", 2)]
    PreservationHold.objects.filter(pk=held[2].pk).update(restricted=True)
    assert sorted(listed(analyst)[1]) == sorted((held[n].reference, 1) for n in (0, 3, 4))
