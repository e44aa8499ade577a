"""A person who looks at every page: nothing serious for axe-core, and nothing that sticks out on a phone."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.journeys.person import NARROW, WIDE, Person

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ASK = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map(
    (one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(" | ")}`);
}"""
_STICKS_OUT = """() => [...document.querySelectorAll("body *")].filter(
  (one) => one.getBoundingClientRect().right > innerWidth + 1).slice(-3).map((one) => one.outerHTML.slice(0, 120))"""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


class Careful(Person):
    """Somebody who checks each page they come to; `plain`: with a browser that runs no script."""

    def __init__(self, browser: Browser, url: str, pictures: Path, *, plain: bool = False) -> None:
        pictures.mkdir(parents=True, exist_ok=True)
        super().__init__(browser, url, pictures)
        self.looked_at: list[str] = []
        self.plain = plain
        if plain:
            self.page.context.close()
            context = browser.new_context(base_url=url, viewport=WIDE, java_script_enabled=False)  # type: ignore[arg-type]
            self.page = context.new_page()
            self.page.set_default_timeout(20_000)

    def looks(self, name: str) -> None:
        """Check the page wide and narrow, and keep what it looks like."""
        self.page.wait_for_load_state()
        expect(self.page.locator("h1")).to_have_count(1)
        name = f"plain-{name}" if self.plain else name
        self.looked_at.append(name)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self._checks(f"{name} at {size['width']}")
            self._shoot(f"{name}-{size['width']}")
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    def _checks(self, name: str) -> None:
        wide, has = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide > has:
            self.complaints.append(f"{name}: {wide} px wide, {self.page.evaluate(_STICKS_OUT)}")
        if self.plain:
            return  # axe is a script; the same pages are checked with one
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(_axe())
        found: list[Any] = self.page.evaluate(_ASK, _RULES)
        self.complaints.extend(f"{name}: {one}" for one in found)

    def saves(self, words: str = "Save and continue") -> None:
        """Press what sends the form, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.press(words)
