"""How fast pages answer while many people send slowly: through nginx and gunicorn as they are set, and without nginx.

    DJANGO_SETTINGS_MODULE=lers.settings .venv/bin/python -m benchmarks.slow_uploads [uploads] [seconds]

Prints one table: the time of a page (median, 99 %) with nobody else there, and with so many uploads that drip.
"""

import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.documents.front import NGINX, configuration, free_port, serving
from tests.journeys.stack import Stack

PAGE = "/sign-in/"
PIECE = 8 * 1024 * 1024
_DRIP = b"x" * 1024


def drip(port: int, stop: threading.Event) -> None:
    """Send a piece at 2 KB a second until told to stop."""
    head = f"POST {PAGE} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {PIECE}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            line.sendall(head.encode())
            while not stop.wait(0.5):
                line.sendall(_DRIP)
    except OSError:
        return


def page_times(port: int, seconds: float) -> tuple[list[float], int]:
    """Ask for the page again and again; return the times in milliseconds, and how often there was no answer."""
    times, failed, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://localhost:{port}{PAGE}", timeout=5) as answer:
                answer.read()
            times.append((time.monotonic() - started) * 1000)
        except (OSError, urllib.error.URLError):
            failed += 1
        time.sleep(0.04)  # nginx lets one address have 30 requests in a second
    return times, failed


def measure(name: str, port: int, uploads: int, seconds: float) -> None:
    """Print a line without and a line with slow uploads."""
    for count in (0, uploads):
        stop = threading.Event()
        threads = [threading.Thread(target=drip, args=(port, stop), daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        time.sleep(2 if count else 0)
        times, failed = page_times(port, seconds)
        stop.set()
        for thread in threads:
            thread.join()
        half = statistics.median(times) if times else float("nan")
        slow = statistics.quantiles(times, n=100)[98] if len(times) > 1 else float("nan")
        print(f"{name:16} {count:3} uploads  {len(times):5} pages  {half:7.1f} / {slow:7.1f} ms  {failed} unanswered")


def main() -> None:
    """Start the demo's portal, measure with nginx before it, then without."""
    uploads = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0
    with tempfile.TemporaryDirectory(prefix="lers-slow-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        stack = Stack(folder / "var")
        try:
            stack.await_ready()
            port = free_port()
            (folder / "front.d").mkdir()
            text = configuration(folder, port=port, pages=stack.port, transfers=stack.port)
            (folder / "nginx.conf").write_text(text)
            with serving([NGINX, "-c", str(folder / "nginx.conf"), "-p", name], port, folder / "nginx.log"):
                measure("nginx, gunicorn", port, uploads, seconds)
            measure("gunicorn alone", stack.port, uploads, seconds)
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
