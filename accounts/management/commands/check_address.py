"""`manage.py check_address ADDRESS…`: what the portal thinks of e-mail addresses."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.addresses import judge


class Command(BaseCommand):
    """Prints one JSON line for each address: address, verdict, why. Anything is an address to it, also nothing."""

    help = (
        "Say for each e-mail address: known_agency, government_suffix, not_recognised or refused, and why. "
        "Write -- before an address that begins with a hyphen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the addresses."""
        parser.add_argument("addresses", nargs="+", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge each. Whoever runs commands is staff, and reads what the applicant does not."""
        for address in options["addresses"]:
            found = judge(address)
            why = f"{found.why}; {found.for_staff}" if found.for_staff else found.why
            # In ASCII: a terminal of any kind can show it, and bytes that are no text come through.
            self.stdout.write(json.dumps({"address": address, "verdict": str(found.verdict), "why": why}))
