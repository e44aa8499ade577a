"""Memo and tag of a held identifier: kept, told apart, handed to the company's systems; secrets are not repeated."""

import pytest

from foundation.core.identifier_lines import read_lines
from foundation.providers.connectors.demo import cases
from preservation.services import drafts, execution
from tests.people import client_for
from tests.preservation.holds import draft_of, hold_of

pytestmark = pytest.mark.django_db

KEY = "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS"


def named(draft, *lines):
    found = [item for _number, item in read_lines("\n".join(lines))]
    return drafts.add_identifiers(draft, found, version=draft.lock_version, by=draft.officer)


def test_the_same_address_with_two_tags_is_two_identifiers():
    draft = draft_of(identifiers=())
    address = cases.OMNIBUS_XRP
    lines = (f"wallet,{address},xrp,1", f"wallet,{address},xrp,2", f"wallet,{address}:1,xrp", f"wallet,{address},xrp")
    assert named(draft, *lines) == 3
    assert [item.detail for item in draft.identifiers.order_by("pk")] == ["tag:1", "tag:2", ""]
    assert draft.identifiers.order_by("pk")[0].beside == "XRP Ledger, tag or memo 1"


def test_the_tag_leads_to_the_account_behind_a_shared_address():
    hold = hold_of()
    hold.identifiers.all().delete()
    hold.identifiers.create(
        kind="wallet", network="xrp", given=cases.OMNIBUS_XRP, normalised=cases.OMNIBUS_XRP, detail=f"tag:{cases.TAG_A}"
    )
    execution._match(hold, hold.starts_at)
    assert hold.identifiers.get().account == cases.ACCOUNT_A


def test_the_page_takes_a_tag_and_shows_it():
    draft = draft_of(identifiers=())
    client, page = client_for(draft.officer), f"/holds/draft/{draft.uid}/identifiers/"
    data = {"action": "add", "kind": "wallet", "value": cases.OMNIBUS_XRP, "network": "xrp", "memo": "12345"}
    client.post(page, data | {"lock_version": draft.lock_version})
    assert draft.identifiers.get().detail == "tag:12345"
    assert "XRP Ledger, tag or memo 12345" in client.get(page).content.decode()


def test_a_private_key_is_not_repeated_on_the_page():
    draft = draft_of(identifiers=())
    client, page = client_for(draft.officer), f"/holds/draft/{draft.uid}/identifiers/"
    for data in (
        {"action": "add", "kind": "wallet", "value": KEY, "network": "bitcoin"},
        {"action": "import", "paste": f"48213377\n{KEY}"},
    ):
        draft.refresh_from_db()
        answer = client.post(page, data | {"lock_version": draft.lock_version})
        assert answer.status_code in {200, 422}
        assert "private key" in answer.content.decode()
        assert KEY not in answer.content.decode()
