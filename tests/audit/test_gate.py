"""What is asked before an entry of a person is written."""

import pytest
from django.db import transaction

from foundation.audit import context
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from tests.people import make_user


class Closed(Exception):
    """The gate lets nobody through."""


def closed(_by):
    raise Closed


def written():
    return list(AuditEvent.objects.filter(action__startswith="gate.").order_by("pk").values_list("action", flat=True))


@pytest.mark.django_db
def test_a_closed_gate_keeps_what_a_person_does_out_of_the_trail():
    user = make_user()
    with context.gate(closed), pytest.raises(Closed):
        record("gate.done", by=user)
    assert written() == []
    record("gate.outside", by=user)
    assert written() == ["gate.outside"]


@pytest.mark.django_db
def test_refusals_and_the_system_pass_it():
    user = make_user()
    with context.gate(closed):
        record("gate.refused", by=user, outcome="refused")
        record("gate.system", by=None)
    assert written() == ["gate.refused", "gate.system"]


@pytest.mark.django_db
def test_it_is_asked_with_the_person_and_an_inner_one_ends_with_its_block():
    user, asked = make_user(), []
    with context.gate(asked.append):
        with context.gate(closed), pytest.raises(Closed):
            record("gate.inner", by=user)
        record("gate.outer", by=user)
    assert asked == [user]
    assert context.current_gate() is None


def test_outside_a_transaction_the_gate_and_the_entry_share_one(committed_db):
    user, inside = make_user(), []
    with context.gate(lambda _by: inside.append(transaction.get_connection().in_atomic_block)):
        record("gate.alone", by=user)
    assert inside == [True]
    assert not transaction.get_connection().in_atomic_block
