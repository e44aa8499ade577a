"""What an agency reads out of a destination: kept, right or wrong; after three wrong ones the transfer is stopped."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.models import FreezeOrder
from requests_app.services import freezing, read_outs
from requests_app.services.freezing import Done
from tests.people import client_for, make_staff
from tests.requests_app.freezes import cases
from tests.requests_app.freezes.test_doing import wallet_call
from tests.requests_app.kinds.cases import WALLET

pytestmark = pytest.mark.django_db


def read_out(row, *, begins=WALLET[:6], ends=WALLET[-6:], by=None):
    """Post a call in which this was read out and which the caller calls confirmed."""
    url = reverse("staff:call_back", args=[row.reference]) + "?about=wallet"
    given = {"way": f"number-{row.agency.numbers.get().pk}", "result": "confirmed", "spoke_to": "Duty officer",
             "note": "", "begins": begins, "ends": ends}  # fmt: skip
    return client_for(by or row.test_people.analyst).post(url, given, follow=True).content.decode()


def test_other_characters_are_kept_as_a_call_that_did_not_confirm():
    row = cases.granted(**cases.TRANSFER)
    wallet_call(row)
    assert "This is not what the request says." in read_out(row, ends="zzzzzz")
    call = CallBack.objects.filter(purpose="wallet").latest("pk")
    assert (call.result, "zzzzzz" in call.note, WALLET in call.note) == ("not_confirmed", True, True)
    noted = entries_for(row).filter(action="request.call_back_recorded").latest("pk")
    assert b"not_confirmed" in bytes(noted.payload)
    page = client_for(row.test_people.approver).get(reverse("staff:freeze", args=[row.reference])).content.decode()
    assert "1 call did not confirm this destination." in page
    assert "zzzzzz" in page
    with pytest.raises(NotAllowed, match="Confirm the destination first"):  # the earlier yes counts no more
        freezing.record_done(row, {}, by=row.test_people.analyst)
    read_out(row)
    assert freezing.record_refusal(row, by=row.test_people.analyst) is None


def test_after_three_of_them_nothing_is_transferred_before_somebody_else_says_why_it_may_be():
    row = cases.granted(**cases.TRANSFER)
    people = row.test_people
    for _try in range(2):
        read_out(row, begins="bc1qxx")
    done = {line.pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for _n, line in freezing.to_do(row)}
    both = make_staff("analyst", "approver")
    assert "in 3 calls: nothing is transferred" in read_out(row, begins="bc1qxx", by=both)
    read_out(row)
    done = {pk: Done("in_full", timezone.now(), Decimal(1), Decimal("0.01")) for pk in done}
    with pytest.raises(NotAllowed, match="in 3 calls"):
        freezing.record_done(row, done, by=people.analyst)
    url, page = (reverse(f"staff:{name}", args=[row.reference]) for name in ("freeze_clear", "freeze"))
    assert client_for(people.analyst).post(url, {"why": "It is fine."}).status_code == 403
    answer = client_for(both).post(url, {"why": "It is fine."})
    assert answer.status_code == 422
    assert "You made one of these calls" in answer.content.decode()
    approver = client_for(people.approver)
    assert "Let the transfer go on" in approver.get(page).content.decode()
    assert approver.post(url, {"why": " "}).status_code == 422
    assert approver.post(url, {"why": "They read the file of another case; we compared the warrant."}).url == page
    assert entries_for(row).get(action="freeze.read_outs_cleared").reason.startswith("They read the file")
    with pytest.raises(NotAllowed, match="not stopped"):
        read_outs.clear(row, reason="Twice", by=people.approver)
    assert "Let the transfer go on" not in approver.get(page).content.decode()
    freezing.record_done(row, done, by=people.analyst)
    # Three more, after it was recorded: nobody confirms.
    for _try in range(3):
        read_out(row, begins="bc1qxx")
    read_out(row)
    with pytest.raises(NotAllowed, match="in 3 calls"):
        cases.confirmed(row)
    with pytest.raises(Incomplete):
        read_outs.clear(row, reason="", by=people.approver)
    # Another destination has calls of its own.
    FreezeOrder.objects.filter(data_request=row).update(destination="1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    assert read_outs.barred_refusal(cases.fresh(row)) is None
