"""MX, SPF and DMARC as a real name server gives them, and every way in which it does not."""

import time
from itertools import count

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.enums import SignalOutcome
from accounts.evidence import address, resolver
from accounts.evidence.mail_server import TRIES, mail_server
from tests.accounts.applied import applied
from tests.accounts.dns_server import REFUSED, SERVFAIL, SILENT, TRUNCATED
from tests.people import make_agency

pytestmark = pytest.mark.django_db
NAME = "kripos.test"
_number = count(1)
WELL_RUN = {"MX": ["10 mx.kripos.test."], "TXT": ['"v=spf1 mx -all"'], "_dmarc": '"v=DMARC1; p=reject"'}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """A silent server is silent at once; the limits themselves are tested below."""
    monkeypatch.setattr(resolver, "LIFETIME", 0.4)
    monkeypatch.setattr(resolver, "_ONE_TRY", 0.2)


def zone(server, name=NAME, **changes):
    records = WELL_RUN | changes
    if dmarc := records.pop("_dmarc", None):
        server.add(f"_dmarc.{name}", "TXT", dmarc)
    for kind, values in records.items():
        server.add(name, kind, *values)


def check(name=NAME, agency=None):
    return mail_server(applied(agency, email=f"m.hollis{next(_number)}@{name}"))


def test_a_well_run_domain_passes(dns_server):
    zone(dns_server)
    found = check()
    assert found.outcome == SignalOutcome.PASS
    assert found.evidence == "Mail server mx.kripos.test, its own. SPF ends with -all. DMARC p=reject."


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"_dmarc": None}, SignalOutcome.WARN, "No DMARC policy"),
        ({"_dmarc": '"v=DMARC1; p=none"'}, SignalOutcome.WARN, "DMARC p=none: forged mail"),
        ({"TXT": ['"v=spf1 +all"']}, SignalOutcome.WARN, "SPF ends with +all: anybody"),
        ({"TXT": ['"v=spf1 all"']}, SignalOutcome.WARN, "SPF ends with +all: anybody"),
        ({"TXT": ['"v=spf1 mx ?all"']}, SignalOutcome.WARN, "SPF ends with ?all"),
        ({"TXT": ['"hello"']}, SignalOutcome.WARN, "No SPF record"),
        ({"TXT": ['"v=spf1 -all"', '"v=spf1 mx -all"']}, SignalOutcome.WARN, "Several SPF records"),
        ({"MX": ["10 gmail-smtp-in.l.google.com."]}, SignalOutcome.WARN, "a shared host for everybody (Gmail)"),
        ({"MX": ["5 mx1.improvmx.com."]}, SignalOutcome.WARN, "(ImprovMX)"),
        ({"MX": ["0 kripos-test.mail.protection.outlook.com."]}, SignalOutcome.PASS, "(Microsoft 365)"),
        ({"MX": [], "A": ["192.0.2.7"]}, SignalOutcome.WARN, "address of the web site"),
        ({"MX": ["0 ."]}, SignalOutcome.FAIL, "takes no mail (null MX"),
        ({"MX": []}, SignalOutcome.FAIL, "neither a mail server nor an address"),
    ],
)
def test_what_is_wrong_is_said(dns_server, changes, outcome, said):
    zone(dns_server, **changes)
    found = check()
    assert found.outcome == outcome
    assert said in found.evidence
    assert found.explanation


def test_a_domain_that_does_not_exist_fails(dns_server):
    found = check("nowhere.test")
    assert found.outcome == SignalOutcome.FAIL
    assert found.evidence == "The domain nowhere.test does not exist."


def test_a_policy_of_the_registered_name_holds_for_its_sub_domains(dns_server):
    zone(dns_server, "mail.kripos.test", _dmarc=None)
    dns_server.add("_dmarc.kripos.test", "TXT", '"v=DMARC1; p=reject; sp=quarantine"')
    found = check("mail.kripos.test")
    assert "DMARC p=quarantine at kripos.test" in found.evidence
    assert found.outcome == SignalOutcome.PASS


def test_spf_follows_its_redirects_and_stops(dns_server):
    zone(dns_server, TXT=['"v=spf1 redirect=_spf.kripos.test"'])
    dns_server.add("_spf.kripos.test", "TXT", '"v=spf1 ip4:192.0.2.0/24 ~all"')
    assert "SPF ends with ~all" in check().evidence
    dns_server.add("_spf.kripos.test", "TXT", '"v=spf1 redirect=_spf.kripos.test"')
    assert "SPF ends with ?all" in check().evidence


@pytest.mark.parametrize(
    ("manner", "why"),
    [(SERVFAIL, "SERVFAIL"), (REFUSED, "REFUSED"), (SILENT, "no name server answered within")],
)
def test_a_server_that_does_not_answer_says_nothing_of_the_applicant(dns_server, manner, why):
    zone(dns_server)
    dns_server.say(NAME, manner)
    found = check()
    assert found.outcome == SignalOutcome.UNKNOWN
    assert found.evidence.startswith("Could not be checked: ")
    assert why in found.evidence
    assert found.tries == TRIES


def test_one_question_that_is_not_answered_leaves_a_doubt_and_the_rest_stands(dns_server):
    zone(dns_server)
    dns_server.say("_dmarc.kripos.test", SERVFAIL)
    found = check()
    assert found.outcome == SignalOutcome.UNKNOWN
    assert "SPF ends with -all" in found.evidence
    assert "DMARC could not be checked: the name servers answered SERVFAIL" in found.evidence


def test_a_cut_answer_is_asked_for_again_over_tcp(dns_server):
    zone(dns_server)
    dns_server.say(NAME, TRUNCATED)
    assert check().outcome == SignalOutcome.PASS
    assert dns_server.asked[NAME, "MX", "tcp"] == 1


def test_a_silent_server_costs_one_lifetime_and_all_questions_together_a_limited_time(dns_server, monkeypatch):
    for name in (NAME, f"_dmarc.{NAME}"):
        dns_server.say(name, SILENT)
    started = time.monotonic()
    assert check().outcome == SignalOutcome.UNKNOWN
    assert time.monotonic() - started < 5
    monkeypatch.setattr(resolver, "TOTAL", 0.0)
    asked = sum(dns_server.asked.values())
    assert "took longer than 0 seconds" in check().evidence
    assert sum(dns_server.asked.values()) == asked


def test_the_known_domain_stands_beside_a_weak_one(dns_server):
    agency = make_agency(domain="northmoor-police.example")
    zone(dns_server, "northmoor-police-uk.test", MX=["1 mx.zoho.com."], _dmarc=None)
    found = check("northmoor-police-uk.test", agency)
    assert found.outcome == SignalOutcome.WARN
    assert (
        "The known domain northmoor-police.example: mail server mx.northmoor-police.example, its own, p=reject."
        in found.evidence
    )


def test_looking_can_be_switched_off_and_says_so(settings, dns_server):
    settings.VETTING_DNS = "off"
    found = check()
    assert found.outcome == SignalOutcome.UNKNOWN
    assert "switched off" in found.evidence
    assert not dns_server.asked


def test_several_servers_may_be_named_and_the_second_steps_in(settings, dns_server):
    zone(dns_server)
    settings.VETTING_DNS = f"127.0.0.1:1, {dns_server.settings_value}"
    assert check().outcome == SignalOutcome.PASS


@pytest.mark.parametrize("wrong", ["dns.example", "192.0.2.1:port", "2001:db8::zz"])
def test_a_server_is_named_by_its_number(settings, wrong):
    settings.VETTING_DNS = wrong
    with pytest.raises(ImproperlyConfigured, match="VETTING_DNS"):
        resolver.Resolver.configured()


def test_an_address_of_the_sixth_version_is_read():
    assert resolver._server("[2001:db8::1]:5353") == ("2001:db8::1", 5353)
    assert resolver._server("2001:db8::1") == ("2001:db8::1", 53)
    assert resolver._server("192.0.2.1") == ("192.0.2.1", 53)


# Disposable and forwarding mail --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("email", "mx", "outcome", "said"),
    [
        ("m@mailinator.com", "", SignalOutcome.FAIL, "throw-away"),
        ("m@duck.com", "", SignalOutcome.FAIL, "private mailbox"),
        ("m@sub.anonaddy.com", "", SignalOutcome.FAIL, "private mailbox"),
        (f"m@{NAME}", "10 mx2.forwardemail.net.", SignalOutcome.WARN, "Forward Email"),
        (f"m@{NAME}", "10 route1.mx.cloudflare.net.", SignalOutcome.WARN, "Cloudflare"),
        (f"m+two@{NAME}", "10 mx.kripos.test.", SignalOutcome.WARN, "behind a plus"),
        (f"m@{NAME}", "10 mx.kripos.test.", SignalOutcome.PASS, "on no list"),
    ],
)
def test_mail_that_goes_elsewhere(dns_server, email, mx, outcome, said):
    if mx:
        dns_server.add(NAME, "MX", mx)
    found = address.disposable(applied(email=email))
    assert found.outcome == outcome
    assert said in found.evidence


def test_forwarding_is_judged_by_the_lists_where_no_server_answers(dns_server):
    dns_server.say(NAME, SERVFAIL)
    found = address.disposable(applied(email=f"m@{NAME}"))
    assert found.outcome == SignalOutcome.PASS
    assert "could not be looked at" in found.evidence
