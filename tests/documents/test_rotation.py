"""Everything wrapped is found and sealed anew: killed half way, with the portal running, with rows that do not open."""

import os
import secrets
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import BinaryField

from accounts.models import AuthenticatorApp
from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.checks import check_keys_in_use
from foundation.documents.models import Document
from foundation.documents.services import rotation
from foundation.documents.vault import begin
from requests_app.models import DisclosurePackage
from requests_app.services.archive import unwrap_passphrase, wrap_passphrase
from tests.documents.vault_server import transit_server
from tests.factories import request_at
from tests.people import make_factor, make_staff

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OLD, NEW = f"old:{'ab' * 32}", f"new:{'cd' * 32}"
# What lies in binary columns and was not wrapped by a master key.
NOT_WRAPPED = {
    ("documents.DocumentPage", "sealed_text"),  # under the document's own data key
    ("documents.Upload", "head"),  # the signature of a format
}
OWN = {"accounts", "documents", "legal", "notifications", "preservation", "providers", "requests_app"}


def rotate(*words: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def old_key(settings):
    settings.DOCUMENT_MASTER_KEYS = OLD


@pytest.fixture
def package(db, old_key) -> DisclosurePackage:
    about = {"prepared_by": make_staff(), "prepared_at": NOW, "due_at": NOW}
    made = DisclosurePackage(data_request=request_at("draft"), number=1, **about)
    made.passphrase_wrapped = wrap_passphrase("AB-CD", made)
    made.save()
    return made


@pytest.fixture
def both_keys(settings):
    def set_both() -> None:
        settings.DOCUMENT_MASTER_KEYS = f"{NEW},{OLD}"

    return set_both


def plain(document: Document) -> bytes:
    with documents.open_plain(Document.objects.get(pk=document.pk)) as reader:
        return reader.read()


def unregistered(holders) -> list[tuple[str, str]]:
    """Return the binary columns, and the columns with the id of a key, that no holder names."""
    known = NOT_WRAPPED | {(label, column) for entry in holders for label, column in ((entry[0], c) for c in entry[1:])}
    return [
        (model._meta.label, field.name)
        for model in apps.get_models()
        if model._meta.app_label in OWN
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField) or field.name.endswith("master_key_id")
        if (model._meta.label, field.name) not in known
    ]


def test_every_column_that_may_hold_a_wrapped_key_is_known():
    assert unregistered(configured.WRAPPED_KEYS) == []


@pytest.mark.parametrize("forgotten", range(3))
def test_a_forgotten_column_is_found(forgotten):
    left = [entry for number, entry in enumerate(configured.WRAPPED_KEYS) if number != forgotten]
    assert (configured.WRAPPED_KEYS[forgotten][0], configured.WRAPPED_KEYS[forgotten][1]) in unregistered(left)


def test_everything_goes_under_the_newest_key_and_opens(package, receive, both_keys, settings):
    document, receiving = receive(b"%PDF-1.4 text", at=NOW), begin(filename="half.pdf", purpose="staged", at=NOW)
    files = Document.objects.count()
    app = make_factor(package.prepared_by)
    secret = app.bin_key
    both_keys()
    assert f"old: documents.Document {files}, accounts.AuthenticatorApp" in rotate("--status")
    said = rotate()
    settings.DOCUMENT_MASTER_KEYS = NEW
    assert plain(document) == b"%PDF-1.4 text"
    assert Document.objects.get(pk=receiving.pk).open_key()
    assert AuthenticatorApp.objects.get(pk=app.pk).bin_key == secret
    assert unwrap_passphrase(DisclosurePackage.objects.get(pk=package.pk)) == "AB-CD"
    assert f"documents.Document: {files} from old sealed under new" in said
    assert "old: no rows. It can be taken out." in said
    payloads = [bytes(event.payload).decode() for event in AuditEvent.objects.filter(action="document.keys_rotated")]
    assert len(payloads) == 3
    assert f'"data":{{"from":["old"],"rows":{files},"to":"new"}}' in payloads[0]
    assert secret.hex() not in "".join(payloads)
    assert "from old" not in rotate(), "a second run finds nothing"


def test_a_dry_run_changes_nothing(package, receive, both_keys):
    receive(at=NOW)
    both_keys()
    before = list(Document.objects.values_list("data_key", "master_key_id"))
    assert "documents.Document: 2 from old would be sealed under new" in rotate("--dry-run")
    assert list(Document.objects.values_list("data_key", "master_key_id")) == before
    assert not AuditEvent.objects.filter(action="document.keys_rotated").exists()


def test_rows_that_do_not_open_are_named_and_the_others_go_on(receive, old_key, both_keys):
    good, broken = receive(at=NOW), receive(at=NOW)
    Document.objects.filter(pk=broken.pk).update(data_key=b"x" * 60)
    both_keys()
    with pytest.raises(CommandError, match=rf"1 rows did not open:\ndocuments.Document {broken.pk}: "):
        rotate()
    keys = dict(Document.objects.values_list("pk", "master_key_id"))
    assert keys == {good.pk: "new", broken.pk: "old"}


def test_a_key_that_is_not_configured_is_said_before_the_start(receive, old_key, settings):
    receive(at=NOW)
    assert check_keys_in_use(None, databases=["default"]) == []
    settings.DOCUMENT_MASTER_KEYS = NEW
    (error,) = check_keys_in_use(None, databases=["default"])
    assert error.msg.startswith("1 rows are sealed under the master key 'old', which is not configured")
    assert check_keys_in_use(None, databases=None) == []
    with pytest.raises(CommandError, match="not configured"):
        rotate("--status")


def test_a_purged_file_is_left_alone(receive, old_key, both_keys):
    document = receive(at=NOW)
    documents.purge(document, by=None, at=NOW)
    both_keys()
    assert "old: no rows. It can be taken out." in rotate()
    assert bytes(Document.objects.get(pk=document.pk).data_key) == b""


def test_what_is_purged_while_its_key_is_sealed_anew_stays_purged(receive, old_key, both_keys, monkeypatch):
    first, second = receive(at=NOW), receive(at=NOW)
    both_keys()
    real = rotation.wrap

    def purged_meanwhile(key: bytes, uid: uuid.UUID):
        if uid == second.uid:
            documents.purge(second, by=None, at=NOW)
        return real(key, uid)

    monkeypatch.setattr(rotation, "wrap", purged_meanwhile)
    found = rotation.rotate()
    assert (found.done.total(), found.left_alone) == (1, 1)
    assert dict(Document.objects.values_list("pk", "master_key_id"))[first.pk] == "new"
    assert bytes(Document.objects.get(pk=second.pk).data_key) == b""


def test_into_a_key_service_and_on_to_its_next_version(receive, old_key, settings, package):
    document = receive(b"%PDF-1.4 text", at=NOW)
    with transit_server() as server:
        settings.DOCUMENT_KMS = "foundation.documents.kms.VaultTransit"
        settings.VAULT_ADDR, settings.VAULT_TOKEN = server.address, "s.portal"
        rotate()
        settings.DOCUMENT_MASTER_KEYS = ""
        assert plain(document) == b"%PDF-1.4 text"
        server.rotate()
        assert "kms:lers-documents:2" in rotate()
        server.oldest = 2
        assert plain(document) == b"%PDF-1.4 text"
        server.faults = [503] * 3
        with pytest.raises(CommandError, match="start the command again"):
            rotate()


@contextmanager
def running(committed_db, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "rotate_keys", *words]
    env = os.environ | committed_db.env | {"ENVIRONMENT": "test"} | environment
    with subprocess.Popen(
        command, cwd=configured.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_killed_half_way_it_goes_on(committed_db, settings):
    settings.DOCUMENT_MASTER_KEYS = OLD
    rows = [begin(filename="a.pdf", purpose="staged", at=NOW) for _ in range(1500)]
    keys = {row.pk: row.open_key() for row in rows}
    with running(committed_db, "--batch", "10", DOCUMENT_MASTER_KEYS=f"{NEW},{OLD}") as process:
        assert process.stdout
        assert "rows…" in process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    done = Document.objects.filter(master_key_id="new").count()
    assert 0 < done < 1500
    assert AuditEvent.objects.filter(action="document.keys_rotated").count() == done // 10
    with running(committed_db, DOCUMENT_MASTER_KEYS=f"{NEW},{OLD}") as process:
        said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert f"documents.Document: {1500 - done} from old" in said
    settings.DOCUMENT_MASTER_KEYS = NEW
    assert {row.pk: row.open_key() for row in Document.objects.all()} == keys


def test_two_at_once_do_no_harm(committed_db, settings):
    settings.DOCUMENT_MASTER_KEYS = OLD
    keys = {row.pk: row.open_key() for row in (begin(filename="a.pdf", purpose="staged", at=NOW) for _ in range(100))}
    both = {"DOCUMENT_MASTER_KEYS": f"{NEW},{OLD}"}
    with running(committed_db, "--batch", "7", **both) as one, running(committed_db, "--batch", "7", **both) as two:
        assert [one.wait(120), two.wait(120)] == [0, 0]
    settings.DOCUMENT_MASTER_KEYS = NEW
    assert {row.pk: row.open_key() for row in Document.objects.all()} == keys


def test_without_its_key_a_copy_of_everything_is_noise(receive, vault, clamd):
    """A backup of storage and database, after the row's key went: no word of the file in any of it."""
    word = b"Card of P. Aas " + secrets.token_hex(8).encode()
    document = receive(b"%PDF-1.4\n" + word * 1000, at=NOW)
    backup = b"".join(path.read_bytes() for path in vault.rglob("*") if path.is_file())
    documents.purge(document, by=None, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM documents_document d")
        rows = "".join(row for (row,) in cursor.fetchall()).encode()
    assert len(backup) > 1000
    assert word[:12] not in backup + rows
    key = bytes(Document.objects.get(pk=document.pk).data_key)
    assert key == b""
