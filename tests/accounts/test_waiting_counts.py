"""Counts beside the entries of the staff's navigation: one query, only where drawn, nobody else's cases."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import waiting
from accounts.waiting import Counts, shown
from requests_app.models import DataRequest, Proposal
from requests_app.waiting import to_approve, to_look_at
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of
from tests.requests_app.desk.pages import proposed

pytestmark = pytest.mark.django_db
ENTRIES = ("staff:queue", "staff:approvals", "accounts:applications", "holds:staff_list")


def numbers(user):
    counts = Counts(user, ENTRIES, at=timezone.now())
    return [counts.number(entry) for entry in ENTRIES]


def test_each_counts_what_waits_for_this_person():
    new, late, fresh = request_at("submitted"), request_at("in_review"), request_at("in_review")
    DataRequest.objects.filter(pk__in=[new.pk, late.pk]).update(deadline_at=timezone.now() - timedelta(days=1))
    proposal = proposed()
    extension_of(hold_of(at=timezone.now() - timedelta(days=85)), at=timezone.now())
    assert fresh.status == "in_review"
    assert numbers(make_staff("analyst")) == [2, 1, 0, 0]
    # The extension, and the hold itself: its officer is new, so a person looks at it first.
    assert numbers(make_staff("preservation_admin")) == [0, 0, 0, 2]
    assert numbers(proposal.proposed_by)[1] == 0
    assert numbers(make_officer()) == [0, 0, 0, 0]


def test_what_is_restricted_is_counted_for_its_readers_only():
    row = request_at("submitted")
    DataRequest.objects.filter(pk=row.pk).update(restricted=True)
    analyst, other = make_staff("analyst"), make_staff("analyst")
    row.named_readers.add(analyst)
    assert [numbers(analyst)[0], numbers(other)[0]] == [1, 0]


def test_all_of_them_are_one_query_and_none_where_nothing_is_drawn():
    request_at("submitted")
    user = make_staff("analyst", "approver")
    user.permissions  # noqa: B018 - cached with the person
    with CaptureQueriesContext(connection) as asked:
        counts = Counts(user, ENTRIES, at=timezone.now())
        drawn = [counts.of(entry) for entry in ENTRIES]
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert [one.shown for one in drawn] == ["1", "", "", ""]
        assert [one.shown for one in drawn] == ["1", "", "", ""]
    assert len(asked) == 1


def test_a_count_ends_at_ninety_nine():
    assert [shown(n) for n in (0, 1, 99, 100, 5000)] == ["", "1", "99", "99+", "99+"]
    assert f"LIMIT {waiting.MOST}" in str(to_look_at(make_staff("analyst"), timezone.now())[0][: waiting.MOST].query)


def test_a_number_of_another_app_counts_too(monkeypatch):
    monkeypatch.setitem(waiting._counts, "x:y", waiting.Waiting("tests.accounts.test_waiting_counts.four", "w", False))
    counts = Counts(make_staff("analyst"), ["x:y", "staff:queue"], at=timezone.now())
    assert (counts.number("x:y"), counts.number("staff:queue"), counts.number("unknown")) == (4, 0, 0)


def four(user, at):
    return 4


def test_the_navigation_draws_it_with_words():
    request_at("submitted")
    page = client_for(make_staff("analyst")).get("/staff/queue/").content.decode()
    nav = page.partition('aria-label="Main"')[2].partition("</nav>")[0]
    assert re.search(r'Queue <span class="app-count">1<span class="govuk-visually-hidden"> to look at or overdue', nav)
    assert nav.count("app-count") == 1


def test_own_proposals_do_not_wait_for_oneself():
    proposal = proposed()
    Proposal.objects.filter(pk=proposal.pk).update(proposed_by=proposal.proposed_by)
    at = timezone.now()
    (rows,) = to_approve(proposal.proposed_by, at)
    (others,) = to_approve(make_staff("approver"), at)
    assert (rows.count(), others.count()) == (0, 1)
