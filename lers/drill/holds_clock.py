"""The time of the portal in a drill of holds: the day of a fault, and what a jump adds to it."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

# No worker of a drill takes from this queue. Messages are found by the sweep, as where the broker lost all of them.
_LEFT_OUT = ("preservation.execute", "preservation.certificate", "notifications.deliver")
LEFT_OUT = {name: {"queue": "drill-left-out"} for name in _LEFT_OUT}


class Clock:
    """A clock in a file that the portal's processes follow: the machine's time plus so many seconds."""

    def __init__(self, file: Path) -> None:
        """Begin at the machine's time."""
        self.file = file
        self._offset = self._jump = 0.0
        self._guard = threading.Lock()
        self._write()

    def now(self) -> datetime:
        """Return the right time of the portal: without the jump."""
        return timezone.now() + timedelta(seconds=self._offset)

    def turn_to(self, moment: datetime) -> None:
        """Let it be this moment now."""
        with self._guard:
            self._offset = (moment.astimezone(UTC) - timezone.now()).total_seconds()
            self._write()

    def jump(self, seconds: float) -> None:
        """Let the portal's processes be wrong by so many seconds; 0: right again."""
        with self._guard:
            self._jump = seconds
            self._write()

    def _write(self) -> None:
        """Replace the file in one go: nobody reads half a number."""
        draft = self.file.with_suffix(".new")
        draft.write_text(str(self._offset + self._jump))
        draft.replace(self.file)
