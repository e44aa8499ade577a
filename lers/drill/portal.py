"""The portal as a drill runs it: with one clock more, whose deadlines are minutes away, and a time that can jump.

Celery takes its app from here (`celery --app lers.drill.portal worker`). Where DRILL_CLOCK names a file, the portal's
time in that process is the machine's plus the seconds that stand in the file.
"""

import contextlib
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from foundation.notifications.running_clocks import running_clock
from lers.celery import app
from lers.drill.clock import CLOCK
from lers.drill.holds_clock import LEFT_OUT

__all__ = ["app"]

running_clock(CLOCK)


def follow(file: Path) -> None:
    """Let this process's time be the machine's plus what stands in the file, from now on."""
    machine, seconds = timezone.now, time.time

    def offset() -> float:
        with contextlib.suppress(OSError, ValueError):
            return float(file.read_text())
        return 0.0

    def shifted_now() -> datetime:
        return machine() + timedelta(seconds=offset())

    def shifted_seconds() -> float:
        return seconds() + offset()

    timezone.now = shifted_now
    time.time = shifted_seconds


if _file := os.environ.get("DRILL_CLOCK"):
    follow(Path(_file))

# Sweeps of holds so close together that several run at once; what the company's systems do is left out then.
if _seconds := os.environ.get("DRILL_HOLD_SWEEPS"):
    app.conf.imports = ("lers.drill.holds_task",)
    app.conf.task_routes = LEFT_OUT
    app.conf.beat_schedule["preservation-sweep"] = {"task": "lers.drill.sweep_holds", "schedule": float(_seconds)}
