"""`manage.py mail_catcher`: the demo's mail server."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lers.mail_catcher import catch_mail


class Command(BaseCommand):
    """Take mail on this machine until SIGTERM or Ctrl-C."""

    help = "Demo only: takes every mail on 127.0.0.1 and keeps it for /demo/mail/."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port."""
        parser.add_argument("--port", type=int, default=2525)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Open the port and take mail until the end."""
        if not settings.DEMO:
            raise CommandError(
                "The mail catcher belongs to the demo. Set DEMO=1, or set EMAIL_URL to your mail server."
            )

        def ready() -> None:
            self.stdout.write(f"Mail catcher is running on 127.0.0.1:{port}.")
            self.stdout.flush()

        try:
            asyncio.run(catch_mail(settings.DEMO_MAIL_DIR, port, ready=ready))
        except OSError as error:
            raise CommandError(f"Port {port} on 127.0.0.1 cannot be used: {error.strerror or error}") from error
