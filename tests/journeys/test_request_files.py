"""Files in a browser: several at once, dropped, over a line that fails, refused, and without script."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, FilePayload, Locator, expect

from tests.documents.files import make_pdf
from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Modules of the same name share a portal: their people do not meet.
PORTAL = "requests"

_UNLIMITED = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
_DROP = """(zone, files) => {
  const carried = new DataTransfer();
  files.forEach(([name, text]) => carried.items.add(new File([text], name)));
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: carried}));
}"""


def pdf(name: str, length: int = 0) -> FilePayload:
    """A PDF of its own, filled up to about this many bytes."""
    content = make_pdf(name, inside=b"x" * length)
    return FilePayload(name=name, mimeType="application/pdf", buffer=content)


def row(person: Person, name: str) -> Locator:
    """The row of a file."""
    return person.page.locator(".app-upload").filter(has_text=name).first


def state(person: Person, name: str, words: str | re.Pattern[str]) -> None:
    """The row of a file says this."""
    expect(row(person, name).locator("[data-state]")).to_contain_text(words, timeout=30_000)


def slow_line(person: Person) -> CDPSession:
    """A line of 200 KB a second, as the browser's own tools make it."""
    line = person.page.context.new_cdp_session(person.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", _UNLIMITED | {"uploadThroughput": 200_000})
    return line


def opens_documents(person: Person, sign_in: dict[str, str]) -> str:
    """Sign in, start a draft and come to its documents."""
    person.sign_in(sign_in)
    person.go("/drafts/new/")
    person.press("Start a request")
    person.page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/$"))
    path = f"{person.page.url}documents/"
    person.go(path)
    return path


def test_files_arrive_over_a_bad_line(stack: Stack, browser: Browser, tmp_path: Path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    officer, plain = people = [Person(browser, stack.url, pictures) for _ in range(2)]
    plain.page.context.close()
    plain.page = browser.new_context(base_url=stack.url, java_script_enabled=False).new_page()
    sign_ins = stack.credentials()
    with seen_when_it_fails(people, pictures):
        path = opens_documents(officer, sign_ins["officer"])
        officer.sees("Up to 25\u00a0MB each")
        officer.picture("empty")
        chooses_three_and_drops_two(officer)
        line_fails_in_the_middle(officer)
        goes_on_in_a_new_session(officer)
        adds_while_a_file_is_on_its_way(officer)
        comes_back_to_what_was_refused(officer, path)
        sends_without_script(plain, sign_ins["lead"])
    known = re.compile("ERR_INTERNET_DISCONNECTED|status of 403")  # the lost line; the token of before
    assert [one for person in people for one in person.complaints if not known.search(one)] == []


def chooses_three_and_drops_two(officer: Person) -> None:
    """Each has a row of its own; what is refused says why and takes no other with it."""
    files = [pdf("order.pdf"), pdf("annex.pdf", 2_500_000), pdf("tool.exe")]
    officer.page.locator("input[type=file]").set_input_files(files)
    state(officer, "order.pdf", "arrived")
    state(officer, "annex.pdf", "arrived")
    state(officer, "tool.exe", "tool.exe is not a kind of file we take here. Send PDF")
    letter = ["letter.txt", "She got three messages."]
    officer.page.locator("[data-uploads-drop]").evaluate(_DROP, [letter, ["fake.pdf", "no PDF at all"], letter])
    state(officer, "letter.txt", "arrived")
    state(officer, "fake.pdf", "fake.pdf is named as PDF, but its content is something else.")
    expect(officer.page.locator(".app-upload").get_by_text("letter.txt is in the list already.")).to_have_count(1)
    officer.picture("several")
    while (refused := officer.page.locator(".app-upload:has(.govuk-error-message)")).count():
        refused.first.get_by_role("button", name="Remove").click()
    expect(officer.page.locator(".app-upload")).to_have_count(3)


def line_fails_in_the_middle(officer: Person) -> None:
    """The row says so, and the file goes on by itself from where it was."""
    line = slow_line(officer)
    long = pdf("long.pdf", 11_000_000)
    officer.page.locator("input[type=file]").set_input_files([long])
    state(officer, "long.pdf", re.compile(r"[1-9]\d* %"))
    officer.picture("running")
    expect(row(officer, "long.pdf").locator("progress")).to_be_visible()
    row(officer, "long.pdf").get_by_role("button", name="Pause").click()
    state(officer, "long.pdf", "paused")
    row(officer, "long.pdf").get_by_role("button", name="Go on").click()
    state(officer, "long.pdf", re.compile(r"[1-9]\d* %"))
    line.send("Network.emulateNetworkConditions", _UNLIMITED | {"offline": True})
    state(officer, "long.pdf", "The line is down; it goes on by itself when it is back")
    officer.picture("cut")
    line.send("Network.emulateNetworkConditions", _UNLIMITED)
    state(officer, "long.pdf", "arrived")
    line.detach()
    uid = row(officer, "long.pdf").locator("input[name=uploads_sent]").input_value()
    said = officer.page.request.get(f"/uploads/{uid}/").json()
    assert said["sha256"] == hashlib.sha256(long["buffer"]).hexdigest()


def goes_on_in_a_new_session(officer: Person) -> None:
    """The token of the page is refused: the script gets that of now, also for the form. One file is dropped beside."""
    context, address = officer.page.context, officer.page.url
    context.clear_cookies(name="lers_csrf")
    other = context.new_page()
    other.goto(address)
    other.close()
    with officer.page.expect_response(lambda answer: answer.status == 403):
        officer.page.locator("h1").evaluate(_DROP, [["beside.txt", "Dropped beside the box."]])
    state(officer, "beside.txt", "arrived")
    assert officer.page.url == address


def adds_while_a_file_is_on_its_way(officer: Person) -> None:
    """The form waits for the last file; all that was sent is what was chosen."""
    line = slow_line(officer)
    officer.page.locator("input[type=file]").set_input_files([pdf("last.pdf", 900_000)])
    officer.press("Add files")
    officer.sees("The form is sent as soon as all files have arrived.")
    officer.picture("waits")
    with officer.page.expect_navigation():
        line.send("Network.emulateNetworkConditions", _UNLIMITED)
    line.detach()
    expect(officer.page.locator("caption")).to_have_text("Added (6)")
    for name in ("order.pdf", "annex.pdf", "letter.txt", "beside.txt", "long.pdf", "last.pdf"):
        officer.sees(name)
    officer.picture("added")


def comes_back_to_what_was_refused(officer: Person, path: str) -> None:
    """The form is refused because of another window: the file is still there, and goes with the next try."""
    officer.go(path)
    officer.page.locator("input[type=file]").set_input_files([pdf("later.pdf")])
    state(officer, "later.pdf", "arrived")
    officer.page.locator("form:has([data-uploads]) [name=lock_version]").evaluate("field => { field.value = 0 }")
    with officer.page.expect_navigation():
        officer.press("Add files")
    officer.sees("changed in another window")
    state(officer, "later.pdf", "arrived")
    officer.picture("kept")
    with officer.page.expect_navigation():
        officer.press("Add files")
    expect(officer.page.locator("caption")).to_have_text("Added (7)")


def sends_without_script(plain: Person, sign_in: dict[str, str]) -> None:
    """Files go along with the form; after a refusal those that were taken are ticked, and need not be chosen again."""
    opens_documents(plain, sign_in)
    plain.page.locator("input[type=file]").set_input_files([pdf("good.pdf"), pdf("other.pdf"), pdf("tool.exe")])
    plain.press("Add files")
    plain.sees("tool.exe is not a kind of file we take")
    boxes = plain.page.locator(".app-upload input[type=checkbox]")
    expect(boxes).to_have_count(2)
    plain.picture("plain-refused")
    plain.page.get_by_label("other.pdf").uncheck(force=True)
    plain.press("Add files")
    expect(plain.page.locator("caption")).to_have_text("Added (1)")
    plain.sees("good.pdf")
    plain.sees_not("other.pdf")
