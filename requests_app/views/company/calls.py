"""A call of the company's own systems: let in by its signature, answered in one size and at one beat, and signed."""

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.access import signed
from foundation.providers.connectors.http import signing
from foundation.providers.inbound import LONGEST_BODY, Caller, let_in

logger = logging.getLogger(__name__)

# Longer than the longest answer: who sees the encrypted line cannot tell answers apart by their size.
SIZE = 8192


class Refusal(Exception):
    """Why a call that was let in is not answered, with the status and the code of it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


Answer = Callable[[Caller, bytes], Mapping[str, object]]


def signed_calls(answer: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view of a function from the caller and the body to the answer, which may raise Refusal."""

    @signed
    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        body = request.read(LONGEST_BODY + 1)  # one more than is let in
        try:
            caller = let_in(request.headers, method=request.method or "", path=request.path, body=body)
        except signing.BadSignature as error:
            logger.warning("A call of the company's systems was refused: %s", error)
            return _json(401, _error("bad_signature", str(error)))
        try:
            status, said = 200, answer(caller, body)
        except Refusal as refusal:
            status, said = refusal.status, _error(refusal.code, str(refusal))
        response = _json(status, said)
        for name, value in signing.answer_headers(
            caller.secret, call_id=caller.call_id, status=status, body=response.content
        ).items():
            response.headers[name] = value
        time.sleep(until_beat(time.monotonic() - began, settings.COMPANY_ANSWER_BEAT))
        return response

    return view


def until_beat(taken: float, beat: float) -> float:
    """Return for how long to wait, so that answers leave at whole beats and a few milliseconds more tell nothing."""
    return math.ceil(taken / beat) * beat - taken if beat > 0 else 0.0


def _json(status: int, said: Mapping[str, object]) -> HttpResponse:
    # White space behind a document belongs to JSON.
    content = json.dumps(said, ensure_ascii=False).encode().ljust(SIZE)
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)


def _error(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}
