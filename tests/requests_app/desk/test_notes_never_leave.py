"""What staff write for each other never reaches an officer: no page, PDF, mail or hook. Every word is marked."""

import io
from itertools import pairwise

import pypdfium2
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from foundation.notifications.models import HookCall, OutboundMessage
from requests_app.models import (
    CaseNote,
    ComparedRequest,
    CounselReferral,
    DataRequest,
    MatchAlarm,
    Proposal,
    Review,
)
from tests.lers.test_no_case_in_mail import call_all, functions, given
from tests.people import make_staff
from tests.url_inventory.matrix import MATRIX
from tests.url_inventory.walk import routes
from tests.url_inventory.world import World, kwargs_of

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("server-wide")]
MARK = "quokka"
READERS = ("owner", "lead", "colleague", "stranger")


@pytest.fixture
def world(db, settings, tmp_path):
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    made = World(settings.DEMO_MAIL_DIR)
    mark(made)
    return made


def mark(world):
    """Write a marked word wherever staff write for each other, about every request there is."""
    at, adviser = timezone.now(), make_staff("counsel")
    rows = list(DataRequest.objects.order_by("pk"))
    for number, row in enumerate(rows):
        says = f"{MARK}{number}"
        CaseNote.objects.create(data_request=row, text=f"Note {says}", written_at=at, written_by=world.analyst)
        CounselReferral.objects.create(
            data_request=row, number=1, status="answered", question=f"Ask {says}", advice=f"Advice {says}",
            opinion="objects", despite=f"Despite {says}", despite_at=at, despite_by=world.analyst, due_at=at,
            asked_at=at, asked_by=world.analyst, closed_at=at, closed_by=adviser,
        )  # fmt: skip
        Review.objects.update_or_create(
            data_request=row,
            defaults={
                "updated_at": at, "updated_by": world.analyst, "recommendation": f"Recommend {says}",
                "checks": {"court": {"answer": "no", "note": f"Check {says}", "page": says}},
                "terms": {"text_for_officer": f"Not proposed {says}"},
            },
        )  # fmt: skip
        MatchAlarm.objects.create(
            provider=row.provider, user=world.analyst, data_request=row, kind="many", raised_at=at, looked_at=at,
            looked_by=world.approver, note=f"Alarm {says}",
        )  # fmt: skip
        if row.submitted_at:
            Proposal.objects.create(
                data_request=row, number=90, status="sent_back", result="grant", content=f'{{"advice": "{says}"}}',
                content_hash="0" * 64, binding=True, route="direct", lawful_basis="6(1)(c)", transfer_ground="EU",
                necessity=f"Needed {says}", text_for_officer=f"Unsigned {says}", proposed_at=at,
                proposed_by=world.analyst, sent_back_reason=f"Back {says}",
            )  # fmt: skip
    DataRequest.objects.update(routed_because=f"Rule {MARK}")
    for here, there in pairwise(rows):
        ComparedRequest.objects.create(
            data_request=here, other=there, verdict="same", note=f"Compared {MARK}", compared_at=at,
            compared_by=world.analyst,
        )  # fmt: skip


def read(client, path):
    """The status of an answer and its words; those of a PDF are read out of it. What the look changed is undone."""
    with transaction.atomic():
        response = client.get(path)
        body = response.getvalue() if response.streaming else response.content
        transaction.set_rollback(True)
    if not body.startswith(b"%PDF"):
        return response.status_code, body.decode(errors="replace").lower(), False
    pages = pypdfium2.PdfDocument(io.BytesIO(body))
    return response.status_code, " ".join(page.get_textpage().get_text_bounded() for page in pages).lower(), True


def test_staff_read_the_marked_words_so_that_they_could_leak(world):
    client = world.client("analyst")
    for name in ("staff:notes", "staff:request_counsel"):
        assert MARK in read(client, reverse(name, kwargs=kwargs_of(name, world)))[1]


def test_no_page_that_an_officer_may_open_shows_a_word_of_it(world):
    leaks, opened, papers = [], 0, 0
    for person in READERS:
        client = world.client(person)
        for route in routes():
            if person not in MATRIX.get(route.name, ()):
                continue
            status, words, paper = read(client, reverse(route.name, kwargs=kwargs_of(route.name, world)))
            opened, papers = opened + (status == 200), papers + paper
            if MARK in words:
                leaks.append(f"{person}: {route.name}")
    assert leaks == []
    assert opened > 100
    assert papers


def test_no_mail_and_no_hook_says_a_word_of_it(world):
    pool = given(world) | {"stage": []}
    for module, _name, function in functions():
        call_all(module, function, pool)
    mails = list(OutboundMessage.objects.all())
    assert len(mails) > 100
    for message in mails:
        assert MARK not in f"{message.subject}{message.body_text}{message.body_html}".lower()
    calls = list(HookCall.objects.all())
    assert calls
    assert not [call.event for call in calls if MARK in str(call.payload).lower()]
