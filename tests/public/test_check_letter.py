"""The page "Check a letter": ours or not and on which day, in five languages, and nothing else tells them apart."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.core.references import ALPHABET, normalise_reference
from requests_app.letter_check_words import WORDS
from requests_app.models import UserNotice
from requests_app.views.public.letters import CHECKS
from tests.factories import request_at

PATH = "/letters/check/"
MADE_UP = "NT-26-0000000"
DAY = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)


@pytest.fixture
def letters(db):
    """One letter that went out, and one that is only planned."""
    found = []
    for body, sent in (("ABCDEF", DAY), ("ABCDEG", None)):
        reference = next(r for c in ALPHABET if (r := normalise_reference(f"NT-26-{body}{c}")))
        UserNotice.objects.create(
            data_request=request_at("granted"), reference=reference, account=f"A-{body}", reason="Test",
            status="sent" if sent else "planned", planned_at=timezone.now(), sent_at=sent,
            last_told_at=sent,
        )  # fmt: skip
        found.append(reference)
    return found


def said(client, typed, **headers):
    answer = client.post(f"{PATH}?in=en", {"reference": typed}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def without_token(page):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_one_that_went_out_is_ours_however_it_is_typed(letters):
    sent, _held = letters
    client = Client()
    for typed in (sent, sent.lower(), sent.replace("-", ""), f" {sent} "):
        page = said(client, typed)
        assert "Meridian Exchange sent a letter with this reference on 1 Nov 2026" in page
        assert "A-ABCDEF" not in page


def test_what_was_never_sent_and_what_never_was_read_the_same(letters):
    _sent, held = letters
    client = Client()
    client.get(PATH)
    pages, costs = [], set()
    for typed in (held, MADE_UP, "nonsense", "zzz"):
        with CaptureQueriesContext(connection) as asked:
            pages.append(without_token(said(client, typed)).replace(typed, "…"))
        costs.add(len(asked))
    assert len(set(pages)) == 1
    assert len(costs) == 1
    assert WORDS["en"].unknown in pages[0]


@pytest.mark.parametrize("code", WORDS)
def test_words_in_each_language(letters, code):
    sent, _held = letters
    client = Client()
    page = client.get(PATH, headers={"accept-language": f"{code};q=0.9,en;q=0.1"}).content.decode()
    assert WORDS[code].title in page
    assert f'lang="{code}"' in page
    found = client.post(f"{PATH}?in={code}", {"reference": sent}).content.decode()
    assert WORDS[code].ours.partition("{")[0] in found
    assert "2026" in found
    assert client.post(f"{PATH}?in={code}", {"reference": " "}).status_code == 422


def test_so_many_tries_and_no_more(letters):
    sent, _held = letters
    client = Client()
    for _n in range(CHECKS.most):
        said(client, MADE_UP)
    refused = client.post(f"{PATH}?in=en", {"reference": sent})
    assert refused.status_code == 429
    assert WORDS["en"].too_many in refused.content.decode()
    assert "sent a letter" not in refused.content.decode()
    said(client, sent, REMOTE_ADDR="192.0.2.9")


def test_what_stands_around_it_in_the_letter_does_no_harm(letters):
    sent, _held = letters
    client = Client()
    for typed in (f"{sent.lower()}.", f"[{sent}]", sent.replace("-", "\u2013"), f" {sent},"):
        assert "sent a letter" in said(client, typed), typed


def test_every_page_leads_there(db):
    assert f'href="{PATH}"' in Client().get("/").content.decode()
