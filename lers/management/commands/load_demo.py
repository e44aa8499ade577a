"""Demo data: people, agencies, and cases in every state."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.core.errors import PortalError
from lers.demo.load import load


class Command(BaseCommand):
    """Makes the demo data that is missing; run again it changes nothing, and finishes what a crash left out."""

    help = "Make the demo data. Refused unless DEMO=1, and always in production."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say what was made."""
        try:
            made = load()
        except PortalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Demo data is complete. Made now: {', '.join(made) or 'nothing'}.")
