"""A letter confirms no emergency and no supervisor: not on the page, not in the service, not where one was recorded."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import CallPurpose
from accounts.models import CallBack
from foundation.core.errors import NotAllowed
from requests_app.forms.urgent_contact import UrgentCallForm
from requests_app.permissions import call_back_confirmed, supervisor_confirmed
from requests_app.services import call_backs
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.emergencies.gate_steps import calls

pytestmark = pytest.mark.django_db
SAID = {"result": "confirmed", "spoke_to": "Chief Inspector K. Aas"}


def by_letter(row, about):
    """One that was recorded before letters were refused, with the second person's word."""
    return CallBack.objects.create(
        about_reference=row.reference, purpose=about, alternative="post", called_at=timezone.now(),
        called_by=row.assignee, seconded_at=timezone.now(), seconded_by=make_staff("approver"), **SAID,
    )  # fmt: skip


def test_a_letter_is_neither_offered_nor_taken_for_an_emergency_or_its_supervisor():
    row = request_at("in_review", kind="emergency")
    page = reverse("staff:call_back", args=[row.reference])
    client = client_for(row.assignee)
    assert 'value="liaison"' in client.get(page).content.decode()
    assert 'value="post"' not in client.get(page).content.decode()
    assert client.post(page, SAID | {"way": "post"}).status_code == 422
    with pytest.raises(NotAllowed, match="letter"):
        call_backs.record(row, purpose="request", alternative="post", by=row.assignee, **SAID)
    old = by_letter(row, CallPurpose.REQUEST)
    by_letter(row, CallPurpose.SUPERVISOR)
    assert not call_back_confirmed(row)
    assert "a letter confirms no emergency" in client.get(page).content.decode()
    CallBack.objects.update(seconded_at=None, seconded_by=None)
    with pytest.raises(NotAllowed, match="letter"):
        call_backs.second(old, by=make_staff("approver"))
    assert call_backs.ways_of_request(row) == []
    calls(row)
    assert not supervisor_confirmed(row)
    assert "post" not in dict(UrgentCallForm(numbers=[]).fields["way"].choices)
    ordinary = request_at("in_review", officer=row.officer)
    assert 'value="post"' in client.get(reverse("staff:call_back", args=[ordinary.reference])).content.decode()


def test_another_way_counts_for_request_and_supervisor_only_with_the_second_person_for_both():
    row, second = request_at("in_review", kind="emergency"), make_staff("approver")
    ways = {"alternative": "contact_24_7", "by": row.assignee, **SAID}
    first = call_backs.record(row, purpose="request", **ways)
    other = call_backs.record(row, purpose="supervisor", **ways)
    call_backs.second(other, by=second)
    assert not supervisor_confirmed(row)
    call_backs.second(first, by=second)
    assert supervisor_confirmed(row)
