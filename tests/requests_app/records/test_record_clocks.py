"""The clocks of what leaves: who is told before and at the end, once, and who must not be."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import clocks, deadlines_between
from requests_app.models import DataRequest, DownloadReceipt, NonDisclosureOrder, UserNotice
from requests_app.services import notices, packages
from requests_app.services.drafts import _save_notice
from requests_app.services.record_clocks import bars
from tests.people import make_officer, make_staff
from tests.requests_app.changed_orders import add
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "quick_letter")]
DAY = timedelta(days=1)


def told(event):
    """Who was told, in the order of their keys."""
    return list(OutboundMessage.objects.filter(event=event).order_by("to_user").values_list("to_user", flat=True))


def told_holders(data_request):
    """Tell the account holders of a request, so that their windows run."""
    assert notices.send_due(at=timezone.now()) == data_request.notices.count() > 0
    return UserNotice.objects.filter(data_request=data_request).first().window_ends_at


def barred(last_day="2027-03-01"):
    """A request with a confirmed bar until a day, and notices that wait for it."""
    data_request = granted_request()
    order = data_request.non_disclosure_orders.get()
    notices.confirm_bar(order, page="2", bars_until=date.fromisoformat(last_day), by=data_request.test_people.analyst)
    return data_request, NonDisclosureOrder.objects.get(pk=order.pk)


def test_a_window_is_told_of_a_day_before_and_when_the_release_may_go_on():
    data_request = granted_request(barred=False)
    people, other = data_request.test_people, make_staff("approver")
    ends = told_holders(data_request)
    remind(at=ends - DAY - timedelta(seconds=1))
    assert told("window_ends") == []
    for _again in range(2):
        remind(at=ends - DAY)
    assert told("window_ends") == [people.analyst.pk]  # two accounts with one end are one message
    sealed_package(data_request)
    for _again in range(2):
        remind(at=ends)
    assert told("window_over") == sorted([people.analyst.pk, people.approver.pk, other.pk])
    words = OutboundMessage.objects.filter(event="window_over").first().body_text
    assert "The records can be released." in words
    for secret in (data_request.case_number, data_request.title, "ACC-", "nordlys"):
        assert secret not in words


def test_a_window_that_is_over_says_that_another_holder_objected():
    data_request = granted_request(barred=False)
    ends = told_holders(data_request)
    first = data_request.notices.order_by("pk").first()
    UserNotice.objects.filter(pk=first.pk).update(status="objected")
    remind(at=ends)
    message = OutboundMessage.objects.get(event="window_over")
    assert message.to_user == data_request.test_people.analyst
    assert "Something else still keeps the records back." in message.body_text


def test_nobody_is_asked_to_release_under_a_quashed_order_or_for_a_suspended_agency():
    quashed, suspended = granted_request(barred=False), granted_request(barred=False)
    now = timezone.now()
    ends = now + timedelta(days=7)
    assert notices.send_due(at=now) == 4
    add(DataRequest.objects.get(pk=quashed.pk), "quashed")
    suspended.agency.status = AgencyStatus.SUSPENDED
    suspended.agency.save(update_fields=["status"])
    remind(at=ends + DAY)
    assert told("window_over") == []
    suspended.agency.status = AgencyStatus.ACTIVE
    suspended.agency.save(update_fields=["status"])
    remind(at=ends + DAY)
    assert told("window_over") == [suspended.test_people.analyst.pk]
    assert told("window_ends") == []


def test_a_bar_is_told_to_the_officer_two_weeks_before_and_at_its_end_to_the_desk_too():
    data_request, bar = barred()
    officer, analyst = data_request.officer, data_request.test_people.analyst
    assert bar.bar_ends_at == datetime(2027, 3, 2, 12, tzinfo=UTC)
    for _again in range(2):
        remind(at=bar.bar_ends_at - 14 * DAY)
    assert (told("bar_ends"), told("bar_over"), told("bar_over_staff")) == ([officer.pk], [], [])
    for _again in range(2):
        remind(at=bar.bar_ends_at)
    assert (told("bar_ends"), told("bar_over"), told("bar_over_staff")) == ([officer.pk], [officer.pk], [analyst.pk])
    for message in OutboundMessage.objects.filter(event__startswith="bar_"):
        for secret in (data_request.case_number, data_request.title, bar.clause, analyst.full_name):
            assert secret not in message.body_text.replace(f"Hello {message.to_user.full_name}", "")


def test_who_filed_an_extension_is_not_asked_for_it_and_the_desk_is_told_to_read_it():
    data_request, bar = barred()
    analyst = data_request.test_people.analyst
    NonDisclosureOrder.objects.create(
        data_request=data_request,
        clause="Extended",
        stated_at=bar.bar_ends_at - 20 * DAY,
        stated_by=data_request.officer,
    )
    remind(at=bar.bar_ends_at - 14 * DAY)
    remind(at=bar.bar_ends_at)
    assert (told("bar_ends"), told("bar_over"), told("bar_over_staff")) == ([], [], [analyst.pk])
    data_request.process_type.notice_duty, data_request.process_type.notice_duty_law = "authority", "Law 1"
    data_request.process_type.save()
    assert not bars().exists()  # the company never tells: no bar of its own ends


def test_a_longer_bar_a_new_end_and_an_answer_without_notice_are_told_of_as_they_stand():
    data_request, bar = barred()
    NonDisclosureOrder.objects.create(
        data_request=data_request, clause="Order of 1 Dec", confirmed_at=timezone.now(),
        confirmed_by=data_request.test_people.analyst,
    )  # fmt: skip
    remind(at=bar.bar_ends_at)
    assert told("bar_over") == []  # another bar has no end
    NonDisclosureOrder.objects.exclude(pk=bar.pk).delete()
    remind(at=bar.bar_ends_at - 14 * DAY)
    assert len(told("bar_ends")) == 1
    notices.confirm_bar(
        bar, page="3", bars_until=date(2027, 6, 1), by=data_request.test_people.analyst
    )  # extended: two weeks before the new end the officer is told anew
    bar.refresh_from_db()
    remind(at=bar.bar_ends_at - 14 * DAY)
    assert len(told("bar_ends")) == 2
    data_request.notices.update(status="sent")
    remind(at=bar.bar_ends_at)
    assert told("bar_over") == []  # they know already
    # Told by the worker that came before this one: the officer reads all the same that the bar is over.
    data_request.notices.update(sent_at=bar.bar_ends_at)
    remind(at=bar.bar_ends_at)
    assert told("bar_over") == [data_request.officer.pk]


def test_a_download_that_nobody_uses_is_told_of_and_ends_with_a_word_to_both():
    package = released_package(granted_request())
    data_request, analyst = package.data_request, package.data_request.test_people.analyst
    for left, number in ((8, 0), (7, 1), (3, 1), (1, 2)):
        remind(at=package.expires_at - left * DAY)
        assert len(told("download_ends")) == number
    assert set(told("download_ends")) == {data_request.officer_id}
    subjects = OutboundMessage.objects.filter(event="download_ends").order_by("pk").values_list("subject", flat=True)
    assert [words.partition("] ")[2] for words in subjects] == [
        "Your download ends in 7 days", "Your download ends tomorrow",
    ]  # fmt: skip
    for _again in range(2):
        packages.expire_due(at=package.expires_at)
    assert told("download_over") == [data_request.officer_id]
    assert "ask us in a message" in " ".join(OutboundMessage.objects.get(event="download_over").body_text.split())
    assert told("download_unused") == [analyst.pk]


def test_who_has_the_records_is_not_reminded_and_a_letter_alone_is_not_the_records():
    package = released_package(granted_request())

    def take(document: Document):
        at = package.released_at
        DownloadReceipt.objects.create(
            package=package, document=document, user=package.data_request.officer, started_at=at, complete=True
        )

    take(package.letter)
    remind(at=package.expires_at - 7 * DAY)
    assert len(told("download_ends")) == 1
    take(package.archive)
    remind(at=package.expires_at - DAY)
    assert len(told("download_ends")) == 1
    packages.expire_due(at=package.expires_at)
    assert "downloaded before" in OutboundMessage.objects.get(event="download_over").body_text
    assert told("download_unused") == []


def test_a_suspended_officer_is_not_told_and_the_desk_is():
    package = released_package(granted_request())
    package.data_request.officer.memberships.update(suspended_at=timezone.now())
    remind(at=package.expires_at - DAY)
    packages.expire_due(at=package.expires_at)
    assert (told("download_ends"), told("download_over")) == ([], [])
    assert "The officer is not told" in OutboundMessage.objects.get(event="download_unused").body_text


def test_of_a_restricted_request_only_named_readers_are_told_and_find_the_deadline():
    package = released_package(granted_request())
    data_request, stranger = package.data_request, make_staff("analyst", "approver")
    named = make_staff("analyst")
    DataRequest.objects.filter(pk=data_request.pk).update(restricted=True, assignee=stranger)
    data_request.named_readers.add(named)
    since, until = package.expires_at - DAY, package.expires_at + DAY
    for reader, number in ((named, 1), (stranger, 0), (make_officer(), 0)):
        found = [row for row in deadlines_between(reader, since, until) if row.clock == "Download"]
        assert len(found) == number
    packages.expire_due(at=package.expires_at)
    assert told("download_unused") == [named.pk]


def test_the_page_of_deadlines_has_windows_bars_and_downloads():
    now = timezone.now()
    window = granted_request(barred=False)
    ends = told_holders(window)
    data_request, bar = barred()
    reader = data_request.test_people.analyst
    found = {row.clock: row for row in deadlines_between(reader, now, bar.bar_ends_at + DAY)}
    assert (found["Time to object"].label, found["Time to object"].due) == (window.reference, ends)
    shown = found["Bar on telling the account holder"]
    assert (shown.label, shown.due, shown.person_id) == (data_request.reference, bar.bar_ends_at, reader.pk)
    assert shown.url == f"/staff/requests/{data_request.reference}/"
    assert {"notice_window", "bar", "download"} <= {clock.name for clock in clocks()}


def test_a_bar_that_is_changed_in_a_returned_draft_is_confirmed_anew():
    from_before, bar = barred()
    values = {"secrecy_asked": True, "clause": bar.clause, "until": date(2028, 1, 1)}
    _save_notice(from_before, values, from_before.officer, timezone.now())
    bar.refresh_from_db()
    assert (bar.confirmed_at, bar.bar_ends_at, bar.page) == (None, None, "")
