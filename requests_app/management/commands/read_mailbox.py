"""`manage.py read_mailbox`: look into the mailbox for requests once, and say what came of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.services import mailbox


class Command(BaseCommand):
    """Keep the mails that are not kept yet."""

    help = "Reads the mailbox that MAILBOX_HOST names (docs/channels.md). Each mail is kept once, for people to read."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many mails were new; exit with an error where the mailbox cannot be read."""
        if not mailbox.is_on():
            raise CommandError("No mailbox is set up: set MAILBOX_HOST.")
        try:
            found = mailbox.read()
        except mailbox.MailboxUnavailable as error:
            raise CommandError(f"The mailbox cannot be read: {error}") from error
        self.stdout.write(f"{found.new} new, {found.known} known before, {found.left} left in the mailbox.")
