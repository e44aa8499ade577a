"""The status of an application as staff read it, with the colour of its tag."""

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
