"""Names of what is written to the trail."""

from enum import StrEnum


class ProviderEvent(StrEnum):
    """Events of instructions to the company's own systems."""

    ASKED = "connector.asked"
    DONE = "connector.done"
    GIVEN_UP = "connector.given_up"
