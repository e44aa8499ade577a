"""`manage.py make_due_request REFERENCE`: the demo's clock for one request."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.core.errors import PortalError
from lers.demo.due import make_due


class Command(BaseCommand):
    """Demo only: what would come due in days comes due now."""

    help = "Demo only: move a request's open question, notice window and package expiry to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the reference."""
        parser.add_argument("reference")

    def handle(self, *args: Any, reference: str, **options: Any) -> None:
        """Move what can be moved, and say what."""
        try:
            moved = make_due(reference)
        except PortalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{reference}: {'; '.join(moved)}. The next sweep acts on it, within a minute.")
