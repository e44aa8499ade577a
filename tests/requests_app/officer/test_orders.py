"""The orders of a draft: what the officer has, several of them, shared ones, and nothing typed lost."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.enums import DeskRole
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale
from foundation.legal.catalogue import load
from foundation.legal.models import ProcessType
from foundation.providers.models import ProcessPolicy
from requests_app.models import DataRequest, LegalProcess
from requests_app.services import draft_orders, drafts, orders
from requests_app.services.preflight import Step
from tests.factories import clean_pdf, order_of, process_type, request_at
from tests.people import client_for, make_agency, make_officer
from tests.requests_app.officer.helpers import date_of, save_order

pytestmark = pytest.mark.django_db
FIELDS = {"section_of_law": "Section 210", "issuing_authority": "Nordvik District Court", "docket": "26-1"}


def url(name, draft, *more):
    return reverse(f"officer:{name}", args=[draft.uid, *more])


def empty_draft(**columns):
    draft = request_at("draft", document=False, process_type=None, section_of_law="", **columns)
    assert not draft.orders.exists()
    return draft


def values_of(process, **changes):
    values = {name: getattr(process, name) for name in orders.ORDER_FIELDS}
    version = orders.first_version(process)
    return values | {name: getattr(version, name) for name in orders.DATE_FIELDS} | changes


def test_the_officers_own_types_come_first_then_the_eus_then_the_general_ones():
    load()
    draft = empty_draft(officer=make_officer(make_agency(country="FR")))
    page = client_for(draft.officer).get(url("step_legal_process", draft)).content.decode()
    places = [
        page.index(f">{title}</legend>") for title in ("France", "European Union", "General orders, for any country")
    ]
    assert places == sorted(places)
    assert "Réquisition" in page
    assert "Issued by:" in page
    assert "Registration and identity (KYC)" in page
    assert "The signed order, warrant, subpoena or request, all pages" in page
    assert "Grand jury" not in page


@pytest.mark.parametrize(("words", "found", "gone"), [("court order", "INT-COURT-ORDER", "INT-POLICE-ORDER"),
                                                     ("wiretap", "stop:interception", "INT-COURT-ORDER")])  # fmt: skip
def test_the_list_is_searched_without_script(words, found, gone):
    load()
    draft = empty_draft()
    page = client_for(draft.officer).get(url("order_new", draft), {"q": words}).content.decode()
    assert f'value="{found}"' in page
    assert f'value="{gone}"' not in page
    nothing = client_for(draft.officer).get(url("order_new", draft), {"q": "xyzzy"}).content.decode()
    assert "Nothing fits" in nothing


@pytest.mark.parametrize(("code", "page"), [("civil", "stop_civil"), ("interception", "stop"),
                                            ("national-security-letter", "stop"), ("sealed", "stop")])  # fmt: skip
def test_what_must_never_be_uploaded_leads_away_and_stores_nothing(code, page):
    draft = empty_draft()
    before = AuditEvent.objects.count()
    response = client_for(draft.officer).post(url("order_new", draft), {"key": uuid4(), "kind": f"stop:{code}"})
    assert response.url == reverse(f"officer:{page}", args=[] if page == "stop_civil" else [code])
    assert not LegalProcess.objects.exists()
    assert AuditEvent.objects.count() == before


def test_a_type_that_the_company_does_not_take_is_refused_with_the_reason():
    draft, kind = empty_draft(), process_type()
    ProcessPolicy.objects.create(
        provider=draft.provider, code=kind.code, accepted=False, needs_counsel=False, changed_at=draft.created_at
    )
    response = client_for(draft.officer).post(url("order_new", draft), {"key": uuid4(), "kind": kind.code})
    assert response.status_code == 422
    assert "This is not taken here" in response.content.decode()
    assert not draft.orders.exists()


@pytest.mark.parametrize("kind", ["", "NOT-A-TYPE", "stop:nothing"])
def test_an_answer_that_is_not_there_is_never_an_error_page(kind):
    draft = empty_draft()
    response = client_for(draft.officer).post(url("order_new", draft), {"key": uuid4(), "kind": kind})
    assert response.status_code in {404, 422}


def test_two_clicks_on_a_type_add_one_order():
    draft, kind = empty_draft(), process_type()
    client, data = client_for(draft.officer), {"key": uuid4(), "kind": process_type().code}
    first, second = (client.post(url("order_new", draft), data) for _ in range(2))
    assert first.url == second.url
    assert draft.orders.count() == 1
    draft.refresh_from_db()
    assert draft.process_type == kind
    assert AuditEvent.objects.filter(action="request.order_added").count() == 1


def test_an_order_is_saved_with_everything_that_stands_on_it():
    draft = empty_draft()
    data = FIELDS | {"process_type": process_type().pk, "signatory": "A. Berg", "issuer_rank": "Judge"}
    data |= {"language": "no", "treaty_channel": "Ministry of Justice"}
    data |= date_of("issued_on", 1, 10, 2026) | date_of("valid_until", 1, 3, 2027) | date_of("return_date", 1, 2, 2027)
    response = save_order(client_for(draft.officer), draft, data)
    assert response.url == url("step_legal_process", draft)
    process, version = draft.orders.get(), orders.first_version(draft.orders.get())
    assert (process.language, process.issuer_rank, process.docket) == ("no", "Judge", "26-1")
    assert (version.issued_on, version.return_date) == (date(2026, 10, 1), date(2027, 2, 1))
    draft.refresh_from_db()
    assert (draft.section_of_law, draft.treaty_channel) == ("Section 210", "Ministry of Justice")
    page = client_for(draft.officer).get(response.url).content.decode()
    assert "Norwegian" in page
    assert "Issued 1 Oct 2026, valid until 1 Mar 2027" in page


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (date_of("issued_on", 1, 1, 1949), "Check it"),
        (date_of("issued_on", 1, 1, 2099), "this is after today"),
        (
            date_of("issued_on", 1, 10, 2026) | date_of("valid_until", 30, 9, 2026),
            "this is before the date it was issued",
        ),
        (date_of("valid_until", 30, 9, 2026), "enter the day, the month and the year"),
    ],
)
def test_odd_dates_are_refused_and_what_was_typed_stays(dates, words):
    draft = empty_draft()
    response = save_order(client_for(draft.officer), draft, FIELDS | {"process_type": process_type().pk} | dates)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'value="Nordvik District Court"' in page
    assert draft.orders.get().issuing_authority == ""


def test_leaving_with_a_bad_date_keeps_the_good_fields_and_shows_the_bad_one_again():
    draft = empty_draft()
    client = client_for(draft.officer)
    data = FIELDS | {"process_type": process_type().pk} | date_of("issued_on", 31, 2, 2026)
    data |= date_of("return_date", 1, 2, 2027)
    response = save_order(client, draft, data, "later")
    assert response.url == url("draft", draft)
    assert "Still to be corrected: Date it was issued, Return date" in client.get(response.url).content.decode()
    process = draft.orders.get()
    assert (process.issuing_authority, process.docket) == ("Nordvik District Court", "26-1")
    page = client.get(url("order", draft, process.uid)).content.decode()
    assert "there is no such day" in page
    assert 'value="31"' in page
    assert 'value="2027"' in page
    save_order(client, draft, data | date_of("issued_on", 28, 2, 2026))
    process.refresh_from_db()
    assert process.unread == {}
    assert orders.first_version(process).return_date == date(2027, 2, 1)


def test_the_older_tab_of_an_order_is_refused_with_both_texts_on_the_page():
    draft = request_at("draft")
    client, process = client_for(draft.officer), draft.orders.get()
    data = FIELDS | {"process_type": process.process_type_id, "lock_version": 0} | date_of("issued_on", 1, 10, 2026)
    assert client.post(url("order", draft, process.uid), data | {"docket": "newer"}).status_code == 302
    older = client.post(url("order", draft, process.uid), data | {"docket": "older"})
    page = older.content.decode()
    assert older.status_code == 422
    assert "changed in another window" in page
    assert 'value="older"' in page
    assert "newer" in page
    process.refresh_from_db()
    assert process.docket == "newer"


def test_several_orders_the_first_leads_until_another_one_does():
    draft = request_at("draft")
    kind = process_type("TEST-WARRANT", name="Search warrant")
    second = order_of(draft, process_type=kind, section_of_law="Section 192")
    client = client_for(draft.officer)
    data = {"action": f"lead:{second.uid}", "lock_version": draft.lock_version}
    assert client.post(url("step_legal_process", draft), data).status_code == 302
    draft.refresh_from_db()
    assert (draft.process_type, draft.section_of_law) == (kind, "Section 192")
    assert orders.leading(draft) == second
    refused = client.post(url("step_legal_process", draft), data)
    assert refused.status_code == 422
    assert "changed in another window" in refused.content.decode()
    trail = AuditEvent.objects.filter(action="request.order_changed")
    assert trail.count() == 1


def test_each_of_several_orders_needs_a_copy_of_its_own():
    draft = request_at("draft")
    assert orders.missing_documents(draft) == []
    bare = order_of(draft, document=False)
    assert orders.missing_documents(draft) == [bare]
    pdf = clean_pdf(draft.officer)
    draft.documents.create(document=pdf, role="order", added_at=draft.created_at, added_by=draft.officer)
    page = client_for(draft.officer).get(url("order", draft, bare.uid)).content.decode()
    assert "Copy of this order" in page
    draft_orders.save(draft, bare, values_of(bare, document=pdf), version=draft.lock_version, by=draft.officer)
    assert orders.missing_documents(draft) == []


def test_a_single_order_takes_the_first_copy():
    draft = request_at("draft")
    draft.orders.get().versions.update(document=None)
    assert orders.missing_documents(draft) == []
    orders.take_documents(draft)
    assert draft.orders.get().versions.get().document == draft.documents.get().document
    draft.orders.get().versions.update(document=None)
    draft.documents.update(role="supporting")
    assert len(orders.missing_documents(draft)) == 1


def test_taking_the_leading_order_out_lets_the_next_one_lead():
    draft = request_at("draft")
    second, first = order_of(draft, section_of_law="Section 192"), draft.orders.order_by("pk").first()
    draft.targets.update(process=first)
    draft.records_asked[0]["order"] = str(first.uid)
    draft.save()
    client, address = client_for(draft.officer), url("order_remove", draft, first.uid)
    assert "Take out this order?" in client.get(address).content.decode()
    assert client.post(address, {"lock_version": draft.lock_version}).status_code == 302
    draft.refresh_from_db()
    assert list(draft.orders.all()) == [second]
    assert draft.section_of_law == "Section 192"
    assert not draft.targets.filter(process__isnull=False).exists()
    assert draft.records_asked[0]["order"] is None
    assert not LegalProcess.objects.filter(pk=first.pk).exists()
    assert client.post(address, {"lock_version": 0}).url == url("step_legal_process", draft)


def test_an_order_that_others_use_is_only_taken_out():
    draft = request_at("draft")
    other = request_at("draft", officer=draft.officer)
    shared = order_of(draft, shared_with=[other])
    draft_orders.remove(draft, shared, version=draft.lock_version, by=draft.officer)
    assert list(other.orders.filter(pk=shared.pk)) == [shared]
    assert not draft.orders.filter(pk=shared.pk).exists()


def test_an_order_sent_with_another_request_is_read_only_here():
    sent = request_at("submitted")
    draft = empty_draft(officer=sent.officer)
    process = draft_orders.use(draft, sent.orders.get().uid, by=draft.officer)
    draft.refresh_from_db()
    with pytest.raises(NotAllowed, match="stays as it is"):
        draft_orders.save(draft, process, values_of(process, docket="x"), version=draft.lock_version, by=draft.officer)
    client = client_for(draft.officer)
    assert client.get(url("order", draft, process.uid)).url == url("step_legal_process", draft)
    assert "Say that it changed" in client.get(url("step_legal_process", draft)).content.decode()
    assert draft.process_type == sent.process_type


def test_a_change_of_a_shared_order_reaches_the_other_draft_and_makes_its_windows_old():
    draft = request_at("draft")
    other = empty_draft(officer=draft.officer)
    process = draft.orders.get()
    draft_orders.use(other, process.uid, by=draft.officer)
    other.refresh_from_db()
    seen = other.lock_version
    draft_orders.save(draft, process, values_of(process, section_of_law="New"), version=0, by=draft.officer)
    other.refresh_from_db()
    assert other.section_of_law == "New"
    with pytest.raises(Stale):
        draft_orders.lead(other, process, version=seen, by=other.officer)


def test_the_officer_chooses_only_among_orders_of_requests_he_can_see():
    agency = make_agency()
    officer, colleague = make_officer(agency), make_officer(agency)
    mine = request_at("submitted", officer=officer)
    theirs = request_at("submitted", officer=colleague)
    secret = request_at("submitted", officer=colleague, restricted=True)
    stranger = request_at("submitted")
    draft = empty_draft(officer=officer)
    assert list(draft_orders.reusable(draft, officer)) == [mine.orders.get()]
    officer.memberships.update(role=DeskRole.LEAD)
    lead = type(officer).objects.get(pk=officer.pk)
    assert set(draft_orders.reusable(draft, lead)) == {mine.orders.get(), theirs.orders.get()}
    for hidden in (secret, stranger):
        with pytest.raises(NotAllowed):
            draft_orders.use(draft, hidden.orders.get().uid, by=lead)
    page = client_for(officer).get(url("order_reuse", draft)).content.decode()
    assert mine.reference in page
    assert secret.reference not in page
    assert str(stranger.orders.get().uid) not in page
    assert list(draft_orders.reusable(draft, lead, mine.reference)) == [mine.orders.get()]


def test_taking_an_order_from_another_request_twice_takes_it_once():
    sent = request_at("submitted")
    draft = empty_draft(officer=sent.officer)
    client, data = client_for(sent.officer), {"order": sent.orders.get().uid}
    for _click in range(2):
        assert client.post(url("order_reuse", draft), data).url == url("step_legal_process", draft)
    assert draft.order_uses.count() == 1
    assert client.post(url("order_reuse", draft), {"order": "nothing"}).status_code == 422
    assert client.post(url("order_reuse", draft), {"order": uuid4()}).status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_lists_of_orders_cost_the_same_for_one_and_for_three(number, django_assert_num_queries):
    draft = request_at("draft")
    for n in range(1, number):
        order_of(draft, docket=f"26-{n}")
    other = empty_draft(officer=draft.officer)
    client = client_for(draft.officer)
    client.get(url("step_legal_process", draft))
    with django_assert_num_queries(18):
        client.get(url("step_legal_process", draft))
    with django_assert_num_queries(13):
        client.get(url("order_reuse", other))


def test_a_copy_that_a_sent_request_rests_on_survives_the_draft_it_came_with():
    draft = request_at("draft")
    sent = empty_draft(officer=draft.officer)
    draft_orders.use(sent, draft.orders.get().uid, by=draft.officer)
    DataRequest.objects.filter(pk=sent.pk).update(
        status="submitted", reference="MX-26-AAAAAA", submitted_at=draft.created_at, deadline_at=draft.created_at
    )
    item = draft.documents.get()
    drafts.remove_document(draft, item.uid, version=draft.lock_version, by=draft.officer)
    version = sent.orders.get().versions.get()
    assert version.document == item.document
    assert bytes(type(item.document).objects.get(pk=item.document_id).data_key) != b""


def test_saving_through_the_part_makes_the_leading_order_where_there_is_none():
    draft = empty_draft()
    values = FIELDS | {"process_type": process_type(), "signatory": "", "treaty_channel": "", "legal_entity": None}
    values |= {"issued_on": date(2026, 10, 1), "valid_until": None, "return_date": None}
    drafts.save_step(draft, Step.LEGAL_PROCESS, values, version=draft.lock_version, by=draft.officer)
    assert orders.leading(draft).docket == "26-1"


def test_strangers_and_colleagues_find_no_order_of_a_draft():
    draft = request_at("draft")
    colleague = make_officer(draft.agency, lead=True)
    uid = draft.orders.get().uid
    for name, more in (("order", [uid]), ("order_remove", [uid]), ("order_new", []), ("order_reuse", [])):
        assert client_for(colleague).get(url(name, draft, *more)).status_code == 404
    own = client_for(draft.officer)
    assert own.get(url("order", draft, ProcessType.objects.count() and uuid4())).status_code == 404
