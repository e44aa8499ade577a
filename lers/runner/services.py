"""The portal's processes and the commands that run them; docker-compose.yml uses the same commands."""

import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]

WEB = "gunicorn --config lers/gunicorn.py lers.wsgi"
WORKER = "celery --quiet --app lers worker --loglevel INFO --concurrency 2 --without-gossip --without-mingle"
URGENT = "python manage.py run_urgent"
BEAT = "celery --quiet --app lers beat --loglevel INFO"
MAIL = "python manage.py mail_catcher"
COMPANY = "python -m lers.company"

_CELERY_INFO = re.compile(r": INFO/")
# What every small machine hears, and its good-bye.
_BROKER_HABITS = re.compile(r"overcommit|signal-handler|ready to exit")
# One line for each call.
_COMPANY_HABITS = re.compile(r" INFO ")
# Celery warns root because of pickled messages; ours are JSON.
_AS_ROOT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


@dataclass(frozen=True)
class Service:
    """One process to keep running."""

    name: str
    command: list[str]
    # The line of its output that says that it is ready; without one, being alive is enough.
    ready: re.Pattern[str] | None = None
    # Lines for the log file only: on the console they would push what a person wants to read away.
    routine: re.Pattern[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0


def inside_environment(command: str) -> list[str]:
    """Return the command's words, with the program taken from the environment this process runs in."""
    program, *arguments = command.split()
    folder = Path(sys.executable).parent
    found = sys.executable if program == "python" else shutil.which(program, path=str(folder))
    return [found or str(folder / program), *arguments]


def portal_services() -> list[Service]:
    """Return the processes that serve people, in the order in which they start."""
    return [
        Service("web", inside_environment(WEB), re.compile(r"Booting worker")),
        Service("worker", inside_environment(WORKER), re.compile(r"celery@.* ready\."), _CELERY_INFO, _AS_ROOT),
        Service("urgent", inside_environment(URGENT)),
        Service("beat", inside_environment(BEAT), re.compile(r"beat: Starting"), _CELERY_INFO),
    ]


def mail_service(port: int) -> Service:
    """Return the local mail catcher on that port."""
    return Service("mail", [*inside_environment(MAIL), "--port", str(port)])


def company_service(port: int, *, var: Path, keys: Path, faults: bool) -> Service:
    """Return the reference company: the systems that the demo's portal asks. Its clock is that of the demo's cases."""
    words = [*inside_environment(COMPANY), "--port", str(port), "--var", str(var / "company"), "--keys", str(keys),
             "--follow-clock", *(["--faults"] if faults else [])]  # fmt: skip
    return Service("company", words, re.compile(r"The company answers at"), _COMPANY_HABITS)


def broker_service(command: list[str]) -> Service:
    """Return the embedded Valkey."""
    return Service("broker", command, routine=_BROKER_HABITS)
