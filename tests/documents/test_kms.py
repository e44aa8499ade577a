"""A key service: Vault's Transit protocol over real HTTP, with everything that goes wrong on such a line."""

import logging
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.documents import kms
from foundation.documents import services as documents
from foundation.documents.checks import check_keys
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, KeyServiceUnavailable
from foundation.documents.keys import WrappedKey, newest_key_id, unwrap, wrap
from foundation.documents.models import Document
from tests.documents.vault_server import TOKEN, transit_server

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = secrets.token_bytes(32)


@pytest.fixture
def transit(settings, tmp_path, monkeypatch):
    with transit_server() as server:
        (tmp_path / "token").write_text(f"{TOKEN}\n")
        settings.DOCUMENT_KMS = "foundation.documents.kms.VaultTransit"
        settings.VAULT_ADDR, settings.VAULT_TOKEN_FILE = server.address, str(tmp_path / "token")
        settings.VAULT_TRANSIT_KEY = "lers-documents"
        monkeypatch.setattr(kms, "RESTS", (0.01, 0.01))
        monkeypatch.setattr(kms, "TIMEOUT", (1.0, 0.3))
        yield server


def test_a_key_goes_there_and_back_and_nothing_is_kept(transit):
    uid = uuid.uuid4()
    wrapped = wrap(KEY, uid)
    assert (wrapped.master_key_id, wrapped.sealed[:9]) == ("kms:lers-documents:1", b"vault:v1:")
    assert KEY not in wrapped.sealed
    assert unwrap(wrapped, uid) == unwrap(wrapped, uid) == KEY
    assert transit.asked == ["/v1/transit/encrypt/lers-documents"] + ["/v1/transit/decrypt/lers-documents"] * 2


@pytest.mark.parametrize("ignores_context", [False, True])
def test_a_key_opens_only_for_its_document(transit, ignores_context):
    transit.ignores_context = ignores_context
    wrapped = wrap(KEY, uuid.uuid4())
    with pytest.raises(DocumentDamaged):
        unwrap(wrapped, uuid.uuid4())


def test_after_a_rotation_there_old_keys_open_until_they_are_forbidden(transit):
    uid = uuid.uuid4()
    old = wrap(KEY, uid)
    transit.rotate()
    assert newest_key_id() == wrap(KEY, uid).master_key_id == "kms:lers-documents:2"
    assert unwrap(old, uid) == KEY
    transit.oldest = 2
    with pytest.raises(DocumentDamaged):
        unwrap(old, uid)


def test_what_the_settings_key_sealed_opens_beside_the_service(transit, settings):
    uid = uuid.uuid4()
    settings.DOCUMENT_KMS = ""
    settings.DOCUMENT_MASTER_KEYS = f"old:{'ab' * 32}"
    before = wrap(KEY, uid)
    settings.DOCUMENT_KMS = "foundation.documents.kms.VaultTransit"
    assert unwrap(before, uid) == KEY
    assert wrap(KEY, uid).master_key_id.startswith("kms:")
    settings.DOCUMENT_MASTER_KEYS = ""
    with pytest.raises(DocumentDamaged, match="'old'"):
        unwrap(before, uid)


@pytest.mark.parametrize("faults", [["cut"], [503], ["cut", 500], [429], ["silent"], [502, "silent"]])
def test_a_fault_that_passes_is_tried_again(transit, faults):
    transit.faults = list(faults)
    uid = uuid.uuid4()
    assert unwrap(wrap(KEY, uid), uid) == KEY


@pytest.mark.parametrize(("faults", "tries"), [([503] * 9, 3), (["cut"] * 9, 3), ([403], 1), ([404], 1)])
def test_a_fault_that_stays_is_a_sentence(transit, faults, tries, caplog):
    transit.faults = list(faults)
    with pytest.raises(KeyServiceUnavailable, match=r"Nothing that was stored is lost\. Try again"):
        wrap(KEY, uuid.uuid4())
    assert len(transit.asked) == tries
    assert "Key service: Vault" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("fault", ["nonsense", "elsewhere"])
def test_an_answer_that_is_none_is_not_believed_and_a_redirect_not_followed(transit, fault):
    transit.faults = [fault] * 3
    with pytest.raises(KeyServiceUnavailable):
        wrap(KEY, uuid.uuid4())


def test_nobody_there_is_said_too(transit, settings):
    settings.VAULT_ADDR = "http://127.0.0.1:9"
    with pytest.raises(KeyServiceUnavailable):
        wrap(KEY, uuid.uuid4())


def test_the_token_is_read_anew_and_the_namespace_sent(transit, settings, tmp_path):
    settings.VAULT_NAMESPACE = transit.namespace = "police/eu"
    (tmp_path / "token").write_text("s.expired")
    with pytest.raises(KeyServiceUnavailable):
        wrap(KEY, uuid.uuid4())
    (tmp_path / "token").write_text(TOKEN)
    wrap(KEY, uuid.uuid4())
    (tmp_path / "token").unlink()
    with pytest.raises(KeyServiceUnavailable):
        wrap(KEY, uuid.uuid4())


def test_a_key_of_another_name_is_not_sent_there(transit, settings):
    wrapped = wrap(KEY, uid := uuid.uuid4())
    settings.VAULT_TRANSIT_KEY = "another"
    asked = len(transit.asked)
    with pytest.raises(DocumentDamaged, match="another key service"):
        unwrap(wrapped, uid)
    assert len(transit.asked) == asked


def test_a_worker_waits_for_the_service_and_loses_nothing(transit, receive, clamd, vault):
    document = receive(at=NOW)
    transit.faults = [503] * 3
    waiting = documents.process(document, at=NOW)
    assert (waiting.state, waiting.last_error[:7]) == (DocumentState.PENDING, "What is")
    assert waiting.due_at > NOW
    done = documents.process(waiting, at=NOW + timedelta(minutes=1))
    assert done.state == DocumentState.CLEAN
    assert done.previewed_at


def test_a_file_that_comes_while_the_service_is_silent_is_refused_and_leaves_nothing(transit, receive, vault):
    transit.faults = [503] * 3
    with pytest.raises(KeyServiceUnavailable):
        receive(at=NOW)
    assert not Document.objects.exists()
    assert not [path for path in vault.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VAULT_ADDR", "", "VAULT_ADDR"),
        ("VAULT_TOKEN_FILE", "", "VAULT_TOKEN"),
        ("VAULT_TRANSIT_KEY", "a/../b", "VAULT_TRANSIT_KEY"),
        ("DOCUMENT_KMS", "nowhere.AtAll", "nowhere.AtAll"),
        ("PRODUCTION", True, "https"),
    ],
)
def test_settings_that_cannot_work_are_found_before_the_start(transit, settings, name, value, words):
    setattr(settings, name, value)
    (found,) = check_keys(None)
    assert words in found.msg
    assert transit.asked == []


def test_a_service_that_names_its_key_too_long_is_refused(settings):
    settings.DOCUMENT_KMS = "tests.documents.test_kms.Wordy"
    with pytest.raises(ImproperlyConfigured, match="36 characters"):
        wrap(KEY, uuid.uuid4())


class Wordy:
    """A service with a long name for its key."""

    def wrap(self, plain, context):
        return plain, "k" * 37

    def unwrap(self, sealed, key_id, context):
        return sealed


def test_nothing_of_a_key_stands_in_a_log_or_a_message(transit, caplog):
    caplog.set_level(logging.DEBUG)
    uid = uuid.uuid4()
    wrapped = wrap(KEY, uid)
    unwrap(wrapped, uid)
    assert KEY.hex() not in caplog.text
    assert TOKEN not in caplog.text
    assert repr(WrappedKey(KEY, "k1")).find("sealed") == -1
