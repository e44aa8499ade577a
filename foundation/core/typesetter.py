"""The process that sets paper: HTML on standard input, PDF on standard output. Never imported by the portal.

python -m foundation.core.typesetter < letter.html > letter.pdf
"""

import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STATIC = Path(__file__).resolve().parents[2] / "static"
# An address that exists nowhere: what a template names relative to it is a file of ours, and nothing else is read.
BASE = "http://static.invalid/"


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


def write_pdf(html: str) -> bytes:
    """Set the page as PDF/UA-1: tagged, with its language and title."""
    document = HTML(string=html, base_url=BASE, url_fetcher=StaticOnly())
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", font_config=FontConfiguration())
    return pdf


if __name__ == "__main__":
    sys.stdout.buffer.write(write_pdf(sys.stdin.buffer.read().decode()))
