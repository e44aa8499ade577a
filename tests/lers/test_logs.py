"""Nothing secret in a log line."""

import logging

import pytest

from lers.logs import MaskTokens, masked

TOKEN = "EBSGdPMoVOJNhjzVyeHei9OVEqg9i0388iEznYyZKEQ"
UID = "066af44c-78d6-5f4b-8c0a-1855256f1873"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (f"/access/confirm/AC-26-WA6SJ0C/{TOKEN}/", "/access/confirm/AC-26-WA6SJ0C/…/"),
        (f'"GET /sign-in/new-password/MQ/cabcde-{"0a" * 16}/?x=1" 200', '"GET /sign-in/new-password/MQ/…/?x=1" 200'),
        (f"/access/confirm/x/{TOKEN}", "/access/confirm/x/…"),
        (f"/drafts/{UID}/documents/", f"/drafts/{UID}/documents/"),
        ("/staff/requests/MX-26-PTQN5JE/history/", "/staff/requests/MX-26-PTQN5JE/history/"),
    ],
)
def test_tokens_are_masked_and_nothing_else_is(given: str, written: str) -> None:
    assert masked(given) == written


def test_a_record_of_django_is_masked() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Gone: %s", (f"/a/{TOKEN}/",), None)
    assert MaskTokens().filter(record)
    assert record.getMessage() == "Gone: /a/…/"


def test_what_single_sign_on_brings_back_is_masked():
    line = '"GET /sign-in/company/back/?code=Ab1&state=Cd2 HTTP/1.1" 302 "https://accounts.example/?state=Ef3&x=1"'
    said = masked(line)
    assert not any(word in said for word in ("Ab1", "Cd2", "Ef3"))
    assert "&x=1" in said
