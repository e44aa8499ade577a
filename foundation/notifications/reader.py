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
