"""The officer's list: its parts, its order, and pages that lose and repeat nothing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from preservation.models import PreservationHold
from preservation.views.officer import paging
from tests.people import client_for, make_officer
from tests.preservation.holds import draft_of, hold_of

pytestmark = pytest.mark.django_db


def titles(client, query=""):
    html = client.get(f"/holds/{query}").content.decode()
    return re.findall(r'<th scope="row"[^>]*>\s*<a[^>]*><strong>([^<]+)</strong>', html), html


@pytest.fixture
def officer():
    return make_officer()


def started(days_ago, officer, title, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), title=title, **more)


def test_parts_and_order(officer):
    now = timezone.now()
    started(200, officer, "Over long ago", status="expired")
    started(10, officer, "Let go", status="released")
    started(5, officer, "Far")
    near = started(70, officer, "Near")
    started(40, officer, "Kept", status="process_served")
    treaty = started(50, officer, "Treaty", status="on_treaty")
    draft_of(officer, at=now, title="Draft")
    client = client_for(officer)
    assert titles(client)[0] == ["Near", "Far", "Treaty", "Kept", "Draft", "Let go", "Over long ago"]
    assert titles(client, "?show=running")[0] == ["Near", "Far", "Treaty", "Kept"]
    assert titles(client, "?show=ending")[0] == ["Near"]
    assert titles(client, "?show=ended")[0] == ["Let go", "Over long ago"]
    found, html = titles(client, "?show=question")
    assert found == []
    assert "No hold here." in html
    PreservationHold.objects.filter(pk=near.pk).update(needed_asked_at=now)
    PreservationHold.objects.filter(pk=treaty.pk).update(confirm_by=now + timedelta(days=13))
    found, html = titles(client, "?show=question")
    assert found == ["Treaty", "Near"]
    assert html.count(f'href="/holds/{near.reference}/needed/"') == 1
    assert titles(client)[0][:4] == ["Treaty", "Near", "Far", "Kept"]
    assert titles(client, "?show=x&after=rubbish")[0] == titles(client)[0]
    assert titles(client_for(make_officer(PreservationHold.objects.first().agency)))[0] == []


def test_pages_lose_and_repeat_nothing(officer, monkeypatch):
    monkeypatch.setattr(paging, "PAGE", 2)
    same = timezone.now() - timedelta(days=30)
    for number in range(3):
        hold_of(officer, at=same, title=f"Same {number}")
    for number in range(2):
        started(120 + number, officer, f"Over {number}", status="expired")
    draft_of(officer, at=same, title="Draft")
    client, seen, query = client_for(officer), [], ""
    for _page in range(4):
        found, html = titles(client, query)
        seen += found
        following = re.search(r'href="(\?after=[^"]+)" rel="next"', html)
        if not following:
            break
        query = following[1]
    assert seen == ["Same 0", "Same 1", "Same 2", "Draft", "Over 0", "Over 1"]
