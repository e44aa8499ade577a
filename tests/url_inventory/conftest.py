"""What the thousands of visits share."""

from functools import cached_property

import pytest

from accounts.waiting import Counts
from requests_app.services import emergency_cases


@pytest.fixture(autouse=True)
def counted_once(monkeypatch):
    """Count what waits once for each person: it is half the work of a page, and no answer here depends on it."""
    count, known = Counts.__dict__["_found"].func, {}
    look, seen = emergency_cases.first_waiting, {}

    def once(self):
        key = self._user.pk, tuple(self._entries)
        if key not in known:
            known[key] = count(self)
        return known[key]

    def seen_once(user):
        if user.pk not in seen:
            seen[user.pk] = look(user)
        return seen[user.pk]

    monkeypatch.setattr(emergency_cases, "first_waiting", seen_once)
    found = cached_property(once)
    found.__set_name__(Counts, "_found")
    monkeypatch.setattr(Counts, "_found", found)
