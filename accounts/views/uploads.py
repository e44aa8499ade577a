"""Uploads in pieces: tus 1.0 (https://tus.io/protocols/resumable-upload), core, creation, termination, expiration.

What arrives is a staged file of whoever sent it; a form that names it takes it. The sentence of a refusal is the body
of its answer, for the script of the page to show.
"""

from base64 import b64decode
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.http import http_date

from accounts.access import Audience, access, signed_in
from accounts.uploads import ADDS_NOTHING, limit_of
from foundation.core.errors import PortalError
from foundation.documents.errors import (
    FilesUnavailable,
    TooManyWaiting,
    TooMuchSent,
    UploadBusy,
    UploadMissing,
    WrongOffset,
)
from foundation.documents.models import Document
from foundation.documents.services import resumable
from foundation.documents.uploads import mark_of

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
_STATUS: tuple[tuple[type[PortalError], int], ...] = (
    (UploadMissing, 404),
    (WrongOffset, 409),
    (TooMuchSent, 413),
    (UploadBusy, 423),
    (TooManyWaiting, 429),
    (FilesUnavailable, 503),
)
_REFUSED = 422

View = Callable[..., HttpResponse]


def speaks_tus(view: View) -> View:
    """Answer for a view what the protocol asks of every address, and turn refusals into answers."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response.headers["Tus-Extension"] = "creation,termination,expiration"
            response.headers["Tus-Max-Size"] = str(limit_of(request))
        else:
            try:
                response = view(request, *args, **kwargs)
            except PortalError as refusal:
                response = _said(next((s for kind, s in _STATUS if isinstance(refusal, kind)), _REFUSED), str(refusal))
        response.headers["Tus-Resumable"] = response.headers["Tus-Version"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


@access(Audience.VERIFIED)
@speaks_tus
def uploads(request: HttpRequest) -> HttpResponse:
    """Begin a file: its length and its name are known, and what will not be taken is refused before a byte came.

    GET is for a page that is older than the session: who is signed in now, and the token of this session. Only pages
    of this site can read the answer.
    """
    if request.method == "GET":
        return JsonResponse({"person": mark_of(signed_in(request)), "token": get_token(request)})
    if request.method != "POST":
        return _not_allowed("GET, POST, OPTIONS")
    if not _speaks(request):
        return _other_version()
    length, name = _number(request, "Upload-Length"), _filename(request)
    if length is None or not name:
        return _said(400, "Send Upload-Length and the filename in Upload-Metadata.")
    limit = limit_of(request)
    if not limit:
        return _said(403, ADDS_NOTHING)
    try:
        upload = resumable.create(filename=name, length=length, by=signed_in(request), limit=limit)
    except PortalError as refusal:
        if length <= limit:
            raise
        return _said(413, str(refusal))
    response = HttpResponse(status=201)
    response.headers["Location"] = reverse("accounts:upload", args=[upload.document.uid])
    return _with_end(response, upload.document)


@access(Audience.VERIFIED)
@speaks_tus
def upload(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say how far a file has come (HEAD, GET), take a piece of it (PATCH), or remove it (DELETE)."""
    document = resumable.find(uid, by=signed_in(request))
    if request.method == "GET":
        return _status(document)
    if request.method not in {"PATCH", "DELETE"}:
        return _not_allowed("GET, PATCH, DELETE, OPTIONS")
    if not _speaks(request):
        return _other_version()
    if request.method == "PATCH":
        return _piece(request, uid)
    resumable.give_up(uid, by=signed_in(request))
    return HttpResponse(status=204)


def _piece(request: HttpRequest, uid: UUID) -> HttpResponse:
    if request.content_type != PIECE:
        return _said(415, f"Send a piece as {PIECE}.")
    offset, announced = _number(request, "Upload-Offset"), _number(request, "Content-Length")
    if announced is None:
        return _said(411, "Send the Content-Length of the piece.")
    if offset is None:
        return _said(400, "Send the Upload-Offset of the piece.")
    _hear_silence(request)
    taken = resumable.take(uid, by=signed_in(request), offset=offset, announced=announced, source=request)
    response = HttpResponse(status=204)
    response.headers["Upload-Offset"] = str(taken.offset)
    return _with_end(response, taken.document)


def _status(document: Document) -> HttpResponse:
    """Say how far a file has come; one that arrived with a form is whole."""
    row = getattr(document, "upload", None)
    length, offset = (row.length, row.offset) if row else (document.size, document.size)
    ready = bool(document.sha256)
    state = "ready" if ready else "measuring" if offset == length else "receiving"
    response = JsonResponse({"state": state, "offset": offset, "length": length, "sha256": document.sha256})
    response.headers["Upload-Offset"], response.headers["Upload-Length"] = str(offset), str(length)
    return _with_end(response, document)


def _with_end(response: HttpResponse, document: Document) -> HttpResponse:
    response.headers["Upload-Expires"] = http_date(resumable.expires_at(document).timestamp())
    return response


def _hear_silence(request: HttpRequest) -> None:
    """Let a line that fell silent count as cut: it would hold a thread, and the row of its file, for ever."""
    line = request.META.get("gunicorn.socket")
    if line is not None:
        line.settimeout(settings.UPLOAD_SILENCE_SECONDS)


def _number(request: HttpRequest, header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _filename(request: HttpRequest) -> str:
    """Return the name in Upload-Metadata: "filename bmFtZS5wZGY=,type …"; empty where it cannot be read."""
    pairs = (pair.strip().partition(" ") for pair in request.headers.get("Upload-Metadata", "").split(","))
    found = next((value for key, _space, value in pairs if key == "filename"), "")
    try:
        return b64decode(found, validate=True).decode()
    except ValueError:
        return ""


def _speaks(request: HttpRequest) -> bool:
    return request.headers.get("Tus-Resumable") == VERSION


def _other_version() -> HttpResponse:
    return _said(412, f"Send the header Tus-Resumable with {VERSION}.")


def _not_allowed(methods: str) -> HttpResponse:
    response = _said(405, "This address takes other methods.")
    response.headers["Allow"] = methods
    return response


def _said(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=status)
