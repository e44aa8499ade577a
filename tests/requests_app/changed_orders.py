"""What became of an order, for tests."""

from datetime import timedelta

from django.utils import timezone

from requests_app.services import order_versions
from tests.factories import clean_pdf


def add(data_request, relation, *, process=None, days=1, until=None, note="Page 1", by=None, seen=None):
    """A version of the day before yesterday or so, with a document of its own."""
    process = process or data_request.orders.first()
    newest = process.versions.order_by("-number").first()
    copy = clean_pdf(data_request.officer, filename=f"{relation}.pdf")
    own = data_request.documents.create(
        document=copy, role="order", added_at=timezone.now(), added_by=data_request.officer
    )
    values = {"relation": relation, "issued_on": (timezone.now() - timedelta(days=days)).date(), "note": note}
    values |= {"valid_until": until, "document": str(own.uid), "upload": None}
    seen = newest.number if seen is None else seen
    return order_versions.add(data_request, process, values, seen=seen, by=by or data_request.officer)


def later(days):
    return (timezone.now() + timedelta(days=days)).date()
