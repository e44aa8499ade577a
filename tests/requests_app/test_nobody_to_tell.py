"""Where nobody may act on a request: the stage stays due, administrators are paged, it is logged."""

import inspect
import re
from datetime import UTC, datetime, timedelta

import pytest

from foundation.notifications.message_kinds import kind_of, message_kinds
from foundation.notifications.models import Kind, OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.notify import clocks, record_clocks
from requests_app.services import emergency_alerts
from tests.factories import request_at
from tests.people import make_staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def test_a_first_look_that_nobody_may_take_stays_due_and_is_logged_once_an_hour(caplog):
    data_request = request_at("submitted", at=AT, restricted=True)
    make_staff("analyst")
    due = data_request.first_look_due_at
    for minutes in (0, 1, 30, 61):
        remind(at=due + timedelta(minutes=minutes), only="first_look")
    assert caplog.text.count("there is nobody to tell") == 2
    named = make_staff("analyst")
    data_request.named_readers.add(named)
    remind(at=due + timedelta(minutes=62), only="first_look")
    remind(at=due + timedelta(minutes=63), only="first_look")
    assert told("first_look_late") == [named.email]


def test_an_officer_is_told_of_a_late_answer_even_where_nobody_works_on_it():
    data_request = request_at("in_review", at=AT, restricted=True)
    for minutes in (0, 1):
        remind(at=data_request.deadline_at + timedelta(minutes=minutes), only="answer")
    assert told("answer_delayed") == [data_request.officer.email]
    assert not told("answer_late")
    data_request.named_readers.add(data_request.assignee)
    remind(at=data_request.deadline_at + timedelta(minutes=2), only="answer")
    assert (told("answer_late"), told("answer_delayed")) == (
        [data_request.assignee.email],
        [data_request.officer.email],
    )


def test_a_restricted_emergency_in_hand_without_readers_pages_administrators_without_its_reference(caplog):
    data_request = request_at("in_review", kind="emergency", at=AT, restricted=True)
    admin = make_staff("administrator")
    remind(at=data_request.deadline_at, only="emergency_decide")
    mail = OutboundMessage.objects.get()
    assert (mail.event, mail.to_user) == ("emergency_unattended", admin)
    assert data_request.reference not in mail.subject + mail.body_text + mail.reference
    assert "Nobody can be paged" in caplog.text
    assert data_request.reference not in caplog.text


def test_administrators_are_paged_of_a_restricted_one_whose_readers_do_not_act():
    data_request = request_at("in_review", kind="emergency", at=AT, restricted=True)
    admin, named = make_staff("administrator"), data_request.assignee
    data_request.named_readers.add(named)
    due = data_request.deadline_at
    remind(at=due, only="emergency_decide")
    assert (told("emergency_undecided"), told("emergency_unattended")) == ([named.email], [])
    remind(at=due + timedelta(minutes=10), only="emergency_decide")
    assert told("emergency_unattended") == [admin.email]


@pytest.mark.parametrize("named", [False, True])
def test_one_that_nobody_takes_is_widened_to_administrators(named):
    data_request = request_at("submitted", kind="emergency", at=AT, restricted=True)
    alert = emergency_alerts.alert(data_request, at=AT)
    OutboundMessage.objects.all().delete()
    admin, reader = make_staff("administrator"), make_staff("analyst")
    if named:
        data_request.named_readers.add(reader)
    remind(at=alert.take_by, only="emergency_take")
    assert told("emergency_unattended") == ([] if named else [admin.email])
    remind(at=alert.take_by + timedelta(minutes=10), only="emergency_take")
    assert told("emergency_unattended") == [admin.email] * (1 if named else 2)


OF_CLOCKS = """access_due access_late access_reverify access_reverify_unused acknowledgement_missing answer_due
answer_late answer_delayed answer_still_late bar_ends bar_over bar_over_staff download_ends download_over
download_unused emergency_waiting emergency_undecided emergency_unattended first_look_due first_look_late
hold_reminder hold_reminder_staff hold_ended hold_ended_staff hold_put_off hold_extension_overdue hold_not_deleted
question_reminder question_lapsed question_unanswered window_ends window_over officer_left"""


def test_no_message_of_a_running_clock_waits_for_a_digest():
    named = set(re.findall(r'"([a-z]+_[a-z_]+)"', inspect.getsource(clocks) + inspect.getsource(record_clocks)))
    known = (named | set(OF_CLOCKS.split())) & set(message_kinds())
    assert len(known) >= len(OF_CLOCKS.split())
    assert [event for event in sorted(known) if kind_of(event) == Kind.ORDINARY] == []
