"""The folder: private, its own names only, S3 by one setting."""

import errno
import stat
import threading
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from foundation.documents import storage as files
from foundation.documents.storage import document_storage, new_storage_name
from foundation.documents.storage_url import storage_entry


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "aa/bb/../../../../etc/passwd",
        "aa/bb/" + "c" * 31,
        "aa/bb/" + "c" * 32 + "\n",
        "aa/bb/" + "c" * 32 + "/../x",
        "AA/BB/" + "C" * 32,
        "",
        ".",
        "order.pdf",
    ],
)
@pytest.mark.parametrize("verb", ["open", "save", "delete", "exists"])
def test_names_that_it_did_not_make_are_refused(name, verb, vault):
    storage = document_storage()
    with pytest.raises((SuspiciousFileOperation, ValueError)):
        storage.save(name, ContentFile(b"x")) if verb == "save" else getattr(storage, verb)(name)
    assert not vault.exists()


def test_only_the_portal_can_read_the_folder(vault):
    name = new_storage_name()
    assert document_storage().save(name, ContentFile(b"x")) == name
    file = vault / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent, vault):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_is_written_once():
    storage, name = document_storage(), new_storage_name()
    storage.save(name, ContentFile(b"x"))
    with pytest.raises(FileExistsError):
        storage.open(name, "wb")
    with pytest.raises(ValueError, match="written once"):
        storage.open(name, "ab")


def test_a_long_file_goes_to_the_disk_while_it_is_written(monkeypatch, vault):
    asked = threading.Event()
    monkeypatch.setattr(files, "_SYNC_BYTES", 10)
    monkeypatch.setattr(files, "_sync_data", lambda _handle: asked.set())
    name = new_storage_name()
    with document_storage().open(name, "wb") as target:
        target.write(b"123456789")
        assert not asked.is_set()
        target.write(b"0")
        assert asked.wait(10)
    assert (vault / name).read_bytes() == b"1234567890"


def test_a_part_that_did_not_get_to_the_disk_is_told_of_at_the_end(monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(files, "_SYNC_BYTES", 10)
    monkeypatch.setattr(files, "_sync_data", full)
    target = document_storage().open(new_storage_name(), "wb")
    target.write(b"1234567890")
    with pytest.raises(OSError, match="no room"):
        target.close()
    target.abandon()


def test_a_link_leads_nowhere(vault, tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    name = new_storage_name()
    (vault / name).parent.mkdir(parents=True)
    (vault / name).symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        document_storage().open(name)


def test_there_is_no_address():
    with pytest.raises(ValueError, match="served by the view"):
        document_storage().url(new_storage_name())


def test_a_folder_by_setting():
    entry = storage_entry("file:///srv/lers%20files")
    assert entry["BACKEND"].endswith("PrivateFileStorage")
    assert entry["OPTIONS"] == {"location": "/srv/lers files"}


def test_s3_by_setting():
    entry = storage_entry("s3://key:se%2Fcret@Evidence/portal?endpoint=http://127.0.0.1:9000&region=eu-west-1")
    options = entry["OPTIONS"]
    assert entry["BACKEND"] == "foundation.documents.storage_s3.S3DocumentStorage"
    assert (options["bucket_name"], options["location"]) == ("Evidence", "portal")
    assert (options["access_key"], options["secret_key"]) == ("key", "se/cret")
    assert (options["endpoint_url"], options["region_name"]) == ("http://127.0.0.1:9000", "eu-west-1")


@pytest.mark.parametrize("url", ["", "/srv", "file://", "s3://", "ftp://host/x"])
def test_other_addresses_are_refused(url):
    with pytest.raises(ValueError, match="STORAGE_URL"):
        storage_entry(url)
