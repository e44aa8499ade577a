from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command

from foundation.audit.models import AuditEvent
from foundation.legal import catalogue
from foundation.legal.calendars import calendar_of
from foundation.legal.catalogue import CATALOGUE_FILE, CatalogueRefused
from foundation.legal.models import CountingMode, Jurisdiction, ProcessType
from foundation.legal.notice_duties import duties
from foundation.legal.wording import DOCUMENTS, requirements_of

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def content():
    return yaml.safe_load(CATALOGUE_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def loaded(db):
    return catalogue.load(AT)


@pytest.fixture
def write(tmp_path, content):
    """Write a changed copy of the catalogue."""

    def write(version="2027-01-05", *, change=None, **replaced):
        types = [dict(entry) for entry in content["types"]]
        (change or (lambda _: None))(types)
        path = tmp_path / f"{version}.yaml"
        path.write_text(yaml.safe_dump(content | {"version": version, "types": types} | replaced), encoding="utf-8")
        return path

    return write


def codes(place, at=AT):
    return [row.code for row in catalogue.types_for(place, at)]


def only(code):
    return ProcessType.objects.get(code=code)


def test_the_file_has_every_entry_with_its_source(content):
    assert len(content["types"]) == 81
    assert all(entry["source"] for entry in content["types"])
    assert catalogue.read().version == "2026-11-22"


def test_loading_twice_changes_nothing_and_leaves_one_event(loaded):
    assert (loaded.types, loaded.new) == (81, 81)
    before = list(ProcessType.objects.order_by("pk").values())
    again = catalogue.load(AT + timedelta(days=3))
    assert again.new == 0
    assert list(ProcessType.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.filter(action="legal.catalogue_loaded").count() == 1


def test_every_country_is_a_jurisdiction_with_a_name(loaded):
    assert Jurisdiction.objects.count() == loaded.jurisdictions > 240
    assert Jurisdiction.objects.get(pk="NO").name == "Norway"
    assert Jurisdiction.objects.get(pk="JP").time_zone == "Asia/Tokyo"
    assert Jurisdiction.objects.get(pk="INT").time_zone == "UTC"


def test_what_follows_from_an_entry(loaded):
    assert only("US-NSL").stop_screen
    assert {row.code for row in ProcessType.objects.filter(is_emergency=True)} == {"US-EDR", "GB-EMERGENCY", "INT-EDR"}
    assert ProcessType.objects.filter(is_preservation=True).count() == 16
    assert only("US-PRESERVE-2703F").maximum_extensions == 1
    assert only("INT-PRESERVE").maximum_extensions is None
    assert only("INT-PRESERVE").counting_mode == CountingMode.CALENDAR_STRICT
    assert only("EU-EPOC-SUB").counting_mode == CountingMode.CALENDAR_ROLL
    assert only("INT-EDR").counting_mode == CountingMode.HOURS
    assert only("SG-CPC-20").minimum_rank.startswith("Sergeant")
    assert only("EU-EPOC-PR").valid_from == date(2026, 8, 18)


def test_an_officer_is_offered_his_own_law_first_then_the_unions_then_the_general(loaded):
    found = codes("DE")
    assert set(found[:4]) == {"DE-AUSKUNFT", "DE-BESCHLAGNAHME", "DE-BESTANDSDATEN", "DE-HERAUSGABE"}
    tiers = [row.tier for row in catalogue.types_for("de", AT)]
    assert tiers == sorted(tiers)
    assert set(tiers) == {0, 1, 2}
    assert "EU-EIO" in found
    assert not any(code.startswith(("US-", "FR-")) for code in found)


def test_a_country_without_entries_is_offered_the_general_types(loaded):
    found = codes("NO")
    assert {"INT-COURT-ORDER", "INT-POLICE-ORDER", "INT-PRESERVE", "INT-EDR"} <= set(found)
    assert all(code.startswith("INT-") for code in found)


@pytest.mark.parametrize(("place", "offered"), [("DE", True), ("IE", False), ("DK", False), ("GB", False)])
def test_an_eu_act_is_offered_only_where_it_binds(loaded, place, offered):
    assert ("EU-EIO" in codes(place)) is offered


def test_what_the_catalogue_switches_off_is_not_offered_by_it(loaded):
    assert "EU-EPOC-SUB" not in codes("FR")
    assert "EU-EPOC-SUB" in [row.code for row in catalogue.types_in_force("FR", AT)]


def test_a_type_is_offered_only_while_it_is_in_force(loaded):
    ProcessType.objects.filter(code="EU-EPOC-SUB").update(accepted=True)
    assert "EU-EPOC-SUB" not in codes("FR", datetime(2026, 8, 17, 23, tzinfo=UTC))
    assert "EU-EPOC-SUB" in codes("FR", datetime(2026, 8, 18, 0, tzinfo=UTC))
    ProcessType.objects.filter(code="FR-PRES-60-2").update(valid_to=AT.date())
    assert "FR-PRES-60-2" in codes("FR")
    assert "FR-PRES-60-2" not in codes("FR", AT + timedelta(days=1))


def test_a_new_version_takes_over_and_old_rows_stay(loaded, write):
    def change(types):
        types[:] = [entry for entry in types if entry["code"] != "KR-WARRANT"]
        types[0]["name"] = "Renamed"

    later = AT + timedelta(days=60)
    catalogue.load(later, path=write(change=change))
    rows = list(catalogue.types_for("US", later).filter(code="US-GJ-SUBPOENA"))
    assert [(row.catalogue_version, row.name) for row in rows] == [("2027-01-05", "Renamed")]
    assert ProcessType.objects.filter(code="US-GJ-SUBPOENA").count() == 2
    assert "KR-WARRANT" not in codes("KR", later)
    assert "KR-WARRANT" in codes("KR", AT)


def test_types_for_is_one_query(loaded, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [row.jurisdiction.name for row in catalogue.types_for("US", AT)]


def test_every_country_is_offered_a_courts_and_a_police_order(loaded):
    issuers = dict(ProcessType.objects.values_list("code", "issuer"))
    for place in Jurisdiction.objects.exclude(pk__in=["EU", "INT"]).values_list("pk", flat=True):
        offered = codes(place)
        assert {"INT-COURT-ORDER", "INT-POLICE-ORDER"} <= set(offered), place
        assert any("judge" in issuers[code] for code in offered), place
        assert any("officer" in issuers[code] for code in offered), place
        own = [n for n, code in enumerate(offered) if code.startswith(f"{place}-")]
        assert all(n < offered.index("INT-COURT-ORDER") for n in own), place


def test_every_value_beside_an_entry_has_its_source(loaded, content):
    for name, values in content["supplements"].items():
        for code, value in values.items():
            assert len(value["source"]) > 4
            assert only(code).value_sources[name] == value["source"]


def test_how_the_periods_of_each_type_are_counted(loaded):
    modes = dict(ProcessType.objects.values_list("code", "counting_mode"))
    holds = ProcessType.objects.filter(is_preservation=True)
    assert {row.counting_mode for row in holds} == {"calendar_strict"}
    assert {modes[code] for code in ("US-EDR", "GB-EMERGENCY", "INT-EDR", "IN-ITR-3-1-J")} == {"hours"}
    assert set(modes.values()) <= {"business_days", "calendar_roll", "calendar_strict", "hours"}


def test_how_often_a_hold_may_be_extended(loaded):
    counts = dict(ProcessType.objects.exclude(maximum_extensions=None).values_list("code", "maximum_extensions"))
    assert {code for code, n in counts.items() if n == 1} == {
        "US-PRESERVE-2703F", "EU-EPOC-PR", "ES-CONSERVACION", "NL-126NI", "JP-HOZEN",
    }  # fmt: skip
    assert {code for code, n in counts.items() if n == 0} == {
        "CA-PRES-DEMAND", "CA-PRES-ORDER", "ZA-CYB-41", "ZA-CYB-42", "AU-PRES-DOM",
    }  # fmt: skip


def test_a_period_after_today_is_for_prospective_types_only(loaded):
    assert [row.code for row in ProcessType.objects.filter(prospective=True)] == ["AU-PRES-DOM"]


def test_a_lowest_rank_that_stands_on_no_scale_is_refused(write, content):
    rank = {"words": "Grand vizier", "at_least": "grand vizier", "source": "From a fairy tale"}
    supplements = content["supplements"] | {"minimum_rank": {"SG-CPC-20": rank}}
    with pytest.raises(CatalogueRefused, match=r"SG-CPC-20: grand vizier is not in ranks\.yaml"):
        catalogue.read(write(supplements=supplements))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda types: types[0].update(issuer="king"), "types/0/issuer"),
        (lambda types: types[3].pop("authority"), "types/3.*authority"),
        (lambda types: types[0].update(bars_notice=True), "types/0/bars_notice"),
        (lambda types: types[0].update(surprise=1), "surprise"),
        (lambda types: types[0].update(preservation_days=0), "preservation_days"),
        (lambda types: types[1].update(code="US-GJ-SUBPOENA"), "stands twice"),
        (lambda types: types[0].update(jurisdiction="QQ"), "QQ is no jurisdiction"),
        (lambda types: types.pop(7), "US-NSL is no type"),
    ],
)
def test_a_broken_file_is_refused_and_nothing_is_written(db, write, change, message):
    with pytest.raises(CatalogueRefused, match=message):
        catalogue.load(AT, path=write(change=change))
    assert not ProcessType.objects.exists()


def test_a_supplement_for_no_type_is_refused(write):
    path = write(supplements={"maximum_extensions": {"XX-NONE": {"value": 1, "source": "18 USC 1"}}})
    with pytest.raises(CatalogueRefused, match="XX-NONE is no type"):
        catalogue.read(path)


def test_the_command_says_what_it_did(db, tmp_path):
    out = StringIO()
    call_command("load_catalogue", stdout=out)
    assert "81 types (81 new)" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_catalogue", file=tmp_path / "none.yaml")


def test_every_document_has_plain_words(content, loaded):
    assert {name for entry in content["types"] for name in entry["required_documents"]} <= DOCUMENTS.keys()
    needs = requirements_of(only("SG-CPC-20"))
    assert any("signed" in need.lower() for need in needs)
    assert any("Sergeant" in need for need in needs)
    assert "The signature or seal of the judge or the court" in requirements_of(only("US-SEARCH-WARRANT"))


def test_the_laws_own_deadlines(loaded):
    ie = calendar_of("IE")
    received = datetime(2026, 12, 16, 9, tzinfo=UTC)
    epoc = only("EU-EPOC-SUB")
    assert catalogue.answer_due(epoc, received, ie).at == datetime(2026, 12, 28, 23, 59, 59, tzinfo=UTC)
    assert catalogue.answer_due(epoc, received, ie, emergency=True).at == received + timedelta(hours=8)
    assert catalogue.answer_due(only("IN-ITR-3-1-J"), received, ie).at == received + timedelta(hours=72)
    assert catalogue.answer_due(only("US-SEARCH-WARRANT"), received, ie) is None
    assert catalogue.answer_due(only("INT-EDR"), received, ie) is None


def test_who_tells_stands_with_its_law_and_names_only_types_there_are(loaded):
    told = {kind.code: (kind.notice_duty, kind.notice_duty_law) for kind in ProcessType.objects.all()}
    assert duties().keys() <= told.keys()
    assert told["EU-EPOC-SUB"] == ("authority", "Regulation (EU) 2023/1543 art 13")
    assert told["KR-WARRANT"][0] == "must"
    assert told["US-SEARCH-WARRANT"] == ("company", "")
    assert all(law for duty, law in told.values() if duty != "company")
