"""The call of the company's own systems: let in by its signature, and answered alike for everybody."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from foundation.providers import connector_keys, inbound
from foundation.providers.connectors.http import signing
from foundation.providers.models import ConnectorKey, SeenCall
from requests_app.models import RestrictionQuestion
from requests_app.views.company.calls import SIZE, until_beat
from tests.people import client_for, make_provider, make_staff
from tests.requests_app.test_restrictions import ACCOUNT, asked_at, held

PATH = "/company/v1/restrictions"


def test_answers_leave_at_whole_beats():
    assert until_beat(0.01, 0.1) == pytest.approx(0.09)
    assert until_beat(0.13, 0.1) == pytest.approx(0.07)
    assert until_beat(0.13, 0) == 0


@pytest.fixture
def key(db, settings):
    settings.COMPANY_ANSWER_BEAT = 0
    made, secret = connector_keys.make_key(make_provider(), by=None)
    made.test_secret = secret
    return made


def call(key, said, *, change=None, **headers):
    """Send a call as the company's systems do; the answer is checked as they check it."""
    body = json.dumps(said).encode() if not isinstance(said, bytes) else said
    made = signing.new_call(PATH, body)
    signs = signing.call_headers(made, key_id=key.key_id, secret=key.test_secret) | headers
    sent = change(body) if change else body
    answer = Client(enforce_csrf_checks=True).generic("POST", PATH, sent, "application/json", headers=signs)
    if answer.status_code != 401:
        signing.check_answer(
            answer.headers, key.test_secret, call_id=made.id, status=answer.status_code, body=answer.content
        )
    return answer, signs


def question(**changes):
    return {"key": "q1", "account": ACCOUNT, "asks": "deletion", "language": "fr"} | changes


def test_the_answer_differs_in_one_word_and_not_in_its_size(key):
    held(account="ACC-1")
    asked_at("in_review", account="ACC-2")
    said = {}
    for number, account in enumerate(("ACC-1", "ACC-2", "ACC-3", "nobody")):
        answer, _signs = call(key, question(account=account, key=f"q{number}"))
        assert len(answer.content) == SIZE
        assert answer["Cache-Control"] == "no-store"
        said[account] = answer.json()
    assert [one.pop("does") for one in said.values()] == ["keep", "ask_legal", "proceed", "proceed"]
    assert {json.dumps(one["customer"], sort_keys=True) for one in said.values()} == {
        json.dumps(said["nobody"]["customer"], sort_keys=True)
    }
    assert said["nobody"]["customer"]["received"].startswith("Nous avons reçu le ")


def test_a_key_stands_for_one_question(key):
    first, _signs = call(key, question())
    again, _signs = call(key, question())
    assert first.json() == again.json()
    other, _signs = call(key, question(account="ACC-8"))
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_used_for_something_else")
    assert RestrictionQuestion.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [b"{", b"[]", question(account=""), question(asks="rectification"), question(account=7), question(key="x" * 101),
     question(account="a\nb"), question(why="me"), b"\xff", {"key": "q"}, b"[" * 16_000],
)  # fmt: skip
def test_what_is_no_question_is_refused_and_nothing_stored(key, said):
    answer, _signs = call(key, said)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "cannot_do")
    assert not RestrictionQuestion.objects.exists()


def test_nobody_is_let_in_without_a_signature_of_this_call_made_now_and_once(key):
    answer, signs = call(key, question())
    assert answer.status_code == 200
    replay = Client().generic("POST", PATH, json.dumps(question()), "application/json", headers=signs)
    wrong = [
        replay,
        Client().post(PATH, question(), content_type="application/json"),
        client_for(make_staff("counsel")).post(PATH, question(), content_type="application/json"),
        call(key, question(), change=lambda body: body.replace(b"deletion", b"access"))[0],
        call(key, question(), **{signing.TIMESTAMP: str(int(timezone.now().timestamp()) - 301)})[0],
        call(key, question(), **{signing.KEY: "ck_nobody"})[0],
        call(key, question(), **{signing.ID: "x" * 65})[0],
        call(key, b" " * (inbound.LONGEST_BODY + 1))[0],
    ]
    assert [answer.status_code for answer in wrong] == [401] * len(wrong)
    ConnectorKey.objects.filter(pk=key.pk).update(ends_at=timezone.now())
    assert call(key, question())[0].status_code == 401
    assert SeenCall.objects.count() == 1
    assert (inbound.forget(), inbound.forget(at=timezone.now() + timedelta(hours=1))) == (0, 1)
