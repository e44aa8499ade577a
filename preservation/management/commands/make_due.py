"""manage.py make_due REFERENCE [--days-before N]: moves a hold's dates, so that it can be watched."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from preservation.models import PreservationHold
from preservation.services import demonstration


class Command(BaseCommand):
    """Make a reminder or the end of a hold due now. Refused in production; the trail says that it was done."""

    help = (
        "Move a hold so that its reminder (--days-before 30, 14, 7 or 1) or its end is due now; of one that has ended, "
        "the end of its copies. Not in production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the hold, and how many days before its end it shall be."""
        parser.add_argument("reference")
        parser.add_argument("--days-before", type=int, default=0, metavar="N", help="0, the default: its end is due")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move the dates, and say to when."""
        known = normalise_reference(options["reference"])
        hold = PreservationHold.objects.filter(reference=known).first() if known else None
        if hold is None:
            raise CommandError(f"There is no hold {options['reference']}.")
        if options["days_before"] < 0:
            raise CommandError("--days-before is 0 or more.")
        try:
            hold = demonstration.make_due(hold, days_before=options["days_before"])
        except PortalError as error:
            raise CommandError(str(error)) from error
        if not hold.is_open:
            self.stdout.write(f"{hold.reference} has ended: the end of its copies is due now.")
            return
        what = "its reminder" if options["days_before"] else "its end"
        self.stdout.write(f"{hold.reference} ends on {hold.expires_at:%-d %b %Y, %H:%M} UTC: {what} is due now.")
