"""Entry point of `make run`."""

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from lers.company.keys import company_keys
from lers.embedded import postgresql, valkey
from lers.embedded.errors import EmbeddedError
from lers.embedded.locks import try_lock
from lers.runner import services
from lers.runner.static_files import collect_if_changed
from lers.runner.supervisor import Supervisor

_READY_SECONDS = 90.0


class Refused(Exception):
    """The portal cannot run here as asked; the message says why and what to do."""


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def main() -> int:
    """Run the portal until asked to stop; return the exit code."""
    try:
        return _run()
    except (Refused, EmbeddedError) as error:
        print(f"make run: {error}", file=sys.stderr, flush=True)
        return 2


def _run() -> int:
    if os.environ.get("ENVIRONMENT", "local") == "production":
        raise Refused("This starts the demo on one machine. For production see docs and docker-compose.yml.")
    var = Path(os.environ.get("VAR") or services.BASE_DIR / "var").resolve()
    port = _port()
    with ExitStack() as stack:
        _claim(var, stack)
        _require_free(port)
        environment = _environment(var, port)
        supervisor = Supervisor(environment, var / "log", say)
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, supervisor.ask_to_stop)
        if not os.environ.get("DATABASE_URL"):
            say("Starting PostgreSQL…")
            cluster = postgresql.cluster(var)
            stack.callback(cluster.release)
            cluster.ensure()
        stack.callback(valkey.forget, var)
        stack.callback(supervisor.stop)
        _start(supervisor, var, port)
        if not supervisor.stopping.is_set():
            supervisor.watch()
        say("Stopping…")
    say("Stopped.")
    return 0


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Refused(f"PORT={given} is not a port number (1 to 65535).")
    return int(given)


def _claim(var: Path, stack: ExitStack) -> None:
    """One runner per VAR; the lock goes with the process, so there is no stale pid."""
    run = var / "run"
    try:
        for folder in (run, var / "log"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = try_lock(run / "runner")
    except OSError as error:
        raise Refused(f"Cannot write to {error.filename}: {error.strerror}. Set VAR to another folder.") from error
    if lock is None:
        owner = (run / "runner").read_text().strip()
        raise Refused(
            f"Another `make run` (process {owner}) already uses {var}. Stop it first, "
            "or run a second portal with other VAR and PORT."
        )
    stack.callback(os.close, lock)
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Refused(f"Port {port} needs special rights. Choose another: make run PORT=8080") from None
        except OSError:
            raise Refused(
                f"Port {port} is taken by another program. Stop that, or choose another: make run PORT={port + 1}"
            ) from None


def _environment(var: Path, port: int) -> dict[str, str]:
    defaults = {"PUBLIC_URL": f"http://localhost:{port}", "DEMO": "1", "DJANGO_SETTINGS_MODULE": "lers.settings"}
    return defaults | os.environ | {"VAR": str(var), "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def _start(supervisor: Supervisor, var: Path, port: int) -> None:
    """Start everything in order and say where it is; return early when asked to stop."""
    environment = supervisor.environment
    first = []
    if not environment.get("REDIS_URL"):
        command, environment["REDIS_URL"] = valkey.prepare(var)
        first.append(supervisor.start(services.broker_service(command)))
    _start_company(supervisor, var)
    _prepare(supervisor, var)
    if supervisor.stopping.is_set():
        return
    if not environment.get("EMAIL_URL"):
        mail_port = _free_port()
        environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
        first.append(supervisor.start(services.mail_service(mail_port)))
    processes = [*first, *(supervisor.start(service) for service in services.portal_services())]
    problem = supervisor.await_ready(processes, seconds=_READY_SECONDS) or _await_web(supervisor, port)
    if problem:
        raise Refused(problem)
    if not supervisor.stopping.is_set():
        _announce(supervisor, port)


def _start_company(supervisor: Supervisor, var: Path) -> None:
    """Start the systems of the sample company, where the demo is not to ask others, and wait: loading asks them."""
    environment = supervisor.environment
    if environment["DEMO"] != "1" or environment.get("CONNECTOR_URL"):
        return
    port, keys = _free_port(), company_keys(var / "secrets")
    environment |= {"CONNECTOR_URL": f"http://127.0.0.1:{port}", "CONNECTOR_KEYS_FILE": str(keys)}
    (var / "run" / "company").write_text(environment["CONNECTOR_URL"])
    faults = environment.get("COMPANY_FAULTS") == "1"
    process = supervisor.start(services.company_service(port, var=var, keys=keys, faults=faults))
    if problem := supervisor.await_ready([process], seconds=_READY_SECONDS):
        raise Refused(problem)


def _prepare(supervisor: Supervisor, var: Path) -> None:
    """Bring static files, schema and demo data up to date; each does nothing when there is nothing to do."""
    if not supervisor.stopping.is_set():
        collect_if_changed(var, lambda: _manage(supervisor, "collectstatic", "--noinput", "--clear"), say)
    _manage(supervisor, "migrate", "--noinput")
    if supervisor.environment["DEMO"] == "1":
        _manage(supervisor, "load_demo")


def _manage(supervisor: Supervisor, *words: str) -> str:
    if supervisor.stopping.is_set():
        return ""
    code, output = supervisor.run_step([sys.executable, "manage.py", *words])
    if code != 0 and not supervisor.stopping.is_set():
        log = Path(supervisor.environment["VAR"]) / "log" / "prepare.log"
        last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise Refused(f"`manage.py {words[0]}` failed: {' '.join(last)}\nSee {log}.")
    return output


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_web(supervisor: Supervisor, port: int) -> str | None:
    """Ask /readyz, which looks at database, broker and storage."""
    deadline = time.monotonic() + _READY_SECONDS
    answer = "no answer"
    while not supervisor.stopping.is_set():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                return None
        except urllib.error.HTTPError as error:
            answer = error.read(2000).decode(errors="replace")
        except OSError as error:
            answer = str(error)
        if time.monotonic() > deadline:
            return f"the portal is not ready after {_READY_SECONDS:.0f} seconds: {answer}"
        time.sleep(0.1)
    return None


def _announce(supervisor: Supervisor, port: int) -> None:
    address = supervisor.environment["PUBLIC_URL"]
    lines = ["", f"The portal is at {address}"]
    if supervisor.environment["DEMO"] == "1":
        lines += [f"Mails that it sent are at {address}/demo/mail/", ""]
        people = json.loads(_manage(supervisor, "demo_credentials") or "[]")
        rows = [("role", "e-mail", "password", "TOTP secret")]
        rows += [(one["role"], one["email"], one["password"], one["totp_secret"]) for one in people]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines += [f"PIN of the {one['role']} to sign: {one['signing_pin']}" for one in people if "signing_pin" in one]
    lines += ["", f"Logs: {supervisor.environment['VAR']}/log. Ctrl-C stops everything.", ""]
    say("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
