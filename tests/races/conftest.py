"""One committed database for all races of a worker: every scene makes its own people and rows."""

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.harness.databases import CommittedDatabase, Databases, point_to
from tests.requests_app.records.conftest import company, quick_letter  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def _races_database(databases: Databases, django_db_setup: None) -> Iterator[CommittedDatabase]:
    name = databases.copy()
    yield CommittedDatabase(databases.server, name)
    databases.drop(name)


@pytest.fixture
def raced_db(_races_database: CommittedDatabase, django_db_blocker: DjangoDbBlocker) -> Iterator[CommittedDatabase]:
    """A database that really commits; what other races left in it stays."""
    before = str(connections["default"].settings_dict["NAME"])
    with django_db_blocker.unblock():
        point_to(_races_database.server, _races_database.name)
        yield _races_database
        point_to(_races_database.server, before)
