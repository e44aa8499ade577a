"""The parts of an application: saved as one goes, in two windows, with a file, and sent once."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import AddressVerdict, ApplicationStatus, ProofKind
from accounts.models import AccessApplication, BlockedDomain
from accounts.parts import fingerprint, missing, proof_is_in_check, proof_problem
from accounts.services import applications
from foundation.core.errors import NotAllowed
from foundation.core.references import new_reference
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from tests.accounts.helpers import actions, page, words
from tests.documents.files import make_image, make_pdf
from tests.factories import clean_pdf
from tests.people import client_for, make_agency, make_factor, make_staff, make_user

pytestmark = pytest.mark.django_db

PERSON = {
    "full_name": "Mireille Aubanel",
    "rank": "inspectrice",
    "unit": "",
    "badge": "20714",
    "phone": "+441632960140",
}
PROPOSAL = {
    "agency": "new", "name": "Douane de Valclair", "country": "FR", "kind": "tax", "address": "4 quai du Levant",
    "website": "", "switchboard": "+44 1632 960140",
}  # fmt: skip


def draft(*, full=False, **changes) -> AccessApplication:
    """A confirmed application nobody sent yet; full: with everything it needs."""
    agency = changes.pop("agency", None) or make_agency()
    user = make_user(f"m.aubanel@{agency.domains.first().domain}")
    make_factor(user)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    values = {
        "reference": new_reference("AC", timezone.now()), "email": user.email, "user": user, "agency": agency,
        "verdict": AddressVerdict.KNOWN_AGENCY, "status": ApplicationStatus.DRAFT, "created_at": timezone.now(),
    }  # fmt: skip
    if full:
        values |= PERSON | {"supervisor_name": "S. Carrow", "supervisor_contact": "ext 12"}
        values["identity_document"] = clean_pdf(user, filename="card.pdf")
    return AccessApplication.objects.create(**(values | changes))


def at_home(application: AccessApplication) -> tuple[Client, str]:
    return client_for(application.user), f"/access/{application.reference}"


def again(application: AccessApplication) -> AccessApplication:
    return AccessApplication.objects.select_related("identity_document").get(pk=application.pk)


def seen_on(client: Client, url: str) -> str:
    return page(client.get(url)).select_one("[name=seen]")["value"]


def test_what_is_right_is_saved_while_the_rest_is_mended():
    application = draft()
    client, base = at_home(application)
    answer = client.post(f"{base}/person/", PERSON | {"phone": "0123", "rank": ""})
    assert answer.status_code == 422
    assert page(answer).select_one("[name=phone]")["value"] == "0123"
    stored = again(application)
    assert (stored.full_name, stored.badge, stored.phone, stored.rank) == ("Mireille Aubanel", "20714", "", "")
    assert stored.saved_at is not None
    assert "Saved" in words(client.get(f"{base}/person/"))
    assert missing(stored)[0] == "person"


def test_fields_say_what_a_browser_may_fill_in():
    client, base = at_home(draft())
    person = page(client.get(f"{base}/person/"))
    wanted = {"full_name": "name", "rank": "organization-title", "unit": "off", "badge": "off", "phone": "tel"}
    assert {name: person.select_one(f"[name={name}]")["autocomplete"] for name in wanted} == wanted
    supervisor = page(client.get(f"{base}/supervisor/"))
    assert {supervisor.select_one(f"[name={name}]")["autocomplete"] for name in ("name", "contact")} == {"off"}


def test_the_older_window_overwrites_nothing_and_loses_nothing():
    application = draft(**PERSON)
    client, base = at_home(application)
    old = seen_on(client, f"{base}/person/")
    new = PERSON | {"rank": "commissaire", "seen": seen_on(client, f"{base}/person/")}
    assert client.post(f"{base}/person/", new).status_code == 302
    typed = PERSON | {"rank": "capitaine", "unit": "Fraud", "seen": old}
    answer = client.post(f"{base}/person/", typed)
    assert answer.status_code == 422
    assert "saved in another window" in words(answer)
    assert "Rank or title: “commissaire”" in words(answer)
    assert "Unit is empty" in words(answer)
    assert "Full name" not in answer.context["form"].non_field_errors()[0]
    fields = page(answer)
    assert fields.select_one("[name=rank]")["value"] == "capitaine"
    assert again(application).rank == "commissaire"
    typed["seen"] = fields.select_one("[name=seen]")["value"]
    assert client.post(f"{base}/person/", typed).status_code == 302
    assert (again(application).rank, again(application).unit) == ("capitaine", "Fraud")


def test_a_double_click_on_save_is_no_conflict():
    application = draft()
    client, base = at_home(application)
    form = PERSON | {"seen": seen_on(client, f"{base}/person/")}
    assert [client.post(f"{base}/person/", form).status_code for _ in range(2)] == [302, 302]
    assert actions(object_label=application.reference) == ["access.saved"]


def test_the_mark_of_what_was_seen_cannot_be_reckoned_and_differs_by_part():
    application = draft(**PERSON)
    marks = {fingerprint(application, step) for step in ("person", "agency", "supervisor", "proof", "address")}
    assert len(marks) == 5
    assert all(re.fullmatch("[0-9a-f]{64}", mark) for mark in marks)


def test_an_unknown_address_may_go_on_and_says_why_it_is_official():
    application = draft(full=True, verdict=AddressVerdict.NOT_RECOGNISED)
    client, base = at_home(application)
    assert client.get(f"{base}/")["Location"] == f"{base}/address/"
    assert "Our registry does not know the domain" in words(client.get(f"{base}/address/"))
    assert client.post(f"{base}/address/", {"address_note": "It is."}).status_code == 422
    assert client.post(f"{base}/send/", {"attested": "on"})["Location"] == f"{base}/"
    note = "Our web page www.valclair.example/contact lists it"
    assert client.post(f"{base}/address/", {"address_note": note})["Location"] == f"{base}/"
    assert note in words(client.get(f"{base}/send/"))
    assert client.post(f"{base}/send/", {"attested": "on"})["Location"] == "/access/mine/"


def test_a_known_address_is_not_asked_why():
    application = draft()
    client, base = at_home(application)
    assert client.get(f"{base}/address/")["Location"] == f"{base}/"
    assert "Why your address is official" not in words(client.get(f"{base}/person/"))


def test_searching_drops_no_proposal():
    application = draft(agency=make_agency("Customs of Valclair"))
    client, base = at_home(application)
    answer = client.post(f"{base}/agency/", PROPOSAL | {"q": "gendarmerie nowhere", "search": "1"})
    assert answer.status_code == 200
    fields = page(answer)
    assert fields.select_one("[name=address]").get_text().strip() == "4 quai du Levant"
    assert fields.select_one("[name=switchboard]")["value"] == "+44 1632 960140"
    assert fields.select_one("[name=agency][value=new]").has_attr("checked")
    assert "No other agency found for “gendarmerie nowhere”" in words(answer)
    assert again(application).proposed_agency == {}, "a search saves nothing"


def test_no_hit_opens_the_proposal_with_the_name_typed():
    application = draft(agency=make_agency(), verdict=AddressVerdict.NOT_RECOGNISED, email="x@elsewhere.example")
    AccessApplication.objects.update(agency=None)
    client, base = at_home(application)
    answer = client.post(f"{base}/agency/", {"q": "Douane de Valclair", "search": "1"})
    assert "No agency found for “Douane de Valclair”" in words(answer)
    fields = page(answer)
    assert fields.select_one("[name=name]")["value"] == "Douane de Valclair"
    assert fields.select_one("[name=agency][value=new]").has_attr("checked")
    assert "Douane" in client.get(f"{base}/agency/?q=Douane").content.decode(), "and without the button"


def test_many_hits_say_how_many():
    for number in range(12):
        make_agency(f"Valclair Police {number:02}")
    application = draft(agency=make_agency("Zoll"))
    client, base = at_home(application)
    answer = client.post(f"{base}/agency/", {"q": "valclair", "search": "1"})
    assert "13 agencies found for “valclair”" in words(answer)
    assert "Type more of the name" in words(answer)


def test_half_a_proposal_is_kept_and_is_not_done():
    application = draft()
    client, base = at_home(application)
    answer = client.post(f"{base}/agency/", PROPOSAL | {"switchboard": "0123"})
    assert answer.status_code == 422
    stored = again(application)
    assert stored.proposed_agency["name"] == "Douane de Valclair"
    assert "switchboard" not in stored.proposed_agency
    assert "agency" in missing(stored)


def test_another_agency_than_that_of_the_address_is_allowed_with_a_warning():
    mine, other = make_agency("Nordvik Police"), make_agency("Valclair Police")
    application = draft(full=True, agency=mine)
    client, base = at_home(application)
    answer = client.post(f"{base}/agency/", {"q": "valclair", "agency": str(other.uid)}, follow=True)
    assert "Your address belongs to Nordvik Police, and you chose Valclair Police. You can go on" in words(answer)
    assert "Your address belongs to Nordvik Police, and you chose Valclair Police. You can send it" in words(answer)
    assert again(application).agency == other


def test_a_file_is_kept_when_the_rest_is_refused():
    application = draft()
    client, base = at_home(application)
    card = SimpleUploadedFile("card.png", make_image())
    answer = client.post(f"{base}/proof/", {"proof_kind": "service_card", "document": card, "explanation": "x" * 1001})
    assert answer.status_code == 422
    assert "We have: card.png" in words(answer)
    assert again(application).identity_document.filename == "card.png"
    assert client.post(f"{base}/proof/", {"proof_kind": "service_card", "explanation": ""}).status_code == 302


def test_a_file_is_kept_when_the_part_was_saved_in_another_window():
    application = draft(explanation="Cards must not be copied here")
    client, base = at_home(application)
    old = seen_on(client, f"{base}/proof/")
    applications.save_proof(application, by=application.user, explanation="New remark")
    form = {"proof_kind": "service_card", "explanation": "Old remark", "seen": old}
    answer = client.post(f"{base}/proof/", form | {"document": SimpleUploadedFile("card.png", make_image())})
    assert answer.status_code == 422
    stored = again(application)
    assert (stored.identity_document.filename, stored.explanation) == ("card.png", "New remark")


def test_an_electronic_signature_needs_the_pdf():
    application = draft()
    client, base = at_home(application)
    card = SimpleUploadedFile("letter.png", make_image())
    answer = client.post(f"{base}/proof/", {"proof_kind": "signed_pdf", "document": card, "explanation": ""})
    assert "Only a PDF holds an electronic signature" in words(answer)
    letter = SimpleUploadedFile("letter.pdf", make_pdf("I confirm"))
    answer = client.post(f"{base}/proof/", {"proof_kind": "signed_pdf", "document": letter, "explanation": ""})
    assert answer.status_code == 302
    stored = again(application)
    assert (stored.proof_kind, stored.identity_document.filename) == (ProofKind.SIGNED_PDF, "letter.pdf")
    gone = Document.objects.get(filename="letter.png")
    assert gone.state == DocumentState.PURGED, "nobody ever looked at the one that was replaced"


def test_a_file_in_its_check_is_waited_for_but_not_for_ever():
    application = draft(full=True)
    document = documents.receive(
        make_image(), filename="card.png", purpose="identity", by=application.user, limit=10**7
    )
    applications.save_proof(application, by=application.user, document=document)
    client, base = at_home(application)
    assert "It is being checked" in words(client.get(f"{base}/proof/"))
    answer = client.post(f"{base}/send/", {"attested": "on"})
    assert "Your file is still being checked. This takes seconds: send again." in words(answer)
    later = timezone.now() + timedelta(minutes=11)
    assert not proof_is_in_check(again(application), at=later), "our scanner is down: no reason to wait"
    documents.sweep()
    assert client.post(f"{base}/send/", {"attested": "on"}).status_code == 302
    assert again(application).status == ApplicationStatus.SUBMITTED


def test_a_file_that_cannot_be_drawn_is_no_proof():
    application = draft(full=True)
    Document.objects.update(preview_error="No page images could be made of this file.")
    stored = again(application)
    assert "as another PDF, PNG or JPEG" in proof_problem(stored)
    assert missing(stored) == ["proof"]
    client, base = at_home(application)
    assert "We cannot show this file as pictures" in words(client.get(f"{base}/proof/"))


def test_the_answers_are_shown_with_a_way_to_change_each():
    client, base = at_home(draft(full=True))
    shown = page(client.get(f"{base}/send/"))
    links = {link["href"] for link in shown.select(".govuk-summary-list__actions a")}
    assert links == {f"{base}/{step}/" for step in ("person", "agency", "supervisor", "proof")}
    assert "version 2026-11" in words(client.get(f"{base}/send/"))


def test_the_declaration_is_on_the_guidelines_that_were_shown(settings):
    application = draft(full=True)
    client, base = at_home(application)
    version = page(client.get(f"{base}/send/")).select_one("[name=guidelines_version]")["value"]
    settings.GUIDELINES_VERSION = "2027-01"
    answer = client.post(f"{base}/send/", {"attested": "on", "guidelines_version": version})
    assert "The guidelines changed after you opened this page" in words(answer)
    fields = page(answer)
    assert not fields.select_one("[name=attested]").has_attr("checked")
    assert fields.select_one("[name=guidelines_version]")["value"] == "2027-01"
    assert client.post(f"{base}/send/", {"attested": "on", "guidelines_version": "2027-01"}).status_code == 302
    stored = again(application)
    assert (stored.guidelines_version, stored.attested_at) == ("2027-01", stored.submitted_at)
    assert "2027-01" in Client().get("/guidelines/").content.decode()


def test_a_domain_shut_out_meanwhile_cannot_send():
    application = draft(full=True)
    domain = "shut-out.example"
    AccessApplication.objects.update(email=f"a@{domain}")
    BlockedDomain.objects.create(
        domain=domain, reason="Forger", blocked_at=timezone.now(), blocked_by=make_staff("approver")
    )
    with pytest.raises(NotAllowed):
        applications.submit(application, by=application.user)
    assert again(application).status == ApplicationStatus.DRAFT


def test_where_it_was_asked_from_is_kept_as_a_keyed_hash(settings):
    settings.COUNTRY_HEADER = "X-Country"
    client = Client(headers={"X-Country": "no"}, REMOTE_ADDR="192.0.2.77")
    client.post("/access/", {"email": "a.b@nordvik-police.example"})
    stored = AccessApplication.objects.get()
    assert stored.signup_country == "NO"
    assert stored.place_hash == applications.hash_of_network("192.0.2.1"), "the same /24"
    assert stored.place_hash != applications.hash_of_network("192.0.3.1")
    assert "192" not in stored.place_hash[:3]
    one, other = applications.hash_of_network("2001:db8:1:2::7"), applications.hash_of_network("2001:db8:1:ffff::9")
    assert one == other != applications.hash_of_network("2001:db8:2::7"), "the same /48"
    assert applications.hash_of_network("demo") == ""


@pytest.mark.parametrize("said", ["", "XX", "T1", "Norway", "<b", "1O"])
def test_a_country_that_is_none_is_not_kept(settings, said):
    settings.COUNTRY_HEADER = "X-Country"
    Client(headers={"X-Country": said}).post("/access/", {"email": "a.b@nordvik-police.example"})
    assert AccessApplication.objects.get().signup_country == ""


def test_nobody_is_believed_who_names_a_country_where_no_front_server_does():
    Client(headers={"CF-IPCountry": "NO"}).post("/access/", {"email": "a.b@nordvik-police.example"})
    assert AccessApplication.objects.get().signup_country == ""
