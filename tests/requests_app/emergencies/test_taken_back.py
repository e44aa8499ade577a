"""A call that takes back what records left on, and what the desk reads of odd or refused emergencies."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from foundation.core.errors import Stale
from foundation.notifications.models import OutboundMessage
from requests_app import refusals
from requests_app.enums import RefusalCode, RequestKind
from requests_app.models import DisclosurePackage, DownloadReceipt, MistakenDisclosure, Recall
from requests_app.services import call_backs, decision_paper, decision_texts, downloads, gate, prepared
from requests_app.services.contents import Terms, build
from requests_app.services.emergency_progress import progress
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.emergencies.aftermath import released_emergency
from tests.requests_app.emergencies.gate_steps import calls, supervisor, through_the_gate

pytestmark = pytest.mark.django_db
TELLING = ("did not confirm", "Wrong recipient", "does not confirm")


def released(**columns):
    """An emergency whose gate was passed and whose package can be downloaded."""
    row = through_the_gate(released_emergency(**columns))
    row.packages.update(expires_at=timezone.now() + timedelta(days=7))
    return row


def fetched(row, **changes):
    """The officer took the archive."""
    package, at = row.packages.get(), timezone.now() - timedelta(minutes=3)
    values = {"started_at": at, "finished_at": at, "bytes_sent": 900, "complete": True} | changes
    return DownloadReceipt.objects.create(
        package=package, document=package.archive, user=row.officer, agency_name=row.agency.name, **values
    )


def panel(row, user):
    drawn = page(client_for(user).get(reverse("staff:request", args=[row.reference])))
    return drawn.select_one("#danger").find_parent("section")


@pytest.mark.parametrize(("about", "result"), [("request", "not_confirmed"), ("request", "officer_only"),
                                               ("supervisor", "not_confirmed")])  # fmt: skip
def test_an_answer_that_does_not_confirm_stops_what_is_still_to_be_fetched(about, result):
    row, other = released(), released()
    people, package = row.test_people, row.packages.get()
    OutboundMessage.objects.all().delete()
    assert downloads.refusal(package, user=row.officer, at=timezone.now()) is None
    calls(row, about=about, result=result, spoke_to="Control room")
    package.refresh_from_db()
    assert package.status == "revoked"
    assert "stopped" in downloads.refusal(package, user=row.officer, at=timezone.now())
    assert other.packages.get().status == "released"
    assert Recall.objects.get().called_by == row.assignee
    entry = AuditEvent.objects.get(action="package.revoked")
    assert (entry.actor_id, entry.reason) == ("", "A call to the agency did not confirm this request.")
    told = {(m.event, m.to_user_id) for m in OutboundMessage.objects.all()}
    assert ("records_stopped", row.officer_id) in told
    assert {("downloads_stopped", people.analyst.pk), ("downloads_stopped", people.approver.pk)} <= told
    assert not any(said in m.body_text for said in TELLING for m in OutboundMessage.objects.all())
    officer = client_for(row.officer)
    pages = [reverse("officer:request", args=[row.reference]), reverse("officer:emergency", args=[row.reference]),
             reverse("records:package", args=[row.reference, 1])]  # fmt: skip
    for address in pages:
        assert not any(said in words(officer.get(address)) for said in TELLING), address
    assert progress(row, at=timezone.now()).reached_at is not None
    assert "nothing was fetched" in panel(row, people.analyst).get_text()


def test_what_was_fetched_before_is_shown_with_person_and_time():
    row = released()
    fetched(row), fetched(row, complete=False, bytes_sent=10)
    assert gate.left(row) == []
    calls(row, result="not_confirmed")
    shown = panel(row, row.test_people.approver).get_text(" ", strip=True)
    assert "fetched before" in shown
    assert shown.count(row.officer.get_full_name()) == 2
    assert "broken off" in shown
    answer = client_for(row.test_people.analyst).post(
        reverse("staff:call_back", args=[row.reference]),
        {"way": f"number-{row.agency.numbers.get().pk}", "result": "not_confirmed", "spoke_to": "Desk"}, follow=True,
    )  # fmt: skip
    assert "download is stopped" not in words(answer)  # nothing was open any more


def test_nobody_answered_and_ordinary_requests_stop_nothing():
    row = released()
    calls(row, result="no_answer")
    assert row.packages.get().status == "released"
    DisclosurePackage.objects.update(status="expired")
    OutboundMessage.objects.all().delete()
    calls(row, result="not_confirmed")
    assert row.packages.get().status == "revoked", "what was taken before the end is as wrong"
    assert MistakenDisclosure.objects.get().recall.cause == "wrong_recipient"
    assert OutboundMessage.objects.filter(event="downloads_stopped").exists()
    ordinary = released()
    type(ordinary).objects.filter(pk=ordinary.pk).update(kind="disclosure", rank=9)
    calls(ordinary, result="not_confirmed")
    assert ordinary.packages.get().status == "released"


def test_another_supervisor_than_the_request_names_is_said_and_stops_nothing():
    row = request_at("awaiting_approval", kind="emergency")
    calls(row)
    supervisor(row)
    assert gate.steps(row, by=row.assignee)[1].hint == ""
    CallBack.objects.filter(purpose="supervisor").update(spoke_to="Inspector B. Lie")
    step = gate.steps(row, by=row.assignee)[1]
    assert (step.state, "names Chief Inspector K. Aas" in step.hint) == (gate.DONE, True)
    for address in ("staff:request", "staff:approval"):
        shown = page(client_for(row.test_people.approver).get(reverse(address, args=[row.reference])))
        assert "Inspector B. Lie confirmed it" in shown.select_one("#gate").get_text()
    assert not shown.select_one("#gate").select("a[href*=approval]")


def test_nobody_vouches_for_a_number_that_left_the_directory():
    row = request_at("in_review", kind="emergency")
    row.agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=1))
    call = calls(row)
    row.agency.numbers.update(retired_at=timezone.now())
    assert gate.steps(row, by=make_staff("approver"))[0].words != "A second person must vouch for the call"
    with pytest.raises(Stale, match="directory"):
        call_backs.second(call, by=make_staff("approver"))


def test_a_refused_emergency_speaks_of_no_order_that_lacks_something():
    row = request_at("in_review", kind="emergency", matched=True)
    prepared.load(row.provider, by=None)
    offered = dict(refusals.offered(RequestKind.EMERGENCY))
    assert RefusalCode.NOT_SIGNED not in offered
    assert RefusalCode.NOT_SIGNED in dict(refusals.offered(RequestKind.DISCLOSURE))
    for code, said in offered.items():
        text = decision_texts.prepared(row, {"choice": "refuse", "refusal_code": code})
        assert text, code
        assert "order" not in text.lower(), code
        terms = Terms("refuse", False, "", "", "", "", text, refusal_code=code)
        paper = decision_paper.paper_of(row, build(row, terms, at=timezone.now()), proposal=None, at=timezone.now())
        assert [why for _number, why, _cure in paper.reasons] == [said]
        assert "the order" not in paper.reasons[0][2].lower(), code
    assert "as an emergency" in decision_texts.prepared(row, {"choice": "redirect"})
    shown = client_for(row.assignee).get(reverse("staff:request", args=[row.reference]))
    choices = [option["value"] for option in page(shown).select("select[name=refusal_code] option")]
    assert choices == ["", *offered]
