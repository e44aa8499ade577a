"""Filing a hold on the officer's pages: identifiers of all kinds, a file, colleagues, and asking again."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import AgencyMembership, User
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from foundation.providers.connectors.demo import cases
from preservation.models import PreservationHold
from preservation.services import accepting, drafts, placing
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.preservation.holds import draft_of, hold_of, law

pytestmark = pytest.mark.django_db
KEY = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def empty_draft():
    draft = draft_of(identifiers=())
    return draft, client_for(draft.officer), f"/holds/draft/{draft.uid}/identifiers/"


def sent(client, page, draft, **data):
    draft.refresh_from_db()
    return client.post(page, data | {"lock_version": draft.lock_version})


def test_one_by_one_with_what_each_kind_needs():
    draft, client, page = empty_draft()
    for given in (
        {"kind": "wallet", "value": cases.OMNIBUS_XRP, "network": "xrp", "memo": "12345"},
        {"kind": "ip", "value": "203.0.113.24", "port": "443", "used": "2026-06-04 23:47:10 +02:00"},
        {"kind": "txid", "value": "ab" * 32, "network": "bitcoin", "direction": "out", "output": "1"},
    ):
        assert sent(client, page, draft, action="add", **given).status_code == 302, given
    assert [i.detail for i in draft.identifiers.order_by("pk")] == ["tag:12345", "", "out:1"]
    wrong = sent(client, page, draft, action="add", kind="wallet", value=cases.OMNIBUS_XRP)
    assert wrong.status_code == 422
    assert "choose the one it is on" in text(wrong)
    assert cases.OMNIBUS_XRP in wrong.content.decode()


def csv_of(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", "\n".join(rows).encode(), content_type="text/csv")


def test_a_file_is_read_line_by_line_and_not_kept():
    draft, client, page = empty_draft()
    answer = sent(
        client, page, draft, action="import",
        file=csv_of("type,identifier,network", "email,A@Mail.example,", f"wallet,{KEY},bitcoin", "email,no address,"),
    )  # fmt: skip
    assert answer.status_code == 422
    words = text(answer)
    assert "2 lines of your file cannot be used." in words
    assert "Line 4, no address" in words
    assert KEY not in answer.content.decode()
    assert [i.normalised for i in draft.identifiers.all()] == ["a@mail.example"]
    assert not Document.objects.exists()

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (("type", "identifier"), ("uid", "48213377"), ("phone", "+44 7700 900461")):
        book.active.append(row)
    book.save(out)
    excel = SimpleUploadedFile("list.xlsx", out.getvalue())
    assert sent(client, page, draft, action="import", file=excel).status_code == 302
    assert draft.identifiers.count() == 3
    many = csv_of("identifier", *(f"uid,4821{n:04}" for n in range(501)))
    assert "more than 500 rows" in text(sent(client, page, draft, action="import", file=many))
    assert draft.identifiers.count() == 3
    nothing = sent(client, page, draft, action="import")
    assert "Paste the identifiers, or choose a CSV or Excel file" in text(nothing)
    assert not Document.objects.exists()


def test_nothing_is_left_out_in_silence_and_nobody_goes_on_with_nothing():
    draft, client, page = empty_draft()
    nothing = sent(client, page, draft, action="continue")
    assert (nothing.status_code, "Add at least one identifier" in text(nothing)) == (422, True)
    assert sent(client, page, draft, action="later").status_code == 302
    sent(client, page, draft, action="import", file=csv_of("type,identifier", *(f"uid,4821{n:04}" for n in range(499))))
    more = "uid,48990001\nuid,48990002\nemail,not one"
    refused = sent(client, page, draft, action="import", paste=more)
    assert "with these it would have 501" in text(refused)
    assert "48990001" in refused.content.decode()  # typed, and still there
    assert draft.identifiers.count() == 499


def test_what_belonged_to_a_law_that_is_not_chosen_any_more_is_not_sent():
    draft = draft_of(ground="law", process_type=law(issuer="judge", foreign_days=90))
    assert draft.document
    draft.foreign_offence, draft.ground, draft.process_type = True, "policy", None
    draft.save()
    hold = placing.request(draft, version=draft.lock_version, by=draft.officer)
    assert (hold.document, hold.foreign_offence) == (None, None)
    assert entries_for(hold).filter(action="hold.document_removed").exists()


def test_the_companys_policy_is_no_law():
    own, norwegian = law("INT-OWN", country="INT", compels=False), law()
    offered = drafts.laws_offered(make_provider(), "NO", timezone.now())
    assert (own in offered, norwegian in offered) == (False, True)


def test_a_draft_of_another_agency_is_not_sent():
    draft = draft_of()
    AgencyMembership.objects.filter(user=draft.officer).update(agency=make_officer().membership.agency)
    officer = User.objects.get(pk=draft.officer.pk)
    with pytest.raises(NotAllowed, match="another agency"):
        placing.request(draft, version=draft.lock_version, by=officer)


def reason_of(draft, **more):
    answers = {"title": "", "case_number": "NV 1", "ground": "policy", "process_follows": "no", "action": "continue"}
    return answers | {"lock_version": draft.lock_version} | more


def test_colleagues_are_named_by_exact_address_and_taken_out_again():
    draft = draft_of()
    colleague, stranger = make_officer(draft.agency), make_officer()
    client, page = client_for(draft.officer), f"/holds/draft/{draft.uid}/reason/"
    refused = client.post(page, reason_of(draft, colleagues=f"{colleague.email}\n{stranger.email}"))
    assert refused.status_code == 422
    assert "No officer of your agency with access has this address" in text(refused)
    assert not draft.followers.exists()
    assert "nobody is no e-mail address" in text(client.post(page, reason_of(draft, colleagues="nobody")))
    assert client.post(page, reason_of(draft, colleagues=colleague.email.upper())).status_code == 302
    draft.refresh_from_db()
    assert [row.user for row in draft.followers.filter(ended_at=None)] == [colleague]
    assert colleague.get_full_name() in text(client.get(f"/holds/draft/{draft.uid}/check/"))
    assert colleague.email in client.get(page).content.decode()
    client.post(page, reason_of(draft, colleagues=""))
    assert not draft.followers.filter(ended_at=None).exists()


def test_the_officer_reads_that_a_person_looks_and_why_it_was_declined():
    draft = draft_of(make_officer(), at=timezone.now())
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/check/"
    page = client.post(client.post(here, {"lock_version": draft.lock_version}).url)
    hold = PreservationHold.objects.get(pk=draft.pk)
    page = client.get(f"/holds/{hold.reference}/started/")
    assert "A person looks at this hold by" in text(page)
    assert "new_officer" not in page.content.decode()
    admin = make_staff("preservation_admin", full_name="Priya Raman")
    accepting.decline(hold, code="too_wide", reason="Name the days of the fraud.", by=admin)
    page = text(client.get(f"/holds/{hold.reference}/"))
    assert "It asks for more than a hold may cover. Ask for fewer identifiers, or for a shorter time" in page
    assert "Name the days of the fraud." in page
    assert "Priya" not in page
    assert "The officer has had access for a few days only" not in page
    key = str(uuid4())
    again = client.post(f"/holds/{hold.reference}/again/", {"key": key})
    assert client.post(f"/holds/{hold.reference}/again/", {"key": key}).url == again.url
    assert again.url.endswith("/check/")
    assert client.get(again.url).status_code == 200
    assert PreservationHold.objects.filter(status="draft").count() == 1
    assert client_for(make_officer()).post(f"/holds/{hold.reference}/again/", {"key": key}).status_code == 404


def test_a_check_page_that_is_old_shows_the_new_answers_and_can_be_sent_then():
    draft = draft_of(at=timezone.now())
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/check/"
    stale = client.post(here, {"lock_version": draft.lock_version - 1})
    assert stale.status_code == 422
    assert "changed in another window" in text(stale)
    version = re.search(r'name="lock_version" value="(\d+)"', stale.content.decode())[1]
    assert client.post(here, {"lock_version": version}).status_code == 302


def test_a_suspended_officer_files_nothing():
    hold = hold_of(at=timezone.now() - timedelta(days=1))
    draft = draft_of(hold.officer, at=timezone.now())
    hold.officer.memberships.update(suspended_at=timezone.now())
    client = client_for(hold.officer)
    for page in ("/holds/new/", f"/holds/draft/{draft.uid}/check/", f"/holds/{hold.reference}/again/"):
        client.post(page, {"key": str(uuid4()), "lock_version": draft.lock_version})
    assert PreservationHold.objects.count() == 2
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_far_above_the_limit_the_page_names_a_number_and_staff_are_told(settings):
    make_provider(hold_limit_officer=1)
    officer, admin = make_officer(), make_staff("preservation_admin")
    for _n in range(5):
        hold_of(officer, at=timezone.now() - timedelta(hours=1))
    draft = draft_of(officer, at=timezone.now())
    page = client_for(officer).post(f"/holds/draft/{draft.uid}/check/", {"lock_version": draft.lock_version})
    assert page.status_code == 422
    assert f"Your draft is kept. Call us: {settings.SITE_DESK_PHONE}." in text(page)
    assert OutboundMessage.objects.get(event="hold_too_many").to_user == admin
    assert entries_for(officer).filter(action="hold.flagged", outcome="refused").exists()
    draft.refresh_from_db()
    assert draft.status == "draft"
