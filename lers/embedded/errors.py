"""What can go wrong with the embedded servers, as sentences a person can act on."""


class EmbeddedError(Exception):
    """The embedded server cannot be had; the message says why and what to do."""
