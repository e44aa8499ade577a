"""The audit log in a real browser: read, taken out and checked without us; receipts, unusual acts, what was blocked."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.accounts.checked_alone import checked
from tests.journeys.careful import Careful
from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
# Shared with the modules that come next: the log is read, and nothing in it is changed.
PORTAL = "signing in"
REASON = "The weekly review of sign-ins"
CAME_OF_IT = "I asked Priya Nair. She had followed an old bookmark."
REFUSED_ACTS = 12
# First words of the acts that the log shows as signing in.
SIGN_IN = {"sign_in", "factor", "password", "lost_factor", "cool_down", "address_change"}
# The next Monday at seven: the report is of the week in which all of this happens.
_NEXT_MONDAY = """
from datetime import timedelta
from django.utils import timezone
from requests_app.services import unusual
now = timezone.now()
monday = (now + timedelta(days=7 - now.weekday())).replace(hour=7)
print(unusual.sweep(at=monday))
"""
_BLOCKED = """() => new Promise((done) => {
  document.addEventListener("securitypolicyviolation", done, {once: true});
  document.body.append(Object.assign(new Image(), {src: "https://planted.example/who-reads-this.png"}));
})"""


@pytest.fixture
def key(stack: Stack, browser: Browser, tmp_path: Path) -> str:
    """The portal's public key, as anybody fetches it."""
    found = Person(browser, stack.url, tmp_path).page.request.get("/verify/keys.json").json()
    return str(found["keys"][0]["public_key"])


def test_the_log_is_read_and_taken_out_and_checked_without_us(stack: Stack, browser: Browser, tmp_path: Path, key: str):
    auditor, sign_in = Careful(browser, stack.url, tmp_path), stack.credentials()["auditor"]
    with seen_when_it_fails([auditor], tmp_path):
        auditor.sign_in(sign_in)
        filters_the_log(auditor)
        takes_a_proof(auditor, tmp_path, key)
        stack.forgets_the_factor(sign_in["email"])
        takes_the_export(auditor, tmp_path, key)
        finds_itself_in_the_log(auditor)
    assert auditor.complaints == []


def filters_the_log(auditor: Careful) -> None:
    """By kind of act: what is shown was asked for."""
    auditor.follow("Audit log")
    auditor.choose("group", "sign_in")
    auditor.saves("Apply")
    acts = auditor.page.locator("tbody th span.app-line")
    expect(acts.first).to_be_visible()
    assert {words.partition(".")[0] for words in acts.all_inner_texts()} <= SIGN_IN
    auditor.looks("audit-log")


def takes_a_proof(auditor: Careful, folder: Path, key: str) -> None:
    """Of the oldest entry on the page, which is sealed: good as it is, and not with one letter changed."""
    auditor.page.locator("tbody a[href^='/staff/audit/']").last.click()
    auditor.page.wait_for_url(re.compile(r"/staff/audit/\d+/$"))
    auditor.look_until(auditor.page.get_by_role("link", name="Download the proof"))
    auditor.looks("audit-entry")
    path = folder / "proof.json"
    auditor.take_file("Download the proof").save_as(path)
    code, said = checked(path, key=key)
    assert (code, said.count("is in the trail")) == (0, 1), said
    path.write_text(path.read_text().replace('\\"outcome\\":\\"ok\\"', '\\"outcome\\":\\"no\\"', 1))
    assert checked(path, key=key)[0] == 1


def takes_the_export(auditor: Careful, folder: Path, key: str) -> None:
    """With a reason and a fresh second factor; the file is checked without us, and one line less is found."""
    auditor.go("/staff/audit/?group=sign_in")
    auditor.follow("Download as a file")
    auditor.show_factor_if_asked()
    auditor.saves("Download the file")
    auditor.sees("Write why you need the file")
    auditor.fill(reason=REASON)
    auditor.looks("audit-export")
    path, cut = folder / "export.zip", folder / "cut.zip"
    auditor.take_file("Download the file").save_as(path)
    code, said = checked(path, key=key)
    assert code == 0, said
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(cut, "w") as less:
        for name in whole.namelist():
            content = whole.read(name)
            less.writestr(name, content[content.index(b"\n") + 1 :] if name == "entries.jsonl" else content)
    assert checked(cut, key=key)[0] == 1


def finds_itself_in_the_log(auditor: Careful) -> None:
    """The export and its reason stand in the log."""
    auditor.go("/staff/audit/?group=exports")
    auditor.sees(REASON)
    auditor.follow("State of the log")
    auditor.looks("audit-state")


def test_what_was_unusual_is_looked_at_by_somebody_else(stack: Stack, browser: Browser, tmp_path: Path):
    auditor, analyst = Careful(browser, stack.url, tmp_path), Person(browser, stack.url, tmp_path)
    sign_ins = stack.credentials()
    with seen_when_it_fails([auditor, analyst], tmp_path):
        analyst.sign_in(sign_ins["analyst"])
        statuses = {analyst.page.request.get("/staff/audit/").status for _number in range(REFUSED_ACTS)}
        assert statuses <= {403, 404}
        done = stack.manage("shell", "-c", _NEXT_MONDAY)
        assert done.returncode == 0, done.stderr
        auditor.sign_in(sign_ins["auditor"])
        auditor.go("/staff/audit/")
        auditor.follow("Weekly report")
        auditor.looks("weekly-reports")
        auditor.follow(re.compile("^Week of"))
        expect(auditor.page.get_by_role("heading", name="The desk in figures")).to_be_visible()
        auditor.looks("weekly-report")
        marks_a_finding(auditor)
    assert auditor.complaints == []


def marks_a_finding(auditor: Careful) -> None:
    """The entries are a click away; what came of it is asked for, and stands in the week."""
    auditor.page.get_by_role("row", name="Priya Nair").get_by_role("link", name="Refused acts").click()
    auditor.page.wait_for_url("**/finding/**")
    address = auditor.page.url
    auditor.follow("The entries in the audit log")
    expect(auditor.page.locator("tbody tr")).to_have_count(REFUSED_ACTS)
    auditor.page.goto(address)
    auditor.saves("Write it down")
    auditor.sees("What came of it? Write an answer")
    auditor.fill(note=CAME_OF_IT)
    auditor.looks("weekly-finding")
    auditor.saves("Write it down")
    auditor.sees("Written down.")
    auditor.sees(CAME_OF_IT)


def test_an_officer_takes_the_proof_of_what_was_sent(stack: Stack, browser: Browser, tmp_path: Path, key: str):
    officer, path = Careful(browser, stack.url, tmp_path), tmp_path / "receipt.json"
    with seen_when_it_fails([officer], tmp_path):
        officer.sign_in(stack.credentials()["officer"])
        officer.go("/requests/")
        officer.page.locator("main a[href^='/requests/MX-']").first.click()
        officer.follow("Receipts and their proofs")
        officer.look_until(officer.page.get_by_role("link", name="Request received"))
        officer.looks("receipts")
        officer.take_file("Request received").save_as(path)
        code, said = checked(path, key=key)
        assert code == 0, said
        proof = json.loads(path.read_text())
        assert json.loads(proof["received"])["reference"] in said
        assert "@" not in json.dumps(proof["entries"]), "a proof is made to be shown"
        proof["received"] = proof["received"].replace("NV 26", "NV 25", 1)
        path.write_text(json.dumps(proof))
        assert checked(path, key=key)[0] == 1
    assert officer.complaints == []


def test_what_a_browser_blocked_arrives_at_the_administrators(stack: Stack, browser: Browser, tmp_path: Path):
    visitor, administrator = Person(browser, stack.url, tmp_path), Careful(browser, stack.url, tmp_path)
    with seen_when_it_fails([administrator], tmp_path):
        visitor.go("/")
        visitor.page.evaluate(_BLOCKED)
        administrator.sign_in(stack.credentials()["administrator"])
        administrator.go("/staff/browser-reports/")
        administrator.look_until(administrator.page.get_by_text("https://planted.example", exact=True), 30)
        administrator.sees("img-src")
        administrator.sees_not("who-reads-this")
        administrator.looks("browser-reports")
    assert administrator.complaints == []
