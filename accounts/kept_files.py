"""Files of a form that was interrupted: they have arrived already, so the kept form only holds their numbers.

Whoever's files they are finds them in the list of the field again (foundation.documents.formfields), for a day.
"""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string

from foundation.documents.formfields import SENT, is_whole, sent_by

_ROW = "_components/form/upload_row.html"


def add_uids(request: HttpRequest, values: QueryDict) -> None:
    """Put the numbers of the files that came with this form beside those that came before it."""
    for name, uploads in request.FILES.lists():
        for upload in uploads:
            if document := getattr(upload, "document", None):
                values.appendlist(f"{name}{SENT}", str(document.uid))


def lost(request: HttpRequest) -> list[str]:
    """Return the names of the files that came along and could not be taken."""
    files: list[Any] = [file for _name, given in request.FILES.lists() for file in given]
    return [
        str(file.name)
        for file in files
        if isinstance(file, UploadedFile) and file.name and getattr(file, "document", None) is None
    ]


def drawn(values: Sequence[tuple[str, str]], *, user: Any) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return what was typed without the numbers of files, and the rows that show these files, by field."""
    uids: dict[str, list[str]] = {}
    for name, value in values:
        if name.endswith(SENT):
            uids.setdefault(name, []).append(value)
    typed = [(name, value) for name, value in values if name not in uids]
    return typed, {name: _rows(name, given, user) for name, given in uids.items()}


def _rows(name: str, uids: Sequence[str], user: Any) -> str:
    found = [document for document in sent_by(user, uids) if is_whole(document)]
    return "".join(render_to_string(_ROW, {"document": document, "field": name}) for document in found)
