"""Orders in the hands of two people at once."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from foundation.core.errors import Stale
from requests_app.models import DataRequest, LegalProcess, OrderVersion
from requests_app.services import draft_orders, order_versions
from tests.factories import clean_pdf, order_of, process_type, request_at
from tests.harness.race import race
from tests.requests_app.changed_orders import add, later


def test_two_threads_add_one_order(committed_db):
    draft, kind, key = request_at("draft", document=False), process_type(), uuid4()

    def run():
        row = DataRequest.objects.get(pk=draft.pk)
        return draft_orders.add(row, kind, key=key, by=row.officer)

    first, second = race(run, run)
    assert first == second
    assert LegalProcess.objects.count() == 1


def test_of_two_requests_that_change_a_shared_order_at_once_one_is_told_to_look_again(committed_db):
    first = request_at("in_review")
    second = request_at("in_review", officer=first.officer)
    shared = order_of(first, shared_with=[second])

    def run(data_request, relation):
        def change():
            row = DataRequest.objects.get(pk=data_request.pk)
            return add(row, relation, process=LegalProcess.objects.get(pk=shared.pk), until=later(30), seen=1)

        return change

    results = race(run(first, "extends"), run(second, "narrows"))
    assert sorted(type(result).__name__ for result in results) == ["OrderVersion", "Stale"]
    assert OrderVersion.objects.filter(process=shared).count() == 2


def test_of_two_windows_that_save_and_remove_an_order_one_is_refused(committed_db):
    draft = request_at("draft")
    process = draft.orders.get()

    def save():
        row = DataRequest.objects.get(pk=draft.pk)
        return draft_orders.save(row, process, {"docket": "new"}, version=0, by=row.officer)

    def remove():
        row = DataRequest.objects.get(pk=draft.pk)
        return draft_orders.remove(row, process, version=0, by=row.officer)

    results = race(save, remove)
    assert sorted(type(result).__name__ for result in results) == ["DataRequest", "Stale"]


def test_the_same_version_twice_at_once_is_one(committed_db):
    data_request = request_at("in_review")
    copy = clean_pdf(data_request.officer, filename="extended.pdf")
    own = data_request.documents.create(
        document=copy, role="order", added_at=timezone.now(), added_by=data_request.officer
    )
    values = {"relation": "extends", "issued_on": (timezone.now() - timedelta(days=1)).date(), "valid_until": later(9)}
    values |= {"note": "", "document": str(own.uid), "upload": None}

    def run():
        row = DataRequest.objects.get(pk=data_request.pk)
        return order_versions.add(row, row.orders.get(), values, seen=1, by=row.officer)

    first, second = race(run, run)
    assert first == second
    assert not isinstance(first, Stale)
