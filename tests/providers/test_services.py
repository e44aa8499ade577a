from datetime import UTC, datetime

import pytest

from foundation.legal import catalogue
from foundation.legal.calendars import rest_days
from foundation.providers.models import EntryPoint, LegalEntity, Provider, Team
from foundation.providers.seed import ensure_demo_provider
from foundation.providers.services import NoSingleProvider, current_provider, entry_point_for

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def provider(db):
    return ensure_demo_provider(AT)


def test_the_sample_company_is_made_once(provider):
    assert ensure_demo_provider(AT) == provider
    assert LegalEntity.objects.filter(is_default=True).get().name == "Meridian Exchange Operations Ltd"
    assert set(Team.objects.values_list("name", "on_call_address")) == {
        ("Europe desk", "oncall@meridian.example"),
        ("Asia desk", "oncall@meridian.example"),
        ("Gulf desk", "oncall@meridian.example"),
        ("Restricted requests", "oncall@meridian.example"),
    }
    assert (provider.reference_prefix, provider.calendar.country) == ("MX", "IE")
    gulf = Team.objects.get(name="Gulf desk").calendar
    assert gulf is not None
    assert rest_days(gulf, 2026) == (4, 5)


def test_what_a_company_changed_stays_changed(provider):
    Provider.objects.update(answer_days=20)
    EntryPoint.objects.all().delete()
    assert ensure_demo_provider(AT).answer_days == 20
    assert not EntryPoint.objects.exists()


def test_it_goes_together_with_the_catalogue_in_either_order(provider):
    catalogue.load(AT)
    assert entry_point_for(provider, "in").jurisdiction.name == "India"


def test_the_only_company_is_the_current_one(provider, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert current_provider().calendar.name == "Dublin office"
    calendar = provider.calendar
    Provider.objects.create(name="Other", slug="other", reference_prefix="OT", calendar=calendar, emergency_phone="1")
    with pytest.raises(NoSingleProvider, match="Several"):
        current_provider()


def test_without_a_company_it_says_what_to_do(db):
    with pytest.raises(NoSingleProvider, match="No company is set up"):
        current_provider()


def test_a_jurisdiction_may_have_its_own_door(provider):
    india = entry_point_for(provider, "IN")
    assert "Sahyog" in india.national_channel
    assert india.team.name == "Asia desk"
    assert entry_point_for(provider, india.jurisdiction) == india
    assert entry_point_for(provider, "NO").national_channel == ""
    assert entry_point_for(provider, "BR") is None
