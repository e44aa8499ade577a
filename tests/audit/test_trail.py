import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import transaction
from django.utils.translation import gettext_lazy

from foundation.audit import canonical, context
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for, record

AT = datetime(2026, 11, 20, 10, 30, 0, 120, tzinfo=UTC)


class Reply(Group):
    """An object with a reference of its own."""

    reference = "MX-26-7K4Q9TX"

    class Meta:
        proxy = True
        app_label = "auth"


def test_entry_has_the_same_facts_in_columns_and_payload(db, django_user_model):
    by = django_user_model(pk=7)
    by.get_username = lambda: "analyst@meridian.example"
    event = record(
        "request.submitted",
        by=by,
        obj=Reply(pk=5, name="reply"),
        outcome="refused",
        reason="No document",
        data={"lines": [1, 2], "from": "draft", "nothing": None, "half": 0.5, "yes": True},
        at=AT,
    )
    event = AuditEvent.objects.get(pk=event.pk)
    written = {
        "v": 1,
        "occurred_at": "2026-11-20T10:30:00.000120Z",
        "action": "request.submitted",
        "actor_kind": django_user_model._meta.label_lower,
        "actor_id": "7",
        "actor_label": "analyst@meridian.example",
        "ip": "",
        "session": "",
        "request_id": "",
        "object_type": "auth.reply",
        "object_id": "5",
        "object_label": "MX-26-7K4Q9TX",
        "outcome": "refused",
        "reason": "No document",
        "data": {"lines": [1, 2], "from": "draft", "nothing": None, "half": 0.5, "yes": True},
    }
    stored = json.loads(bytes(event.payload))
    assert len(bytes.fromhex(stored.pop("salt"))) == 16
    assert stored == written
    columns = {name: getattr(event, name) for name in written if name not in {"v", "data", "occurred_at"}}
    assert columns == {name: value for name, value in written.items() if name in columns}
    assert event.occurred_at == AT
    assert bytes(event.digest) == hashlib.sha256(bytes(event.payload)).digest()
    assert isinstance(event.xid, int)


def test_every_entry_has_something_random_so_that_its_hash_tells_nothing(db):
    with context.origin(context.Origin(request_id="c0ffee")):
        salted = [json.loads(record("a.b", by=None, at=AT).payload)["salt"] for _ in range(2)]
    assert salted[0] != salted[1]


def test_payload_is_canonical(db):
    one = record("a.b", by=None, data={"b": "é", "a": {"d": 1, "c": 2}}, at=AT)
    two = record("a.b", by=None, data={"a": {"c": 2, "d": 1}, "b": "é"}, at=AT.astimezone(timezone(timedelta(hours=9))))
    salts = [json.loads(bytes(event.payload))["salt"].encode() for event in (one, two)]
    assert bytes(one.payload).replace(*salts) == bytes(two.payload)
    assert bytes(one.payload).startswith(b'{"action":"a.b",')
    assert '"data":{"a":{"c":2,"d":1},"b":"é"}'.encode() in bytes(one.payload)


def test_system_and_anonymous_actors(db):
    assert record("job.done", by=None).actor_kind == "system"
    assert record("sign_in.failed", by=AnonymousUser()).actor_kind == "anonymous"


def test_object_may_be_named_by_hand_and_wins(db):
    event = record("file.seen", by=None, obj=Reply(pk=5, name="x"), object_label="MX-1", object_id="9")
    assert (event.object_type, event.object_id, event.object_label) == ("auth.reply", "9", "MX-1")
    event = record("file.seen", by=None, object_type="documents.document", object_id="u", object_label="order.pdf")
    assert (event.object_type, event.object_id, event.object_label) == ("documents.document", "u", "order.pdf")


def test_label_is_the_text_of_an_object_without_reference(db):
    assert record("group.made", by=None, obj=Group(pk=3, name="Desk")).object_label == "Desk"


def test_odd_text_does_not_cost_the_entry(db):
    event = record("a.b", by=None, reason="zero\x00byte \ud800", data={"t": ["\x00", gettext_lazy.__name__]})
    assert event.reason == "zero\ufffdbyte ?"
    event.refresh_from_db()
    assert json.loads(bytes(event.payload))["data"] == {"t": ["\ufffd", gettext_lazy.__name__]}


@pytest.mark.parametrize(
    "value",
    [
        'é\u2028\x7f\x00\x1f\n"\\/😀',
        {"b": 1, "a": [None, True, -1, 2**63 - 1], "é": {}, "Z": "z"},
        2**80,
        {"n": [2**70]},
    ],
)
def test_bytes_are_those_of_sorted_json_without_spaces(value):
    said = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical.encode(value) == said.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_refused(db, number):
    with pytest.raises(ValueError, match="is not"):
        record("a.b", by=None, data={"n": number})


@pytest.mark.parametrize(
    "data",
    [
        {"password": "x"},
        {"TOTP": "x"},
        {"form": {"new_passphrase": "x"}},
        {"rows": [{"accessToken": "x"}]},
        {"totp_secret": "x"},
    ],
)
def test_sensitive_keys_are_refused(db, data):
    with pytest.raises(ValueError, match="does not store"):
        record("a.b", by=None, data=data)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("data", [{"at": AT}, {"raw": b"x"}, {1: "x"}, {"s": {1, 2}}])
def test_only_json_is_stored(db, data):
    with pytest.raises(TypeError, match="stores JSON"):
        record("a.b", by=None, data=data)


def test_rolled_back_change_leaves_no_entry(db):
    with transaction.atomic():
        record("a.b", by=None)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_entries_for_an_object_and_under_its_reference(db):
    reply = Reply(pk=5, name="x")
    later = record(
        "question.asked", by=None, object_type="x.question", object_id="1", object_label=reply.reference, at=AT
    )
    first = record("request.made", by=None, obj=reply, object_label="draft", at=AT - timedelta(days=1))
    record("request.made", by=None, obj=Group(pk=5, name="other kind"))
    record("request.made", by=None, object_type="auth.reply", object_id="6", object_label="MX-OTHER")
    assert list(entries_for(reply)) == [first, later]


def test_entries_for_an_object_without_reference_do_not_follow_its_text(db):
    group = Group(pk=3, name="Desk")
    own = record("group.made", by=None, obj=group)
    record("group.made", by=None, obj=Group(pk=4, name="Desk"))
    assert list(entries_for(group)) == [own]


def test_origin_of_a_block(db):
    with context.origin(context.Origin(ip="192.0.2.7", request_id="r1", session_key=lambda: "key")):
        event = record("a.b", by=None)
    assert (event.ip, event.request_id) == ("192.0.2.7", "r1")
    assert event.session == hashlib.sha256(b"key").hexdigest()
    assert record("a.b", by=None).ip == ""
