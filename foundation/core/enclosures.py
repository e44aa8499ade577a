"""A file inside of a PDF: a module of its own, because the typesetter loads nothing else of the portal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Enclosure:
    """A file that goes inside (ISO 19005-3, 6.8), and what it is to the paper in the words of ISO 32000-2."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"
