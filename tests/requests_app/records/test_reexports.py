"""Records that left before and are exported again: labelled, with what is different."""

import json
import re

import pytest

from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.models import PackageItem
from requests_app.services import letters, notices, packages, reexports
from tests.people import client_for
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter")]
ROW = "{account},2026-05-%02dT00:00:00Z,%d"


def content(document):
    with documents.open_plain(document) as reader:
        return reader.read()


def of_one_account():
    """A granted request of which every target is one account, whose holder may not be told."""
    data_request = granted_request()
    data_request.targets.update(account="ACC-1")
    notices.plan_for(data_request, by=data_request.test_people.approver)
    return data_request


def test_a_new_export_says_what_left_before_and_what_is_different(company, monkeypatch):
    said = []
    monkeypatch.setattr(
        "requests_app.services.building.letter_pdf", lambda package, entries, *_rest, **_kw: said.extend(entries) or b""
    )
    company.rows = [ROW % (3, 1), ROW % (4, 2), ROW % (4, 2)]
    data_request = of_one_account()
    first = released_package(data_request)
    assert not PackageItem.objects.exclude(earlier=None).exists()
    assert [entry.new_export for entry in said] == [None] * 4
    approver = data_request.test_people.approver
    packages.revoke(first, cause="wrong_account", reason="To be exported again", by=approver)
    company.rows = [ROW % (4, 2), ROW % (5, 3), ROW % (6, 4)]
    second = sealed_package(data_request)
    same, changed = second.items.exclude(earlier=None).order_by("name")
    assert (same.differences["same"], same.earlier.package) == (True, first)
    assert {name: changed.differences[name] for name in ("gone", "new", "rows", "compared")} == {
        "gone": 2, "new": 2, "rows": [6, 6], "compared": "rows",
    }  # fmt: skip
    assert changed.differences["named"] == [
        "Row 4 of the earlier file is gone", "Row 5 of the earlier file is gone", "Row 5 is new", "Row 6 is new",
    ]  # fmt: skip
    manifest = content(second.manifest).decode()
    stated = [file["new_export"] for file in json.loads(manifest)["files"] if file["new_export"]]
    assert [one["earlier"]["sha256"] for one in stated] == [
        same.earlier.document.sha256,
        changed.earlier.document.sha256,
    ]
    assert "Row 4" not in manifest
    letter = letters.letter(second, said[4:], at=second.sealed_at)
    assert re.search(
        r"002.csv: New export of records released on .* in package 1, which was stopped. 2 rows are gone",
        letter.again[1],
    )
    page = client_for(approver).get(f"/staff/requests/{data_request.reference}/records/2/").content.decode()
    assert "Row 6 is new" in page
    assert page.count("New export of records released on") == 2


def test_what_is_not_kept_any_more_is_compared_by_hash_and_count(company):
    data_request = of_one_account()
    first = released_package(data_request)
    packages.revoke(first, cause="wrong_account", reason="Again", by=data_request.test_people.approver)
    for item in first.items.select_related("document"):
        documents.purge(item.document, by=None, reason="Over")
    company.rows = [ROW % (3, 1)]
    second = sealed_package(data_request)
    same, changed = second.items.exclude(earlier=None).order_by("name")
    assert reexports.difference_words(same.differences) == "It is the same, byte for byte."
    assert (changed.differences["compared"], changed.differences["rows"]) == ("hashes", [3, 4])
    assert "Rows could not be compared" in reexports.difference_words(changed.differences)
    assert Document.objects.filter(pk=changed.earlier.document_id, purged_at__isnull=False).exists()
