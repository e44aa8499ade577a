"""What the thousands of visits share."""

from functools import cached_property

import pytest
from django.http import HttpResponse
from django.utils.module_loading import import_string

from accounts.waiting import Counts

# By name: a conftest is read before there are models.
FIRST_WAITING = "requests_app.services.emergency_cases.first_waiting"


@pytest.fixture(autouse=True)
def counted_once(monkeypatch):
    """Count what waits once for each person: it is half the work of a page, and no answer here depends on it."""
    count, known = Counts.__dict__["_found"].func, {}
    look, seen = import_string(FIRST_WAITING), {}

    def once(self):
        key = self._user.pk, tuple(self._entries)
        if key not in known:
            known[key] = count(self)
        return known[key]

    def seen_once(user):
        if user.pk not in seen:
            seen[user.pk] = look(user)
        return seen[user.pk]

    monkeypatch.setattr(FIRST_WAITING, seen_once)
    found = cached_property(once)
    found.__set_name__(Counts, "_found")
    monkeypatch.setattr(Counts, "_found", found)


@pytest.fixture(autouse=True)
def turned_away_once(monkeypatch):
    """Draw the page for what is not there, or not for them, once for each person: it knows nothing of the address."""
    draw, drawn = import_string("lers.views.render"), {}

    def once(request, template, context=None, status=None):
        if status not in {403, 404} or context:
            return draw(request, template, context, status=status)
        key = request.user.pk, request.method, template
        if key not in drawn:
            drawn[key] = draw(request, template, status=status).content
        return HttpResponse(drawn[key], status=status)

    monkeypatch.setattr("lers.views.render", once)
