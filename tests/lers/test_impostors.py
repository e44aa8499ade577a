"""The drills of impostors count what leaves: a planted leak of each kind makes them fail, a dead control too."""

import mailbox
from dataclasses import fields, replace
from email.message import EmailMessage
from types import SimpleNamespace

import pytest

from lers.drill.__main__ import main as drill
from lers.drill.impostors import run
from lers.drill.impostors.browser import Answer, Authenticator, _forms
from lers.drill.impostors.counting import Watch, told, watching, words_of_cases
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Out, Story, faults, table
from lers.drill.impostors.world import ACCOUNT
from requests_app.services import downloads, packages
from tests.people import client_for
from tests.requests_app.records.company import Company
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

GOT = Out(receipts=3, bytes=9_000, passphrases=1)


@pytest.fixture
def mails(tmp_path):
    """The folder of the mail catcher."""
    folder = tmp_path / "mail"
    mailbox.Maildir(folder)
    return folder


def story(**values) -> Story:
    made = Story("Drill", "a mailbox", twin=values.pop("twin", GOT), **values)
    made.tried("reads the page", "second factor")
    return made


def mail_to(folder, to: str, text: str) -> None:
    """Put a mail into the folder of the mail catcher."""
    message = EmailMessage()
    message["To"], message["Subject"] = to, "News"
    message.set_content(text)
    mailbox.Maildir(folder).add(message)


class Browser:
    """A browser that saw this and got so many bytes."""

    def __init__(self, *pages: tuple[str, str], file_bytes: int = 0) -> None:
        self.pages, self.file_bytes = list(pages), file_bytes


def test_a_story_is_good_only_when_nothing_got_out_and_the_control_works():
    assert faults([story()]) == []
    for each in fields(Out):  # whatever it is that got out
        (fault,) = faults([story(out=replace(Out(), **{each.name: 1}))])
        assert each.name in fault
    assert "shows nothing" in faults([story(twin=Out())])[0]
    assert "broke off" in faults([story(broken="TimeoutError: no mail")])[0]
    through = story()
    through.tried("takes the archive", "")
    assert faults([through]) == ["Drill: nothing stopped this: takes the archive"]
    assert "nothing was tried" in faults([Story("Drill", "nothing", twin=GOT)])[0]


def test_the_table_has_a_line_for_each_drill_with_what_stopped_it():
    made = story(out=Out(grants=1, bytes=1_200))
    made.tried("reads | another page", "second factor")
    made.saw.append("a failed | check")
    lines = table([made, story()]).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {9}
    assert (
        "| 2 | second factor | a failed / check | nothing | 1 grants, 1,200 bytes | 3 files, 9,000 bytes |" in lines[2]
    )
    assert "| 1 | second factor | nothing | nothing | 0 |" in lines[3]


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_parts")
def test_each_planted_leak_is_counted(mails):
    granted = granted_request()
    sealed = sealed_package(granted)
    known = released_package(granted_request(title="Operation Lanternfish"))
    words = words_of_cases()
    assert "Operation Lanternfish" in words
    mail_to(mails, "old@agency.example", "Operation Lanternfish, of before")
    with watching(Watch(mails), [ACCOUNT]) as quiet:
        quiet.looks_at(Browser(("/requests/", f"1{ACCOUNT}0"), ("/staff/queue/", ACCOUNT)))
        mail_to(mails, "officer@agency.example", "Sign in to read it.")
    assert (quiet.out, quiet.seen_by_staff) == (Out(), 1)

    officer = known.data_request.officer
    with watching(Watch(mails), [ACCOUNT]) as watch:
        packages.release(sealed, by=granted.test_people.approver)
        answer = client_for(officer).get(f"/requests/{known.data_request.reference}/records/{known.number}/archive/")
        sent = sum(len(piece) for piece in answer.streaming_content)
        downloads.show_passphrase(known, user=officer)
        watch.looks_at(Browser(("/requests/", f"<td>{ACCOUNT}</td>"), file_bytes=sent))
        mail_to(mails, "officer@agency.example", "About Operation\nLanternfish: come and see.")
    found = watch.out
    assert (found.packages, found.grants, found.receipts, found.passphrases) == (1, 1, 1, 1)
    assert (found.bytes, found.accounts, found.mails) == (sent, 1, 1)
    assert sent > 0


@pytest.fixture
def quick_parts(monkeypatch):
    """A company that answers at once, and a letter without the typesetter."""
    answers = Company()
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: answers)
    monkeypatch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 letter")


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_parts")
def test_a_drill_whose_portal_leaks_fails_and_whatever_breaks_off_fails(mails):
    package = released_package(granted_request())
    officer = package.data_request.officer

    class Leaks(Play):
        name, had = "Leak", "luck"

        def honest(self, watch):
            downloads.show_passphrase(package, user=officer)

        def impostor(self, story, watch):
            story.tried("takes the passphrase", "a guard that is not there")
            downloads.show_passphrase(package, user=officer)

    class Breaks(Leaks):
        def impostor(self, story, watch):
            super().impostor(story, watch)
            raise LookupError("no mail came")

    world = SimpleNamespace(mail_folder=mails, until=lambda found, what: found())
    leaked = run.play_one(Leaks(world), print)
    assert leaked.out == leaked.twin == Out(passphrases=1)
    assert any("got out: 1 passphrases" in fault for fault in faults([leaked]))
    broken = run.play_one(Breaks(world), print)
    assert "LookupError: no mail came" in broken.broken
    assert broken.out == Out(passphrases=1)  # what got out before it broke off
    assert any("broke off" in fault for fault in faults([broken]))


def test_who_was_told_leaves_out_names_and_the_mailboxes_that_the_impostor_reads():
    pairs = (
        ("a@lost.example", "Reset"), ("p.nair@meridian.example", "[MX-26-1] Look"), ("contact@x.example", "Your name"),
        ("k.aas@x.example", "New device"), ("s.marek@meridian.example", "Look"),
    )  # fmt: skip
    mails = [SimpleNamespace(to=to, subject=subject) for to, subject in reversed(pairs)]
    said = ["staff: Look", "the general address of the agency: Your name", "the officer: New device"]
    assert told(mails, ["lost.example"]) == [*said, "1 mails only to mailboxes that the impostor reads"]
    assert told(mails, []) == ["the officer: Reset", *said]


def test_a_name_that_no_drill_has_is_refused(monkeypatch):
    monkeypatch.setenv("DRILL_IMPOSTORS", "Mailbox taken over, Burglar")
    with pytest.raises(SystemExit, match="No such impostor: Burglar"):
        run.chosen()
    monkeypatch.setenv("DRILL_IMPOSTORS", "Stolen session")
    assert [kind.name for kind in run.chosen()] == ["Stolen session"]
    monkeypatch.delenv("DRILL_IMPOSTORS")
    assert len({kind.name for kind in run.chosen()}) == 6
    with pytest.raises(SystemExit, match="No such part of the drill: earthquake"):
        drill(["earthquake"])


def test_a_browser_finds_the_form_and_names_the_guard():
    page = (
        '<form method="get"><input name="q"></form><form method="post" action="/a/">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="T"><input name="code"><button name="factor"></button>'
        '</form><form method="post"><input name="other"></form>'
    )
    first, second = _forms(page)
    assert (first.action, first.hidden, first.names) == (
        "/a/", {"csrfmiddlewaretoken": "T"}, {"csrfmiddlewaretoken", "code", "factor"}
    )  # fmt: skip
    assert second.names == {"other"}

    def guard(status: int, path: str, text: str = "") -> str:
        return Answer("/account/factors/new/", status, path, text, b"", is_page=True).stopped_by

    assert guard(404, "/requests/") == "not theirs: page not found"
    assert guard(200, "/sign-in/factor/") == "second factor"
    assert guard(200, "/sign-in/") == "not signed in"
    assert guard(403, "/staff/") == "no right to the page"
    assert guard(200, "/requests/MX-26-1/records/1/") == ""
    assert guard(200, "/account/factors/new/") == ""  # the page that was asked for
    assert guard(500, "/requests/") == guard(403, "/requests/", '<h1 class="x">Nothing was sent</h1>') == ""


def test_an_authenticator_shows_each_code_once():
    app = Authenticator.from_text("JBSW Y3DP EHPK 3PXP")
    assert app.code() != app.code()
