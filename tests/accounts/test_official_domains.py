from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command

from accounts import official_domains as module
from accounts.addresses import government_zone, is_disposable, is_free
from accounts.domain_names import is_public_suffix, read_domain
from accounts.enums import AgencyKind, AgencyStatus
from accounts.events import Event
from accounts.models import Agency, AgencyDomain, AgencyNumber
from accounts.official_domains import DomainsRefused, KeptFor, official_domains, read
from accounts.services import agency_contacts, merging
from accounts.services.registry import load_official
from foundation.audit.models import AuditEvent
from tests.people import make_agency, make_staff

LAENDER = """
    baden-wuerttemberg bayern berlin brandenburg bremen hamburg hessen mecklenburg-vorpommern niedersachsen nrw rlp
    saarland sachsen sachsen-anhalt schleswig-holstein thueringen
"""


@pytest.fixture
def content():
    return yaml.safe_load(module.DOMAINS_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def written(tmp_path, content):
    def write(change):
        change(content["countries"])
        path = tmp_path / "domains.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path

    return write


# The file ------------------------------------------------------------------------------------------------------------
def test_every_domain_is_one_that_a_single_owner_has():
    for agency in official_domains().agencies:
        for domain in agency.domains:
            assert read_domain(domain) == domain
            assert not is_free(domain)
            assert not is_disposable(domain)


def test_no_pattern_covers_what_anybody_can_register():
    for pattern in official_domains().patterns.values():
        if is_public_suffix(pattern.zone):
            assert pattern.text.startswith("*."), pattern
            assert pattern.source.startswith(("Public Suffix List", "The top-level domain")), pattern
        else:
            assert not is_free(f"x.{pattern.zone}")


@pytest.mark.parametrize("land", LAENDER.split())
def test_the_16_laender_are_spelled_out(land):
    official = official_domains()
    assert official.pattern_for(f"polizei.{land}.de").kept_for is KeptFor.POLICE
    assert official.pattern_for(f"nord.polizei.{land}.de").kept_for is KeptFor.POLICE
    assert official.pattern_for(f"sta.justiz.{land}.de").kept_for is KeptFor.JUSTICE
    assert official.pattern_for(f"{land}.de") is None
    assert official.pattern_for(f"fakepolizei.{land}.de") is None


def test_every_canton_and_every_state_of_the_us():
    countries = [pattern.country for pattern in official_domains().patterns.values()]
    cantons = [name for name in official_domains().patterns if len(name) == 5 and name.endswith(".ch")]
    states = [name for name in official_domains().patterns if name.startswith("*.state.")]
    assert (len(cantons), len(states)) == (26, 51)
    assert countries.count("") == 3  # .int and un.org belong to no country


def test_the_closest_pattern_answers():
    official = official_domains()
    assert official.pattern_for("north.pnn.police.uk").text == "*.pnn.police.uk"
    assert official.pattern_for("gov.uk") is None
    assert official.pattern_for("uk") is None
    assert official.pattern_for("") is None


def test_sub_domains_only_where_the_file_says_so():
    official = official_domains()
    assert official.agency_for("pec.carabinieri.it").name == "Carabinieri"
    assert official.agency_for("mail.politie.nl") is None
    assert official.agency_for("xcarabinieri.it") is None


def test_the_file_and_the_suffix_list_agree_where_both_speak():
    for pattern in official_domains().patterns.values():
        if pattern.kept_for is KeptFor.MILITARY and pattern.zone.startswith("mil."):
            assert government_zone(f"x.{pattern.zone}") == pattern.zone


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["NL"]["agencies"][0].update(kind="king"), "countries/NL/agencies/0/kind"),
        (lambda c: c["NL"]["agencies"][0].pop("source"), "source"),
        (lambda c: c["NL"]["agencies"][0].update(number="+31"), "number"),
        (lambda c: c["NL"]["agencies"][0].update(domains=["Politie.nl"]), "domains/0"),
        (lambda c: c["NL"]["agencies"][0].update(domains=["*.politie.nl"]), "domains/0"),
        (lambda c: c["NL"]["agencies"][0].update(domains=["políti.nl"]), "domains/0"),
        (lambda c: c["NL"]["agencies"][0].update(domains=["om.nl"]), "om.nl stands twice"),
        (lambda c: c["GB"]["patterns"][0].update(names=["*.*.uk"]), "names/0"),
        (lambda c: c["GB"]["patterns"][0].update(names=["uk*"]), "names/0"),
        (lambda c: c["GB"]["patterns"][0].update(kept_for="friends"), "kept_for"),
        (lambda c: c["GB"]["patterns"][0].update(names=["*.police.uk"]), r"\*.police.uk stands twice"),
        (lambda c: c.update(QQ=c["NL"]), "stands twice|QQ is no country"),
        (lambda c: c["INT"]["agencies"][0].pop("seat"), "INT|seat"),
    ],
)
def test_a_broken_file_is_refused(written, change, message):
    with pytest.raises(DomainsRefused, match=message):
        read(written(change))


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(DomainsRefused, match="cannot be read"):
        read(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(DomainsRefused, match="cannot be read"):
        read(tmp_path / "bad.yaml")


# Into the registry ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_loading_makes_domains_known_and_nothing_more():
    done = load_official()
    assert done.agencies == Agency.objects.count() == len(official_domains().agencies)
    assert done.domains == AgencyDomain.objects.count()
    politie = Agency.objects.get(domains__domain="politie.nl")
    assert (politie.country, politie.kind, politie.status) == ("NL", AgencyKind.POLICE, AgencyStatus.ACTIVE)
    assert (politie.local_name, politie.import_key) == ("Politie", "official:politie.nl")
    assert politie.source
    assert politie.domains.get().source
    assert not Agency.objects.filter(police_power_confirmed=True).exists()
    assert not Agency.objects.exclude(generic_address="").exists()
    assert not AgencyNumber.objects.exists()


@pytest.mark.django_db
def test_loading_again_changes_nothing_and_leaves_one_entry():
    load_official()
    before = list(Agency.objects.order_by("pk").values()), list(AgencyDomain.objects.order_by("pk").values())
    again = load_official()
    assert (again.agencies, again.domains, again.skipped) == (0, 0, {})
    assert (list(Agency.objects.order_by("pk").values()), list(AgencyDomain.objects.order_by("pk").values())) == before
    assert AuditEvent.objects.filter(action=Event.AGENCIES_IMPORTED).count() == 1


@pytest.mark.django_db
def test_what_people_corrected_stays():
    load_official()
    desk = make_staff("analyst", "approver")
    Agency.objects.filter(domains__domain="politie.nl").update(name="Korps", kind=AgencyKind.OTHER, status="suspended")
    entry = AgencyDomain.objects.get(domain="garda.ie")
    agency_contacts.remove_domain(entry, reason="Wrong", by=desk)
    AgencyDomain.objects.filter(domain="om.nl").update(covers_subdomains=True)
    done = load_official()
    assert done.domains == 0
    assert done.skipped == {"removed from the registry by somebody of the desk": ["garda.ie"]}
    assert Agency.objects.get(domains__domain="politie.nl").name == "Korps"
    assert AgencyDomain.objects.get(domain="om.nl").covers_subdomains
    assert not AgencyDomain.objects.filter(domain="garda.ie").exists()


@pytest.mark.django_db
def test_an_agency_that_people_entered_is_not_doubled():
    ours = make_agency("Politie", domain="politie.nl", country="NL")
    done = load_official()
    assert done.skipped == {"in the registry as another agency's": ["politie.nl"]}
    assert Agency.objects.get(domains__domain="politie.nl") == ours
    assert not Agency.objects.filter(import_key="official:politie.nl").exists()


@pytest.mark.django_db
def test_a_merged_agency_does_not_come_back():
    load_official()
    ours = make_agency("Politie", domain="politie.example", country="NL")
    merging.merge(Agency.objects.get(domains__domain="politie.nl"), ours, reason="One", by=make_staff("approver"))
    count = Agency.objects.count()
    again = load_official()
    assert (again.agencies, again.domains, again.skipped) == (0, 0, {})
    assert Agency.objects.count() == count
    assert AgencyDomain.objects.get(domain="politie.nl").agency == ours


@pytest.mark.django_db
def test_the_command_says_what_it_did(monkeypatch, tmp_path):
    out = StringIO()
    call_command("load_registry", stdout=out)
    assert f"{len(official_domains().agencies)} agencies" in out.getvalue()
    call_command("load_registry", stdout=out)
    assert "0 agencies and 0 domains made" in out.getvalue().splitlines()[-1]


@pytest.mark.django_db
def test_the_command_names_what_is_wrong_with_the_file(monkeypatch):
    def broken():
        raise DomainsRefused("official_domains.yaml: QQ is no country.")

    monkeypatch.setattr("accounts.services.registry.official_domains", broken)
    with pytest.raises(CommandError, match="QQ is no country"):
        call_command("load_registry")
    assert not Agency.objects.exists()
