"""A freeze or seizure: pre-flight, call-back, what was done by two people, what the officer reads."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import DataCategory, FreezeAct, LineDecision
from requests_app.kind_words import freeze_facts, freeze_words
from requests_app.models import FreezeResult, UserNotice
from requests_app.permissions import request_workflow
from requests_app.services import decisions, drafts, freezing, packages, preflight, review
from requests_app.services.freezing import Done
from requests_app.services.preflight import Step
from requests_app.services.review import Draft, Mark
from requests_app.status_words import officer_status
from tests.factories import process_type, request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, answers, produce_all
from tests.requests_app.kinds.cases import WALLET, call_back, freeze_at, freeze_type

pytestmark = pytest.mark.django_db
STEP = {"act": "restrain", "asset": "BTC", "amount": "2.5", "everything": False, "endless": True}


def done(data_request, extent="in_full", amount="1.25", **more):
    """What was done for both accounts: together what the order says."""
    values = {"balance": Decimal(7), "amount": Decimal(amount) if amount else None} | more
    return {
        line.pk: Done(extent, timezone.now(), values["balance"], values["amount"], "Frozen on the books")
        for _number, line in freezing.to_do(data_request)
    }


def fields(data_request, **changes):
    """What a browser sends for the page of what was done."""
    given = {}
    for _number, line in freezing.to_do(data_request):
        given |= {
            f"line{line.pk}_extent": "in_full", f"line{line.pk}_balance": "7", f"line{line.pk}_amount": "1.25",
            f"line{line.pk}_done_at": f"{timezone.now():%Y-%m-%d %H:%M} Z", f"line{line.pk}_note": "Done",
        }  # fmt: skip
    first = next(iter(freezing.to_do(data_request)))[1].pk
    return given | {f"line{first}_{name}": value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"act": ""}, "kept or transferred"),
        ({"asset": ""}, "Name the asset"),
        ({"amount": None}, "everything"),
        ({"amount": None, "everything": True}, ""),
        ({"expires_on": date(2026, 1, 5)}, "is over"),
        ({"act": "transfer"}, "destination of the transfer"),
        ({"act": "transfer", "destination": WALLET[:-1] + "x", "destination_network": "bitcoin"}, "cannot be used"),
        ({"act": "transfer", "destination": WALLET, "destination_network": "bitcoin"}, ""),
    ],
)
def test_pre_flight_says_what_a_freeze_lacks(changes, said):
    draft = freeze_at("draft", freeze=changes)
    found = preflight.blocking(preflight.findings(draft, timezone.now()))
    mine = [f.message for f in found if f.step == Step.ASSETS]
    assert [said in message for message in mine] == [True] * len(mine)
    assert bool(mine) == bool(said)


def test_a_type_that_does_not_reach_assets_is_refused():
    draft = request_at("draft")
    draft.kind = "freeze"
    draft.save()
    messages = [f.message for f in preflight.findings(draft, timezone.now()) if f.step == Step.LEGAL_PROCESS]
    assert "Court order cannot freeze or seize assets" in messages
    assert Step.RECORDS not in preflight.steps_of("freeze")


def test_only_types_that_reach_assets_are_offered():
    draft = freeze_at("draft")
    process_type()
    freeze_type()
    page = client_for(draft.officer).get(reverse("officer:order_new", kwargs={"uid": draft.uid})).content.decode()
    assert "Freezing order" in page
    assert "Court order" not in page


def test_a_court_order_of_any_country_may_freeze_and_the_law_is_asked_for():
    general = process_type("INT-COURT-ORDER", name="Court order (other jurisdiction)", country="INT")
    draft = freeze_at("draft", process_type=general)
    page = client_for(draft.officer).get(reverse("officer:order_new", kwargs={"uid": draft.uid})).content.decode()
    assert "Court order (other jurisdiction)" in page
    found = [f for f in preflight.findings(draft, timezone.now()) if f.step == Step.LEGAL_PROCESS]
    assert [(f.field, f.blocks) for f in found if "freeze or seize" in f.message] == [("section_of_law", False)]


def test_the_assets_page_reads_checks_and_keeps_what_was_typed():
    draft = freeze_at("draft")
    client, url = client_for(draft.officer), reverse("officer:step_assets", kwargs={"uid": draft.uid})
    bad = STEP | {"lock_version": draft.lock_version, "amount": "-1", "act": "transfer", "destination": "1BadAddress"}
    page = client.post(url, bad | {"action": "continue"})
    assert page.status_code == 422
    assert "1BadAddress" in page.content.decode()
    good = bad | {"amount": "0.75", "destination": WALLET, "destination_network": "bitcoin", "action": "continue"}
    assert client.post(url, good).status_code == 302
    draft.refresh_from_db()
    assert freeze_words(freeze_facts(draft.freeze)) == f"Transfer 0.75 BTC to {WALLET} (bitcoin), until further order"
    again = client.post(url, good)
    assert again.status_code == 422
    assert "another window" in again.content.decode()


def test_sending_makes_one_line_for_each_identifier_under_the_order():
    from requests_app.services.kinds import make_lines  # noqa: PLC0415

    draft = freeze_at("draft")
    make_lines(draft, at=timezone.now())
    assert set(draft.lines.values_list("category", flat=True)) == {DataCategory.ASSETS}
    assert draft.lines.count() == draft.targets.count() == 2


def test_no_grant_before_the_agency_was_called_back():
    data_request = freeze_at("in_review", matched=True, called=False)
    produce_all(data_request)
    people = data_request.test_people
    proposal = decisions.propose(data_request, terms=TERMS, by=people.analyst)
    with pytest.raises(NotAllowed, match="confirmed this freeze"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    call_back(data_request)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    data_request.refresh_from_db()
    assert data_request.status == "granted"
    assert officer_status(data_request) == ("Accepted, being carried out", "blue")
    assert not UserNotice.objects.exists()
    with pytest.raises(NotAllowed, match="no package"):
        packages.start(data_request, by=people.analyst)


def test_what_is_asked_is_part_of_what_is_signed():
    data_request = freeze_at("in_review", matched=True)
    produce_all(data_request)
    people = data_request.test_people
    proposal = decisions.propose(data_request, terms=TERMS, by=people.analyst)
    data_request.freeze.amount = Decimal(25)
    data_request.freeze.save()
    with pytest.raises(decisions.ContentChanged) as changed:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    assert any("2.5" in said and "25" in said for said in changed.value.differences)


def test_a_freeze_for_which_no_account_was_found_is_closed_at_once():
    data_request = freeze_at("in_review", matched=True)
    data_request.targets.update(match_result="none", account="")
    people = data_request.test_people
    marks = {line.pk: Mark(LineDecision.NO_RECORDS, "", "") for line in data_request.lines.all()}
    review.save(data_request, Draft(answers("freeze"), marks, {}), seen_version=0, by=people.analyst)
    proposal = decisions.propose(data_request, terms=TERMS, by=people.analyst)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=people.approver)
    data_request.refresh_from_db()
    assert data_request.status == "closed"
    assert officer_status(data_request) == ("Nothing to freeze", "magenta")


def test_one_person_records_and_a_second_confirms():
    data_request = freeze_at("granted")
    people = data_request.test_people
    freezing.record_done(data_request, done(data_request), by=people.analyst)
    seen = freezing.stamp(freezing.order_of(data_request))
    both = make_staff("analyst", "approver")
    for person in (people.analyst, make_staff("counsel")):
        with pytest.raises(NotAllowed):
            freezing.confirm(data_request, seen=seen, by=person)
    freezing.record_done(data_request, done(data_request), by=both)
    with pytest.raises(NotAllowed, match="second person"):
        freezing.confirm(data_request, seen=seen, by=both)
    with pytest.raises(Stale):
        freezing.confirm(data_request, seen=seen, by=people.approver)
    freezing.confirm(data_request, seen=freezing.stamp(freezing.order_of(data_request)), by=people.approver)
    data_request.refresh_from_db()
    assert (data_request.status, data_request.outcome) == ("closed", "in_full")
    actions = list(entries_for(data_request).values_list("action", flat=True))
    assert actions[-3:] == ["freeze.recorded", "freeze.confirmed", "request.answered"]
    mail = OutboundMessage.objects.get(event="freeze_done")
    assert mail.to_user_id == data_request.officer_id
    assert "BTC" not in f"{mail.subject} {mail.body_text}"
    with pytest.raises(NotAllowed, match="This is done"):
        freezing.confirm(data_request, seen=seen, by=people.approver)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"extent": "nothing"}, "leave the amount empty"),
        ({"amount": ""}, "enter how much"),
        ({"amount": "3"}, "more than the order says"),
        ({"amount": "2", "balance": Decimal(1)}, "more was done than the balance"),
    ],
)
def test_what_does_not_fit_is_not_recorded(changes, said):
    data_request = freeze_at("granted")
    with pytest.raises(Incomplete, match=said):
        freezing.record_done(data_request, done(data_request, **changes), by=data_request.test_people.analyst)
    assert not FreezeResult.objects.exists()


def test_the_database_wants_two_people_too():
    data_request = freeze_at("granted")
    analyst = data_request.test_people.analyst
    freezing.record_done(data_request, done(data_request), by=analyst)
    freeze = data_request.freeze
    freeze.refresh_from_db()
    freeze.confirmed_by, freeze.confirmed_at = analyst, timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        freeze.save()


def test_the_pages_of_what_was_done():
    data_request = freeze_at("granted")
    people = data_request.test_people
    url = reverse("staff:freeze", args=[data_request.reference])
    analyst, approver = client_for(people.analyst), client_for(people.approver)
    page = analyst.get(url).content.decode()
    assert "The portal moves nothing" in page
    assert "Restrain 2.5 BTC, until further order" in page
    record, confirm = (reverse(f"staff:freeze_{n}", args=[data_request.reference]) for n in ("record", "confirm"))
    wrong = analyst.post(record, fields(data_request, amount="9"))
    assert wrong.status_code == 422
    assert "more than the order says" in wrong.content.decode()
    assert 'value="9"' in wrong.content.decode()
    assert analyst.post(record, fields(data_request)).url == url
    assert approver.post(record, fields(data_request)).status_code == 403
    assert analyst.post(confirm).status_code == 403
    page = approver.get(url).content.decode()
    assert "Confirm what was done" in page
    seen = freezing.stamp(freezing.order_of(data_request))
    assert client_for(people.approver, factor_age=3600).post(confirm, {"seen": seen}).status_code == 302
    data_request.refresh_from_db()
    assert data_request.status == "granted"
    for _click in range(2):
        assert approver.post(confirm, {"seen": seen}).url == url
    data_request.refresh_from_db()
    assert data_request.status == "closed"
    assert OutboundMessage.objects.filter(event="freeze_done").count() == 1
    page = client_for(data_request.officer).get(reverse("officer:request", args=[data_request.reference]))
    assert "1.25 BTC" in page.content.decode()
    assert "Carried out" in page.content.decode()


def test_the_officer_reads_nothing_before_it_is_confirmed():
    data_request = freeze_at("granted")
    freezing.record_done(data_request, done(data_request), by=data_request.test_people.analyst)
    page = client_for(data_request.officer).get(reverse("officer:request", args=[data_request.reference]))
    assert "Frozen on the books" not in page.content.decode()
    assert "being carried out" in page.content.decode()


def test_other_requests_have_no_such_page_and_are_not_answered_so():
    data_request = request_at("granted")
    client = client_for(data_request.test_people.analyst)
    assert client.get(reverse("staff:freeze", args=[data_request.reference])).status_code == 404
    with pytest.raises((NotAllowed, TransitionRefused)):
        request_workflow.advance(data_request, "answer", by=None)
    freeze = freeze_at("granted")
    with pytest.raises((NotAllowed, TransitionRefused)):
        request_workflow.advance(freeze, "produce", by=freeze.test_people.approver)


def test_leaving_for_later_keeps_half_an_answer():
    draft = freeze_at("draft")
    given = {"lock_version": draft.lock_version, "asset": "ETH", "amount": "1.5", "everything": "on", "action": "later"}
    url = reverse("officer:step_assets", kwargs={"uid": draft.uid})
    assert client_for(draft.officer).post(url, given).status_code == 302
    draft.freeze.refresh_from_db()
    assert (draft.freeze.asset, draft.freeze.everything, draft.freeze.amount) == ("ETH", True, None)


def test_the_step_is_saved_once_over_what_was_read():
    draft = freeze_at("draft")
    values = {"act": FreezeAct.RESTRAIN, "asset": "SOL", "amount": None, "everything": True, "destination": "",
              "destination_network": "", "expires_on": None}  # fmt: skip
    version = draft.lock_version
    drafts.save_step(draft, Step.ASSETS, values, version=version, by=draft.officer)
    with pytest.raises(Stale):
        drafts.save_step(draft, Step.ASSETS, values, version=version, by=draft.officer)
