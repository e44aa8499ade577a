"""The staff pages of the catalogue and of the entry points."""

import pytest

from foundation.audit.models import AuditEvent
from foundation.legal.models import Jurisdiction, ProcessType
from foundation.providers.models import EntryPoint, ProcessPolicy, Provider
from foundation.providers.policy import redirect_for
from requests_app.services import company_policy as service
from tests.accounts.helpers import page, words
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.requests_app.catalogue.company import make_newer

LIST = "/staff/catalogue/"
TYPE = f"{LIST}SG-CPC-20/"
SWITCH = f"{TYPE}switch/"
COMPARE = f"{LIST}compare/"
POINTS = "/staff/entry-points/"
READERS = ["analyst", "approver", "counsel", "dpo", "custodian", "preservation_admin", "auditor", "administrator"]
QUERIES_OF_THE_LIST = 9
QUERIES_OF_THE_POINTS = 7
ANSWERS = {"version": 0, "accepted": "no", "needs_counsel": "yes", "reason": "Nobody reads Malay here."}
POINT = {
    "jurisdiction": "BR", "title": "Through the ministry", "language": "pt", "redirects": "yes",
    "national_channel": "The ministry's portal", "law": "Act 5", "victims": "Call 190",
}  # fmt: skip


def names(response):
    return [th.find("a").text for th in page(response).select("tbody th")]


# The catalogue -------------------------------------------------------------------------------------------------------
def test_every_type_stands_there_once_by_jurisdiction(client):
    response = client.get(LIST)
    assert response.status_code == 200
    places = [td.text for td in page(response).select("tbody td[data-label=Jurisdiction]")]
    assert len(places) == ProcessType.objects.count() == 81
    assert places == sorted(places)


@pytest.mark.parametrize("role", READERS)
def test_the_desk_and_the_auditor_read_and_only_administrators_change(provider, role):
    reader = client_for(make_staff(role))
    assert reader.get(LIST).status_code == 200
    text = page(reader.get(TYPE)).text
    assert ("Change" in text) is (role == "administrator")
    assert reader.get(SWITCH).status_code == (200 if role == "administrator" else 403)
    EntryPoint.objects.create(provider=provider, jurisdiction_id="BR")
    assert {reader.get(url).status_code for url in (COMPARE, POINTS)} == {200}
    own = [f"{POINTS}{name}/" for name in ("new", "BR", "BR/remove", "sealed")]
    assert {reader.get(url).status_code for url in own} == {200 if role == "administrator" else 403}
    assert {reader.post(url, {}).status_code == 403 for url in own} == {role != "administrator"}
    officer = client_for(make_officer())
    assert {officer.get(url).status_code for url in (LIST, TYPE, SWITCH, COMPARE, POINTS, *own)} == {404}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=zebrafink", []), ("q=S+56/2019", ["Written order to produce"]),
        ("q=捜査", ["Inquiry on investigation matters"]), ("jurisdiction=SG", ["Written order to produce"]),
        ("jurisdiction=TR&q=search", ["Search and seizure in computers"]),
        ("show=emergency&jurisdiction=US", ["Emergency disclosure request (voluntary)"]),
        ("show=refused&jurisdiction=US", []), ("show=decided", []), ("q=%25", []),
    ],
)  # fmt: skip
def test_the_list_is_searched_and_filtered(client, query, found):
    assert names(client.get(f"{LIST}?{query}")) == found


def test_the_list_costs_the_same_with_one_row_and_with_three(client, django_assert_num_queries):
    client.get(LIST)
    for country in ("SG", "JP"):
        with django_assert_num_queries(QUERIES_OF_THE_LIST):
            client.get(f"{LIST}?jurisdiction={country}")
    assert len(names(client.get(f"{LIST}?jurisdiction=JP"))) == 3


def test_a_type_says_everything_in_plain_words(client):
    text = words(client.get(TYPE))
    for said in (
        "Section 20 order", "Police officer", "Sergeant; inspector", "Registration and identity (KYC)",
        "Nothing forbids it", "CDSA s.57", "The signed order", "S 56/2019", "2026-11-22", "Only what exists",
    ):  # fmt: skip
        assert said in text
    assert "US-NSL" not in text
    assert "90 days" in words(client.get(f"{LIST}US-PRESERVE-2703F/"))


def test_a_type_that_is_not_there_is_not_found(client):
    assert client.get(f"{LIST}XX-NONE/").status_code == 404
    assert client.get(f"{TYPE}?version=1999-01-01").status_code == 404
    assert client.get(f"{TYPE}?version=%00").status_code == 404
    assert client.get(f"{LIST}%00/").status_code == 404
    assert client.get(f"{POINTS}%00/").status_code == 404


def test_switching_asks_for_a_fresh_factor_and_keeps_what_was_typed(provider, administrator):
    stale = client_for(administrator, factor_age=3600)
    response = stale.post(SWITCH, ANSWERS)
    assert response.status_code == 302
    assert "/sign-in/factor/" in response["Location"]
    assert not ProcessPolicy.objects.exists()


def test_a_decision_is_saved_shown_and_told_to_colleagues(client, provider):
    response = client.post(SWITCH, ANSWERS, follow=True)
    assert response.redirect_chain == [(TYPE, 302)]
    assert "Nobody reads Malay here." in words(response)
    assert names(client.get(f"{LIST}?show=decided")) == ["Written order to produce"]
    assert ProcessPolicy.objects.get().provider == provider


def test_a_decision_needs_a_reason_and_keeps_the_answers(client):
    response = client.post(SWITCH, ANSWERS | {"reason": " "})
    assert response.status_code == 422
    assert page(response).find("input", {"name": "accepted", "value": "no"}).has_attr("checked")
    assert not ProcessPolicy.objects.exists()


def test_the_second_of_two_administrators_reads_what_holds_now_and_loses_nothing(client, provider):
    other = client_for(make_staff("administrator"))
    other.post(SWITCH, ANSWERS)
    response = client.post(SWITCH, ANSWERS | {"accepted": "yes", "reason": "Keep it on."})
    assert response.status_code == 422
    assert "Somebody else changed this" in words(response)
    assert "not accepted, counsel looks first" in words(response)
    assert "Keep it on." in page(response).find("textarea").text
    version = page(response).find("input", {"name": "version"})["value"]
    client.post(SWITCH, ANSWERS | {"accepted": "yes", "reason": "Keep it on.", "version": version})
    assert ProcessPolicy.objects.get().accepted


def test_versions_are_compared_field_by_field(client):
    make_newer()
    text = words(client.get(COMPARE))
    assert "National Security Letter US-NSL Ended" in text
    assert "New power SG-NEW Added" in text
    assert "Days to answer: nothing 14" in text
    assert "Binds: yes nothing" in text
    assert "INT-COURT-ORDER" not in text
    same = client.get(f"{COMPARE}?before=2027-03-01&after=2027-03-01")
    assert "The two versions say the same." in words(same)
    assert client.get(f"{COMPARE}?before=2027-03-01&after=nonsense").status_code == 422
    old = words(client.get(f"{TYPE}?version=2026-11-22"))
    assert "This is an older version" in old


def test_with_one_version_there_is_nothing_to_compare(client):
    assert "Only one version" in words(client.get(COMPARE))


def test_of_several_companies_each_has_its_own_decisions(provider, administrator, client):
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    assert client.get(f"{LIST}?provider=other").status_code == 404
    administrator.staff_roles.create(provider=other, role="administrator", granted_at=administrator.date_joined)
    response = client.post(f"{SWITCH}?provider=other", ANSWERS)
    assert response["Location"] == f"{TYPE}?provider=other"
    assert ProcessPolicy.objects.get().provider == other


# Entry points --------------------------------------------------------------------------------------------------------
def test_a_country_is_added_on_the_page_and_its_officers_are_redirected(client, provider):
    response = client.post(f"{POINTS}new/", POINT, follow=True)
    assert response.redirect_chain == [(POINTS, 302)]
    assert "Brazil" in words(response)
    assert redirect_for(provider, "BR").victims == "Call 190"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"jurisdiction": ""}, "Jurisdiction"),
        ({"national_channel": " "}, "Say which channel"),
        ({"language": "xx"}, "Language of requests"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_is_kept(client, wrong, message):
    response = client.post(f"{POINTS}new/", POINT | wrong)
    assert response.status_code == 422
    assert message in words(response)
    assert page(response).find("input", {"name": "title"})["value"] == "Through the ministry"
    assert not EntryPoint.objects.exists()


def test_the_older_of_two_saves_is_shown_what_is_stored(client, provider, administrator):
    client.post(f"{POINTS}new/", POINT)
    answers = {name: value for name, value in POINT.items() if name != "jurisdiction"}
    client.post(f"{POINTS}BR/", answers | {"title": "First", "version": 0})
    response = client.post(f"{POINTS}BR/", answers | {"title": "Second", "version": 0})
    assert response.status_code == 422
    assert "First" in words(response)
    assert page(response).find("input", {"name": "title"})["value"] == "Second"
    again = answers | {"title": "Second", "version": page(response).find("input", {"name": "version"})["value"]}
    assert client.post(f"{POINTS}BR/", again).status_code == 302
    assert EntryPoint.objects.get().title == "Second"


def test_an_entry_point_is_removed_with_a_reason_and_a_second_click_is_told(client, provider):
    EntryPoint.objects.create(provider=provider, jurisdiction_id="BR")
    assert client.post(f"{POINTS}BR/remove/", {"reason": ""}).status_code == 422
    assert client.post(f"{POINTS}BR/remove/", {"reason": "Closed."}).status_code == 302
    again = client.post(f"{POINTS}BR/remove/", {"reason": "Closed."}, follow=True)
    assert "removed already" in words(again)
    assert AuditEvent.objects.filter(action="provider.entry_point_removed").count() == 1


def test_another_companys_entry_point_is_not_found(client, provider):
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    EntryPoint.objects.create(provider=other, jurisdiction_id="BR", title="Leak")
    assert client.get(f"{POINTS}BR/").status_code == 404
    assert "Leak" not in words(client.get(POINTS))


def test_the_sealed_channel_is_written_down(client, provider, administrator):
    address = "Counsel, sealed\r\n1 Sample Road"
    assert client.post(f"{POINTS}sealed/", {"text": address, "seen": service.fingerprint("")}).status_code == 302
    assert Provider.objects.get(pk=provider.pk).sealed_channel == "Counsel, sealed\n1 Sample Road"
    refused = client.post(f"{POINTS}sealed/", {"text": "Mine", "seen": service.fingerprint("")})
    assert refused.status_code == 422
    seen = page(refused).find("input", {"name": "seen"})["value"]
    assert client.post(f"{POINTS}sealed/", {"text": "Mine", "seen": seen}).status_code == 302


def test_the_entry_points_cost_the_same_with_one_row_and_with_three(
    client, provider, administrator, django_assert_num_queries
):
    client.get(POINTS)
    for codes in (["BR"], ["PE", "CL"]):
        for code in codes:
            said = {"title": "", "address": "", "language": "es", "team": None, "guidelines": "", "redirects": False}
            said |= {"allows_filing": False, "national_channel": "", "law": "", "victims": ""}
            service.add_entry_point(provider, Jurisdiction.objects.get(pk=code), said, by=administrator)
        with django_assert_num_queries(QUERIES_OF_THE_POINTS):
            client.get(POINTS)
    assert EntryPoint.objects.count() == 3
