"""What the trail calls the things that happen to a document."""

from enum import StrEnum


class DocumentEvent(StrEnum):
    """Names of audit events."""

    RECEIVED = "document.received"
    GENERATED = "document.generated"
    CLEAN = "document.clean"
    UNSCANNED = "document.unscanned"
    INFECTED = "document.infected"
    REFUSED = "document.refused"
    PREVIEWED = "document.previewed"
    PREVIEW_FAILED = "document.preview_failed"
    PURGED = "document.purged"
    INSPECTED = "document.inspected"
    RESCANNED = "document.rescanned"
    RESCAN_REFUSED = "document.rescan_refused"
    RESCAN_INFECTED = "document.rescan_infected"
    KEYS_ROTATED = "document.keys_rotated"
