"""`manage.py explain_request`, and what staff read of a deadline that a question moved."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from requests_app.services import case_clocks, questions
from requests_app.services.recounting import open_clocks
from tests.factories import request_at
from tests.people import make_staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 19, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def test_it_explains_each_stop_of_the_clock_over_a_change_of_the_clocks():
    row = request_at("in_review", at=AT)
    first, asked = row.deadline_at, AT + DAY
    one = questions.ask(row, text="Which?", by=row.assignee, at=asked)
    questions.answer(one, text="March.", by=row.officer, at=asked + 2 * DAY + timedelta(hours=13))
    row.refresh_from_db()
    questions.ask(row, text="And?", by=row.assignee, at=asked + 4 * DAY)
    row.refresh_from_db()
    out = StringIO()
    call_command("explain_request", f"--reference={row.reference.lower()}", stdout=out)
    text = out.getvalue()
    assert f"Answer: counted to {first:%a %-d %b %Y, %H:%M:%S} UTC" in text
    assert f"2 days later: {row.deadline_at:%a %-d %b %Y, %H:%M:%S} UTC" in text
    assert "question 2: stopped from Sat 24 Oct 2026, 09:00:00 UTC, still stands" in text
    assert "moved otherwise" not in text
    assert "Question 2: asked" in text
    assert "First look: due" in text
    assert row.title not in text
    answer = next(c for c in case_clocks.read(row, at=asked + 4 * DAY).clocks if c.name == "answer")
    assert answer.rule == f"{row.deadline_rule}, 2 days later because a question stopped the clock"


def test_an_unknown_reference_is_one_sentence():
    with pytest.raises(CommandError, match="There is no request 'MX-26-NONE'") as refused:
        call_command("explain_request", "--reference=MX-26-NONE")
    assert refused.value.returncode == 2


def test_who_keeps_calendars_reads_no_reference_of_a_request():
    row = request_at("awaiting_officer", at=AT)
    calendar = row.provider.calendar
    reviewer, administrator = make_staff("analyst"), make_staff("administrator")
    assert {clock.label for clock in open_clocks(calendar, reviewer)} == {row.reference}
    found = list(open_clocks(calendar, administrator))
    assert [clock.label for clock in found] == ["A request"] * len(found)
    assert {clock.what for clock in found} >= {"Answer", "Answer to question 1"}
    assert {clock.label for clock in open_clocks(calendar, None)} == {row.reference}
