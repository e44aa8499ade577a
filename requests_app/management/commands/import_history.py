"""`manage.py import_history`: requests that are over and holds that run, from a list of earlier years."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.core.errors import PortalError
from foundation.providers.models import Provider
from requests_app.services import history_import


class Command(BaseCommand):
    """Answers every line; a dry run gives the same answers and writes nothing. The same file again changes nothing."""

    help = "Bring over requests that are over and holds that run, from a CSV, JSON or Excel file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the company, and whether anything is written."""
        parser.add_argument("file", type=Path, help="the list: docs/import-history.md names its columns")
        parser.add_argument("--provider", required=True, help="the company's short name")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say the answer to each line, then how many there are of each."""
        provider = Provider.objects.filter(slug=options["provider"]).first()
        if provider is None:
            known = ", ".join(Provider.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no company {options['provider']}. There are: {known or 'none'}.")
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            if options["dry_run"]:
                found = history_import.answers(content, provider=provider)
            else:
                found = history_import.bring_over(content, filename=path.name, provider=provider)
        except PortalError as refusal:
            raise CommandError(str(refusal)) from refusal
        for item in found:
            self.stdout.write(item.words)
        counts = ", ".join(f"{label}: {number}" for label, number in history_import.tally(found))
        self.stdout.write(f"{'Dry run, nothing was written. ' if options['dry_run'] else ''}{counts}")
