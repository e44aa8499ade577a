"""Whom a message is for: this app knows no more of a person than this."""

from typing import Any, Protocol


class Reader(Protocol):
    """Any user, seen as somebody who reads messages."""

    @property
    def pk(self) -> Any:
        """The key that the inbox hangs on."""

    @property
    def email(self) -> str:
        """Where mail goes."""

    def get_full_name(self) -> str:
        """How the mail greets."""

    @property
    def language(self) -> str:
        """The language the reader wants, as a code; English where there are no words in it."""

    @property
    def time_zone(self) -> str:
        """The zone (IANA) in which the reader reads times."""

    @property
    def digest(self) -> str:
        """How often ordinary messages come: a value of foundation.notifications.enums.Digest."""
