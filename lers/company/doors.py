"""Who may come in: calls signed with a key that is in force, each of them once."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from foundation.providers.connectors.http import signing
from foundation.providers.connectors.http.wire import ErrorCode
from lers.company.books import Books
from lers.company.errors import Refused


class Doors:
    """The keys of a company, read from a file that can be changed while it runs: {"key id": "secret", …}."""

    def __init__(self, keys: Path, books: Books) -> None:
        """`keys`: its owner alone may read it."""
        self._keys, self._books = keys, books

    def believed(self, headers: signing.Headers, *, path: str, body: bytes) -> tuple[signing.Call, str]:
        """Return the call and the secret that its answer is signed with. Raises Refused."""
        keys = self._in_force()
        try:
            call = signing.checked_call(headers, method="POST", path=path, body=body, secret_of=keys.get)
        except signing.BadSignature as error:
            raise Refused(ErrorCode.BAD_SIGNATURE, str(error)) from error
        return call, keys[headers.get(signing.KEY) or ""]

    def once(self, call: signing.Call) -> None:
        """Raise Refused where a call with this id came before."""
        if not self._books.is_new(call.id, time.time(), seconds=signing.REMEMBERED):
            raise Refused(ErrorCode.BAD_SIGNATURE, f"A call with this {signing.ID} was answered before.")

    def _in_force(self) -> Mapping[str, str]:
        found: Mapping[str, str] = json.loads(self._keys.read_text())
        return found
