"""The mailbox is read over TLS, every mail is kept once, and what cannot be kept stays there."""

import logging

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from requests_app.models import DataRequest, IncomingMessage
from requests_app.services import incoming, mail_reading, mailbox
from tests.people import make_provider
from tests.requests_app.channels.imap_server import PASSWORD, USER, ImapServer
from tests.requests_app.channels.mails import mail, order_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(tmp_path, settings):
    make_provider()
    with ImapServer(tmp_path) as running:
        settings.MAILBOX_HOST, settings.MAILBOX_PORT = "127.0.0.1", running.port
        settings.MAILBOX_USER, settings.MAILBOX_PASSWORD = USER, PASSWORD
        settings.MAILBOX_CA_FILE = running.ca_file
        yield running


def test_each_mail_is_kept_once_and_becomes_no_request(server, capsys):
    server.put(mail(files=(order_pdf(),)).as_bytes())
    server.put(mail(message_id="<2@x.example>", text="Second").as_bytes())
    call_command("read_mailbox")
    assert "2 new, 0 known before, 0 left" in capsys.readouterr().out
    assert mailbox.read() == mailbox.Found()
    server.flags = [set(), set()]  # as after a crash between keeping and marking
    assert mailbox.read() == mailbox.Found(known=2)
    row = IncomingMessage.objects.order_by("pk").first()
    assert f"{row.arrived_at:%Y-%m-%d %H:%M}" == "2026-11-20 08:30"
    assert not DataRequest.objects.exists()


def test_a_mail_that_is_too_large_stays_and_does_not_hold_up_the_others(server, monkeypatch, caplog):
    monkeypatch.setattr(mailbox, "MOST_BYTES", 2000)
    server.put(mail(text="x" * 3000).as_bytes())
    server.put(mail(message_id="<2@x.example>").as_bytes())
    with caplog.at_level(logging.WARNING):
        assert mailbox.read() == mailbox.Found(new=1, left=1)
    assert "was left there" in caplog.text
    assert server.flags == [{mailbox.LEFT}, {mailbox.KEYWORD}]
    assert mailbox.read() == mailbox.Found()  # it is told once
    assert mail_reading.MOST_BYTES > 2000


def test_a_mail_that_breaks_the_reader_holds_up_no_other(server, monkeypatch, caplog):
    def broken(raw):
        if b"<1@x.example>" in raw:
            raise LookupError("secret words of the mail")
        return mail_reading.read_mail(raw)

    monkeypatch.setattr(incoming, "read_mail", broken)
    server.put(mail(message_id="<1@x.example>").as_bytes())
    server.put(mail(message_id="<2@x.example>").as_bytes())
    with caplog.at_level(logging.WARNING):
        assert mailbox.read() == mailbox.Found(new=1, left=1)
    assert "secret words" not in caplog.text


def test_a_wrong_password_a_strange_certificate_and_no_keywords_are_told_without_the_password(
    server, settings, tmp_path, caplog
):
    server.put(mail().as_bytes())
    settings.MAILBOX_PASSWORD = "wrong horse"
    with caplog.at_level(logging.WARNING):
        assert mailbox.sweep() == mailbox.Found()
    assert "refuses this user or password" in caplog.text
    assert "wrong horse" not in caplog.text
    settings.MAILBOX_PASSWORD, server.keywords = PASSWORD, False
    with pytest.raises(CommandError, match="keeps no keyword"):
        call_command("read_mailbox")
    settings.MAILBOX_CA_FILE = ""
    with pytest.raises(mailbox.MailboxUnavailable, match="SSL"):
        mailbox.read()
    assert not IncomingMessage.objects.exists()


def test_without_a_mailbox_nothing_is_read(settings):
    settings.MAILBOX_HOST = ""
    assert mailbox.sweep() == mailbox.Found()
    with pytest.raises(CommandError, match="MAILBOX_HOST"):
        call_command("read_mailbox")
