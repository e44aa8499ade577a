"""Headers of refusals, errors and static files; those of every address are looked at in tests/url_inventory."""

import logging
import socket

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from lers import web_worker
from lers.answer_headers import AnswerHeadersMiddleware
from lers.headers import BARE_POLICY, NO_POWERS, REPORT_PATH
from tests.people import client_for, make_officer
from tests.url_inventory.heading import head_complaints

HSTS = "max-age=31536000; includeSubDomains; preload"


@pytest.fixture
def strict(settings):
    """Answer as production does: the middleware reads these when it is made."""
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def complaints(response) -> list[str]:
    """Say what is missing from an answer over TLS, or too much."""
    assert response["Strict-Transport-Security"] == HSTS
    return head_complaints(response.headers, signed_in=False, public=False)


def broken(request, *args, **kwargs):
    raise RuntimeError("Passport 1234")


def test_sec_18_sec_31_refusals_errors_and_static_files_have_the_headers_too(strict):
    client = Client(raise_request_exception=False)
    asked = {
        "404": client.get("/nothing/", secure=True),
        "400": client.get("/", secure=True, headers={"host": "evil.example"}),
        "405": client.delete("/", secure=True),
        "static": client.get("/static/nothing.css", secure=True),
    }
    assert {name: complaints(response) for name, response in asked.items() if complaints(response)} == {}
    assert [response.status_code for response in asked.values()] == [404, 400, 405, 404]


def test_sec_18_a_static_file_is_for_no_other_site(strict, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "main.css").write_text("a{}")
    response = Client().get("/static/main.css", secure=True, headers={"origin": "https://evil.example"})
    assert (response.status_code, b"".join(response.streaming_content)) == (200, b"a{}")
    assert [said for said in complaints(response) if not said.startswith("Cache-Control")] == []


def test_sec_31_a_host_that_is_not_ours_has_a_page_that_repeats_nothing(strict, caplog):
    """And asks no database: this test has none."""
    caplog.set_level(logging.CRITICAL)
    response = Client(raise_request_exception=False).get("/staff/", secure=True, headers={"host": "evil.example"})
    assert (response.status_code, complaints(response)) == (400, [])
    assert "evil" not in response.text
    assert f'href="{settings.PUBLIC_URL}/"' in response.text
    assert f"tel:{settings.EMERGENCY_PHONE.replace(' ', '')}" in response.text


@pytest.mark.parametrize("within", ["view", "middleware"])
def test_sec_31_what_breaks_says_nothing_and_has_the_headers(strict, monkeypatch, within, caplog):
    caplog.set_level(logging.CRITICAL)
    where = {"view": "lers.views.render", "middleware": "accounts.middleware.declared"}[within]
    monkeypatch.setattr(where, broken)
    response = Client(raise_request_exception=False).get("/", secure=True)
    assert response.status_code == 500
    assert complaints(response) == []
    assert "Passport" not in response.text
    assert "Traceback" not in response.text
    assert f"tel:{settings.EMERGENCY_PHONE.replace(' ', '')}" in response.text


def test_sec_31_what_the_web_server_refuses_repeats_nothing_and_has_headers():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        web_worker.util.write_error(ours, 400, "Bad Request", "Invalid Request Line '<script>'")
        head, _, body = theirs.recv(9000).decode().partition("\r\n\r\n")
    assert (head.splitlines()[0], body) == ("HTTP/1.1 400 Bad Request", "Bad Request\n")
    lines = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    assert lines["Content-Security-Policy"] == BARE_POLICY
    assert (lines["X-Content-Type-Options"], lines["Cache-Control"]) == ("nosniff", "no-store")
    assert lines["Cross-Origin-Opener-Policy"] == "same-origin"
    assert lines["Permissions-Policy"] == NO_POWERS
    assert "Server" not in lines


@pytest.mark.parametrize("path", ["/static/a.css", REPORT_PATH, "/"])
def test_sec_18_what_no_inner_layer_saw_has_the_headers_too(rf, path):
    response = AnswerHeadersMiddleware(lambda request: HttpResponse())(rf.get(path))
    assert response["Permissions-Policy"] == NO_POWERS
    assert response["Content-Security-Policy"] == BARE_POLICY
    kept = {"/static/a.css": None, REPORT_PATH: "no-store", "/": "no-cache, private"}
    assert response.get("Cache-Control") == kept[path]


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 302)])
def test_sec_18_a_form_sent_by_another_site_is_refused_even_with_a_good_token(db, site, status):
    client = client_for(make_officer())
    assert client.post("/sign-out/", headers={"sec-fetch-site": site}).status_code == status
    assert client.get("/account/").status_code == (302 if status == 302 else 200)


def test_sec_18_another_site_may_link_to_pages(client):
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200
