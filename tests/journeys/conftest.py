"""The portal and the browser of a journey."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.person import CHROMIUM, chromium
from tests.journeys.stack import Stack, portal


@dataclass
class Portals:
    """The portal that is up, for whom, and how it ends."""

    shared_by: str = ""
    running: Stack | None = None
    ends: ExitStack = field(default_factory=ExitStack)

    def of(self, name: str, **more: Callable[[str], dict[str, str]]) -> Stack:
        """Return the portal of these modules; the one before is stopped, so that two never run beside each other."""
        if self.running is None or self.shared_by != name:
            self.ends.close()
            self.running, self.shared_by = self.ends.enter_context(portal(**more)), name
        return self.running


@pytest.fixture(scope="package")
def portals() -> Iterator[Portals]:
    """What runs now; stopped at the end."""
    found = Portals()
    with found.ends:
        yield found


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, portals: Portals) -> Stack:
    """The whole portal with its demo data; modules that name the same PORTAL share one, starting it takes long."""
    return portals.of(getattr(request.module, "PORTAL", request.module.__name__))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without it the journey cannot be made."""
    if not Path(CHROMIUM).exists() and not shutil.which("chromium"):
        pytest.skip("Chromium is missing: apt-get install chromium")
    with chromium() as started:
        yield started
