"""Neighbours that never answer: nobody who waits for a page waits for them."""

import socket
import threading

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from foundation.core import hurry
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.models import DataRequest
from requests_app.services import decisions
from tests.accounts.helpers import code_of, words
from tests.documents.files import make_pdf
from tests.factories import request_at
from tests.people import PASSWORD, client_for, make_agency, make_provider, make_staff
from tests.preservation.holds import draft_of
from tests.requests_app.desk.pages import proposed

HOLE = "192.0.2.1"  # RFC 5737: nobody is there


@pytest.fixture
def courier(monkeypatch):
    """A web server's way to the broker, and what its thread was given."""
    given = []

    def send(name, args):
        given.append((name, threading.current_thread().name))

    monkeypatch.setattr(hurry, "_beside", True)
    monkeypatch.setattr(hurry, "_silent_until", 0.0)
    monkeypatch.setattr(hurry.current_app, "send_task", send)
    return given


@pytest.fixture
def dead(settings, monkeypatch, courier):
    """Every neighbour is named and none answers; what this thread asks anybody is written down."""
    settings.CLAMD_ADDRESS = f"{HOLE}:3310"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOLE, 25
    settings.VETTING_DNS, settings.TIMESTAMP_URL = HOLE, f"http://{HOLE}/"
    settings.CONNECTOR_URL = f"http://{HOLE}/"
    asked, here = [], threading.current_thread()
    monkeypatch.setattr("foundation.core.hurry.PAUSE_SECONDS", 0.0)

    def note(what, real):
        def noted(*args, **kwargs):
            if threading.current_thread() is here:
                asked.append((what, args[-1] if what == "connect" else args[0]))
                raise OSError("nobody answers")
            return real(*args, **kwargs)

        return noted

    monkeypatch.setattr(socket.socket, "connect", note("connect", socket.socket.connect))
    monkeypatch.setattr(socket, "getaddrinfo", note("look up", socket.getaddrinfo))
    return asked


def test_whoever_commits_does_not_wait_for_a_broker_that_never_answers(monkeypatch, courier):
    free, sent = threading.Event(), threading.Event()

    def stuck(name, args):
        free.wait(30)
        courier.append((name, threading.current_thread().name))
        if len(courier) == 2:
            sent.set()

    monkeypatch.setattr(hurry.current_app, "send_task", stuck)
    hurry._send("requests.sweep", ())
    hurry._send("requests.sweep", (1,))
    assert courier == [], "both came back while the broker kept its thread"
    free.set()
    assert sent.wait(30)
    assert courier == [("requests.sweep", "hurry")] * 2


def test_a_line_that_is_full_leaves_the_rest_to_the_sweep(monkeypatch, courier, caplog):
    monkeypatch.setattr(hurry, "_ensure_courier", lambda: None)
    monkeypatch.setattr(hurry, "_waiting", hurry.queue.Queue(1))
    for number in range(3):
        hurry._send("requests.sweep", (number,))
    assert "left to the sweep" in caplog.text
    assert courier == []


def test_the_web_server_hands_over_beside(monkeypatch):
    monkeypatch.setattr(hurry, "_beside", False)
    hurry.hand_over_beside()
    assert hurry._beside
    source = (settings.BASE_DIR / "lers" / "wsgi.py").read_text()
    assert "\nhand_over_beside()\n" in source


@pytest.mark.usefixtures("committed_db")
def test_no_neighbour_is_asked_while_an_officer_waits(dead):
    draft = request_at("draft")
    officer, browser = draft.officer, Client()
    EmailAddress.objects.create(user=officer, email=officer.email, verified=True, primary=True)
    browser.post("/sign-in/", {"email": officer.email, "password": PASSWORD, "rules": settings.RULES_VERSION})
    code = code_of(officer.authenticator_apps.get())
    assert browser.post("/sign-in/factor/", {"factor": "totp", "code": code}).status_code == 302
    upload = SimpleUploadedFile("annex.pdf", make_pdf("Annex"))
    here = f"/drafts/{draft.uid}/"
    said = {"uploads": [upload], "lock_version": draft.lock_version, "role": "supporting"}
    assert browser.post(f"{here}documents/", said).status_code == 302
    draft.refresh_from_db()
    checked = {"lock_version": draft.lock_version, "declared": "on"}
    assert "Try again in a moment" in browser.post(f"{here}check/", checked).content.decode()
    documents.process(Document.objects.get(filename="annex.pdf"), at=timezone.now())  # a worker asks the scanner
    assert dead, "the scanner was asked"
    dead.clear()
    assert "annex.pdf is still being checked. You can send the request" in words(browser.get(f"{here}check/"))
    sent = browser.post(f"{here}check/", checked, follow=True)
    draft.refresh_from_db()
    assert (sent.status_code, draft.status) == (200, "submitted"), words(sent)
    assert draft.reference in sent.content.decode()
    assert OutboundMessage.objects.filter(event="request_received").exists()
    hold = draft_of(officer)
    assert browser.post(f"/holds/draft/{hold.uid}/check/", {"lock_version": hold.lock_version, "action": "start"})
    assert PreservationHold.objects.get(pk=hold.pk).status == "active"
    assert dead == [], "a request asked a neighbour"


@pytest.mark.usefixtures("committed_db")
def test_no_neighbour_is_asked_while_staff_decide_or_a_stranger_comes(dead, courier):
    proposal = proposed()
    approver = make_staff("approver")
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    assert DataRequest.objects.get(pk=proposal.data_request_id).status == "granted"
    assert client_for(approver).get(f"/staff/requests/{proposal.data_request.reference}/").status_code == 200
    make_provider()
    domain = make_agency().domains.get().domain
    assert Client().post("/access/", {"email": f"new@{domain}"}).status_code == 302
    assert Client().post("/sign-in/forgotten/", {"email": approver.email}).status_code == 302
    assert set(OutboundMessage.objects.values_list("event", flat=True)) >= {"decision_made", "access_confirm"}
    assert not Document.objects.filter(state="pending", last_error__gt="").exists()
    assert dead == [], "a request asked a neighbour"
    assert {thread for _name, thread in courier} <= {"hurry"}
