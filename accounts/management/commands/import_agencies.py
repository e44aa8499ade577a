"""`manage.py import_agencies FILE.csv`: the public list of .gov domains into the registry."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services import registry
from foundation.core.errors import PortalError


class Command(BaseCommand):
    """Import the list; a wrong file changes nothing, and importing again makes no double."""

    help = (
        "Takes CISA's list of .gov domains (the columns Domain name, Domain type, Organization name, Suborganization "
        "name, City, State) as known domains: no police power, no numbers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what to call it."""
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--source", default="", help="what staff read beside each domain")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what was done."""
        path: Path = options["file"]
        source = options["source"] or f"CISA list of .gov domains, file {path.name}"
        try:
            with path.open("rb") as file:
                done = registry.import_csv(file, source=source, by=None)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except PortalError as error:
            raise CommandError(f"Nothing was imported from {path.name}. {error}") from error
        for line in (done.summary, *done.reasons):
            self.stdout.write(line)
