"""From the first address to waiting for the desk, as a person does it."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, RecoveryCode, User
from accounts.services import applications
from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, code_for, last_mail, link_in, page, words
from tests.documents.files import make_image
from tests.people import PASSWORD, client_for, make_agency, make_officer, make_user

pytestmark = pytest.mark.django_db

PERSON = {
    "full_name": "Mireille Aubanel", "rank": "inspectrice", "unit": "", "badge": "20714", "phone": "+44 1632 960140",
}  # fmt: skip


def confirmed(client: Client, address: str = "m.aubanel@nordvik-police.example") -> AccessApplication:
    client.post("/access/", {"email": address})
    client.post(link_in(last_mail("access_confirm")), {"password": PASSWORD, "rules": settings.RULES_VERSION})
    return AccessApplication.objects.get(email=address)


def enrolled(client: Client) -> None:
    secret = page(client.get("/account/factors/new/")).select_one("ol strong.app-code").get_text()
    assert client.post("/account/factors/new/", {"code": code_for(secret)}).status_code == 302
    client.post("/account/recovery-codes/")


def test_the_whole_way_in():  # noqa: PLR0915 - one journey
    agency = make_agency("Douane de Valclair", domain="douane.example", town="Valclair")
    client = Client()
    assert client.get("/access/").status_code == 200
    answer = client.post("/access/", {"email": "M.Aubanel@douane.example"}, follow=True)
    assert "Look into your mailbox" in words(answer)

    link = link_in(last_mail("access_confirm"))
    assert client.get(link).status_code == 200
    assert not User.objects.filter(email="m.aubanel@douane.example").exists(), "a scanner that opens links does nothing"
    answer = client.post(link, {"password": PASSWORD, "rules": settings.RULES_VERSION}, follow=True)
    assert "Set up a passkey or an app" in words(answer)
    user = User.objects.get(email="m.aubanel@douane.example")
    application = AccessApplication.objects.get(user=user)
    assert application.status == ApplicationStatus.DRAFT
    assert application.agency == agency

    picture = client.get("/account/factors/new/qr.png")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    secret = page(answer).select_one("ol strong.app-code").get_text()
    answer = client.post(
        "/account/factors/new/", {"code": code_for(secret), "next": f"/access/{application.reference}/"}, follow=True
    )
    codes = [item.get_text() for item in page(answer).select("ol li .app-code")]
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-Z2-7]{4} ){3}[A-Z2-7]{4}", code) for code in codes)
    assert RecoveryCode.objects.filter(user=user).count() == 10
    answer = client.post("/account/recovery-codes/", {"next": f"/access/{application.reference}/"}, follow=True)
    assert "cannot be shown again" in words(client.get("/account/recovery-codes/"))

    base = f"/access/{application.reference}"
    assert answer.redirect_chain[-1][0] == f"{base}/person/"
    answer = client.post(f"{base}/person/", PERSON, follow=True)
    assert answer.redirect_chain[-1][0] == f"{base}/supervisor/", "the agency of a known domain is filled in"
    answer = client.get(f"{base}/agency/")
    assert "so we chose it for you" in words(answer)
    answer = client.post(f"{base}/agency/", {"q": "valclair", "search": "1"})
    assert "Douane de Valclair" in words(answer)
    assert "douane.example" not in page(answer).select_one("form[method=post]").get_text()
    client.post(f"{base}/agency/", {"q": "valclair", "agency": str(agency.uid)})
    client.post(f"{base}/supervisor/", {"name": "S. Carrow", "contact": "ext 12"})
    card = SimpleUploadedFile("card.png", make_image())
    proof = {"proof_kind": "service_card", "document": card, "explanation": ""}
    answer = client.post(f"{base}/proof/", proof, follow=True)
    assert answer.redirect_chain[-1][0] == f"{base}/send/"
    assert client.post(f"{base}/send/", {}).status_code == 422
    answer = client.post(f"{base}/send/", {"attested": "on"})
    assert "Your file is still being checked. This takes seconds: send again." in words(answer)
    assert page(answer).select_one("[name=attested]").has_attr("checked")
    documents.sweep()
    answer = client.post(f"{base}/send/", {"attested": "on"}, follow=True)
    assert "Reviewed within 3 business days, by" in words(answer)

    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    assert application.due_at > timezone.now() + timedelta(days=2)
    assert application.due_rule
    assert application.attested_at
    assert application.identity_document.purpose == "identity"
    assert application.phone == "+441632960140"
    assert application.signals.count() >= 6
    assert last_mail("access_received").to_user_id == user.pk
    assert actions(object_label=application.reference) == [
        "access.started", "access.email_confirmed", "access.saved", "access.saved", "access.saved", "access.submitted",
    ], "choosing what was chosen already is no change"  # fmt: skip
    said = "".join(AuditEvent.objects.values_list("reason", flat=True))
    assert PASSWORD not in said


def test_a_private_address_is_refused_with_help():
    answer = Client().post("/access/", {"email": "m.aubanel@gmail.com"})
    assert answer.status_code == 422
    assert "Use the address that your agency gave you" in words(answer)
    assert not AccessApplication.objects.exists()
    assert not OutboundMessage.objects.exists()
    assert actions() == ["access.address_refused"]
    assert "m.aubanel" not in AuditEvent.objects.get().reason


def test_known_and_unknown_addresses_get_the_same_answer():
    officer = make_officer()
    known = Client().post("/access/", {"email": officer.email}, follow=True)
    unknown = Client().post("/access/", {"email": "new@nordvik-police.example"}, follow=True)
    assert words(known) == words(unknown)
    assert last_mail("access_known").to_user_id == officer.pk
    assert last_mail("access_confirm").to_address == "new@nordvik-police.example"
    assert AccessApplication.objects.count() == 1


def test_an_address_gets_three_mails_an_hour_and_the_answer_stays_the_same():
    for _ in range(5):
        answer = Client().post("/access/", {"email": "new@nordvik-police.example"}, follow=True)
        assert "Look into your mailbox" in words(answer)
    assert OutboundMessage.objects.filter(event="access_confirm").count() == 3
    assert AccessApplication.objects.count() == 1


def test_only_the_last_link_works_and_only_once():
    client = Client()
    client.post("/access/", {"email": "new@nordvik-police.example"})
    first = link_in(last_mail("access_confirm"))
    client.post("/access/", {"email": "new@nordvik-police.example"})
    second = link_in(last_mail("access_confirm"))
    assert client.get(first).status_code == 410
    assert client.post(second, {"password": PASSWORD, "rules": settings.RULES_VERSION}).status_code == 302
    assert Client().post(second, {"password": PASSWORD + "x", "rules": settings.RULES_VERSION}).status_code == 410
    assert User.objects.filter(email="new@nordvik-police.example").count() == 1


def test_a_link_is_good_for_a_day():
    applications.start("new@nordvik-police.example", place="", at=timezone.now() - timedelta(hours=25))
    assert Client().get(link_in(last_mail("access_confirm"))).status_code == 410
    assert applications.drop_expired_tokens(at=timezone.now()) >= 1
    assert not AccessApplication.objects.exists()


@pytest.mark.parametrize("password", ["short", "nordvik-police.example", "passwordpassword", ""])
def test_weak_passwords_are_refused(password):
    client = Client()
    client.post("/access/", {"email": "new@nordvik-police.example"})
    link = link_in(last_mail("access_confirm"))
    assert client.post(link, {"password": password, "rules": settings.RULES_VERSION}).status_code == 422


def test_a_password_alone_opens_no_page():
    client = Client()
    application = confirmed(client)
    for url in (f"/access/{application.reference}/person/", "/access/mine/", "/account/", "/start/"):
        assert client.get(url)["Location"].startswith("/account/factors/new/?next=")


def test_a_new_agency_is_proposed_with_all_its_facts():
    client = Client()
    application = confirmed(client)
    enrolled(client)
    url = f"/access/{application.reference}/agency/"
    answer = client.post(url, {"agency": "new", "name": "Douane de Valclair"})
    assert answer.status_code == 422
    assert "Switchboard: we need this of a new agency" in words(answer)
    facts = {
        "agency": "new", "name": "Douane de Valclair", "country": "FR", "kind": "tax", "address": "4 quai du Levant",
        "website": "", "switchboard": "+44 1632 960140",
    }  # fmt: skip
    assert client.post(url, facts).status_code == 302
    application.refresh_from_db()
    assert application.agency is None
    assert application.proposed_agency["name"] == "Douane de Valclair"
    assert page(client.get(url)).select_one("[name=name]")["value"] == "Douane de Valclair"


def test_a_document_without_page_images_is_refused():
    client = Client()
    application = confirmed(client)
    enrolled(client)
    answer = client.post(
        f"/access/{application.reference}/proof/", {"document": SimpleUploadedFile("a.txt", b"I am police")}
    )
    assert answer.status_code == 422
    assert "a.txt: send a PDF, PNG or JPEG file" in words(answer)
    answer = client.post(
        f"/access/{application.reference}/proof/", {"document": SimpleUploadedFile("a.docx", b"PK I am police")}
    )
    said = words(answer)
    assert "a.docx: send a PDF, PNG or JPEG file" in said
    assert ".txt" not in said
    assert "CSV" not in said


def test_others_do_not_find_the_application():
    application = confirmed(Client())
    stranger = client_for(make_user())
    for path in ("", "person/", "withdraw/"):
        assert stranger.get(f"/access/{application.reference}/{path}").status_code == 404
        assert stranger.post(f"/access/{application.reference}/{path}", PERSON).status_code in {404, 405}


def test_nothing_is_sent_before_it_is_complete():
    client = Client()
    application = confirmed(client)
    enrolled(client)
    answer = client.post(f"/access/{application.reference}/send/", {"attested": "on"})
    assert answer["Location"].endswith(f"/access/{application.reference}/")
    application.refresh_from_db()
    assert application.status == ApplicationStatus.DRAFT


def test_a_withdrawn_application_can_be_begun_again():
    client = Client()
    application = confirmed(client)
    enrolled(client)
    client.post(f"/access/{application.reference}/person/", PERSON)
    client.post(f"/access/{application.reference}/withdraw/")
    assert client.post(f"/access/{application.reference}/person/", PERSON)["Location"] == "/access/mine/"
    assert "withdrawn" in words(client.get("/access/mine/"))
    client.post("/access/again/")
    client.post("/access/again/")
    second = AccessApplication.objects.get(status=ApplicationStatus.DRAFT)
    assert second.full_name == PERSON["full_name"]
