"""Two sweepers at once tell of a download that ends once."""

from datetime import timedelta

import pytest

from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.services import packages
from tests.harness.race import race
from tests.requests_app.records.steps import granted_request, released_package


@pytest.mark.usefixtures("company", "quick_letter")
def test_two_sweepers_at_once_tell_each_stage_once(committed_db):
    package = released_package(granted_request())
    moment = package.expires_at - timedelta(days=7)
    done = race(*[lambda: remind(at=moment)] * 3)
    assert all(isinstance(number, int) for number in done)
    assert OutboundMessage.objects.filter(event="download_ends").count() == 1
    done = race(*[lambda: packages.expire_due(at=package.expires_at)] * 3)
    assert sorted(done) == [0, 0, 1]
    for event in ("download_over", "download_unused"):
        assert OutboundMessage.objects.filter(event=event).count() == 1
