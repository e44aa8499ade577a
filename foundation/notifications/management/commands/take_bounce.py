"""`manage.py take_bounce`: a mail server pipes a report about an undelivered mail in here."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from foundation.notifications.bounces import MOST_BYTES, Taken, take

COME_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: the mail server tries again later


class Command(BaseCommand):
    """Read one report from standard input."""

    help = (
        "Reads one delivery report (RFC 3464) from standard input and notes it on the message that did not arrive."
        " What is no such report is ignored. Postfix: bounces: |/path/to/manage.py take_bounce"
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Note the report and say in one word what came of it; exit with 75 where it must come again."""
        taken = take(sys.stdin.buffer.read(MOST_BYTES))
        self.stdout.write(taken.value)
        if taken is Taken.TOO_EARLY:
            sys.exit(COME_AGAIN)
