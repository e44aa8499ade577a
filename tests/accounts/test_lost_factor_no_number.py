"""A lost second factor of somebody whose agency cannot be called yet: the page says what to do, and then it goes on."""

import pytest

from accounts.enums import AgencyStatus, CallBackResult
from accounts.models import AgencyNumber, LostFactor
from accounts.services import letting_in, lost_factor
from tests.accounts.applied import applied
from tests.accounts.helpers import page, words
from tests.accounts.suspending import told
from tests.people import client_for, make_agency, make_factor, make_officer, make_provider, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk():
    make_provider()


def case_of(user) -> LostFactor:
    make_factor(user)
    return lost_factor.ask(user, reason="My phone was stolen")


def shown(case, role="analyst"):
    return client_for(make_staff(role)).get(f"/staff/lost-factors/{case.uid}/")


def links(response):
    return [link["href"] for link in page(response).main.find_all("a", href=True)]


def test_an_agency_that_is_only_proposed_gets_a_number_first():
    agency = make_agency("Garde de Valclair", number=False, status=AgencyStatus.PROPOSED)
    case = case_of(applied(agency, status="in_review").user)
    answer = shown(case)
    said = words(answer)
    assert "no number of Garde de Valclair that a second person confirmed. The agency is only proposed" in said
    assert "Never take it from the application" in said
    assert f"/staff/agencies/{agency.uid}/" in links(answer)
    number = AgencyNumber.objects.create(
        agency=agency, number="+441632960777", source="List of the ministry", entered_at=case.asked_at,
        confirmed_at=case.asked_at, confirmed_by=make_user(),
    )  # fmt: skip
    assert "only proposed" not in words(shown(case))
    analyst = make_staff("analyst")
    call = told(agency, result=CallBackResult.CONFIRMED, spoke_to="Personnel office, Lind")
    assert lost_factor.record_call(case, call, by=analyst).number == number
    case = LostFactor.objects.get(pk=case.pk)
    assert lost_factor.reset(case, reason="The agency confirmed", by=make_staff("approver")).status == "reset"


@pytest.mark.parametrize("status", ["submitted", "in_review", "action_needed", "awaiting_approval"])
def test_an_agency_that_was_only_named_is_put_into_the_registry_first(status):
    application = applied(status=status)
    case = case_of(application.user)
    answer = shown(case)
    assert case.agency is None
    assert "not in our registry yet" in words(answer)
    assert f"/staff/access/{application.reference}/agency/" in links(answer)
    agency = letting_in.adopt(application, by=make_staff("analyst"))
    case = LostFactor.objects.get(pk=case.pk)
    assert case.agency == agency
    assert f"/staff/agencies/{agency.uid}/" in links(shown(case))


def test_what_was_decided_keeps_its_agency():
    application = applied(status="in_review")
    case = case_of(application.user)
    lost_factor.refuse(case, reason="Nobody knows", by=make_staff("approver"))
    letting_in.adopt(application, by=make_staff("analyst"))
    assert LostFactor.objects.get(pk=case.pk).agency is None


def test_the_auditor_reads_it_without_links_to_acts():
    application = applied(status="in_review")
    answer = shown(case_of(application.user), "auditor")
    assert "A colleague puts the agency into the registry" in words(answer)
    assert f"/staff/access/{application.reference}/agency/" not in links(answer)
    agency = make_agency(number=False)
    answer = shown(case_of(make_officer(agency)), "auditor")
    assert "A colleague of the desk enters a number" in words(answer)


def test_who_never_sent_an_application_is_refused_with_a_way_on():
    case = case_of(applied(status="draft", submitted_at=None).user)
    assert "sent nothing, so we know no agency to call" in words(shown(case))
    case = case_of(make_user())
    assert "We know no agency of this person" in words(shown(case))


def test_an_officer_of_an_agency_without_a_number_is_helped_the_same_way():
    agency = make_agency(number=False)
    answer = shown(case_of(make_officer(agency)))
    assert "use another listed way below" in words(answer)
    assert "only proposed" not in words(answer)
    assert f"/staff/agencies/{agency.uid}/" in links(answer)


def test_nothing_of_it_is_said_where_a_number_is_there_or_about_a_colleague():
    for person in (make_officer(), make_staff("counsel")):
        case = case_of(person)
        said = words(shown(case, "approver"))
        assert "no number of" not in said
        assert "registry" not in said
