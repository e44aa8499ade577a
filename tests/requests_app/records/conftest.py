"""A company in place of the demo's."""

import pytest

from tests.requests_app.records.company import Company


@pytest.fixture
def company(monkeypatch):
    """The company's systems as the test wants them."""
    answers = Company()
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: answers)
    return answers


@pytest.fixture
def quick_letter(monkeypatch):
    """A letter without the typesetter, where a test is about something else."""
    monkeypatch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 letter")
