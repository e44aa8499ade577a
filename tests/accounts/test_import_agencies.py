import csv
import io
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.addresses import judge
from accounts.agency_list import Line, ListRefused, read
from accounts.enums import AddressVerdict, AgencyKind, AgencyStatus
from accounts.events import Event
from accounts.models import Agency, AgencyDomain, AgencyNumber
from accounts.services import agencies, agency_contacts, merging
from accounts.services.registry import import_csv
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from tests.harness.race import race
from tests.people import make_agency, make_officer, make_staff

HEADER = "Domain name,Domain type,Organization name,Suborganization name,City,State,Security contact email\n"
ROWS = """\
nordvikpd.gov,City,Nordvik Police Department,,Nordvik,WI,security@vendor.example
nordvik.gov,City,City of Nordvik,,Nordvik,WI,(blank)
votenordvik.gov,City - Election,CITY OF NORDVIK ,,Nordvik,WI,
nordvik-tx.gov,City,City of Nordvik,,Nordvik,TX,(blank)
bsr.gov,Federal - Executive,Department of Sums,"Bureau of Sums, Review",Washington,DC,x@bsr.gov
sums.gov,Federal - Executive,Department of Sums,,Washington,DC,x@bsr.gov
"""
LIST = (HEADER + ROWS).encode()


def imported(content=LIST, **changes):
    return import_csv(io.BytesIO(content), **({"source": "The list", "by": None} | changes))


def state():
    return list(Agency.objects.order_by("pk").values()), list(AgencyDomain.objects.order_by("pk").values())


# What it makes -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_one_agency_for_each_organisation_part_town_and_state():
    done = imported()
    assert (done.agencies, done.domains, done.already_there, done.skipped) == (5, 6, 0, {})
    city = Agency.objects.get(name="City of Nordvik", region="WI")
    assert set(city.domains.values_list("domain", flat=True)) == {"nordvik.gov", "votenordvik.gov"}
    assert (city.country, city.town, city.source) == ("US", "Nordvik", "The list")
    assert Agency.objects.filter(name="Bureau of Sums, Review, Department of Sums").count() == 1


@pytest.mark.django_db
def test_it_says_domain_known_and_nothing_more():
    imported()
    assert not Agency.objects.exclude(status=AgencyStatus.ACTIVE).exists()
    assert not Agency.objects.filter(police_power_confirmed=True).exists()
    assert not Agency.objects.exclude(police_power_source="").exists()
    assert not Agency.objects.exclude(generic_address="").exists()
    assert not AgencyNumber.objects.exists()
    assert judge("a@nordvikpd.gov").verdict is AddressVerdict.KNOWN_AGENCY
    assert judge("a@mail.nordvikpd.gov").verdict is AddressVerdict.GOVERNMENT_SUFFIX


@pytest.mark.django_db
def test_importing_again_changes_nothing():
    imported()
    before = state()
    done = imported(source="The next edition")
    assert (done.agencies, done.domains, done.already_there, done.skipped) == (0, 0, 6, {})
    assert state() == before


@pytest.mark.django_db
def test_a_later_edition_adds_what_is_new():
    imported()
    done = imported(LIST + b"nordvikwater.gov,City,City of Nordvik,,Nordvik,WI,\nnew.gov,County,New County,,New,WI,\n")
    assert (done.agencies, done.domains, done.already_there) == (1, 2, 6)
    assert Agency.objects.get(name="City of Nordvik", region="WI").domains.count() == 3


@pytest.mark.django_db
def test_each_import_leaves_one_entry_with_the_counts(django_user_model):
    desk = make_staff("analyst")
    imported(by=desk)
    entry = AuditEvent.objects.get(action=Event.AGENCIES_IMPORTED)
    assert (entry.object_label, entry.actor_id) == ("The list", str(desk.pk))
    assert b'"domains":6' in bytes(entry.payload)
    assert not AgencyDomain.objects.exclude(added_by=desk).exists()


@pytest.mark.django_db
def test_only_people_with_the_right_import():
    for person in (make_officer(), make_staff("auditor"), make_staff("administrator")):
        with pytest.raises(NotAllowed):
            imported(by=person)
    assert not Agency.objects.filter(country="US").exists()


@pytest.mark.parametrize("source", ["", "  ", "x" * 201])
@pytest.mark.django_db
def test_a_source_has_to_be_named(source):
    with pytest.raises(ListRefused, match="where the list comes from"):
        imported(source=source)


# Beside what people entered ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_domains_of_agencies_that_people_entered_are_not_moved():
    ours = make_agency("Nordvik Police", domain="nordvikpd.gov", country="US")
    done = imported()
    assert done.skipped == {"in the registry as another agency's": ["nordvikpd.gov"]}
    assert AgencyDomain.objects.get(domain="nordvikpd.gov").agency == ours
    assert not Agency.objects.filter(name="Nordvik Police Department").exists()


@pytest.mark.django_db
def test_what_people_corrected_stays():
    imported()
    desk = make_staff("analyst", "approver")
    city = Agency.objects.get(name="City of Nordvik", region="WI")
    facts = dict(agencies.facts_of(city)) | {"name": "Nordvik, the city", "generic_address": "clerk@nordvik.gov"}
    Agency.objects.filter(pk=city.pk).update(**facts)
    agency_contacts.remove_domain(city.domains.get(domain="votenordvik.gov"), reason="Elections", by=desk)
    agencies.block_domain("new.gov", reason="Forged orders", by=desk)
    done = imported(LIST + b"new.gov,County,New County,,New,WI,\n")
    assert done.agencies == done.domains == 0
    assert done.skipped == {
        "removed from the registry by somebody of the desk": ["votenordvik.gov"],
        "blocked by the desk": ["new.gov"],
    }
    assert Agency.objects.get(pk=city.pk).name == "Nordvik, the city"


@pytest.mark.django_db
def test_a_merged_agency_gets_its_new_domains_where_it_is_now():
    imported()
    ours = make_agency("Nordvik", domain="nordvik.example", country="US")
    merging.merge(
        Agency.objects.get(name="City of Nordvik", region="WI"), ours, reason="One", by=make_staff("approver")
    )
    done = imported(LIST + b"nordvikwater.gov,City,City of Nordvik,,Nordvik,WI,\n")
    assert (done.agencies, done.domains, done.already_there, done.skipped) == (0, 1, 6, {})
    assert AgencyDomain.objects.get(domain="nordvikwater.gov").agency == ours


@pytest.mark.django_db
def test_domains_that_anybody_has_and_doubles_are_skipped():
    more = b"gmail.com,City,City of Nordvik,,Nordvik,WI,\nNORDVIK.gov,City,Someone Else,,Nordvik,WI,\n"
    done = imported(LIST + more)
    assert done.domains == 6
    assert done.skipped == {
        "anybody can get an address there": ["gmail.com"],
        "the domain stands in the file twice": ["nordvik.gov"],
    }
    assert AgencyDomain.objects.get(domain="nordvik.gov").agency.name == "City of Nordvik"


# What an agency is for -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (AgencyKind.POLICE, "Alma Police Department"),
        (AgencyKind.POLICE, "CITY OF DELAFIELD POLICE"),
        (AgencyKind.POLICE, "Adams County Sheriff's Office"),
        (AgencyKind.POLICE, "Adams County Sheriff\u2019s Office"),
        (AgencyKind.POLICE, "Kansas Highway Patrol"),
        (AgencyKind.POLICE, "Codorus Constable"),
        (AgencyKind.POLICE, "U.S. Marshals Service"),
        (AgencyKind.POLICE, "Federal Bureau of Investigation"),
        (AgencyKind.POLICE, "U.S. Immigration and Customs Enforcement"),
        (AgencyKind.PROSECUTOR, "Denver District Attorney"),
        (AgencyKind.PROSECUTOR, "Bond County State's Attorney"),
        (AgencyKind.PROSECUTOR, "Lorain County Prosecutor's Office"),
        (AgencyKind.PROSECUTOR, "Arizona Attorney General"),
        (AgencyKind.COURT, "36th District Court"),
        (AgencyKind.COURT, "City of Washington Court House Municipal Court"),
        (AgencyKind.COURT, "United States Tax Court"),
        (AgencyKind.COURT, "Maryland Judiciary"),
        (AgencyKind.TAX, "Bay County Tax Collector"),
        (AgencyKind.TAX, "Internal Revenue Service"),
        (AgencyKind.TAX, "U.S. Customs and Border Protection"),
        (AgencyKind.FINANCIAL_INTELLIGENCE, "Financial Crimes Enforcement Network"),
        (AgencyKind.REGULATOR, "Securities and Exchange Commission"),
        (AgencyKind.OTHER, "City of Nordvik"),
        (AgencyKind.OTHER, "Nordvik Water District"),
        (AgencyKind.OTHER, "Bossier Parish Police Jury"),
        (AgencyKind.OTHER, "Boone County Fiscal Court"),
        (AgencyKind.OTHER, "City of Washington Court House"),
        (AgencyKind.OTHER, "Village of Constableville"),
        (AgencyKind.OTHER, "Town of Constable"),
        (AgencyKind.OTHER, "City of Marshall"),
        (AgencyKind.OTHER, "Office of the State Fire Marshal"),
        (AgencyKind.OTHER, "6th Judicial Circuit Office of the Public Defender"),
        (AgencyKind.OTHER, "Federal Law Enforcement Training Centers"),
        (AgencyKind.OTHER, "Third Taxing District"),
    ],
)
def test_the_kind_is_read_from_the_name(kind, name):
    assert Line(2, "x.gov", "City", name, "", "Nordvik", "WI").kind is kind


def test_a_federal_court_without_the_word_is_a_court_by_its_type():
    assert Line(2, "x.gov", "Federal - Judicial", "Pacer", "", "Washington", "DC").kind is AgencyKind.COURT


# Wrong files ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (HEADER.encode(), "a header and no rows"),
        (b"Domain name,City,State\nx.gov,X,WI\n", "lacks the columns: Domain type, Organization name, Suborg"),
        (ROWS.encode(), "Line 1 lacks the columns"),
        (LIST.decode().replace("Nordvik Police", "Nördvik Police").encode("latin-1"), "Line 2 is not UTF-8"),
        (LIST.decode().encode("utf-16"), "The file is UTF-16"),
        (LIST + b"a.gov,City\x00,A,,A,WI,\n", "Line 8 holds a zero byte"),
        (LIST + b"a.gov,City,A\n", "Line 8 has 3 values instead of 7"),
        (LIST + b"a.gov,City,A,,A,WI,,,\n", "Line 8 has 9 values instead of 7"),
        (LIST + b'a.gov,City,"A\nB",,A,WI,\nb.gov\n', "Line 10 has 1 values"),
        (LIST + b"a.gov,City, ,,A,WI,\n", "Line 8 names no organization for a.gov"),
        (LIST + b",City,A,,A,WI,\n", "Line 8 has no usable domain: nothing"),
        (LIST + b"a b.gov,City,A,,A,WI,\n", "Line 8 has no usable domain: a b.gov"),
        (LIST + b"gov,City,A,,A,WI,\n", "Line 8 has no usable domain: gov"),
        (LIST + b"gov.uk,City,A,,A,WI,\n", "Line 8 has no usable domain: gov.uk"),
        (LIST + b"192.0.2.1,City,A,,A,WI,\n", "Line 8 has no usable domain: 192.0.2.1"),
        (LIST + f"a.gov,City,{'A' * 201},,A,WI,\n".encode(), "Line 8 has a name or a place that is too long"),
        (LIST + b'a.gov,City,"A,,A,WI,\n', "Line 8 is not CSV"),
        (LIST + b'a.gov,City,"A"B,,A,WI,\n', "Line 8 is not CSV"),
        (LIST + b"a.gov\n" * 7, "Line 12 has 1 values instead of 7. And 2 more."),
    ],
)
@pytest.mark.django_db
def test_a_wrong_file_is_named_by_its_lines_and_changes_nothing(content, message):
    with pytest.raises(ListRefused) as refused:
        imported(content)
    assert message in str(refused.value)
    assert not Agency.objects.exists()
    assert not AuditEvent.objects.filter(action=Event.AGENCIES_IMPORTED).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LIST,
        LIST.replace(b"\n", b"\r\n"),
        LIST.replace(b"Domain name", b" DOMAIN  name "),
        LIST.replace(HEADER.encode(), HEADER.encode() + b"\n,,,,,,\n"),
        LIST.rstrip(b"\n"),
    ],
)
def test_harmless_differences_are_read(content):
    assert [line.domain for line in read(io.BytesIO(content))][:2] == ["nordvikpd.gov", "nordvik.gov"]


def test_columns_are_found_by_name():
    content = (
        b"State,City,Extra,Suborganization name,Organization name,Domain type,Domain name\nWI,N,?,P,O,City,n.gov\n"
    )
    (line,) = read(io.BytesIO(content))
    assert (line.number, line.domain, line.organization, line.part, line.town, line.region) == (
        2, "n.gov", "O", "P", "N", "WI",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_command_prints_counts_and_reasons(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(LIST + b"gmail.com,City,City of Nordvik,,Nordvik,WI,\n")
    out = StringIO()
    call_command("import_agencies", path, stdout=out)
    assert out.getvalue().splitlines() == [
        "5 agencies and 6 domains made, 0 domains there already, 1 skipped.",
        "Skipped 1, anybody can get an address there: gmail.com",
    ]
    assert "list.csv" in AgencyDomain.objects.first().source


@pytest.mark.django_db
def test_the_command_refuses_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_agencies", tmp_path / "none.csv")
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        call_command("import_agencies", tmp_path)
    path = tmp_path / "list.csv"
    path.write_bytes(LIST + b"a.gov\n")
    with pytest.raises(CommandError, match=r"Nothing was imported from list\.csv\. Line 8 has 1 values") as refused:
        call_command("import_agencies", path)
    assert refused.value.returncode == 1


# Many ----------------------------------------------------------------------------------------------------------------
def many(domains, each=2):
    """A list with this many domains, `each` of them to an agency."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(HEADER)
    for number in range(domains):
        town = f"Town {number // each}"
        writer.writerow([f"town-{number}.gov", "City", f"City of {town}", "", town, "WI", "(blank)"])
    return text.getvalue().encode()


@pytest.mark.django_db
def test_sixteen_thousand_domains_take_as_many_questions_as_their_batches(django_assert_num_queries):
    content = many(16_000)
    with django_assert_num_queries(47):  # 9, 6 batches of 5,000 rows, and 32 entries of 500 domains
        done = imported(content)
    assert (done.agencies, done.domains) == (8_000, 16_000)
    assert (Agency.objects.count(), AgencyDomain.objects.count()) == (8_000, 16_000)
    with django_assert_num_queries(9):
        again = imported(content)
    assert (again.agencies, again.domains, again.already_there) == (0, 0, 16_000)
    assert (Agency.objects.count(), AgencyDomain.objects.count()) == (8_000, 16_000)


@pytest.mark.django_db
def test_three_domains_take_the_same_questions_without_the_batches(django_assert_num_queries):
    with django_assert_num_queries(12):
        imported(many(3))
    with django_assert_num_queries(9):
        imported(many(3))


def test_two_imports_at_once_make_no_double(committed_db):
    results = race(*[lambda: imported(many(300))] * 3)
    assert sorted((done.agencies, done.domains, done.already_there) for done in results) == [
        (0, 0, 300),
        (0, 0, 300),
        (150, 300, 0),
    ]
    assert (Agency.objects.count(), AgencyDomain.objects.count()) == (150, 300)
