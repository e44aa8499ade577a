"""Records in several numbered packages: which lines are in which, who waits for what, and when the request ends."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.documents import services as documents
from requests_app.enums import LineDecision, NoticeStatus, PackageStatus, RequestStatus
from requests_app.services import building, letters, notices, packages, preparing, reopening
from tests.harness.race import race
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import granted_request, seen

pytestmark = pytest.mark.usefixtures("quick_letter", "company")


@pytest.fixture
def granted(db, company):
    return granted_request()


def lines_of(data_request):
    return [line for _number, line in preparing.granted(data_request)]


def sealed(data_request, lines=None, *, at=None):
    package = packages.start(data_request, by=data_request.test_people.analyst, lines=lines, at=at)
    return seen(building.build(package.pk, at=at), data_request.test_people.approver)


def released(data_request, lines=None, *, at=None):
    package = sealed(data_request, lines, at=at)
    return packages.release(package, by=data_request.test_people.approver, at=at)


def stop(package, data_request):
    return packages.revoke(package, cause="wrong_account", reason="Wrong", by=data_request.test_people.approver)


def status_of(data_request):
    data_request.refresh_from_db()
    return RequestStatus(data_request.status)


def test_two_packages_the_second_ends_the_request(granted, company):
    first_line, *rest = lines_of(granted)
    first = released(granted, [first_line])
    assert (list(first.lines.all()), first.is_last, first.status) == ([first_line], False, PackageStatus.RELEASED)
    assert company.exports == [(first_line.target.account, "registration")]
    assert status_of(granted) == RequestStatus.GRANTED
    assert [line for _number, line in preparing.left(granted)] == rest
    second = released(granted)
    assert (second.number, second.is_last, set(second.lines.all())) == (2, True, set(rest))
    assert len(company.exports) == 4
    assert status_of(granted) == RequestStatus.PRODUCED
    for package, last, count in ((first, False, 1), (second, True, 3)):
        with documents.open_plain(package.manifest) as reader:
            stated = json.loads(reader.read())
        assert (stated["package"], stated["last_package"], len(stated["files"])) == (package.number, last, 2 * count)
    started = AuditEvent.objects.filter(action="package.started").order_by("pk")
    assert [json.loads(bytes(e.payload))["data"]["lines"] for e in started] == ["1", "2, 3, 4"]


def test_the_letter_states_its_own_lines_and_the_first_what_is_not_given(granted):
    one, two, refused, nothing = granted.lines.order_by("target_id", "pk")
    granted.lines.filter(pk=refused.pk).update(decision=LineDecision.REFUSE, refusal_code="reach")
    granted.lines.filter(pk=nothing.pk).update(decision=LineDecision.NO_RECORDS)
    first = released(granted, [one])
    said = letters.letter(first, [], at=timezone.now())
    assert [line.decision for line in said.lines] == ["Given", "Not given", "No records found"]
    assert said.follows.startswith("Further records follow")
    assert len(said.cures) == 1
    second = sealed(granted)
    said = letters.letter(second, [], at=timezone.now())
    assert [(line.decision, line.records) for line in said.lines] == [("Given", two.get_category_display())]
    assert said.follows.startswith("It is the last one")
    # Once the first was stopped, the second is the first that says what is not given.
    stop(first, granted)
    assert len(letters.letter(second, [], at=timezone.now()).lines) == 3


def test_a_notice_holds_the_package_of_its_account_only(db, company):
    granted = granted_request(barred=False)
    one, two = dict.fromkeys(line.target.account for line in lines_of(granted))
    of_one = [line for line in lines_of(granted) if line.target.account == one]
    at = timezone.now()
    assert notices.send_due(at=at) == 2
    granted.notices.filter(account=one).update(window_ends_at=at)
    first = released(granted, of_one, at=at)
    assert first.status == PackageStatus.RELEASED
    second = sealed(granted, at=at)
    with pytest.raises(NotAllowed, match="may object until"):
        packages.release(second, by=granted.test_people.approver, at=at)
    granted.notices.filter(account=two).update(status=NoticeStatus.OBJECTED, objected_at=at)
    with pytest.raises(NotAllowed, match="objected"):
        packages.release(second, by=granted.test_people.approver, at=at + timedelta(days=60))
    assert status_of(granted) == RequestStatus.GRANTED


def test_who_is_told_after_disclosure_is_told_when_their_own_records_left(granted):
    one, two = dict.fromkeys(line.target.account for line in lines_of(granted))
    granted.notices.update(status=NoticeStatus.PLANNED, after_disclosure=True, due_at=None)
    at = timezone.now()
    notices.disclosed(granted, accounts={one}, at=at)
    assert dict(granted.notices.values_list("account", "due_at")) == {one: at, two: None}


def test_a_stopped_package_is_prepared_again_under_a_new_number(granted):
    one, *rest = lines_of(granted)
    first, second = released(granted, [one]), released(granted)
    assert status_of(granted) == RequestStatus.PRODUCED
    with pytest.raises(NotAllowed, match="in a package already"):
        packages.start(granted, by=granted.test_people.analyst)
    stop(second, granted)
    assert {line for _number, line in preparing.left(granted)} == set(rest)
    with pytest.raises(TransitionRefused, match="in another package"):
        packages.start(granted, lines=[one], by=granted.test_people.analyst)
    third = sealed(granted, [rest[0]])
    assert status_of(granted) == RequestStatus.GRANTED
    assert (third.number, third.is_last) == (3, False)
    # What was last when it was begun is not the last any more once an earlier one was stopped.
    packages.release(third, by=granted.test_people.approver)
    fourth = sealed(granted)
    assert fourth.is_last
    stop(first, granted)
    fourth = packages.release(fourth, by=granted.test_people.approver)
    assert (fourth.is_last, status_of(granted)) == (False, RequestStatus.GRANTED)
    assert released(granted).is_last
    assert status_of(granted) == RequestStatus.PRODUCED
    assert_each_line_once(granted)


def test_a_package_that_is_taken_back_leaves_its_lines(granted):
    one, *_rest = lines_of(granted)
    package = packages.start(granted, by=granted.test_people.analyst, lines=[one])
    with pytest.raises(NotAllowed):
        packages.take_back(package, reason="No right", by=make_staff("auditor"))
    taken = packages.take_back(package, reason="All at once after all", by=granted.test_people.analyst)
    assert taken.status == PackageStatus.REVOKED
    assert building.build(package.pk) is None
    again = released(granted)
    assert (again.number, again.lines.count(), again.is_last) == (2, 4, True)
    with pytest.raises(TransitionRefused):
        packages.take_back(again, reason="Too late", by=granted.test_people.analyst)


def test_downloads_that_end_close_nothing_while_more_is_to_come(granted):
    one, *_rest = lines_of(granted)
    first = released(granted, [one])
    assert packages.expire_due(at=first.expires_at) == 1
    assert status_of(granted) == RequestStatus.GRANTED
    second = released(granted, at=first.expires_at)
    assert status_of(granted) == RequestStatus.PRODUCED
    assert packages.expire_due(at=second.expires_at) == 1
    assert status_of(granted) == RequestStatus.CLOSED


def test_lines_that_share_their_records_go_together(granted, company):
    granted.targets.update(account="ACC-1")
    first, *_rest = lines_of(granted)
    package = sealed(granted, [first])
    assert company.exports == [("ACC-1", "registration")]
    assert set(package.lines.values_list("category", flat=True)) == {"registration"}
    assert package.lines.count() == 2


def test_where_the_rest_is_refused_later_a_letter_ends_the_request(granted):
    one, *rest = lines_of(granted)
    released(granted, [one])
    granted.lines.filter(pk__in=[line.pk for line in rest]).update(decision=LineDecision.REFUSE, refusal_code="reach")
    granted.decided_at = timezone.now()
    granted.save(update_fields=["decided_at"])
    closing = released(granted)
    assert (closing.lines.count(), closing.items.count(), closing.is_last) == (0, 0, True)
    said = letters.letter(closing, [], at=timezone.now())
    assert [line.decision for line in said.lines] == ["Not given"] * 3
    assert status_of(granted) == RequestStatus.PRODUCED


def test_opening_again_says_how_many_are_taken_back(granted):
    one, *_rest = lines_of(granted)
    released(granted, [one])
    sealed(granted)
    assert reopening.contents(granted).packages == 1


def test_two_people_start_at_once_one_wins(committed_db):
    granted = granted_request()
    one, two, three, _four = lines_of(granted)
    second = make_staff("analyst")
    done = race(
        lambda: packages.start(granted, by=granted.test_people.analyst, lines=[one, two]),
        lambda: packages.start(granted, by=second, lines=[two, three]),
    )
    assert sorted(isinstance(each, TransitionRefused) for each in done) == [False, True]
    assert granted.packages.count() == 1
    assert granted.packages.get().lines.count() == 2


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_stopped_each_line_leaves_once(granted, seed):
    order = [0b1001, 0b0110, 0b0011, 0b1111][seed]
    for turn in range(12):
        if status_of(granted) == RequestStatus.PRODUCED:
            break
        left = [line for _number, line in preparing.left(granted)]
        some = [line for bit, line in enumerate(left) if order >> ((bit + turn) % 4) & 1] or left
        package = released(granted, some)
        if turn < 3 and (order + turn) % 2:
            stop(package, granted)
    assert status_of(granted) == RequestStatus.PRODUCED or preparing.left(granted)
    if preparing.left(granted):
        released(granted)
    assert status_of(granted) == RequestStatus.PRODUCED
    assert_each_line_once(granted)


def assert_each_line_once(data_request):
    out = data_request.packages.filter(status=PackageStatus.RELEASED)
    found = sorted(out.values_list("lines", flat=True))
    assert found == sorted(line.pk for line in lines_of(data_request))


def test_through_the_pages(granted):
    one, two, *_rest = lines_of(granted)
    analyst, approver = client_for(granted.test_people.analyst), client_for(granted.test_people.approver)
    base = f"/staff/requests/{granted.reference}/records/"
    page = analyst.get(base).content.decode()
    assert page.count('name="part"') == 4
    answer = analyst.post(f"{base}start/", {"action": "ticked"})
    assert answer.status_code == 422
    assert "Tick what goes into this package" in answer.content.decode()
    answer = analyst.post(f"{base}start/", {"action": "ticked", "part": ["nonsense"]})
    assert "Look again at what is left" in answer.content.decode()
    answer = analyst.post(f"{base}start/", {"action": "ticked", "part": [str(one.uid), str(two.uid)]})
    assert answer.headers["Location"] == f"{base}1/"
    page = analyst.get(f"{base}1/").content.decode()
    assert "2 granted lines are left for another package." in page
    assert "Take package 1 back" in page
    assert analyst.post(f"{base}1/take-back/", {"reason": ""}).status_code == 422
    seen(building.build(granted.packages.get().pk), granted.test_people.approver)
    approver.post(f"{base}1/release/")
    officer = client_for(granted.officer)
    page = officer.get(f"/requests/{granted.reference}/").content.decode()
    assert "Records ready, more follow" in page
    assert "We prepare the rest of the records:" in page
    assert "Download: " not in page
    assert "More records follow. We write" in page
    assert "More records follow" in officer.get(f"/requests/{granted.reference}/records/1/").content.decode()
    page = analyst.get(base).content.decode()
    assert page.count('name="part"') == 2
    assert "Prepare all that is left" in page
    assert analyst.post(f"{base}start/").headers["Location"] == f"{base}2/"
    answer = analyst.post(f"{base}2/take-back/", {"reason": "Not yet"}, follow=True).content.decode()
    assert "Package 2 is taken back" in answer
    released(granted)
    page = officer.get(f"/requests/{granted.reference}/").content.decode()
    assert "more follow" not in page
    assert officer.get(f"/requests/{granted.reference}/records/2/").status_code == 404
