"""A package that was called back: the second person, everybody who took something, and what they answer."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.history import history
from requests_app.models import DestructionAsk, Follower, MistakenDisclosure, Recall
from requests_app.release_permissions import destruction_workflow, recall_workflow
from requests_app.services import destruction, downloads, packages, recalls
from requests_app.services.downloads import Transfer
from requests_app.status_words import officer_status
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.requests_app.records.steps import called_back, granted_request, released_package, sealed_package, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "quick_letter")]
DAY = timedelta(days=1)


@pytest.fixture
def package():
    return released_package(granted_request())


def follower_of(data_request):
    user = make_officer(data_request.agency)
    Follower.objects.create(
        data_request=data_request, user=user, added_at=timezone.now(), added_by=data_request.officer
    )
    return user


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_user", flat=True))


def page(client, url):
    return " ".join(client.get(url).content.decode().split())


def test_one_stops_a_second_confirms_and_everybody_who_took_something_answers(package):  # noqa: PLR0915 - one story
    data_request = package.data_request
    officer, other = data_request.officer, follower_of(data_request)
    taken(package), taken(package, started_at=timezone.now() - DAY)
    taken(package, user=other, document=package.letter, complete=False, bytes_sent=7, finished_at=None)
    first, second = make_staff("approver"), make_staff("approver")
    base = reverse("staff_records:package", args=[data_request.reference, 1])
    shown = page(client_for(first), base)
    assert "Stop downloads and ask for recall" in shown
    assert 'value="objection"' not in shown
    answer = client_for(first).post(f"{base}stop/", {"cause": "", "reason": "Account B is another person"})
    assert (answer.status_code, "Account B is another person" in answer.content.decode()) == (422, True)
    client_for(first).post(f"{base}stop/", {"cause": "narrowed", "reason": "Account B is another person"})
    recall = recalls.of_package(package)
    assert recall.status == "waiting"
    assert DestructionAsk.objects.count() == 0
    assert first.pk not in told("recall_waits")
    assert second.pk in told("recall_waits")

    client_for(first).post(f"{base}recall/confirm/")
    recall.refresh_from_db()
    assert recall.status == "waiting"
    client_for(second).post(f"{base}recall/confirm/")
    recall.refresh_from_db()
    assert (recall.status, recall.confirmed_by) == ("asked", second)
    assert told("destruction_asked") == sorted([officer.pk, other.pk])
    assert "Account B" not in "".join(OutboundMessage.objects.values_list("body_text", flat=True))

    mine = recall.asks.get(user=officer)
    client = client_for(officer)
    assert "Destroy records and confirm it" in page(client, reverse("officer:requests"))
    url = reverse("recalls:destruction", args=[mine.uid])
    assert url in page(client, reverse("officer:request", args=[data_request.reference]))
    assert "The order they rest on was narrowed" in page(client, url)
    sent = {"done": "destroyed", "words": "Deleted and shredded", "copies": "yes", "passed_on": ""}
    refused = client.post(url, sent)
    assert (refused.status_code, "Deleted and shredded" in refused.content.decode()) == (422, True)
    client.post(url, sent | {"passed_on": "The prosecutor, told by phone"})
    mine.refresh_from_db()
    assert (mine.status, mine.answered_by, mine.due_at) == ("destroyed", officer, None)
    assert told("destruction_kept") == [second.pk]  # copies are elsewhere
    recall.refresh_from_db()
    assert recall.status == "asked"

    theirs = recall.asks.get(user=other)
    address = reverse("staff_recalls:person", args=[data_request.reference, 1, theirs.uid])
    client_for(second).post(address, {"done": "kept", "words": "By phone: in the court file", "copies": "no"})
    theirs.refresh_from_db()
    recall.refresh_from_db()
    assert (theirs.status, theirs.answered_by, recall.status) == ("kept", second, "done")
    shown = page(client_for(second), f"{base}recall/")
    assert "The prosecutor, told by phone" in shown
    assert "By phone: in the court file" in shown
    entries = [entry.title for entry in history(data_request)]
    for title in ("Recall confirmed by a second person", "Destruction confirmed", "Recall: nobody is left to ask"):
        assert title in entries


def test_nobody_downloaded_and_it_is_settled_at_once(package):
    recall = called_back(package, cause="expunged", confirmed=False)
    assert recall.status == "done"
    assert (told("recall_waits"), MistakenDisclosure.objects.count()) == ([], 0)
    sealed = sealed_package(granted_request())
    packages.revoke(sealed, cause="wrong_account", reason="Wrong", by=make_staff("approver"))
    assert recalls.of_package(sealed) is None
    assert Recall.objects.get(package=sealed).status == "done"
    assert MistakenDisclosure.objects.count() == 0


def test_who_may_decide_about_a_recall(package):
    taken(package)
    stopped, released = make_staff("approver"), package.released_by
    recall = called_back(package, by=stopped, confirmed=False)
    may = {name: recall_workflow.available_actions(recall, person) for name, person in {
        "stopped": stopped, "released": released, "other": make_staff("approver"), "analyst": make_staff("analyst"),
        "counsel": make_staff("counsel"), "auditor": make_staff("auditor"), "officer": package.data_request.officer,
        "system": None,
    }.items()}  # fmt: skip
    expected = {name: [] for name in may} | {
        "released": ["confirm"],
        "other": ["confirm", "drop"],
        "system": ["settle"],
    }
    assert may == expected
    with pytest.raises(NotAllowed, match="second person"):
        recalls.confirm(recall, by=stopped)
    type(package.data_request).objects.update(restricted=True)
    assert recall_workflow.available_actions(Recall.objects.get(), make_staff("approver")) == []


def test_dropped_with_a_reason_asks_nobody_and_stays_stopped(package):
    taken(package)
    recall = called_back(package, confirmed=False)
    second = make_staff("approver")
    url = reverse("staff_recalls:drop", args=[package.data_request.reference, 1])
    assert client_for(second).post(url, {"dropped": " "}).status_code == 422
    client_for(second).post(url, {"dropped": "The court keeps it"})
    recall.refresh_from_db()
    assert (recall.status, recall.dropped_reason, recall.confirmed_by) == ("dropped", "The court keeps it", second)
    assert (DestructionAsk.objects.count(), told("destruction_asked")) == (0, [])
    package.refresh_from_db()
    assert package.status == "revoked"
    with pytest.raises(TransitionRefused):
        recalls.confirm(recall, by=make_staff("approver"))


@pytest.mark.parametrize("status", ["expired", "purged"])
def test_what_ended_by_itself_can_be_called_back(package, status):
    taken(package)
    type(package).objects.update(status=status)
    package.refresh_from_db()
    url = reverse("staff_records:package", args=[package.data_request.reference, 1])
    assert "Ask for recall" in page(client_for(make_staff("approver")), url)
    recall = called_back(package)
    assert (recall.status, recall.asks.get().user) == ("asked", package.data_request.officer)


def test_chased_after_three_and_seven_days_then_staff_every_week(package):
    taken(package)
    at = timezone.now()
    recall = called_back(package, at=at)
    second, officer = recall.confirmed_by, package.data_request.officer
    counts = []
    for days in (2.9, 3, 3, 6.9, 7, 9.9, 10, 10.5, 17, 24):
        destruction.chase_due(at=at + days * DAY)
        counts.append((len(told("destruction_chased")), len(told("destruction_unanswered"))))
    assert counts == [(0, 0), (1, 0), (1, 0), (1, 0), (2, 0), (2, 0), (2, 1), (2, 1), (2, 2), (2, 3)]
    assert set(told("destruction_chased")) == {officer.pk}
    assert set(told("destruction_unanswered")) == {second.pk}
    destruction.answer(recall.asks.get(), destroyed=False, words="In the court file", by=officer)
    assert destruction.chase_due(at=at + 400 * DAY) == 0
    assert AuditEvent.objects.filter(action="recall.destruction_chased").count() == 5


def test_nothing_is_lost_where_nothing_swept_and_letters_are_a_day_apart(package):
    taken(package)
    at = timezone.now()
    called_back(package, at=at)
    assert [destruction.chase_due(at=at + n * DAY) for n in (20, 20.5, 21, 22)] == [1, 0, 1, 1]
    assert (len(told("destruction_chased")), len(told("destruction_unanswered"))) == (2, 1)


def test_who_cannot_sign_in_any_more_is_for_staff_at_once(package):
    taken(package)
    at = timezone.now()
    User.objects.filter(pk=package.data_request.officer_id).update(is_active=False)
    recall = called_back(package, at=at)
    assert told("destruction_asked") == []
    assert destruction.chase_due(at=at) == 1
    assert told("destruction_unanswered") == [recall.confirmed_by_id]
    with pytest.raises(Incomplete):
        destruction.excuse(recall.asks.get(), reason=" ", by=recall.confirmed_by)
    destruction.excuse(recall.asks.get(), reason="Died in service", by=recall.confirmed_by)
    recall.refresh_from_db()
    assert recall.status == "done"


def test_what_somebody_took_stays_theirs_to_answer_and_nobody_elses(package):
    data_request = package.data_request
    gone = follower_of(data_request)
    taken(package, user=gone)
    ask = called_back(package).asks.get()
    Follower.objects.filter(user=gone).delete()
    url = reverse("recalls:destruction", args=[ask.uid])
    assert "Destroy what you took" in page(client_for(gone), url)
    assert data_request.title not in page(client_for(gone), url)
    assert "Destroy records and confirm it" in page(client_for(gone), reverse("officer:requests"))
    for stranger in (data_request.officer, make_officer(make_agency())):
        assert client_for(stranger).get(url).status_code == 404
        assert client_for(stranger).post(url, {"done": "destroyed", "words": "x", "copies": "no"}).status_code == 404
        with pytest.raises(NotAllowed):
            destruction.answer(ask, destroyed=True, words="All of it", by=stranger)
        assert "Destroy records and confirm it" not in page(client_for(stranger), reverse("officer:requests"))
    with pytest.raises(NotAllowed):
        destruction.note(ask, destroyed=True, words="They rang", by=make_staff("analyst"))


def test_kept_can_be_destroyed_later_and_nothing_else_is_taken_back(package):
    taken(package)
    recall = called_back(package)
    ask, officer = recall.asks.get(), package.data_request.officer
    ask = destruction.answer(ask, destroyed=False, words="In the court file", passed_on="The court", by=officer)
    assert destruction_workflow.available_actions(ask, officer) == ["destroy"]
    ask = destruction.answer(ask, destroyed=True, words="The court gave it back", by=officer)
    assert (ask.status, destruction_workflow.available_actions(ask, officer)) == ("destroyed", [])
    with pytest.raises(TransitionRefused):
        destruction.answer(ask, destroyed=False, words="No", by=officer)
    assert ask.passed_on == "The court"
    told_first = AuditEvent.objects.get(action="recall.kept")
    assert told_first.reason == "In the court file\nPassed on: The court"


def test_what_staff_wrote_down_of_a_call_the_officer_does_not_read(package):
    taken(package, document=package.items.first().document)
    recall = called_back(package)
    ask, officer, staff = recall.asks.get(), package.data_request.officer, recall.confirmed_by
    words = f"{staff.get_full_name()} rang: she was rude"
    ask = destruction.note(ask, destroyed=False, words=words, passed_on="Staff know whom", by=staff)
    url, client = reverse("recalls:destruction", args=[ask.uid]), client_for(officer)
    assert package.items.first().name in page(client, url)
    for answered in (False, True):
        if answered:
            ask = destruction.answer(ask, destroyed=True, words="Deleted since", by=officer)
        shown = page(client, url)
        assert ("Deleted since" in shown) is answered
        for word in (staff.get_full_name(), "rude", "Staff know whom"):
            assert word not in shown.partition("<main")[2]
    person = reverse("staff_recalls:person", args=[ask.reference, 1, ask.uid])
    listed = reverse("staff_recalls:recall", args=[ask.reference, 1])
    assert person in page(client_for(staff), listed)
    assert person not in page(client_for(make_staff("analyst")), listed)
    assert "rude" in " ".join(entry.detail for entry in history(package.data_request))


def test_who_got_a_part_of_the_first_piece_is_asked_and_who_was_refused_is_not(package):
    officer = package.data_request.officer
    transfer = Transfer(package, package.archive, officer, 0, 30)
    broken = downloads.receipted(transfer, iter([b"x" * 10] * 3))
    next(broken)
    broken.close()  # the line broke while the first piece went out
    assert destruction.takings(package).get().bytes_sent == 0
    late = Transfer(package, package.archive, follower_of(package.data_request), 0, 30)
    recall = called_back(package)
    assert list(downloads.receipted(late, iter([b"x" * 10] * 3))) == []
    assert [ask.user for ask in recall.asks.all()] == [officer]
    assert [taker.user for taker in recalls.takers(package)] == [officer]


@pytest.mark.parametrize("cause", ["wrong_recipient", "objection"])
def test_officers_never_learn_of_an_objection_or_a_doubt_about_them(package, cause):
    taken(package)
    ask = called_back(package, cause=cause).asks.get()
    client = client_for(package.data_request.officer)
    for url in (
        reverse("recalls:destruction", args=[ask.uid]),
        reverse("records:package", args=[ask.reference, 1]),
        reverse("officer:request", args=[ask.reference]),
    ):
        shown = page(client, url)
        for word in ("bjection", "Wrong", "wrong", "Account B", "another person"):
            assert word not in shown.partition("<main")[2].partition("</main")[0]


def test_a_stopped_package_is_never_called_expired(package):
    taken(package)
    called_back(package)
    data_request = type(package.data_request).objects.get(pk=package.data_request_id)
    assert officer_status(data_request) == ("Download stopped", "magenta")
    officer, staff = client_for(data_request.officer), client_for(make_staff("approver"))
    for client, name, args in (
        (officer, "officer:requests", []),
        (officer, "officer:request", [data_request.reference]),
        (staff, "staff_records:list", [data_request.reference]),
        (staff, "staff_records:package", [data_request.reference, 1]),
    ):
        shown = page(client, reverse(name, args=args))
        assert "Stopped" in shown or "stopped" in shown
        assert "Expired" not in shown
    assert "Wrong account" in page(staff, reverse("staff_records:package", args=[data_request.reference, 1]))


def test_a_recall_that_waits_is_listed_counted_and_reminded_of(package):
    taken(package)
    at = timezone.now()
    stopped, other = make_staff("approver"), make_staff("approver")
    called_back(package, by=stopped, confirmed=False, at=at)
    hidden = released_package(granted_request())
    taken(hidden)
    called_back(hidden, by=stopped, confirmed=False, at=at)
    type(hidden.data_request).objects.filter(pk=hidden.data_request_id).update(restricted=True)
    shown = page(client_for(other), reverse("staff_recalls:list"))
    assert package.data_request.reference in shown
    assert hidden.data_request.reference not in shown
    assert [rows.count() for rows in recalls.to_decide(other, at)] == [1]
    assert [rows.count() for rows in recalls.to_decide(stopped, at)] == [0]
    type(hidden.data_request).objects.filter(pk=hidden.data_request_id).update(restricted=False)
    before = told("recall_waits").count(other.pk)
    remind(at=at + DAY, only="recall")
    assert (told("recall_waits").count(other.pk), told("recall_waits").count(stopped.pk)) == (before + 2, 0)
