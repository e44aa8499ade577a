"""What one check is, and how it says no."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from foundation.providers.conformance.calling import Caller, Heard, as_text
from foundation.providers.connectors.http import codec, wire

T = TypeVar("T")
# How far back the exports of a run reach, where nobody says otherwise.
LOOK_BACK = timedelta(days=365)


class Result(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Failed(Exception):
    """The company's side does something else than the description says; str() says what came instead."""


class Skipped(Exception):
    """It could not be tried; str() says what is missing."""


@dataclass
class Run:
    """What the checks of one run share."""

    caller: Caller
    # An account that the company made for this; empty: nothing is asked about any customer.
    account: str = ""
    # An asset of which a little may be frozen on that account for a moment; empty: nothing is frozen.
    freeze: str = ""
    # Whether a letter may be put into that account's pages.
    letter: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    # What earlier checks found and later ones use.
    found: dict[str, Any] = field(default_factory=dict)

    def some_account(self) -> str:
        """Return the account for tests. Raises Skipped."""
        if not self.account:
            raise Skipped("Give --account: one that you made for tests.")
        return self.account

    def period(self) -> wire.Span:
        """Return the period that exports are asked for."""
        end = self.now.replace(microsecond=0)
        return wire.Span(end - LOOK_BACK, end)

    def about(self) -> wire.About:
        """Return what the systems say of themselves."""
        if "about" not in self.found:
            self.found["about"] = good(self.caller.call(wire.ABOUT, wire.Nothing()), wire.About)
        about: wire.About = self.found["about"]
        return about

    def needs(self, act: str) -> None:
        """Raise Skipped where the systems say that they do not do this."""
        if act not in self.about().acts:
            raise Skipped(f"Your about does not list {act}.")


@dataclass(frozen=True)
class Check:
    """One thing that must be so."""

    name: str
    expected: str
    run: Callable[[Run], None]
    # Whether it asks nothing about any customer and leaves nothing behind: "check now" on the page.
    harmless: bool = False


def expect(fits: object, came: str) -> None:
    """Raise Failed unless it fits."""
    if not fits:
        raise Failed(came)


def good(heard: Heard, wanted: type[T], *, statuses: tuple[int, ...] = (200,)) -> T:
    """Return the message of an answer that is signed and says what the description says. Raises Failed."""
    expect(not heard.signature_problem, f"The answer is not signed as it should be: {heard.signature_problem}")
    expect(heard.status in statuses, f"The answer was {as_text(heard)}.")
    try:
        return heard.read(wanted)
    except codec.BadMessage as error:
        raise Failed(f"The answer cannot be read: {error}") from error


def refused(heard: Heard, code: wire.ErrorCode, *, signed: bool = True) -> None:
    """Raise Failed unless the answer is this error."""
    if signed:
        expect(not heard.signature_problem, f"The refusal is not signed as it should be: {heard.signature_problem}")
    expect(heard.status == wire.STATUS_OF[code] and heard.code == code,
           f"The answer was {as_text(heard)}, not {wire.STATUS_OF[code]} {code}.")  # fmt: skip
