from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredConflict, TeamMembership
from foundation.audit.models import AuditEvent
from requests_app import queue as reading
from requests_app.models import DataRequest
from tests.factories import request_at, team_of
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/queue/"


def due(hours, **changes):
    now = timezone.now()
    changes = {"deadline_at": now + timedelta(hours=hours), "first_look_due_at": now + timedelta(days=1)} | changes
    return request_at(changes.pop("status", "submitted"), **changes)


def references(page):
    return [row.reference for row in page.context["page"].rows]


def test_soonest_first_and_emergencies_in_the_band_only():
    late, soon = due(200), due(50)
    emergency = request_at("submitted", kind="emergency")
    page = client_for(make_staff("analyst")).get(URL)
    assert references(page) == [soon.reference, late.reference]
    band = page.content.decode().split("Saved views")[0]
    assert "Emergencies: 1 open" in band
    assert emergency.reference in band
    assert soon.reference not in band


def test_without_an_emergency_one_quiet_line_says_so():
    duty = make_staff("analyst", full_name="Tomás Arrieta")
    TeamMembership.objects.create(user=duty, team=team_of(make_provider()), on_call=True)
    text = client_for(make_staff("analyst")).get(URL).content.decode()
    assert "No open emergencies." in text
    assert "Tomás Arrieta" in text


def test_pages_follow_each_other_without_gap_or_repeat_even_with_the_same_deadline(monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    at = datetime(2027, 1, 4, 17, 0, 0, 123456, tzinfo=UTC)
    officer = make_officer()
    made = [request_at("submitted", deadline_at=at, officer=officer) for _ in range(5)]
    client, seen, url = client_for(make_staff("analyst")), [], URL
    pages = []
    while url:
        page = client.get(url)
        pages.append(references(page))
        seen += references(page)
        url = page.context["next"]
    assert seen == [r.reference for r in made]
    back = client.get(page.context["previous"])
    assert references(back) == pages[-2]


@pytest.mark.parametrize(
    "after", ["x", "1~2~3", "9~2026-01-01T00:00:00~1", "9~2026-01-01T00:00:00+00:00~99999999999999999999"]
)
def test_a_place_that_is_none_shows_the_first_page(after):
    known = due(5)
    assert references(client_for(make_staff("analyst")).get(URL, {"after": after})) == [known.reference]


def test_the_page_is_a_row_comparison_and_never_an_offset():
    due(5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client_for(make_staff("analyst")).get(URL, {"after": "9~2026-01-01T00:00:00+00:00~1"})
    sql = " ".join(q["sql"] for q in queries)
    assert "OFFSET" not in sql
    row = ", ".join(f'"requests_app_datarequest"."{name}"' for name in ("rank", "deadline_at", "id"))
    assert f"({row}) >" in sql


def test_five_queries_whatever_the_number_of_rows():
    user = make_staff("analyst")
    user.permissions  # noqa: B018 - who the person is has been asked before
    page = reading.Filters()

    def work():
        at = timezone.now()
        reading.emergencies(user)
        reading.on_duty(user)
        reading.read_page(reading.narrowed(user, page, at))
        reading.counts(user, page, at)

    def queries_of_page():
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        return len(queries)

    client = client_for(user)
    officer = make_officer()
    due(5, officer=officer)
    client.get(URL)
    one = queries_of_page()
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("staff:approvals"))
    for _ in range(3):
        due(5)
        request_at("in_review", kind="emergency")
    assert queries_of_page() == one
    with CaptureQueriesContext(connection) as queries:
        work()
    assert len(queries) == 4  # and one for the countries of the filter


def test_views_and_filters_stand_in_the_address():
    user = make_staff("analyst")
    mine = request_at("in_review", analyst=user)
    waiting = request_at("awaiting_officer")
    approval = request_at("awaiting_approval")
    new = due(3, officer=make_officer(make_agency(country="FR")))
    overdue = due(-3)
    client = client_for(user)

    def shown(**query):
        return set(references(client.get(URL, query)))

    assert shown() == {r.reference for r in (mine, waiting, approval, new, overdue)}
    assert shown(view="mine") == {mine.reference}
    assert shown(view="waiting") == {waiting.reference}
    assert shown(view="approval") == {approval.reference}
    assert shown(view="unassigned") == {new.reference, overdue.reference}
    assert shown(view="overdue") == {overdue.reference}
    assert shown(country="FR") == {new.reference}
    assert shown(process="prosecutor") == set()
    assert shown(view="nonsense", country="'--", process="x") == shown()
    assert "Paused" in client.get(URL, {"view": "waiting"}).content.decode()


def test_what_nobody_took_in_time_is_overdue_too():
    past = timezone.now() - timedelta(minutes=1)
    look = due(200, first_look_due_at=past)
    due(200, status="in_review", first_look_due_at=past)
    due(200)
    emergency = request_at("submitted", kind="emergency", first_look_due_at=past)
    page = client_for(make_staff("analyst")).get(URL, {"view": "overdue"})
    assert references(page) == [look.reference]
    assert page.context["desk_overdue"] == "2"
    band, table = page.content.decode().split("Saved views")
    assert "Not taken in time" in band
    assert emergency.reference in band
    assert "First look is late" in table
    shown = client_for(make_staff("analyst")).get(reverse("staff:deadlines"), {"day": "overdue"})
    assert {row.label for day in shown.context["listed"] for row, _mine in day["rows"]} >= {
        look.reference, emergency.reference,
    }  # fmt: skip


def test_counts_stop_at_999():
    assert reading.shown_count(999) == "999"
    assert reading.shown_count(1000) == "999+"


def test_taking_a_row_puts_it_into_review_once():
    new = due(5)
    first, second = make_staff("analyst"), make_staff("analyst")
    client = client_for(first)
    assert client.post(reverse("staff:take", args=[new.reference])).url == reverse(
        "staff:request", args=[new.reference]
    )
    late = client_for(second).post(reverse("staff:take", args=[new.reference]), follow=True)
    assert late.redirect_chain[-1][0] == reverse("staff:request", args=[new.reference])
    assert f"{first.get_full_name()} took this request already." in late.content.decode()
    new.refresh_from_db()
    assert (new.status, new.assignee) == ("in_review", first)
    assert new.assignments.count() == 1
    assert AuditEvent.objects.filter(action="request.taken").count() == 1


def test_only_those_who_review_may_take_and_the_button_is_theirs():
    new = due(5)
    for role in ("approver", "auditor", "counsel"):
        client = client_for(make_staff(role))
        assert "Take<" not in client.get(URL).content.decode()
        assert client.post(reverse("staff:take", args=[new.reference])).status_code == 403
    assert "Take<" in client_for(make_staff("analyst")).get(URL).content.decode()


def test_restricted_requests_are_nowhere_for_others():
    hidden = request_at("in_review", restricted=True, title="Sealed matter")
    secret = request_at("submitted", kind="emergency", restricted=True, title="Sealed danger")
    waiting = request_at("awaiting_approval", restricted=True, title="Sealed decision")
    others = client_for(make_staff("analyst", "approver"))
    for url in (URL, f"{URL}?view=approval", "/staff/approvals/"):
        page = others.get(url)
        assert "Sealed" not in page.content.decode()
        assert page.context["page"].rows == []
    assert others.get(URL).context["all_open"] == "0"
    pages = ("", "sent/", "messages/", "notes/", "history/", "hand-over/", "return/", "call-back/")
    for row in (hidden, secret, waiting):
        for page in pages:
            assert others.get(f"/staff/requests/{row.reference}/{page}").status_code == 404
        assert others.get(f"/staff/approvals/{row.reference}/").status_code == 404
    assert others.post(reverse("staff:take", args=[secret.reference])).status_code == 404

    reader = make_staff("analyst")
    for row in (hidden, secret):
        row.named_readers.add(reader)
    page = client_for(reader).get(URL)
    assert references(page) == [hidden.reference]
    assert "Sealed danger" in page.content.decode()


def test_who_declared_a_conflict_sees_nothing_of_the_agency():
    row = due(5)
    user = make_staff("analyst")
    DeclaredConflict.objects.create(user=user, agency=row.agency, reason="My brother", declared_at=timezone.now())
    assert references(client_for(user).get(URL)) == []
    assert client_for(user).get(f"/staff/requests/{row.reference}/").status_code == 404


def test_drafts_and_other_providers_stay_out():
    request_at("draft")
    request_at("submitted", provider=make_provider(name="Other", slug="other", reference_prefix="OT"))
    mine = make_staff("analyst", provider=make_provider())
    assert DataRequest.objects.count() == 2
    assert references(client_for(mine).get(URL)) == []
