"""Storage against rows: rubbish is found and removed when it is old enough, and a missing file is said."""

import os
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.documents.services import inventory
from foundation.documents.storage import document_storage, new_storage_name
from foundation.documents.vault import begin
from tests.documents.files import make_pdf

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def check(*words: str) -> str:
    out = StringIO()
    call_command("check_storage", *words, stdout=out)
    return out.getvalue()


def put(vault, name: str, *, days: float) -> str:
    path = vault / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    changed = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (changed, changed))
    return name


def make_old(vault) -> None:
    """Let everything stored be two days old."""
    for path in vault.rglob("*"):
        if path.is_file():
            put(vault, path.relative_to(vault).as_posix(), days=2)


@pytest.mark.usefixtures("clamd")
def test_what_belongs_to_a_row_stays(receive, vault):
    documents.process(receive(make_pdf(pages=2), at=NOW), at=NOW)
    begin(filename="half.pdf", purpose="staged", at=NOW)
    make_old(vault)
    there = sum(path.is_file() for path in vault.rglob("*"))
    assert there >= 3
    assert check("--remove") == f"{there} stored files, 0 without a row, 0 too young.\n0 removed.\n"


def test_rubbish_is_named_then_removed_when_it_is_a_day_old(vault):
    old, young, odd = new_storage_name(), new_storage_name(), "left/by/hand.txt"
    put(vault, old, days=2)
    put(vault, young, days=0.5)
    put(vault, odd, days=3)
    put(vault, f"{old}.tail-3", days=2)
    said = check()
    assert "4 stored files, 3 without a row, 1 too young." in said
    assert f"without a row: {old}\n" in said
    assert (vault / old).exists()
    assert "3 removed." in check("--remove")
    assert [path.relative_to(vault).as_posix() for path in vault.rglob("*") if path.is_file()] == [young]


def test_a_row_that_comes_meanwhile_saves_its_file(vault, monkeypatch):
    name = put(vault, new_storage_name(), days=2)
    real = inventory._missing

    def row_comes(at):
        document = begin(filename="a.pdf", purpose="order", at=NOW)
        Document.objects.filter(pk=document.pk).update(storage_name=name)
        return real(at)

    monkeypatch.setattr(inventory, "_missing", row_comes)
    inventory.take_inventory(remove=True)
    assert (vault / name).exists()


@pytest.mark.usefixtures("clamd")
def test_a_missing_file_is_said_and_fails(receive, vault):
    kept, lost, purged = (receive(make_pdf(), at=NOW) for _ in range(3))
    document_storage().delete(lost.storage_name)
    documents.purge(purged, by=None, at=NOW)
    documents.sweep(at=NOW)
    with pytest.raises(CommandError, match=rf"of 1 rows is missing:\ndocuments.Document {lost.pk}$"):
        check()
    assert document_storage().exists(kept.storage_name)


def test_every_model_that_names_a_stored_file_is_looked_at():
    labels = {model._meta.label for model in inventory.named_models()}
    assert {"documents.Document", "documents.DocumentPage", "documents.SanitisedCopy"} <= labels
