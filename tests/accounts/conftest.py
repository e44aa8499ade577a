from importlib import import_module

import pytest


@pytest.fixture(autouse=True)
def _provider(request):
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        import_module("tests.people").make_provider()  # models cannot be imported before Django is set up


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    """Jobs are rows; the tests run the ones they want."""
    monkeypatch.setattr("foundation.core.hurry._send", lambda *_args: None)
