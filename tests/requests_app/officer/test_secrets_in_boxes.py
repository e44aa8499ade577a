"""No page gives a private key or a seed phrase back, whichever box it was typed into."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from requests_app.models import FreezeOrder
from tests.core.test_secret_boxes import PHRASE, WIF
from tests.factories import request_at
from tests.people import client_for
from tests.preservation.holds import draft_of
from tests.requests_app.kinds.cases import freeze_at
from tests.requests_app.officer.test_emergency import answers

pytestmark = pytest.mark.django_db
SECRETS = [WIF, PHRASE, f"Seed phrase: {PHRASE}"]


def never_shown(page, status=422):
    text = page.content.decode()
    assert page.status_code == status
    assert "private key" in text or "seed phrase" in text
    assert WIF[5:20] not in text
    assert "abandon abandon" not in text
    return text


@pytest.mark.parametrize("secret", SECRETS)
def test_changing_identifiers(secret):
    sent = request_at("in_review")
    address = f"/requests/{sent.reference}/change/identifiers/"
    lines = f"48213399\n{secret}\nIvar Nordlys"
    text = never_shown(client_for(sent.officer).post(address, {"action": "add", "lines": lines, "covered": "on"}))
    assert "48213399" in text
    assert "2 lines cannot be used" in text


@pytest.mark.parametrize("secret", SECRETS)
def test_an_emergency(client, officer, desk, secret):
    never_shown(client.post("/emergency/new/", answers(identifiers=f"48213377\n{secret}")))
    # Refused for something else: the box is drawn again all the same.
    never_shown(client.post("/emergency/new/", answers(identifiers=secret, danger="")))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("act", ["transfer", "restrain"])
@pytest.mark.parametrize("action", ["continue", "later"])
def test_the_wallet_of_the_authority(secret, act, action):
    draft = freeze_at("draft", called=False)
    url = reverse("officer:step_assets", args=[draft.uid])
    page = client_for(draft.officer).post(url, {
        "lock_version": draft.lock_version, "act": act, "destination": secret, "destination_network": "bitcoin",
        "asset": "BTC", "everything": "on", "endless": "on", "action": action,
    })  # fmt: skip
    text = page.content.decode()
    assert WIF[5:20] not in text
    assert "abandon abandon" not in text
    assert page.status_code == 302 or "private key" in text or "seed phrase" in text
    stored = FreezeOrder.objects.get(data_request=draft).destination
    assert stored == ""


@pytest.mark.parametrize("secret", SECRETS)
def test_a_draft_of_a_request_also_where_another_button_is_pressed(secret):
    draft = request_at("draft")
    url = reverse("officer:step_identifiers", args=[draft.uid])
    browser = client_for(draft.officer)
    values = {"lock_version": draft.lock_version, "list-paste": f"Ivar Nordlys\n{secret}", "list-role": "unknown"}
    never_shown(browser.post(url, values | {"action": "import"}))
    one = {"kind": "username", "value": secret, "role": "unknown", "lock_version": draft.lock_version}
    never_shown(browser.post(url, one | {"action": "add"}))
    for action in ("save", "add"):
        text = browser.post(url, values | one | {"action": action}).content.decode()
        assert WIF[5:20] not in text
        assert "abandon abandon" not in text


@pytest.mark.parametrize("secret", SECRETS)
def test_a_hold(secret):
    hold = draft_of()
    url = reverse("holds:identifiers", args=[hold.uid])
    browser = client_for(User.objects.get(pk=hold.officer_id))
    version = {"lock_version": hold.lock_version}
    never_shown(browser.post(url, version | {"action": "import", "paste": f"x y\n{secret}"}))
    never_shown(browser.post(url, version | {"action": "add", "kind": "username", "value": secret}))
    text = browser.post(url, version | {"action": "add", "kind": "", "value": secret, "paste": secret}).content.decode()
    assert WIF[5:20] not in text
    assert "abandon abandon" not in text


@pytest.mark.parametrize(("name", "content", "words"), [
    ("empty.csv", b"", "empty.csv"), ("pic.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "pic.png"),
])  # fmt: skip
def test_a_file_that_is_not_taken_is_named(name, content, words):
    draft = request_at("draft")
    url = reverse("officer:step_identifiers", args=[draft.uid])
    page = client_for(draft.officer).post(url, {
        "lock_version": draft.lock_version, "list-paste": "", "list-role": "unknown", "action": "import",
        "list-file": SimpleUploadedFile(name, content),
    })  # fmt: skip
    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert "Paste the identifiers, or choose a file" not in text
