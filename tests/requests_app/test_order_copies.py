"""The document that changes an order is never the copy of the order as it stood before."""

import pytest
from django.utils import timezone

from requests_app.models import RequestDocument
from requests_app.services import order_versions
from requests_app.services.order_versions import WrongField
from tests.factories import request_at
from tests.people import client_for
from tests.requests_app.changed_orders import add

pytestmark = pytest.mark.django_db


def values(item):
    return {"relation": "quashed", "issued_on": timezone.now().date(), "valid_until": None, "note": "",
            "document": str(item.uid), "upload": None}  # fmt: skip


def test_the_copy_of_an_earlier_version_is_refused():
    data_request = request_at("in_review")
    process = data_request.orders.get()
    original = data_request.documents.get()
    with pytest.raises(WrongField, match="earlier version") as refused:
        order_versions.add(data_request, process, values(original), seen=1, by=data_request.officer)
    assert refused.value.field == "document"
    added = add(data_request, "narrows")
    item = RequestDocument.objects.get(document=added.document)
    with pytest.raises(WrongField, match="earlier version"):
        order_versions.add(data_request, process, values(item), seen=2, by=data_request.officer)
    assert process.versions.count() == 2


def test_the_same_file_attached_a_second_time_is_refused_too():
    data_request = request_at("in_review")
    original = data_request.documents.get()
    double = add(data_request, "narrows")
    type(original.document).objects.filter(pk=double.document_id).update(sha256=original.document.sha256)
    data_request.orders.get().versions.filter(pk=double.pk).update(document=None)
    item = RequestDocument.objects.get(document=double.document_id)
    with pytest.raises(WrongField, match="earlier version"):
        order_versions.add(data_request, data_request.orders.get(), values(item), seen=2, by=data_request.officer)


def test_the_form_does_not_offer_it_and_says_why_when_it_is_sent():
    data_request = request_at("in_review")
    process = data_request.orders.get()
    original = data_request.documents.get()
    client = client_for(data_request.officer)
    path = f"/requests/{data_request.reference}/orders/{process.uid}/"
    page = client.get(path).content.decode()
    assert str(original.uid) not in page
    today = timezone.now().date()
    given = {"seen": 1, "relation": "quashed", "document": str(original.uid), "issued_on_day": today.day,
             "issued_on_month": today.month, "issued_on_year": today.year}  # fmt: skip
    answer = client.post(path, given)
    assert answer.status_code == 422
    assert process.versions.count() == 1
