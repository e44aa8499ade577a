"""A file of identifiers for a hold: read at once, row by row, and not kept. A hold takes no more rows than a list."""

from typing import IO, Any, cast

from foundation.core.errors import Incomplete
from foundation.core.identifier_files import read_rows
from foundation.core.identifiers import Identifier
from foundation.documents import services as documents
from foundation.documents.vault import discard
from preservation.services.drafts import MAX_IDENTIFIERS

# So many rows need less than a tenth of it.
LARGEST = 2 * 1024 * 1024


def read_upload(upload: Any) -> list[tuple[int, Identifier]]:
    """Return every row that is not blank, with its number, as it is understood; the file is deleted afterwards.

    upload: a StagedUpload. Formulas are never evaluated. Raises BadFile where it is no table, TooLarge where it has
    more rows than a hold takes, Incomplete where it is large for so few rows or has none.
    """
    document = upload.document
    try:
        if upload.size > LARGEST:
            raise Incomplete(f"A table of {MAX_IDENTIFIERS} rows is smaller. Save only the identifiers as CSV.")
        with documents.open_plain(document) as content:
            rows = read_rows(cast("IO[bytes]", content), filename=upload.name or "", limit=MAX_IDENTIFIERS)
            found = [(number, item) for number, item, _role, _note in rows]
    finally:
        discard(document)
    if not found:
        raise Incomplete("There are no identifiers in this file. Put one on each line.")
    return found
