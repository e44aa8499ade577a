"""The desk's pages of the registry of agencies."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, AgencyDomain, AgencyNumber, BlockedDomain, DeclaredConflict
from accounts.services import agencies as service
from accounts.services import agency_contacts as contacts
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions, page, words
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
LIST = "/staff/agencies/"
NUMBER = "+441632960777"


@pytest.fixture
def analyst():
    return make_staff("analyst")


@pytest.fixture
def client(analyst):
    return client_for(analyst)


def at(agency, name="agency", *more):
    return reverse(f"accounts:{name}", args=[agency.uid, *more])


def facts(agency, **changes):
    """What the form of an agency's facts sends when a person changed only this."""
    return service.facts_of(agency) | {"source": "National directory"} | changes


def seen_on(client, agency):
    return page(client.get(at(agency, "agency_correct"))).find("input", {"name": "seen"})["value"]


def names(response):
    return [th.find("a").text for th in page(response).select("tbody th")]


# The list ------------------------------------------------------------------------------------------------------------
def test_the_list_stands_in_the_order_of_names_whatever_their_case_or_accents(client):
    for name in ("Zwolle", "École", "aarhus", "Oslo"):
        make_agency(name)
    assert names(client.get(LIST)) == ["aarhus", "École", "Oslo", "Zwolle"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=politi+oslo", ["Oslo Police"]), ("q=OSLO-pd.example", ["Oslo Police"]),
        ("q=x@oslo-pd.example", ["Oslo Police"]), ("q=köln.example", ["Malmö Polis"]), ("q=%25", []),
        ("country=SE", ["Malmö Polis"]), ("q=malmo", ["Malmö Polis"]), ("kind=tax", ["Tollvesen"]),
        ("status=suspended", ["Malmö Polis"]), ("show=power", ["Malmö Polis", "Oslo Police"]),
        ("show=no_power", ["Tollvesen"]), ("show=no_number", ["Malmö Polis", "Tollvesen"]),
        ("show=waiting", ["Tollvesen"]), ("show=no_domain", ["Tollvesen"]),
        ("q=kristiania", ["Oslo Police"]),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(client, query, found):
    oslo = make_agency("Oslo Police", local_name="Oslo politi", domain="oslo-pd.example")
    make_agency("Malmö Polis", country="SE", number=False, status="suspended", domain="xn--kln-sna.example")
    toll = make_agency("Tollvesen", kind="tax", number=False, police_power_confirmed=False)
    toll.domains.all().delete()
    AgencyNumber.objects.create(agency=toll, number=NUMBER, source="x", entered_at=timezone.now())
    make_agency("Kristiania", merged_into=oslo).domains.all().delete()
    assert names(client.get(f"{LIST}?{query}")) == found


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_for_one_row_and_for_three(client, rows, django_assert_num_queries):
    for _n in range(rows):
        make_officer(make_agency())
    client.get(LIST)
    with django_assert_num_queries(8):
        assert client.get(LIST).status_code == 200


def test_thousands_are_read_page_by_page(client):
    now = timezone.now()
    Agency.objects.bulk_create(
        Agency(name=f"Sheriff {n // 2:04}", country="US", status="active", created_at=now) for n in range(60)
    )
    seen, url = [], LIST
    while url:
        answer = client.get(url)
        seen += [th.find("a")["href"] for th in page(answer).select("tbody th")]
        following = page(answer).find("a", rel="next")
        url = LIST + following["href"] if following else ""
    assert (len(seen), len(set(seen))) == (60, 60)
    assert "1 to 25 of 60" in words(client.get(LIST))
    last = client.get(LIST + f"?after={Agency.objects.order_by('search_text', 'pk')[49].pk}&country=US")
    assert "51 to 60 of 60" in words(last)
    middle = client.get(LIST + page(last).find("a", rel="prev")["href"])
    assert "26 to 50 of 60" in words(middle)
    first = page(middle).find("a", rel="prev")["href"]
    assert first == "?country=US"
    assert names(client.get(LIST + first)) == names(client.get(LIST))


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "%00", "²", ""])
def test_an_odd_place_in_the_list_is_its_beginning(client, after):
    make_agency("Oslo Police")
    assert names(client.get(f"{LIST}?after={after}")) == ["Oslo Police"]


def test_an_empty_registry_and_an_empty_answer_say_what_to_do(client):
    assert "The registry is empty" in words(client.get(LIST))
    assert "Remove a filter" in words(client.get(f"{LIST}?q=nothing"))


# One agency -----------------------------------------------------------------------------------------------------------
def test_the_page_tells_what_is_known_and_by_whom_and_leaves_an_entry(client, analyst):
    agency = make_agency("Nordvik Police", police_power_confirmed=False, generic_address="post@nordvik.example")
    officer, application = make_officer(agency, full_name="Ragna Solheim"), make_application(agency)
    contacts.enter_number(
        agency, NUMBER, label="Front desk", source="Almanac", source_date=date(2026, 9, 1), by=analyst
    )
    make_agency("Kristiania", merged_into=agency)
    said = words(client.get(at(agency)))
    for word in (
        "Nordvik Police", agency.domains.get().domain, "National police directory", "Not covered", "Almanac",
        "1 Sep 2026", "Front desk", analyst.full_name, "waits for a second person", "post@nordvik.example",
        officer.full_name, application.reference, "Kristiania", "Police power Not confirmed", "Number entered",
    ):  # fmt: skip
        assert word in said, word
    assert actions(action="agency.read", object_id=str(agency.pk)) == ["agency.read"]


def test_a_number_is_new_for_seven_days(client):
    agency = make_agency()
    assert "two people until" not in words(client.get(at(agency)))
    agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=6))
    assert "two people until" in words(client.get(at(agency)))


def test_a_number_that_waits_cannot_be_called_from_the_page(client, analyst):
    agency = make_agency(number=False)
    contacts.enter_number(agency, NUMBER, source="Almanac", source_date=date(2026, 9, 1), by=analyst)
    assert "tel:" not in client.get(at(agency)).content.decode()


@pytest.mark.parametrize("others", [0, 2])
def test_the_page_asks_the_same_for_few_and_for_many(client, others, django_assert_num_queries):
    agency = make_agency()
    for n in range(1 + others):
        make_officer(agency)
        make_application(agency)
        AgencyDomain.objects.create(agency=agency, domain=f"d{n}.example", source="x", added_at=timezone.now())
    client.get(at(agency))
    with django_assert_num_queries(19):
        assert client.get(at(agency)).status_code == 200


def test_a_reader_without_the_right_is_shown_nothing_to_change():
    agency = make_agency()
    auditor = client_for(make_staff("auditor"))
    hrefs = [a["href"] for a in page(auditor.get(at(agency))).main.select("a")]
    assert not [href for href in hrefs if href.startswith(at(agency)) and href != at(agency)]
    assert auditor.get(at(agency, "agency_correct")).status_code == 403
    assert auditor.post(at(agency, "agency_domain_add"), {"domain": "x.example", "source": "x"}).status_code == 403


def test_who_declared_a_conflict_reads_and_changes_nothing(client, analyst):
    agency = make_agency()
    DeclaredConflict.objects.create(user=analyst, agency=agency, reason="Family", declared_at=timezone.now())
    said = words(client.get(at(agency)))
    assert "You declared a conflict" in said
    assert "Add a domain" not in said
    answer = client.post(at(agency, "agency_domain_add"), {"domain": "new.example", "source": "x"})
    assert (answer.status_code, agency.domains.count()) == (302, 1)
    approver = make_staff("approver")
    DeclaredConflict.objects.create(user=approver, agency=agency, reason="Family", declared_at=timezone.now())
    for name in ("agency_number_add", "agency_domain_add", "agency_power", "agency_correct", "agency_merge"):
        refused = client_for(approver).get(at(agency, name), follow=True)
        assert refused.redirect_chain[-1][0] == at(agency), name
        assert "You declared a conflict with this agency" in words(refused)


# Add and correct ------------------------------------------------------------------------------------------------------
def test_an_agency_is_added_and_a_second_of_its_name_only_on_purpose(client):
    sent = {"name": "Nordvik Police", "country": "NO", "kind": "police", "source": "National directory"}
    answer = client.post("/staff/agencies/new/", sent, follow=True)
    assert "Nordvik Police is added" in words(answer)
    again = client.post("/staff/agencies/new/", sent | {"town": "Sørvik"})
    assert again.status_code == 422
    assert "in the registry already" in words(again)
    assert page(again).find("input", {"name": "town"})["value"] == "Sørvik"
    assert client.post("/staff/agencies/new/", sent | {"although_known": "on"}).status_code == 302
    assert Agency.objects.count() == 2


def test_what_is_missing_or_malformed_comes_back_with_what_was_typed(client):
    sent = {"town": "Sørvik", "website": "not a site", "generic_address": "nobody", "kind": "police"}
    answer = client.post("/staff/agencies/new/", sent)
    said = words(answer)
    assert answer.status_code == 422
    for message in ("Enter the official name", "Country: choose", "Website: enter"):
        assert message in said
    assert page(answer).find("input", {"name": "town"})["value"] == "Sørvik"
    assert not page(answer).find("input", {"name": "generic_address"})


def test_a_generic_address_elsewhere_is_refused_in_its_field(client):
    agency = make_agency("Nordvik Police")
    sent = facts(agency, generic_address="post@gmail.com", seen=seen_on(client, agency))
    answer = client.post(at(agency, "agency_correct"), sent)
    assert "Copies and warnings cannot go there" in words(answer).replace("copies", "Copies")
    assert "govuk-input--error" in page(answer).find("input", {"name": "generic_address"})["class"]


def test_a_correction_is_saved(client):
    agency = make_agency("Nordvik Police")
    answer = client.post(
        at(agency, "agency_correct"), facts(agency, town="Sørvik", seen=seen_on(client, agency)), follow=True
    )
    assert "Saved." in words(answer)
    assert "town: Nordvik → Sørvik" in words(answer)
    agency.refresh_from_db()
    assert agency.town == "Sørvik"


def test_of_two_corrections_the_older_page_is_refused_with_the_differences_and_keeps_what_was_typed(client):
    agency = make_agency("Nordvik Police")
    other = client_for(make_staff("approver"))
    mine, theirs = seen_on(client, agency), seen_on(other, agency)
    other.post(at(agency, "agency_correct"), facts(agency, town="Sørvik", seen=theirs))
    answer = client.post(at(agency, "agency_correct"), facts(agency, town="Vestvik", region="West", seen=mine))
    assert answer.status_code == 422
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in page(answer).select("tbody tr")]
    assert rows == [["Town", "Nordvik", "Sørvik", "Vestvik"]]
    assert page(answer).find("input", {"name": "region"})["value"] == "West"
    agency.refresh_from_db()
    assert (agency.town, agency.region) == ("Sørvik", "")
    again = page(answer).find("input", {"name": "seen"})["value"]
    assert (
        client.post(at(agency, "agency_correct"), facts(agency, town="Vestvik", region="West", seen=again)).status_code
        == 302
    )
    agency.refresh_from_db()
    assert (agency.town, agency.region) == ("Vestvik", "West")


def test_a_field_that_was_not_touched_takes_what_a_colleague_saved(client):
    agency = make_agency("Nordvik Police", address="Street 1\nNordvik")
    mine = seen_on(client, agency)
    theirs = service.facts_of(agency)
    other = make_staff("approver")
    service.correct(agency, theirs | {"town": "Sørvik", "address": "Street 2\nNordvik"}, seen=theirs, by=other)
    sent = facts(agency, region="West", town="Nordvik", address="Street 1\r\nNordvik", seen=mine)
    answer = client.post(at(agency, "agency_correct"), sent)
    assert answer.status_code == 422
    assert words(answer).count("Not changed by you") == 2
    form = page(answer).main.find("form")
    shown = {field["name"]: field.get("value") for field in form.select("input[name]")}
    assert (shown["town"], shown["region"]) == ("Sørvik", "West")
    text = form.find("textarea", {"name": "address"}).text.strip()
    again = facts(agency, region="West", town=shown["town"], address=text, seen=shown["seen"])
    assert client.post(at(agency, "agency_correct"), again).status_code == 302
    agency.refresh_from_db()
    assert (agency.town, agency.region, agency.address) == ("Sørvik", "West", "Street 2\nNordvik")


def test_a_page_without_what_was_seen_overwrites_nothing(client):
    agency = make_agency("Nordvik Police")
    answer = client.post(at(agency, "agency_correct"), facts(agency, town="Sørvik", seen="forged"))
    assert answer.status_code == 422
    agency.refresh_from_db()
    assert agency.town == "Nordvik"


# Domains and numbers --------------------------------------------------------------------------------------------------
def test_a_domain_is_added_and_removed_and_the_last_one_is_told(client):
    agency = make_agency(domain="old.example")
    sent = {"domain": "Nordvik-PD.example", "source": "Staff list", "covers_subdomains": "on"}
    said = words(client.post(at(agency, "agency_domain_add"), sent, follow=True))
    assert "nordvik-pd.example is added" in said
    assert "Covered" in said
    for entry in agency.domains.order_by("pk"):
        url = at(agency, "agency_domain_remove", entry.pk)
        last = words(client.get(url))
        assert client.post(url, {}).status_code == 422
        gone = words(client.post(url, {"reason": "Sold"}, follow=True))
    assert "the only domain" in last
    assert "The agency has no domain now" in gone
    assert client.post(url, {"reason": "Sold"}).status_code == 404


@pytest.mark.parametrize(
    ("domain", "message"),
    [("gmail.com", "free mail service"), ("taken.example", "domain of Northmoor Police"), ("1.2.3.4", "not a domain")],
)
def test_a_refused_domain_says_why_and_stays_in_its_field(client, domain, message):
    agency = make_agency()
    make_agency("Northmoor Police", domain="taken.example")
    answer = client.post(at(agency, "agency_domain_add"), {"domain": domain, "source": "Staff list"})
    assert answer.status_code == 422
    assert message in words(answer)
    assert page(answer).find("input", {"name": "domain"})["value"] == domain


def sent_number(**changes):
    values = {"number": "+44 1632 960777", "label": "Control room", "source": "Almanac"}
    day = {"source_date_day": "1", "source_date_month": "9", "source_date_year": "2026"}
    return values | day | changes


def test_a_number_is_entered_by_one_and_confirmed_by_another(client):
    agency = make_agency(number=False)
    assert "never enters" in words(client.get(at(agency, "agency_number_add")))
    assert client.post(at(agency, "agency_number_add"), sent_number()).status_code == 302
    number = agency.numbers.get()
    assert (number.number, number.source_date) == (NUMBER, date(2026, 9, 1))
    url = at(agency, "agency_number_confirm", number.pk)
    assert url not in client.get(at(agency)).content.decode()
    refused = client.post(url, {"source": "Almanac"})
    assert refused.status_code == 422
    assert "another person must confirm" in words(refused)
    other = client_for(make_staff("analyst"))
    assert url in other.get(at(agency)).content.decode()
    assert "The number is confirmed" in words(other.post(url, {"source": "Ministry"}, follow=True))
    assert client.post(url, {"source": "Almanac"}).status_code == 422


def test_confirming_a_number_needs_a_fresh_second_factor_and_keeps_what_was_typed():
    agency = make_agency(number=False)
    contacts.enter_number(agency, NUMBER, source="x", source_date=date(2026, 9, 1), by=make_staff("analyst"))
    url = at(agency, "agency_number_confirm", agency.numbers.get().pk)
    stale = client_for(make_staff("analyst"), factor_age=3600)
    answer = stale.post(url, {"source": "Ministry"})
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/sign-in/factor/")
    assert agency.numbers.get().confirmed_at is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number": "01632 960777"}, "country code"),
        ({"number": "+44 1632 960777 ext 12"}, "extension into the label"),
        ({"source": ""}, "Enter where the number stands"), ({"source_date_day": ""}, "add the day"),
        ({"source_date_year": "2999"}, "this day has not come yet"),
    ],
)  # fmt: skip
def test_a_number_without_its_source_does_not_enter(client, changes, message):
    agency = make_agency(number=False)
    answer = client.post(at(agency, "agency_number_add"), sent_number(**changes))
    assert answer.status_code == 422
    assert message in words(answer)
    assert not agency.numbers.exists()


def test_a_number_of_an_application_enters_only_with_a_second_source(client):
    agency = make_agency(number=False)
    application = make_application(agency, phone=NUMBER)
    answer = client.post(at(agency, "agency_number_add"), sent_number())
    assert answer.status_code == 422
    assert f"stands in application {application.reference}: find it independently" in words(answer)
    assert client.post(at(agency, "agency_number_add"), sent_number(second_source="Ministry")).status_code == 302
    assert agency.numbers.get().source == "Almanac; also Ministry"


def test_a_retired_number_stays_on_record(client):
    agency = make_agency()
    number = agency.numbers.get()
    url = at(agency, "agency_number_retire", number.pk)
    said = words(client.post(url, {"reason": "Out of use"}, follow=True))
    assert "The number is retired" in said
    assert "Retired numbers" in said
    assert "retired already" in words(client.post(url, {"reason": "Twice"}))


def test_a_number_or_domain_of_another_agency_is_not_found_here(client):
    agency, other = make_agency(), make_agency()
    for name, pk in (
        ("agency_number_retire", other.numbers.get().pk), ("agency_number_confirm", other.numbers.get().pk),
        ("agency_domain_remove", other.domains.get().pk),
    ):  # fmt: skip
        assert client.post(at(agency, name, pk), {"reason": "x", "source": "x"}).status_code == 404


# Police power ---------------------------------------------------------------------------------------------------------
def test_police_power_is_confirmed_and_withdrawn_by_an_approver(client):
    agency = make_agency(police_power_confirmed=False)
    approver = client_for(make_staff("approver", full_name="Petra Lund"))
    assert client.get(at(agency, "agency_power")).status_code == 403
    said = words(approver.post(at(agency, "agency_power"), {"source": "Police Act 1995"}, follow=True))
    assert "Police Act 1995" in said
    assert "Petra Lund" in said
    assert "Withdraw police power" in words(approver.get(at(agency, "agency_power")))
    assert "not confirmed any more" in words(
        approver.post(at(agency, "agency_power"), {"reason": "A museum"}, follow=True)
    )


# Merge ----------------------------------------------------------------------------------------------------------------
def test_two_entries_become_one_and_the_old_page_leads_to_the_new():
    source, target = make_agency("Nordvik politi"), make_agency("Nordvik Police")
    make_officer(source)
    client = client_for(make_staff("approver"))
    url = at(source, "agency_merge")
    found = client.get(f"{url}?q=nordvik")
    assert f"?into={target.uid}" in found.content.decode()
    assert f"?into={source.uid}" not in found.content.decode()
    preview = words(client.get(f"{url}?into={target.uid}"))
    assert "Agency domains 1" in preview
    assert "Memberships of officers 1" in preview
    assert client.post(url, {"into": target.uid}).status_code == 422
    done = client.post(url, {"into": target.uid, "reason": "Entered twice"}, follow=True)
    assert "Nordvik politi is part of this agency now" in words(done)
    old = client.get(at(source))
    assert (old.status_code, old.url) == (302, at(target))
    assert names(client.get(LIST)) == ["Nordvik Police"]
    assert client.post(url, {"into": target.uid, "reason": "Twice"}).status_code == 404


@pytest.mark.parametrize("into", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_merge_into_nothing_leads_back_to_the_choice(into):
    source = make_agency()
    client = client_for(make_staff("approver"))
    answer = client.post(at(source, "agency_merge"), {"into": into, "reason": "x"}, follow=True)
    assert "Choose the other agency first" in words(answer)
    assert client.get(at(source, "agency_merge") + f"?into={into}").status_code == 200


def test_a_suspended_agency_is_not_offered_the_button():
    source, target = make_agency(), make_agency(status="suspended")
    client = client_for(make_staff("approver"))
    url = at(source, "agency_merge")
    shown = client.get(f"{url}?into={target.uid}")
    assert "A suspended agency cannot be merged" in words(shown)
    assert not page(shown).main.find("form")
    assert client.post(url, {"into": target.uid, "reason": "x"}).status_code == 422


def test_only_an_approver_with_a_fresh_second_factor_merges(client):
    source, target = make_agency(), make_agency()
    url = at(source, "agency_merge")
    assert client.get(url).status_code == 403
    stale = client_for(make_staff("approver"), factor_age=3600)
    answer = stale.post(url, {"into": target.uid, "reason": "Entered twice"})
    assert answer.url.startswith("/sign-in/factor/")
    source.refresh_from_db()
    assert source.merged_into is None


# Blocked domains ------------------------------------------------------------------------------------------------------
def test_a_domain_is_blocked_and_lifted(client, analyst):
    said = words(
        client.post("/staff/agencies/blocked/new/", {"domain": "Imitation.example", "reason": "Imitates"}, follow=True)
    )
    assert "imitation.example is blocked" in said
    assert analyst.full_name in said
    row = BlockedDomain.objects.get()
    url = reverse("accounts:block_lift", args=[row.pk])
    assert client.post(url, {}).status_code == 422
    assert "is not blocked any more" in words(client.post(url, {"reason": "It is theirs"}, follow=True))
    assert "is not blocked any more" in words(client.post(url, {"reason": "Twice"}, follow=True))


@pytest.mark.parametrize("domain", ["gov.uk", "bund.de", "known.example", "nonsense"])
def test_what_cannot_be_blocked_says_why(client, domain):
    make_agency(domain="known.example")
    answer = client.post("/staff/agencies/blocked/new/", {"domain": domain, "reason": "x"})
    assert answer.status_code == 422
    assert not BlockedDomain.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_blocked_list_asks_the_same_for_one_row_and_for_three(client, analyst, rows, django_assert_num_queries):
    for n in range(rows):
        service.block_domain(f"imitation{n}.example", reason="x", by=analyst)
    client.get("/staff/agencies/blocked/")
    with django_assert_num_queries(8):
        assert client.get("/staff/agencies/blocked/").status_code == 200


def test_an_auditor_reads_the_blocked_domains_and_blocks_none():
    auditor = client_for(make_staff("auditor"))
    assert auditor.get("/staff/agencies/blocked/").status_code == 200
    assert auditor.post("/staff/agencies/blocked/new/", {"domain": "x.example", "reason": "x"}).status_code == 403
