"""The portal and the browser of a journey."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.person import CHROMIUM, chromium
from tests.journeys.stack import Stack, portal


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The whole portal with its demo data, started once for the module."""
    with portal() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without it the journey cannot be made."""
    if not Path(CHROMIUM).exists() and not shutil.which("chromium"):
        pytest.skip("Chromium is missing: apt-get install chromium")
    with chromium() as started:
        yield started
