"""Master keys: read from the settings, rotated, bound to a document."""

import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.documents.checks import check_keys, check_scanner, check_uploads
from foundation.documents.errors import DocumentDamaged
from foundation.documents.keys import WrappedKey, new_data_key, parse_master_keys, unwrap

OLD, NEW = "ab" * 32, "cd" * 32


def test_a_bare_key_has_the_id_1_and_the_newest_is_first():
    assert list(parse_master_keys(OLD)) == ["1"]
    assert list(parse_master_keys(f"2026-11:{NEW}, 1:{OLD}")) == ["2026-11", "1"]


@pytest.mark.parametrize("text", ["", "1:", "1:zz", f"1:{OLD[:-2]}", f"1:{OLD},1:{NEW}", f"{OLD},{NEW}"])
def test_what_is_not_a_list_of_keys_is_refused(text):
    with pytest.raises(ImproperlyConfigured):
        parse_master_keys(text)


def test_after_a_rotation_old_files_open_and_new_ones_use_the_new_key(settings):
    uid = uuid.uuid4()
    settings.DOCUMENT_MASTER_KEYS = OLD
    key, wrapped = new_data_key(uid)
    settings.DOCUMENT_MASTER_KEYS = f"2:{NEW},1:{OLD}"
    assert unwrap(wrapped, uid) == key
    assert new_data_key(uid)[1].master_key_id == "2"
    settings.DOCUMENT_MASTER_KEYS = f"2:{NEW}"
    with pytest.raises(DocumentDamaged, match="No master key"):
        unwrap(wrapped, uid)


def test_a_key_opens_only_for_its_document_and_unaltered():
    uid = uuid.uuid4()
    _key, wrapped = new_data_key(uid)
    with pytest.raises(DocumentDamaged):
        unwrap(wrapped, uuid.uuid4())
    with pytest.raises(DocumentDamaged):
        unwrap(WrappedKey(wrapped.sealed[:-1] + bytes([wrapped.sealed[-1] ^ 1]), wrapped.master_key_id), uid)
    with pytest.raises(DocumentDamaged):
        unwrap(WrappedKey(b"", wrapped.master_key_id), uid)


def test_a_key_does_not_show_in_a_message():
    _key, wrapped = new_data_key(uuid.uuid4())
    assert wrapped.sealed.hex() not in repr(wrapped)
    assert "sealed" not in repr(wrapped)


def test_production_needs_a_scanner(settings):
    assert check_scanner(None) == []
    settings.PRODUCTION = True
    assert [error.id for error in check_scanner(None)] == ["documents.E002"]
    settings.CLAMD_ADDRESS = "unix:/run/clamav/clamd.ctl"
    assert check_scanner(None) == []


def test_keys_and_handlers_are_checked(settings):
    assert check_keys(None) == [] == check_uploads(None)
    settings.DOCUMENT_MASTER_KEYS = "not a key"
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    assert [error.id for error in check_keys(None) + check_uploads(None)] == ["documents.E001", "documents.E003"]
