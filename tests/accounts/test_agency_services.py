"""What the desk does to the registry: blocked domains, and telling an agency that its name was used."""

import pytest

from accounts.domain_names import DomainRefused
from accounts.enums import AgencyStatus
from accounts.models import BlockedDomain
from accounts.services import agencies
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, last_mail
from tests.people import make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db


def test_a_blocked_domain_is_kept_once_with_its_reason():
    analyst = make_staff("analyst")
    row = agencies.block_domain(
        "  @Nordvik-Polise.EXAMPLE ", reason="Imitates Nordvik", about_reference="AC-26-1", by=analyst
    )
    assert (row.domain, row.about_reference, row.blocked_by) == ("nordvik-polise.example", "AC-26-1", analyst)
    assert agencies.block_domain("nordvik-polise.example", reason="Again", by=analyst).pk == row.pk
    assert actions(object_label="nordvik-polise.example") == ["agency.domain_blocked"]
    assert AuditEvent.objects.get(action="agency.domain_blocked").reason == "Imitates Nordvik"


def test_a_domain_of_another_script_is_blocked_as_its_a_label():
    row = agencies.block_domain("Полиция.example", reason="Imitates", by=make_staff("analyst"))
    assert row.domain == "xn--h1aahle9bwd.example"


@pytest.mark.parametrize("domain", ["1.2.3.4", "[1.2.3.4]", "https://nordvik.example", "nordvik", "a b.example", ""])
def test_what_is_no_domain_is_not_blocked(domain):
    with pytest.raises(DomainRefused):
        agencies.block_domain(domain, reason="x", by=make_staff("analyst"))
    assert not BlockedDomain.objects.exists()


@pytest.mark.parametrize("domain", ["gov.uk", "co.uk", "bund.de", "state.tx.us", "police.uk"])
def test_no_suffix_is_blocked(domain):
    with pytest.raises((DomainRefused, NotAllowed)):
        agencies.block_domain(domain, reason="x", by=make_staff("analyst"))


def test_no_domain_of_an_active_agency_is_blocked_nor_what_lies_above_or_below_it():
    analyst = make_staff("analyst")
    agency = make_agency(domain="politi.nordvik.example")
    agency.domains.update(covers_subdomains=True)
    for domain in ("politi.nordvik.example", "nordvik.example", "west.politi.nordvik.example"):
        with pytest.raises(NotAllowed, match=agency.name):
            agencies.block_domain(domain, reason="x", by=analyst)
    assert agencies.block_domain("xpoliti.nordvik.example", reason="A neighbour", by=analyst)
    agency.status = AgencyStatus.PROPOSED
    agency.save()
    assert agencies.block_domain("politi.nordvik.example", reason="Never was one", by=analyst)


def test_a_block_is_lifted_once_with_a_reason_and_can_be_made_again():
    analyst = make_staff("analyst")
    row = agencies.block_domain("nordvik-polise.example", reason="Imitates", by=analyst)
    agencies.lift_block(row, reason="It is theirs", by=analyst)
    agencies.lift_block(row, reason="Twice", by=analyst)
    agencies.block_domain("nordvik-polise.example", reason="After all", by=analyst)
    said = ["agency.domain_blocked", "agency.domain_unblocked", "agency.domain_blocked"]
    assert actions(object_label="nordvik-polise.example") == said


@pytest.mark.parametrize("role", ["auditor", "administrator", "counsel", "custodian"])
def test_others_block_lift_and_warn_nothing(role):
    other, agency = make_staff(role), make_agency(generic_address="post@nordvik.example")
    row = agencies.block_domain("imitation.example", reason="x", by=make_staff("approver"))
    for act in (
        lambda: agencies.block_domain("another.example", reason="x", by=other),
        lambda: agencies.lift_block(row, reason="x", by=other),
        lambda: agencies.warn_agency(agency, about_reference="AC-26-1", by=other),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotAllowed):
        agencies.block_domain("another.example", reason="x", by=make_officer())
    assert BlockedDomain.objects.get(lifted_at=None) == row
    assert not OutboundMessage.objects.exists()


def test_an_agency_is_warned_at_its_generic_address_without_names_or_facts():
    analyst = make_staff("analyst", full_name="Ines Calloway")
    agency = make_agency("Nordvik Police", generic_address="post@nordvik-police.example")
    assert agencies.warn_agency(agency, about_reference="AC-26-7K4Q9T", by=analyst)
    assert agencies.warn_agency(agency, about_reference="AC-26-7K4Q9T", by=analyst)
    mail = last_mail("agency_misuse")
    assert OutboundMessage.objects.count() == 1
    assert actions(action="agency.warned_of_misuse") == ["agency.warned_of_misuse"]
    assert mail.to_address == "post@nordvik-police.example"
    assert "Nordvik Police" in mail.body_text
    assert "AC-26-7K4Q9T" in mail.body_text
    assert "Calloway" not in mail.body_text
    assert "http" not in mail.body_text


def test_nothing_is_sent_where_no_generic_address_is_on_file():
    assert agencies.warn_agency(make_agency(), about_reference="AC-26-1", by=make_staff("analyst")) is False
    assert not OutboundMessage.objects.exists()
    assert "agency.warned_of_misuse" not in actions()
