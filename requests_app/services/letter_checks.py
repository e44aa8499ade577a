"""Whether a letter with a reference went out from here, and on which day: all that anybody is told of it."""

import re
from datetime import UTC, date

from foundation.core.references import normalise_reference
from requests_app.models import UserNotice

# What no notice has for a reference: what was typed is looked up in any case, so that every answer costs the same.
_NONE = "-"


def _bare(typed: str) -> str:
    """Return what was typed without what stands around it in a letter, and with plain dashes."""
    return re.sub(r"[^0-9A-Za-z]+", "-", typed).strip("-")


def sent_on(typed: str) -> tuple[str, date] | None:
    """Return the company and the day (UTC) of the letter with this reference; None where there is none.

    One that is only planned, held or waived is as unknown as one that was made up. One that went out stays ours when an
    objection was upheld and its holder is to be told anew.
    """
    reference = normalise_reference(_bare(typed)) or _NONE
    rows = UserNotice.objects.filter(reference=reference, last_told_at__isnull=False)
    found = rows.values_list("data_request__provider__name", "last_told_at").first()
    if found is None or found[1] is None:
        return None
    return found[0], found[1].astimezone(UTC).date()
