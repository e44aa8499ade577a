"""Names of what is written to the trail."""

from enum import StrEnum


class ProviderEvent(StrEnum):
    """Events of instructions to the company's own systems, and of what the company decided for itself."""

    ASKED = "connector.asked"
    DONE = "connector.done"
    GIVEN_UP = "connector.given_up"
    KEY_MADE = "connector.key_made"
    KEY_ENDED = "connector.key_ended"
    SET_UP = "provider.set_up"
    POLICY_CHANGED = "provider.policy_changed"
    ENTRY_POINT_ADDED = "provider.entry_point_added"
    ENTRY_POINT_CHANGED = "provider.entry_point_changed"
    ENTRY_POINT_REMOVED = "provider.entry_point_removed"
    SEALED_CHANNEL_CHANGED = "provider.sealed_channel_changed"
    SINGLE_FILES_CHANGED = "provider.single_files_changed"
    ADDRESS_CHANGED = "connector.address_changed"
    CHECKED = "connector.checked"
    KEY_SHOWN = "connector.key_shown"
