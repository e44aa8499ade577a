"""One visit of one person to one address: made, judged, and undone."""

from http.cookies import SimpleCookie

from django.db import transaction
from django.test import Client

from tests.url_inventory.visitors import Visitor

SAFE = ("GET", "HEAD")
METHODS = (*SAFE, "POST", "PUT", "DELETE")
# What somebody may get who belongs there: a page, a way on, or a word about what was wrong with an empty form.
_WELCOME = {"GET": {200, 206, 302, 405}, "HEAD": {200, 206, 302, 405}}
_WELCOME_OTHERS = {200, 204, 302, 303, 400, 403, 404, 405, 409, 411, 413, 415, 422, 429}


def visit(client: Client, method: str, path: str) -> tuple[int, str, str]:
    """Return status, Location and body; whatever the visit changed is undone, the session too."""
    before = client.cookies.output(header="", sep=";")
    try:
        with transaction.atomic():
            response = client.generic(method, path)
            body = response.getvalue() if response.streaming else response.content
            response.close()
            transaction.set_rollback(True)
    finally:
        client.cookies = SimpleCookie(before)
    return response.status_code, response.headers.get("Location", ""), body.decode(errors="replace")


def complaint(visitor: Visitor, *, welcome: bool, method: str, status: int, location: str, staff_page: bool) -> str:
    """Say what is wrong with this answer, or nothing."""
    if status >= 500:
        return f"status {status}"
    if welcome:
        allowed = _WELCOME.get(method, _WELCOME_OTHERS)
        if status in allowed and not _sent_to_sign_in(visitor, status, location):
            return ""
        return f"belongs there, got {status} {location}".rstrip()
    expected = visitor.refusal(staff_page=staff_page)
    if status in expected and (status != 302 or location.startswith(visitor.sent_to)):
        return ""
    # The method is refused before anything is looked up: that tells nobody anything.
    if method not in SAFE and status == 405:
        return ""
    return f"expected {' or '.join(map(str, sorted(expected)))}, got {status} {location}".rstrip()


def _sent_to_sign_in(visitor: Visitor, status: int, location: str) -> bool:
    return status == 302 and bool(visitor.sent_to) and location.startswith(visitor.sent_to)
