"""Seals what waits, by hand or after a restore."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from foundation.audit import sealing


class Command(BaseCommand):
    """Seal the trail now instead of at the worker's next turn."""

    help = "Gives waiting entries their places in the Merkle tree and signs a checkpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the one option."""
        parser.add_argument(
            "--after-restore",
            action="store_true",
            help="seal every entry of a restored database; run it once, before anything else writes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal once."""
        checkpoint = sealing.seal(after_restore=options["after_restore"])
        self.stdout.write(f"Sealed: {checkpoint}." if checkpoint else "Nothing to seal.")
