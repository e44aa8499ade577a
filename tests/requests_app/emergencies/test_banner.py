"""Emergencies that nobody has taken stand on top of every page of staff, for whoever may see them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredConflict
from accounts.session_life import POLL_HEADER, SEEN_AT
from requests_app.services import triage
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
PAGES = ("staff:queue", "accounts:applications", "holds:staff_list", "accounts:account", "accounts:inbox")


def banner(client, name="staff:queue"):
    page = client.get(reverse(name)).content.decode()
    found = re.search(r'<div class="app-alarm".*?</div>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group())).strip() if found else None


def emergency(*, minutes=3, **columns):
    at = timezone.now() - timedelta(minutes=minutes, hours=1)
    return request_at("submitted", kind="emergency", at=at, **columns)


def test_it_stands_on_every_page_until_somebody_takes_it():
    reader = make_staff("analyst")
    client, other = client_for(reader), client_for(make_staff("auditor"))
    assert {banner(client, name) for name in PAGES} == {""}
    one, two = emergency(minutes=3), emergency(minutes=20)
    for name in PAGES:
        assert banner(client, name).startswith("2 emergencies wait, nobody has taken them.")
    assert "The first came in at" in banner(other)
    assert "Not taken in time: Overdue by 15 min" in banner(client)
    triage.take(two, by=reader)
    assert re.match(r"1 emergency waits, nobody has taken it. It came in at .* Time to take it: 1 min", banner(client))
    triage.take(one, by=reader)
    assert banner(client) == ""


def test_nobody_reads_there_of_what_they_may_not_see():
    named, other = make_staff("analyst"), make_staff("analyst")
    hidden = emergency(restricted=True)
    hidden.named_readers.add(named)
    assert banner(client_for(named)).startswith("1 emergency waits")
    assert banner(client_for(other)) == ""
    assert 'class="app-alarm"' not in client_for(make_officer()).get(reverse("officer:requests")).content.decode()


def test_who_may_see_no_request_reads_how_many_wait_and_since_when_and_nothing_else():
    reader, pages = make_staff("administrator"), ("accounts:people", "staff:rota", "accounts:account")
    client = client_for(reader)
    hidden, conflicting = emergency(restricted=True), emergency()
    DeclaredConflict.objects.create(user=reader, agency=conflicting.agency, declared_at=timezone.now())
    assert {banner(client, name) for name in (*pages, "staff:emergencies")} == {""}
    seen = emergency(officer=make_officer(make_agency()))
    for name in (*pages, "staff:emergencies"):
        assert banner(client, name).startswith("1 emergency waits, nobody has taken it. It came in at"), name
        text = client.get(reverse(name)).content.decode()
        assert reverse("staff:queue") not in text
        assert not any(row.reference in text for row in (hidden, conflicting, seen))
    assert client.get(reverse("staff:queue")).status_code == 403
    assert banner(client_for(make_staff("preservation_admin")), "holds:staff_list").startswith("2 emergencies wait")


def test_a_page_that_asks_again_by_itself_is_no_activity():
    client = client_for(make_staff("analyst"))
    client.get(reverse("staff:queue"))
    session = client.session
    session[SEEN_AT] = (timezone.now() - timedelta(minutes=4)).isoformat()
    session.save()
    assert client.get(reverse("staff:emergencies"), headers={POLL_HEADER: "1"}).status_code == 200
    assert client.session[SEEN_AT] == session[SEEN_AT]


def test_it_costs_no_query_where_nothing_waits_and_one_where_something_does():
    client = client_for(make_staff("analyst"))
    client.get(reverse("staff:emergencies"))

    def asked():
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("staff:emergencies"))
        return len(found)

    before = asked()
    emergency()
    assert asked() == before + 1
    emergency(), emergency()
    assert asked() == before + 1
