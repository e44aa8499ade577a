"""The sanitised copy in the storage, encrypted under the key of the document it was made of."""

from collections.abc import Iterator
from contextlib import contextmanager

from foundation.documents.frames import DecryptingReader, EncryptingWriter
from foundation.documents.models import SanitisedCopy
from foundation.documents.storage import document_storage


@contextmanager
def write_copy(copy: SanitisedCopy) -> Iterator[EncryptingWriter]:
    """Give a writer for the copy; what breaks leaves a file without its end, which nobody can open."""
    with document_storage().open(copy.storage_name, "wb") as blob:
        writer = EncryptingWriter(blob, copy.document.open_key(), copy.binding)
        yield writer
        writer.finish()


def open_copy(copy: SanitisedCopy) -> DecryptingReader:
    """Return the copy as a seekable file; every part is authenticated before it is given out."""
    blob = document_storage().open(copy.storage_name, "rb")
    try:
        return DecryptingReader(blob, copy.document.open_key(), copy.binding, size=copy.size)
    except BaseException:
        blob.close()
        raise
