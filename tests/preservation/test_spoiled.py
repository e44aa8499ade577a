"""The decision sent with an extension turns out infected: the officer is told once, and sends another."""

import pytest
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import TransitionRefused
from foundation.documents.models import Document
from foundation.legal.models import Issuer
from foundation.notifications.models import OutboundMessage
from preservation.services import extensions, spoiled
from preservation.services.extension_plans import planned
from tests.people import client_for, make_staff
from tests.preservation.holds import hold_of, law, signed_document

pytestmark = pytest.mark.django_db
WHY = "A virus was found in this file."


def asked(hold):
    given = {"reason": "Court", "ground": "Tingretten, 12 Nov, 26-4711", "document": signed_document(hold.officer)}
    return extensions.ask(hold, by=hold.officer, **given)


def test_the_officer_is_told_once_and_sends_the_decision_again():
    hold = hold_of(at=timezone.now(), ground="law", process_type=law(issuer=Issuer.JUDGE))
    first = asked(hold)
    assert asked(hold).document_id == first.document_id, "while it can be used, nothing changes"
    assert spoiled.tell() == 0
    Document.objects.filter(pk=first.document_id).update(state="infected", refusal=WHY)
    assert [spoiled.tell(), spoiled.tell()] == [1, 0]
    told = OutboundMessage.objects.get(event="hold_document_unusable")
    assert (told.to_user_id, WHY in told.body_text) == (hold.officer_id, False)
    client = client_for(hold.officer)
    assert WHY in client.get(f"/holds/{hold.reference}/").content.decode()
    assert client.get(f"/holds/{hold.reference}/extend/").status_code == 200
    admin = make_staff("preservation_admin")
    with pytest.raises(TransitionRefused, match="cannot be read"):
        extensions.grant(first, by=admin)
    assert [WHY in row.refusal for row in planned([first.uid], by=admin, at=timezone.now())] == [True]
    again = asked(hold)
    assert (again.pk, again.document_id == first.document_id) == (first.pk, False)
    assert hold.extensions.count() == 1
    assert spoiled.tell() == 0
    assert WHY not in client.get(f"/holds/{hold.reference}/").content.decode()
    assert extensions.grant(again, by=admin).status == "granted"


def test_staff_read_that_the_original_cannot_be_had_and_nothing_is_noted():
    hold = hold_of(at=timezone.now(), ground="law", process_type=law(issuer=Issuer.JUDGE))
    extension, staff = asked(hold), client_for(make_staff("preservation_admin"))
    Document.objects.filter(pk=extension.document_id).update(state="infected", refusal=WHY)
    found = staff.get(f"/staff/holds/{hold.reference}/extensions/{extension.uid}/document/", follow=True)
    assert WHY in found.content.decode()
    assert not entries_for(hold).filter(action="hold.document_downloaded").exists()
