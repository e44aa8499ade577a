"""Whatever is pasted in whatever order: each identifier that is accepted stands in the list exactly once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.core.identifier_lines import read_lines
from foundation.core.identifiers import fold
from requests_app.services import targets
from tests.factories import request_at

pytestmark = pytest.mark.django_db

_UIDS = st.integers(10_000_000, 10_000_020).map(str)
_SPACED = _UIDS.map(lambda uid: f"{uid[:4]} {uid[4:]}")
_PHONES = st.sampled_from(["+44 7700 900461", "0044 7700 900461", "+447700900461", "+44 (7700) 900-462"])
_MAILS = st.sampled_from(["a@mail.example", "A@Mail.example", "email,a@mail.example", "b@mail.example"])
_WALLETS = st.sampled_from([
    "wallet,rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh,xrp,1", "wallet,rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh,xrp,2",
])  # fmt: skip
_JUNK = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30)
LINES = st.lists(st.one_of(_UIDS, _SPACED, _PHONES, _MAILS, _WALLETS, _JUNK), max_size=40)


@pytest.fixture
def draft():
    found = request_at("draft")
    found.targets.all().delete()
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=LINES, second=LINES)
def test_each_accepted_identifier_is_there_once(draft, first, second):
    draft.targets.all().delete()
    accepted = []
    for lines in (first, second):
        found = [item for _number, item in read_lines("\n".join(lines))]
        accepted += [item for item in found if item.accepted]
        draft.refresh_from_db()
        before = draft.targets.count()
        new = targets.add_identifiers(draft, found, version=draft.lock_version, by=draft.officer)
        assert draft.targets.count() == before + new
    stored = list(draft.targets.values_list("kind", "network", "normalised", "detail"))
    assert len(stored) == len(set(stored))
    assert set(stored) == {item.key for item in accepted} == {item.key for item in fold(accepted)[0]}
