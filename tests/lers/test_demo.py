"""The demo's data: complete, made once, finished after a crash, and nowhere but in a demo."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as in_force
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models import AccessApplication, AgencyNumber, AuthenticatorApp
from foundation.audit import verification
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from foundation.providers.connectors.demo import cases as accounts
from lers.demo import access, cases, countries, custodian, desk, holds, load, people, urgent
from lers.demo.due import end_bar
from preservation.models import PreservationHold
from requests_app.deadlines import ACKNOWLEDGE_WITHIN
from requests_app.enums import Channel, NoticeStatus, PackageStatus
from requests_app.models import (
    Certificate,
    CollectedFile,
    DataRequest,
    DisclosurePackage,
    LaterAsk,
    Proposal,
    Recall,
    RestrictionQuestion,
    UserNotice,
)
from requests_app.notice_enums import NoticeWait
from requests_app.services import certificates, costs, decisions, downloads, issued, recalls, taking_out
from tests.factories import request_at
from tests.requests_app.records.steps import granted_request

ROLES = {"officer", "lead", "analyst", "approver", "preservation_admin", "auditor", "administrator"}


@pytest.fixture
def demo(db, settings, tmp_path):
    settings.DEMO, settings.SIGNING_AUTHORITY_DIR = True, str(tmp_path / "authority")


def run(*words):
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("words", [("load_demo",), ("demo_credentials",), ("make_due_request", "MX-26-2GY27EN")])
def test_refused_outside_the_demo(words, db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="for the demo only"):
        run(*words)


@pytest.mark.parametrize("words", [("load_demo",), ("demo_credentials",), ("make_due_request", "MX-26-2GY27EN")])
def test_refused_in_production_whatever_else_is_set(words, db, settings):
    settings.DEMO = settings.PRODUCTION = True
    with pytest.raises(CommandError, match="for the demo only"):
        run(*words)


def test_credentials_name_every_role_once_with_what_it_takes_to_sign_in(settings):
    settings.DEMO = True
    listed = json.loads(run("demo_credentials"))
    known = {"role", "email", "password", "totp_secret"}
    for person in listed:
        assert set(person) == known | ({"signing_pin"} if person["role"] == "custodian" else set())
    roles = [person["role"] for person in listed]
    assert set(roles) >= ROLES
    assert len(roles) == len(set(roles))
    assert all(len(person["password"]) >= 15 for person in listed)


@pytest.mark.slow
def test_the_whole_demo(demo):
    first = load.load()
    # a lapsed officer, a suspended one, a type that is not taken, rules for routing, a rota, an absence; the key of the
    # custodian, a signed certificate and a draft; a batch of Sahyog and two takedown notices; mails and a letter;
    # emergencies without an account
    others = 6 + 3 + 3 + 2 + len(urgent.TOLD)
    requests = len(cases.CASES) + len(countries.CASES)
    assert len(first) == requests + len(holds.HOLDS) + len(access.APPLICANTS) + others
    assert load.load() == []
    _every_stage_is_there()
    _records_are_out()
    _the_draft_is_of_today()
    _the_past_was_acknowledged()
    _the_directory_took_two_people()
    for person in people.credentials():
        _signs_in(person)
    assert verification.verify().unsealed > 100


def _the_past_was_acknowledged():
    """Receipts of days ago are not sent now: they were taken within the time we promise."""
    sent = DataRequest.objects.filter(channel=Channel.PORTAL, submitted_at__lt=timezone.now() - ACKNOWLEDGE_WITHIN)
    assert sent.exists()
    for row in sent:
        assert row.acknowledged_at is not None, row.reference
        assert row.acknowledged_at - row.submitted_at < ACKNOWLEDGE_WITHIN
        receipt = OutboundMessage.objects.get(dedupe_key__startswith=f"request:{row.pk}:received:")
        assert receipt.sent_at == row.acknowledged_at
        assert receipt.deliveries.count() == 1


def _every_stage_is_there():
    requests = sorted(DataRequest.objects.values_list("status", flat=True))
    assert requests == sorted(
        ["draft"] * 4 + ["submitted"] * 7 + ["in_review"] * 4 + ["awaiting_officer"] * 2 + ["granted"] * 3
        + ["produced"] * 3 + ["closed"] * 4 + ["awaiting_approval", "refused", "redirected"]
    )  # fmt: skip
    told = OutboundMessage.objects.filter(event="user_notice").order_by("to_address")
    addresses = [letter.to_address for letter in told]
    assert addresses == ["nordlys.trading@mail.example", "s.desrosiers@mail.example"]
    assert [letter.sent_at - letter.created_at for letter in told] == [timedelta(seconds=4)] * 2
    _what_waits_for_a_second_look()
    applications = AccessApplication.objects.order_by("status")
    # Two belong to emergencies of officers without an account, who have not followed the link yet.
    statuses = ["email_pending"] * 2 + ["in_review"] + ["submitted"] * 3
    assert list(applications.values_list("status", flat=True)) == statuses
    assert all(application.identity_document.pages.exists() for application in applications[2:])
    _what_waits_can_be_signed()
    assert PreservationHold.objects.filter(status="expired").count() == 1
    assert PreservationHold.objects.filter(extensions__status="requested").count() == 2
    urgent = set(OutboundMessage.objects.filter(urgent=True).values_list("event", flat=True))
    assert urgent == {
        "emergency_alert", "urgent_contact", "access_confirm_urgent", "review_started", "decision_waits",
        "decision_made", "records_ready", "records_stopped",
    }  # fmt: skip


def _records_are_out():
    """One package left with a certificate, one is called back after a mistake, and of a deleted one more is asked."""
    now, officer = timezone.now(), people.who("officer")
    (signed,) = Certificate.objects.filter(status="signed")
    assert signed.stamped_at == signed.signed_at < now - timedelta(days=6)
    assert downloads.refusal(signed.package, user=officer, kind=downloads.Kind.ARCHIVE, at=now) is None
    assert downloads.refusal(signed.package, user=officer, kind=downloads.Kind.CERTIFICATE, at=now) is None
    assert issued.of_hash(signed.signed.sha256).verdict == issued.of_code(signed.check_code).verdict == "issued"
    recall = Recall.objects.get()
    assert (recall.status, recall.mistake.decided_at, recall.called_by) == ("waiting", None, people.who("approver"))
    assert recall.mistake.due_at > now + timedelta(days=2)
    assert [taker.user for taker in recalls.takers(recall.package)] == [officer]
    purged = DisclosurePackage.objects.get(status=PackageStatus.PURGED)
    assert downloads.refusal(purged, user=officer, kind=downloads.Kind.LETTER, at=now) is None
    (asked,) = LaterAsk.objects.filter(status="open", package=purged)
    assert [*costs.sums(asked.data_request)] == [("EUR", Decimal("186.00"))]


def _the_draft_is_of_today():
    """A draft of the day before cannot be signed: the next start drafts it for its own day."""
    tomorrow = timezone.now() + timedelta(days=1)
    assert list(custodian.ensure(now=tomorrow)) == []
    (draft,) = certificates.to_sign(people.who("custodian"))
    assert draft.facts["executed_on"] == tomorrow.date().isoformat()


def _what_waits_for_a_second_look():
    """Objection, waiver, joint account, question of a customer, an export with rows outside: each once, undecided."""
    notices = UserNotice.objects.order_by("status", "pk")
    statuses = ["objected", *["planned"] * 2, *["postponed"] * 4, "sent"]
    assert [notice.status for notice in notices] == statuses
    (objected,) = notices.filter(status=NoticeStatus.OBJECTED)
    assert (objected.account, objected.objection_decided_at) == (accounts.ACCOUNT_LINKED, None)
    (joint,) = notices.filter(waits_for=NoticeWait.ANALYST)
    assert (joint.account, joint.looks, joint.sent_at) == (accounts.ACCOUNT_JOINT, ["joint"], None)
    (never,) = notices.exclude(waiver_reason="")
    assert (never.account, never.waiver_approved_by) == (accounts.ACCOUNT_CLOSED, None)
    asked = RestrictionQuestion.objects.get()
    assert (asked.account, asked.answer, asked.decision) == (never.account, "ask_legal", "")
    blocked = DisclosurePackage.objects.get(status=PackageStatus.BLOCKED)
    wrong = CollectedFile.objects.filter(export__package=blocked, outside__gt=0)
    assert {*wrong.values_list("taken_out_at", flat=True)} == {None}
    assert all([*file.findings] == ["period"] and taking_out.rows_outside(file) == file.outside for file in wrong)
    # The company itself makes no such mistake: who collects again gets what was granted.
    assert "days_early" not in blocked.data_request.provider.connector_settings


def _what_waits_can_be_signed():
    waiting = list(Proposal.objects.filter(status="proposed"))
    assert waiting
    assert [decisions.changes(proposal) for proposal in waiting] == [[]] * len(waiting)


def _the_directory_took_two_people():
    numbers = list(AgencyNumber.objects.all())
    assert len(numbers) == 7
    assert all(n.confirmed_by_id and n.entered_by_id and n.confirmed_by_id != n.entered_by_id for n in numbers)


def _signs_in(person):
    browser = Client()
    said = {"email": person["email"], "password": person["password"], "rules": in_force.RULES_VERSION}
    browser.post("/sign-in/", said)
    device = AuthenticatorApp.objects.get(user__email=person["email"])
    code = TOTP(device.bin_key)
    code.time = time.time()
    answer = browser.post("/sign-in/factor/", {"factor": "totp", "code": f"{code.token():06}"})
    assert answer.status_code == 302, person["role"]
    assert browser.get("/account/").status_code == 200, person["role"]
    assert EmailAddress.objects.get(email=person["email"]).verified


def test_a_crash_in_the_middle_leaves_no_half_case(demo, monkeypatch):
    monkeypatch.setattr(holds, "HOLDS", ())
    monkeypatch.setattr(countries, "CASES", ())
    monkeypatch.setattr("lers.demo.access.APPLICANTS", ())
    monkeypatch.setattr(cases, "CASES", [case for case in cases.CASES if case.name in {"refused", "draft"}])
    with monkeypatch.context() as broken:
        broken.setattr(desk, "sign", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load.load()
    assert not DataRequest.objects.exists()
    assert load.load()[:2] == ["request, refused", "request, draft"]
    assert load.load() == []
    _the_past_was_acknowledged()


def test_a_question_is_made_due(demo):
    asked = request_at("awaiting_officer")
    assert "open question" in run("make_due_request", asked.reference.lower())
    assert asked.clarifications.get().due_at < timezone.now()
    event = AuditEvent.objects.get(action="demo.made_due")
    assert event.object_label == asked.reference
    with pytest.raises(CommandError, match="no question, notice or package waits"):
        run("make_due_request", asked.reference)


def test_a_bar_is_made_to_end(demo):
    barred = granted_request(barred=True)
    told, now = barred.notices.first(), timezone.now()
    run("make_due_request", barred.reference, "--bar-ends-in", "14")
    bar = barred.non_disclosure_orders.get()
    told.refresh_from_db()
    assert now + timedelta(days=12) < bar.bar_ends_at == told.due_at < now + timedelta(days=14)
    assert bar.confirmed_at < bar.bar_ends_at - timedelta(days=14), "the officer is not reminded"
    assert "is over" in run("make_due_request", barred.reference, "--bar-ends-in", "0")
    told.refresh_from_db()
    assert (told.status, told.due_at <= timezone.now()) == (NoticeStatus.PLANNED, True)
    with pytest.raises(CommandError, match="no confirmed order"):
        run("make_due_request", barred.reference, "--bar-ends-in", "0")


@pytest.mark.parametrize("hour", [9, 12, 21])
def test_a_bar_that_ends_in_a_day_is_not_over_yet(demo, hour):
    barred = granted_request(barred=True)
    at = timezone.now().replace(hour=hour, minute=0) + timedelta(days=1)
    [said] = end_bar(barred.reference, days=1, at=at)
    ends = barred.non_disclosure_orders.get().bar_ends_at
    assert at < ends <= at + timedelta(days=1)
    assert f"ends on {ends:%-d %b %Y, %H:%M} UTC" in said
    assert "is over" in end_bar(barred.reference, days=0, at=at)[0]
    assert barred.non_disclosure_orders.get().bar_ends_at <= at


def test_nothing_to_move(demo):
    with pytest.raises(CommandError, match="There is no request"):
        run("make_due_request", "MX-26-0000000")
