"""What officers and those who decide on holds do during a drill: ask for more time, grant and refuse it.

Whoever is refused by the database tries again, as people do; the services must bear that.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from accounts.models import User
from foundation.core.errors import TransitionRefused
from preservation.enums import ExtensionStatus
from preservation.models import HoldExtension, PreservationHold
from preservation.services import extensions

_PATIENCE = 120.0
_WHY = "A drill"


class Deciders:
    """The officer and the administrator of one part, in a thread of their own."""

    def __init__(self, officer: User, administrator: User, now: Callable[[], datetime]) -> None:
        """Act at the moment that `now` gives: the portal's time in the drill."""
        self.officer, self.administrator, self.now = officer, administrator, now
        self.retried = 0
        # When, by the machine's monotonic clock, the commit of each extension was known to us, by hold.
        self.granted: dict[int, float] = {}
        # When we first began to ask: from then on a sweep may find the row taken.
        self.asked: dict[int, float] = {}
        self.unhandled: list[str] = []

    def ask(self, holds: Sequence[int]) -> None:
        """Ask for more time for these holds."""
        for pk in holds:
            self._until_done(lambda pk=pk: self._ask(pk))  # type: ignore[misc]

    def grant(self, holds: Sequence[int], *, seconds: float) -> None:
        """Ask for and grant more time for these holds in any order, spread over about so many seconds."""
        order = random.sample(list(holds), len(holds))
        began, moments = time.monotonic(), sorted(random.uniform(0, seconds) for _pk in order)  # noqa: S311 - only when
        for pk, moment in zip(order, moments, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            self._until_done(lambda pk=pk: self._ask(pk))  # type: ignore[misc]
            self._until_done(lambda pk=pk: self._decide(pk, grant=True))  # type: ignore[misc]
        connection.close()

    def decide(self, holds: Sequence[int]) -> None:
        """Grant every second of these holds more time, and refuse the others."""
        for number, pk in enumerate(holds):
            self._until_done(lambda pk=pk, number=number: self._decide(pk, grant=number % 2 == 0))  # type: ignore[misc]

    def _ask(self, pk: int) -> None:
        self.asked.setdefault(pk, time.monotonic())
        hold = PreservationHold.objects.get(pk=pk)
        if not hold.extensions.exists():
            extensions.ask(hold, reason=_WHY, by=self.officer, at=self.now())

    def _decide(self, pk: int, *, grant: bool) -> None:
        extension = HoldExtension.objects.select_related("hold").get(hold=pk)
        if extension.status == ExtensionStatus.REQUESTED:
            decide = extensions.grant if grant else extensions.refuse
            decide(extension, reason=_WHY, by=self.administrator, at=self.now())
        if grant:
            self.granted.setdefault(pk, time.monotonic())

    def _until_done(self, work: Callable[[], None]) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                work()
            except (DatabaseError, InterfaceError):
                if time.monotonic() > end:
                    raise
                self.retried += 1
                connection.close()
                time.sleep(0.2)
            except TransitionRefused as error:
                self.unhandled.append(str(error))
                return
            else:
                return
