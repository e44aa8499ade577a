"""What a law asks for before a hold starts: the signed document, a foreign offence, who may ask; and what it says."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.documents.models import Document
from foundation.legal.deadlines import calendar_strict
from preservation.services import draft_law, drafts, placing
from tests.documents.files import make_pdf
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, draft_of, hold_of, law, now

CANADA = {"days": 21, "extension_days": None, "most": 0, "foreign_days": 90, "destroy_after": True}


@pytest.fixture
def officer(db):
    return make_officer()


def upload(name="order.pdf"):
    return SimpleUploadedFile(name, make_pdf(), content_type="application/pdf")


def page_of(draft):
    return reverse("holds:law", args=[draft.uid])


def test_a_law_of_courts_wants_the_document_and_the_file_of_a_draft_can_be_exchanged(officer):
    draft = draft_of(officer, ground="law", process_type=law(issuer="judge"))
    draft.document = None
    draft.save()
    client, check = client_for(officer), reverse("holds:check", args=[draft.uid])
    assert page_of(draft) in client.get(check).text
    with pytest.raises(Incomplete, match="Add the signed document"):
        placing.request(draft, version=draft.lock_version, by=officer, at=AT)
    page = client.get(page_of(draft)).text
    assert ("is issued by: judge or court" in page, "Remove the file" in page) == (True, False)
    empty = client.post(page_of(draft), {"lock_version": draft.lock_version})
    assert (empty.status_code, "Add the signed document" in empty.text) == (422, True)
    first = {"lock_version": draft.lock_version, "document": upload()}
    assert client.post(page_of(draft), first).headers["Location"] == check
    draft.refresh_from_db()
    one = draft.document
    again = {"lock_version": draft.lock_version, "document": upload("later.pdf")}
    assert client.post(page_of(draft), again).headers["Location"] == check
    draft.refresh_from_db()
    assert (draft.document.filename, Document.objects.get(pk=one.pk).state) == ("later.pdf", "purged")
    assert "later.pdf" in client.get(check).text
    actions = [event.action for event in entries_for(draft).filter(action__startswith="hold.document")]
    assert sorted(actions) == ["hold.document_added", "hold.document_added", "hold.document_removed"]
    hold = placing.request(draft, version=draft.lock_version, by=officer)
    assert hold.document.filename == "later.pdf"


def test_an_older_window_somebody_else_and_a_deleted_draft(officer):
    draft = draft_of(officer, ground="law", process_type=law(issuer="judge"))
    with pytest.raises(Stale):
        draft_law.save(draft, foreign=None, upload=None, version=draft.lock_version - 1, by=officer)
    with pytest.raises(NotAllowed):
        draft_law.save(draft, foreign=None, upload=None, version=draft.lock_version, by=make_officer(draft.agency))
    assert client_for(make_officer(draft.agency)).get(page_of(draft)).status_code == 404
    document = draft.document
    drafts.delete(draft, by=officer)
    assert Document.objects.get(pk=document.pk).state == "purged"


@pytest.mark.parametrize(("answer", "days"), [("yes", 90), ("no", 21)])
def test_a_foreign_offence_is_asked_for_where_the_law_counts_it_otherwise(officer, answer, days):
    kind = law("CA-X", country="NO", name="Preservation demand", **CANADA)
    draft = draft_of(officer, ground="law", process_type=kind)
    client = client_for(officer)
    url = reverse("holds:reason", args=[draft.uid])
    said = {
        "lock_version": draft.lock_version, "title": "x", "case_number": "1", "ground": "law",
        "process_type": kind.pk, "process_follows": "no",
    }  # fmt: skip
    assert client.post(url, said).headers["Location"] == page_of(draft)
    draft.refresh_from_db()
    with pytest.raises(Incomplete, match="law of another country"):
        placing.request(draft, version=draft.lock_version, by=officer)
    page = client.get(page_of(draft)).text
    assert "we keep the records for 90 days and not 21" in page
    assert "destroyed as soon as the hold is over" in page
    answers = {"lock_version": draft.lock_version, "foreign_offence": answer}
    check = client.post(page_of(draft), answers).headers["Location"]
    text = " ".join(client.get(check).text.split())
    assert (f"goes on for {days} days" in text, "The law allows no extension" in text) == (True, True)
    draft.refresh_from_db()
    hold = placing.request(draft, version=draft.lock_version, by=officer, at=AT)
    assert (hold.first_days, hold.expires_at, hold.destroy_after) == (days, calendar_strict(AT, days).at, True)
    assert hold.expiry_rule.endswith("foreign offence") == (answer == "yes")


def test_under_the_companys_policy_nothing_is_asked(officer):
    draft = draft_of(officer)
    assert (draft_law.lacks(draft), draft_law.who_may_ask(draft), draft_law.asks_more(draft)) == ([], [], False)
    assert client_for(officer).get(page_of(draft)).headers["Location"] == reverse("holds:check", args=[draft.uid])
    with pytest.raises(Incomplete):
        draft_law.save(draft, foreign=True, upload=None, version=draft.lock_version, by=officer)


def test_who_may_ask_is_said_beside_the_officers_own_rank(officer):
    kind = law("SG-X", country="SG", minimum_rank="Sergeant", rank_at_least="sergeant")
    draft = draft_of(officer, ground="law", process_type=kind)
    for rank, words in (("Constable", "is too low"), ("Inspector", ""), ("Detective first grade", "must be issued by")):
        officer.memberships.update(rank=rank)
        said = " ".join(draft_law.who_may_ask(draft))
        assert (words in said, bool(said)) == (True, bool(words)), rank


def test_staff_read_the_document_and_a_restricted_one_only_who_decides(officer):
    hold = hold_of(officer, ground="law", process_type=law(issuer="judge"), at=now() - timedelta(days=1))
    url = reverse("holds:staff_detail", args=[hold.reference])
    analyst, keeper = make_staff("analyst"), make_staff("preservation_admin")
    assert "The document, as the officer sent it" in client_for(analyst).get(url).text
    picture = reverse("holds:document_page", args=[hold.reference, 1])
    assert client_for(analyst).get(picture).status_code == 404  # there are no pictures of it
    type(hold).objects.filter(pk=hold.pk).update(restricted=True)
    assert client_for(analyst).get(url).status_code == 404
    assert "is issued by: judge or court" in client_for(keeper).get(url).text
