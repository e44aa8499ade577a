"""A person in front of a browser: what they click, type and see, by the words on the page."""

import base64
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from django_otp.oath import TOTP
from playwright.sync_api import Browser, ConsoleMessage, Download, Error, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = "/usr/bin/chromium"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]  # fmt: skip
_PERIOD = 30
# A busy machine draws a page in more than the five seconds Playwright waits by itself.
expect.set_options(timeout=20_000)
# Pictures of pages are taken for whoever wants to look at them, into this folder: they take a third of the time.
WANTED = os.environ.get("JOURNEY_PICTURES", "")
# The last code each app showed at each portal: two people of a test may hold the same app.
_LAST_STEPS: dict[tuple[str, bytes], int] = {}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, headless=True, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def seen_when_it_fails(people: "Sequence[Person]", pictures: Path) -> Iterator[None]:
    """Keep what everybody had before them when a journey went wrong."""
    try:
        yield
    except BaseException:
        for number, person in enumerate(people):
            with suppress(Error):  # what went wrong matters more than its picture
                person.page.screenshot(path=pictures / f"failed-{number}.png", full_page=True)
        raise


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, url: str, pictures: Path) -> None:
        self.page: Page = browser.new_context(base_url=url, viewport=WIDE, accept_downloads=True).new_page()
        self.page.set_default_timeout(20_000)
        self._pictures = Path(WANTED) if WANTED else pictures
        self._secret, self._shown_at = b"", 0.0
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused form (422) and a page that is not there yet are answers, not faults of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    # Looking ---------------------------------------------------------------------------------------------------------
    def go(self, path: str, *, missing: bool = False) -> None:
        """Type an address; `missing`: nothing is there for this person."""
        answer = self.page.goto(path)
        assert answer is not None
        assert (answer.status == 404) if missing else (answer.status < 400), f"{path}: {answer.status}"

    def sees(self, words: str | re.Pattern[str]) -> None:
        """The page shows these words."""
        expect(self.page.locator("body")).to_contain_text(words)

    def sees_not(self, words: str) -> None:
        """The page does not show these words."""
        expect(self.page.locator("body")).not_to_contain_text(words)

    def heading(self) -> str:
        """The page's own title."""
        return self.page.locator("h1").first.inner_text()

    def look_until(self, found: Locator, seconds: float = 120) -> None:
        """Reload the page until something is there that a worker makes."""
        deadline = time.monotonic() + seconds
        while not found.count():
            assert time.monotonic() < deadline, f"{self.page.url} never shows {found}:\n{self.text()[:2000]}"
            time.sleep(0.5)
            self.page.reload()

    def text(self) -> str:
        """Everything on the page."""
        return self.page.locator("main").inner_text()

    def reference(self) -> str:
        """The reference that the confirmation panel shows."""
        found = re.search(r"[A-Z]{2}-\d\d-[0-9A-Z]{7}", self.text())
        assert found, self.text()
        return found[0]

    def picture(self, name: str) -> None:
        """Keep how the page looks, wide and narrow; on a phone nothing may stick out."""
        self._shoot(f"{name}-1280")
        self.page.set_viewport_size(NARROW)
        self._shoot(f"{name}-390")
        wide = self._width()
        self.page.set_viewport_size(WIDE)
        if wide > NARROW["width"]:
            self.complaints.append(f"{name}: {wide} px wide on a phone")

    def _shoot(self, name: str) -> None:
        """Take the picture; where a busy machine draws no frame in time, once more with the page in front."""
        if not WANTED:
            return
        path = self._pictures / f"{name}.png"
        try:
            self.page.screenshot(path=path, full_page=True)
        except TookTooLong:
            self.page.bring_to_front()
            self.page.screenshot(path=path, full_page=True, timeout=60_000)

    def _width(self) -> int:
        """How wide the page is; one that just loads itself again, because a file is ready, is asked once more."""
        try:
            return int(self.page.evaluate("document.documentElement.scrollWidth"))
        except Error:
            self.page.wait_for_load_state()
            return int(self.page.evaluate("document.documentElement.scrollWidth"))

    # Doing -----------------------------------------------------------------------------------------------------------
    def press(self, words: str, *, exact: bool = True) -> None:
        """Press the button, or the link that looks like one."""
        button = self.page.get_by_role("button", name=words, exact=exact)
        link = self.page.get_by_role("link", name=words, exact=exact)
        button.or_(link).first.wait_for(state="attached")  # the page may still be on its way
        (button if button.count() else link).first.click()
        self._arrives()

    def press_and_confirm(self, words: str) -> bool:
        """Press what may ask for the factor first, then again with what was kept; say whether it was asked for."""
        with self.page.expect_navigation():
            self.press(words)
        if "Confirm it is you" not in self.heading():
            return False
        self.show_factor()
        with self.page.expect_navigation():
            self.press(words)
        return True

    def looks_at_the_letter(self) -> None:
        """From the page of a sealed package: look at the pages of its letter, without which nobody releases."""
        address = self.page.url
        self.follow(re.compile(r"^Look at it\s*: letter$"))
        self.look_until(self.page.locator("img[src$='/letter/1.png']"))
        self.page.goto(address)

    def follow(self, words: str | re.Pattern[str]) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=words).first.click()
        self._arrives()

    def _arrives(self) -> None:
        """A click waits until the next page begins, not until it is there: who counts at once would find nothing."""
        self.page.wait_for_load_state("domcontentloaded")

    def fill(self, **fields: str) -> None:
        """Type into fields by their names."""
        for name, value in fields.items():
            self.page.locator(f"[name='{name}']").fill(value)

    def label(self, words: str, value: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(words).fill(value)

    def choose(self, name: str, value: str) -> None:
        """Choose an answer of a select."""
        self.page.locator(f"select[name='{name}']").select_option(value)

    def tick(self, words: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Tick a box or a radio button by its words; its label covers it."""
        (within or self.page).get_by_label(words).first.check(force=True)

    def day(self, legend: str, value: date) -> None:
        """Type a date into its three boxes."""
        group = self.page.get_by_role("group", name=legend).first
        for part, number in (("Day", value.day), ("Month", value.month), ("Year", value.year)):
            group.get_by_label(part).fill(str(number))

    def attach(self, name: str, content: bytes, filename: str) -> None:
        """Choose a file."""
        file = {"name": filename, "mimeType": "application/pdf", "buffer": content}
        self.page.locator(f"input[name='{name}']").set_input_files([file])

    def take_file(self, words: str) -> Download:
        """Press what starts a download, and wait for it."""
        with self.page.expect_download() as started:
            self.press(words, exact=False)
        return started.value

    # Signing in ------------------------------------------------------------------------------------------------------
    def has_app(self, secret: str) -> None:
        """Put a secret into the authenticator app."""
        text = re.sub(r"\s", "", secret)
        self._secret = base64.b32decode(text + "=" * (-len(text) % 8))

    def code(self) -> str:
        """The code the app shows; each works once, so sometimes one waits for the next."""
        at = (self.page.url.split("/")[2], self._secret)
        step = max(int(time.time() // _PERIOD), _LAST_STEPS.get(at, 0) + 1)
        while step > int(time.time() // _PERIOD) + 1:  # a code of the next half minute is accepted, not a later one
            time.sleep(0.5)
        _LAST_STEPS[at], self._shown_at = step, time.monotonic()
        app = TOTP(self._secret)
        app.time = step * _PERIOD
        return f"{app.token():06}"

    def show_factor(self) -> None:
        """Type the code where the page asks for it."""
        self.page.wait_for_load_state()
        assert "Confirm it is you" in self.heading(), self.text()
        self.fill(code=self.code())
        with self.page.expect_navigation():
            self.press("Go on with the code")
        expect(self.page.get_by_role("heading", name="Confirm it is you")).to_have_count(0)
        self.page.wait_for_load_state()

    def wait_for_stale_factor(self, seconds: float) -> None:
        """Wait until the factor was shown too long ago for what cannot be taken back."""
        time.sleep(max(self._shown_at + seconds + 2 - time.monotonic(), 0))

    def show_factor_if_asked(self) -> None:
        """The same, where it depends on how long ago it was shown."""
        self.page.wait_for_load_state()
        if "Confirm it is you" in self.heading():
            self.show_factor()

    def sign_in(self, sign_in: dict[str, str]) -> None:
        """Sign in with password and code."""
        self.has_app(sign_in["totp_secret"])
        self.go("/sign-in/")
        self.fill(email=sign_in["email"], password=sign_in["password"])
        with self.page.expect_navigation():
            self.press("Agree and go on to step 2")
        self.show_factor()
