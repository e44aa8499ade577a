"""The demo's sign-ins, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lers.demo.errors import DemoRefused, require_demo
from lers.demo.people import credentials


class Command(BaseCommand):
    """Prints what somebody needs to sign in as each role of the demo."""

    help = "Print the demo's sign-ins as a JSON list of role, email, password and totp_secret."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list."""
        try:
            require_demo()
        except DemoRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(credentials(), indent=2))
