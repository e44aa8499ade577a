"""Earlier lists: a dry run that says what would happen, a second run that changes nothing, requests only to read."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from preservation.services import sweeping
from requests_app.models import DataRequest, ImportBatch, ImportLine
from requests_app.permissions import request_workflow
from requests_app.services import history_import, reminders
from requests_app.states import REQUEST
from tests.people import client_for, make_agency, make_provider, make_staff

pytestmark = pytest.mark.django_db

CLOSED = {
    "type": "request", "external_reference": "2024-0007", "agency": "nordvik.police.example",
    "received_at": "2024-03-04T10:00:00Z", "status": "closed", "outcome": "in_part", "decided_at": "2024-03-20",
    "closed_at": "2024-04-01", "case_number": "NV 24/1", "title": "Operation Old",
}  # fmt: skip
ENDS = (timezone.now() + timedelta(days=40)).date()
HOLD = {
    "type": "hold", "external_reference": "H-12", "agency": "nordvik.police.example",
    "received_at": "2026-10-04T10:00:00Z", "identifiers": "mule@mail.example", "categories": "kyc, transactions",
    "date_from": "2026-01-01", "date_to": "2026-09-30", "ends_on": f"{ENDS}", "case_number": "NV 26/9",
}  # fmt: skip
BAD = (
    CLOSED | {"external_reference": "B-1", "agency": "Nobody"},
    CLOSED | {"external_reference": "B-2", "status": "in_review"},
    CLOSED | {"external_reference": "B-3", "decided_at": "2024-02-01"},
    CLOSED | {"external_reference": "B-4", "outcome": "everything"},
    HOLD | {"external_reference": "B-5", "ends_on": "2026-01-01"},
    HOLD | {"external_reference": "B-6", "identifiers": ""},
    CLOSED | {"external_reference": ""},
    CLOSED | {"external_reference": "B-7", "type": "other"},
    CLOSED | {"external_reference": "B-8", "closed_at": "", "decided_at": ""},
)


@pytest.fixture
def provider(db):
    make_agency("Nordvik Police", domain="nordvik.police.example")
    return make_provider()


@pytest.fixture
def run(provider, tmp_path):
    def command(*rows: dict, dry: bool = False, name: str = "old.csv") -> str:
        names = list(dict.fromkeys(key for row in rows for key in row))
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        said = io.StringIO()
        call_command("import_history", tmp_path / name, provider=provider.slug, dry_run=dry, stdout=said)
        return said.getvalue()

    return command


def counted() -> tuple[int, ...]:
    models = (DataRequest, PreservationHold, ImportBatch, ImportLine, AuditEvent, OutboundMessage)
    return tuple(model.objects.count() for model in models)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run):
    before = counted()
    said = run(CLOSED, HOLD, CLOSED, *BAD, dry=True)
    assert counted() == before
    assert (
        "Dry run, nothing was written. Taken as a request: 1, Taken as a hold: 1, Known already: 1, Refused: 9" in said
    )
    real = run(CLOSED, HOLD, CLOSED, *BAD)
    assert "Taken as a request: 1, Taken as a hold: 1, Known already: 1, Refused: 9" in real
    lines = [line.split(" | ")[:3] for line in real.splitlines()[:-1]]
    assert lines == [line.split(" | ")[:3] for line in said.splitlines()[:-1]]
    assert "We do not know the agency 'Nobody'" in real
    assert OutboundMessage.objects.count() == before[-1], "nobody is written to"


def test_a_line_that_contradicts_itself_is_refused_with_everything_that_is_wrong(run):
    make_agency("Indore Police", domain="indore.police.example", country="IN")
    lines = (
        *(CLOSED | {"external_reference": f"C-{s}", "status": s} for s in ("refused", "redirected", "withdrawn")),
        CLOSED | {"external_reference": "C-4", "status": "withdrawn", "outcome": "none"},
        CLOSED | {"external_reference": "C-5", "decided_at": ""},
        CLOSED | {"external_reference": "C-6", "country": "IN"},
        HOLD | {"external_reference": "C-7", "country": "IN", "date_from": "", "date_to": "", "categories": "love"},
        CLOSED | {"external_reference": "C-8", "status": "open", "received_at": "", "agency": "Nobody"},
    )
    said = run(*lines).splitlines()
    assert said[-1] == "Refused: 8"
    for line in said[:3]:
        assert "contradict each other: only closed has an outcome" in line
    assert "withdrawn, which is no decision" in said[3]
    assert "without the time of a decision" in said[4]
    assert "is of NO" in said[5]
    for words in ("is of NO", "first and last day", "We do not know the records 'love'"):
        assert words in said[6]
    for words in ("We do not know the agency", "no time of arrival", "none of one that is over"):
        assert words in said[7]
    assert not DataRequest.objects.exists()
    good = run(
        CLOSED | {"country": "NO", "external_reference": "abc-1"}, CLOSED | {"external_reference": "ABC-1"},
        CLOSED | {"external_reference": "R", "status": "declined", "outcome": ""},
        HOLD | {"ends_on": f"{ENDS + timedelta(days=3650)}"},
    )  # fmt: skip
    assert "Taken as a request: 2, Taken as a hold: 1, Known already: 1" in good
    assert "more than a year" in good


def test_run_twice_changes_nothing_and_a_mended_line_comes_later(run):
    broken = CLOSED | {"external_reference": "B-1", "agency": "late.police.example"}
    run(CLOSED, HOLD, broken)
    before = counted()
    assert "Known already: 2, Refused: 1" in run(CLOSED, HOLD, broken)
    assert counted() == before
    make_agency("Late Police", domain="late.police.example")
    assert "Taken as a request: 1, Known already: 2" in run(CLOSED, HOLD, broken)
    assert (ImportBatch.objects.count(), ImportLine.objects.count(), DataRequest.objects.count()) == (1, 3, 2)
    assert "Known already: 2" in run(HOLD, CLOSED, name="another.csv")
    assert ImportBatch.objects.count() == 1


def test_a_request_comes_as_it_ended_and_can_only_be_read(run):
    run(CLOSED, CLOSED | {"external_reference": "L", "status": "lapsed", "outcome": "", "decided_at": ""})
    row = DataRequest.objects.get(external_reference="2024-0007")
    assert (row.channel, row.status, row.outcome) == ("history", "closed", "in_part")
    assert row.officer.is_active is False
    assert AuditEvent.objects.filter(action="request.brought_over", object_label=row.reference).count() == 1
    everybody = make_staff("analyst", "approver")
    for each in DataRequest.objects.all():
        assert request_workflow.available_actions(each, everybody) == []
        for action in REQUEST.by_action:
            assert request_workflow.refusal(each, action, everybody)
            assert request_workflow.refusal(each, action, None)
    assert not reminders.unacknowledged().exists()
    client = client_for(everybody)
    page = client.get(reverse("staff:request", args=[row.reference])).content.decode()
    assert "Brought over from earlier lists" in page
    lapsed = DataRequest.objects.get(external_reference="L")
    for name in ("reopen", "review_again", "take", "return"):
        client.post(reverse(f"staff:{name}", args=[lapsed.reference]), {"reason": "Because", "why": "Because"})
        lapsed.refresh_from_db()
        assert lapsed.status == "lapsed"


def test_a_hold_runs_until_its_day_with_reminders(run):
    keeper = make_staff("preservation_admin")
    run(HOLD)
    hold = PreservationHold.objects.get()
    assert hold.status == "active"
    assert hold.expires_at.date() == ENDS
    assert hold.identifiers.get().normalised == "mule@mail.example"
    assert ImportLine.objects.get().hold_reference == hold.reference
    assert hold.next_action_at.date() == ENDS - timedelta(days=30)
    sweeping.sweep(at=hold.next_action_at)
    assert {m.to_user for m in OutboundMessage.objects.all()} == {keeper}, "the agency's account gets no mail"
    actions = AuditEvent.objects.filter(object_label=hold.reference).values_list("action", flat=True)
    assert {"hold.brought_over", "hold.started", "hold.reminded"} <= set(actions)
    sweeping.sweep(at=hold.expires_at + timedelta(seconds=1))
    hold.refresh_from_db()
    assert hold.status == "expired"


def test_what_cannot_be_read_writes_nothing(provider, tmp_path):
    with pytest.raises(CommandError, match="There is no company nobody"):
        call_command("import_history", tmp_path / "x.csv", provider="nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_history", tmp_path / "x.csv", provider=provider.slug)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="no column external_reference"):
        call_command("import_history", tmp_path / "x.csv", provider=provider.slug)
    with pytest.raises(Exception, match="more than"):
        history_import.batch_files.read(
            b"external_reference,agency,received_at\n1,2,3\n1,2,3\n", columns=history_import.HEADINGS, needed=(), most=1
        )
