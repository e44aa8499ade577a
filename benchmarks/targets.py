"""Measures how long an officer waits for identifiers: 500 pasted, through the page; 10,000 in a file, by the worker.

Run it in the environment of a demo:

    VAR=var .venv/bin/python manage.py shell -c "from benchmarks.targets import main; main()"

Prints a table. The drafts it makes are deleted; what the trail says of them stays, so never run it in production.
"""

import statistics
import time
from collections.abc import Callable
from unittest import mock

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.uploads import _device, _officer
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.providers.models import Provider
from requests_app.models import DataRequest
from requests_app.services import drafts, target_imports

ROUNDS = 5
PASTED, IN_FILE = 500, 10_000


def main(rounds: int = ROUNDS) -> None:
    """Print the median and the longest time of each way."""
    bench = Bench()
    ways: dict[str, Callable[[], float]] = {
        f"Paste {PASTED:,} through the page": bench.paste,
        f"Read a CSV file of {IN_FILE:,}": bench.file,
        f"Show a page of 50 with {IN_FILE:,} in the draft": bench.look,
        f"Remove all {IN_FILE:,} through the page": bench.remove,
    }
    with mock.patch("foundation.core.hurry._send", return_value=None):
        print("| What | Median | Longest |\n|---|---|---|")
        for name, act in ways.items():
            taken = [act() for _round in range(rounds + 1)][1:]  # the first warms up
            print(f"| {name} | {statistics.median(taken):.2f} s | {max(taken):.2f} s |")


class Bench:
    """An officer at the page of a draft; each measurement begins with a draft of its own."""

    def __init__(self) -> None:
        self.officer = _officer()
        self.browser = Client(headers={"host": "localhost"})
        self.browser.force_login(self.officer, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = self.browser.session
        session["otp_device_id"] = _device(self.officer).persistent_id
        session.save()

    def paste(self) -> float:
        """Return the seconds from sending a list of all kinds to the answer."""
        draft = self._draft()
        data = {"action": "import", "list-paste": "\n".join(_line(n) for n in range(PASTED)), "list-role": "suspect"}
        return self._over(draft, self._post(draft, data), PASTED)

    def file(self) -> float:
        """Return the seconds that a worker needs for a file that was scanned."""
        return self._over(*self._filled(), IN_FILE)

    def look(self) -> float:
        """Return the seconds for a page in the middle of a full draft."""
        draft, _seconds = self._filled()
        begin = time.perf_counter()
        answer = self.browser.get(_url(draft), {"page": "100"})
        seconds = time.perf_counter() - begin
        if answer.status_code != 200:
            raise SystemExit(f"The page was not shown: {answer.status_code}")
        return self._over(draft, seconds, IN_FILE)

    def remove(self) -> float:
        """Return the seconds for taking everything out, kept so that it can be undone."""
        draft, _seconds = self._filled()
        return self._over(draft, self._post(draft, {"action": "remove_all"}), 0)

    def _draft(self) -> DataRequest:
        return drafts.start(Provider.objects.order_by("pk")[0], by=self.officer)

    def _post(self, draft: DataRequest, data: dict[str, str]) -> float:
        begin = time.perf_counter()
        answer = self.browser.post(_url(draft), {"lock_version": str(draft.lock_version)} | data)
        seconds = time.perf_counter() - begin
        if answer.status_code not in {200, 302}:
            raise SystemExit(f"The page refused: {answer.status_code}")
        return seconds

    def _filled(self) -> tuple[DataRequest, float]:
        draft = self._draft()
        lines = "\n".join(_line(number) for number in range(IN_FILE))
        upload = SimpleUploadedFile("list.csv", lines.encode())
        row = target_imports.start(draft, upload, version=draft.lock_version, by=self.officer)
        Document.objects.filter(pk=row.document_id).update(
            state=DocumentState.CLEAN, scanned_at=timezone.now(), scanner="benchmark", due_at=None
        )
        begin = time.perf_counter()
        target_imports.run(row.pk)
        seconds = time.perf_counter() - begin
        draft.refresh_from_db()
        return draft, seconds

    def _over(self, draft: DataRequest, seconds: float, count: int) -> float:
        if draft.targets.count() != count:
            raise SystemExit(f"{draft.targets.count()} identifiers instead of {count}.")
        drafts.delete(draft, by=self.officer)
        return seconds


def _line(number: int) -> str:
    """Return one of five kinds, each different."""
    return (
        f"uid,{70_000_000 + number}",
        f"Name.{number}@mail.example",
        f"0044 7700 {number:06}",
        f"wallet,0x{number:040x},ethereum",
        f"203.0.{number // 250 % 250}.{number % 250} 2026-06-04T{number // 2500 % 24:02}:47:10+02:00",
    )[number % 5]


def _url(draft: DataRequest) -> str:
    return reverse("officer:step_identifiers", args=[draft.uid])
