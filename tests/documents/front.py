"""nginx as docker/nginx.conf sets it, before gunicorn as lers/gunicorn.py sets it, on loopback."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def require_nginx() -> None:
    """Fail, or skip where ALLOW_MISSING says so, without nginx."""
    if Path(NGINX).exists():
        return
    missing = "nginx is missing: apt-get install nginx-light"
    if os.environ.get("ALLOW_MISSING") == "1":
        pytest.skip(missing)
    pytest.fail(missing)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(folder: Path, *, port: int, pages: int, transfers: int) -> str:
    """Return docker/nginx.conf with the addresses and folders of this machine; every replacement must fit."""
    text = (settings.BASE_DIR / "docker" / "nginx.conf").read_text()
    (folder / "front").symlink_to(settings.BASE_DIR / "docker" / "front")
    for old, new in {
        "listen 8080 default_server": f"listen 127.0.0.1:{port} default_server",
        "server web:8000": f"server 127.0.0.1:{pages}",
        "server transfers:8000": f"server 127.0.0.1:{transfers}",
        "/tmp/": f"{folder}/",
        "/etc/nginx/front.d": f"{folder}/front.d",
        "access_log /dev/stdout": f"access_log {folder}/access.log",
        "worker_processes auto;": "worker_processes 1;\ndaemon off;",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def serving(command: list[str], port: int, log: Path, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a server until the end, and wait until it takes connections."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


class Front:
    """The whole front: where it listens, and its folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, str]:
        """Ask for a page."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()

    def spilled(self) -> list[Path]:
        """Return what nginx wrote into its temporary folders."""
        return [path for name in ("body", "proxy") for path in (self.folder / name).rglob("*") if path.is_file()]


@contextmanager
def front(folder: Path, env: Mapping[str, str], *, workers: int = 1, threads: int = 8) -> Iterator[Front]:
    """Run gunicorn twice (pages, transfers) and nginx before them."""
    running, pages, transfers = Front(folder), free_port(), free_port()
    (folder / "front.d").mkdir()
    (folder / "nginx.conf").write_text(configuration(folder, port=running.port, pages=pages, transfers=transfers))
    env = dict(env) | {"STATIC_ROOT": str(folder / "static"), "WEB_WORKERS": str(workers), "WEB_THREADS": str(threads)}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, cwd=settings.BASE_DIR, env=env, check=True, capture_output=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "lers/gunicorn.py", "lers.wsgi"]
    nginx = [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with (
        serving(gunicorn, pages, folder / "pages.log", env | {"BIND": f"127.0.0.1:{pages}"}),
        serving(gunicorn, transfers, folder / "transfers.log", env | {"BIND": f"127.0.0.1:{transfers}"}),
        serving(nginx, running.port, folder / "nginx.log"),
    ):
        yield running
