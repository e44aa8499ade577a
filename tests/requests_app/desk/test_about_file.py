"""What staff see of a file beside its pages, the copy without active content, and finding words in it."""

import io
import json

import pikepdf
import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.models import Document, DocumentFindings, SanitisedCopy
from requests_app.events import Event
from requests_app.models import OrderVersion, RequestDocument
from tests.documents.files import make_image, make_pdf
from tests.documents.pki import YEAR, make_party, sign
from tests.documents.test_sanitise import armed_mildly, changed
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db


def attach(data_request, content, filename="order.pdf"):
    """Attach a file as an officer does, looked at by a worker; it takes the place of the order."""
    document = documents.receive(
        content, filename=filename, purpose="document", by=data_request.officer, limit=10**7, at=timezone.now()
    )
    document = documents.process(document, at=timezone.now())
    RequestDocument.objects.filter(data_request=data_request).delete()
    OrderVersion.objects.filter(process__data_requests=data_request).update(document=document)
    return RequestDocument.objects.create(
        data_request=data_request, document=document, role="order", added_at=timezone.now(),
        added_by=data_request.officer,
    ).document  # fmt: skip


@pytest.fixture
def case():
    return request_at("in_review")


@pytest.fixture
def client(case):
    return client_for(case.assignee)


def shown(client, case):
    soup = BeautifulSoup(client.get(f"/staff/requests/{case.reference}/").content, "html.parser")
    return soup.select_one(".app-doc")


def words(node):
    return " ".join(node.get_text(" ").split())


def events(case, action):
    found = AuditEvent.objects.filter(action=action, object_label__contains=case.reference).order_by("pk")
    return [json.loads(bytes(event.payload))["data"] for event in found or AuditEvent.objects.filter(action=action)]


def test_a_signature_is_told_in_words_with_its_facts_and_what_it_proves(client, case, tmp_path, settings):
    root = make_party("Northmoor Root", authority=True, start=timezone.now() - YEAR, end=timezone.now() + YEAR)
    (tmp_path / "root.pem").write_bytes(root.pem)
    settings.SIGNATURE_TRUST_DIR = str(tmp_path)
    signer = make_party("H. Ashdown", root, start=timezone.now() - YEAR, end=timezone.now() + YEAR)
    whole = sign(make_pdf(), signer)
    attach(case, whole)
    panel = shown(client, case)
    assert words(panel.select_one(".app-about .app-result--pass")) == "Valid, signer known"
    assert "Signed by H. Ashdown." in words(panel)
    assert "not that the signer may sign" in words(panel)
    assert "Northmoor Root" in words(panel)
    attach(case, whole + b"\n% more\n" + whole[whole.rindex(b"startxref") :])
    assert words(shown(client, case).select_one(".app-about .app-result--fail")) == "Changed after signing"


def test_a_name_in_a_certificate_is_text_and_nothing_else(client, case):
    attach(case, sign(make_pdf(), make_party("<script>alert(1)</script>")))
    page = client.get(f"/staff/requests/{case.reference}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_acts_the_scan_and_the_hash_are_told(client, case):
    document = attach(case, changed(make_pdf(), armed_mildly))
    panel = words(shown(client, case))
    assert "The original holds 3 scripts, 1 command that starts a program" in panel
    assert "Not scanned for viruses" in panel
    assert document.sha256 in panel
    assert "Mark Hollis" in panel, "the author, as the file says"
    assert "Text of this page" in panel


def test_the_copy_is_an_attachment_and_each_download_leaves_an_event(client, case):
    document = attach(case, changed(make_pdf(), armed_mildly))
    where = f"/staff/requests/{case.reference}/documents/{document.uid}/copy/"
    assert shown(client, case).find("a", href=where).text == "Copy without active content"
    answer = client.get(where)
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert f'filename="document-{document.uid.hex[:8]}-copy.pdf"' in answer["Content-Disposition"]
    with pikepdf.open(io.BytesIO(b"".join(answer.streaming_content))) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
    assert events(case, Event.DOCUMENT_DOWNLOADED)[-1]["copy"] == "without active content"


def test_the_copy_wants_a_fresh_factor_as_the_original_does(case):
    document = attach(case, make_pdf())
    stale = client_for(case.assignee, factor_age=3600)
    where = f"/staff/requests/{case.reference}/documents/{document.uid}/copy/"
    answer = stale.get(where)
    assert answer.status_code == 302
    assert "/factor/" in answer["Location"]


def test_where_there_is_no_copy_the_page_says_so(client, case):
    document = attach(case, make_pdf())
    SanitisedCopy.objects.all().delete()
    where = f"/staff/requests/{case.reference}/documents/{document.uid}/copy/"
    assert "No copy without active content could be made" in words(shown(client, case))
    answer = client.get(where, follow=True)
    assert "There is no copy of this file without active content." in answer.content.decode()
    picture = attach(case, make_image(), "scan.png")
    assert "without active content" not in words(shown(client, case))
    assert client.get(f"/staff/requests/{case.reference}/documents/{picture.uid}/copy/").status_code == 302


def test_a_file_of_another_request_has_no_copy_and_no_words_here(client, case):
    other = request_at("in_review")
    document = attach(other, make_pdf("Secret"))
    for part in ("copy", "find"):
        assert client.get(f"/staff/requests/{case.reference}/documents/{document.uid}/{part}/").status_code == 404


def test_words_are_found_and_stand_in_no_address_and_no_event(client, case):
    document = attach(case, make_pdf("Sealed order", pages=3))
    where = f"/staff/requests/{case.reference}/documents/{document.uid}/find/"
    assert client.get(where).status_code == 200
    assert events(case, Event.VIEWED)[-1] == {"page": "find"}
    page = client.post(where, {"words": "ORDER 2"})
    soup = BeautifulSoup(page.content, "html.parser")
    assert [link.text for link in soup.select("[role=status] a")] == ["Page 2"]
    assert soup.select_one("[role=status] a")["href"].endswith(f"?doc={document.uid}&page=2")
    assert soup.select_one("#id_words")["value"] == "ORDER 2"
    assert events(case, Event.DOCUMENT_VIEWED)[-1] == {"document": str(document.uid), "found_on": [2]}
    assert "stand on no page" in client.post(where, {"words": "warrant"}).content.decode()
    empty = client.post(where, {"words": ""})
    assert (empty.status_code, "Enter the words to look for" in empty.content.decode()) == (422, True)


def test_in_a_file_that_may_not_be_seen_nothing_is_found(client, case):
    document = attach(case, make_pdf("Sealed order"))
    Document.objects.filter(pk=document.pk).update(
        state="infected", refusal="A virus was found.", scanned_at=timezone.now()
    )
    answer = client.post(f"/staff/requests/{case.reference}/documents/{document.uid}/find/", {"words": "order"})
    assert (answer.status_code, "A virus was found." in answer.content.decode()) == (422, True)
    panel = shown(client, case)
    assert panel.select_one(".app-about .app-result--fail").text == "A virus was found"
    assert panel.find("img") is None


def test_a_file_that_nobody_read_yet_shows_what_is_known(client, case):
    attach(case, make_pdf())
    DocumentFindings.objects.all().delete()
    panel = words(shown(client, case))
    assert "About this file" in panel
    assert "no electronic signature" not in panel
    assert "Still being looked at Signatures and active content." in panel
    assert "Copy without active content" not in panel


def test_an_auditor_sees_it_and_a_stranger_nothing(case):
    attach(case, make_pdf())
    assert "About this file" in words(shown(client_for(make_staff("auditor")), case))
    assert client_for(case.officer).get(f"/staff/requests/{case.reference}/").status_code in {403, 404}


def test_words_are_looked_for_on_the_pages_there_are_pictures_of_and_the_page_says_so(client, case):
    document = attach(case, make_pdf("Sealed order", pages=3))
    Document.objects.filter(pk=document.pk).update(page_count=60)
    where = f"/staff/requests/{case.reference}/documents/{document.uid}/find/"
    note = "Only the first 3 of 60 pages are looked through. Read the others in the copy without active content"
    assert note in client.get(where).content.decode()
    assert "of the first 3 of 60 pages" in client.post(where, {"words": "order"}).content.decode()
    assert "on none of the first 3 of 60 pages" in client.post(where, {"words": "warrant"}).content.decode()


def test_where_there_are_several_files_the_open_one_is_named(client, case):
    document = attach(case, make_pdf(), "order-of-may.pdf")
    assert "order-of-may" not in shown(client, case).select_one("h2").text
    more = documents.receive(
        make_pdf("Annex"), filename="annex.pdf", purpose="document", by=case.officer, limit=10**7, at=timezone.now()
    )
    RequestDocument.objects.create(
        data_request=case, document=more, role="supporting", added_at=timezone.now(), added_by=case.officer
    )
    assert document.filename in shown(client, case).select_one("h2").text
