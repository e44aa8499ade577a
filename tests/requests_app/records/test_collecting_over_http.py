"""From a grant to a package with the company's systems in another process, which break on the way."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.notifications.hooks import posting
from foundation.providers import connector_keys
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.http import client, downloads, line
from requests_app.enums import PackageStatus
from requests_app.services import building, collecting, packages
from tests.requests_app.records.steps import granted_request


@pytest.fixture
def there(company_process, monkeypatch):
    """The reference company without faults, before and after; nobody waits between two tries."""
    monkeypatch.setattr(line, "_pausing", SimpleNamespace(wait=lambda _seconds: None))
    company_process.repair()
    yield company_process
    company_process.repair()


@pytest.fixture
def granted(db, there):
    granted = granted_request()
    for target, account in zip(granted.targets.order_by("pk"), (cases.ACCOUNT_A, cases.ACCOUNT_B), strict=True):
        granted.targets.filter(pk=target.pk).update(account=account)
    provider = granted.provider
    provider.connector, provider.connector_settings = "http", {"url": there.url}
    provider.save()
    connector_keys.adopt(provider, there.key_id, there.secret, by=None)
    return granted


def test_a_lease_is_longer_than_the_company_may_be_silent():
    patience = client.Patience()
    made = patience.export + 2 * patience.total
    # A page of the list, and then a file of which nothing comes.
    fetched = patience.total + downloads.FRUITLESS * (patience.idle + posting.CONNECT_SECONDS)
    fetched += (downloads.FRUITLESS - 1) * downloads.LONGEST_PAUSE
    assert collecting.LEASE.total_seconds() > max(made, fetched)


def test_what_breaks_on_the_way_is_taken_up_and_the_package_is_whole(granted, there, quick_letter):
    package = packages.start(granted, by=granted.test_people.analyst)
    there.break_with("partial")
    there.break_with("wrong_signature", path="/v1/exports/files")
    there.break_with("cut", path="/v1/exports/content", times=3)
    building.build(package.pk)
    package.refresh_from_db()
    states = list(package.exports.order_by("pk").values_list("state", flat=True))
    assert package.status == PackageStatus.PREPARING
    assert sorted(states) == [JobState.DONE] * (len(states) - 1) + [JobState.PENDING]
    waiting = package.exports.get(state=JobState.PENDING)
    assert "missing" in waiting.problem
    kept = set(package.exports.filter(state=JobState.DONE).values_list("files__document", flat=True))
    building.build_due(at=timezone.now() + timedelta(hours=1))
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED
    assert kept < set(package.exports.values_list("files__document", flat=True))
    # The dictionary of columns has them in the order of the table.
    with documents.open_plain(package.manifest) as reader:
        tables = [file for file in json.loads(reader.read())["files"] if file["columns"]]
    assert {tuple(file["columns"])[:2] for file in tables} == {("account", "holder"), ("time_utc", "account")}
    for file in package.exports.values("files__document__sha256", "files__rows", "files__outside"):
        assert file["files__outside"] == 0


def test_a_row_that_the_company_plants_blocks_the_package(granted, there, quick_letter):
    package = packages.start(granted, by=granted.test_people.analyst)
    there.break_with("plant", what="second_before", times=20)
    building.build(package.pk)
    package.refresh_from_db()
    assert package.status == PackageStatus.BLOCKED
    findings = list(package.exports.filter(files__outside__gt=0).values_list("files__findings", flat=True))
    assert findings
    assert all("period" in found for found in findings)
