"""manage.py make_due: a hold's reminder or end can be watched, and the trail says that it was arranged."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.notifications.models import OutboundMessage
from preservation import tasks
from preservation.services import execution
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db


def make_due(*arguments) -> str:
    out = StringIO()
    call_command("make_due", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("days", "words"), [(30, "in 30 days"), (14, "in 14 days"), (7, "in 7 days"), (1, "tomorrow"), (3, "in 3 days")]
)
def test_a_reminder_is_due_now(days, words):
    hold = hold_of(at=timezone.now())
    assert "its reminder is due now" in make_due(hold.reference.lower(), "--days-before", str(days))
    tasks.sweep()
    tasks.sweep()
    message = OutboundMessage.objects.get(event="hold_reminder")
    assert message.subject.endswith(f"Your hold ends {words}")
    event = entries_for(hold).get(action="hold.made_due")
    assert (event.actor_kind, event.reason) == ("system", "The dates were moved to show what happens then.")


def test_the_end_is_due_now():
    hold = hold_of(at=timezone.now())
    assert "its end is due now" in make_due(hold.reference)
    tasks.sweep()
    hold.refresh_from_db()
    assert hold.status == "expired"  # more time can still be asked for late
    assert OutboundMessage.objects.filter(event="hold_ended").count() == 1


def test_after_the_end_the_end_of_its_copies_is_due_now():
    hold = hold_of(at=timezone.now())
    make_due(hold.reference)
    tasks.sweep()
    with pytest.raises(CommandError, match="does not run down"):
        make_due(hold.reference, "--days-before", "7")
    assert "the end of its copies is due now" in make_due(hold.reference)
    execution.work(hold.pk)
    hold.refresh_from_db()
    assert hold.status == "destroyed"  # nothing was kept yet, so nothing had to be deleted first
    assert entries_for(hold).filter(action="hold.made_due").count() == 2
    with pytest.raises(CommandError, match="does not run down"):
        make_due(hold.reference)


def test_it_can_be_done_again():
    hold = hold_of(at=timezone.now())
    for days in ("30", "7"):
        make_due(hold.reference, "--days-before", days)
        tasks.sweep()
    assert OutboundMessage.objects.filter(event="hold_reminder").count() == 2


def test_production_and_nonsense_are_refused(settings):
    hold = hold_of(at=timezone.now())
    for wrong in (["HD-26-0000000"], ["rubbish"], [hold.reference, "--days-before", "-1"]):
        with pytest.raises(CommandError):
            make_due(*wrong)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="Production moves no dates"):
        make_due(hold.reference)
    settings.PRODUCTION = False
    ended = hold_of(status="released")
    with pytest.raises(CommandError, match="does not run down"):
        make_due(ended.reference)
