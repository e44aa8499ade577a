"""A restricted request, with words that would be recognised anywhere, and everybody who may not know of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack, User
from accounts.permissions import Role
from accounts.services import members
from foundation.audit.trail import record
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from requests_app.events import Event
from requests_app.history import history, withheld
from requests_app.models import (
    CaseNote,
    Certificate,
    DataRequest,
    DestructionAsk,
    LaterAsk,
    MistakenDisclosure,
    Recall,
    RecipientCopy,
)
from requests_app.notify import desk as notify
from requests_app.notify import intake as notify_intake
from requests_app.queue import Filters, counts, emergencies
from requests_app.services import frozen, same_files, signing, triage
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.url_inventory.walk import routes

pytestmark = pytest.mark.django_db
TITLE, CASE, FACTS, MAIL = "Operation Zebrafink", "NV 26/77123-Q", "The marmalade ledger.", "leak.target@mail.example"
REASON = "Her brother moors at the harbour."
ROLES = [str(role) for role in Role]
STAFF_REQUEST = [route for route in routes() if route.pattern.startswith("staff/requests/<str:reference>/")]
LISTS = [route for route in routes() if "<" not in route.pattern]


def what_left(data_request, people, *, at):
    """Records of it that left and were called back, and what was asked for later, each with an entry in the trail."""
    analyst, approver, officer = people["analyst"], people["approver"], people["officer"]
    package = data_request.packages.create(
        number=1, status="revoked", prepared_by=analyst, prepared_at=at, due_at=at, released_at=at,
        released_by=approver, expires_at=at + timedelta(days=30),
    )  # fmt: skip
    RecipientCopy.objects.create(package=package, user=officer, mark="AAAA-BBBB", made_at=at, due_at=at)
    recall = Recall.objects.create(
        package=package, cause="wrong_recipient", reason=REASON, called_at=at, called_by=approver, due_at=at
    )
    ask = DestructionAsk.objects.create(recall=recall, user=officer, agency_name="x", words=FACTS, asked_at=at)
    mistake = MistakenDisclosure.objects.create(
        recall=recall, known_at=at, due_at=at + timedelta(hours=72), assessment=FACTS
    )
    certificate = Certificate.objects.create(
        package=package, kind="records", form="generic", facts={"place": FACTS}, custodian=analyst, drafted_by=analyst,
        drafted_at=at, check_code="AAAA",
    )  # fmt: skip
    later = LaterAsk.objects.create(
        data_request=data_request, kind="testimony", court=TITLE, words=FACTS, asked_by=officer, asked_at=at,
        due_at=at + timedelta(days=3),
    )  # fmt: skip
    data_request.costs.create(amount=1, currency="EUR", what=FACTS, noted_by=analyst, noted_at=at)
    for obj in (package, recall, ask, mistake, certificate, later):
        record(Event.PACKAGE_REVOKED, by=officer, obj=obj, reason=REASON, data={"words": FACTS})


@pytest.fixture
def closed():
    """A restricted request in review, with two named readers and everything that could tell of it."""
    officer = make_officer(make_agency())
    people = {"officer": officer, "analyst": make_staff("analyst"), "approver": make_staff("approver")}
    data_request = request_at(
        "in_review", title=TITLE, case_number=CASE, facts=FACTS, identifiers=(("email", MAIL),), restricted=True,
        matched=True, restricted_because=REASON, **people,
    )  # fmt: skip
    data_request.named_readers.set([people["analyst"], people["approver"]])
    CaseNote.objects.create(data_request=data_request, text=FACTS, written_at=timezone.now(), written_by=officer)
    record(Event.WITHDRAWN, by=officer, obj=data_request, reason=REASON, data={"words": FACTS})
    at = timezone.now()
    what_left(data_request, people, at=at)
    hold = PreservationHold.objects.create(
        provider=data_request.provider, officer=officer, agency=officer.membership.agency, status="active",
        reference="PR-26-ABCDEF", request_reference=data_request.reference, restricted=True, title=TITLE,
        created_at=at, saved_at=at, requested_at=at, starts_at=at, expires_at=at + timedelta(days=9),
        next_action_at=at + timedelta(days=8),
    )  # fmt: skip
    return data_request, hold, people


def words(data_request, *, reference=True):
    return [TITLE, CASE, FACTS, MAIL, REASON] + ([data_request.reference] if reference else [])


@pytest.mark.parametrize("role", ROLES)
def test_no_list_and_no_page_of_staff_tells_of_it(closed, role):
    data_request, _hold, _people = closed
    client = client_for(make_staff(role))
    for route in LISTS:
        if not route.pattern.startswith(("staff/", "requests/", "holds/")):
            continue
        page = client.get(f"/{route.pattern}").content.decode(errors="replace")
        labels = role == "auditor" and route.name == "accounts:trail"
        leaked = [word for word in words(data_request, reference=not labels) if word in page]
        # Who decides on holds sees the hold itself, and nothing of the request.
        if role == "preservation_admin" and route.name == "holds:staff_list":
            leaked = [word for word in leaked if word != TITLE]
        assert leaked == [], (role, route.name)
    for route in STAFF_REQUEST:
        if route.pattern.count("<") == 1:
            answer = client.get("/" + route.pattern.replace("<str:reference>", data_request.reference))
            assert answer.status_code in {403, 404, 405}, (role, route.name)


def test_the_trail_withholds_what_hangs_on_its_records(closed):
    data_request, _hold, people = closed
    hangs = {
        model._meta.label_lower: {str(model.objects.get().pk)}
        for model in (Certificate, Recall, DestructionAsk, MistakenDisclosure, LaterAsk)
    }
    assert withheld(hangs, make_staff("auditor")) == hangs
    assert not any(withheld(hangs, people["analyst"]).values())
    told = [entry for entry in history(data_request) if REASON in entry.detail]
    assert len(told) == 7, "who may read the request reads all of it"


@pytest.mark.parametrize("role", ROLES)
def test_searching_for_it_finds_nothing(closed, role):
    data_request, hold, _people = closed
    client = client_for(make_staff(role))
    for url in (
        f"{reverse('accounts:trail')}?reference={data_request.reference}",
        f"/staff/queue/?country={data_request.jurisdiction}",
    ):
        answer = client.get(url)
        assert answer.status_code == 200 or role != "auditor" or "queue" in url
        page = answer.content.decode()
        assert [word for word in (TITLE, CASE, FACTS, MAIL, REASON) if word in page] == [], (role, url)
    page = client.post("/staff/holds/search/", {"words": data_request.reference}, follow=True).content.decode()
    assert [word for word in (hold.reference, TITLE) if word in page] == [], role
    found = client.get(reverse("holds:staff_detail", args=[hold.reference]))
    assert data_request.reference not in found.content.decode()


def test_counts_bands_and_lists_leave_it_out(closed):
    data_request, _hold, people = closed
    other, at = make_staff("analyst", "approver"), timezone.now()
    assert set(counts(other, Filters(), at).values()) == {0}
    assert counts(people["analyst"], Filters(), at)[""] == 1
    DataRequest.objects.filter(pk=data_request.pk).update(rank=0)
    assert emergencies(other) == []
    assert frozen.effects(officer=people["officer"]) == []
    assert frozen.links([str(data_request.pk)], other) == {}
    assert other not in signing.approvers(data_request)
    assert other not in triage.colleagues(data_request)


def test_the_same_file_elsewhere_does_not_tell_of_it(closed):
    data_request, _hold, people = closed
    document = clean_pdf(people["officer"])
    data_request.documents.update(document=document)
    visible = request_at("in_review")
    assert same_files.elsewhere(document, than=visible, user=make_staff("analyst")) == []
    assert len(same_files.elsewhere(document, than=visible, user=people["analyst"])) == 1


def test_leads_desks_and_followers_who_are_not_named_see_and_hear_nothing(closed):
    data_request, _hold, people = closed
    agency = people["officer"].membership.agency
    lead, mate, follower, named = make_officer(agency, lead=True), *(make_officer(agency) for _n in range(3))
    desk = members.make_desk(agency, name="Night", by=lead)
    desk.members.add(mate)
    DataRequest.objects.filter(pk=data_request.pk).update(desk=desk)
    for person in (follower, named):
        data_request.followers.create(
            user=person, email=person.email, agency=agency, added_at=timezone.now(), added_by=people["officer"]
        )
    data_request.named_readers.add(named)
    data_request.refresh_from_db()
    assert data_request.people() == [people["officer"], named]
    for person in (lead, mate, follower):
        client = client_for(User.objects.get(pk=person.pk))
        for route in LISTS:
            if route.pattern.startswith(("requests/", "holds/", "agency/")):
                page = client.get(f"/{route.pattern}").content.decode(errors="replace")
                assert [word for word in words(data_request) if word in page] == [], route.name
        assert client.get(reverse("officer:request", args=[data_request.reference])).status_code == 404
    assert client_for(named).get(reverse("officer:request", args=[data_request.reference])).status_code == 200
    notify.reopened(data_request, at=timezone.now())
    mails = OutboundMessage.objects.filter(event="question_reopened")
    assert set(mails.values_list("to_user", flat=True)) == {people["officer"].pk, named.pk}


def test_an_emergency_that_is_restricted_pages_its_readers_only(closed):
    data_request, _hold, people = closed
    make_staff("analyst")
    data_request.first_look_due_at = timezone.now()
    notify_intake.emergency_alert(data_request, at=timezone.now())
    mails = OutboundMessage.objects.filter(event="emergency_alert")
    assert set(mails.values_list("to_user", flat=True)) == {people["analyst"].pk, people["approver"].pk}


def test_mails_to_who_may_sign_go_to_readers_only(closed):
    data_request, _hold, people = closed
    make_staff("approver")
    assert signing.approvers(data_request) == [people["approver"]]


def test_a_named_reader_sees_all_of_it(closed):
    data_request, _hold, people = closed
    client = client_for(people["analyst"])
    assert data_request.reference in client.get(reverse("staff:queue")).content.decode()
    page = client.get(reverse("staff:sent", args=[data_request.reference])).content.decode()
    assert REASON in page
    assert not CallBack.objects.exists()
