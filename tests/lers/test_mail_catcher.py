"""The demo's mail server and the page that shows what it caught."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from django.conf import settings as django_settings

from lers.mail_catcher import newest, one, pieces

HTML = """<html><head><title>no</title><style>p { color: red }</style></head><body>
<p class="from"><strong>Meridian Exchange</strong> Government requests</p>
<p>Hello <b>Ingrid</b>,</p><p class="key"><strong>Answer &amp; sign.</strong></p>
<ul><li>one</li></ul><div class="foot"><p>Footer</p></div><p>After</p><script>alert(1)</script></body></html>"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def deliver(port: int, *, to: str, subject: str, text: str = "Words", html: str = "") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@meridian.example", to, subject
    mail["Date"] = "Wed, 18 Nov 2026 09:06:00 +0000"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(mail)


@pytest.fixture
def demo_mail(settings, tmp_path) -> Iterator[int]:
    settings.DEMO = True
    settings.DEMO_MAIL_DIR = tmp_path / "mail"
    server = Controller(Mailbox(settings.DEMO_MAIL_DIR), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port
    server.stop()


def test_mails_are_kept_newest_first(demo_mail, settings):
    deliver(demo_mail, to="a@agency.example", subject="First")
    deliver(demo_mail, to="b@agency.example", subject="Second", text="See https://meridian.example/x.")
    mails = newest(settings.DEMO_MAIL_DIR)
    assert [(mail.subject, mail.to) for mail in mails] == [
        ("Second", "b@agency.example"),
        ("First", "a@agency.example"),
    ]
    assert mails[0].text == "See https://meridian.example/x.\n"
    assert mails[0].at.isoformat() == "2026-11-18T09:06:00+00:00"
    assert [mail.subject for mail in newest(settings.DEMO_MAIL_DIR, to="A@agency.example")] == ["First"]


def test_one_mail_is_found_by_its_key_and_by_no_path(demo_mail, settings):
    deliver(demo_mail, to="a@agency.example", subject="First")
    (mail,) = newest(settings.DEMO_MAIL_DIR)
    assert one(settings.DEMO_MAIL_DIR, mail.key) == mail
    assert one(settings.DEMO_MAIL_DIR, f"../new/{mail.key}") is None
    assert one(settings.DEMO_MAIL_DIR, "") is None


def test_a_folder_that_is_not_there_has_no_mails(tmp_path):
    assert newest(tmp_path / "none") == []


def test_the_words_of_an_html_part_are_read_block_by_block():
    assert [(piece.kind, piece.words) for piece in pieces(HTML)] == [
        ("from", "Meridian Exchange Government requests"),
        ("text", "Hello Ingrid,"),
        ("key", "Answer & sign."),
        ("item", "one"),
        ("foot", "Footer"),
        ("text", "After"),
    ]


def test_the_command_takes_mail_until_sigterm(tmp_path):
    port = free_port()
    with start(tmp_path, port) as process:
        assert process.stdout.readline() == f"Mail catcher is running on 127.0.0.1:{port}.\n"
        deliver(port, to="a@agency.example", subject="Caught")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert [mail.subject for mail in newest(tmp_path / "mail")] == ["Caught"]


def test_a_port_that_is_taken_is_said_clearly(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(tmp_path, port) as process:
            assert process.wait(timeout=30) == 1
            assert f"Port {port} on 127.0.0.1 cannot be used" in process.stderr.read()


def test_it_refuses_to_run_outside_the_demo(tmp_path):
    with start(tmp_path, free_port(), demo="0") as process:
        assert process.wait(timeout=30) == 1
        assert "The mail catcher belongs to the demo." in process.stderr.read()


def start(var: Path, port: int, demo: str = "1") -> "subprocess.Popen[str]":
    environment = os.environ | {"VAR": str(var), "DEMO": demo, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "mail_catcher", "--port", str(port)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_page_lists_mails_and_shows_one(db, client, demo_mail):
    deliver(
        demo_mail, to="a@agency.example", subject="Confirm", text="Open https://meridian.example/c/1/ now", html=HTML
    )
    deliver(demo_mail, to="b@agency.example", subject="Other")
    page = client.get("/demo/mail/").content.decode()
    assert page.index("Other") < page.index("Confirm")
    page = client.post("/demo/mail/", {"to": "a@agency.example"}).content.decode()
    assert "Confirm" in page
    assert "Other" not in page
    (mail,) = newest(django_settings.DEMO_MAIL_DIR, to="a@agency.example")
    page = client.get(f"/demo/mail/{mail.key}/").content.decode()
    assert 'href="https://meridian.example/c/1/"' in page
    assert '<p class="govuk-body app-mail__key"><strong>Answer &amp; sign.</strong></p>' in page
    assert "alert(1)" not in page
    assert " style=" not in page


def test_the_page_is_not_there_outside_the_demo(db, client, demo_mail, settings):
    deliver(demo_mail, to="a@agency.example", subject="Secret")
    (mail,) = newest(settings.DEMO_MAIL_DIR)
    settings.DEMO = False
    assert client.get("/demo/mail/").status_code == 404
    assert client.get(f"/demo/mail/{mail.key}/").status_code == 404


def test_an_unknown_mail_is_not_found(db, client, demo_mail):
    assert client.get("/demo/mail/nothing/").status_code == 404
