"""The checks as jobs: done once, tried again, said when they could not be done, and shown worst first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus, SignalKind, SignalOutcome
from accounts.events import Event
from accounts.evidence.finding import passed, unknown
from accounts.guards import second_person_reasons
from accounts.models import AccessApplication, DeclaredConflict, VettingSignal
from accounts.services import applications, signals, vetting
from accounts.tasks import run_signal, sweep
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, PortalError, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from tests.accounts.applied import applied
from tests.accounts.dns_server import SILENT
from tests.accounts.factories import make_application
from tests.accounts.helpers import page, words
from tests.documents.files import make_pdf
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
ALL = len(SignalKind)


def outcomes(application):
    return {SignalKind(row.kind): SignalOutcome(row.outcome) for row in application.signals.all()}


def answer(monkeypatch, found, *kinds):
    """Let these checks (all, if none is named) answer so."""
    answers = {kind: (lambda _application: found) for kind in kinds or SignalKind}
    monkeypatch.setattr(signals, "CHECKS", {**signals.CHECKS, **answers})


def test_an_honest_officer_and_an_impostor(dns_server):
    agency = make_agency("Northmoor Police", domain="northmoor-police.example", country="GB")
    honest = applied(agency, email="s.carrow@northmoor-police.example", full_name="Sarah Carrow", phone="+442079460999",
                     document=("card.pdf", make_pdf()))  # fmt: skip
    dns_server.add("northmoor-police-uk.example", "MX", "10 mx.zoho.com.")
    forger = applied(
        agency, email="info@northmoor-police-uk.example", full_name="Mark Hollis", phone="+447911123456",
        signup_country="NG", document=("card.pdf", make_pdf(pages=2)),
    )  # fmt: skip
    for application in (honest, forger):
        signals.plan(application)
    assert sweep() >= 2 * ALL
    fine = outcomes(honest)
    assert {kind for kind, found in fine.items() if found in {SignalOutcome.FAIL, SignalOutcome.UNKNOWN}} == set()
    assert fine[SignalKind.VOUCHED] == SignalOutcome.NONE
    bad = outcomes(forger)
    assert {kind for kind, found in bad.items() if found == SignalOutcome.FAIL} == {
        SignalKind.DOMAIN, SignalKind.LOOK_ALIKE,
    }  # fmt: skip
    assert {kind for kind, found in bad.items() if found == SignalOutcome.WARN} >= {
        SignalKind.MAILBOX, SignalKind.MAIL_SERVER, SignalKind.COUNTRY, SignalKind.PHONE,
    }  # fmt: skip
    assert not forger.signals.filter(explanation="").exists()
    assert not forger.signals.filter(checked_at=None).exists()
    honest.refresh_from_db()
    assert honest.document_marks["sha256"] == honest.identity_document.sha256


def test_every_kind_has_its_check():
    assert set(signals.CHECKS) == set(SignalKind)


def test_a_check_is_done_once_by_whoever_claims_it():
    application = make_application(make_agency())
    signals.check_again(application, by=make_staff("analyst"))
    waiting = list(application.signals.filter(state=JobState.PENDING))
    assert len(waiting) == ALL
    run_signal(waiting[0].pk)
    run_signal(waiting[0].pk)
    assert application.signals.filter(state=JobState.PENDING).count() == ALL - 1
    sweep()
    assert not VettingSignal.objects.exclude(state=JobState.DONE).exists()


def test_a_check_that_breaks_is_tried_again_and_in_the_end_says_that_it_could_not_be_done(monkeypatch):
    application, at = make_application(make_agency()), timezone.now()
    signals.check_again(application, by=make_staff("analyst"), at=at)
    monkeypatch.setattr(signals, "CHECKS", dict.fromkeys(SignalKind, lambda _application: 1 / 0))
    sweep()
    row = application.signals.first()
    assert (row.state, row.attempts) == (JobState.PENDING, 1)
    assert "ZeroDivisionError" in row.last_error
    for hours in range(1, signals.TRIES):
        signals.sweep(at=at + timedelta(hours=2 * hours))
    row.refresh_from_db()
    assert (row.state, row.outcome) == (JobState.GIVEN_UP, SignalOutcome.UNKNOWN)
    assert row.evidence == "Could not be checked: the check broke 5 times (ZeroDivisionError)."
    assert row.explanation
    assert row.checked_at is not None
    assert any("could not be done" in why for why in second_person_reasons(application))


def test_an_answer_for_now_is_shown_and_asked_for_again_by_itself(dns_server, monkeypatch):
    monkeypatch.setattr("accounts.evidence.resolver.LIFETIME", 0.2)
    application, at = applied(make_agency(), email="a@slow.test"), timezone.now()
    dns_server.say("slow.test", SILENT)
    signals.plan(application, at=at)
    signals.sweep(at=at)
    row = application.signals.get(kind=SignalKind.MAIL_SERVER)
    assert (row.state, row.outcome) == (JobState.PENDING, SignalOutcome.UNKNOWN)
    assert row.evidence.startswith("Could not be checked: no name server answered")
    dns_server.clear()
    dns_server.add("slow.test", "MX", "0 .")
    signals.sweep(at=at + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.state, row.outcome) == (JobState.DONE, SignalOutcome.FAIL)


def test_an_answer_for_now_becomes_the_answer_after_its_tries(monkeypatch):
    application, at = make_application(make_agency()), timezone.now()
    answer(monkeypatch, unknown("Could not be checked: nobody is there.", "Wait.", tries=2))
    signals.check_again(application, by=make_staff("analyst"), at=at)
    signals.sweep(at=at)
    assert application.signals.filter(state=JobState.PENDING).count() == ALL
    signals.sweep(at=at + timedelta(hours=1))
    assert set(application.signals.values_list("state", "outcome")) == {(JobState.DONE, SignalOutcome.UNKNOWN)}


def test_nothing_to_check_is_no_doubt(monkeypatch):
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    assert not any("check" in why for why in second_person_reasons(application))
    application.signals.filter(kind=SignalKind.VOUCHED).update(outcome=SignalOutcome.NONE)
    assert not any("check" in why for why in second_person_reasons(application))
    application.signals.filter(kind=SignalKind.VOUCHED).update(outcome=SignalOutcome.UNKNOWN)
    assert any("Vouched" in why for why in second_person_reasons(application))


def test_sending_again_forgets_what_was_found_and_asking_again_does_not():
    application = make_application(make_agency())
    signals.check_again(application, by=make_staff("analyst"))
    assert not application.signals.filter(evidence="").exists()
    signals.plan(application)
    assert set(application.signals.values_list("outcome", "evidence", "checked_at")) == {("unknown", "", None)}


def test_a_changed_answer_leaves_an_entry(monkeypatch):
    application = make_application(make_agency())
    application.signals.filter(kind=SignalKind.DOMAIN).update(outcome=SignalOutcome.FAIL)
    answer(monkeypatch, passed("Fine.", "Nothing."), SignalKind.DOMAIN)
    signals.check_again(application, by=make_staff("analyst"))
    sweep()
    entry = AuditEvent.objects.get(action=Event.SIGNAL_CHANGED)
    assert entry.object_label == application.reference
    assert b'"check":"domain"' in bytes(entry.payload).replace(b" ", b"")


@pytest.mark.parametrize("status", ["approved", "rejected", "withdrawn", "suspended", "lapsed"])
def test_after_the_decision_the_evidence_stays(status):
    application, analyst = make_application(make_agency()), make_staff("analyst")
    AccessApplication.objects.filter(pk=application.pk).update(status=status)
    before = list(application.signals.order_by("pk").values())
    with pytest.raises(TransitionRefused, match="stays as it was decided on"):
        signals.check_again(application, by=analyst)
    assert list(application.signals.order_by("pk").values()) == before
    assert not AuditEvent.objects.filter(action=Event.SIGNALS_ASKED).exists()


def test_nobody_asks_for_checks_again_and_again():
    application, analyst, at = make_application(make_agency()), make_staff("analyst"), timezone.now()
    for _time in range(signals.ASKED_AGAIN.most):
        signals.check_again(application, by=analyst, at=at)
    with pytest.raises(PortalError, match="Wait a little"):
        signals.check_again(application, by=analyst, at=at)
    signals.check_again(application, by=analyst, at=at + timedelta(minutes=11))


def test_who_may_ask_again():
    agency = make_agency()
    application, analyst = make_application(agency), make_staff("analyst")
    for other in (make_staff("auditor"), make_officer(agency), application.user):
        with pytest.raises(NotAllowed):
            signals.check_again(application, by=other)
    DeclaredConflict.objects.create(user=analyst, agency=agency, reason="x", declared_at=timezone.now())
    with pytest.raises(NotAllowed):
        signals.check_again(application, by=analyst)


def test_sending_more_plans_the_checks_again(monkeypatch):
    application = make_application(make_agency(), document=True)
    documents.process(application.identity_document, at=timezone.now())
    vetting.take(application, by=make_staff("analyst"))
    AccessApplication.objects.filter(pk=application.pk).update(status=ApplicationStatus.ACTION_NEEDED)
    monkeypatch.setattr(applications, "missing", lambda _row: [])
    applications.submit(AccessApplication.objects.get(pk=application.pk), by=application.user)
    assert application.signals.filter(state=JobState.PENDING, checked_at=None).count() == ALL


# The page ------------------------------------------------------------------------------------------------------------
def test_the_page_shows_the_worst_first_and_what_still_runs():
    application = make_application(make_agency())
    client, url = client_for(make_staff("analyst")), f"/staff/access/{application.reference}/"
    application.signals.filter(kind=SignalKind.PHONE).update(outcome=SignalOutcome.FAIL, evidence="A pager.")
    application.signals.filter(kind=SignalKind.VOUCHED).update(state=JobState.PENDING, checked_at=None)
    table = page(client.get(url)).select_one("[aria-labelledby=signals]")
    rows = [" ".join(row.get_text(" ").split()) for row in table.select("tbody tr")]
    assert len(rows) == ALL
    assert rows[0].startswith("Phone Failed A pager.")
    assert "Vouched for Not done yet" in " ".join(rows)
    assert "1 check still to be done" in " ".join(table.get_text(" ").split())
    sweep()
    assert "Checked" in words(client.get(url))


def test_other_applications_are_linked_for_those_who_may_see_them():
    agency = make_agency()
    first = make_application(agency, phone="+4722999999")
    second = make_application(agency, phone="+4722999999")
    draft = make_application(agency)
    AccessApplication.objects.filter(pk=draft.pk).update(status=ApplicationStatus.DRAFT, submitted_at=None)
    second.signals.filter(kind=SignalKind.MAILBOX).update(evidence=f"<b>{draft.reference}</b> at kripos.test")
    table = page(client_for(make_staff("analyst")).get(f"/staff/access/{second.reference}/")).select_one(
        "[aria-labelledby=signals]"
    )
    links = {link.get_text(): link["href"] for link in table.select("a")}
    assert links == {first.reference: f"/staff/access/{first.reference}/"}
    assert f"<b>{draft.reference}</b> at" in table.get_text(), "nothing of the evidence is markup"
    assert "kripos.test" in [code.get_text() for code in table.select(".app-code")]


def test_check_again_is_a_button_while_it_may_be_done():
    application, analyst = make_application(make_agency()), make_staff("analyst")
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    assert page(client.get(url)).select(f"form[action='{url}check/'] button")
    assert client.post(f"{url}check/").status_code == 302
    assert application.signals.filter(state=JobState.PENDING).count() == ALL
    AccessApplication.objects.filter(pk=application.pk).update(status=ApplicationStatus.WITHDRAWN)
    assert not page(client.get(url)).select(f"form[action='{url}check/'] button")
    assert "stays as it was decided on" in words(client.post(f"{url}check/", follow=True))
