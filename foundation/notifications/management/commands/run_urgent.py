"""`manage.py run_urgent`: the process that delivers emergencies, by mail and to pagers."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from foundation.notifications.hooks.urgent import UrgentCalls
from foundation.notifications.trail_watch import TrailWatch
from foundation.notifications.urgent import UrgentLoop
from foundation.notifications.urgent_helpers import UrgentHelpers
from foundation.notifications.urgent_reminders import UrgentReminders


class Command(BaseCommand):
    """Deliver urgent messages and look at urgent clocks until SIGTERM or Ctrl-C."""

    help = "Delivers urgent messages from the database, without Celery and Redis, until it is told to stop."
    requires_system_checks = ()  # it must come up as soon as the database does

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the loop in this process."""
        loop, beside = UrgentLoop(), (UrgentHelpers(), UrgentCalls(), UrgentReminders(), TrailWatch())

        def stop(signum: int, frame: FrameType | None) -> None:
            loop.stop()
            for one in beside:
                one.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write("Urgent loop is running.")
        self.stdout.flush()
        for one in beside:
            one.start()
        try:
            loop.run()
        finally:
            for one in beside:
                one.stop()
            for one in beside:
                one.join()
        self.stdout.write("Urgent loop stopped.")
