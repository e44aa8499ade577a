"""A request that came outside the portal becomes a request with clocks from its arrival."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeclaredConflict
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed
from foundation.core.identifiers import read_identifier
from foundation.notifications.models import OutboundMessage
from requests_app.enums import Channel, RequestStatus
from requests_app.models import DataRequest
from requests_app.services.recording import AskedFor, OrderGiven, Recorded, record
from tests.factories import entity_of, process_type, team_of
from tests.people import make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    provider = make_provider()
    team_of(provider), entity_of(provider)
    return provider


def values(provider, agency, **changes):
    """What stands in a letter that came two days ago."""
    given = {
        "provider": provider,
        "agency": agency,
        "arrived_at": timezone.now() - timedelta(days=2),
        "case_number": "K-2231/26",
        "facts": "Payment to a shop that never delivered.",
        "order": OrderGiven(process_type(), issuing_authority="Nordvik court", issued_on=date(2026, 9, 1)),
        "identifiers": [
            read_identifier("email", "kari@mail.example"),
            read_identifier("email", "Kari@mail.example"),
            read_identifier("email", "not an address"),
        ],
        "records": [AskedFor("registration", date(2026, 3, 1), date(2026, 3, 31))],
    }
    return Recorded(**(given | changes))


def test_a_letter_becomes_a_request_with_clocks_from_its_arrival(provider):
    agency, analyst = make_agency(generic_address="post@nordvik.example"), make_staff()
    letter = values(provider, agency)
    row = record(letter, channel=Channel.POST, by=analyst)
    row.refresh_from_db()
    assert (row.status, row.channel, row.recorded_by) == (RequestStatus.SUBMITTED, "post", analyst)
    assert row.submitted_at == letter.arrived_at
    assert row.first_look_due_at < row.submitted_at + timedelta(days=7)
    assert row.lines.get().order_version is not None
    assert not row.officer.is_active
    assert not row.officer.has_usable_password()
    mail = OutboundMessage.objects.get(reference=row.reference, event="recorded_received")
    assert mail.to_address == "post@nordvik.example"
    assert "K-2231" not in mail.body_text
    assert entries_for(row).filter(action="request.recorded").count() == 1


def test_a_named_officer_is_the_officer_and_is_told(provider):
    officer = make_officer()
    row = record(values(provider, officer.membership.agency, officer=officer), channel=Channel.EMAIL, by=make_staff())
    assert row.officer == officer
    assert OutboundMessage.objects.filter(event="request_received", to_user=officer).count() == 1


def test_the_same_click_twice_makes_one(provider):
    agency, analyst, key = make_agency(), make_staff(), uuid4()
    first = record(values(provider, agency, key=key), channel=Channel.FAX, by=analyst)
    assert record(values(provider, agency, key=key), channel=Channel.FAX, by=analyst).pk == first.pk
    with pytest.raises(NotAllowed):
        record(values(provider, agency, key=key), channel=Channel.FAX, by=make_staff())
    assert DataRequest.objects.count() == 1


def test_what_cannot_be_is_refused_and_leaves_nothing(provider):
    agency, analyst, conflicted = make_agency(), make_staff(), make_staff()
    DeclaredConflict.objects.create(
        user=conflicted, agency=agency, declared_at=timezone.now(), reason="A brother works there"
    )
    tries = [
        (NotAllowed, Channel.PHONE, analyst, {}),
        (NotAllowed, Channel.PORTAL, analyst, {}),
        (NotAllowed, Channel.HISTORY, analyst, {"external_reference": "H-1"}),
        (NotAllowed, Channel.POST, make_staff("auditor"), {}),
        (NotAllowed, Channel.POST, conflicted, {}),
        (NotAllowed, Channel.POST, analyst, {"officer": make_officer()}),
        (Incomplete, Channel.POST, analyst, {"arrived_at": timezone.now() + timedelta(hours=1)}),
        (Incomplete, Channel.SAHYOG, analyst, {}),
    ]
    for error, channel, by, changes in tries:
        with pytest.raises(error):
            record(values(provider, agency, **changes), channel=channel, by=by)
    assert not DataRequest.objects.exists()


def test_the_number_of_a_gateway_is_known_once(provider):
    agency = make_agency()
    record(values(provider, agency, external_reference="S-1"), channel=Channel.SAHYOG, by=make_staff())
    with pytest.raises(Incomplete, match="known already"):
        record(values(provider, agency, external_reference="S-1"), channel=Channel.SAHYOG, by=make_staff())
