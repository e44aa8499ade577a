import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.addresses import is_shared_mailbox, judge
from accounts.enums import AddressVerdict as V
from accounts.enums import AgencyStatus
from tests.people import make_agency

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("j.doe@met.police.uk", V.GOVERNMENT_SUFFIX),
        ("j.doe@agency.gov", V.GOVERNMENT_SUFFIX),
        ("j.doe@sub.agency.gov.uk", V.GOVERNMENT_SUFFIX),
        ("j.doe@gov.uk", V.GOVERNMENT_SUFFIX),
        ("j.doe@interieur.gouv.fr", V.GOVERNMENT_SUFFIX),
        ("j.doe@rcmp-grc.gc.ca", V.GOVERNMENT_SUFFIX),
        ("j.doe@npa.go.jp", V.GOVERNMENT_SUFFIX),
        ("j.doe@x.state.ny.us", V.GOVERNMENT_SUFFIX),
        ("j.doe@fedpol.admin.ch", V.GOVERNMENT_SUFFIX),
        ("j.doe@fakegov.uk", V.NOT_RECOGNISED),
        ("j.doe@police.uk.evil.example", V.NOT_RECOGNISED),
        ("j.doe@agency.gov.evil.com", V.NOT_RECOGNISED),
        ("j.doe@notpolice.uk", V.NOT_RECOGNISED),
        ("j.doe@gov.uk.com", V.NOT_RECOGNISED),
        ("j.doe@comune.go.it", V.NOT_RECOGNISED),
        ("j.doe@polizei.bayern.de", V.NOT_RECOGNISED),
        ("j.doe@gmail.com", V.REFUSED),
        ("j.doe@GMAIL.COM ", V.REFUSED),
        ("j.doe@yahoo.co.uk", V.REFUSED),
        ("j.doe@live.de", V.REFUSED),
        ("j.doe@mail.proton.me", V.REFUSED),
        ("j.doe@x.mailinator.com", V.REFUSED),
        ("not an address", V.REFUSED),
        ("j.doe@localhost", V.REFUSED),
        ("j.doe@[127.0.0.1]", V.REFUSED),
        ("", V.REFUSED),
    ],
)
def test_verdicts(address, verdict):
    found = judge(address)
    assert found.verdict is verdict, found.why
    assert found.why
    assert bool(found.advice) is found.refused


def test_the_registry_knows_exact_domains():
    agency = make_agency(domain="nordvik-police.example")
    found = judge("I.Solheim@Nordvik-Police.example")
    assert found.verdict is V.KNOWN_AGENCY
    assert found.agency == agency
    assert found.address == "i.solheim@nordvik-police.example"
    assert judge("i.solheim@mail.nordvik-police.example").verdict is V.NOT_RECOGNISED
    assert judge("i.solheim@xnordvik-police.example").verdict is V.NOT_RECOGNISED


def test_sub_domains_count_only_where_the_registry_says_so():
    agency = make_agency(domain="politie.example")
    agency.domains.update(covers_subdomains=True)
    assert judge("a@amsterdam.politie.example").agency == agency
    assert judge("a@amsterdampolitie.example").verdict is V.NOT_RECOGNISED


def test_international_domains_are_compared_as_a_labels():
    make_agency(domain="xn--polcia-5va.example")
    assert judge("a@polícia.example").verdict is V.KNOWN_AGENCY
    assert judge("a@policia.example").verdict is V.NOT_RECOGNISED


def test_a_suspended_agency_is_not_known():
    make_agency(domain="nordvik-police.example", status=AgencyStatus.SUSPENDED)
    assert judge("a@nordvik-police.example").verdict is V.NOT_RECOGNISED


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


def test_the_command_answers_in_json_lines():
    out = StringIO()
    call_command("check_address", "a@gmail.com", "a@met.police.uk", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["verdict"] for line in lines] == ["refused", "government_suffix"]
    assert {tuple(line) for line in lines} == {("address", "verdict", "why")}
