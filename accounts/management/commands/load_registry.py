"""`manage.py load_registry`: agencies with their official domains, from the project's own file, into the registry."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.official_domains import DomainsRefused, official_domains
from accounts.services import registry


class Command(BaseCommand):
    """Load the agencies; running it again changes nothing."""

    help = "Loads agencies with their official domains: domain known, no police power, no numbers. Repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what was done."""
        try:
            done = registry.load_official()
            version = official_domains().version
        except DomainsRefused as error:
            raise CommandError(str(error)) from error
        for line in (f"Official domains {version}: {done.summary}", *done.reasons):
            self.stdout.write(line)
