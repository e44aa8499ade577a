"""How the company says no."""

from foundation.providers.connectors.http.wire import STATUS_OF, ErrorCode


class Refused(Exception):
    """An answer that is an error: a word for programs, a sentence for people that names nobody."""

    def __init__(self, code: ErrorCode, message: str, *, status: int = 0, retry_after: int = 0) -> None:
        """`retry_after`: seconds after which asking again makes sense."""
        super().__init__(message)
        self.code, self.message, self.retry_after = code, message, retry_after
        self.status = status or STATUS_OF[code]
