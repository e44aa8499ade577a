"""A file as an HTTP answer: whole or in part, as an attachment, kept by nobody on the way."""

import re
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from foundation.documents.copies import open_copy
from foundation.documents.frames import FRAME, DecryptingReader
from foundation.documents.models import Document, SanitisedCopy
from foundation.documents.services.reading import open_plain, page_image, require_clean, watermarked_page

Response = TypeVar("Response", bound=HttpResponseBase)
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_SEVERAL = re.compile(r"bytes=([0-9]{0,18}-[0-9]{0,18}\s*,\s*)+[0-9]{0,18}-[0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from start up to, but not including, stop."""

    start: int
    stop: int


class UnsatisfiableError(Exception):
    """The range begins behind the end of the file, or there are several."""


def serve(
    document: Document,
    *,
    filename: str = "",
    as_attachment: bool = True,
    range_header: str | None = None,
    if_range: str | None = None,
    if_none_match: str | None = None,
    tail: bytes = b"",
    etag: str = "",
) -> HttpResponseBase:
    """Answer with the file: 200, 206 for one range, 304 or 416; raises DocumentRefused when it may not be shown.

    The name is neutral unless filename gives another. Only files that the portal made itself are ever shown inline.
    `tail` stands in place of the last bytes of the file, as many as it has; `etag` then names these bytes.
    """
    require_clean(document)
    size, etag = document.size or 0, f'"{etag or document.sha256}"'
    response: HttpResponseBase
    if if_none_match is not None and etag in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]:
        return _private(HttpResponse(status=304), etag)
    try:
        span = parse_range(range_header, size) if if_range in (None, "", etag) else None
    except UnsatisfiableError:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return _private(response, etag)
    whole = Span(0, size)
    response = StreamingHttpResponse(
        _Stream(open_plain(document), span or whole, tail),
        content_type=document.media_type,
        status=206 if span else 200,
    )
    if span:
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    response["Content-Length"] = str((span or whole).stop - (span or whole).start)
    response["Accept-Ranges"] = "bytes"
    name = filename or neutral_name(document)
    attached = as_attachment or not document.generated
    response["Content-Disposition"] = content_disposition_header(attached, name) or "attachment"
    return _private(response, etag)


def serve_page(document: Document, number: int, *, watermark: str = "") -> HttpResponse:
    """Answer with the picture of a page, with the watermark over it where one is given."""
    png = watermarked_page(document, number, watermark) if watermark else page_image(document, number)
    response = HttpResponse(png, content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="page-{number}.png"'
    return _private(response)


def serve_copy(copy: SanitisedCopy) -> HttpResponseBase:
    """Answer with a sanitised copy as an attachment; raises DocumentRefused when its document may not be shown."""
    require_clean(copy.document)
    response = StreamingHttpResponse(
        _Stream(open_copy(copy), Span(0, copy.size)), content_type=copy.document.media_type
    )
    response["Content-Length"] = str(copy.size)
    name = neutral_name(copy.document).replace(".", "-copy.")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return _private(response, f'"{copy.sha256}"')


def neutral_name(document: Document) -> str:
    """Return a name that says nothing about the case."""
    return f"{document.purpose or 'document'}-{document.uid.hex[:8]}.{document.ending}"


def parse_range(header: str | None, size: int) -> Span | None:
    """Return the one range that is asked for, or None for the whole file (RFC 9110, 14.2: what is not understood).

    Several ranges are refused (RFC 9110, 15.5.17), and not answered with all of a file that may have gigabytes.
    """
    if header and _SEVERAL.fullmatch(header.strip()):
        raise UnsatisfiableError
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise UnsatisfiableError
        return Span(size - length, size)
    start, stop = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableError
    return Span(start, stop)


class _Stream:
    """The bytes of a span. It is open before the answer begins: what does not open is an error page, not a stump."""

    def __init__(self, reader: DecryptingReader, span: Span, tail: bytes = b"") -> None:
        self._reader, self._span, self._tail = reader, span, tail
        weakref.finalize(self, reader.close)  # an answer that nobody closes holds no file for ever

    def __iter__(self) -> Iterator[bytes]:
        body = self._reader.size - len(self._tail)
        self._reader.seek(min(self._span.start, body))
        while (left := min(self._span.stop, body) - self._reader.tell()) > 0:
            chunk = self._reader.read1(min(left, FRAME))
            if not chunk:
                return
            yield chunk
        if self._span.stop > body:
            yield self._tail[max(self._span.start - body, 0) : self._span.stop - body]
        self.close()

    def close(self) -> None:
        """Let go of the stored file; Django calls it, also where nobody reads the answer."""
        self._reader.close()


def _private(response: Response, etag: str = "") -> Response:
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if etag:
        response["ETag"] = etag
    return response
