"""What the trail says of itself."""

from enum import StrEnum


class TrailEvent(StrEnum):
    """Entries about the trail: its nightly check, and alarms about it."""

    VERIFIED = "audit.verified"
    ALARM_RAISED = "audit.alarm_raised"
    ALARM_OVER = "audit.alarm_over"


# What such entries are about: no row, so that the kind of alarm or the check stands in object_id.
TRAIL = "audit.trail"
CHECK = "check"
# An entry that is written only to see whether entries can be, and is taken back.
PROBE = "audit.probe"
