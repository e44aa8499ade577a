"""What staff read: the status of an application with the colour of its tag, and numbers in groups."""

import phonenumbers

from accounts.enums import ApplicationStatus as Status

_COLOURS = {
    Status.SUBMITTED: "teal",
    Status.IN_REVIEW: "blue",
    Status.ACTION_NEEDED: "yellow",
    Status.AWAITING_APPROVAL: "purple",
    Status.APPROVED: "green",
    Status.SUSPENDED: "magenta",
}


def staff_status(status: str) -> tuple[str, str]:
    """Return words and colour of a status; what is over is grey."""
    found = Status(status)
    return str(found.label), _COLOURS.get(found, "grey")


def readable_number(number: str) -> str:
    """Write a number in E.164 in the groups people read out: "+44 1632 960155"; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number.partition(" ext")[0], None)
    except phonenumbers.NumberParseException:
        return number
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"{shown} {number.partition(' ')[2]}".strip()
