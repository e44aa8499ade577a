"""An identifier that leads to several accounts, what the officer is told, and the papers about what was kept."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.documents import services as documents
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.connectors.demo import cases
from preservation.models import HeldIdentifier, PreservationHold
from preservation.services import certificates, choosing, execution
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db
NAMED = (("phone", cases.PHONE_OF_TWO), ("email", cases.EMAIL_OTHER_ENTITY))
PDF = b"%PDF-1.7 a certificate"


@pytest.fixture(autouse=True)
def _no_typesetter(monkeypatch):
    monkeypatch.setattr(certificates.paper, "render_pdf", lambda template, context: PDF)


def carried_out(hold, at=None):
    """Let the demo company do what is due."""
    at = at or PreservationHold.objects.get(pk=hold.pk).starts_at
    for _n in range(8):
        execution.sweep(at=at)
        jobs.sweep(at=at)
        at += timedelta(seconds=30)
    hold.refresh_from_db()
    return hold


@pytest.fixture
def admin():
    return make_staff("preservation_admin", full_name="Priya Raman")


@pytest.fixture
def hold(admin):
    made = hold_of(at=timezone.now() - timedelta(hours=1), identifiers=NAMED)
    PreservationHold.objects.filter(pk=made.pk).update(acceptance="rule")
    return carried_out(made)


def phone(hold) -> HeldIdentifier:
    return hold.identifiers.get(kind="phone")


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_person_chooses_one_and_its_records_are_kept(hold, admin):
    item = phone(hold)
    assert {found["uid"] for found in item.candidates} == {cases.ACCOUNT_A, cases.ACCOUNT_C}
    assert (hold.snapshot, item.account) == ({"accounts": []}, "")
    assert OutboundMessage.objects.get(event="hold_to_choose").to_user == admin
    before = hold.certificate
    choosing.choose(item, account=cases.ACCOUNT_C, reason="The number is on file since 2024.", by=admin)
    hold = carried_out(hold, timezone.now())
    assert [kept["account"] for kept in hold.snapshot["accounts"]] == [cases.ACCOUNT_C]
    assert hold.certificate == before  # the officer sees no difference
    entry = entries_for(hold).get(action="hold.account_chosen")
    assert (entry.reason, entry.actor_id) == ("The number is on file since 2024.", str(admin.pk))
    with pytest.raises(TransitionRefused, match="Priya Raman chose already"):
        choosing.choose(
            phone(hold), account=cases.ACCOUNT_A, reason="No, this one.", by=make_staff("preservation_admin")
        )


def test_a_choice_that_our_systems_are_slow_with_tells_the_officer_nothing(hold, admin):
    later = hold.starts_at + timedelta(days=3)
    choosing.choose(phone(hold), account=cases.ACCOUNT_C, reason="It is on file.", by=admin, at=later)
    execution.sweep(at=later)
    for hours in (0, 2, 30):
        execution.work(hold.pk, at=later + timedelta(hours=hours, minutes=1))
    assert not OutboundMessage.objects.filter(event="hold_delayed").exists()
    assert OutboundMessage.objects.filter(event="hold_failed", to_user=admin).exists()


def test_none_is_an_answer_that_can_be_mended(hold, admin):
    choosing.choose(phone(hold), account=choosing.NONE, reason="Neither name fits.", by=admin)
    assert not execution.to_choose(hold).exists()
    choosing.choose(phone(hold), account=cases.ACCOUNT_A, reason="The officer named him.", by=admin)
    assert phone(hold).account == cases.ACCOUNT_A


def test_what_cannot_be_chosen_and_who_cannot_choose(hold, admin):
    item = phone(hold)
    with pytest.raises(NotAllowed, match="Choose one of the accounts that were found"):
        choosing.choose(item, account=cases.ACCOUNT_B, reason="Because.", by=admin)
    with pytest.raises(Incomplete):
        choosing.choose(item, account=cases.ACCOUNT_A, reason=" ", by=admin)
    with pytest.raises(NotAllowed):
        choosing.choose(item, account=cases.ACCOUNT_A, reason="Because.", by=make_staff("analyst"))
    other = hold.identifiers.get(kind="email")
    with pytest.raises(TransitionRefused, match="nothing to choose"):
        choosing.choose(other, account=choosing.NONE, reason="Because.", by=admin)
    hold.identifiers.filter(pk=item.pk).update(account=cases.ACCOUNT_A, released_at=timezone.now())
    HeldIdentifier.objects.filter(pk=other.pk).update(match_result="ambiguous", candidates=item.candidates)
    with pytest.raises(TransitionRefused, match="released from the hold"):
        choosing.choose(other, account=cases.ACCOUNT_A, reason="Because.", by=admin)


def test_the_page_of_the_choice(hold, admin):
    client, item = client_for(admin), phone(hold)
    url = f"/staff/holds/{hold.reference}/identifiers/{item.pk}/"
    shown = text(client.get(f"/staff/holds/{hold.reference}/"))
    assert "Choose the account for" in shown
    assert "Nothing is kept here: legal process must name that company" in shown
    page = text(client.get(url))
    assert f"{cases.ACCOUNT_A}: J••• H•••" in page
    assert "Hagelund" not in page
    wrong = client.post(url, {"account": cases.ACCOUNT_A, "reason": ""})
    assert (wrong.status_code, phone(hold).account) == (422, "")
    assert re.search(rf'value="{cases.ACCOUNT_A}"[^>]*\bchecked', wrong.content.decode())
    assert client.post(url, {"account": "none", "reason": "Neither fits."}).status_code == 302
    assert "Priya Raman found that none of them is meant" in text(client.get(f"/staff/holds/{hold.reference}/"))
    choosing.choose(phone(hold), account=cases.ACCOUNT_A, reason="It is he.", by=admin)
    late = client.post(url, {"account": cases.ACCOUNT_C, "reason": "She."}, follow=True)
    assert "Priya Raman chose already" in text(late)
    reader = client_for(make_staff("analyst"))
    assert "Choose the account for" not in text(reader.get(f"/staff/holds/{hold.reference}/"))
    assert reader.get(url).status_code == 403


def test_the_officer_reads_what_was_found_only_where_the_company_says_so(hold, admin):
    officer = client_for(hold.officer)
    url = f"/holds/{hold.reference}/"
    secret = ("several accounts", "Another company", cases.ACCOUNT_A, "What was found")
    assert not [word for word in secret if word in text(officer.get(url))]
    hold.provider.hold_tells_results = True
    hold.provider.save()
    PreservationHold.objects.filter(pk=hold.pk).update(acceptance="pending")
    assert not [word for word in secret if word in text(officer.get(url))]
    PreservationHold.objects.filter(pk=hold.pk).update(acceptance="rule")
    page = text(officer.get(url))
    assert "It can mean several accounts: a person here looks at it" in page
    assert "Another company of our group holds it" in page
    assert cases.ACCOUNT_A not in page
    seen = entries_for(hold).filter(action="hold.results_viewed")
    assert [entry.actor_id for entry in seen] == [str(hold.officer_id)]


def test_the_manifest_as_a_file_is_for_staff_and_noted(hold, admin):
    choosing.choose(phone(hold), account=cases.ACCOUNT_A, reason="It is he.", by=admin)
    carried_out(hold, timezone.now())
    answer = client_for(admin).get(f"/staff/holds/{hold.reference}/manifest.json")
    facts = json.loads(answer.content)
    assert facts["accounts"][0]["files"][-1]["first_day"] == "2025-03-01"
    assert re.fullmatch("[0-9a-f]{64}", facts["accounts"][0]["files"][0]["sha256"])
    assert "attachment" in answer["Content-Disposition"]
    assert entries_for(hold).filter(action="hold.manifest_downloaded", actor_id=str(admin.pk)).count() == 1
    assert client_for(hold.officer).get(f"/staff/holds/{hold.reference}/manifest.json").status_code in {302, 404}
    page = text(client_for(admin).get(f"/staff/holds/{hold.reference}/"))
    assert "1 Mar 2025 to 30 Sep 2025" in page


def test_earlier_certificates_stay_readable_for_those_who_may_read_the_hold(hold, admin):
    first = hold.certificate
    PreservationHold.objects.filter(pk=hold.pk).update(
        certificate=None, expires_at=hold.expires_at + timedelta(days=90), work_at=timezone.now()
    )
    carried_out(hold, timezone.now())
    assert hold.certificate not in {None, first}
    officer = client_for(hold.officer)
    assert "Earlier certificates" in text(officer.get(f"/holds/{hold.reference}/"))
    old = f"certificates/{first.uid}.pdf"
    for client, page in (
        (officer, f"/holds/{hold.reference}/"),
        (client_for(admin), f"/staff/holds/{hold.reference}/"),
    ):
        assert b"".join(client.get(page + old)) == PDF
    stranger = client_for(make_officer())
    assert stranger.get(f"/holds/{hold.reference}/{old}").status_code == 404
    foreign = documents.write_generated(PDF, filename="x.pdf", media_type="application/pdf", purpose="x", by=None)
    assert officer.get(f"/holds/{hold.reference}/certificates/{foreign.uid}.pdf").status_code == 404


def test_trying_again_is_offered_where_something_failed(admin, monkeypatch):
    make_provider()
    held = hold_of(at=timezone.now() - timedelta(hours=1), identifiers=(("uid", cases.ACCOUNT_A),))
    PreservationHold.objects.filter(pk=held.pk).update(categories=["devices"])
    execution.work(held.pk, at=held.starts_at)
    job = jobs.jobs_of(execution.OWNER, held.pk)[0]
    type(job).objects.filter(pk=job.pk).update(state="given_up", last_error="No such records.")
    client = client_for(admin)
    page = text(client.get(f"/staff/holds/{held.reference}/"))
    assert "No such records. Given up." in page
    assert "Try again now" in page
    again = client.post(f"/staff/holds/{held.reference}/again/", follow=True)
    assert "Our systems are asked again" in text(again)
    job.refresh_from_db()
    assert job.state == "pending"
    assert client.get(f"/staff/holds/{held.reference}/again/").status_code == 302
