"""Files and lists of identifiers for the tests of a draft's targets."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.documents.enums import DocumentState
from foundation.documents.models import Document


def csv_upload(text: str, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def xlsx_upload(rows: list[tuple], name: str = "list.xlsx") -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(name, content.getvalue())


def found_clean(document: Document, state: str = DocumentState.CLEAN, **changes) -> None:
    """What the worker and the scanner would do."""
    values = {"state": state, "scanned_at": timezone.now(), "scanner": "test", "due_at": None, "claimed_until": None}
    Document.objects.filter(pk=document.pk).update(**(values | changes))


def uids(first: int, count: int) -> list[str]:
    return [str(70_000_000 + number) for number in range(first, first + count)]
