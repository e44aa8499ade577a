"""`manage.py make_due_request REFERENCE`: the demo's clock for one request."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.core.errors import PortalError
from lers.demo.due import end_bar, make_due


class Command(BaseCommand):
    """Demo only: what would come due in days comes due now."""

    help = "Demo only: move a request's open question, notice window and package expiry to now, or the end of its bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the reference, and what moves the end of a bar instead."""
        parser.add_argument("reference")
        parser.add_argument("--bar-ends-in", type=int, choices=range(366), metavar="DAYS", help="0: it is over")

    def handle(self, *args: Any, reference: str, bar_ends_in: int | None = None, **options: Any) -> None:
        """Move what can be moved, and say what."""
        try:
            moved = make_due(reference) if bar_ends_in is None else end_bar(reference, days=bar_ends_in)
        except PortalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{reference}: {'; '.join(moved)}. The next sweep acts on it, within a minute.")
