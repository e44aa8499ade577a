"""A clock that cannot be looked at does not keep the other clocks waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.notifications import reminders, running_clocks
from foundation.notifications.models import OutboundMessage
from foundation.notifications.running_clocks import RunningClock, at_the_end
from tests.notifications.factories import message

pytestmark = pytest.mark.django_db
told: list[str] = []


def rows():
    return OutboundMessage.objects.filter(event="sample")


def broken():
    raise LookupError("its column is not there yet")


def tell(row, stage, at):
    told.append(row.event)


def test_the_clocks_after_it_are_told(monkeypatch, caplog):
    told.clear()
    here, stages = __name__, (at_the_end(),)
    common = {"label": "", "due": "due_at", "began": "created_at", "stages": stages, "tell": f"{here}.tell"}
    clocks = {
        "a": RunningClock(name="a", rows=f"{here}.broken", **common),
        "b": RunningClock(name="b", rows=f"{here}.rows", **common),
    }
    monkeypatch.setattr(running_clocks, "_clocks", clocks)
    message(at=timezone.now() - timedelta(minutes=1))
    assert reminders.remind() == 1
    assert told == ["sample"]
    assert "Clock a could not be looked at" in caplog.text
