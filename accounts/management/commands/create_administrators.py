"""`manage.py create_administrators A B`: invites the first two administrators, because all later changes take two."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import invitations
from foundation.core.errors import PortalError
from foundation.notifications.site import site_details


class Command(BaseCommand):
    """Print one link for each; each works once and for 24 hours, and asks for a password and a second factor."""

    help = "Invites the first two administrators and prints their links. Refuses once there are two."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take two addresses, or one where one of the two is missing."""
        parser.add_argument("emails", nargs="+", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Invite, and say where each goes on."""
        try:
            made = invitations.first_administrators(options["emails"])
        except PortalError as refusal:
            raise CommandError(str(refusal)) from refusal
        for invitation, path in made:
            self.stdout.write(f"{invitation.email}  {site_details().url}{path}")
        self.stdout.write("Each link works once and for 24 hours. Hand it over in person, not by mail or chat.")
