"""What an answer cost: noted and taken back by staff, summed by currency, and never shown to an officer."""

from decimal import Decimal

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.services import costs
from tests.factories import request_at
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def test_amounts_are_summed_by_currency_and_taken_back():
    data_request = request_at("closed")
    analyst = data_request.test_people.analyst
    noted = [
        costs.note(data_request, amount=Decimal(amount), currency=currency, what="=Hours", by=analyst)
        for amount, currency in (("100.10", "EUR"), ("0.20", "EUR"), ("5", "USD"))
    ]
    assert costs.sums(data_request) == [("EUR", Decimal("100.30")), ("USD", Decimal(5))]
    for _press in range(2):
        costs.remove(noted[0], by=analyst)
    assert costs.sums(data_request) == [("EUR", Decimal("0.20")), ("USD", Decimal(5))]
    assert AuditEvent.objects.filter(action="cost.removed").count() == 1
    assert [line[3:5] for line in costs.rows(data_request)][-2:] == [("0.20", "EUR"), ("5.00", "USD")]
    with pytest.raises(Incomplete):
        costs.note(data_request, amount=Decimal(0), currency="EUR", what="Hours", by=analyst)
    for person in (make_staff("auditor"), data_request.officer):
        with pytest.raises(NotAllowed):
            costs.note(data_request, amount=Decimal(1), currency="EUR", what="Hours", by=person)
