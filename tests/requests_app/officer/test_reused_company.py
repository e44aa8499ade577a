"""An order taken from another request names its company there: the draft is addressed to it, and can be sent."""

import pytest

from foundation.providers.models import LegalEntity
from requests_app.models import DataRequest
from requests_app.services import draft_orders, drafts, preflight
from tests.factories import request_at

pytestmark = pytest.mark.django_db


def addressed():
    sent = request_at("submitted")
    named, _other = (
        LegalEntity.objects.create(provider=sent.provider, name=name, country="IE") for name in ("Ops Ltd", "US LLC")
    )
    DataRequest.objects.filter(pk=sent.pk).update(legal_entity=named)
    sent.refresh_from_db()
    return sent


def test_a_draft_is_addressed_to_the_company_of_the_order_it_takes():
    sent = addressed()
    draft = drafts.start(sent.provider, by=sent.officer)
    assert draft.legal_entity is None
    draft_orders.use(draft, sent.orders.get().uid, by=sent.officer)
    draft.refresh_from_db()
    assert draft.legal_entity == sent.legal_entity
    assert "legal_entity" not in {finding.field for finding in preflight.findings(draft, sent.submitted_at)}


def test_a_company_that_was_chosen_stays():
    sent = addressed()
    draft = drafts.start(sent.provider, by=sent.officer)
    chosen = LegalEntity.objects.get(name="US LLC")
    DataRequest.objects.filter(pk=draft.pk).update(legal_entity=chosen)
    draft_orders.use(draft, sent.orders.get().uid, by=sent.officer)
    draft.refresh_from_db()
    assert draft.legal_entity == chosen
