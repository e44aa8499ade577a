"""What became of an order after it was sent: who is told, what stands still, and what is sealed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest, OrderVersion
from requests_app.permissions import quashed_refusal, request_refusal
from requests_app.services import decisions, draft_orders, order_versions, orders
from requests_app.services.decisions import ContentChanged
from requests_app.services.order_versions import WrongField
from tests.factories import order_of, request_at
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.changed_orders import add, later
from tests.requests_app.desk.pages import proposed
from tests.requests_app.officer.helpers import date_of, pdf

pytestmark = pytest.mark.django_db


def mails(event):
    return OutboundMessage.objects.filter(event=event)


@pytest.mark.parametrize("status", ["submitted", "in_review", "awaiting_officer", "awaiting_approval"])
def test_until_something_is_granted_lines_go_under_the_new_version(status):
    data_request = request_at(status)
    version = add(data_request, "extends", until=later(90))
    assert set(data_request.lines.values_list("order_version", flat=True)) == {version.pk}
    assert orders.version_in_force(version.process, timezone.now()) == version
    event = AuditEvent.objects.get(action="request.order_version_added")
    assert b"extends" in bytes(event.payload)
    assert b"Page 1" not in bytes(event.payload)


def test_of_a_granted_request_the_lines_stay_and_staff_are_told():
    data_request = request_at("granted")
    before = data_request.lines.first().order_version
    custodian, stranger = make_staff("approver"), make_staff("administrator")
    version = add(data_request, "narrows")
    assert data_request.lines.first().order_version == before
    told = set(mails("order_changed").values_list("to_user", flat=True))
    assert {data_request.assignee_id, custodian.pk} <= told
    assert stranger.pk not in told
    mail = mails("order_changed").first()
    assert mail.subject == f"[{data_request.reference}] Order narrowed"
    assert data_request.title not in mail.body_text
    assert "Page 1" not in mail.body_text
    assert [item.version for item in order_versions.news(data_request)] == [version]


@pytest.mark.parametrize("status", ["refused", "closed", "withdrawn", "lapsed"])
def test_of_a_closed_request_nothing_is_recorded(status):
    data_request = request_at(status)
    with pytest.raises(TransitionRefused):
        add(data_request, "quashed")


def test_only_the_officer_says_that_an_order_changed():
    data_request = request_at("in_review")
    lead = make_officer(data_request.agency, lead=True)
    with pytest.raises(NotAllowed):
        add(data_request, "quashed", by=lead)
    page = client_for(lead).get(reverse("officer:orders", args=[data_request.reference]))
    assert page.status_code == 200
    assert "Say that it changed" not in page.content.decode()
    assert client_for(make_officer()).get(reverse("officer:orders", args=[data_request.reference])).status_code == 404


def test_a_shared_order_tells_every_request_that_rests_on_it():
    first = request_at("in_review")
    colleague = make_officer(first.agency)
    second = request_at("granted", officer=colleague)
    draft = request_at("draft", officer=colleague)
    shared = order_of(first, shared_with=[second, draft])
    draft.refresh_from_db()
    version = add(first, "quashed", process=shared)
    for row in (first, second, draft):
        assert AuditEvent.objects.filter(action="request.order_version_added", object_id=str(row.pk)).count() == 1
    assert mails("order_changed_elsewhere").get().to_user == colleague
    assert "quashed" in mails("order_changed_elsewhere").get().body_text
    before = draft.lock_version
    draft.refresh_from_db()
    assert draft.lock_version == before + 1
    assert orders.version_for(shared, timezone.now()) is None
    with pytest.raises(NotAllowed, match="was quashed on"):
        draft_orders.use(request_at("draft", officer=colleague), shared.uid, by=colleague)
    assert [item.quashed for item in order_versions.news(second)] == [True]
    assert version.document is not None


def test_under_a_quashed_order_nothing_is_granted_or_produced():
    proposal = proposed()
    data_request = proposal.data_request
    approver = make_staff("approver")
    assert request_refusal(approver, "grant", data_request) is None
    add(data_request, "quashed")
    assert "was quashed on" in request_refusal(approver, "grant", data_request)
    with pytest.raises(NotAllowed, match="nothing under it can be granted or released"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    data_request.lines.update(decision="refuse", refusal_code="other_cure")
    assert quashed_refusal(data_request) is None


def test_a_quashed_order_beside_another_one_stops_only_its_own_lines():
    data_request = request_at("granted")
    other = order_of(data_request)
    add(data_request, "quashed", process=other)
    assert quashed_refusal(data_request) is None
    data_request.lines.filter(pk=data_request.lines.first().pk).update(order_version=other.versions.first())
    assert other.docket in quashed_refusal(data_request)


def test_an_order_that_replaces_a_quashed_one_brings_it_back():
    data_request = request_at("in_review")
    add(data_request, "quashed", days=2)
    with pytest.raises(WrongField, match="Only an order that replaces it"):
        add(data_request, "extends", until=later(30))
    add(data_request, "replaces")
    assert order_versions.news(data_request) == []
    assert orders.version_in_force(data_request.orders.get(), timezone.now()).relation == "replaces"


def test_an_approval_of_the_older_order_is_refused_with_the_differences():
    proposal = proposed()
    add(proposal.data_request, "extends", until=later(90))
    with pytest.raises(ContentChanged) as refused:
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    said = " ".join(refused.value.differences)
    assert "Relation “extends”" in said
    assert "Order 2" in said
    proposal.refresh_from_db()
    assert proposal.status == "proposed"


def test_of_two_windows_the_second_is_told_and_keeps_what_was_typed():
    data_request = request_at("in_review")
    process = data_request.orders.get()
    url = reverse("officer:order_version", args=[data_request.reference, process.uid])
    client = client_for(data_request.officer)
    assert 'name="seen" value="1"' in client.get(url).content.decode()
    add(data_request, "extends", until=later(30), days=2)
    data = {"seen": 1, "relation": "narrows", "note": "Only account A, page 3", "upload": pdf("narrow.pdf")}
    day = timezone.now().date()
    data |= date_of("issued_on", day.day, day.month, day.year)
    refused = client.post(url, data)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Somebody added a version of this order" in page
    assert "Only account A, page 3</textarea>" in page
    assert 'name="seen" value="2"' in page
    assert process.versions.count() == 2
    with pytest.raises(Stale):
        add(data_request, "narrows", seen=1)


def test_two_clicks_add_one_version_with_one_file():
    data_request = request_at("in_review")
    process = data_request.orders.get()
    url = reverse("officer:order_version", args=[data_request.reference, process.uid])
    client, day = client_for(data_request.officer), timezone.now().date()
    data = {"seen": 1, "relation": "quashed", "note": ""} | date_of("issued_on", day.day, day.month, day.year)
    for _click in range(2):
        response = client.post(url, data | {"upload": pdf("quash.pdf")})
        assert response.url == reverse("officer:orders", args=[data_request.reference])
    assert OrderVersion.objects.filter(process=process).count() == 2
    assert data_request.documents.count() == 2
    assert AuditEvent.objects.filter(action="request.order_version_added").count() == 1
    page = client.get(response.url).content.decode()
    assert "Quashed" in page
    assert "quash.pdf" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"relation": ""}, "What does it do to the order? Choose an answer"),
        ({"relation": "narrows", "note": ""}, "Say what changes"),
        ({"issued_on_year": "1949"}, "cannot be right"),
        ({"relation": "extends"}, "Give the day until which it is extended"),
        ({"upload": None}, "Add the document that says so"),
    ],
)
def test_a_version_that_lacks_something_is_refused_and_adds_nothing(changes, words):
    data_request = request_at("in_review")
    process = data_request.orders.get()
    url = reverse("officer:order_version", args=[data_request.reference, process.uid])
    day = timezone.now().date()
    data = {"seen": 1, "relation": "quashed", "note": "x", "upload": pdf("quash.pdf")}
    data |= date_of("issued_on", day.day, day.month, day.year) | changes
    response = client_for(data_request.officer).post(url, {k: v for k, v in data.items() if v is not None})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert process.versions.count() == 1


def test_a_draft_may_say_that_a_shared_order_was_extended():
    sent = request_at("submitted")
    draft = request_at("draft", officer=sent.officer, document=False)
    draft_orders.use(draft, sent.orders.get().uid, by=sent.officer)
    process = draft.orders.get()
    url = reverse("officer:order_draft_version", args=[draft.uid, process.uid])
    assert "Other requests rest on this order too" in client_for(sent.officer).get(url).content.decode()
    version = add(DataRequest.objects.get(pk=draft.pk), "extends", until=later(20))
    assert set(sent.lines.values_list("order_version", flat=True)) == {version.pk}


def test_staff_see_every_version_with_its_copy_and_a_warning():
    data_request = request_at("granted")
    add(data_request, "narrows", note="Without account B")
    analyst = data_request.test_people.analyst
    page = client_for(analyst).get(reverse("staff:sent", args=[data_request.reference])).content.decode()
    assert "was narrowed on" in page
    assert "Without account B" in page
    assert data_request.officer.get_full_name() in page
    assert "Narrows" in page
    other = client_for(analyst).get(reverse("staff:history", args=[data_request.reference])).content.decode()
    assert "New version of an order" in other


def test_staff_open_the_copy_of_an_order_that_came_with_another_request():
    first = request_at("in_review", preview=True)
    second = request_at("in_review", officer=first.officer, analyst=first.test_people.analyst, document=False)
    stranger = request_at("in_review", analyst=first.test_people.analyst)
    shared = first.orders.get()
    second.order_uses.create(process=shared, added_at=timezone.now())
    document = shared.versions.get().document
    client = client_for(first.test_people.analyst)
    assert document.filename in client.get(reverse("staff:request", args=[second.reference])).content.decode()
    image = reverse("staff:page_image", args=[second.reference, document.uid, 1])
    assert client.get(image).status_code == 200
    assert client.get(reverse("staff:page_image", args=[stranger.reference, document.uid, 1])).status_code == 404
