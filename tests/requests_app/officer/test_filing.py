"""An officer files a request through the pages, from the first click to the reference."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from requests_app.enums import DataCategory
from requests_app.models import DataRequest
from requests_app.services import drafts
from tests.factories import process_type, request_at
from tests.people import make_provider, make_staff, make_user
from tests.requests_app.officer.helpers import date_of, find_clean, pdf, save_order

pytestmark = pytest.mark.django_db


def version(draft: DataRequest) -> str:
    draft.refresh_from_db()
    return str(draft.lock_version)


def save(client, draft, name, data, action="continue"):
    url = reverse(f"officer:step_{name}", args=[draft.uid])
    return client.post(url, data | {"lock_version": version(draft), "action": action})


LEGAL = {
    "section_of_law": "Criminal Procedure Act, section 210",
    "issuing_authority": "Nordvik District Court",
    "docket": "26-109155",
    **date_of("issued_on", 12, 10, 2025),
}
FACTS = {
    "title": "Operation Fjordlys",
    "case_number": "NV 26/1",
    "offence": "Fraud",
    "facts": "Victims lost money.",
    "connection": "The wallet is theirs.",
}
RECORDS = {
    "categories": [DataCategory.REGISTRATION, DataCategory.LOGINS],
    **date_of("first", 1, 3, 2025),
    **date_of("last", 30, 9, 2025),
}


def fill(client, draft):
    save_order(client, draft, LEGAL | {"process_type": process_type().pk})
    save(client, draft, "facts", FACTS)
    save(client, draft, "identifiers", {"kind": "email", "value": "Nordlys@Mail.example", "role": "suspect"}, "add")
    save(client, draft, "records", RECORDS)
    url = reverse("officer:step_documents", args=[draft.uid])
    client.post(url, {"role": "order", "uploads": [pdf(), pdf("annex.pdf")], "lock_version": version(draft)})
    save(client, draft, "notice", {"secrecy": "no"})
    draft.refresh_from_db()


def start(client, officer):
    response = client.post(reverse("officer:draft_new"), {"key": uuid4()})
    draft = DataRequest.objects.get(officer=officer)
    assert response.url == reverse("officer:draft", args=[draft.uid])
    return draft


def test_from_the_first_click_to_the_reference(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    page = client.get(reverse("officer:draft", args=[draft.uid])).content.decode()
    assert "5 of 6 parts done" in page
    assert "Being checked" in page

    check = reverse("officer:check", args=[draft.uid])
    refused = client.post(check, {"lock_version": version(draft), "declared": "on"})
    assert "2 files are being checked. Try again in a moment" in refused.content.decode()

    find_clean(draft)
    response = client.post(check, {"lock_version": version(draft), "declared": "on"})
    draft.refresh_from_db()
    assert response.url == reverse("officer:received", args=[draft.reference])
    assert draft.reference in client.get(response.url).content.decode()
    assert draft.status == "submitted"
    assert draft.deadline_rule.startswith("calendar_roll 30")
    assert draft.team.name == "Europe"
    assert draft.first_look_due_at > draft.submitted_at
    line = draft.lines.first()
    assert draft.lines.count() == 2
    assert line.order_version.document.filename == "order.pdf"
    assert line.period_to.isoformat() == "2025-10-01T00:00:00+00:00"

    mail = OutboundMessage.objects.get(event="request_received")
    assert mail.subject == f"[{draft.reference}] We received your request"
    assert "Fjordlys" not in mail.body_text
    trail = list(entries_for(draft).values_list("action", flat=True))
    assert trail[0] == "request.draft_started"
    assert "request.submitted" in trail
    assert trail.count("request.viewed") == 1


def test_the_second_click_sends_nothing_again(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    find_clean(draft)
    check, data = reverse("officer:check", args=[draft.uid]), {"lock_version": version(draft), "declared": "on"}
    first, second = client.post(check, data), client.post(check, data)
    assert first.url == second.url
    assert OutboundMessage.objects.filter(event="request_received").count() == 1
    assert AuditEvent.objects.filter(action="request.submitted").count() == 1


def test_two_clicks_start_one_draft(client, officer, desk):
    data = {"key": uuid4()}
    first, second = (client.post(reverse("officer:draft_new"), data) for _ in range(2))
    assert first.url == second.url
    assert DataRequest.objects.count() == 1


def test_nothing_is_sent_without_the_declaration(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    find_clean(draft)
    page = client.post(reverse("officer:check", args=[draft.uid]), {"lock_version": version(draft)})
    assert "Tick the declaration" in page.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_leaving_for_later_keeps_what_there_is(client, officer, desk):
    draft = start(client, officer)
    assert save(client, draft, "facts", {"title": "Half"}).status_code == 422
    left = save(client, draft, "facts", {"title": "Half"}, "later")
    assert left.url == reverse("officer:draft", args=[draft.uid])
    assert 'value="Half"' in client.get(reverse("officer:step_facts", args=[draft.uid])).content.decode()


def test_a_signed_out_officer_comes_back_to_the_same_page(client, officer, desk):
    draft = start(client, officer)
    url = reverse("officer:step_facts", args=[draft.uid])
    client.logout()
    response = client.post(url, FACTS | {"lock_version": 0})
    assert response.status_code == 302
    assert f"next={url.replace('/', '%2F')}" in response.url


def test_bad_lines_stay_in_the_box_and_good_ones_are_added(client, officer, desk):
    draft = start(client, officer)
    lines = "48213377\n203.0.113.24\n0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    page = save(client, draft, "identifiers", {"list-paste": lines, "list-role": "unknown"}, "import").content.decode()
    assert sorted(draft.targets.values_list("kind", flat=True)) == ["uid", "wallet"]
    assert "Line 1, 203.0.113.24" in page
    assert "48213377</textarea>" not in page
    assert ">\n203.0.113.24</textarea>" in page or ">203.0.113.24</textarea>" in page.replace("\r\n", "")
    assert "2 identifiers added" in page


def test_an_identifier_is_answered_with_what_it_became(client, officer, desk):
    draft = start(client, officer)
    save(client, draft, "identifiers", {"kind": "phone", "value": "0044 7700 900461", "role": "unknown"}, "add")
    page = client.get(reverse("officer:step_identifiers", args=[draft.uid])).content.decode()
    assert "0044 7700 900461 as +447700900461" in page
    wrong = save(client, draft, "identifiers", {"kind": "uid", "value": "48A", "role": "unknown"}, "add")
    assert "User ID: " in wrong.content.decode()
    assert 'value="48A"' in wrong.content.decode()
    target = draft.targets.get()
    save(client, draft, "identifiers", {"remove": target.pk})
    assert not draft.targets.exists()


def test_a_bar_needs_clause_end_and_document(client, officer, desk):
    draft = start(client, officer)
    page = save(client, draft, "notice", {"secrecy": "yes"}).content.decode()
    assert "Name the clause that forbids telling the account holder" in page
    assert "Give the last day, or tick that it names none" in page
    assert "Choose the document the clause stands in, or add it" in page
    values = {"secrecy": "yes", "clause": "Page 2, paragraph 5", "endless": "on", "upload": pdf("secret.pdf")}
    assert save(client, draft, "notice", values).status_code == 302
    bar = draft.non_disclosure_orders.get()
    assert (bar.bars_until, bar.document.filename, bar.stated_by_officer) == (None, "secret.pdf", True)
    assert draft.documents.get().role == "non_disclosure"


def test_a_file_that_cannot_be_taken_says_why_and_the_others_stay(client, officer, desk):
    draft = start(client, officer)
    url = reverse("officer:step_documents", args=[draft.uid])
    files = [pdf("good.pdf"), pdf("virus.exe")]
    page = client.post(url, {"role": "order", "uploads": files, "lock_version": version(draft)}).content.decode()
    assert "virus.exe is not a kind of file we take" in page
    find_clean(draft)
    response = client.post(url, {"role": "order", "uploads": [pdf("good.pdf")], "lock_version": version(draft)})
    assert response.status_code == 302
    item = draft.documents.get()
    client.post(url, {"remove": str(item.uid), "lock_version": version(draft)})
    item.refresh_from_db()
    assert item.removed_at is not None


def test_a_stop_type_leads_to_where_it_goes_and_stores_nothing(client, officer, desk):
    stop = process_type("TEST-NSL", name="National security letter", stop_screen=True, route="the national channel")
    draft = start(client, officer)
    url = reverse("officer:order_new", args=[draft.uid])
    response = client.post(url, {"key": uuid4(), "kind": stop.code})
    assert response.url == reverse("officer:stop", args=["sealed"])
    assert not draft.orders.exists()


def test_deleting_a_draft_makes_its_files_unreadable(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    document = draft.documents.first().document
    client.post(reverse("officer:draft_delete", args=[draft.uid]))
    assert not DataRequest.objects.exists()
    document.refresh_from_db()
    assert bytes(document.data_key) == b""
    assert AuditEvent.objects.filter(action="request.draft_deleted").count() == 1


def test_a_list_that_is_too_long_stays_as_it_was_pasted(client, officer, desk):
    draft = start(client, officer)
    lines = "\n".join(str(10000 + n) for n in range(501))
    page = save(client, draft, "identifiers", {"list-paste": lines, "list-role": "unknown"}, "import").content.decode()
    assert "Paste at most 500 lines at once" in page
    assert "10500</textarea>" in page
    assert not draft.targets.exists()


def test_what_was_typed_and_not_added_is_added_on_the_way_on(client, officer, desk):
    draft = start(client, officer)
    data = {
        "kind": "uid",
        "value": "48213377",
        "role": "unknown",
        "list-paste": "a@mail.example",
        "list-role": "victim",
    }
    response = save(client, draft, "identifiers", data)
    assert response.url == reverse("officer:step_records", args=[draft.uid])
    assert sorted(draft.targets.values_list("kind", "role")) == [("email", "victim"), ("uid", "unknown")]


def test_a_category_may_have_dates_of_its_own(client, officer, desk):
    draft = start(client, officer)
    own = date_of("logins_first", 1, 9, 2025) | date_of("logins_last", 5, 9, 2025)
    assert save(client, draft, "records", RECORDS | own).status_code == 302
    draft.refresh_from_db()
    assert [(a["category"], a["from"], a["to"]) for a in draft.records_asked] == [
        ("registration", "2025-03-01", "2025-09-30"),
        ("logins", "2025-09-01", "2025-09-05"),
    ]
    page = client.get(reverse("officer:step_records", args=[draft.uid])).content.decode()
    assert "<details" in page
    assert " open" in page[page.index("<details") : page.index("<summary")]


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"last_day": "", "last_month": "", "last_year": ""}, "Dates: add the last day"),
        (date_of("last", 1, 1, 2100), "Dates: the last day is after today"),
    ],
)
def test_open_ends_and_the_future_are_refused(client, officer, desk, dates, words):
    draft = start(client, officer)
    page = save(client, draft, "records", RECORDS | dates).content.decode()
    assert words in page
    draft.refresh_from_db()
    assert draft.records_asked == []


def test_what_the_process_cannot_reach_is_refused(client, officer, desk):
    draft = start(client, officer)
    kind = process_type("TEST-SUBPOENA", name="Subpoena", reaches=["subscriber"])
    save_order(client, draft, LEGAL | {"process_type": kind.pk})
    page = save(client, draft, "records", RECORDS).content.decode()
    assert "Sign-ins and IP addresses: Subpoena does not reach this" in page
    assert "Not reached by: Subpoena" in page


def test_a_return_date_of_the_order_sets_the_deadline(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    find_clean(draft)
    back = timezone.now().date() + timedelta(days=40)
    dates = date_of("return_date", back.day, back.month, back.year)
    save_order(client, draft, LEGAL | dates | {"process_type": process_type().pk})
    client.post(reverse("officer:check", args=[draft.uid]), {"lock_version": version(draft), "declared": "on"})
    draft.refresh_from_db()
    assert draft.deadline_at.isoformat() == f"{back}T23:59:59+00:00"
    assert draft.deadline_rule == "return date of the order"


def test_a_request_sent_back_keeps_its_reference(client, officer, desk):
    draft = start(client, officer)
    fill(client, draft)
    find_clean(draft)
    check = reverse("officer:check", args=[draft.uid])
    client.post(check, {"lock_version": version(draft), "declared": "on"})
    draft.refresh_from_db()
    reference = draft.reference
    DataRequest.objects.update(status="draft")
    client.post(check, {"lock_version": version(draft), "declared": "on"})
    draft.refresh_from_db()
    assert (draft.status, draft.reference) == ("submitted", reference)
    assert OutboundMessage.objects.filter(event="request_received").count() == 2


def test_old_drafts_are_deleted_but_not_what_was_sent_back(officer, desk):
    at = timezone.now()
    old = request_at("draft", officer=officer, at=at - timedelta(days=31))
    returned = request_at(
        "draft", officer=officer, at=at - timedelta(days=31), submitted_at=at, reference="MX-26-0000000"
    )
    young = request_at("draft", officer=officer, at=at - timedelta(days=29))
    assert drafts.remove_old(at=at) == 1
    assert set(DataRequest.objects.all()) == {returned, young}
    assert AuditEvent.objects.get(action="request.draft_deleted").object_id == str(old.pk)
    assert drafts.remove_old(at=at) == 0


def test_a_form_that_only_takes_posts_leads_back_to_its_page(client, officer, desk):
    draft = start(client, officer)
    page = reverse("officer:draft", args=[draft.uid])
    client.logout()
    response = client.post("/account/sessions/end/", headers={"referer": f"http://testserver{page}"})
    assert response.url.endswith(f"next={page.replace('/', '%2F')}")
    elsewhere = client.post("/account/sessions/end/", headers={"referer": "https://evil.example/x/"})
    assert "evil" not in elsewhere.url


def test_a_null_character_in_a_search_finds_nothing_and_breaks_nothing(client, officer, desk):
    assert client.get(reverse("officer:requests"), {"q": "\0"}).status_code == 200


def test_who_belongs_to_no_agency_begins_no_request():
    provider = make_provider()
    for by in (make_user(), make_staff("analyst", provider=provider)):
        with pytest.raises(NotAllowed, match="no agency"):
            drafts.start(provider, by=by)
    assert not DataRequest.objects.exists()
