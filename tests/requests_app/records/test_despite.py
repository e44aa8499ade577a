"""Counsel decides that bars of other matters do not hold a notice: those that there are, and none that comes later."""

from datetime import date

import pytest
from django.utils import timezone

from requests_app.services import notice_desk, notices
from tests.factories import request_at
from tests.people import make_staff
from tests.requests_app.records.steps import granted_request

pytestmark = pytest.mark.usefixtures("quick_letter")


def stated_elsewhere(account, last_day):
    """A bar that another request names on this account."""
    other = request_at("in_review", secrecy=last_day, matched=True)
    target = other.targets.first()
    other.targets.exclude(pk=target.pk).update(account="")
    other.targets.filter(pk=target.pk).update(account=account)
    return other, other.non_disclosure_orders.get()


def test_a_bar_that_comes_after_the_decision_of_counsel_holds_again(db, company):
    data_request, counsel = granted_request(barred=False), make_staff("counsel")
    notice = data_request.notices.order_by("account").first()
    data_request.notices.exclude(pk=notice.pk).delete()

    def stands():
        notice.refresh_from_db()
        return notice.status

    def decide():
        notice_desk.despite(notice, reason="That matter is public", by=counsel)
        return stands()

    other, order = stated_elsewhere(notice.account, "2099-06-30")
    notices.look_again([notice.account], provider_id=data_request.provider_id)
    assert stands() == "postponed"
    assert decide() == "planned"
    # What was only stated is confirmed now: another thing than counsel knew of.
    notices.confirm_bar(order, page="1", bars_until=None, by=other.test_people.analyst)
    assert (stands(), notice.waits_for) == ("postponed", "counsel")
    assert decide() == "planned"
    # Nobody asks the rule again when a request comes in: the last check before the letter does.
    third, later = stated_elsewhere(notice.account, "2099-12-31")
    assert notices.send_due(at=timezone.now()) == 0
    assert stands() == "postponed"
    assert decide() == "planned"
    notices.confirm_bar(later, page="1", bars_until=date(2099, 12, 31), by=third.test_people.analyst)
    assert stands() == "postponed"
    assert decide() == "planned"
    assert notices.send_due(at=timezone.now()) == 1
