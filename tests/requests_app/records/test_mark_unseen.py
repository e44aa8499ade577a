"""The mark of compliance leaves no trace with officers: the same request lived twice, with and without it.

Time stands still and chance starts anew in each life, so that pages, mails, papers, packages and the times of all of
them can be compared byte for byte.
"""

import random
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.storage import document_storage
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from preservation.models import HeldIdentifier, PreservationHold
from requests_app.models import UserNotice
from requests_app.services import compliance, notices
from tests.people import client_for, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def chance(monkeypatch):
    """What is drawn by lot can be drawn again: call it to begin anew."""
    lots = random.Random()
    monkeypatch.setattr("os.urandom", lots.randbytes)
    monkeypatch.setattr(random, "_urandom", lots.randbytes)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=lots.randbytes(16), version=4))
    return lambda: lots.seed(7)


def pages_of(data_request, hold, chance, *more) -> dict[str, Any]:
    """Everything the officer can open, each with its headers and the number of its queries."""
    chance()
    officer, reference = client_for(data_request.officer), data_request.reference
    parts = ("", "sent/", "orders/", "followers/", "holds/", "documents/", "secrecy/", "received/")
    paths = [
        "/", "/requests/", "/holds/", f"/holds/{hold.reference}/", f"/holds/{hold.reference}/followers/",
        *(f"/requests/{reference}/{part}" for part in parts), *more,
    ]  # fmt: skip
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            answer = officer.get(path)
            content = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code in {200, 302}, path
        found[path] = (content, dict(answer.headers), len(asked))
    return found


def mails_of(officer) -> list[tuple[Any, ...]]:
    """Every message to the officer, with the times of its row."""
    columns = ("event", "subject", "body_text", "body_html", "due_at", "created_at")
    return list(OutboundMessage.objects.filter(to_user=officer).order_by("event", "pk").values_list(*columns))


def files() -> set[Path]:
    """Everything the document store holds."""
    return {path for path in Path(document_storage().location).rglob("*") if path.is_file()}


def life(data_request, hold, *, marked: bool, chance) -> dict[str, Any]:
    """What the officer gets to see from the decision until after the bar has ended."""
    seen: dict[str, Any] = {}
    before = files()
    with transaction.atomic():
        now = timezone.now()
        if marked:
            counsel = make_staff("counsel")
            compliance.mark_request(data_request, barred=True, reason="Report filed", by=counsel)
            compliance.mark_hold(hold, barred=True, reason="Report filed", by=counsel)
        seen["decided"] = pages_of(data_request, hold, chance)
        chance()
        package = released_package(data_request, at=now)
        place = f"/requests/{data_request.reference}/records/{package.number}/"
        seen["times"] = (package.prepared_at, package.sealed_at, package.released_at, package.expires_at)
        for name in ("letter", "manifest", "archive"):
            with documents.open_plain(getattr(package, name)) as reader:
                seen[name] = reader.read()
        end = data_request.non_disclosure_orders.get().bar_ends_at
        for at in (end - timedelta(days=14), end):
            remind(at=at, only="bar")
        seen["told"] = notices.send_due(at=end)
        seen["later"] = pages_of(data_request, hold, chance, place)
        seen["mails"] = mails_of(data_request.officer)
        seen["statuses"] = set(UserNotice.objects.values_list("status", flat=True))
        transaction.set_rollback(True)
    for path in files() - before:
        path.unlink()
    return seen


def test_a_request_with_the_mark_looks_to_its_officer_as_one_without(company, monkeypatch, chance):
    monkeypatch.setattr("foundation.core.paper.typeset", lambda html, **_more: b"%PDF-1.7\n" + html.encode())
    with time_machine.travel(timezone.now(), tick=False):
        data_request = granted_request()
        hold = hold_of(officer=data_request.officer)
        account = data_request.notices.order_by("account").first().account
        HeldIdentifier.objects.filter(hold=hold).update(account=account)
        PreservationHold.objects.filter(pk=hold.pk).update(provider=data_request.provider)
        # Who looks for the first time leaves marks of that.
        client_for(data_request.officer).get(f"/requests/{data_request.reference}/")
        plain = life(data_request, hold, marked=False, chance=chance)
        marked = life(data_request, hold, marked=True, chance=chance)
    assert (plain.pop("told"), plain.pop("statuses")) == (2, {"sent"})
    assert (marked.pop("told"), marked.pop("statuses")) == (0, {"postponed"})
    assert [row[0] for row in plain["mails"]].count("bar_over") == 1
    for part in ("decided", "later"):
        for path, page in plain.pop(part).items():
            assert marked[part].pop(path) == page, (part, path)
        assert marked.pop(part) == {}
    assert marked == plain
    assert not AuditEvent.objects.filter(action="request.compliance_marked").exists()  # both lives were taken back
