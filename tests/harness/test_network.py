import smtplib
import socket
from email.message import EmailMessage

import pytest
from django.core.mail import send_mail
from pytest_socket import SocketBlockedError, SocketConnectBlockedError


def test_connecting_to_another_machine_is_blocked():
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_looking_up_a_name_is_blocked():
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("mail.example.com", 25), timeout=1)


def test_the_tests_own_servers_and_unix_sockets_can_be_reached(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=1).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_mail_goes_over_smtp(smtp):
    send_mail("Grüße", "Text", "from@portal.example", ["to@agency.example"])
    (message,) = smtp.messages
    assert (message["Subject"], message["To"]) == ("Grüße", "to@agency.example")
    assert smtp.to("to@agency.example") == [message]
    assert smtp.to("other@agency.example") == []


def test_mailbox_is_empty_at_the_start_and_can_refuse(smtp):
    assert smtp.messages == []
    smtp.refuse_with = "451 Try again later"
    with pytest.raises(smtplib.SMTPDataError):
        send_mail("Subject", "Text", "from@portal.example", ["to@agency.example"])
    assert smtp.messages == []


def test_envelope_counts_not_the_header(smtp):
    message = EmailMessage()
    message["To"] = "shown@agency.example"
    with smtplib.SMTP(smtp.host, smtp.port, local_hostname="localhost") as client:
        client.send_message(message, "from@portal.example", ["hidden@agency.example"])
    assert [envelope.recipients for envelope in smtp.envelopes] == [["hidden@agency.example"]]
