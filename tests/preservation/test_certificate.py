"""What the certificate says after an extension and after a part was released; never what was found."""

from datetime import timedelta

import pytest

from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers.connectors.demo import cases
from preservation.models import PreservationHold
from preservation.services import certificates, extensions
from tests.people import make_staff
from tests.preservation.holds import AT, extension_of, hold_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a certificate"


@pytest.fixture(autouse=True)
def _no_typesetter(monkeypatch):
    monkeypatch.setattr(certificates.paper, "render_pdf", lambda template, context: PDF)


@pytest.fixture
def hold():
    made = hold_of(identifiers=(("uid", cases.ACCOUNT_A), ("email", "nobody@mail.example")))
    PreservationHold.objects.filter(pk=made.pk).update(snapshot_at=AT, acceptance="rule")
    made.refresh_from_db()
    return made


def test_an_extension_gives_a_new_one_that_names_the_one_before(hold):
    first = certificates.make(hold, at=AT)
    assert certificates.facts(hold, AT)["length"] == "90 days from receipt"
    at = AT + timedelta(days=80)
    extensions.grant(extension_of(hold), by=make_staff("preservation_admin"), at=at)
    hold.refresh_from_db()
    said = certificates.facts(hold, at)
    assert said["length"] == "90 days from receipt; 90 more days, granted on 8 Feb 2027"
    assert said["replaces"] == "20 Nov 2026"
    second = certificates.make(hold, at=at)
    hold.refresh_from_db()
    assert [(old.document, old.ends.date().isoformat()) for old in certificates.earlier(hold)] == [
        (first, "2027-02-18")
    ]
    assert certificates.made(hold, first.uid) == first
    assert certificates.made(hold, second.uid) == second


def test_a_part_that_is_released_while_the_page_is_set_throws_the_page_away(hold, monkeypatch):
    def slow(template, context):
        hold.identifiers.filter(kind="email").update(released_at=AT)
        return PDF

    monkeypatch.setattr(certificates.paper, "render_pdf", slow)
    assert certificates.make(hold, at=AT) is None
    assert not Document.objects.filter(purpose=certificates.PURPOSE).exists()
    monkeypatch.setattr(certificates.paper, "render_pdf", lambda template, context: PDF)
    assert certificates.make(hold, at=AT) is not None
    assert [released for _item, released in certificates.facts(hold, AT)["named"]] == ["", "20 Nov 2026"]


def test_a_document_that_is_no_certificate_of_this_hold_is_none(hold):
    certificates.make(hold, at=AT)
    other = hold_of(identifiers=(("uid", cases.ACCOUNT_B),))
    PreservationHold.objects.filter(pk=other.pk).update(snapshot_at=AT)
    other.refresh_from_db()
    foreign = certificates.make(other, at=AT)
    loose = documents.write_generated(PDF, filename="x.pdf", media_type="application/pdf", purpose="x", by=None)
    hold.refresh_from_db()
    assert certificates.made(hold, foreign.uid) is None
    assert certificates.made(hold, loose.uid) is None
