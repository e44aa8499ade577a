"""What the trail says of holds."""

from enum import StrEnum


class Event(StrEnum):
    """Actions recorded in the trail."""

    DRAFT_STARTED = "hold.draft_started"
    DRAFT_SAVED = "hold.draft_saved"
    DRAFT_DELETED = "hold.draft_deleted"
    REQUESTED = "hold.requested"
    STARTED = "hold.started"
    DECLINED = "hold.declined"
    SNAPSHOT_TAKEN = "hold.snapshot_taken"
    SNAPSHOT_FAILED = "hold.snapshot_failed"
    CERTIFICATE_MADE = "hold.certificate_made"
    CERTIFICATE_DOWNLOADED = "hold.certificate_downloaded"
    VIEWED = "hold.viewed"
    REMINDED = "hold.reminded"
    EXTENSION_ASKED = "hold.extension_asked"
    EXTENSION_GRANTED = "hold.extension_granted"
    EXTENSION_REFUSED = "hold.extension_refused"
    EXTENSION_LAPSED = "hold.extension_lapsed"
    EXTENDED = "hold.extended"
    PROCESS_ATTACHED = "hold.process_attached"
    PROCESS_DETACHED = "hold.process_detached"
    TREATY_STARTED = "hold.treaty_started"
    TREATY_ENDED = "hold.treaty_ended"
    RELEASED = "hold.released"
    END_PUT_OFF = "hold.end_put_off"
    EXPIRED = "hold.expired"
    DESTROYED = "hold.destroyed"
    MADE_DUE = "hold.made_due"
