"""A signed-in officer and a provider that answers."""

import pytest


@pytest.fixture
def desk(db):
    from tests.requests_app.officer.helpers import make_desk  # noqa: PLC0415 - conftests are read before the apps are loaded

    return make_desk()


@pytest.fixture
def officer(db):
    from tests.people import make_officer  # noqa: PLC0415 - conftests are read before the apps are loaded

    return make_officer()


@pytest.fixture
def client(officer):
    from tests.people import client_for  # noqa: PLC0415 - conftests are read before the apps are loaded

    return client_for(officer)
