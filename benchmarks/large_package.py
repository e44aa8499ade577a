"""A package of 4 GiB: built by the worker, held against stream-zip alone, and taken through the web with many cuts.

    make bench ARGS=large_package    FILES=32 MIB=128 ROUNDS=3 CUT_MB=30 for other numbers; needs three times its size

On servers of its own, with the portal's own commands: a Celery worker builds the package, gunicorn sends it. In each
round stream-zip alone packs the same files, unencrypted on the same disk, under the same passphrase, to /dev/null; then
the worker builds the archive from the encrypted store into it. Memory is what the kernel says of each process, looked
at twenty times a second. The copy that came over the line is opened with 7z, and each file checked with sha256sum.
"""

import hashlib
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks.memory import Memory, processor, watched
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.documents.vault import discard
from lers.celery import app
from lers.demo import people as demo
from lers.drill import people
from lers.drill.place import Place, free_port
from lers.drill.processes import Processes, broker_service
from lers.drill.run import migrate
from lers.runner.services import portal_services
from requests_app.enums import PackageStatus
from requests_app.models import CollectedFile, DisclosurePackage, DownloadReceipt, LineExport, RecipientCopy
from requests_app.services import copies_of_recipients, packages
from requests_app.services.archive import unwrap_passphrase
from tests.people import client_for
from tests.requests_app.records.steps import granted_request

MIB = 1024 * 1024
GOAL_SHARE, GOAL_MB = 0.80, 200
_RESULT = Path(__file__).parent / "results" / "large_package.md"
_IN_FLIGHT = 32 * MIB
_BUILD = "requests.build_package"
_ALONE = """
import sys, time, zlib
from datetime import datetime
from pathlib import Path
from stream_zip import NO_COMPRESSION_64, stream_zip

def pieces(path):
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            yield piece

def listed(folder):
    for path in sorted(Path(folder).iterdir()):
        crc32 = int(path.suffix[1:])
        yield path.name, datetime.now(), 0o600, NO_COMPRESSION_64(path.stat().st_size, crc32), pieces(path)

begin = time.perf_counter()
with open("/dev/null", "wb") as nothing:
    for piece in stream_zip(listed(sys.argv[1]), chunk_size=1024 * 1024, password=sys.argv[2]):
        nothing.write(piece)
print(time.perf_counter() - begin, time.process_time())
"""


@dataclass
class Round:
    """One round: seconds of stream-zip alone, of the archive, and of the whole package with letter and manifest."""

    alone: float
    archive: float
    whole: float
    load: float
    # Seconds of the processor, which other work on the machine changes least.
    alone_cpu: float
    whole_cpu: float


@dataclass
class Taken:
    """A download: its hash, how often it was cut, and how long it took."""

    sha256: str
    cuts: int
    seconds: float


@dataclass
class Found:
    """Everything that a run found."""

    size: int
    rounds: list[Round] = field(default_factory=list)
    worker: Memory = field(default_factory=Memory)
    web: Memory = field(default_factory=Memory)
    # In one go, then with cuts.
    taken: list[Taken] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    opened: str = ""


def main(place: Place) -> int:
    """Fill, build, take, check, and write the table; 0 where the goals are kept and every hash agrees."""
    files, size = int(os.environ.get("FILES", "32")), int(os.environ.get("MIB", "128")) * MIB
    os.environ |= {"BIND": f"127.0.0.1:{free_port()}", "PUBLIC_URL": "http://localhost"}
    if place.own_database:
        migrate()
    call_command("collectstatic", interactive=False, verbosity=0)
    people.ensure()
    processes = Processes(place.var / "log")
    try:
        package = _filled(place, files, size)
        processes.start(broker_service(place.broker_command))
        services = {one.name: one for one in portal_services()}
        processes.start(services["worker"])
        found = Found(files * size)
        for number in range(int(os.environ.get("ROUNDS", "3"))):
            found.rounds += [_round(place, processes, package, found.worker, again=number > 0)]
        processes.stop("worker")
        shutil.rmtree(place.var / "plain")
        processes.start(services["web"])
        _downloads(place, processes, package, found)
        found.opened = _opened(place, package)
    finally:
        processes.stop_all(hard=True)
        connection.close()
    return _write(found)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# Filling --------------------------------------------------------------------------------------------------------------
def _filled(place: Place, files: int, size: int) -> DisclosurePackage:
    """Make a granted request whose records are here already: random files, plain beside the store and in it."""
    (place.var / "plain").mkdir()
    officer, analyst, approver = (demo.who(role) for role in ("officer", "analyst", "approver"))
    # Nothing is hurried: no worker may begin before the files are here.
    with mock.patch("foundation.core.hurry._send", return_value=None):
        granted = granted_request(
            officer=officer, analyst=analyst, approver=approver, identifiers=(("uid", "48213377"),),
            categories=("registration",), provider=analyst.staff_roles.get().provider,
        )  # fmt: skip
        package = packages.start(granted, by=analyst)
        export = package.exports.get()
        for position in range(1, files + 1):
            _file(place.var / "plain", export, position, size)
    LineExport.objects.filter(pk=export.pk).update(state=JobState.DONE, files_done=files, files_expected=files)
    _say(f"{files} files of {size // MIB} MiB are in the store.")
    return package


def _file(folder: Path, export: LineExport, position: int, size: int) -> None:
    path, now = folder / "new", timezone.now()
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    document = documents.write_generated(
        _pieces(path), filename=f"{position}.bin", media_type="application/octet-stream", purpose=export.purpose,
        by=None, at=now,
    )  # fmt: skip
    path.rename(folder / f"{position:03}.{document.crc32}")
    CollectedFile.objects.create(export=export, position=position, document=document, extracted_at=now)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(MIB):
            yield piece


# Building -------------------------------------------------------------------------------------------------------------
def _round(place: Place, processes: Processes, package: DisclosurePackage, memory: Memory, *, again: bool) -> Round:
    if again:
        _unseal(package)
    load = os.getloadavg()[0]
    words = [sys.executable, "-c", _ALONE, str(place.var / "plain"), "ABCD-EFGH-2345-JKLM-NPQR-STUV-WXYZ"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    worker = processes.pid("worker")
    before = processor(worker)
    with watched(memory, worker):
        archive, whole = _built(package)
    alone, alone_cpu = map(float, said)
    found = Round(alone, archive, whole, load, alone_cpu, processor(worker) - before)
    _say(f"stream-zip alone {alone:.1f} s, archive {archive:.1f} s, all {whole:.1f} s, worker {memory}")
    return found


def _built(package: DisclosurePackage) -> tuple[float, float]:
    """Have the worker build it; return the seconds of the archive, from its first row to its last byte, and of all."""
    now = timezone.now()
    DisclosurePackage.objects.filter(pk=package.pk).update(due_at=now)
    begin = time.perf_counter()
    app.send_task(_BUILD, [package.pk])
    mine = Document.objects.filter(purpose=f"package-{package.uid.hex}", filename__endswith=".zip")
    first = last = 0.0
    while True:
        time.sleep(0.02)
        states = set(mine.values_list("state", flat=True))
        if states and not first:
            first = time.perf_counter()
        if "clean" in states and not last:
            last = time.perf_counter()
        package.refresh_from_db()
        if package.status == PackageStatus.SEALED:
            return last - first, time.perf_counter() - begin
        if package.status == PackageStatus.BLOCKED or package.last_error or time.perf_counter() - begin > 900:
            raise SystemExit(f"It was not built: {package.status} {package.blocked_reason} {package.last_error}")


def _unseal(package: DisclosurePackage) -> None:
    """Put the package back as it was before it was built."""
    old = [package.manifest, package.letter, package.archive]
    package.items.all().delete()
    DisclosurePackage.objects.filter(pk=package.pk).update(
        status=PackageStatus.PREPARING, state=JobState.PENDING, due_at=timezone.now(), attempts=0, finished_at=None,
        manifest=None, letter=None, archive=None, passphrase_wrapped=None, sealed_at=None,
    )  # fmt: skip
    for document in filter(None, old):
        discard(document)
    package.refresh_from_db()


# Taking ---------------------------------------------------------------------------------------------------------------
def _downloads(place: Place, processes: Processes, package: DisclosurePackage, found: Found) -> None:
    """Take the archive in one go, then cut every so often and go on; look at the receipts of that."""
    now = timezone.now()
    # What a release asks is not what is measured here.
    DisclosurePackage.objects.filter(pk=package.pk).update(
        status=PackageStatus.RELEASED, released_at=now, released_by=demo.who("approver"),
        expires_at=now + timedelta(days=30),
    )  # fmt: skip
    package.refresh_from_db()
    cookies = client_for(demo.who("officer"), headers={"host": "localhost"}).cookies
    line = _Line("; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()), package)
    step, target = int(os.environ.get("CUT_MB", "30")) * 1000 * 1000, place.var / "taken.zip"
    with watched(found.web, processes.pid("web")):
        for each in (0, step):
            DownloadReceipt.objects.all().delete()
            taken = line.take(target, step=each)
            found.taken.append(taken)
            _say(f"Taken with {taken.cuts} cuts in {taken.seconds:.1f} s, web {found.web.worst:.0f} MB")
    copies_of_recipients.hash_due()
    found.receipts = _wrong_receipts(package, step)


class _Line:
    """The officer's browser, whose line breaks."""

    def __init__(self, cookies: str, package: DisclosurePackage) -> None:
        self._headers = {"Cookie": cookies, "Host": "localhost"}
        self._path = f"/requests/{package.data_request.reference}/records/{package.number}/archive/"

    def take(self, target: Path, *, step: int) -> Taken:
        """Take the file; with a step the line is cut after so many bytes, and what is missing is asked for."""
        begin, came, offset, cuts, etag = time.perf_counter(), hashlib.sha256(), 0, 0, ""
        with target.open("wb") as file:
            while True:
                line = http.client.HTTPConnection("127.0.0.1", int(os.environ["BIND"].rpartition(":")[2]), timeout=120)
                range_ = {"Range": f"bytes={offset}-", "If-Range": etag} if offset else {}
                line.request("GET", self._path, headers=self._headers | range_)
                answer = line.getresponse()
                if answer.status != (206 if offset else 200):
                    raise SystemExit(f"{answer.status} at {offset}: {answer.headers.get('Location')}")
                etag, left = answer.headers["ETag"], int(answer.headers["Content-Length"])
                wanted = min(left, step) if step else left
                for piece in _read(answer, wanted):
                    came.update(piece)
                    file.write(piece)
                line.close()
                offset += wanted
                if wanted == left:
                    return Taken(came.hexdigest(), cuts, time.perf_counter() - begin)
                cuts += 1


def _read(answer: http.client.HTTPResponse, size: int) -> Iterator[bytes]:
    while size:
        piece = answer.read(min(size, MIB))
        if not piece:
            raise SystemExit("The line broke where nobody cut it.")
        size -= len(piece)
        yield piece


def _wrong_receipts(package: DisclosurePackage, step: int) -> list[str]:
    """Say which receipts do not say what was done: each begins where we were, all but the last one are broken off."""
    deadline = time.monotonic() + 30
    rows = DownloadReceipt.objects.filter(package=package).order_by("first_byte")
    while rows.filter(finished_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.1)  # the server notices at its next piece that nobody listens
    size = package.archive.size or 0 if package.archive else 0
    wrong = []
    for number, row in enumerate(rows):
        # What is handed to the network counts as sent: near the end all of the rest may be when the line is cut.
        left = size - row.first_byte - step
        wrong_end = row.complete != (left <= 0) and left > _IN_FLIGHT
        if row.first_byte != number * step or row.finished_at is None or wrong_end:
            wrong.append(f"receipt {number}: from {row.first_byte}, {row.bytes_sent} bytes, complete: {row.complete}")
    return wrong if len(rows) == -(-size // step) else [f"{len(rows)} receipts", *wrong]


# Opening --------------------------------------------------------------------------------------------------------------
def _opened(place: Place, package: DisclosurePackage) -> str:
    """Open what came with 7z and check every file by the manifest inside; return what was found."""
    seven, archive, secret = shutil.which("7z"), place.var / "taken.zip", unwrap_passphrase(package)
    if not seven:
        return "not opened: 7z is not installed"
    out = [seven, "e", "-so", f"-p{secret}", str(archive)]
    listed = subprocess.run([*out, "manifest.txt"], capture_output=True, check=True)
    good = 0
    wanted = [line.split("  ", 1) for line in listed.stdout.decode().splitlines() if not line.startswith("#")]
    for sha256, name in wanted:
        with subprocess.Popen([*out, name], stdout=subprocess.PIPE) as file:
            done = subprocess.run(["sha256sum"], stdin=file.stdout, capture_output=True, text=True, check=True)
        good += done.stdout.split()[0] == sha256 and file.returncode == 0
    archive.unlink()
    return f"{good} of {len(wanted)} files in it opened with 7z have the hash of the manifest (sha256sum)"


# Telling --------------------------------------------------------------------------------------------------------------
def _write(found: Found) -> int:
    share = statistics.median(one.alone / one.archive for one in found.rounds)
    hashes = {one.sha256 for one in found.taken}
    same = hashes == set(RecipientCopy.objects.values_list("sha256", flat=True))
    held = max(found.worker.worst, found.web.worst)
    good = share >= GOAL_SHARE and held < GOAL_MB and same and not found.receipts
    size = found.size / 1e6
    lines = [
        f"| {number} | {one.load:.1f} | {size / one.alone:.0f} | {size / one.archive:.0f} | "
        f"{one.alone / one.archive:.0%} | {size / one.whole:.0f} | "
        f"{one.alone_cpu * 1e3 / size:.2f} | {one.whole_cpu * 1e3 / size:.2f} |"
        for number, one in enumerate(found.rounds, 1)
    ]
    whole, cut = found.taken
    receipts = "; ".join(found.receipts) or "each says where it began, and whether it broke off"
    work = statistics.median(one.whole_cpu / one.alone_cpu for one in found.rounds)
    text = f"""# A large package

`make bench ARGS=large_package` on {timezone.now():%Y-%m-%d %H:%M} UTC: {found.size // MIB} MiB, {os.cpu_count()} CPUs.

Load is the machine's average as the round began: other work on it counts. stream-zip alone packs plain files to
/dev/null; the archive is read from the encrypted store, packed, hashed, encrypted, and on the disk when its time ends.
The package is the archive with its manifest and its letter. In MB/s, and seconds of the processor for each GB.

| Round | load | stream-zip alone | archive | share | package | processor: stream-zip | package |
|---:|---:|---:|---:|---:|---:|---:|---:|
{chr(10).join(lines)}

Share, median: {share:.0%} (goal {GOAL_SHARE:.0%}). The package takes {work:.1f} times the processor of stream-zip,
in three threads. Resident at most: a process of the worker {found.worker};
of the web {found.web.worst:.0f} MB (goal under {GOAL_MB} MB).

Taken through gunicorn in one go: {size / whole.seconds:.0f} MB/s. Cut {cut.cuts} times and gone on with Range and
If-Range: {size / cut.seconds:.0f} MB/s. The hash of this person's copy: {"yes" if same else "NO"}.
Receipts: {receipts}.
Of the copy that came: {found.opened}.

{"Good." if good else "NOT GOOD."}
"""
    print(text)
    _RESULT.write_text(text)
    return 0 if good else 1
