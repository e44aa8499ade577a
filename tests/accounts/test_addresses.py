import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.addresses import country_of, government_zone, is_shared_mailbox, judge
from accounts.enums import AddressVerdict as V
from accounts.enums import AgencyStatus
from accounts.models import BlockedDomain
from accounts.services.registry import load_official
from tests.people import make_agency, make_staff

pytestmark = pytest.mark.django_db

# Domain, verdict after `load_registry`, country.
TABLE = """
    adpolice.gov.ae K AE        police.nsw.gov.au K AU     met.police.uk G GB           polizei.gv.at K AT
    mpf.gov.ar K AR             afp.gov.au K AU            north.pnn.police.uk G GB     police.belgium.eu K BE
    oost.police.belgium.eu K BE mvr.bg K BG                pf.gov.br K BR               policiacivil.sp.gov.br G BR
    tj.sp.jus.br G BR           rcmp-grc.gc.ca K CA        torontopolice.on.ca K CA     gov.bc.ca G CA
    fedpol.admin.ch K CH        kapo.zh.ch G CH            police.ge.ch G CH            investigaciones.cl K CL
    policia.gov.co K CO         police.gov.cy K CY         pcr.cz K CZ                  polizei.bayern.de G DE
    ppnord.polizei.nrw.de G DE  polizei.berlin.de G DE     bka.bund.de K DE             koeln.sta.justiz.nrw.de G DE
    politi.dk K DK              politsei.ee K EE           policia.es K ES              guardiacivil.es K ES
    mossos.cat K ES             ertzaintza.eus K ES        europol.europa.eu K EU       eppo.europa.eu K EU
    ec.europa.eu G EU           poliisi.fi K FI            interieur.gouv.fr K FR       paris.pref.gouv.fr G FR
    nca.gov.uk K GB             dorset.gov.uk G GB         astynomia.gr K GR            police.gov.hk K HK
    mup.hr K HR                 orfk.police.hu K HU        polri.go.id K ID             garda.ie K IE
    justice.gov.ie G IE         police.gov.il K IL         cbi.gov.in K IN              up.nic.in G IN
    interpol.int K FR           nato.int G -               carabinieri.it K IT          pec.carabinieri.it K IT
    npa.go.jp K JP              keishicho.metro.tokyo.lg.jp G JP                        police.go.kr K KR
    landespolizei.li K LI       policija.lt K LT           police.etat.lu K LU          vp.gov.lv K LV
    fgj.cdmx.gob.mx G MX        rmp.gov.my K MY            politie.nl K NL              om.nl K NL
    politiet.no K NO            police.govt.nz K NZ        pnp.gov.ph K PH             policja.gov.pl K PL
    psp.pt K PT                 politiaromana.ro K RO      mup.gov.rs K RS              polisen.se K SE
    spf.gov.sg K SG             policija.si K SI           minv.sk K SK                 police.go.th K TH
    ankara.pol.tr G TR          npa.gov.tw K TW            nypd.org K US                troopers.state.ny.us G US
    agency.gov G US             af.mil G US                saps.gov.za K ZA             gov.bd G BD
"""
WORDS = TABLE.split()
ROWS = list(zip(WORDS[::3], WORDS[1::3], WORDS[2::3], strict=True))

STRANGERS = [
    "fakegov.uk",
    "gov.uk.evil.com",
    "police.uk.evil.example",
    "met-police.uk",
    "notpolice.uk",
    "gov.uk.com",
    "agency.gov.evil.com",
    "politie.nl.example",
    "xpolitie.nl",
    "mail.politie.nl",
    "pol1tie.nl",
    "garda.ie.co",
    "polizei-bayern.de",
    "bayern.de",
    "polizei.musterstadt.de",
    "zurich.ch",
    "xx.ch",
    "comune.go.it",
    "europa.eu.example",
    "xn--polica-tvf.es",
    "polic\u0456a.es",  # the same, a Ukrainian i
    "x.state.zz.us",
    "interpol.international",
    "police.com",
]


@pytest.fixture
def official():
    load_official()


@pytest.mark.parametrize(("domain", "verdict", "country"), ROWS)
def test_official_domains_of_many_countries(official, domain, verdict, country):
    found = judge(f"j.doe@{domain}")
    assert found.verdict is (V.KNOWN_AGENCY if verdict == "K" else V.GOVERNMENT_SUFFIX), found.why
    assert found.country == country.replace("-", "")
    assert bool(found.agency) is (verdict == "K")
    assert not found.advice


@pytest.mark.parametrize(("domain", "_verdict", "country"), ROWS)
def test_they_are_hints_before_the_registry_is_loaded(domain, _verdict, country):
    found = judge(f"j.doe@{domain}")
    assert found.verdict is V.GOVERNMENT_SUFFIX
    assert found.country == country.replace("-", "")
    assert found.agency is None


def test_a_hint_names_whose_domain_it_is():
    assert "Police of the Netherlands (Politie)" in judge("a@politie.nl").why


@pytest.mark.parametrize("domain", STRANGERS)
def test_look_alikes_are_not_recognised(official, domain):
    found = judge(f"j.doe@{domain}")
    assert found.verdict is V.NOT_RECOGNISED, found.why
    assert found.agency is None
    assert "apply all the same" in found.advice


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "no address"),
        ("   ", "no address"),
        ("not an address", "not an e-mail address"),
        ("j.doe", "not an e-mail address"),
        ("j.doe@", "not an e-mail address"),
        ("j.doe@localhost", "not an e-mail address"),
        ("j.doe@gov.uk.", "period"),
        ("j.doe@.gov.uk", "period"),
        ("j.doe@met..police.uk", "period"),
        ("j.doe@xn--a.gov.uk", "IDNA"),
        ("j\u00f6@gov.uk", "Internationalized"),
        ("j.doe@pol\u200bice.uk", "not an e-mail address"),
        ("J Doe <j.doe@met.police.uk>", "display name"),
        ("j.doe@evil.example@met.police.uk", "not an e-mail address"),
        ('"j doe"@met.police.uk', "quotation marks"),
        ('"j.doe@met.police.uk"@evil.example', "quotation marks"),
        ("a@[192.0.2.1]", "IP address"),
        ("a@192.0.2.1", "IP address"),
        ("a@[IPv6:2001:db8::1]", "IP address"),
        ("a@[met.police.uk]", "IP address"),
        ("\udcff@met.police.uk", "not an e-mail address"),
        ("a\x00@met.police.uk", "not an e-mail address"),
        ("a" * 300 + "@met.police.uk", "not an e-mail address"),
        ("j.doe@gmail.com", "free mail"),
        ("j.doe@GMAIL.COM ", "free mail"),
        ("j.doe@yahoo.co.uk", "free mail"),
        ("j.doe@live.de", "free mail"),
        ("j.doe@mail.proton.me", "free mail"),
        ("j.doe@x.mailinator.com", "disposable"),
    ],
)
def test_refused_with_what_to_do_instead(address, why):
    found = judge(address)
    assert found.verdict is V.REFUSED
    assert why in found.why
    assert len(found.advice) > 20


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("J.Doe@MET.Police.UK", "j.doe@met.police.uk"),
        ("  j.doe@met.police.uk\n", "j.doe@met.police.uk"),
        ("j.doe@met\u3002police\u3002uk", "j.doe@met.police.uk"),
        ("j.doe@\uff4d\uff45\uff54.police.uk", "j.doe@met.police.uk"),
    ],
)
def test_ways_to_write_the_same_address(written, read):
    found = judge(written)
    assert (found.address, found.verdict) == (read, V.GOVERNMENT_SUFFIX)


def test_armed_forces_are_said_not_to_be_police():
    for domain in ("navy.mil", "army.mil.kr", "dsa.mod.uk", "army.mil.gh"):
        found = judge(f"a@{domain}")
        assert found.verdict is V.GOVERNMENT_SUFFIX
        assert "not police" in found.why


def test_the_registry_knows_exact_domains():
    agency = make_agency(domain="nordvik-police.example", country="NO")
    found = judge("I.Solheim@Nordvik-Police.example")
    assert found.verdict is V.KNOWN_AGENCY
    assert (found.agency, found.country) == (agency, "NO")
    assert found.address == "i.solheim@nordvik-police.example"
    assert judge("i.solheim@xnordvik-police.example").verdict is V.NOT_RECOGNISED


def test_sub_domains_count_only_where_the_registry_says_so():
    agency = make_agency(domain="politie.example")
    found = judge("a@amsterdam.politie.example")
    assert found.verdict is V.NOT_RECOGNISED
    assert found.for_staff.startswith(f"politie.example is a domain of {agency}")
    agency.domains.update(covers_subdomains=True)
    assert judge("a@amsterdam.politie.example").agency == agency
    assert judge("a@amsterdampolitie.example").verdict is V.NOT_RECOGNISED


def test_the_closest_entry_decides():
    make_agency(domain="politie.example").domains.update(covers_subdomains=True)
    unit = make_agency(domain="fraud.politie.example")
    assert judge("a@fraud.politie.example").agency == unit


def test_the_registry_comes_before_the_suffix():
    agency = make_agency(domain="nordvik.gov.uk")
    assert judge("a@nordvik.gov.uk").agency == agency
    assert judge("a@x.nordvik.gov.uk").verdict is V.GOVERNMENT_SUFFIX


@pytest.mark.parametrize(
    "written", ["polícia.example", "POLÍCIA.example", "xn--polcia-5va.example", "poli\u0301cia.example"]
)
def test_international_domains_are_compared_as_a_labels(written):
    make_agency(domain="xn--polcia-5va.example")
    assert judge(f"a@{written}").verdict is V.KNOWN_AGENCY
    assert judge("a@policia.example").verdict is V.NOT_RECOGNISED


@pytest.mark.parametrize("status", [AgencyStatus.SUSPENDED, AgencyStatus.PROPOSED])
@pytest.mark.parametrize("domain", ["nordvik-police.example", "nordvik.gov.uk", "politie.nl"])
def test_a_stranger_does_not_learn_that_an_agency_is_suspended(status, domain):
    before = judge(f"a@{domain}")
    agency = make_agency(domain=domain, status=status, name="Nordvik Police")
    found = judge(f"a@{domain}")
    public = ("verdict", "why", "advice", "country")
    assert [getattr(found, name) for name in public] == [getattr(before, name) for name in public]
    assert found.verdict is not V.KNOWN_AGENCY
    assert found.agency == agency
    assert found.for_staff == f"{domain} is a domain of Nordvik Police, which is {agency.get_status_display().lower()}"


def block(domain, **changes):
    values = {"reason": "Forged orders", "blocked_at": timezone.now(), "blocked_by": make_staff()}
    return BlockedDomain.objects.create(domain=domain, **(values | changes))


@pytest.mark.parametrize(
    ("blocked", "address", "verdict"),
    [
        ("evil.example", "a@evil.example", V.REFUSED),
        ("evil.example", "a@Mail.EVIL.example", V.REFUSED),
        ("evil.example", "a@xevil.example", V.NOT_RECOGNISED),
        ("mail.evil.example", "a@evil.example", V.NOT_RECOGNISED),
        ("mail.evil.example", "a@other.evil.example", V.NOT_RECOGNISED),
        ("xn--polcia-5va.example", "a@polícia.example", V.REFUSED),
        ("hacked.gov.uk", "a@hacked.gov.uk", V.REFUSED),
        ("gov.uk", "a@met.gov.uk", V.GOVERNMENT_SUFFIX),
        ("com", "a@police.com", V.NOT_RECOGNISED),
    ],
)
def test_blocked_domains_down_to_what_one_owner_has(blocked, address, verdict):
    block(blocked)
    found = judge(address)
    assert found.verdict is verdict
    if found.refused:
        assert found.why == "blocked by the desk"
        assert "write to us" in found.advice
        assert "block" not in found.advice


def test_a_block_wins_over_the_registry_until_it_is_lifted():
    make_agency(domain="nordvik-police.example")
    row = block("nordvik-police.example")
    assert judge("a@nordvik-police.example").refused
    row.lifted_at, row.lifted_by = timezone.now(), make_staff()
    row.save()
    assert judge("a@nordvik-police.example").verdict is V.KNOWN_AGENCY


def test_two_questions_to_the_database(django_assert_num_queries):
    make_agency(domain="nordvik-police.example")
    with django_assert_num_queries(2):
        judge("a@a.b.c.nordvik-police.example")
    with django_assert_num_queries(0):
        judge("a@gmail.com")


@pytest.mark.parametrize(
    ("domain", "country"),
    [
        ("police.example", ""),
        ("police.com", ""),
        ("police.nl", "NL"),
        ("police.co.uk", "GB"),
        ("police.io", ""),
        ("police.co", ""),
        ("police.gov.co", "CO"),
        ("fbi.gov", "US"),
        ("x.int", ""),
    ],
)
def test_the_country_that_a_domain_says(domain, country):
    assert country_of(domain) == country


def test_what_is_kept_for_a_government():
    assert government_zone("met.gov.uk") == "gov.uk"
    assert government_zone("gov.uk") == "gov.uk"
    assert government_zone("polizei.bayern.de") == "polizei.bayern.de"
    assert government_zone("police.com") == ""


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("info@x.example", True),
        ("cybercrime.desk@x.example", True),
        ("fiu-team@x.example", True),
        ("i.solheim@x.example", False),
        ("desk.solheim@x.example", False),
    ],
)
def test_shared_mailboxes(address, shared):
    assert is_shared_mailbox(address) is shared


def checked(*addresses):
    out = StringIO()
    call_command("check_address", *addresses, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_command_answers_in_json_lines():
    lines = checked("a@gmail.com", "a@met.police.uk")
    assert [line["verdict"] for line in lines] == ["refused", "government_suffix"]
    assert {tuple(line) for line in lines} == {("address", "verdict", "why")}


def test_the_command_answers_whatever_it_is_asked():
    odd = [
        "",
        " ",
        "@",
        "a@b@c",
        "a\n@gov.uk",
        "\udcff\udcfe@x",
        "\u202ea@gov.uk",
        "💥@💥.gov",
        "a@" + "." * 400,
        "a@xn--.uk",
    ]
    lines = checked(*odd)
    assert [line["address"] for line in lines] == odd
    assert {line["verdict"] for line in lines} == {"refused"}
    assert all(line["why"] for line in lines)


def test_the_command_tells_staff_what_a_stranger_is_not_told():
    make_agency(domain="nordvik-police.example", status=AgencyStatus.SUSPENDED)
    assert "which is suspended" in checked("a@nordvik-police.example")[0]["why"]
