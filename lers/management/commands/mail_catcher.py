"""`manage.py mail_catcher`: the demo's mail server."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lers.mail_catcher import catcher


class Command(BaseCommand):
    """Take mail on this machine until SIGTERM or Ctrl-C."""

    help = "Demo only: takes every mail on 127.0.0.1 and keeps it for /demo/mail/."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port."""
        parser.add_argument("--port", type=int, default=2525)

    def handle(self, *args: Any, **options: Any) -> None:
        """Open the port and wait for the end."""
        if not settings.DEMO:
            raise CommandError("The mail catcher belongs to the demo. Set DEMO=1, or set EMAIL_URL to your mail server.")
        ended = threading.Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            ended.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        server = catcher(settings.DEMO_MAIL_DIR, options["port"])
        try:
            server.start()
        except OSError as error:
            raise CommandError(f"Port {options['port']} on 127.0.0.1 cannot be used: {error.strerror or error}") from error
        self.stdout.write(f"Mail catcher is running on 127.0.0.1:{options['port']}.")
        self.stdout.flush()
        ended.wait()
        server.stop()
