"""A company checks its own side of the connector."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.providers.conformance.calling import Caller
from foundation.providers.conformance.checks import Result, Run
from foundation.providers.conformance.running import outcomes

_SIGNS = {Result.PASSED: "passed ", Result.FAILED: "FAILED ", Result.SKIPPED: "skipped"}


class Command(BaseCommand):
    """Asks a company's systems what docs/connector.md says they answer, and lists what fits and what does not."""

    help = "Check a company's side of the connector: a line for each check; exit code 1 where one failed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, the key, and what may be touched."""
        parser.add_argument("url", help="the address under which /v1/about answers, like https://connector.example")
        parser.add_argument("--key-id", required=True)
        parser.add_argument("--secret-file", required=True, type=Path, help="a file with the secret, consec_…")
        parser.add_argument("--account", default="", help="an account made for tests; without it none is asked about")
        parser.add_argument("--freeze", default="", metavar="ASSET", help="may be frozen on that account for a moment")
        parser.add_argument("--letter", action="store_true", help="a letter may be put into the account's pages")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check and say what came of it."""
        try:
            secret = options["secret_file"].read_text().strip()
        except OSError as error:
            raise CommandError(f"The secret cannot be read: {error.strerror}") from error
        run = Run(Caller(options["url"], options["key_id"], secret), account=options["account"],
                  freeze=options["freeze"], letter=options["letter"])  # fmt: skip
        count: Counter[Result] = Counter()
        for outcome in outcomes(run):
            count[outcome.result] += 1
            self.stdout.write(f"{_SIGNS[outcome.result]}  {outcome.check.name}")
            if outcome.result is Result.FAILED:
                self.stdout.write(f"           expected: {outcome.check.expected}\n           came: {outcome.why}")
            elif outcome.why:
                self.stdout.write(f"           {outcome.why}")
        self.stdout.write(", ".join(f"{count[result]} {result}" for result in Result) + ".")
        if count[Result.FAILED]:
            raise CommandError(f"{count[Result.FAILED]} of the checks failed.", returncode=1)
