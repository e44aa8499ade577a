"""Log lines without secrets: one-time tokens of mailed links are masked before anything is written."""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

# A part of a path that is long enough to be a token. Ids of drafts and files (UUIDs) are no secrets and stay.
_TOKEN = re.compile(
    r"(?<=/)(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=[/?\s\"]|$))[A-Za-z0-9_-]{24,}(?=[/?\s\"]|$)"
    # What single sign-on brings back: good once, and only here, but nobody's business.
    r"|(?<=[?&]code=)[^&\s\"]+|(?<=[?&]state=)[^&\s\"]+"
)


def masked(text: str) -> str:
    """Return the text with every token in a path replaced by an ellipsis."""
    return _TOKEN.sub("…", text)


class MaskTokens(logging.Filter):
    """Masks tokens in the message and the arguments of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        record.msg = masked(record.msg) if isinstance(record.msg, str) else record.msg
        if isinstance(record.args, tuple):
            record.args = tuple(masked(a) if isinstance(a, str) else a for a in record.args)
        return True


class AccessLogger(Logger):  # type: ignore[misc]  # the library has no types
    """Gunicorn's logger, whose access lines carry no tokens."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Mask the parts of a line that hold the path or where a person came from."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {key: masked(value) if isinstance(value, str) else value for key, value in found.items()}
