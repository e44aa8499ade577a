"""Takedown notices for tests, at any point of their lives."""

from datetime import timedelta

from django.utils import timezone

from foundation.core.references import new_reference
from requests_app.enums import Channel, TakedownStatus
from requests_app.models import TakedownNotice
from requests_app.services import takedowns
from tests.people import make_provider


def takedown_at(status: str = TakedownStatus.RECEIVED, **changes) -> TakedownNotice:
    """A notice that arrived an hour ago, in this state."""
    arrived = changes.pop("arrived_at", timezone.now() - timedelta(hours=1))
    due = takedowns.deadline(arrived, "IN")
    values = {
        "provider": make_provider(), "reference": new_reference("TD", arrived), "channel": Channel.POST,
        "jurisdiction": "IN", "authority": "Ministry of Home Affairs", "law": takedowns.LAW,
        "content": "https://scam.example/", "arrived_at": arrived, "deadline_at": due.at, "deadline_rule": due.rule,
    }  # fmt: skip
    return TakedownNotice.objects.create(status=status, **(values | changes))
