"""From a grant to a sealed package: what is in it, what blocks it, and what a dead worker leaves."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import pyzipper
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.demo import cases
from requests_app.enums import PackageStatus
from requests_app.models import DisclosurePackage, PackageItem
from requests_app.services import building, collecting, packages
from requests_app.services.archive import Entry, manifest_text, unwrap_passphrase
from tests.factories import request_at
from tests.people import make_staff
from tests.requests_app.records.steps import granted_request, sealed_package


@pytest.fixture
def granted(db, company):
    return granted_request()


def content(document):
    with documents.open_plain(document) as reader:
        return reader.read()


def events(*actions):
    return list(AuditEvent.objects.filter(action__in=actions).order_by("pk").values_list("action", flat=True))


def test_sealed_package_is_whole(granted):
    granted.lines.filter(category="registration").update(other_holders=True)
    package = sealed_package(granted)
    assert (package.status, package.state) == (PackageStatus.SEALED, JobState.DONE)
    names = [item.name for item in package.items.all()]
    assert names == [f"{granted.reference}-1-{n:03}.{kind}" for n in (1, 2, 3, 4) for kind in ("csv", "json")]
    assert [item.rows for item in package.items.order_by("line_id")] == [1, 1, 3, 3, 1, 1, 3, 3]
    assert events("package.started", "package.sealed") == ["package.started", "package.sealed"]
    manifest = json.loads(content(package.manifest))
    stated = {f["name"]: (f["sha256"], f["size"], f["rows"]) for f in manifest["files"]}
    assert stated == {i.name: (i.document.sha256, i.document.size, i.rows) for i in package.items.all()}
    assert manifest["files"][0]["order_version"] == 1
    limits = ["With all holders of a joint account", ""]
    assert [f["limits"] for f in manifest["files"] if not f["same_rows_as"]] == limits * 2
    assert content(package.letter).startswith(b"%PDF-")


def test_archive_opens_and_its_hashes_agree(granted, tmp_path):
    package = sealed_package(granted)
    archive = tmp_path / "package.zip"
    archive.write_bytes(content(package.archive))
    passphrase = unwrap_passphrase(package)
    assert len(passphrase.replace("-", "")) == 28
    if seven := shutil.which("7z"):
        listed = subprocess.run([seven, "l", "-slt", archive], capture_output=True, text=True, check=True).stdout
        assert "Method = AES-256 Store" in listed
        assert "holder" not in listed.lower()
        subprocess.run([seven, "x", f"-p{passphrase}", f"-o{tmp_path}/out", archive], check=True, capture_output=True)
        wrong = subprocess.run([seven, "t", "-pwrong", archive], capture_output=True, check=False)
        assert wrong.returncode
    else:
        with pyzipper.AESZipFile(archive) as found:
            found.extractall(tmp_path / "out", pwd=passphrase.encode())
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == sorted(
        ["letter.pdf", "manifest.json", "manifest.txt", *(i.name for i in package.items.all())]
    )
    done = subprocess.run(["sha256sum", "-c", "manifest.txt"], cwd=out, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(": OK") == 8
    (out / f"{granted.reference}-1-002.csv").write_text("changed")
    assert subprocess.run(["sha256sum", "-c", "manifest.txt"], cwd=out, capture_output=True, check=False).returncode


def test_the_manifest_for_people_says_what_columns_mean_and_in_which_zone():
    package = SimpleNamespace(data_request=SimpleNamespace(reference="MX-26-1"), number=1)
    plain = dict.fromkeys((field.name for field in fields(Entry)), "x") | {"rows": 3, "size": 9, "new_export": None}
    columns = {"time_utc": "When it\nhappened", "amount": "How much"}
    table = Entry(**plain | {"name": "1.csv", "columns": columns, "time_zone": "UTC", "same_rows_as": ""})
    twin = replace(table, name="1.json", same_rows_as="1.csv")
    text = manifest_text(package, [table, twin], at=timezone.now()).decode()
    assert text.count("3 rows, time zone: UTC") == 2
    assert text.count("(end not included)\n# x\n") == 2, "what narrows it"
    assert text.endswith(
        "# What the columns mean: x (1.csv, 1.json)\n# time_utc: When it happened\n# amount: How much\n"
    )
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["x  1.csv", "x  1.json"]


def test_pyzipper_reads_it_too(granted, quick_letter):
    package = sealed_package(granted)
    with pyzipper.AESZipFile(io.BytesIO(content(package.archive))) as found:
        found.setpassword(unwrap_passphrase(package).encode())
        assert found.testzip() is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("OTHER-ACCOUNT,2026-05-01T00:00:00+00:00,1", "row 4 belongs to account OTHER-ACCOUNT"),
        ("{account},2026-10-01T00:00:00+00:00,1", "row 4 is of 2026-10-01 00:00:00 UTC"),
        ("{account},2026-02-28T23:59:59+00:00,1", "row 4 is of 2026-02-28 23:59:59 UTC"),
        ("{account},2026-10-01T01:30:00+02:00,1,more", "row 4 has more or fewer fields"),
        ("{account},2026-05-01T00:00:00,1", "row 4 has a time without a zone: 2026-05-01T00:00:00"),
        ("{account},yesterday,1", "row 4 has no time that can be read: yesterday"),
        ("{account},,1", "row 4 has no time"),
        (",2026-05-01T00:00:00Z,1", "row 4 names no account"),
        ('{account},"2026-05', "row 4 cannot be read"),
    ],
)
def test_row_outside_the_grant_blocks_the_seal(granted, company, row, words, quick_letter):
    company.rows = [row]
    before = Document.objects.count()
    package = sealed_package(granted)
    assert package.status == PackageStatus.BLOCKED
    assert words in package.blocked_reason
    assert not PackageItem.objects.exists()
    assert not Document.objects.filter(purpose=f"package-{package.uid.hex}").exists()
    # What was collected stays for a person to look at; with the package it goes.
    assert Document.objects.count() == before + 6
    packages.take_back(package, reason="Not what was granted", by=granted.test_people.analyst)
    assert collecting.forget_dropped() == 1
    assert Document.objects.count() == before
    assert events("package.blocked", "package.sealed") == ["package.blocked"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "{account},,phone,+47,2019-01-01T00:00:00Z,2026-02-28T23:59:59Z",
            "was on file from 2019-01-01 00:00:00 to 2026-02-28 23:59:59 UTC only",
        ),
        ("{account},,phone,+47,2026-10-01T00:00:00Z,", "row 2 was on file from 2026-10-01 00:00:00 to now only"),
        ("{account},,phone,+47,,", "row 2 has no time"),
        ("OTHER,,phone,+47,2019-01-01T00:00:00Z,", "row 2 belongs to account OTHER"),
    ],
)
def test_fact_that_was_not_on_file_in_the_period_blocks_the_seal(granted, company, row, words, quick_letter):
    company.rows, company.category = [row], "registration"
    package = sealed_package(granted)
    assert package.status == PackageStatus.BLOCKED
    assert words in package.blocked_reason


def test_row_in_another_zone_but_inside_passes(granted, company, quick_letter):
    company.rows = ["{account},2026-10-01T01:30:00+02:00,1"]
    assert sealed_package(granted).status == PackageStatus.SEALED


def test_blocked_package_is_built_again(granted, company, quick_letter):
    company.rows = ["OTHER,2026-05-01T00:00:00+00:00,1"]
    package = sealed_package(granted)
    company.rows = []
    for _ in range(2):  # a double click
        assert packages.build_again(package, by=granted.test_people.analyst).status == PackageStatus.PREPARING
    assert AuditEvent.objects.filter(action="package.unblocked").count() == 1
    assert building.build(package.pk).status == PackageStatus.SEALED


def test_silent_company_is_asked_again_then_given_up(granted, company, quick_letter):
    company.silent = True
    at = timezone.now()
    package = sealed_package(granted, at=at)
    first = package.exports.order_by("pk").first()
    assert (package.status, first.state, first.attempts) == (PackageStatus.PREPARING, JobState.PENDING, 1)
    assert first.problem == "The company's systems do not answer."
    for _ in range(collecting.TRIES - 1):
        first.refresh_from_db()
        building.build(package.pk, at=first.due_at)
    package.refresh_from_db()
    assert package.status == PackageStatus.BLOCKED
    assert "after several tries: The company's systems do not answer." in package.blocked_reason


def test_worker_that_died_leaves_no_half_package(granted, monkeypatch, quick_letter):
    at = timezone.now()
    package = packages.start(granted, by=granted.test_people.analyst, at=at)

    def die(*args, **kwargs):
        raise KeyboardInterrupt  # as a killed process: nothing of ours runs after it

    with monkeypatch.context() as patch:
        patch.setattr(building, "letter_pdf", die)
        with pytest.raises(KeyboardInterrupt):
            building.build(package.pk, at=at)
    package.refresh_from_db()
    tagged = Document.objects.filter(purpose=f"package-{package.uid.hex}")
    assert (package.status, package.state, package.archive) == (PackageStatus.PREPARING, JobState.RUNNING, None)
    assert tagged.count() == 1
    collected = set(Document.objects.filter(purpose__startswith="collect-").values_list("pk", flat=True))
    assert len(collected) == 8
    assert not PackageItem.objects.exists()
    assert building.build(package.pk, at=at + timedelta(minutes=1)) is None  # the lease still runs
    assert building.build_due(at=at + timedelta(hours=1)) == 1
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED
    assert tagged.count() == 3  # those of the second try and no others
    # What had come whole was not asked for again.
    assert set(package.items.values_list("document", flat=True)) == collected


_HANGS = """
import sys, time, django
django.setup()
from requests_app.services import building, collect
from tests.requests_app.records.company import Company

class Hangs(Company):
    def export(self, *args, **kwargs):
        for file in super().export(*args, **kwargs):
            def stuck(chunks=tuple(file.chunks)):
                yield chunks[0] * 300_000  # two frames are on the disk
                print("inside", flush=True)
                time.sleep(60)
            yield file if file.category == "registration" else type(file)(**{**vars(file), "chunks": stuck()})

collect.company = lambda provider: Hangs()
building.build(int(sys.argv[1]))
"""


def test_killed_process_leaves_nothing_that_stays(committed_db, company, quick_letter):
    granted = granted_request()
    package = packages.start(granted, by=granted.test_people.analyst)
    root = Path(__file__).resolve().parents[3]
    environment = {**committed_db.env, "DJANGO_SETTINGS_MODULE": "lers.settings", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _HANGS, str(package.pk)]
    with subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "inside\n"
        worker.kill()
    package.refresh_from_db()
    tagged = Document.objects.filter(purpose__startswith="collect-")
    states = package.exports.order_by("pk").values_list("state", flat=True)
    assert (package.status, list(states)) == (PackageStatus.PREPARING, ["done", "running", "pending", "pending"])
    assert sorted(tagged.values_list("state", flat=True)) == ["clean", "clean", "receiving"]
    whole = set(package.exports.first().files.values_list("document", flat=True))
    left = set(tagged.values_list("pk", flat=True))
    assert building.build_due(at=timezone.now() + timedelta(hours=1)) == 1
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED
    assert len(left & set(tagged.values_list("pk", flat=True))) == 2  # what came whole before it died
    assert whole < left
    assert tagged.count() == 8


def test_worker_whose_lease_was_taken_seals_nothing(granted, monkeypatch, quick_letter):
    at = timezone.now()
    package = packages.start(granted, by=granted.test_people.analyst, at=at)
    real = building.letter_pdf

    def slow(*args, **kwargs):
        later = timezone.now() + timedelta(hours=9)
        DisclosurePackage.objects.filter(pk=package.pk).update(claimed_until=later)
        return real(*args, **kwargs)

    monkeypatch.setattr(building, "letter_pdf", slow)
    assert building.build(package.pk, at=at).status == PackageStatus.PREPARING
    assert not PackageItem.objects.exists()


def test_start_twice_is_once(granted, quick_letter):
    analyst = granted.test_people.analyst
    assert packages.start(granted, by=analyst) == packages.start(granted, by=analyst)
    building.build_due()
    with pytest.raises(TransitionRefused):
        packages.start(granted, by=analyst)
    assert granted.packages.count() == 1


def test_who_may_not_start(granted):
    for person in (make_staff("approver"), make_staff("auditor"), granted.officer):
        with pytest.raises(NotAllowed):
            packages.start(granted, by=person)
    granted.agency.status = "suspended"
    granted.agency.save()
    with pytest.raises(NotAllowed, match="suspended"):
        packages.start(granted, by=granted.test_people.analyst)


def test_two_identifiers_of_one_account_share_their_files(granted, company, quick_letter):
    data_request = granted
    data_request.targets.update(account="ACC-1")
    package = sealed_package(data_request)
    assert company.exports == [("ACC-1", "registration"), ("ACC-1", "transactions")]
    manifest = json.loads(content(package.manifest))
    assert [f["line"] for f in manifest["files"] if not f["same_rows_as"]] == ["1, 3", "2, 4"]


@pytest.mark.django_db
def test_demo_exchange_exports_every_category():
    categories = ["registration", "logins", "transactions", "balances", "communications"]
    data_request = request_at("granted", categories=categories)
    data_request.targets.update(account=cases.ACCOUNT_A)
    package = sealed_package(data_request)
    assert (package.blocked_reason, package.last_error, package.status) == ("", "", PackageStatus.SEALED)
    rows = dict(package.items.exclude(rows=None).values_list("line__category", "rows"))
    assert set(rows) == set(categories)
    assert all(rows.values())


def test_web_process_never_loads_the_typesetter():
    code = (
        "import django; django.setup(); import lers.urls, requests_app.tasks, sys;"
        "assert 'weasyprint' not in sys.modules, 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=_environment())


def _environment():
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "lers.settings", "DATABASE_URL": "postgres://x@127.0.0.1:1/x"}
