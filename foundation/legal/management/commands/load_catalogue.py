"""`manage.py load_catalogue`: jurisdictions and types of legal process from the catalogue file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.legal import catalogue
from foundation.legal.catalogue import CATALOGUE_FILE, CatalogueRefused


class Command(BaseCommand):
    """Load the catalogue; running it again changes nothing."""

    help = "Loads jurisdictions and types of legal process. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Another file than the one in the project."""
        parser.add_argument("--file", type=Path, default=CATALOGUE_FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what was done."""
        try:
            done = catalogue.load(path=options["file"])
        except CatalogueRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Catalogue {done.version}: {done.types} types ({done.new} new) and {done.jurisdictions} jurisdictions."
        )
