"""Rows planted just outside of a grant, on the whole way: sample exchange, collecting, the block, the second try."""

import csv
import io
from dataclasses import replace
from typing import ClassVar

import pytest

from foundation.documents import services as documents
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.registry import connector_for
from requests_app.enums import PackageStatus
from requests_app.models import CollectedFile, PackageItem, RequestLine
from requests_app.services import building, packages, taking_out
from requests_app.services.guard import Scope, limits_of
from tests.factories import request_at
from tests.requests_app.records.guarded import watched
from tests.requests_app.records.steps import sealed_package

# What is written over a row that was granted, by category, and how the guard calls it.
PLANTED = {
    "registration": [
        ({"holder": "1"}, "holder", "is about holder 1"),
        ({"account": cases.ACCOUNT_A}, "account", f"belongs to account {cases.ACCOUNT_A}"),
        ({"on_file_from_utc": "2026-10-01T00:00:00Z", "on_file_until_utc": ""}, "period", "was on file from 2026-10"),
    ],
    "transactions": [
        ({"asset": "ETH", "against_asset": "", "against_amount": "", "kind": "deposit"}, "asset", "is of ETH"),
        ({"counterparty_name": "Tove Lindqvist"}, "counterparty", "says who the other side is"),
        ({"time_utc": "2026-02-28T23:59:59Z"}, "period", "is of 2026-02-28 23:59:59 UTC"),
        ({"time_utc": "2026-10-01T00:00:01Z"}, "period", "is of 2026-10-01 00:00:01 UTC"),
    ],
    "logins": [
        ({"time_utc": "2026-10-01T00:00:00Z"}, "period", "is of 2026-10-01 00:00:00 UTC"),
        ({"account": f"{cases.ACCOUNT_JOINT}0"}, "account", f"belongs to account {cases.ACCOUNT_JOINT}0"),
    ],
}  # fmt: skip


class Planting:
    """The sample exchange, with rows behind each table that nobody granted, and another holder's document.

    columns: what each row of a category has besides.
    """

    columns: ClassVar = {}

    def __init__(self, connector):
        self.connector, self.planted = connector, PLANTED

    def __getattr__(self, name):
        return getattr(self.connector, name)

    def export(self, account, categories, *args, **more):
        for file in self.connector.export(account, categories, *args, **more):
            if file.media_type != "text/csv":
                yield replace(file, holder="1") if self.planted else file
                continue
            content = b"".join(file.chunks)
            text, rows = io.StringIO(newline=""), list(csv.DictReader(io.StringIO(content.decode(), newline="")))
            rows = [row | self.columns.get(file.category, {}) for row in rows]
            added = [rows[-1] | over for over, _aspect, _words in self.planted.get(file.category, ())]
            if file.category in self.columns:
                content, added = b"", [dict(zip(rows[0], rows[0], strict=True)), *rows]
            csv.DictWriter(text, rows[0]).writerows(added)
            count = file.rows if file.category in self.columns else file.rows + len(added)
            chunks = [content, text.getvalue().encode()]
            yield replace(file, chunks=chunks, rows=count, sha256="", size=None)


@pytest.mark.django_db
def test_planted_rows_block_the_package_and_are_listed_until_they_are_gone(monkeypatch, quick_letter):
    data_request = request_at("granted", categories=list(PLANTED))
    first, *others = data_request.targets.order_by("pk")
    data_request.lines.filter(target__in=others).update(decision="no_records")
    data_request.targets.filter(pk=first.pk).update(account=cases.ACCOUNT_JOINT, holder="2")
    RequestLine.objects.filter(target=first, category="transactions").update(assets=["BTC", "USDT"])
    company = Planting(connector_for(data_request.provider))
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: company)

    package = sealed_package(data_request)
    assert (package.status, PackageItem.objects.exists()) == (PackageStatus.BLOCKED, False)
    found = {}
    for file in CollectedFile.objects.filter(export__package=package, rows__isnull=False):
        category = file.export.lines.get().category
        found[category] = {aspect: one["rows"] for aspect, one in file.findings.items()}
        assert file.outside == len(PLANTED[category])
    for category, planted in PLANTED.items():
        assert set(found[category]) == {aspect for _over, aspect, _words in planted}
        for _over, aspect, words in planted:
            assert any(words in row for row in found[category][aspect])
            assert words in package.blocked_reason
    images = CollectedFile.objects.filter(export__package=package, rows=None)
    assert {tuple(image.findings) for image in images} == {("holder",)}

    company.planted, company.columns = {}, {"transactions": {"ip_address": "192.0.2.7"}}
    packages.build_again(package, by=data_request.test_people.analyst)
    package = building.build(package.pk)
    (other,) = CollectedFile.objects.filter(export__package=package, outside__gt=0)
    assert other.findings == {"columns": {"count": 1, "rows": ["nobody granted the column ip_address"]}}
    assert (package.status, taking_out.rows_outside(other)) == (PackageStatus.BLOCKED, 0)

    company.columns = {}
    packages.build_again(package, by=data_request.test_people.analyst)
    package = building.build(package.pk)
    assert (package.blocked_reason, package.status) == ("", PackageStatus.SEALED)
    for item in package.items.filter(rows__isnull=False):
        line = item.line
        wanted = Scope(line.target.account, line.category, line.period_from, line.period_to, [], limits_of(line))
        with documents.open_plain(item.document) as reader:
            content = reader.read()
        if item.document.media_type == "text/csv":
            assert (watched(wanted, content).outside, content.count(b"\n") > 1) == (0, True)
