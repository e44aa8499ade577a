"""What other apps may do with files."""

from foundation.documents.about import about
from foundation.documents.services.health import health, scanner_state
from foundation.documents.services.intake import receive, write_generated
from foundation.documents.services.leases import claim
from foundation.documents.services.pipeline import process, remove_abandoned, sweep
from foundation.documents.services.previewing import want_pages
from foundation.documents.services.purging import purge
from foundation.documents.services.reading import (
    find_words,
    findings,
    fold,
    is_usable,
    marks,
    open_plain,
    page_image,
    page_text,
    page_texts,
    pages,
    pages_note,
    pieces,
    require_clean,
    require_kind,
    sanitised,
    watermarked_page,
)
from foundation.documents.services.rescanning import ready_to_download
from foundation.documents.services.serving import serve, serve_copy, serve_page

__all__ = [
    "about",
    "claim",
    "find_words",
    "findings",
    "fold",
    "health",
    "is_usable",
    "marks",
    "open_plain",
    "page_image",
    "page_text",
    "page_texts",
    "pages",
    "pages_note",
    "pieces",
    "process",
    "purge",
    "ready_to_download",
    "receive",
    "remove_abandoned",
    "require_clean",
    "require_kind",
    "sanitised",
    "scanner_state",
    "serve",
    "serve_copy",
    "serve_page",
    "sweep",
    "want_pages",
    "watermarked_page",
    "write_generated",
]
