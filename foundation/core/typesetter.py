"""The process that sets paper: HTML on standard input, PDF on standard output. Never imported by the portal.

python -m foundation.core.typesetter < letter.html > letter.pdf

With `--with-files` the first line is JSON, a list of files that go inside: name, size, description, relationship.
Their bytes follow it in that order, and the HTML comes last.
"""

import io
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from foundation.core.enclosures import Enclosure

STATIC = Path(__file__).resolve().parents[2] / "static"
# An address that exists nowhere: what a template names relative to it is a file of ours, and nothing else is read.
BASE = "http://static.invalid/"
# Archival (ISO 19005-3, level A): every letter can be read as text, and files may go inside. It is tagged, too.
VARIANT = "pdf/a-3a"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# ISO 14289-1 wants its mark in the metadata; ISO 19005-3, 6.6.2.3 takes only marks that are described beside it.
_NAMES = {
    "rdf": _RDF,
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
_ACCESSIBLE = f"""<rdf:RDF {" ".join(f'xmlns:{name}="{uri}"' for name, uri in _NAMES.items())}>
<rdf:Description rdf:about="" pdfuaid:part="1"/>
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


class StaticOnly(URLFetcher):  # type: ignore[misc]
    """Gives the portal's own fonts and pictures, and stops the work at any other address."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Read one file under static/."""
        parts = urlsplit(url)
        path = (STATIC / unquote(parts.path).lstrip("/")).resolve()
        if parts.scheme != "http" or parts.netloc != "static.invalid" or not path.is_relative_to(STATIC):
            raise FatalURLFetchingError(f"Not a file of the portal: {url}")
        if not path.is_file():
            raise FatalURLFetchingError(f"There is no file {parts.path}")
        return URLFetcherResponse(url, path.read_bytes())


class _Missing(logging.Handler):
    """Takes down each character that no font on this machine has, as the typesetter warns of it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the character of such a warning; any other warning is none of ours."""
        if record.msg.startswith(".notdef") and isinstance(record.args, tuple):
            self.characters.add(str(record.args[0]))


def write_pdf(html: str, files: Sequence[Enclosure] = ()) -> bytes:
    """Set the page as PDF/A-3a that is PDF/UA-1 as well: tagged, with its language and title, and files inside.

    A character without a glyph stands as its number, as in [U+4E2D]: an empty box says nothing, and both standards
    forbid it. Which ones those are shows only when the page is set, so such a page is set twice.
    """
    missing = _Missing()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(missing)
    pdf = _set(html, files)
    if missing.characters:
        pdf = _set(html.translate({ord(one): f"[U+{ord(one):04X}]" for one in missing.characters}), files)
    logger.removeHandler(missing)
    return pdf


def _set(html: str, files: Sequence[Enclosure]) -> bytes:
    fonts = FontConfiguration()
    document = HTML(string=html, base_url=BASE, url_fetcher=StaticOnly()).render(font_config=fonts)
    document.metadata.generate_rdf_metadata = _marked(document.metadata.generate_rdf_metadata)
    document.metadata.attachments += [_attached(one) for one in files]
    written: bytes = document.write_pdf(pdf_variant=VARIANT)
    return written


def _marked(plain: Callable[..., bytes]) -> Callable[..., bytes]:
    """Have the metadata say, beside what they say of themselves, that the file is PDF/UA-1."""

    def generate(*given: Any) -> bytes:
        for name, uri in _NAMES.items():
            register_namespace(name, uri)
        found: Element = fromstring(plain(*given))  # noqa: S314 - what the line above wrote
        found.extend(fromstring(_ACCESSIBLE))  # noqa: S314 - written above
        written: bytes = tostring(found, encoding="utf-8")
        return written

    return generate


def _attached(file: Enclosure) -> Attachment:
    now = datetime.now(UTC)
    return Attachment(
        file_obj=io.BytesIO(file.content),
        name=file.name,
        description=file.description,
        relationship=file.relationship,
        created=now,
        modified=now,
    )


def read_files(source: IO[bytes]) -> list[Enclosure]:
    """Read the list of files in the first line, and their bytes."""
    return [
        Enclosure(one["name"], source.read(one["size"]), one["description"], one["relationship"])
        for one in json.loads(source.readline())
    ]


if __name__ == "__main__":
    inside = read_files(sys.stdin.buffer) if "--with-files" in sys.argv else []
    sys.stdout.buffer.write(write_pdf(sys.stdin.buffer.read().decode(), inside))
