"""What a suspended officer did since a call last confirmed them, looked at again act by act."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import watched
from accounts.enums import CallBackResult, CallPurpose
from accounts.events import Event
from accounts.models import CallBack, LookBackItem
from accounts.services import look_back
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from preservation.services import extensions, life
from requests_app.services import intake, questions
from tests.accounts.factories import make_application
from tests.accounts.helpers import page, words
from tests.accounts.suspending import lifted, looked_at, suspended_agency, suspended_officer
from tests.factories import request_at
from tests.harness.race import race
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff
from tests.preservation.holds import hold_of


def kinds(suspension):
    return [item.kind for item in suspension.look_back.all()]


def did(officer, *, at, action=Event.COLLEAGUE_VOUCHED, label="A colleague"):
    """An act of an officer, as the trail has it."""
    return record(action, by=officer, object_type="accounts.vouch", object_id="1", object_label=label, at=at)


def address(item):
    return reverse("accounts:look_back", args=[item.suspension.uid, item.pk])


def calls_it_right(officer, *, at, application=None):
    number = officer.membership.agency.numbers.get()
    CallBack.objects.create(
        application=application, about_user=None if application else officer, number=number, called_at=at,
        purpose=CallPurpose.FIRST_APPROVAL if application else CallPurpose.REACTIVATION, called_by=make_staff(),
        spoke_to="Personnel", result=CallBackResult.CONFIRMED, agency=officer.membership.agency,
    )  # fmt: skip


# What is on the list --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_kind_of_act_is_on_the_list_in_its_order():
    officer, now = make_officer(), timezone.now()
    hold = hold_of(officer, at=now - timedelta(days=80))
    extensions.ask(hold, reason="We wait for a court", by=officer, at=now - timedelta(days=20))
    life.release(hold, by=officer, at=now - timedelta(days=19))
    asked = request_at("awaiting_officer", officer=officer).clarifications.get()
    questions.answer(asked, text="May to June", by=officer, at=now - timedelta(days=3))
    intake.withdraw(request_at("submitted", officer=officer), by=officer, at=now - timedelta(days=2))
    for action in (Event.COLLEAGUE_VOUCHED, Event.MEMBERSHIP_ENDED, Event.FACTOR_ENROLLED):
        did(officer, at=now - timedelta(days=1), action=action)
    for action in ("request.viewed", "sign_in.password_accepted", "request.draft_saved"):  # looks and drafts are not
        did(officer, at=now, action=action)
    record("package.downloaded", by=officer, outcome="broken_off", at=now)
    record("package.passphrase_shown", by=officer, outcome="refused", at=now)
    assert kinds(suspended_officer(officer)) == [
        "hold.requested", "hold.extension_asked", "hold.released", "question.answered", "request.withdrawn",
        "membership.vouched", "membership.ended", "factor.enrolled", "package.downloaded",
    ]  # fmt: skip


def test_every_act_has_words():
    assert len(watched.events()) >= 19
    assert all(watched.words(event) != event for event in watched.events())
    assert watched.words("gone.elsewhere") == "gone.elsewhere"


@pytest.mark.django_db
@pytest.mark.parametrize("about", ["the officer", "the application"])
def test_it_begins_with_the_last_call_that_confirmed(about):
    officer, now = make_officer(), timezone.now()
    application = make_application(officer.membership.agency, user=officer) if about == "the application" else None
    did(officer, at=now - timedelta(days=5), label="Before")
    calls_it_right(officer, at=now - timedelta(days=4), application=application)
    CallBack.objects.create(
        about_user=officer, number=officer.membership.agency.numbers.get(), called_at=now - timedelta(days=1),
        called_by=make_staff(), result=CallBackResult.NO_ANSWER,
    )  # fmt: skip
    did(officer, at=now - timedelta(days=3), label="After")
    suspension = suspended_officer(officer)
    assert [item.label for item in suspension.look_back.all()] == ["After"]
    assert suspension.look_back_from == now - timedelta(days=4)


@pytest.mark.django_db
def test_each_officer_of_an_agency_counts_from_their_own_call_and_strangers_are_not_there():
    agency, now = make_agency(), timezone.now()
    called, never, stranger = make_officer(agency), make_officer(agency), make_officer()
    calls_it_right(called, at=now - timedelta(days=4))
    for officer in (called, never, stranger):
        did(officer, at=now - timedelta(days=5), label=f"old {officer.pk}")
        did(officer, at=now - timedelta(days=3), label=f"new {officer.pk}")
    suspension = suspended_agency(agency)
    labels = [item.label for item in suspension.look_back.all()]
    assert labels == [f"old {never.pk}", f"new {called.pk}", f"new {never.pk}"]
    assert suspension.look_back_from is None


@pytest.mark.django_db
def test_a_second_suspension_begins_where_access_was_given_back():
    officer = make_officer()
    did(officer, at=timezone.now() - timedelta(days=1), label="Before")
    lifted(suspended_officer(officer))
    did(officer, at=timezone.now(), label="After")
    assert [item.label for item in suspended_officer(officer).look_back.all()] == ["After"]


# Looking --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_list_is_worked_off_one_by_one():
    officer, analyst, now = make_officer(), make_staff("analyst", full_name="Priya Raman"), timezone.now()
    hold = hold_of(officer, at=now - timedelta(days=2))
    did(officer, at=now - timedelta(days=1))
    suspension = suspended_officer(officer)
    first, second = suspension.look_back.all()
    client = client_for(analyst)
    overview = reverse("accounts:suspension", args=[suspension.uid])
    shown = words(client.get(overview))
    assert "0 of 2" in shown
    assert f"Asked for a hold Hold {hold.reference}" in shown
    assert "Vouched for a colleague A colleague" in shown

    wrong = client.post(address(first), {"outcome": "wrong", "note": ""})
    assert wrong.status_code == 422
    assert "write what is doubtful or wrong" in words(wrong)
    assert client.post(address(first), {"note": "half"}).status_code == 422
    assert client.post(address(first), {"outcome": "fine", "note": ""}).url == address(second)
    again = client.post(address(first), {"outcome": "wrong", "note": "I see it otherwise"})
    assert again.status_code == 422
    assert "Priya Raman looked at this already" in words(again)
    assert "I see it otherwise" in words(again)
    answer = client.post(address(second), {"outcome": "doubtful", "note": "We asked the colleague's supervisor"})
    assert answer.url == overview
    shown = words(client.get(overview))
    assert "2 of 2" in shown
    assert "We asked the colleague's supervisor" in shown
    assert "Every act was looked at" in words(client.get(f"{overview}?show=left"))
    checked = AuditEvent.objects.filter(action="suspension.look_back_checked", actor_id=str(analyst.pk))
    assert checked.count() == 2
    assert "supervisor" not in "".join(bytes(event.payload).decode() for event in checked)
    assert AuditEvent.objects.filter(action="suspension.look_back_read").count() == 3


@pytest.mark.django_db
def test_links_lead_only_where_the_reader_may_go():
    officer, now = make_officer(), timezone.now()
    hidden = request_at("in_review", officer=officer, restricted=True)
    open_one = request_at("in_review", officer=officer)
    emergency = request_at("submitted", officer=officer, kind="emergency")
    hold = hold_of(officer, at=now - timedelta(days=1))
    for row in (hidden, open_one, emergency):
        record("request.submitted", by=officer, obj=row, at=now)
    suspension = suspended_officer(officer)
    overview = reverse("accounts:suspension", args=[suspension.uid])

    def links(role):
        found = page(client_for(make_staff(role)).get(overview)).select("tbody th a")
        return {a["href"]: a.get_text() for a in found}

    assert links("analyst") == {
        f"/staff/requests/{open_one.reference}/": f"Request {open_one.reference}",
        f"/staff/requests/{emergency.reference}/": f"Emergency request {emergency.reference}",
        f"/staff/holds/{hold.reference}/": f"Hold {hold.reference}",
    }
    reader = make_staff("approver")
    hidden.named_readers.add(reader)
    found = page(client_for(reader).get(overview)).select("tbody th a")
    assert f"/staff/requests/{hidden.reference}/" in {a["href"] for a in found}


@pytest.mark.django_db
def test_who_may_look_and_until_when():
    officer = make_officer()
    did(officer, at=timezone.now() - timedelta(days=1))
    suspension = suspended_officer(officer)
    item = suspension.look_back.get()
    with pytest.raises(NotAllowed):
        look_back.check(item, outcome="fine", by=make_staff("auditor"))
    with pytest.raises(Incomplete):
        look_back.check(item, outcome="wrong", note=" ", by=make_staff("analyst"))
    lifted(suspension)
    late = LookBackItem.objects.create(
        suspension=suspension, entry_id=1, kind="membership.vouched", label="x", done_at=timezone.now(), done_by=officer
    )
    with pytest.raises(TransitionRefused, match="closed"):
        look_back.check(late, outcome="fine", by=make_staff("analyst"))
    other = suspended_officer(make_officer())
    client = client_for(make_staff("analyst"))
    assert client.get(reverse("accounts:look_back", args=[other.uid, item.pk])).status_code == 404
    assert client.get(reverse("accounts:look_back", args=[uuid4(), item.pk])).status_code == 404


@pytest.mark.django_db
def test_five_thousand_acts_are_listed_in_few_statements_and_read_in_pages(django_assert_max_num_queries):
    agency, start = make_agency(), timezone.now() - timedelta(days=30)
    officer = make_officer(agency)
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                occurred_at=start + timedelta(minutes=n), action="membership.vouched", actor_kind="accounts.user",
                actor_id=str(officer.pk), actor_label=officer.email, object_label=f"Colleague {n}", outcome="ok",
                payload=b"{}", digest=b"",
            )
            for n in range(5000)
        ],
        batch_size=1000,
    )  # fmt: skip
    with django_assert_max_num_queries(60):
        suspension = suspended_agency(agency, by=make_staff("analyst"))
    assert look_back.progress(suspension).total == 5000
    client = client_for(make_staff("analyst"))
    overview = reverse("accounts:suspension", args=[suspension.uid])
    seen, following = [], "?"
    for _page in range(3):
        answer = page(client.get(overview + following))
        seen += [cell.get_text() for cell in answer.select("tbody th .app-line")]
        following = answer.select_one("a[rel=next]")["href"]
    assert seen == [f"Colleague {n}" for n in range(75)]


@pytest.mark.django_db
def test_the_page_costs_the_same_with_one_act_and_three(django_assert_num_queries):
    client = client_for(make_staff("analyst"))
    client.get("/staff/suspensions/")
    for acts in (1, 3):
        officer = make_officer()
        for n in range(acts):
            did(officer, at=timezone.now() - timedelta(hours=n + 1))
        suspension = suspended_officer(officer)
        with django_assert_num_queries(13):
            client.get(reverse("accounts:suspension", args=[suspension.uid]))


@pytest.mark.usefixtures("committed_db")
def test_two_people_look_at_one_act_once():
    make_provider()
    officer = make_officer()
    did(officer, at=timezone.now() - timedelta(days=1))
    suspension = suspended_officer(officer)
    item, one, other = suspension.look_back.get(), make_staff("analyst"), make_staff("approver")
    results = race(
        lambda: look_back.check(item, outcome="fine", by=one),
        lambda: look_back.check(item, outcome="wrong", note="Forged", by=other),
    )
    assert sum(isinstance(result, PortalError) for result in results) == 1
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, PortalError)]
    looked_at(suspension)
    assert look_back.progress(suspension).left == 0
