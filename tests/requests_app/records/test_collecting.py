"""Exports of a package, one row of work each: what breaks off goes on, what lies outside can be taken out."""

import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from PIL import Image

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.base import (
    CannotDo,
    ConnectorFailed,
    ExportedFile,
    OtherContents,
    StillRunning,
)
from requests_app.enums import PackageStatus
from requests_app.models import CollectedFile, LineExport
from requests_app.services import building, collect_files, collecting, packages, taking_out
from requests_app.views.staff import records_collected
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.company import Company
from tests.requests_app.records.steps import granted_request, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter")]
OTHER = "OTHER-ACCOUNT,2026-05-01T00:00:00Z,1"


def content(document):
    with documents.open_plain(document) as reader:
        return reader.read()


def card(colour):
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(picture, "PNG")
    return picture.getvalue()


class Archive(Company):
    """A company that also gives identity documents, and whose exports break off where a test wants it."""

    def __init__(self):
        super().__init__()
        self.pictures = [card("navy"), card("maroon")]
        self.breaks_at = 0
        self.fails_with = ConnectorFailed("The line was cut.")
        self.read, self.keys = [], []
        self.about = {}

    def export(self, account, categories, period_from, period_to, *, at, key="", **limits):
        self.keys.append(key)
        found = [*super().export(account, categories, period_from, period_to, at=at)]
        if "registration" in categories:
            found += [self._document(account, n, body, at) for n, body in enumerate(self.pictures, 2)]
        for number, file in enumerate(found, 1):
            if number == self.breaks_at:
                raise self.fails_with
            yield file

    def _document(self, account, number, body, at):
        def chunks():
            self.read.append(number)
            yield body

        said = {"account": account, "on_file_from": datetime(2024, 1, 1, tzinfo=UTC)} | self.about
        digest = hashlib.sha256(body).hexdigest()
        return ExportedFile(
            f"card-{number}.png", "image/png", "registration", 0, chunks(), at, sha256=digest, size=len(body), **said
        )


@pytest.fixture
def archive(monkeypatch):
    answers = Archive()
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: answers)
    return answers


def granted():
    data_request = granted_request()
    data_request.targets.update(account="ACC-1")
    return data_request


def test_tables_leave_as_csv_and_json_and_documents_as_they_are(archive):
    package = sealed_package(granted())
    assert package.status == PackageStatus.SEALED, package.blocked_reason
    names = [item.name.rsplit("-", 1)[1] for item in package.items.all()]
    assert names == ["001.csv", "001.json", "002.png", "003.png", "004.csv", "004.json"]
    table, twin = (package.items.get(name__endswith=f"004.{kind}").document for kind in ("csv", "json"))
    said = json.loads(content(twin))
    lines = [line.split(",") for line in content(table).decode().split()]
    assert [list(row.values()) for row in said["rows"]] == lines[1:]
    assert (list(said["fields"]), said["time_zone"]) == (lines[0], "UTC")
    assert (said["account"], said["category"]) == ("ACC-1", "transactions")
    assert content(package.items.get(name__endswith="002.png").document) == archive.pictures[0]
    manifest = json.loads(content(package.manifest))
    assert [(f["media_type"], f["time_zone"]) for f in manifest["files"][1:3]] == [
        ("application/json", "UTC"), ("image/png", ""),
    ]  # fmt: skip
    assert manifest["files"][1]["same_rows_as"] == manifest["files"][0]["name"]


def test_an_export_that_breaks_off_goes_on_with_what_is_missing(archive):
    archive.breaks_at = 3
    at = timezone.now()
    package = sealed_package(granted(), at=at)
    first, second = package.exports.order_by("pk")
    assert (first.state, first.problem, first.files.count()) == (JobState.PENDING, "The line was cut.", 2)
    assert second.state == JobState.DONE  # one that fails stops no other
    kept = set(first.files.values_list("document", flat=True))
    archive.breaks_at, archive.read = 0, []
    package = building.build(package.pk, at=first.due_at)
    assert package.status == PackageStatus.SEALED
    assert archive.read == [3]
    assert kept < set(first.files.values_list("document", flat=True))
    assert archive.keys[0] == archive.keys[-1] == first.idempotency_key


def test_what_the_company_still_prepares_is_asked_for_as_long_as_it_takes(archive):
    archive.breaks_at, archive.fails_with = 1, StillRunning(ready=0, expected=3)
    at = timezone.now()
    package = sealed_package(granted(), at=at)
    for turn in range(1, 2 * collecting.TRIES):
        building.build(package.pk, at=at + timedelta(minutes=2 * turn))
    export = package.exports.order_by("pk").first()
    assert (export.state, export.attempts, export.files_expected) == (JobState.PENDING, 0, 3)
    archive.breaks_at = 0
    assert building.build(package.pk, at=at + timedelta(hours=2)).status == PackageStatus.SEALED


def test_a_failed_export_is_named_and_asked_for_again_while_the_others_stay(archive, monkeypatch):
    monkeypatch.setattr(collecting, "TRIES", 1)
    archive.breaks_at, archive.pictures = 2, [card("navy")]
    data_request = granted()
    package = sealed_package(data_request)
    assert package.status == PackageStatus.BLOCKED
    assert "The line was cut." in package.blocked_reason
    failed, whole = package.exports.order_by("pk")
    assert (failed.state, whole.state) == (JobState.GIVEN_UP, JobState.DONE)
    kept = list(whole.files.values_list("document", "as_json"))
    assert AuditEvent.objects.filter(action="package.collecting_failed").count() == 1
    analyst = data_request.test_people.analyst
    page = client_for(analyst).get(f"/staff/requests/{data_request.reference}/records/1/").content.decode()
    assert "The line was cut." in page
    assert "1 export is asked for again" in page
    archive.breaks_at, archive.exports = 0, []
    packages.build_again(package, by=analyst)
    assert building.build(package.pk).status == PackageStatus.SEALED
    assert archive.exports == [("ACC-1", "registration")]
    assert list(whole.files.values_list("document", "as_json")) == kept


@pytest.mark.parametrize("fails_with", [OtherContents("Other contents came."), CannotDo("Had it before.")])
def test_what_no_old_key_can_bring_any_more_is_asked_for_under_a_new_one(archive, monkeypatch, fails_with):
    monkeypatch.setattr(collecting, "TRIES", 1)
    archive.breaks_at, archive.fails_with = (2 if type(fails_with) is OtherContents else 1), fails_with
    data_request = granted()
    package = sealed_package(data_request)
    assert package.status == PackageStatus.BLOCKED
    failed = package.exports.order_by("pk").first()
    assert (failed.state, failed.files.count()) == (JobState.GIVEN_UP, 0)
    archive.breaks_at, archive.keys = 0, []
    packages.build_again(package, by=data_request.test_people.analyst)
    assert building.build(package.pk).status == PackageStatus.SEALED
    assert failed.idempotency_key not in archive.keys


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"account": "OTHER"}, "belongs to account OTHER"),
        ({"account": ""}, "names no account"),
        ({"holder": "2"}, "about holder 2"),
        ({"on_file_from": datetime(2026, 10, 1, tzinfo=UTC)}, "was on file from 2026-10-01"),
        ({"on_file_from": None}, "does not say from when"),
    ],
)
def test_a_document_outside_blocks_the_seal_and_is_not_kept(archive, about, words):
    archive.about = about
    package = sealed_package(granted())
    assert package.status == PackageStatus.BLOCKED
    assert words in package.blocked_reason
    files = CollectedFile.objects.filter(export__package=package, outside__gt=0)
    assert [file.document.size for file in files] == [0, 0]


def test_of_a_table_that_is_somebody_elses_no_rows_can_be_taken_out(archive, monkeypatch):
    quick = Company._file
    monkeypatch.setattr(Company, "_file", lambda *given: replace(quick(*given), account="OTHER"))
    package = sealed_package(granted())
    assert package.status == PackageStatus.BLOCKED
    file = CollectedFile.objects.filter(rows__isnull=False).first()
    assert (file.rows, file.outside, taking_out.rows_outside(file)) == (0, 1, 0)


def test_a_document_that_is_not_what_it_says_blocks_the_seal(archive):
    archive.pictures = [b"MZ\x90\x00 a program"]
    package = sealed_package(granted())
    assert package.status == PackageStatus.BLOCKED
    assert "its content is something else" in package.blocked_reason


def test_a_file_that_is_not_the_announced_one_is_thrown_away(archive):
    archive.about = {"holder": ""}
    archive.pictures[0] = bytearray(archive.pictures[0])
    real = hashlib.sha256
    package = packages.start(granted(), by=make_staff("analyst"))
    archive._document = lambda account, number, body, at: ExportedFile(
        "card.png", "image/png", "registration", 0, (bytes(body),), at, account=account,
        on_file_from=datetime(2024, 1, 1, tzinfo=UTC), sha256=real(b"another").hexdigest(),
    )  # fmt: skip
    package = building.build(package.pk)
    export = package.exports.order_by("pk").first()
    assert export.problem == "A file came that is not the one that was announced."
    assert export.files.count() == 1


def test_rows_outside_are_taken_out_with_a_reason_and_the_manifest_says_so(company):
    company.rows = [OTHER, "{account},2026-10-01T00:00:00Z,7"]
    data_request = granted()
    package = sealed_package(data_request)
    analyst = data_request.test_people.analyst
    file = CollectedFile.objects.get(export__package=package, outside__gt=0)
    assert (file.outside, taking_out.rows_outside(file)) == (2, 2)
    with pytest.raises(Incomplete):
        taking_out.take_out(file, whole=False, reason=" ", by=analyst)
    with pytest.raises(NotAllowed):
        taking_out.take_out(file, whole=False, reason="Outside", by=make_staff("auditor"))
    for _ in range(2):  # a double click
        taking_out.take_out(file, whole=False, reason="Of another account and after the period", by=analyst)
    assert AuditEvent.objects.filter(action="package.taken_out").count() == 1
    with pytest.raises(TransitionRefused, match="already"):
        taking_out.take_out(file, whole=True, reason="Twice", by=analyst)
    company.exports = []
    path = f"/staff/requests/{data_request.reference}/records/{package.number}/"
    shown = " ".join(client_for(analyst).get(path).content.decode().split())
    assert "Something was taken out since" in shown
    assert "4 rows were looked at" in shown
    packages.build_again(package, by=analyst)
    package = building.build(package.pk)
    assert (package.status, company.exports) == (PackageStatus.SEALED, [])
    sealed = content(package.items.get(name__endswith="002.csv").document).decode()
    assert (sealed.count("ACC-1,"), "OTHER-ACCOUNT" in sealed) == (3, False)
    manifest = json.loads(content(package.manifest))
    assert [out["rows"] for out in manifest["taken_out"]] == [2]
    assert file.document.sha256 not in json.dumps(manifest)  # a guess of a row could be tried against it
    assert "Of another account" not in json.dumps(manifest)
    file.document.refresh_from_db()
    assert file.document.purged_at is not None  # what lay outside is not kept
    shown = client_for(data_request.test_people.approver).get(f"/staff/requests/{data_request.reference}/records/1/")
    assert "Of another account and after the period" in shown.content.decode()


def test_everything_outside_is_listed_however_much_it_is(company, monkeypatch):
    monkeypatch.setattr(records_collected, "_ROWS_SHOWN", 2)
    company.rows = [OTHER] * 1_200
    data_request = granted()
    package = sealed_package(data_request)
    file = CollectedFile.objects.get(export__package=package, outside__gt=0)
    path = f"/staff/requests/{data_request.reference}/records/1/files/{file.uid}/"
    client = client_for(data_request.test_people.analyst)
    page = client.get(path).content.decode()
    assert (page.count("belongs to account OTHER-ACCOUNT"), f"{path}outside.csv" in page) == (20, True)
    rows = re.findall(
        r'<tr class="govuk-table__row"><td class="govuk-table__cell">(?:<strong>)?([0-9]+)(, outside)?<', page
    )
    assert rows[:2] == [("1", ""), ("2", "")], "the first ones"
    assert rows[2:22] == [(str(number), ", outside") for number in range(4, 24)], "and those outside, wherever"
    listed = b"".join(client.get(f"{path}outside.csv").streaming_content).decode().splitlines()
    assert listed[:2] == ["aspect,what lies outside", "account,row 4 belongs to account OTHER-ACCOUNT"]
    assert (len(listed), listed[-1].split()[:2]) == (1_201, ["account,row", "1203"])
    assert client_for(make_officer()).get(f"{path}outside.csv").status_code in {302, 403, 404}


def test_a_whole_file_is_taken_out_of_a_sealed_package_which_is_sealed_anew(archive):
    data_request = granted()
    package = sealed_package(data_request)
    file = CollectedFile.objects.get(export__package=package, position=2)
    old = Document.objects.get(pk=package.archive_id)
    client = client_for(data_request.test_people.analyst)
    path = f"/staff/requests/{data_request.reference}/records/1/files/{file.uid}/"
    assert "The whole file" in client.get(path).content.decode()
    assert client.post(f"{path}take-out/", {"extent": "file", "reason": ""}).status_code == 422
    assert client.post(f"{path}take-out/", {"extent": "file", "reason": "Shows a child"}).status_code == 302
    package.refresh_from_db()
    assert (package.status, package.archive, package.items.count()) == (PackageStatus.PREPARING, None, 0)
    archive.exports = []
    package = building.build(package.pk)
    assert (package.status, archive.exports) == (PackageStatus.SEALED, [])
    assert sum(item.name.endswith(".png") for item in package.items.all()) == 1
    old.refresh_from_db()
    assert old.purged_at is not None
    actions = AuditEvent.objects.filter(action__startswith="package.").order_by("pk").values_list("action", flat=True)
    assert [a for a in actions if a not in {"package.collected", "package.paper_seen"}] == [
        "package.started", "package.sealed", "package.viewed", "package.taken_out", "package.opened_again",
        "package.sealed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("late", "change"),
    [(False, {"other_holders": True}), (True, {"period_to": datetime(2026, 6, 30, tzinfo=UTC)}),
     (True, {"decision": "no_records"}), (False, {"account": "ACC-2"})],
    ids=["limits before the archive", "period while it is written", "a line while it is written", "another account"],
)  # fmt: skip
def test_what_was_collected_for_other_lines_than_those_of_now_is_not_sealed(archive, monkeypatch, late, change):
    data_request = granted()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    kept = package.exports.get(lines__in=package.lines.filter(category="transactions")[:1])

    def narrow():
        where = data_request.targets if "account" in change else data_request.lines.filter(category="registration")
        where.update(**change)

    write = building._write
    monkeypatch.setattr(building, "_write", lambda *a, **k: (write(*a, **k), late and narrow())[0])
    for export in package.exports.all():
        collecting.run(export.pk)
    late or narrow()
    package = building.build(package.pk)
    assert package.status == PackageStatus.BLOCKED
    assert "changed since the records were collected" in package.blocked_reason
    assert not package.items.exists()
    late, archive.exports = False, []
    packages.build_again(package, by=data_request.test_people.analyst)
    assert building.build(package.pk).status == PackageStatus.SEALED
    everything = [("ACC-2", "registration"), ("ACC-2", "transactions")]
    again = {"account": everything, "decision": []}.get(next(iter(change)), [("ACC-1", "registration")])
    assert sorted(archive.exports) == again
    assert package.exports.filter(pk=kept.pk).exists() == ("account" not in change)


def test_whoever_prepares_and_releases_reads_what_narrows_a_line(company):
    data_request = granted()
    data_request.lines.filter(category="transactions").update(assets=["BTC", "ETH"])
    # The rows of this company name no asset: nothing is sealed, and the page says for what it was asked.
    sealed_package(data_request)
    client = client_for(data_request.test_people.approver)
    for path in ("records/", "records/1/"):
        page = client.get(f"/staff/requests/{data_request.reference}/{path}").content.decode()
        assert "Only BTC, ETH" in page
    # The officer too: what is left out is not there and does not look as if there were no more.
    covers = render_to_string("officer/records_covers.html", {"package": data_request.packages.get()})
    assert "Only BTC, ETH" in covers
    lines = data_request.lines.all()
    assert "Only BTC, ETH" in render_to_string("officer/_decision.html", {"decision": {"a": 1}, "lines": lines})


def test_progress_is_written_while_a_file_streams_and_a_lost_lease_stops_it(company, monkeypatch):
    monkeypatch.setattr(collect_files, "_SECOND", 0.0)
    data_request = granted()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    export = package.exports.order_by("pk").last()
    seen = []
    quick = Company._file

    def slow(self, account, category, *rest):
        file = quick(self, account, category, *rest)

        def chunks():
            for chunk in file.chunks:
                yield chunk
                seen.append(LineExport.objects.get(pk=export.pk).bytes_done)
            packages.take_back(package, reason="Not now", by=data_request.test_people.analyst)
            yield b""

        return type(file)(**{**vars(file), "chunks": chunks()})

    monkeypatch.setattr(Company, "_file", slow)
    collecting.run(export.pk)
    assert seen[-1] > 0
    package.refresh_from_db()
    assert package.status == PackageStatus.REVOKED
    assert not CollectedFile.objects.exists()
    assert not Document.objects.filter(purpose__startswith="collect-").exists()


def test_a_file_that_comes_after_the_lease_is_lost_is_not_kept_beside_another_workers(archive, monkeypatch):
    data_request = granted()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    export = package.exports.order_by("pk").first()
    theirs = timezone.now() + timedelta(hours=2)
    quick = Company._file

    def late(self, *given):
        file = quick(self, *given)

        def chunks():
            yield from file.chunks
            # Another worker has it from here on, within the second in which nobody looks.
            LineExport.objects.filter(pk=export.pk).update(claimed_until=theirs)

        return type(file)(**{**vars(file), "chunks": chunks()})

    monkeypatch.setattr(Company, "_file", late)
    collecting.run(export.pk)
    export.refresh_from_db()
    assert (export.state, export.claimed_until) == (JobState.RUNNING, theirs)
    assert not export.files.exists()
    assert not Document.objects.filter(purpose=export.purpose).exists()


def test_the_page_polls_while_it_collects_and_a_poll_is_no_look(company):
    data_request = granted()
    package = packages.start(data_request, by=data_request.test_people.analyst)
    client = client_for(data_request.test_people.analyst)
    path = f"/staff/requests/{data_request.reference}/records/{package.number}/"
    looks = AuditEvent.objects.filter(action="request.viewed").count
    before = looks()
    page = client.get(path, headers={"X-Poll": "1"}).content.decode()
    assert looks() == before
    assert re.search(r'data-poll="2"', page)
    assert page.count(">Waits<") == 2
    building.build(package.pk)
    assert "data-poll=" not in client.get(path).content.decode()
    assert looks() == before + 1
