"""Checks the whole trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.audit import verification


class Command(BaseCommand):
    """Exit 0 and print a count, or exit 1 and name the first broken entry."""

    help = "Checks every entry of the trail against its bytes, its leaf and the signed checkpoints."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the trail."""
        try:
            done = verification.verify()
        except verification.TrailBroken as error:
            raise CommandError(f"The trail is broken. {error}") from error
        self.stdout.write(
            f"The trail is whole: {done.sealed + done.unsealed} entries, {done.sealed} of them sealed "
            f"under {done.checkpoints} checkpoints."
        )
