"""What an application does not take: addresses of our own people, one's own name, agencies and files that are none."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.addresses import judge
from accounts.forms.access import is_public_website
from accounts.models import AccessApplication
from accounts.services import applications
from tests.accounts.helpers import page, words
from tests.accounts.test_application_steps import PERSON, PROPOSAL, draft
from tests.documents.files import make_image
from tests.people import client_for, make_agency, make_staff

pytestmark = pytest.mark.django_db


def test_a_name_before_the_at_over_64_characters_is_no_address():
    assert judge(f"{'a' * 65}@nordvik-police.example").refused
    assert not judge(f"{'a' * 64}@nordvik-police.example").refused


def test_the_providers_own_people_do_not_apply(settings):
    make_staff("analyst", email="staff@provider-house.example")
    settings.SSO_STAFF_DOMAINS = ["sso-house.example"]
    for address in ("x@provider-house.example", "x@sso-house.example", "x@eu.sso-house.example"):
        answer = Client().post("/access/", {"email": address})
        assert answer.status_code == 422
        assert "our own staff" in words(answer)
    assert Client().post("/access/", {"email": "x@other-house.example"}).status_code == 302
    assert AccessApplication.objects.count() == 1


def test_an_agency_keeps_its_domain_where_one_of_ours_has_an_address_there():
    agency = make_agency()
    domain = agency.domains.first().domain
    make_staff("analyst", email=f"liaison@{domain}")
    assert not applications.judge_applicant(f"a@{domain}").refused


def test_nobody_is_their_own_supervisor():
    application = draft(full=True)
    client, base = client_for(application.user), f"/access/{application.reference}"
    answer = client.post(f"{base}/supervisor/", {"name": "AUBANEL, Mireille", "contact": "ext 1"})
    assert answer.status_code == 422
    assert "this is your own name" in words(answer)
    answer = client.post(f"{base}/person/", PERSON | {"full_name": "S. Carrow"})
    assert answer.status_code == 422
    assert "the name you gave for your supervisor" in words(answer)


def test_only_a_pdf_is_a_signed_pdf_also_when_we_have_the_file_already():
    application = draft()
    client, url = client_for(application.user), f"/access/{application.reference}/proof/"
    card = SimpleUploadedFile("card.png", make_image())
    assert client.post(url, {"proof_kind": "service_card", "document": card}).status_code == 302
    answer = client.post(url, {"proof_kind": "signed_pdf"})
    assert answer.status_code == 422
    assert "Only a PDF holds an electronic signature" in words(answer)


@pytest.mark.parametrize(
    "address",
    ["ftp://douane.example", "https://192.168.1.4/", "https://10.1", "http://localhost", "http://portal.local/",
     "https://[::1]/", "https://intranet", "https://0x7f.0x1", "https://me@douane.example"],
)  # fmt: skip
def test_a_website_is_a_public_one(address):
    assert not is_public_website(address)
    application = draft()
    url = f"/access/{application.reference}/agency/"
    answer = client_for(application.user).post(url, PROPOSAL | {"website": address})
    assert answer.status_code == 422
    assert "Official website" in words(answer)


def test_a_public_website_is_taken():
    assert is_public_website("https://www.douane.example/contact")
    assert is_public_website("http://douane.example:8080")


def test_a_proposal_with_the_name_of_a_registered_agency_is_offered_that_one():
    known = make_agency("Douane de Valclaïr", country="FR")
    application = draft(agency=make_agency("Nordvik Police"))
    client, url = client_for(application.user), f"/access/{application.reference}/agency/"
    answer = client.post(url, PROPOSAL | {"name": "DOUANE DE  VALCLAIR"})
    assert answer.status_code == 422
    assert "is in our registry already" in words(answer)
    assert page(answer).select_one(f"[name=agency][value='{known.uid}']")
    assert client.post(url, PROPOSAL | {"country": "BE"}).status_code == 302, "another country's is another"


def test_the_chosen_agency_counts_as_found():
    application = draft(agency=make_agency("Nordvik Police"))
    url = f"/access/{application.reference}/agency/"
    client = client_for(application.user)
    assert "No other agency" not in words(client.post(url, {"q": "nordvik", "search": "1"}))
    assert "1 agency to choose from" in words(client.post(url, {"q": "nordvik", "search": "1"}))
    assert "No other agency found" in words(client.post(url, {"q": "zanzibar", "search": "1"}))
