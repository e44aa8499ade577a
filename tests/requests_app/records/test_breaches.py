"""The register of breaches: who writes and reads, steps, what must be told before it is closed, the file."""

import csv
import io
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, PortalError, Stale
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from requests_app import breach_rules
from requests_app.models import Breach, BreachStep
from requests_app.services import breach_register, breaches
from tests.accounts.helpers import words
from tests.harness.race import one_effect, race
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.breaches import HOUR, breach_of, facts, told
from tests.requests_app.records.steps import called_back, granted_request, released_package

STOLEN = "Laptop stolen on a train"
FULL = {"consequences": "Fraud", "measures": "Wiped", "authority_told_at": None, "people_told_at": None}


def url_of(breach, name="breach"):
    return reverse(f"staff:{name}", args=[breach.uid])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "consequences, the measures and the risk"),
        (FULL | {"risk": "risk", "not_told_reason": "x"}, "Tell the authority"),
        (FULL | {"risk": "none"}, "why it is not told"),
        (FULL | {"risk": "none", "not_told_reason": "Encrypted"}, None),
        (FULL | {"risk": "risk", "authority_told_at": 1}, None),
        (FULL | {"risk": "high", "authority_told_at": 1}, "Tell the people"),
        (FULL | {"risk": "high", "authority_told_at": 1, "people_reason": "Encrypted"}, None),
        (FULL | {"risk": "high", "authority_told_at": 1, "people_told_at": 1}, None),
        ({"part": "processor"}, "Tell the controller"),
        ({"part": "processor", "controller_told_at": 1}, None),
    ],
)
def test_what_is_to_be_done_before_it_can_be_closed(said, why):
    refused = breach_rules.close_refusal(dict.fromkeys(breach_rules.LABELS, "") | {"part": "controller"} | said)
    assert (refused is None) if why is None else why in refused


@pytest.mark.django_db
class TestRegister:
    def test_who_reads_and_who_writes(self):
        breach = breach_of(make_staff("counsel"))
        for role in ("analyst", "approver", "custodian", "administrator", "preservation_admin"):
            person = make_staff(role)
            client = client_for(person)
            for url in ("/staff/breaches/", "/staff/breaches/new/", url_of(breach), "/staff/breaches/export/"):
                answer = client.get(url)
                assert (answer.status_code, STOLEN in answer.content.decode()) == (403, False), (role, url)
            with pytest.raises(NotAllowed):
                breaches.add(breach, facts(measures="x"), by=person)
        officer = client_for(make_officer())
        assert {officer.get(url).status_code for url in ("/staff/breaches/", url_of(breach))} == {404}
        person = make_staff("auditor")
        auditor, before = client_for(person), AuditEvent.objects.filter(action="request.viewed").count()
        page = auditor.get(url_of(breach))
        assert STOLEN in words(page)
        assert b"<textarea" not in page.content
        assert AuditEvent.objects.latest("pk").actor_id == str(person.pk), "each look has its entry"
        assert before == 0
        assert auditor.post(url_of(breach, "breach_write"), {"action": "close"}).status_code == 403
        assert auditor.get("/staff/breaches/new/").status_code == 403
        with pytest.raises(NotAllowed):
            breaches.close(breach, reason="x", by=person)
        assert list(deadlines_between(make_staff("analyst"), breach.known_at, breach.due_at + HOUR)) == []
        assert [row.label for row in deadlines_between(person, breach.known_at, breach.due_at + HOUR)] == ["Breach 1"]

    def test_steps_are_added_and_nothing_is_overwritten(self):
        dpo = make_staff("dpo")
        breach = breach_of(dpo)
        client = client_for(dpo)
        known = {"known_at": breach.known_at.isoformat(), "kind": "device", "part": "controller"}
        sent = known | {"happened": STOLEN, "concerned": "About 4,000 customers", "measures": "Wiped", "seen": "1"}
        assert client.post(url_of(breach, "breach_write"), sent | {"action": "facts"}).status_code == 302
        page = words(client.get(url_of(breach)))
        assert "About 40 customers, names" in page
        assert "About 4,000 customers" in page
        steps = list(BreachStep.objects.order_by("number"))
        assert [set(step.says) for step in steps][1] == {"concerned", "measures"}, "only what is new"
        entry = AuditEvent.objects.get(action="breach.added")
        kept = json.loads(bytes(entry.payload))["data"]
        assert (kept["step"], kept["fields"]) == (2, ["concerned", "measures"])
        assert len(kept["sha256"]) == 64
        again = client.post(url_of(breach, "breach_write"), sent | {"action": "facts", "seen": "2"})
        assert (again.status_code, "Nothing is new" in words(again)) == (422, True)

    def test_who_was_told_must_fit(self):
        dpo, now = make_staff("dpo"), timezone.now().replace(microsecond=0)
        breach = breach_of(dpo, known_at=now - 80 * HOUR)
        for said, why in (
            (told(authority_told_at=now), "after the 72 hours"),
            (told(authority_told_at=now + HOUR), "between when it was known"),
            (told(authority_told_at=now - 81 * HOUR), "between when it was known"),
            (told(not_told_reason="Encrypted"), "unless no risk"),
            ({"controller_told_at": now}, "A processor tells|as a processor does"),
            (told(), "Nothing is new"),
        ):
            with pytest.raises(PortalError, match=why):
                breaches.note_told(breach, said, by=dpo, at=now)
        with pytest.raises(PortalError, match="not in the future"):
            breaches.add(breach, facts(known_at=now + HOUR), by=dpo, at=now)
        assert BreachStep.objects.count() == 1
        breaches.note_told(breach, told(authority_told_at=now, late_reason="Found late"), by=dpo, at=now)
        assert list(breaches.running()) == []
        with pytest.raises(Incomplete, match="told before"):
            breaches.add(breach, facts(known_at=now + HOUR), by=dpo, at=now + 2 * HOUR)

    def test_no_risk_stops_the_72_hours_and_a_risk_found_later_starts_them_again(self):
        dpo = make_staff("dpo")
        breach = breach_of(dpo, risk="none", consequences="None", measures="Wiped")
        breaches.note_told(breach, told(not_told_reason="Encrypted"), by=dpo)
        assert list(breaches.running()) == []
        breaches.add(breach, facts(known_at=breach.known_at, risk="high", consequences="Fraud", measures="-"), by=dpo)
        assert list(breaches.running()) == [breach]
        assert "the 72 hours run" in words(client_for(dpo).get(url_of(breach)))
        with pytest.raises(PortalError, match="Tell the authority first"):
            breaches.close(breach, reason="Done", by=dpo)

    def test_a_processor_has_no_72_hours_but_a_controller_to_tell(self):
        dpo, at = make_staff("dpo"), timezone.now()
        with pytest.raises(Incomplete, match="for whom"):
            breach_of(dpo, part="processor")
        breach = breach_of(dpo, part="processor", controller="Nordsee Bank")
        assert breach.due_at is None
        remind(at=at + 80 * HOUR, only="breach")
        remind(at=at + 25 * HOUR, only="breach_controller")
        mails = OutboundMessage.objects.order_by("pk")
        assert [row.event for row in mails] == ["breach_controller"] * 2
        assert not any("Nordsee" in f"{row.subject}{row.body_text}" for row in mails)
        page = words(client_for(dpo).get(url_of(breach)))
        assert "When was the controller told?" in page
        assert "When was the authority told?" not in page
        with pytest.raises(PortalError, match="A processor tells"):
            breaches.note_told(breach, told(authority_told_at=at), by=dpo)
        ours = breaches.add(breach, facts(known_at=breach.known_at), by=dpo)
        assert ours.due_at == breach.known_at + 72 * HOUR, "it turns out that we decide about these data"
        assert OutboundMessage.objects.filter(event="breach_noted").count() == 1

    def test_a_stale_page_is_refused_and_takes_nothing_back(self):
        dpo, counsel = make_staff("dpo"), make_staff("counsel")
        breach = breach_of(dpo)
        breaches.add(breach, facts(known_at=breach.known_at, measures="Wiped at noon"), by=counsel, seen="1")
        mine = {key: value for key, value in facts(consequences="Fraud").items() if key != "known_at"}
        sent = mine | {"known_at": breach.known_at.isoformat(), "action": "facts", "seen": "1"}
        client = client_for(dpo)
        late = client.post(url_of(breach, "breach_write"), sent)
        assert (late.status_code, "Somebody else wrote here" in words(late)) == (422, True)
        form = late.context["facts_form"]
        assert (form["consequences"].value(), form["measures"].value()) == ("Fraud", "Wiped at noon")
        client.post(url_of(breach, "breach_write"), form.data | {"seen": late.context["seen"]})
        breach.refresh_from_db()
        assert (breach.consequences, breach.measures, breach.version) == ("Fraud", "Wiped at noon", 3)

    def test_open_closed_and_the_file(self):
        dpo = make_staff("dpo")
        client = client_for(dpo)
        done = breach_of(dpo, risk="none", consequences="=HYPERLINK(1)", measures="Wiped")
        breaches.note_told(done, told(not_told_reason="Encrypted"), by=dpo)
        client.post(url_of(done, "breach_write"), {"action": "close", "seen": "2", "closed_reason": "All done"})
        breach_of(dpo)
        assert "Breach 2" in words(client.get("/staff/breaches/"))
        assert "Breach 1" not in words(client.get("/staff/breaches/"))
        assert "Breach 1" in words(client.get("/staff/breaches/?show=closed"))
        assert "nothing about it changes" in words(client.get(url_of(done)))
        with pytest.raises(NotAllowed, match="closed"):
            breaches.add(done, facts(measures="More"), by=dpo)
        assert client.post("/staff/breaches/export/", {"file_type": "csv", "reason": " "}).status_code == 422
        answer = client.post("/staff/breaches/export/", {"file_type": "csv", "reason": "Audit 2026"})
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode().lstrip("\ufeff"))))
        assert [(row["Number"], row["Why it is closed"]) for row in rows] == [
            ("Breach 1", "All done"),
            ("Breach 2", ""),
        ]
        assert rows[0]["Likely consequences"].startswith("'=")
        started = AuditEvent.objects.get(action="breach.list_export_started")
        assert (started.reason, started.actor_id) == ("Audit 2026", str(dpo.pk))


@pytest.mark.django_db
@pytest.mark.usefixtures("company", "quick_letter")
def test_mistakes_stand_in_the_register_for_who_may_see_the_request():
    package = released_package(granted_request())
    mistake = called_back(package, cause="wrong_account", confirmed=False).mistake
    dpo, auditor = make_staff("dpo"), make_staff("auditor")
    type(mistake).objects.update(assessment="Twelve rows of somebody else")
    [row], more = breach_register.listed(dpo, closed=False)
    assert (row.runs, row.kind, more) == (mistake.due_at, "Mistaken disclosure", False)
    assert row.url.endswith("/recall/mistake/")
    [read], _more = breach_register.listed(auditor, closed=False)
    assert read.url.endswith("/recall/"), "an auditor reads where it stands, not what counsel wrote"
    for person, there in ((dpo, True), (auditor, False)):
        said = b"".join(breach_register.content(breach_register.start(form="csv", reason="x", by=person))).decode()
        assert ("Twelve rows" in said, mistake.reference in said) == (there, True)
    assert breach_register.listed(make_staff("analyst"), closed=False) == ([], False)
    type(package.data_request).objects.update(restricted=True)
    assert breach_register.listed(dpo, closed=False) == ([], False)
    assert breach_register.counted(dpo) == {False: 0, True: 0}


@pytest.mark.usefixtures("committed_db")
def test_two_close_at_once_and_two_numbers_are_never_one():
    dpo, counsel = make_staff("dpo"), make_staff("counsel")
    results = race(lambda: breach_of(dpo), lambda: breach_of(counsel))
    assert sorted(row.number for row in results) == [1, 2]
    done = results[0]
    breaches.add(done, facts(known_at=done.known_at, risk="none", consequences="-", measures="-"), by=dpo)
    done = breaches.note_told(done, told(not_told_reason="Encrypted"), by=dpo)
    one_effect(
        race(*(lambda by=by: breaches.close(done, reason="Done", by=by, seen="3") for by in (dpo, counsel))),
        (NotAllowed, Stale),
    )
    assert Breach.objects.get(pk=done.pk).steps.count() == 4
    assert AuditEvent.objects.filter(action="breach.closed").count() == 1
