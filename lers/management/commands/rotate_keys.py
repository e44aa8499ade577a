"""`manage.py rotate_keys`: seals everything under the newest master key. Kill it and start it again as you like."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.documents.errors import KeyServiceUnavailable
from foundation.documents.services import rotation


class Command(BaseCommand):
    """Exit 0 when everything lies under the newest key, 1 with the rows that did not open."""

    help = (
        "Seals the data keys of files, the secrets of authenticator apps and the passphrases of packages under the "
        "newest master key, while the portal runs. It goes on where it was stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the two ways to only look, and the size of a batch."""
        look = parser.add_mutually_exclusive_group()
        look.add_argument("--dry-run", action="store_true", help="open everything, change nothing")
        look.add_argument("--status", action="store_true", help="count the rows under each key, open nothing")
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, or look; then say how every key stands."""
        try:
            if not options["status"]:
                self._rotate(dry_run=options["dry_run"], batch=max(options["batch"], 1))
            self._tell()
        except KeyServiceUnavailable as error:
            raise CommandError(
                "The key service does not answer; the log says why. What was done stays done: start the command again."
            ) from error

    def _rotate(self, *, dry_run: bool, batch: int) -> None:
        def tell(found: rotation.Report) -> None:
            self.stdout.write(f"{found.done.total()} rows…")

        found = rotation.rotate(dry_run=dry_run, batch=batch, report=tell)
        verb = "would be sealed" if dry_run else "sealed"
        for (label, key_id), rows in sorted(found.done.items()):
            self.stdout.write(f"{label}: {rows} from {key_id} {verb} under {found.newest}")
        if found.left_alone:
            self.stdout.write(f"{found.left_alone} rows changed meanwhile and were left alone.")
        if found.failed:
            self._tell()
            raise CommandError("\n".join([f"{len(found.failed)} rows did not open:", *found.failed]))

    def _tell(self) -> None:
        unknown = False
        for key in rotation.standings():
            rows = ", ".join(f"{label} {count}" for label, count in key.rows.items()) or "no rows"
            self.stdout.write(f"{key.key_id}: {rows}. {_advice(key)}")
            unknown = unknown or not key.configured
        if unknown:
            raise CommandError("Rows lie under a key that is not configured: they do not open until it is back.")


def _advice(key: rotation.Standing) -> str:
    if key.newest:
        return "The newest key; new things are sealed under it."
    if not key.configured:
        return "NOT CONFIGURED."
    return "It can be taken out." if key.can_go else "Still needed: run rotate_keys."
