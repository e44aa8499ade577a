"""The portal and the browser of a journey."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.completeness import watching
from tests.journeys.person import CHROMIUM, chromium
from tests.journeys.stack import Stack, portal, untold_of_the_demo


@dataclass
class Portals:
    """The portal that is up, for whom, and how it ends."""

    shared_by: str = ""
    running: Stack | None = None
    ends: ExitStack = field(default_factory=ExitStack)
    # What changed in the portals that have ended without an entry in the trail.
    untold: list[str] = field(default_factory=list)

    def of(self, name: str, **more: Callable[[str], dict[str, str]]) -> Stack:
        """Return the portal of these modules; the one before is stopped, so that two never run beside each other."""
        if self.running is None or self.shared_by != name:
            self.end()
            self.running, self.shared_by = self.ends.enter_context(portal(**more)), name
        return self.running

    def end(self) -> None:
        """Stop the portal that is up, and keep what it did without telling the trail."""
        if self.running is not None:
            before = untold_of_the_demo()["newest"]
            self.untold += [f"{self.shared_by}: {line}" for line in watching.gaps(self.running.var, after=before)]
            self.running = None
        self.ends.close()


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
