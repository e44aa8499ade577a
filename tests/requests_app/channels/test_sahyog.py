"""Batches of Sahyog: every line answered, nothing brought in before somebody looked, results without facts."""

import csv
import io
import json

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, Stale
from foundation.documents.models import Document
from requests_app.models import DataRequest, ImportBatch, TakedownNotice
from requests_app.permissions import request_workflow
from requests_app.services import batch_files, batches, sahyog
from tests.factories import process_type
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.requests_app.channels.takedown_cases import batch_file
from tests.requests_app.officer.lists import found_clean

pytestmark = pytest.mark.django_db

FACTS = "The victim paid 41 lakh rupees"
REQUEST = {
    "external_reference": "SH/1", "law": "BNSS s.94", "agency": "pune.police.example", "officer_name": "A. Rao",
    "case_number": "FIR 112/2026", "facts": FACTS, "identifiers": "mule@mail.example; uid, 48213377",
    "categories": "KYC, transactions", "date_from": "2026-03-01", "date_to": "2026-09-30",
    "arrived_at": "2026-11-02T09:15:00+05:30",
}  # fmt: skip
NOTICE = {
    "external_reference": "SH/2", "law": "IT Act s.79(3)(b)", "agency": "Cyber Crime Cell, Delhi",
    "content": "https://scam.example/a; https://scam.example/b", "reason": "It sells stolen cards.",
}  # fmt: skip


@pytest.fixture
def agency(db):
    return make_agency("Pune Police", domain="pune.police.example", country="IN")


@pytest.fixture
def analyst(agency):
    make_provider()
    process_type("IN-BNSS-94", country="IN", name="Notice under section 94")
    return make_staff("analyst")


def table(*rows: dict) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def judged(analyst, *rows: dict):
    lines = batch_files.read(table(*rows).encode(), columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=sahyog.MOST)
    return sahyog.judge(lines, provider=make_provider(), by=analyst, at=timezone.now())


def brought_in(document: Document, analyst) -> ImportBatch:
    """A batch whose lines all have their answer."""
    batch = batches.bring_in(document, provider=make_provider(), by=analyst)
    batches.run(batch.pk)
    return batch


def test_every_line_has_its_answer(analyst, agency):
    rows = (
        REQUEST,
        NOTICE,
        REQUEST | {"external_reference": "SH/3", "date_from": "01/03/2026", "arrived_at": "2026-11-02 09:15"},
        REQUEST | {"external_reference": "SH/4", "law": "BNSS 94 and IT Act 79(3)(b)"},
        NOTICE | {"external_reference": "SH/5", "identifiers": "uid, 48213377", "categories": "kyc"},
        REQUEST | {"external_reference": "SH/6", "content": "https://scam.example/"},
        REQUEST | {"external_reference": "SH/7", "agency": "Nobody Knows"},
        REQUEST | {"external_reference": "SH/8", "identifiers": "uid, 48213377; not an identifier at all!"},
        REQUEST | {"external_reference": "SH/9", "categories": "everything"},
        REQUEST | {"external_reference": ""},
        REQUEST | {"case_number": "FIR 113/2026"},
        REQUEST | {"external_reference": "SH/10", "arrived_at": "2031-01-01T00:00:00Z"},
        NOTICE | {"external_reference": "SH/11", "content": ""},
        REQUEST | {"external_reference": "SH/12", "process_type": "XX-NONE"},
        REQUEST | {"external_reference": "SH/13", "date_to": "2026-01-01"},
    )
    found = judged(analyst, *rows)
    answers = [str(item.outcome) for item in found]
    assert answers == [
        "accepted", "takedown", "accepted", "refused", "refused", "refused", "refused", "accepted", "refused",
        "refused", "known", "refused", "refused", "refused", "refused",
    ]  # fmt: skip
    said = [" ".join(item.said) for item in found]
    assert "day first: 2026-03-01" in said[2] and "read as Asia/Kolkata" in said[2]  # noqa: PT018
    assert all("divide it into two lines" in said[n] for n in (3, 4, 5))
    assert "We do not know the agency 'Nobody Knows'" in said[6]
    assert "Left out not an identifier at all!" in said[7]
    assert "line 2 already" in said[10]
    assert found[0].request.order.process_type.code == "IN-BNSS-94"
    assert found[0].request.officer is None
    assert not DataRequest.objects.exists()
    assert not TakedownNotice.objects.exists()


def test_a_refused_line_says_everything_that_is_wrong_and_a_taken_one_what_is_odd(analyst):
    make_agency("Nordvik Police", domain="nordvik.police.example", country="NO")
    found = judged(
        analyst,
        REQUEST | {"external_reference": "SH/1", "process_type": "NOPE", "date_from": "", "date_to": "x",
                   "categories": "love", "identifiers": "", "arrived_at": "2016-11-20T00:00:00Z"},
        REQUEST | {"external_reference": "SH/2", "agency": "nordvik.police.example"},
        REQUEST | {"external_reference": "SH/3", "date_from": "2030-01-01", "date_to": "2031-01-01"},
        REQUEST | {"external_reference": "SH/4", "date_to": "2036-01-01"},
        REQUEST | {"external_reference": "sh/4"},
        REQUEST | {"external_reference": "SH/6", "officer_email": "x@y.example"},
        NOTICE | {"external_reference": "SH/7", "content": "", "arrived_at": "2016-11-20T00:00:00Z"},
        REQUEST | {"external_reference": "9" * 120, "law": ""},
    )  # fmt: skip
    answers = [str(item.outcome) for item in found]
    assert answers == ["refused"] * 3 + ["accepted", "known", "accepted", "refused", "refused"]
    expected = (
        ("NOPE", "last day is no day", "the records 'love'", "names no identifier", "more than a year ago"),
        ("Nordvik Police is an agency of Norway",), ("lie in the future",),
        ("some are to come", "no address of an officer"), ("line 5 already",), ("has this address",),
        ("nothing to take down", "more than a year ago"), ("longer than 100", "names no law"),
    )  # fmt: skip
    for item, sentences in zip(found, expected, strict=True):
        assert all(any(words in said for said in item.said) for words in sentences), item.said
    assert [len(found[n].said) for n in (0, 1, 6, 7)] == [5, 1, 2, 2]


def test_the_page_names_its_limit_and_what_each_kind_of_line_needs(analyst):
    assert settings.UPLOAD_LIMIT_LIST == batch_files.SIZE
    client = client_for(analyst)
    page = client.get(reverse("staff:batch_new")).content.decode()
    assert "up to 5\N{NO-BREAK SPACE}MB" in page
    assert page.count("(needed for a request for data)") == 4
    large = SimpleUploadedFile("large.csv", b"x" * (batch_files.SIZE + 1))
    assert client.post(reverse("staff:batch_new"), {"upload": large}).status_code == 422
    assert not Document.objects.filter(purpose="batch").exists()


def test_the_same_list_reads_the_same_in_every_form(analyst):
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(table(REQUEST, NOTICE))):
        book.active.append(row)
    workbook = io.BytesIO()
    book.save(workbook)
    text = table(REQUEST, NOTICE)
    listed = [REQUEST | {"identifiers": REQUEST["identifiers"].split("; ")}, NOTICE]
    forms = (
        text.encode("utf-8-sig"), text.encode("utf-16"), text.replace(",", ",").encode(), workbook.getvalue(),
        json.dumps({"requests": listed}).encode(), json.dumps(listed).encode(),
    )  # fmt: skip
    for content in forms:
        lines = batch_files.read(content, columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=300)
        answers = sahyog.judge(lines, provider=make_provider(), by=analyst, at=timezone.now())
        assert [str(item.outcome) for item in answers] == ["accepted", "takedown"]
        assert len(answers[0].request.identifiers) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no line"),
        (b"a,b\n1,2\n", "no column external_reference"),
        (b"\xff\xfe\x00", "Save it as UTF-8"),
        (b'external_reference,law,agency\n"open', "cannot be read as CSV"),
        (b"[" * 100_000, "cannot be read"),
        (b'[{"external_reference": "1", "law": "x"}]', "has no agency"),
        (b'{"a": 1}', "no list of objects"),
        (b"external_reference,reference,law,agency\n1,1,1,1\n", "both external_reference"),
        (b"external_reference,law,agency\n" + b"1,2,3\n" * 3, "more than 2 lines"),
        (b"x" * (batch_files.SIZE + 1), "larger than 5 MB"),
        (b'[{"external_reference": "1", "law": "x", "agency": "\\u0000"}]', "no text has"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content, said):
    with pytest.raises(batch_files.BadList, match=said):
        batch_files.read(content, columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=2)


def test_from_the_file_to_the_results(analyst, agency):
    officer = make_officer(agency, email="a.rao@pune.police.example")
    content = table(
        REQUEST | {"officer_email": "A.Rao@pune.police.example"}, NOTICE, REQUEST | {"external_reference": "=SH(9)",
        "agency": "Nobody"},
    )  # fmt: skip
    client = client_for(analyst)
    sent = client.post(reverse("staff:batch_new"), {"upload": SimpleUploadedFile("sahyog.csv", content.encode())})
    document = Document.objects.get(purpose="batch")
    assert sent.url == reverse("staff:batch_check", args=[document.uid])
    assert "being checked" in client.get(sent.url).content.decode()
    found_clean(document)
    page = client.get(sent.url).content.decode()
    assert "Nothing was brought in yet" in page
    assert not DataRequest.objects.exists()
    done = client.post(sent.url, {"action": "import"})
    batch = ImportBatch.objects.get()
    assert done.url == reverse("staff:batch", args=[batch.uid])
    batches.run_due()
    row, notice = DataRequest.objects.get(), TakedownNotice.objects.get()
    assert (row.channel, row.external_reference, row.recorded_by, row.officer) == ("sahyog", "SH/1", analyst, officer)
    assert row.lines.count() == 4
    assert notice.content == "https://scam.example/a\nhttps://scam.example/b"
    assert request_workflow.refusal(row, "take", analyst), "whoever brought it in does not work on it"
    assert FACTS not in json.dumps([line.given for line in batch.lines.exclude(outcome="refused")])

    page = client.get(done.url).content.decode()
    assert row.reference in page.replace("<wbr>", "")
    taken = client.post(reverse("staff:batch_results", args=[batch.uid]), {"file_type": "csv", "reason": "For Sahyog"})
    text = taken.content.decode("utf-8-sig")
    rows = {line["external_reference"]: line for line in csv.DictReader(io.StringIO(text))}
    assert rows["SH/1"]["status"] == "Submitted"
    assert rows["SH/1"]["our_reference"] == row.reference
    assert rows["SH/2"]["status"] == "Received", "nobody has taken it"
    assert "'=SH(9)" in rows
    assert "We do not know the agency" in rows["'=SH(9)"]["said"]
    assert FACTS not in text
    assert "48213377" not in text
    event = AuditEvent.objects.get(action="batch.results_downloaded")
    assert event.reason == "For Sahyog"
    as_json = client.post(reverse("staff:batch_results", args=[batch.uid]), {"file_type": "json", "reason": "Again"})
    assert json.loads(as_json.content)["results"][0]["our_reference"] == row.reference


def test_the_same_file_and_the_same_numbers_are_known(analyst):
    first = batch_file(table(REQUEST, NOTICE), by=analyst)
    brought_in(first, analyst)
    with pytest.raises(Stale):
        batches.bring_in(first, provider=make_provider(), by=analyst)
    again = batch_file(table(REQUEST, NOTICE), by=analyst)
    page = client_for(analyst).get(reverse("staff:batch_check", args=[again.uid]))
    assert page.url == reverse("staff:batch", args=[ImportBatch.objects.get().uid])
    other = batch_file(table(REQUEST | {"facts": "More"}, NOTICE), by=analyst)
    batch = brought_in(other, analyst)
    assert [line.outcome for line in batch.lines.all()] == ["known", "known"]
    assert (DataRequest.objects.count(), TakedownNotice.objects.count()) == (1, 1)


def test_lines_wait_for_a_worker_and_one_that_dies_leaves_none_half_done(analyst, monkeypatch):
    monkeypatch.setattr(batches, "_AT_ONCE", 1)
    lines = [REQUEST | {"external_reference": f"SH/1{n}"} for n in range(3)]
    batch = batches.bring_in(batch_file(table(*lines, NOTICE), by=analyst), provider=make_provider(), by=analyst)
    client, address = client_for(analyst), reverse("staff:batch", args=[batch.uid])
    assert not DataRequest.objects.exists()
    with monkeypatch.context() as dying:
        dying.setattr(batches.sahyog, "judge", lambda lines, **_with: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            batches.run(batch.pk)
    assert "0 of 4 lines" in client.get(address).text
    batches._some(batch.pk, timezone.now())
    assert "1 of 4 lines" in client.get(address).text
    assert "Not yet brought in: 3" in client.get(reverse("staff:batches")).text
    results = client.post(reverse("staff:batch_results", args=[batch.uid]), {"file_type": "csv", "reason": "Now"})
    assert "Not all lines have their answer yet" in results.text
    assert (batches.run_due(), batches.run_due()) == (1, 0)
    assert [line.outcome for line in batch.lines.all()] == ["accepted"] * 3 + ["takedown"]
    assert FACTS not in json.dumps([line.given for line in batch.lines.all()])
    acts = entries_for(batch).filter(action__in=("batch.started", "batch.imported"))
    assert list(acts.values_list("action", flat=True)) == ["batch.started", "batch.imported"]


def test_a_line_that_breaks_something_is_refused_and_the_others_go_on(analyst, monkeypatch):
    record = batches.recording.record

    def broken(values, **with_):
        if values.external_reference == "SH/0":
            raise ValueError("unheard of")
        return record(values, **with_)

    monkeypatch.setattr(batches.recording, "record", broken)
    lines = [REQUEST | {"external_reference": f"SH/{n}"} for n in range(2)]
    batch = brought_in(batch_file(table(*lines), by=analyst), analyst)
    assert [line.outcome for line in batch.lines.all()] == ["refused", "accepted"]


def test_a_private_key_in_a_line_is_stored_nowhere_in_full(analyst):
    key = "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS"
    lines = (
        REQUEST | {"identifiers": f"{key}; uid, 48213377"},
        REQUEST | {"external_reference": "", "identifiers": key},
    )
    batch = batches.bring_in(batch_file(table(*lines), by=analyst), provider=make_provider(), by=analyst)
    for _step in ("while it waits", "after it"):
        assert key not in json.dumps([[line.given, line.said] for line in batch.lines.all()])
        batches.run(batch.pk)
    assert [line.outcome for line in batch.lines.all()] == ["accepted", "refused"]


def test_a_day_with_more_behind_it_is_no_day(analyst):
    lines = [REQUEST | {"external_reference": f"SH/{n}", "date_to": text} for n, text in enumerate(
        ("2026-09-30 00:00:00", "2026-09-30 / 2026-10-01", "30/09/2026", "30/09/2026 and later"))]  # fmt: skip
    assert [str(item.outcome) for item in judged(analyst, *lines)] == ["accepted", "refused", "accepted", "refused"]


def test_a_file_that_was_thrown_away_is_not_brought_in(analyst):
    document = batch_file(table(REQUEST), by=analyst)
    batches.discard(Document.objects.get(pk=document.pk), by=analyst)
    with pytest.raises(Stale):
        batches.bring_in(document, provider=make_provider(), by=analyst)


def test_a_restricted_request_and_a_conflict_leave_no_line(analyst, agency):
    batch = brought_in(batch_file(table(REQUEST, NOTICE), by=analyst), analyst)
    row = DataRequest.objects.get()
    reader, away = make_staff("analyst", "approver"), make_staff("analyst")
    DeclaredConflict.objects.create(user=away, agency=agency, reason="A relative", declared_at=timezone.now())
    assert "SH/1" in client_for(reader).get(reverse("staff:batch", args=[batch.uid])).content.decode()
    assert "SH/1" not in client_for(away).get(reverse("staff:batch", args=[batch.uid])).content.decode()
    assert judged(away, REQUEST | {"external_reference": "SH/77"})[0].outcome == "refused"
    DataRequest.objects.filter(pk=row.pk).update(restricted=True)
    assert judged(reader, REQUEST)[0].said == ["It is here already."]
    client = client_for(reader)
    assert "SH/1" not in client.get(reverse("staff:batch", args=[batch.uid])).content.decode()
    listed = client.get(reverse("staff:batches")).content.decode()
    assert "Taken as a request" not in listed
    assert "Taken as a takedown notice: 1" in listed
    file = client.post(reverse("staff:batch_results", args=[batch.uid]), {"file_type": "csv", "reason": "Because"})
    assert b"SH/1" not in file.content
    assert b"SH/2" in file.content


def test_files_are_their_senders_until_brought_in(analyst):
    document = batch_file(table(REQUEST), by=analyst)
    colleague = make_staff("analyst")
    assert client_for(colleague).get(reverse("staff:batch_check", args=[document.uid])).status_code == 404
    with pytest.raises(NotAllowed):
        batches.discard(document, by=colleague)
    client = client_for(analyst)
    client.post(reverse("staff:batch_check", args=[document.uid]), {"action": "discard"})
    document.refresh_from_db()
    assert document.purged_at
    assert client.get(reverse("staff:batch_check", args=[document.uid])).status_code == 404
    old = batch_file(table(REQUEST), by=analyst)
    kept = batch_file(table(NOTICE), by=analyst)
    Document.objects.filter(pk=old.pk).update(created_at=timezone.now() - batches.KEPT * 2)
    assert batches.forget() == 1
    kept.refresh_from_db()
    assert kept.purged_at is None


def test_results_ask_for_a_reason_and_a_right(analyst):
    batch = brought_in(batch_file(table(REQUEST), by=analyst), analyst)
    url = reverse("staff:batch_results", args=[batch.uid])
    page = client_for(analyst).post(url, {"file_type": "csv", "reason": ""})
    assert page.status_code == 422
    assert client_for(make_staff("counsel")).get(url).status_code == 403
    assert client_for(analyst, factor_age=3600).get(url).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_database_as_often_for_three_as_for_one(analyst, rows, django_assert_num_queries):
    for number in range(rows):
        lines = [REQUEST | {"external_reference": f"SH/{number}/{part}"} for part in range(rows)]
        batch = brought_in(batch_file(table(*lines), by=analyst), analyst)
    client = client_for(make_staff("analyst"))
    client.get(reverse("staff:batches"))
    with django_assert_num_queries(9):
        client.get(reverse("staff:batches"))
    with django_assert_num_queries(9):
        client.get(reverse("staff:batch", args=[batch.uid]))
