"""Errors whose message may be shown to the person who caused them."""


class PortalError(Exception):
    """Something the person can understand and act on; str() is the sentence for the screen."""


class NotAllowed(PortalError):
    """This person may not do this to this object."""


class TransitionRefused(PortalError):
    """The move is not in the table, or somebody else moved first."""


class Stale(PortalError):
    """What the person saw is no longer what is stored."""


class Incomplete(PortalError):
    """Something that must be there is missing."""
