"""What the judge says."""


class Found(AssertionError):
    """Something that must never be."""
