"""The real catalogue, one company, and an administrator of it."""

import pytest


@pytest.fixture
def provider(db):
    from tests.requests_app.catalogue.company import make_company  # noqa: PLC0415 - conftests are read first

    return make_company()


@pytest.fixture
def administrator(provider):
    from tests.people import make_staff  # noqa: PLC0415 - conftests are read before the apps are loaded

    return make_staff("administrator")


@pytest.fixture
def client(administrator):
    from tests.people import client_for  # noqa: PLC0415 - conftests are read before the apps are loaded

    return client_for(administrator)


@pytest.fixture
def client_of_nobody(db):
    from django.test import Client  # noqa: PLC0415 - conftests are read before the apps are loaded

    return Client()
