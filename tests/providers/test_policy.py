"""What a company takes, against what the catalogue says."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.legal import catalogue
from foundation.legal.models import ProcessType
from foundation.providers.models import EntryPoint, ProcessPolicy
from foundation.providers.policy import offered_types, policy_of, redirect_for
from tests.people import make_provider

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def provider(db):
    catalogue.load(AT)
    return make_provider()


def decide(provider, code, *, accepted, needs_counsel=False):
    return ProcessPolicy.objects.create(
        provider=provider, code=code, accepted=accepted, needs_counsel=needs_counsel, note="Decided.", changed_at=AT
    )


def codes(provider, place):
    return [row.code for row in offered_types(provider, place, AT)]


def test_without_a_decision_the_catalogue_holds(provider):
    assert codes(provider, "FR") == [row.code for row in catalogue.types_for("FR", AT)]
    assert policy_of(provider, ProcessType.objects.get(code="GB-COPO")).needs_counsel
    assert not policy_of(provider, ProcessType.objects.get(code="EU-EPOC-SUB")).accepted


def test_a_decision_goes_both_ways_and_only_for_that_company(provider):
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    decide(provider, "EU-EPOC-SUB", accepted=True)
    decide(provider, "FR-REQ-60-1", accepted=False)
    assert "EU-EPOC-SUB" in codes(provider, "FR")
    assert "FR-REQ-60-1" not in codes(provider, "FR")
    assert "EU-EPOC-SUB" not in codes(other, "FR")
    assert "FR-REQ-60-1" in codes(other, "FR")


def test_a_decision_survives_loading_again_and_a_new_version(provider):
    decide(provider, "FR-REQ-60-1", accepted=False, needs_counsel=True)
    catalogue.load(AT + timedelta(days=1))
    row = ProcessType.objects.get(code="FR-REQ-60-1")
    row.pk, row.catalogue_version = None, "2027-01-05"
    row.save(force_insert=True)
    assert "FR-REQ-60-1" not in codes(provider, "FR")
    assert policy_of(provider, row).needs_counsel


def test_offered_types_say_what_counsel_sees_in_one_query(provider, django_assert_num_queries):
    decide(provider, "INT-COURT-ORDER", accepted=True, needs_counsel=True)
    with django_assert_num_queries(1):
        counsel = {row.code for row in offered_types(provider, "JP", AT) if row.counsel and row.jurisdiction.name}
    assert {"INT-COURT-ORDER", "JP-TEIKYO-MEIREI"} <= counsel


def test_a_country_is_sent_elsewhere_only_where_its_entry_point_says_so(provider):
    EntryPoint.objects.create(provider=provider, jurisdiction_id="IN", redirects=True, national_channel="Sahyog")
    EntryPoint.objects.create(provider=provider, jurisdiction_id="NO", guidelines="Name the Dublin company.")
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    assert redirect_for(provider, "in").national_channel == "Sahyog"
    assert redirect_for(provider, "NO") is None
    assert redirect_for(provider, "SE") is None
    assert redirect_for(other, "IN") is None
