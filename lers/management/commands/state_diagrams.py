"""Write docs/states.md from the transition tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from lers.diagrams import render


class Command(BaseCommand):
    """Write docs/states.md."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = settings.BASE_DIR / "docs" / "states.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(render())
        self.stdout.write(f"Wrote {path.relative_to(settings.BASE_DIR)}.")
