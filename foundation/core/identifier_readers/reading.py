"""What a reader answers: a Reading, or one of three refusals."""

from dataclasses import dataclass

MISTYPED = "The checksum does not fit: a character was mistyped, changed or left out. Copy it again."


@dataclass(frozen=True)
class Reading:
    """A value that can be used: as it is compared, what stands beside it, and what was changed (one sentence)."""

    value: str
    changed: str = ""
    detail: str = ""


class Refused(Exception):
    """It cannot be used; str() is the sentence for the person. masked: it is a secret and is not shown again."""

    def __init__(self, why: str, *, masked: str = "") -> None:
        super().__init__(why)
        self.masked = masked


class Unlike(Refused):
    """It is not written like this kind of thing at all."""


class Mistyped(Refused):
    """It is written like this kind of thing, but its checksum does not fit."""

    def __init__(self, why: str = MISTYPED) -> None:
        super().__init__(why)


def both(*sentences: str) -> str:
    """Join the sentences that are not empty, each once."""
    return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence))
