"""What several parts of the request's tests share."""

import pytest


@pytest.fixture
def looks_each_time(monkeypatch):
    """A download asks before every chunk whether it may go on, not once a second."""
    monkeypatch.setattr("requests_app.services.downloads.LOOK_SECONDS", 0)
