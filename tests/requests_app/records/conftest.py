"""A company in place of the demo's."""

import pytest

from tests.requests_app.records.company import Company


@pytest.fixture
def company(monkeypatch):
    """The company's systems as the test wants them."""
    answers = Company()
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: answers)
    return answers
