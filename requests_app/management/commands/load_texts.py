"""`manage.py load_texts`: the prepared texts that come with the portal, for every company that lacks them."""

from typing import Any

from django.core.management.base import BaseCommand

from foundation.providers.models import Provider
from requests_app.services import prepared


class Command(BaseCommand):
    """Add the texts that are missing; what a company changed or retired stays."""

    help = "Add the prepared texts that come with the portal and are missing. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load them and say how many."""
        for provider in Provider.objects.order_by("pk"):
            self.stdout.write(f"{provider}: {prepared.load(provider, by=None)} texts added")
