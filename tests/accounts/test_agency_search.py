"""Finding an agency in the registry."""

import pytest
from django.utils import timezone

from accounts import agencies
from accounts.enums import AgencyStatus
from accounts.models import Agency
from tests.people import make_agency

pytestmark = pytest.mark.django_db


def names(words, **more):
    return [agency.name for agency in agencies.search(words, **more)]


@pytest.mark.parametrize(
    "words",
    ["oslo", "politi oslo", "OSLO POLITI", "osló polití", "sentrum oslo", "slo poli", "vest oslo", "Politidistrikt"],
)
def test_words_match_in_any_order_with_or_without_accents(words):
    make_agency("Oslo Police District", local_name="Oslo politidistrikt", town="Sentrum", region="Vestlandet")
    make_agency("Bergen Police")
    assert names(words) == ["Oslo Police District"]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("Malmö polis", "malmo"), ("Łódź KWP", "lodz"), ("Straßenpolizei", "strassen"), ("Næstved politi", "NÆSTVED"),
     ("Næstved politi", "naestved"), ("Полиция Варна", "полиция"), ("İzmir Emniyet", "izmir")],
)  # fmt: skip
def test_letters_are_folded(stored, typed):
    make_agency(stored)
    assert names(typed) == [stored]


@pytest.mark.parametrize("words", ["%", "__", "o%o", "\\", "o", " ", ""])
def test_signs_of_a_pattern_and_too_little_find_nothing(words):
    make_agency("Oslo Police")
    assert names(words) == []


def test_only_active_agencies_in_use_are_found():
    active = make_agency("Oslo Police")
    make_agency("Oslo Suspended", status=AgencyStatus.SUSPENDED)
    make_agency("Oslo Proposed", status=AgencyStatus.PROPOSED)
    make_agency("Kristiania Police", merged_into=active)
    assert names("oslo") == ["Oslo Police"]
    assert names("kristiania") == ["Oslo Police"]


def test_the_agency_of_the_own_domain_stands_first_and_others_after_it():
    own = make_agency("Zwolle Police", domain="zwolle.example")
    make_agency("Zuid Police", domain="zuid.example")
    chosen = make_agency("Utrecht Police")
    assert names("police", email_domain="zwolle.example")[0] == own.name
    assert names("", email_domain="zwolle.example") == [own.name]
    assert names("", email_domain="mail.zwolle.example") == []
    assert names("zuid", beside=chosen, email_domain="ZWOLLE.example") == [chosen.name, own.name, "Zuid Police"]
    assert names("police", beside=own, email_domain="zwolle.example").count(own.name) == 1
    Agency.objects.filter(pk=own.pk).update(status=AgencyStatus.SUSPENDED)
    assert names("", email_domain="zwolle.example") == []


def test_ten_are_shown_and_the_rest_is_counted(django_assert_num_queries):
    at = timezone.now()
    Agency.objects.bulk_create(
        Agency(name=f"County Sheriff {n:05}", country="US", status="active", created_at=at) for n in range(200)
    )
    make_agency("Sheriff of Nottingham")
    with django_assert_num_queries(2):
        found = agencies.find("sheriff")
    assert (len(found.agencies), found.total, found.more) == (10, 201, 191)
    assert found.agencies[0].name == "Sheriff of Nottingham"
    assert agencies.find("sheriff 00199").more == 0


def test_the_search_never_compares_row_with_row_whatever_the_database_believes_of_the_table():
    # Without statistics, as right after an import, an IN with a subquery became a loop of a loop: minutes.
    plan = agencies.matching("sheriff nottingham").explain()
    assert "Nested Loop" not in plan
    assert "hashed SubPlan" in plan
