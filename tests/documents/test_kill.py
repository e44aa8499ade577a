"""Workers that are killed (kill -9) in the middle: another one takes over, nothing is lost, nothing half shown."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document, DocumentPage, SanitisedCopy
from foundation.documents.services.leases import LEASE
from tests.documents.files import make_pdf

# What a worker does to a file, in a process of its own; BLOCKED makes a step say where it is, and wait for ever.
_WORKER = """
import sys
import django
django.setup()
from foundation.documents import services
from foundation.documents.models import Document

def block(place):
    print(place, flush=True)
    sys.stdin.read()

exec(sys.argv[2])
found = services.process(Document.objects.get(pk=int(sys.argv[1])))
print("ended", found.state, flush=True)
"""
# The picture of the second page stops in the middle of its file.
IN_PREVIEW = """
from foundation.documents import vault
from foundation.documents.frames import EncryptingWriter
from foundation.documents.services import previewing
whole = previewing.write_page

def half(page, png):
    if page.number < 2:
        return whole(page, png)
    with vault.document_storage().open(page.storage_name, "wb") as blob:
        EncryptingWriter(blob, page.document.open_key(), page.binding).write(png)
        blob.flush()
        block("second page")

previewing.write_page = half
"""
IN_INSPECTION = """
from foundation.documents.services import inspecting
whole = inspecting.write_copy

def half(*args, **kwargs):
    whole(*args, **kwargs)
    block("copy")

inspecting.write_copy = half
"""
IN_EXAMINATION = """
from foundation.documents import isolation
whole = isolation.examine

def half(source, media_type):
    block("examination")

isolation.examine = half
"""


class Worker:
    """A process that works on one file."""

    def __init__(self, env: dict[str, str], document: Document, patch: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(document.pk), patch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            cwd=settings.BASE_DIR,
            text=True,
        )

    def says(self) -> str:
        """Return its next line."""
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        """Kill it as the kernel does when memory ends, and wait until its sandbox is gone too."""
        children = _children(self.process.pid)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() and not _is_zombie(pid) for pid in children))
        self.close()

    def close(self) -> None:
        """End it, if it still runs."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def worker(committed_db, vault, clamd):
    """Starts workers on this test's database, folder and scanner."""
    started = []

    def start(document: Document, patch: str = "", *, scanner: str = "") -> Worker:
        env = committed_db.env | {
            "STORAGE_URL": f"file://{vault}",
            "CLAMD_ADDRESS": scanner or clamd.address,
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }
        started.append(Worker(env, document, patch))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def document(worker) -> Document:
    content = make_pdf("Order", pages=3)
    return documents.receive([content], filename="order.pdf", purpose="order", by=None, limit=10**7)


def wait_until(true: Callable[[], object], *, seconds: int = 30, log: Path | None = None) -> None:
    """Return once it is true; otherwise fail with the end of what the process said."""
    for _try in range(seconds * 20):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"it never happened\n{log.read_text()[-4000:] if log else ''}")


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def stored(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def orphans(vault: Path) -> set[str]:
    """Return the stored files that no row knows."""
    known: set[str] = set()
    for model in (Document, DocumentPage, SanitisedCopy):
        known |= set(model.objects.values_list("storage_name", flat=True))
    return {str(path.relative_to(vault)) for path in vault.rglob("*") if path.is_file()} - known


def missing(vault: Path) -> set[str]:
    """Return the files that a row tells of and that are not there."""
    names = [*Document.objects.filter(purged_at=None).values_list("storage_name", flat=True)]
    for model in (DocumentPage, SanitisedCopy):
        names += model.objects.values_list("storage_name", flat=True)
    return {name for name in names if not (vault / name).is_file()}


def taken_over(document: Document, vault: Path) -> None:
    """Show that nobody has the job before the lease ends, and that then all of it is done, each thing once."""
    assert orphans(vault) == set()
    held = stored(document)
    assert held.claimed_until is not None
    documents.sweep(at=held.claimed_until - timedelta(seconds=1))
    assert stored(document).attempts == held.attempts
    documents.sweep(at=held.claimed_until + timedelta(seconds=1))
    found = stored(document)
    assert (found.state, found.due_at, found.claimed_until) == (DocumentState.CLEAN, None, None)
    assert [page.number for page in documents.pages(found)] == [1, 2, 3]
    assert all(documents.page_image(found, number).startswith(b"\x89PNG") for number in (1, 2, 3))
    assert (orphans(vault), missing(vault)) == (set(), set())
    done = [action for action in actions() if action.startswith("document.")]
    assert sorted(done) == sorted(set(done)), "each thing is done once"
    assert {"document.clean", "document.previewed", "document.inspected"} <= set(done)


def test_killed_while_it_looks_what_the_file_is(worker, document, vault):
    dying = worker(document, IN_EXAMINATION)
    assert dying.says() == "examination"
    dying.kill()
    assert stored(document).state == DocumentState.PENDING
    assert documents.pages(stored(document)) == []
    taken_over(document, vault)


def test_killed_in_the_middle_of_a_scan(worker, document, vault, fake_clamd, clamd, settings):
    fake_clamd.hold.clear()
    dying = worker(document, scanner=fake_clamd.address)
    assert fake_clamd.began.wait(60)
    dying.kill()
    assert stored(document).state == DocumentState.PENDING
    settings.CLAMD_ADDRESS = clamd.address
    taken_over(document, vault)


def test_killed_in_the_middle_of_a_picture(worker, document, vault):
    dying = worker(document, IN_PREVIEW)
    assert dying.says() == "second page"
    dying.kill()
    half = stored(document)
    assert (half.state, half.previewed_at) == (DocumentState.CLEAN, None)
    assert half.pages.count() == 2
    assert documents.pages(half) == [], "one whole page is not shown either"
    with pytest.raises(DocumentRefused):
        documents.page_image(half, 1)
    taken_over(document, vault)


def test_killed_while_it_makes_the_copy(worker, document, vault):
    dying = worker(document, IN_INSPECTION)
    assert dying.says() == "copy"
    dying.kill()
    assert not hasattr(stored(document), "findings")
    taken_over(document, vault)


def test_a_scan_longer_than_its_lease_stays_with_its_worker(worker, fake_clamd):
    """As a file of 10 GB at 20 MB in a second, made small: 16 MB at 2 MB, under a lease of four seconds."""
    patch = (
        "from datetime import timedelta\nfrom foundation.documents.services import leases\n"
        "leases.LEASE, leases.RENEW_SECONDS = timedelta(seconds=4), 0.2\n"
    )
    rows = b"uid,email\n" * 1_600_000
    document = documents.receive([rows], filename="a.csv", purpose="order", by=None, limit=10**8)
    fake_clamd.pace = 2_000_000
    worker(document, patch, scanner=fake_clamd.address)
    assert fake_clamd.began.wait(60)
    started, tries = time.monotonic(), 0
    while stored(document).state == DocumentState.PENDING:
        assert not documents.claim(document, at=timezone.now())
        tries += 1
        time.sleep(0.2)
    assert (time.monotonic() - started > 5, tries > 10) == (True, True)
    assert (stored(document).state, fake_clamd.streams) == (DocumentState.CLEAN, 1)
    assert actions().count("document.clean") == 1


def test_a_worker_that_sleeps_over_its_lease_stops_at_its_next_breath(worker, document, fake_clamd):
    """A process that was frozen (a suspended machine) finds that somebody else has its file."""
    fake_clamd.hold.clear()
    sleeping = worker(document, scanner=fake_clamd.address)
    assert fake_clamd.began.wait(60)
    os.kill(sleeping.process.pid, signal.SIGSTOP)
    assert documents.claim(document, at=timezone.now() + LEASE + timedelta(seconds=1))
    before = stored(document)
    fake_clamd.hold.set()
    os.kill(sleeping.process.pid, signal.SIGCONT)
    assert sleeping.says().startswith("ended")
    after = stored(document)
    assert after.claimed_until == before.claimed_until, "the claim of the other is untouched"
    assert after.previewed_at is None
