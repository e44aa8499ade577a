"""Say what the portal thinks of e-mail addresses."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.addresses import judge


class Command(BaseCommand):
    """Prints one JSON line for each address: address, verdict, why."""

    help = "Say for each e-mail address: known_agency, government_suffix, not_recognised or refused, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the addresses."""
        parser.add_argument("addresses", nargs="+", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge each."""
        for address in options["addresses"]:
            found = judge(address)
            line = {"address": address, "verdict": str(found.verdict), "why": found.why}
            self.stdout.write(json.dumps(line, ensure_ascii=False))
