"""HEAD and OPTIONS, the same for every view that says whom it is for (accounts.access)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

V = TypeVar("V", bound=Callable[..., Any])

_ONLY_LOOKS = "_only_looks"
_CLOSERS = "_resource_closers"  # where Django keeps what a response still has open
_MESSAGES = "_messages"  # where django.contrib.messages keeps them


def answering(view: V, *, probe: bool = False) -> V:
    """Let a view answer HEAD as it answers GET, without a trace of it, and OPTIONS without being run.

    probe: the view changes nothing and must answer without a database, so nothing is opened to be undone.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "HEAD" and not probe:
            return _head(view, request, *args, **kwargs)
        response: HttpResponseBase = view(request, *args, **kwargs)
        return _methods(request, response) if response.status_code == 405 else response

    return cast("V", answer)


def only_looks(request: HttpRequest) -> bool:
    """Say whether a view runs for HEAD: what leaves this machine cannot be undone and must not happen then."""
    return getattr(request, _ONLY_LOOKS, False)


def _head(view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Answer as GET would (RFC 9110, 9.3.2); rows, session and messages are afterwards as they were."""
    request.method = "GET"
    setattr(request, _ONLY_LOOKS, True)
    try:
        with _own_session_and_messages(request), transaction.atomic():
            response: HttpResponseBase = view(request, *args, **kwargs)
            transaction.set_rollback(True)
    finally:
        request.method = "HEAD"
    return _unread(response) if response.streaming else _methods(request, response)


@contextmanager
def _own_session_and_messages(request: HttpRequest) -> Iterator[None]:
    """Let a view read both and change copies."""
    session, messages = request.session, getattr(request, _MESSAGES, None)
    request.session = type(session)(session.session_key)
    setattr(request, _MESSAGES, default_storage(request))
    try:
        yield
    finally:
        request.session = session
        setattr(request, _MESSAGES, messages)


def _unread(response: HttpResponseBase) -> HttpResponse:
    """Return the same head without reading the file behind it."""
    for close in getattr(response, _CLOSERS, []):
        close()
    plain = HttpResponse(status=response.status_code, headers=dict(response.items()))
    plain.cookies = response.cookies
    return plain


def _methods(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Name every method in a refusal; OPTIONS asked for just that, and the view's own rule refused it unread."""
    if response.status_code != 405:
        return response
    named = [name.strip() for name in response.headers.get("Allow", "").split(",") if name.strip()]
    known = dict.fromkeys([*named, *(["HEAD"] if "GET" in named else []), "OPTIONS"])
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
    response.headers["Allow"] = ", ".join(known)
    return response
