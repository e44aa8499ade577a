"""`manage.py check_scanner`: for monitoring, whether the scanner answers, how old its signatures are, what waits."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from foundation.documents import services as documents


class Command(BaseCommand):
    """Say how the checking of files stands, as JSON; exit 1 where something must be done."""

    help = "Says how the checking of files stands, as JSON; exit 1 where something must be done."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one object; its alarms are sentences."""
        found = documents.health()
        self.stdout.write(json.dumps(asdict(found), default=lambda value: value.isoformat(), indent=2))
        if found.alarms:
            sys.exit(1)
