"""`manage.py explain_request`: by when a request is looked at and answered, and what moved that."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.services.explaining import explain

_REFUSED = 2


class Command(BaseCommand):
    """Print each clock of one request in plain words; an unknown reference is one sentence, with exit code 2."""

    help = "Explains the first look, the answer with every stop of its clock, and the open questions of one request."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The reference."""
        parser.add_argument("--reference", required=True, help="MX-26-7K4Q9TX")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print."""
        lines = explain(options["reference"])
        if not lines:
            raise CommandError(f"There is no request {options['reference']!r} that was sent.", returncode=_REFUSED)
        for line in lines:
            self.stdout.write(line)
