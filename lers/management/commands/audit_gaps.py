"""Looks for what was changed by hand: the database against the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lers.gaps import breaches, gone, receipts, rights, signatures, states, work

_CHECKS = (states, rights, work, signatures, receipts, breaches, gone)


class Command(BaseCommand):
    """Prints a line for each object that is not what the trail says; changes nothing."""

    help = (
        "Compare the database with the trail: status of everything, roles, memberships, agencies' domains and numbers, "
        "readers of restricted requests, whose requests and holds are, who works on requests, who signed, officers' "
        "receipts, the register of breaches. Exit 1 where something was changed without an entry."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say what was found."""
        found = 0
        for check in _CHECKS:
            for line in check.gaps():
                self.stdout.write(line)
                found += 1
        if found:
            raise CommandError(f"{found} found that the trail does not explain.", returncode=1)
        self.stdout.write("Everything is as the trail says.")
