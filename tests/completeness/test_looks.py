"""Every page that shows something leaves an entry of who looked, or stands in a list with the reason why not."""

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.urls import reverse

from foundation.audit.models import AuditEvent
from tests.completeness.looks import HARMLESS
from tests.url_inventory.matrix import MATRIX
from tests.url_inventory.walk import routes
from tests.url_inventory.world import World, kwargs_of

# Its transaction is long, and a long one anywhere on the server holds back what may be sealed: one worker does both.
pytestmark = pytest.mark.xdist_group("server-wide")

# Who visits: the first of these who belongs to the page, so that as few as possible sign in.
_VISITORS = (
    "analyst", "owner", "approver", "administrator", "auditor", "preservation_admin", "custodian", "counsel", "dpo",
    "lead", "applicant", "lapsed", "newcomer", "half", "anonymous",
)  # fmt: skip


def test_what_is_listed_is_there():
    names = {route.name for route in routes()}
    assert sorted(set(HARMLESS) - names) == []


def test_every_look_leaves_an_entry(db, settings, tmp_path):
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    world = World(settings.DEMO_MAIL_DIR)
    wrong = []
    for visitor in _VISITORS:
        mine = [route.name for route in routes() if _first(route.name) == visitor and route.name not in HARMLESS]
        client = world.client(visitor, seen=world.now + timedelta(hours=1)) if mine else None
        for name in mine:
            complaint = _look(client, name, reverse(name, kwargs=kwargs_of(name, world)), visitor)
            wrong += [complaint] if complaint else []
    assert wrong == [], "\n".join(wrong)


def _first(name):
    return next((visitor for visitor in _VISITORS if visitor in MATRIX.get(name, ())), "")


def _look(client, name, path, visitor):
    """Return what is wrong with the entries that a GET of this page leaves; whatever it changed is undone."""
    cookies = {key: morsel.value for key, morsel in client.cookies.items()}
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        response = client.get(path)
        if response.streaming:
            response.getvalue()
        left = list(AuditEvent.objects.filter(pk__gt=newest).order_by("pk"))
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    if response.status_code not in {200, 206}:
        return ""  # led on, or asked for a form: nobody saw anything
    if not left:
        return f"{name}: {visitor} looked, and the trail does not know"
    last = next((event for event in reversed(left) if event.actor_id), left[-1])
    where = (last.actor_id, last.ip, last.session, last.request_id, last.object_type or last.payload, last.outcome)
    return "" if all(where) else f"{name}: {last.action} does not say who, where from or what: {where}"
