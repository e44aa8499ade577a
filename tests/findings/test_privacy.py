"""PRI-01, 03, 05 and 06: record of processing, register of breaches, the look before an access answer, the own log."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from preservation.models import PreservationHold
from requests_app.models import Breach, DisclosurePackage, Follower, Recall, RestrictionQuestion
from requests_app.notice_enums import CompanyDoes
from requests_app.restriction_rules import answer_day
from requests_app.services import consultations, decisions, mistakes, processing
from requests_app.services.contents import lines_of, terms_of
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.test_restrictions import asked_at

pytestmark = pytest.mark.django_db


HOUR = timedelta(hours=1)


def package_of():
    at, approver = timezone.now(), make_staff("approver")
    return DisclosurePackage.objects.create(
        data_request=request_at("granted"), number=1, status="revoked", prepared_by=make_staff("analyst"),
        prepared_at=at, due_at=at, released_at=at, released_by=approver, expires_at=at,
    )  # fmt: skip


def day_of(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode().lstrip("\ufeff"))))


def test_pri_01_the_record_of_processing_says_how_it_is_set_up():
    provider = make_provider()
    dpo, client = make_staff("dpo"), client_for(make_staff("administrator"))
    shown = words(client.get("/staff/processing/"))
    assert "Data-protection officer" in shown
    assert dpo.email in shown
    assert f"{settings.IDENTITY_DOCUMENT_DAYS} days after the decision" in shown
    said = json.loads(client.get("/staff/processing/?form=json").content)
    assert [part["law"][:10] for part in said["parts"]] == ["Art. 30(1)"] * 7
    rows = table(client.get("/staff/processing/?form=csv"))
    assert {row["Part"] for row in rows} == {part["title"] for part in said["parts"]}
    provider.purge_days += 1
    provider.save()
    changed = processing.read(provider, by=dpo, form="page")
    assert changed.version != said["version"]
    assert f"deleted {provider.purge_days} days later" in str(changed.as_json())
    entries = AuditEvent.objects.filter(action="processing.read").order_by("pk")
    assert [row.outcome for row in entries] == ["ok"] * 4
    assert client_for(make_staff("analyst")).get("/staff/processing/").status_code == 403


def test_pri_03_every_breach_stands_in_one_register_and_72_hours_run():
    at = timezone.now()
    provider, dpo, counsel = make_provider(), make_staff("dpo"), make_staff("counsel")
    client = client_for(dpo)
    moment = (at - 50 * HOUR).isoformat(" ", "seconds")
    posted = {"known_at": moment, "kind": "backup", "part": "controller", "happened": "Tape gone", "concerned": "All"}
    for wrong in ("2099-01-01 10:00 Z", "1999-01-01 10:00 Z"):
        assert client.post("/staff/breaches/new/", posted | {"known_at": wrong}).status_code == 422
    assert not Breach.objects.exists()
    page = client.post("/staff/breaches/new/", posted, follow=True)
    breach = Breach.objects.get()
    assert (breach.provider, breach.due_at) == (provider, breach.known_at + 72 * HOUR), "from knowing, not from noting"
    assert f"{dpo.get_full_name()}, " in words(page)
    told = OutboundMessage.objects.filter(event="breach_noted")
    assert {row.to_user_id for row in told} == {dpo.pk, counsel.pk}
    for hours, count in ((-3, 0), (-2, 2), (22, 4), (46, 6)):
        remind(at=at + hours * HOUR, only="breach")
        assert OutboundMessage.objects.filter(event="breach_due").count() == count, hours
    said = "".join(OutboundMessage.objects.values_list("body_text", flat=True))
    assert "Tape gone" not in said
    recall = Recall.objects.create(
        package=package_of(), cause="wrong_account", reason="x", called_at=at, due_at=at, called_by=dpo
    )
    mistake = mistakes.opened(recall, at=at)
    listed = words(client.get("/staff/breaches/"))
    assert "Breach 1" in listed
    assert f"{mistake.reference}, package 1" in listed
    assert "/recall/mistake/" in client.get("/staff/breaches/").content.decode()
    entries = AuditEvent.objects.filter(action__startswith="breach.")
    assert [row.action for row in entries] == ["breach.noted"]
    assert b"Tape gone" not in b"".join(bytes(row.payload) for row in AuditEvent.objects.all())


def test_pri_05_whoever_answers_a_customer_sees_first_what_bars_telling():
    asked_at("granted", account="ACC-1", secrecy="2099-12-31")
    sealed = asked_at("in_review", account="ACC-1", restricted=True)
    dpo = make_staff("dpo")
    client = client_for(dpo)
    today = timezone.now().date()
    written = today - timedelta(days=10)
    posted = {"account": "ACC-1", "asks": "access", "reason": ""} | day_of("wrote_on", written)
    assert client.post("/staff/restrictions/", posted).status_code == 422
    assert not RestrictionQuestion.objects.exists()
    answer = client.post("/staff/restrictions/", posted | {"reason": "Letter 2026-11"}, follow=True)
    row = RestrictionQuestion.objects.get()
    assert row.answer == CompanyDoes.ASK_LEGAL
    assert row.answer_on == answer_day(written, row.provider.customer_answer_days)
    shown = words(answer)
    assert "What may be said" in shown
    assert (sealed.reference or "")[-7:] not in shown  # sealed for others stays so
    assert "This account was typed by hand" in shown
    assert "Its systems were told" not in shown
    entry = AuditEvent.objects.get(action="restriction.looked_up")
    assert (entry.actor_id, entry.reason, entry.outcome) == (str(dpo.pk), "Letter 2026-11", "ok")
    assert "ACC-1" not in bytes(entry.payload).decode()
    client.post("/staff/restrictions/", posted | {"reason": "Again"})
    assert RestrictionQuestion.objects.count() == 1
    assert "The day of the answer has passed" not in shown
    old = posted | {"reason": "Found in a drawer"} | day_of("wrote_on", today - timedelta(days=90))
    assert "The day of the answer has passed" in words(client.post("/staff/restrictions/", old, follow=True))
    assert not AuditEvent.objects.filter(action="restriction.asked").exists(), "no system asked"
    for wrong in (today + timedelta(days=2), today - timedelta(days=400)):
        refused = client.post("/staff/restrictions/", posted | {"reason": "x"} | day_of("wrote_on", wrong))
        assert (refused.status_code, "Give the day on which" in words(refused)) == (422, True)
    nothing = words(client.post("/staff/restrictions/", posted | {"account": "nobody", "reason": "x"}, follow=True))
    assert CompanyDoes.PROCEED.label in nothing
    assert client_for(make_staff("approver")).post("/staff/restrictions/", posted).status_code == 403


def test_pri_06_an_agency_takes_its_own_log_and_nobody_elses(monkeypatch):
    mine = request_at("submitted")
    officer, lead = mine.officer, make_officer(mine.agency, lead=True)
    follower = make_officer(mine.agency)
    Follower.objects.create(
        data_request=mine, user=follower, agency=mine.agency, added_at=mine.submitted_at, added_by=officer
    )
    sealed, elsewhere = request_at("submitted", officer=officer, restricted=True), request_at("submitted")
    for row in (mine, sealed):
        client_for(officer).get(f"/requests/{row.reference}/")
    hold, sealed_hold = (hold_of(officer, at=timezone.now()) for _number in range(2))
    PreservationHold.objects.filter(pk=sealed_hold.pk).update(restricted=True)
    for row in (hold, sealed_hold):
        client_for(officer).get(f"/holds/{row.reference}/")
    client_for(elsewhere.officer).get(f"/requests/{elsewhere.reference}/")
    client_for(follower).get(f"/requests/{mine.reference}/")
    make_staff("analyst")
    of_lead = table(client_for(lead).get("/requests/log.csv"))
    assert {row["Reference"] for row in of_lead} == {mine.reference, hold.reference}
    assert {row["Who"] for row in of_lead} == {officer.email, follower.email}
    assert all(row["When (UTC)"] for row in of_lead)
    assert {row["Case"] for row in of_lead} == {mine.case_number, hold.case_number}
    readers = {person.get_full_name() for person in (officer, follower, lead)}
    assert all(
        set(row["Who can read it"].split("; ")) == readers for row in of_lead if row["Reference"] == mine.reference
    )
    assert all(mine.offence in row["Justification"] for row in of_lead if row["Reference"] == mine.reference)
    assert all(hold.reason in row["Justification"] for row in of_lead if row["Reference"] == hold.reference)
    monkeypatch.setattr(consultations, "MOST", 1)
    cut = [row["When (UTC)"] for row in table(client_for(lead).get("/requests/log.csv"))]
    assert cut == [of_lead[0]["When (UTC)"], "Older entries are not in this file: it ends after 1."]
    monkeypatch.undo()
    own = table(client_for(officer).get("/requests/log.csv"))
    restricted = {sealed.reference, sealed_hold.reference}
    assert {row["Reference"] for row in own} == {mine.reference, hold.reference} | restricted
    assert {row["Who can read it"] for row in own if row["Reference"] in restricted} == {officer.get_full_name()}
    assert {row["Who"] for row in own} == {officer.email}
    assert AuditEvent.objects.filter(action="agency.log_downloaded").count() == 3
    assert client_for(make_staff("analyst")).get("/requests/log.csv").status_code in {302, 403, 404}


@pytest.mark.parametrize("missing", ["lawful_basis", "transfer_ground", "necessity"])
def test_pri_04_nothing_is_granted_without_its_grounds(missing):
    proposal = request_at("granted").proposals.get()
    assert all((proposal.lawful_basis, proposal.transfer_ground, proposal.necessity))
    with pytest.raises(IntegrityError, match="proposal_granted_on_grounds"), transaction.atomic():
        type(proposal).objects.filter(pk=proposal.pk).update(**{missing: ""})
    terms, lines = terms_of(proposal), lines_of(proposal.data_request)
    ask = "Give the lawful basis, the route, the ground of the transfer and why what leaves is necessary."
    assert ask not in decisions.incomplete(proposal.data_request, terms, lines)
    for gap in (missing, "route"):  # without a route the row alone would pass as an enquiry
        assert ask in decisions.incomplete(proposal.data_request, replace(terms, **{gap: " "}), lines)
