"""What became of an order, for tests."""

from datetime import timedelta

from django.utils import timezone

from requests_app.services import order_versions
from tests.factories import clean_pdf


def add(data_request, relation, *, process=None, days=1, until=None, note="Page 1", by=None, seen=None):
    """A version of the day before yesterday or so, with the attached copy as its document."""
    process = process or data_request.orders.first()
    newest = process.versions.order_by("-number").first()
    own = data_request.documents.filter(removed_at=None, role="order").first()
    if own is None:
        copy = clean_pdf(data_request.officer)
        own = data_request.documents.create(
            document=copy, role="order", added_at=timezone.now(), added_by=data_request.officer
        )
    values = {"relation": relation, "issued_on": (timezone.now() - timedelta(days=days)).date(), "note": note}
    values |= {"valid_until": until, "document": str(own.uid), "upload": None}
    seen = newest.number if seen is None else seen
    return order_versions.add(data_request, process, values, seen=seen, by=by or data_request.officer)


def later(days):
    return (timezone.now() + timedelta(days=days)).date()
