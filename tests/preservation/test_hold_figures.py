"""Figures of holds: each month counts what happened in it, and no restricted hold is in any."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from preservation.models import HoldExtension, PreservationHold
from preservation.services import extensions, hold_figures, life
from tests.accounts.helpers import words
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_months_count_what_started_ended_and_was_kept():
    officer, admin = make_officer(), make_staff("preservation_admin")
    hold_of(officer, at=datetime(2025, 10, 3, tzinfo=UTC), status="released")
    long = hold_of(officer, at=datetime(2025, 11, 3, tzinfo=UTC))
    hold_of(officer, at=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))
    gone = hold_of(officer, at=datetime(2026, 9, 2, tzinfo=UTC))
    hidden = hold_of(officer, at=datetime(2026, 9, 2, tzinfo=UTC))
    PreservationHold.objects.filter(pk=hidden.pk).update(restricted=True)
    PreservationHold.objects.filter(pk=long.pk).update(process_at=datetime(2026, 2, 1, tzinfo=UTC))
    life.release(gone, by=officer, at=datetime(2026, 10, 1, tzinfo=UTC))
    months = hold_figures.last_months(NOW)
    assert (months[0], months[-1], len(months)) == (date(2025, 12, 1), date(2026, 11, 1), 12)
    found = {month.first: month for month in hold_figures.holds_by_month(admin, months)}
    assert (found[date(2025, 12, 1)].kept, found[date(2025, 12, 1)].started) == (1, 0)
    assert (found[date(2026, 9, 1)].kept, found[date(2026, 9, 1)].started) == (3, 2)
    assert (found[date(2026, 10, 1)].kept, found[date(2026, 10, 1)].ended) == (2, 1)
    assert sum(month.followed for month in found.values()) == 0


def test_extensions_count_when_asked_and_when_decided():
    officer, admin = make_officer(), make_staff("preservation_admin")
    start = datetime(2026, 8, 20, tzinfo=UTC)
    granted, refused, open_one = (extension_of(hold_of(officer, at=start), at=start + timedelta(days=n)) for n in (
        40, 41, 60,
    ))  # fmt: skip
    extensions.grant(granted, reason="", by=admin, at=datetime(2026, 10, 2, tzinfo=UTC))
    extensions.refuse(refused, reason="Send the order.", by=admin, at=datetime(2026, 10, 3, tzinfo=UTC))
    assert open_one.status == "requested"
    found = {one.first: one for one in hold_figures.extensions_by_month(admin, hold_figures.last_months(NOW))}
    september, october = found[date(2026, 9, 1)], found[date(2026, 10, 1)]
    assert (september.asked, september.granted) == (2, 0)
    assert (october.asked, october.granted, october.refused, october.lapsed) == (1, 1, 1, 0)
    PreservationHold.objects.update(restricted=True)
    assert not any(one.asked for one in hold_figures.extensions_by_month(admin, hold_figures.last_months(NOW)))
    assert HoldExtension.objects.count() == 3


def test_the_page_draws_each_plot_beside_its_table_in_two_queries_of_figures():
    admin = make_staff("preservation_admin")
    client = client_for(admin)
    empty = words(client.get("/staff/holds/figures/"))
    assert "No hold was asked for yet." in empty
    hold = hold_of(at=datetime.now(UTC) - timedelta(days=40))
    extension_of(hold, at=datetime.now(UTC))
    PreservationHold.objects.update(process_at=datetime.now(UTC))
    page = client.get("/staff/holds/figures/")
    html = page.content.decode()
    assert html.count('role="img"') == html.count("<desc id=") == 3
    assert html.count('scope="row"') == 36
    assert "kept now 1" in words(page)
    assert "1 of 1" in html
    with CaptureQueriesContext(connection) as found:
        hold_figures.sections(admin, at=NOW)
    assert len([query for query in found if "GROUP BY" in query["sql"]]) == 2
    assert client_for(make_staff("administrator")).get("/staff/holds/figures/").status_code == 403
    assert client_for(hold.officer).get("/staff/holds/figures/").status_code == 404
