"""Who may sign what: a change of any signed part, an old call, a call of another key."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.providers.connectors.http import signing

SECRET, OTHER = signing.new_secret(), signing.new_secret()
NOW = 1_795_000_000
CALL = signing.Call("/v1/match", b'{"identifiers":[]}', "id-1", NOW, idempotency_key="k", range="bytes=5-")


def checked(call, headers, *, now=NOW, secrets=None):
    known = {"a": SECRET} if secrets is None else secrets
    return signing.checked_call(
        headers, method=call.method, path=call.path, body=call.body, secret_of=known.get, now=now
    )


def test_a_call_is_signed_as_the_description_says():
    headers = signing.call_headers(CALL, key_id="a", secret=SECRET)
    text = f"v1.request\nid-1\n{NOW}\nPOST\n/v1/match\nk\nbytes=5-\n{hashlib.sha256(CALL.body).hexdigest()}"
    key = base64.b64decode(SECRET.removeprefix("consec_"))
    expected = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    assert headers["Connector-Signature"] == f"v1,{expected}"
    assert checked(CALL, headers) == CALL


@pytest.mark.parametrize(
    "change",
    [{"path": "/v1/contact"}, {"body": b"{}"}, {"method": "GET"}],
)
def test_another_path_body_or_method_is_refused(change):
    headers = signing.call_headers(CALL, key_id="a", secret=SECRET)
    with pytest.raises(signing.BadSignature, match="wrong"):
        checked(replace(CALL, **change), headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Connector-Id", "id-2"), ("Connector-Id", None), ("Connector-Timestamp", str(NOW + 1)),
     ("Connector-Timestamp", "\u0661"), ("Connector-Timestamp", None), ("Connector-Key", "b"), ("Connector-Key", None),
     ("Connector-Signature", "v1,AAAA"), ("Connector-Signature", "v1,é"), ("Connector-Signature", None),
     ("Idempotency-Key", "other"), ("Idempotency-Key", None), ("Range", "bytes=6-"), ("Range", None),
     ("Idempotency-Key", "k\nbytes=5-"), ("Connector-Id", "x" * 201)],
)  # fmt: skip
def test_a_header_that_was_changed_or_taken_away_is_refused(name, value):
    headers = signing.call_headers(CALL, key_id="a", secret=SECRET)
    headers = {**headers, name: value} if value else {k: v for k, v in headers.items() if k != name}
    with pytest.raises(signing.BadSignature) as refused:
        checked(CALL, headers)
    assert SECRET not in str(refused.value)


def test_old_and_early_calls_and_keys_that_ended_are_refused():
    headers = signing.call_headers(CALL, key_id="a", secret=SECRET)
    for now in (NOW - 300, NOW + 300):
        assert checked(CALL, headers, now=now)
    for now in (NOW - 301, NOW + 301):
        with pytest.raises(signing.BadSignature, match="300 seconds"):
            checked(CALL, headers, now=now)
    with pytest.raises(signing.BadSignature, match="no key"):
        checked(CALL, headers, secrets={})
    with pytest.raises(signing.BadSignature, match="wrong"):
        checked(CALL, headers, secrets={"a": OTHER})


def test_every_try_has_an_id_of_its_own():
    ids = {signing.new_call("/v1/about", b"{}").id for _ in range(50)}
    assert len(ids) == 50


def test_an_answer_belongs_to_its_call_status_and_body():
    headers = signing.answer_headers(SECRET, call_id="id-1", status=200, body=b"{}")
    signing.check_answer(headers, SECRET, call_id="id-1", status=200, body=b"{}")
    for change in ({"call_id": "id-2"}, {"status": 404}, {"body": b"[]"}):
        with pytest.raises(signing.BadSignature):
            signing.check_answer(headers, SECRET, **{"call_id": "id-1", "status": 200, "body": b"{}"} | change)
    with pytest.raises(signing.BadSignature):
        signing.check_answer(headers, OTHER, call_id="id-1", status=200, body=b"{}")


def test_contents_promise_the_digest_of_the_whole_file_and_say_which_part_comes():
    digest = hashlib.sha256(b"rows").hexdigest()
    headers = signing.content_headers(SECRET, call_id="i", status=206, sha256=digest, content_range="bytes 1-3/4")
    assert headers["Repr-Digest"] == "sha-256=:" + base64.b64encode(bytes.fromhex(digest)).decode() + ":"
    assert signing.checked_content(headers, SECRET, call_id="i", status=206) == digest
    other = signing.content_headers(OTHER, call_id="i", status=206, sha256="00" * 32)["Repr-Digest"]
    for change in ({"Content-Range": "bytes 2-3/4"}, {"Repr-Digest": other}, {"Repr-Digest": "sha-256=:x:"},
                   {"Repr-Digest": "md5=:AAAA:"}, {"Repr-Digest": ""}, {"Connector-Signature": ""}):  # fmt: skip
        with pytest.raises(signing.BadSignature):
            signing.checked_content(headers | change, SECRET, call_id="i", status=206)
    # An answer in JSON is never taken for the contents of a file, nor the other way round.
    answer = signing.answer_headers(SECRET, call_id="i", status=200, body=b"rows")
    whole = signing.content_headers(SECRET, call_id="i", status=200, sha256=digest)
    with pytest.raises(signing.BadSignature):
        signing.checked_content(whole | answer, SECRET, call_id="i", status=200)
    with pytest.raises(signing.BadSignature):
        signing.check_answer(whole, SECRET, call_id="i", status=200, body=b"rows")


def test_the_other_side_as_the_page_has_it_believes_our_calls_and_is_believed():
    [code] = re.findall(r"```python\n(.*?)```", Path("docs/connector.md").read_text(encoding="utf-8"), re.DOTALL)
    page = {}
    exec(code, page)
    call = signing.new_call("/v1/lift", b"{}", idempotency_key="k")
    headers, seen = signing.call_headers(call, key_id="a", secret=SECRET), set()
    assert page["checked"](headers, "/v1/lift", b"{}", {"a": SECRET}, seen) == call.id
    for changed, body in ((headers, b"{}"), (headers, b"[]"), (headers | {"Connector-Timestamp": "1"}, b"{}")):
        with pytest.raises(AssertionError):
            page["checked"](changed, "/v1/lift", body, {"a": SECRET}, seen)
    key = base64.b64decode(SECRET.removeprefix("consec_"))
    signed = {"Connector-Signature": page["signed"](call.id, 200, b"{}", key)}
    signing.check_answer(signed, SECRET, call_id=call.id, status=200, body=b"{}")
