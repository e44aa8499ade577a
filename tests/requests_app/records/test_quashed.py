"""Under an order that was quashed nothing leaves, and staff hear of it where records left before."""

import pytest

from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest
from requests_app.permissions import package_refusal
from tests.requests_app.changed_orders import add
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "quick_letter")]


def test_under_a_quashed_order_nothing_is_released():
    data_request = granted_request()
    package = sealed_package(data_request)
    package.data_request = data_request
    approver = data_request.test_people.approver
    assert package_refusal(approver, "release", package) is None
    add(data_request, "quashed")
    assert "was quashed on" in package_refusal(approver, "release", package)


def test_after_records_left_staff_are_told_that_the_order_was_quashed():
    package = released_package(granted_request())
    data_request = DataRequest.objects.get(pk=package.data_request_id)
    assert data_request.status == "produced"
    add(data_request, "quashed")
    assert (
        OutboundMessage.objects.filter(event="order_changed", to_user=data_request.assignee)
        .get()
        .subject.endswith("Order quashed")
    )
