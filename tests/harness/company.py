"""The reference company as a process of its own, once for each worker of a test session."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from foundation.providers.conformance.calling import Caller
from foundation.providers.connectors.http.signing import new_secret

ROOT = Path(__file__).resolve().parent.parent.parent
KEY_ID = "test"


@dataclass(frozen=True)
class ReferenceCompany:
    """A running company: its address, its key, and the faults that can be set in it."""

    url: str
    secret: str
    key_id: str = KEY_ID
    # How often its caller asks again while it says that it is busy.
    busy: int = 3

    @property
    def caller(self) -> Caller:
        """Somebody who has the key."""
        return Caller(self.url, self.key_id, self.secret, busy=self.busy)

    def break_with(self, kind: str, **more: object) -> None:
        """Set a fault (lers/company/faults.py)."""
        body = json.dumps({"kind": kind, **more}).encode()
        with urlopen(Request(f"{self.url}/faults", body, method="POST"), timeout=10):
            pass

    def repair(self) -> None:
        """Let everything work again."""
        with urlopen(Request(f"{self.url}/faults", method="DELETE"), timeout=10):
            pass


@contextmanager
def running(folder: Path, *words: str) -> Iterator[ReferenceCompany]:
    """Run a company whose books lie in this folder."""
    secret, keys = new_secret(), folder / "keys.json"
    if keys.exists():
        secret = json.loads(keys.read_text())[KEY_ID]
    keys.write_text(json.dumps({KEY_ID: secret}))
    process = subprocess.Popen(
        [sys.executable, "-m", "lers.company", "--var", str(folder / "var"), "--keys", str(keys), *words],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        found = re.search(r"answers at (\S+)", process.stdout.readline())
        assert found, "The company did not start."
        yield ReferenceCompany(f"http://{found[1]}", secret)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="session")
def company_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceCompany]:
    """One company for all tests of a worker; two files on a page, so that lists have several."""
    with running(tmp_path_factory.mktemp("company"), "--faults", "--files-per-page", "2") as company:
        yield company


@pytest.fixture
def company(company_process: ReferenceCompany) -> Iterator[ReferenceCompany]:
    """The company, without faults before and after."""
    company_process.repair()
    yield company_process
    company_process.repair()
