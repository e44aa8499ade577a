"""One visit of one person to one address: made, judged, and undone."""

from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import NamedTuple

from django.db import transaction
from django.test import Client

from tests.url_inventory.visitors import Visitor

SAFE = ("GET", "HEAD")
METHODS = (*SAFE, "POST", "PUT", "DELETE")
USUAL = ("GET", "POST")
# What somebody may get who belongs there: a page, a way on, a link that was used up, a word about an empty form.
_WELCOME = {200, 206, 302, 405, 410}
_WELCOME_UNSAFE = _WELCOME | {204, 303, 400, 403, 404, 409, 412, 413, 415, 422, 429}
# Where those are led on who have not shown their second factor yet.
_ON_THE_WAY = {
    "accounts:sign_in",
    "accounts:factor",
    "accounts:factor_new",
    "accounts:factor_qr",
    "accounts:lost_factor",
}
# What one member of staff keeps: to colleagues with the same right it does not exist.
_ONES_OWN = {"staff:search_results"}
# Calls of the company's own systems: whoever calls without a signature is refused, whoever it is.
_SIGNED = {"company:restrictions"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    location: str
    body: str
    headers: Mapping[str, str] = {}


def visit(client: Client, method: str, path: str) -> Answer:
    """Return the answer; whatever the visit changed is undone, the session too."""
    before = {name: morsel.value for name, morsel in client.cookies.items()}
    try:
        with transaction.atomic():
            response = client.generic(method, path)
            body = response.getvalue() if response.streaming else response.content
            transaction.set_rollback(True)
    finally:
        client.cookies = SimpleCookie(before)
    where, text = response.headers.get("Location", ""), body.decode(errors="replace")
    return Answer(response.status_code, where, text, response.headers)


def complaint(visitor: Visitor, answer: Answer, *, welcome: bool, method: str, staff_page: bool, name: str) -> str:
    """Say what is wrong with this answer, or nothing."""
    if answer.status >= 500:
        return f"status {answer.status}"
    if name in _SIGNED:
        return "" if answer.status == (401 if method == "POST" else 405) else f"unsigned, got {answer.status}"
    if welcome:
        allowed = _WELCOME if method in SAFE else _WELCOME_UNSAFE
        turned_away = _sent_away(visitor, answer) and name not in _ON_THE_WAY
        if answer.status in allowed and not turned_away:
            return ""
        return f"belongs there, got {answer.status} {answer.location}".rstrip()
    if visitor.sent_to:
        return "" if _sent_away(visitor, answer) else f"got {answer.status} {answer.location}".rstrip()
    if visitor.led_to and method in SAFE and not staff_page and answer[:2] == (302, visitor.led_to):
        return ""
    expected = visitor.refusal(staff_page=staff_page)
    # A method that no page has is refused before anything is looked up: that tells nobody anything.
    if name in _ONES_OWN and staff_page:
        expected = expected | {404}
    if answer.status in expected | {405}:
        return ""
    return f"expected {' or '.join(map(str, sorted(expected)))}, got {answer.status} {answer.location}".rstrip()


def _sent_away(visitor: Visitor, answer: Answer) -> bool:
    return answer.status == 302 and bool(visitor.sent_to) and answer.location.startswith(visitor.sent_to)
