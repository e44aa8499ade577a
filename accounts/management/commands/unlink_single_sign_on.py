"""`manage.py unlink_single_sign_on ADDRESS`: cut the link between somebody's account and the company's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services import single_sign_on


class Command(BaseCommand):
    """After the company gave somebody another account; the next sign-in links that one. Make sure who asks."""

    help = "Cut the link between a person's account here and the company's; it is told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlink, or say that there is nothing to unlink."""
        user = User.objects.filter(email=options["address"].strip().lower()).first()
        if user is None or not single_sign_on.unlink(user, by=None):
            raise CommandError(f"No account of {options['address']} is linked.")
        self.stdout.write(f"{user.email} is linked no more.")
