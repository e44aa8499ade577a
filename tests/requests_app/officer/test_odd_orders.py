"""What is odd about an order: its issuer, its age, its return date, its company; and types that are never uploaded."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from foundation.core import languages
from foundation.legal import catalogue
from foundation.legal.ranks import issuer_refusal
from foundation.providers.models import LegalEntity
from requests_app import deadlines
from requests_app.enums import RequestKind
from requests_app.models import DataRequest, FreezeOrder
from requests_app.services import draft_orders, drafts, preflight
from requests_app.services.preflight import Kind, Step
from requests_app.services.preflight.facts import CompanyFacts, Facts, OrderFacts, TypeFacts, VersionFacts
from requests_app.services.preflight.order_rules import order_rules
from tests.factories import process_type, request_at
from tests.people import client_for, make_provider

TODAY = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
JURY = TypeFacts("Federal grand jury subpoena", code="US-GJ-SUBPOENA", issuer="prosecutor")


def order(kind=JURY, rank="Prosecutor", issued=TODAY, **dates):
    return OrderFacts("1", "26-1", kind, "R. 17", "Court", rank, versions=(VersionFacts(issued, **dates),))


def said(facts, field):
    return [found for found in order_rules(facts, TODAY) if found.field == field]


@pytest.mark.parametrize("rank", ["Police constable", "Detective Sergeant", "POLIZEIMEISTERIN", "Inspector (2nd)"])
def test_the_police_do_not_issue_what_a_prosecutor_issues(rank):
    (found,) = said(Facts(orders=(order(rank=rank),)), "issuer_rank")
    assert found.kind == Kind.PROBLEM
    assert "is issued by a prosecutor" in found.message
    assert found.cure


@pytest.mark.parametrize("rank", ["", "Assistant United States Attorney", "Wizard", "Police prosecutor", "Chief Judge"])
def test_words_that_are_not_clear_refuse_nothing(rank):
    assert said(Facts(orders=(order(rank=rank),)), "issuer_rank") == []


def test_a_type_that_the_police_issue_too_is_not_refused():
    kinds = {one.code: one for one in (catalogue.process_type_of(e, READ) for e in READ.types)}
    assert issuer_refusal(kinds["US-SEARCH-WARRANT"], "Constable")
    for code in ("DE-AUSKUNFT", "DE-BESCHLAGNAHME", "FR-CR-99-3", "US-IRS-SUMMONS"):
        assert issuer_refusal(kinds[code], "Polizeimeister") is None


READ = catalogue.read()


def test_an_old_order_needs_a_word():
    (found,) = said(Facts(orders=(order(issued=date(2001, 1, 1)),)), "issued_on")
    assert (found.kind, found.message[:30]) == (Kind.HINT, "It was issued on 1 Jan 2001: s")
    assert said(Facts(orders=(order(issued=date(2001, 1, 1), valid_until=date(2027, 1, 1)),)), "issued_on") == []
    assert said(Facts(orders=(order(issued=TODAY - timedelta(days=700)),)), "issued_on") == []


def test_a_return_date_far_ahead_is_hinted_at():
    (found,) = said(Facts(orders=(order(return_date=date(2027, 11, 5)),)), "return_date")
    assert found.kind == Kind.HINT
    assert said(Facts(orders=(order(return_date=TODAY + timedelta(days=90)),)), "return_date") == []


IRISH = CompanyFacts(1, "Ops Ltd", "IE", "customers everywhere but in the United States", is_default=True)
AMERICAN = CompanyFacts(2, "US LLC", "US", "customers in the United States")


@pytest.mark.parametrize(
    ("country", "addressed", "usual"),
    [("DE", 2, "Ops Ltd"), ("DE", 1, ""), ("US", 1, "US LLC"), ("US", 2, ""), ("IE", 2, "Ops Ltd"), ("US", None, "")],
)
def test_a_company_of_another_place_is_hinted_at(country, addressed, usual):
    facts = Facts(orders=(order(),), jurisdiction=country, companies=(AMERICAN, IRISH), addressed=addressed)
    found = said(facts, "legal_entity")
    assert [one.kind for one in found] == ([Kind.HINT] if usual else [])
    assert all(f"usually name {usual}" in one.message for one in found)
    assert said(replace(facts, companies=(replace(IRISH, is_default=False),)), "legal_entity") == []


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "counts"), [(-1, False), (0, True), (10, True), (60, True), (349, False)])
def test_a_return_date_counts_near_the_ordinary_deadline_only(ahead, counts):
    provider = make_provider()
    ordinary = deadlines.answer(RequestKind.DISCLOSURE, None, provider, at=AT)
    back = TODAY + timedelta(days=ahead)
    due = deadlines.answer(RequestKind.DISCLOSURE, None, provider, return_date=back, at=AT)
    assert (due.rule == "return date of the order") == counts
    assert counts or due == ordinary
    assert not counts or due.at.date() == back


@pytest.mark.django_db
def test_a_return_date_keeps_no_emergency_waiting():
    due = deadlines.answer(RequestKind.EMERGENCY, None, make_provider(), return_date=TODAY, at=AT)
    assert due.at == AT + timedelta(minutes=30)


def test_languages_have_chinese_and_no_language_twice():
    assert languages.language_name("zh") == languages.language_name("zh-hant") == "Chinese"
    assert len(set(languages.NAMES.values())) == len(languages.NAMES)
    assert languages.language_names(["en", "no", "da"]) == "English, Norwegian and Danish"
    assert (languages.language_names([]), languages.language_names(["en"])) == ("", "English")


@pytest.mark.django_db
def test_a_type_that_is_stopped_leads_to_its_page_and_is_not_saved():
    draft = request_at("draft")
    stop = process_type("US-NSL", name="Letter", stop_screen=True, jurisdiction_id=draft.jurisdiction)
    client, process = client_for(draft.officer), draft.orders.get()
    before = process.process_type_id
    url = reverse("officer:order", args=[draft.uid, process.uid])
    data = {"process_type": stop.pk, "section_of_law": "changed", "lock_version": 0}
    for action in ("continue", "later"):
        assert client.post(url, data | {"action": action}).url.endswith("/national-security-letter/")
    process.refresh_from_db()
    assert process.process_type_id == before
    assert process.section_of_law != "changed"
    page = client.get(reverse("officer:order_new", args=[draft.uid])).content.decode()
    assert page.index("Not taken here") < page.index(">Letter")
    with pytest.raises(Exception, match="must not be uploaded"):
        draft_orders.save(draft, process, {"process_type": stop}, version=0, by=draft.officer)


def freeze_draft(sent):
    draft = drafts.start(sent.provider, by=sent.officer, kind=RequestKind.FREEZE)
    FreezeOrder.objects.filter(data_request=draft).delete()
    return draft


@pytest.mark.django_db
def test_an_order_that_freezes_nothing_is_left_out_of_a_freeze():
    sent = request_at("submitted")
    process, draft = sent.orders.get(), freeze_draft(sent)
    page = client_for(sent.officer).get(reverse("officer:order_reuse", args=[draft.uid])).content.decode()
    assert "1 other order is not shown: its type freezes or seizes no assets." in page
    assert str(process.uid) not in page
    with pytest.raises(Exception, match="freezes or seizes no assets"):
        draft_orders.use(draft, process.uid, by=sent.officer)
    assert not draft.order_uses.exists()


@pytest.mark.django_db
def test_a_freeze_takes_the_company_of_the_order_and_it_can_be_chosen_where_there_is_none():
    kind = process_type("TEST-SEIZURE", name="Seizure", reaches=["assets"])
    sent = request_at("submitted", process_type=kind)
    LegalEntity.objects.create(provider=sent.provider, name="US LLC", country="US")
    draft = freeze_draft(sent)
    draft_orders.use(draft, sent.orders.get().uid, by=sent.officer)
    draft.refresh_from_db()
    assert draft.legal_entity == sent.legal_entity is not None

    DataRequest.objects.update(legal_entity=None)
    wanted = lambda: [f for f in preflight.findings(draft, AT) if f.field == "legal_entity"]  # noqa: E731
    draft.refresh_from_db()
    assert wanted()
    client, url = client_for(sent.officer), reverse("officer:step_legal_process", args=[draft.uid])
    assert 'name="legal_entity"' in client.get(url).content.decode()
    data = {"action": "company", "lock_version": draft.lock_version}
    assert client.post(url, data | {"legal_entity": "0"}).status_code == 422
    chosen = LegalEntity.objects.get(is_default=True)
    assert client.post(url, data | {"legal_entity": chosen.pk}).status_code == 302
    draft.refresh_from_db()
    assert draft.legal_entity == chosen
    assert not wanted()
    assert Step.LEGAL_PROCESS in preflight.steps_of(draft.kind)
