"""Hooks against a real receiver: what arrives, who may be called, and what becomes of every kind of answer."""

import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications.backoff import tries
from foundation.notifications.hooks import calling, posting, signing
from foundation.notifications.hooks.addresses import AddressRefused, check
from foundation.notifications.hooks.emitting import emit, emit_test
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook, HookAttempt, HookCall, OutboundMessage
from tests.notifications.hook_receiver import Receiver, certificate, signed_by
from tests.notifications.hooking import make_hook
from tests.people import make_staff

# From the tests of the Standard Webhooks reference libraries.
KNOWN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KNOWN = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
REFERENCE = "MX-26-7K4Q9TX"


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


def tell(event: HookEvent = HookEvent.RECEIVED, **changes) -> int:
    values = {"dedupe_key": f"test:{HookCall.objects.count()}", "reference": REFERENCE, "link": "/staff/requests/x/"}
    return emit(event, **(values | changes))


def test_the_signature_is_that_of_the_standard():
    headers = signing.signed_headers(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        secrets_now=[KNOWN_SECRET],
        at=datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers["webhook-signature"] == KNOWN


def test_a_call_carries_event_time_reference_link_and_nothing_else(db, receiver):
    secret = signing.new_secret()
    make_hook(receiver.url, secret=secret)
    make_hook(receiver.url, events=[HookEvent.DECIDED])
    make_hook(receiver.url, active=False)
    at = timezone.now().replace(microsecond=0)
    assert tell(at=at) == 1
    assert calling.sweep(at=at) == 1
    (arrived,) = receiver.calls
    assert arrived.path == "/hook?to=night"
    assert arrived.payload == {
        "type": "request.received",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {"reference": REFERENCE, "link": "https://requests.meridian.example/staff/requests/x/"},
    }
    call = HookCall.objects.get()
    assert call.state == JobState.DONE
    assert arrived.headers["webhook-id"] == str(call.uid)
    assert abs(int(arrived.headers["webhook-timestamp"]) - at.timestamp()) < 2
    assert signed_by(arrived, secret)
    assert not signed_by(arrived, signing.new_secret())
    assert not signed_by(arrived._replace(body=arrived.body.replace(b"received", b"decided")), secret)


def test_the_same_thing_is_told_once(db, receiver):
    make_hook(receiver.url)
    assert tell(dedupe_key="once") == 1
    assert tell(dedupe_key="once") == 0
    assert calling.sweep() == 1
    assert calling.sweep() == 0
    assert len(receiver.calls) == 1


def test_both_secrets_sign_for_a_day_after_a_change(db, receiver):
    old, new = signing.new_secret(), signing.new_secret()
    now = timezone.now()
    until = now + signing.BOTH_SIGN
    make_hook(receiver.url, secret=new, previous_secret_sealed=signing.seal(old), previous_secret_until=until)
    for at in (until - timedelta(seconds=1), until):
        tell(at=at)
        calling.sweep(at=at)
    both, one = receiver.calls
    assert signed_by(both, new)
    assert signed_by(both, old)
    assert signed_by(one, new)
    assert not signed_by(one, old)


def test_a_secret_sealed_under_another_key_waits_for_a_new_one(db, receiver, settings):
    settings.SECRET_KEY_FALLBACKS = []
    make_hook(receiver.url)
    settings.SECRET_KEY = "another" * 10
    tell()
    assert calling.sweep() == 0
    assert receiver.calls == []
    assert "make a new one" in HookAttempt.objects.get().detail


@pytest.mark.parametrize("manner", ["busy", "redirect", "echo"])
def test_whatever_is_not_2xx_is_tried_again_later(db, receiver, manner):
    receiver.manner = manner
    make_hook(receiver.url)
    at = timezone.now()
    tell(at=at)
    assert calling.sweep(at=at) == 0
    assert calling.sweep(at=at + timedelta(seconds=59)) == 0
    assert [call.path for call in receiver.calls] == ["/hook?to=night"]
    receiver.manner = "ok"
    assert calling.sweep(at=at + timedelta(seconds=61)) == 1
    first, second = HookAttempt.objects.order_by("pk")
    said = {
        "busy": (503, 'Service Unavailable: it said "Come back later"'),
        "redirect": (302, "Found: redirects are not followed"),
        "echo": (500, "Internal Server Error"),  # what we sent and got back is not kept
    }
    assert (first.status, first.detail) == said[manner]
    assert (second.status, second.detail) == (204, "")
    ids = {call.headers["webhook-id"] for call in receiver.calls}
    assert ids == {str(HookCall.objects.get().uid)}


def test_a_receiver_that_is_gone_is_switched_off(db, receiver):
    receiver.manner = "gone"
    hook = make_hook(receiver.url)
    make_staff("administrator", is_active=False)
    make_staff("analyst")
    tell()
    calling.sweep()
    hook.refresh_from_db()
    assert not hook.active
    assert hook.gone_at
    assert HookCall.objects.get().state == JobState.GIVEN_UP
    # It was called for emergencies: every administrator who is there learns at once, and nobody else.
    (told,) = OutboundMessage.objects.all()
    assert (told.event, told.to_user, told.urgent, told.kind) == ("hook_off", hook.created_by, True, "security")
    assert f'"{hook.name}"' in told.body_text
    assert "127.0.0.1" not in told.body_text, "addresses of pagers are often secrets"
    actions = AuditEvent.objects.filter(object_label=hook.name).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["hook.changed", "hook.given_up"]
    assert tell() == 0


def test_a_call_is_given_up_after_two_days_with_an_entry_in_the_trail(db, receiver):
    receiver.manner = "busy"
    hook = make_hook(receiver.url)
    tell()
    HookCall.objects.update(attempts=tries(urgent=False) - 1)
    calling.sweep()
    call = HookCall.objects.get()
    assert call.state == JobState.GIVEN_UP
    entry = AuditEvent.objects.get(action="hook.given_up")
    assert entry.object_label == hook.name
    assert REFERENCE.encode() not in bytes(entry.payload)


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_no_receiver_takes_longer_than_it_may(db, receiver, monkeypatch, manner):
    monkeypatch.setattr(calling, "post", partial(posting.post, total=0.3))
    receiver.manner = manner
    hook, other = make_hook(receiver.url), None
    with Receiver() as quick:
        other = make_hook(quick.url)
        for _ in range(3):
            tell()
        assert calling.sweep() == 3
        assert len(quick.calls) == 3
    # One silence speaks for all that wait behind it.
    assert len(receiver.calls) == 1
    details = HookAttempt.objects.filter(call__hook=hook).order_by("pk").values_list("detail", flat=True)
    assert list(details) == ["No answer in time", *["Not tried: the call before this one had no answer"] * 2]
    assert other.calls.filter(state=JobState.DONE).count() == 3


def test_nobody_listening_is_an_answer_too(db, receiver):
    url = receiver.url
    receiver._server.server_close()
    make_hook(url)
    tell()
    assert calling.sweep() == 0
    said = HookAttempt.objects.get().detail.lower()
    assert "refused" in said or "reset" in said, "one that was just connecting is reset"


def test_certificates_are_checked(db, tmp_path, monkeypatch):
    pem = certificate(tmp_path)
    with Receiver(pem=pem) as receiver:
        make_hook(receiver.url)
        at = timezone.now()
        tell(at=at)
        assert calling.sweep(at=at) == 0
        assert "certificate is not valid" in HookAttempt.objects.get().detail
        assert receiver.calls == []
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        posting._tls.cache_clear()
        with contextlib.ExitStack() as after:
            after.callback(posting._tls.cache_clear)
            assert calling.sweep(at=at + timedelta(minutes=2)) == 1
        assert len(receiver.calls) == 1


PRIVATE = [
    "127.0.0.1", "[::1]", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "[fe80::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::1]",
    "224.0.0.1", "168.63.129.16", "240.0.0.1", "198.18.0.1", "[ff02::1]", "[::]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_no_call_goes_into_our_own_network(settings, host):
    settings.PRODUCTION = True
    with pytest.raises(AddressRefused):
        check(f"https://{host}/hook")


def test_what_the_operator_opens_is_open_and_no_more(settings):
    settings.PRODUCTION = True
    settings.HOOKS_ALLOWED_NETWORKS = ["10.20.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fd00::/8", "::/0"]
    assert check("https://10.20.0.5:8443/a?b=c").host_header == "10.20.0.5:8443"
    assert check("https://93.184.216.34").path == "/"
    mapped = ("[::ffff:169.254.169.254]", "[::ffff:127.0.0.1]", "[::ffff:10.21.0.5]")
    for host in ("10.21.0.5", "169.254.169.254", "127.0.0.1", "[fd00:ec2::254]", *mapped):
        with pytest.raises(AddressRefused):
            check(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/", "ftp://93.184.216.34/", "https://", "93.184.216.34", "https://u:p@93.184.216.34/",
        "https://93.184.216.34/#x", "https://93.184.216.34:0/", "https://93.184.216.34:99999/", "https://a b/",
        "https://pagér.example/", "https://93.184.216.34\\@10.0.0.1/", "https://93.184.216.34/\r\nX: y", "https://[::1",
    ],
)  # fmt: skip
def test_addresses_that_two_readers_could_understand_in_two_ways_are_refused(url):
    with pytest.raises(AddressRefused):
        check(url)


def test_the_address_is_checked_at_every_call(db, receiver, settings):
    make_hook(receiver.url)
    tell()
    settings.PRODUCTION = True
    assert calling.sweep() == 0
    assert receiver.calls == []
    assert "https://" in HookAttempt.objects.get().detail


def test_what_waited_behind_a_hook_that_was_off_is_called_unless_it_is_old(db, receiver):
    hook = make_hook(receiver.url)
    now = timezone.now()
    tell(at=now - timedelta(hours=49))
    tell(at=now - timedelta(hours=47))
    Hook.objects.update(active=False)
    assert calling.sweep(at=now) == 0
    emit_test(hook, key="x", at=now)
    assert calling.sweep(at=now) == 1  # a test is made all the same
    Hook.objects.update(active=True)
    assert calling.drop_stale(hook, at=now) == 1
    assert calling.sweep(at=now) == 1
    assert AuditEvent.objects.filter(action="hook.given_up").count() == 1
    assert calling.forget(at=now + timedelta(days=91)) > 0
    assert HookCall.objects.count() == 0


def test_a_hook_that_is_removed_during_a_call_breaks_nothing(db, receiver):
    hook = make_hook(receiver.url)
    tell()
    call = HookCall.objects.get()
    hook.delete()
    calling.record(call, calling.Answer("accepted", 204, ""))
    assert HookAttempt.objects.count() == 0
