import hashlib

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse

from foundation.audit import context
from foundation.audit.middleware import AuditContextMiddleware, client_ip
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record

PROXY = ("HTTP_X_FORWARDED_PROTO", "https")


def serve(request, view):
    return AuditContextMiddleware(view)(request)


def test_entries_of_a_request_carry_its_origin(db, rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = None
    request = rf.get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="10.0.0.1", HTTP_X_REQUEST_ID="forged")
    request.session = SessionStore()
    request.session.create()

    def view(request):
        record("a.b", by=None)
        return HttpResponse()

    response = serve(request, view)
    event = AuditEvent.objects.get()
    assert event.ip == "192.0.2.7"
    assert event.session == hashlib.sha256(request.session.session_key.encode()).hexdigest()
    assert event.request_id == response["X-Request-ID"]
    assert len(event.request_id) == 32
    assert context.current() == context.Origin()


@pytest.mark.parametrize("broken_off", [False, True])
def test_what_a_stream_says_at_its_end_carries_the_origin_too(db, rf, broken_off):
    def chunks():
        try:
            yield b"one"
            yield b"two"
        finally:
            record("sent", by=None)

    response = serve(rf.get("/", REMOTE_ADDR="192.0.2.7"), lambda request: StreamingHttpResponse(chunks()))
    if broken_off:
        next(iter(response.streaming_content))
        request_finished.disconnect(close_old_connections)  # or this test's own connection would be closed
        try:
            response.close()
        finally:
            request_finished.connect(close_old_connections)
    else:
        assert b"".join(response) == b"onetwo"
    event = AuditEvent.objects.get(action="sent")
    assert (event.ip, event.request_id) == ("192.0.2.7", response["X-Request-ID"])
    assert context.current() == context.Origin()


def test_session_is_the_one_at_the_time_of_the_entry(db, rf):
    request = rf.get("/")
    request.session = SessionStore()

    def view(request):
        record("before", by=None)
        request.session.create()
        record("after", by=None)
        return HttpResponse()

    serve(request, view)
    before, after = AuditEvent.objects.order_by("id")
    assert before.session == ""
    assert after.session == hashlib.sha256(request.session.session_key.encode()).hexdigest()


def test_origin_is_gone_after_a_failure(rf):
    def view(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        serve(rf.get("/"), view)
    assert context.current() == context.Origin()


@pytest.mark.parametrize(
    ("proxy", "remote", "forwarded", "ip"),
    [
        (None, "192.0.2.7", "198.51.100.1", "192.0.2.7"),
        (PROXY, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (PROXY, "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (PROXY, "", "1.1.1.1,2001:db8::1", "2001:db8::1"),
        (PROXY, "10.0.0.1", "", "10.0.0.1"),
        (PROXY, "10.0.0.1", "'; DROP TABLE", ""),
        (None, "", "198.51.100.1", ""),
    ],
)
def test_address_is_only_believed_from_our_proxy(rf, settings, proxy, remote, forwarded, ip):
    settings.SECURE_PROXY_SSL_HEADER = proxy
    assert client_ip(rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)) == ip
