"""`manage.py check_storage`: whether everything is stored that should be, and nothing else."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.documents.errors import StorageUnavailable
from foundation.documents.services.inventory import take_inventory


class Command(BaseCommand):
    """Exit 0 when storage and rows agree, 1 when a row's file is missing."""

    help = "Lists stored files that no row names, and rows whose file is missing. Run it while the portal runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the wish to clean up."""
        parser.add_argument("--remove", action="store_true", help="remove files without a row that are a day old")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and tell."""
        try:
            found = take_inventory(remove=options["remove"])
        except StorageUnavailable as error:
            raise CommandError("The storage does not answer; the log says why. Try again later.") from error
        self.stdout.write(f"{found.stored} stored files, {len(found.orphans)} without a row, {found.young} too young.")
        for name in found.orphans:
            self.stdout.write(f"without a row: {name}")
        for name, _upload in found.unfinished:
            self.stdout.write(f"never finished: {name}")
        if options["remove"]:
            self.stdout.write(f"{found.removed} removed.")
        if found.missing:
            lines = [f"The file of {len(found.missing)} rows is missing:", *found.missing]
            raise CommandError("\n".join(lines))
