"""Anybody checks a large file in a browser that keeps it, chosen and dropped, and a small one without script."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from requests_app.verify_words import WORDS
from tests.journeys.careful import Careful
from tests.journeys.person import seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
PORTAL = "vetting"
EN, DE = WORDS["en"], WORDS["de"]
GONE = b"time_utc,ip\n2026-10-01T00:00:00Z,192.0.2.1\n"
CODE = "V7QK-4M2X-9TDH-3"
_LEFT = """
from datetime import UTC, datetime
from foundation.core.references import ALPHABET, normalise_check_code
from requests_app.models import DisclosurePackage, IssuedFile
code = next(c for s in ALPHABET if (c := normalise_check_code("{code}" + s)))
day, later = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)
some = DisclosurePackage.objects.earliest("pk")
IssuedFile.objects.create(package=some, kind="archive", sha256="{large}", check_code=code, issued_at=day)
IssuedFile.objects.create(package=some, kind="record", sha256="{gone}", issued_at=day, withdrawn_at=later)
print(code)
"""
# A piece is not read before the test says so: what happens meanwhile does not depend on how fast the machine is.
_HOLD = """() => {
  const reads = Blob.prototype.arrayBuffer;
  Blob.prototype.arrayBuffer = async function () {
    await new Promise((done) => (window.goOn = done));
    return reads.call(this);
  };
}"""
_DROP = """([text, names]) => {
  const taken = new DataTransfer();
  names.forEach((name) => taken.items.add(new File([text], name)));
  const place = document.querySelector("[data-verify-drop]");
  place.dispatchEvent(new DragEvent("drop", {dataTransfer: taken, bubbles: true, cancelable: true}));
}"""


def test_anybody_checks_what_they_hold(stack: Stack, browser: Browser, tmp_path: Path):
    large = tmp_path / "MX-26-1.zip"
    content = b"".join(hashlib.sha512(b"%d" % number).digest() for number in range(64)) * 15_000  # 61 MB
    large.write_bytes(content)
    code = left(stack, content)
    visitor = Careful(browser, stack.url, tmp_path / "pictures")
    plain = Careful(browser, stack.url, tmp_path / "pictures", plain=True)
    sent: list[int] = []
    visitor.page.on("request", lambda request: sent.append(weight(request)))
    with seen_when_it_fails([visitor, plain], tmp_path):
        checks_a_large_file(visitor, large)
        stops_and_waits(visitor, large)
        drops_what_was_withdrawn(visitor, code)
        checks_without_script(plain, tmp_path, code)
    assert max(sent) < 4000, "the file stayed where it was"
    assert [complaint for person in (visitor, plain) for complaint in person.complaints] == []


def left(stack: Stack, content: bytes) -> str:
    """Have an archive that left and is in force, and records that were withdrawn; return the code of a paper."""
    facts = {"code": CODE, "large": hashlib.sha256(content).hexdigest(), "gone": hashlib.sha256(GONE).hexdigest()}
    done = stack.manage("shell", "--no-imports", "-c", _LEFT.format(**facts))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def weight(request: Request) -> int:
    """How much went out with a request."""
    return len(request.post_data_buffer or b"")


def checks_a_large_file(visitor: Careful, large: Path) -> None:
    """The hash is computed here, and only it is sent."""
    visitor.go("/")
    visitor.follow("Check a file")
    visitor.looks("verify")
    visitor.sees(EN.file_hint_script)
    visitor.page.get_by_label(EN.file_label).set_input_files(large)
    visitor.sees(EN.ready.format(name=large.name))
    expect(visitor.page.get_by_label(EN.hash_label)).to_have_value(hashlib.sha256(large.read_bytes()).hexdigest())
    visitor.press(EN.button)
    visitor.sees("Issued on 1 Nov 2026. The file is complete and unchanged.")
    visitor.looks("verify-issued")
    assert visitor.page.url.endswith("/verify/?in=en")


def stops_and_waits(visitor: Careful, large: Path) -> None:
    """In the middle it can be stopped; who presses too early gets the answer when the hash is there."""
    chooses = visitor.page.get_by_label(EN.file_label)
    visitor.page.evaluate(_HOLD)
    chooses.set_input_files(large)
    visitor.sees("0 bytes of 61 MB read, 0 %")
    expect(visitor.page.get_by_role("progressbar")).to_be_visible()
    visitor.press(EN.cancel)
    visitor.sees(EN.stopped.format(name=large.name))
    expect(chooses).to_be_focused()
    expect(chooses).to_have_value("")
    small = large.with_name("changed.zip")
    small.write_bytes(large.read_bytes()[:-1] + b"?")
    chooses.set_input_files(large.with_name("changed.zip"))
    visitor.press(EN.button)
    visitor.sees(EN.wait.format(name=small.name))
    visitor.page.evaluate("const more = setInterval(() => (window.goOn ? window.goOn() : clearInterval(more)), 20)")
    visitor.sees(EN.not_ours_file)


def drops_what_was_withdrawn(visitor: Careful, code: str) -> None:
    """Files can be dropped, one at a time; of records something is said beside the code of their paper alone."""
    visitor.page.evaluate(_DROP, [GONE.decode(), ["a.csv", "b.csv"]])
    visitor.sees(EN.one)
    visitor.page.evaluate(_DROP, [GONE.decode(), ["a.csv"]])
    visitor.sees(EN.ready.format(name="a.csv"))
    visitor.press(EN.button)
    visitor.sees(EN.not_ours_file)
    visitor.page.evaluate(_DROP, [GONE.decode(), ["a.csv"]])
    visitor.sees(EN.ready.format(name="a.csv"))
    visitor.page.get_by_label(EN.with_label).fill(code)
    visitor.press(EN.button)
    visitor.sees("It came from this portal and was withdrawn on 9 Nov 2026.")
    visitor.looks("verify-withdrawn")


def checks_without_script(plain: Careful, folder: Path, code: str) -> None:
    """A small file is sent and hashed there; a larger one is refused; a paper is found by its code."""
    plain.go("/verify/?in=de")
    plain.sees(DE.file_hint)
    small, large = folder / "gone.csv", folder / "larger.bin"
    small.write_bytes(GONE)
    large.write_bytes(bytes(25 * 1024 * 1024 + 1))
    plain.page.get_by_label(DE.file_label).set_input_files(large)
    plain.press(DE.button)
    plain.sees(DE.too_large)
    plain.looks("verify-too-large")
    plain.page.get_by_label(DE.file_label).set_input_files(small)
    plain.page.get_by_label(DE.with_label).fill(code)
    plain.press(DE.button)
    plain.sees(DE.no_more_said.format(day="9. November 2026"))
    plain.page.get_by_label(DE.code_label, exact=True).fill(code.lower().replace("-", ""))
    plain.press(DE.code_button)
    plain.sees(DE.ours_code.format(day="1. November 2026"))
    plain.sees(code)
    plain.looks("verify-paper")
