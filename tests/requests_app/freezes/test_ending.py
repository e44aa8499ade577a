"""The end of a freeze: by itself, quashed, asked for, by mistake; two people; a later order; who reads what."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from foundation.providers.models import ConnectorJob, DemoFreeze
from requests_app.deadlines import freeze_end
from requests_app.models import FreezeLift
from requests_app.services import extending, freeze_orders, lifting, order_versions
from tests.documents.files import make_pdf
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.freezes import cases
from tests.requests_app.kinds.cases import call_back

pytestmark = pytest.mark.django_db


def document():
    return SimpleUploadedFile("lifted.pdf", make_pdf("The court lifts it"), content_type="application/pdf")


def messages(event):
    return OutboundMessage.objects.filter(event=event)


def lifted(row, *, done_at=None):
    """Record the lift by hand and let a second person confirm it."""
    lifting.record_done(row, done_at=done_at or timezone.now(), by=row.test_people.analyst)
    lift = FreezeLift.objects.get(freeze=row.freeze)
    return lifting.confirm(row, seen=lifting.stamp(lift), by=row.test_people.approver)


def test_at_the_end_a_lift_is_due_by_itself_once_and_two_people_do_it_by_our_systems():
    row = cases.by_systems(last_day=cases.day(2))
    end = row.freeze.ends_at
    assert lifting.sweep(at=end - timedelta(seconds=1)) == 0
    assert lifting.sweep(at=end) == 1
    assert lifting.sweep(at=end + timedelta(days=3)) == 0
    lift = FreezeLift.objects.get()
    assert (lift.cause, lift.asked_by) == ("expired", None)
    assert messages("freeze_lift_due").filter(to_user=row.test_people.analyst).count() == 1
    people = row.test_people
    with pytest.raises(NotAllowed, match="The order is over"):
        lifting.decline(row, reason="Rather not", by=people.approver)
    lifting.instruct(row, by=people.analyst)
    with pytest.raises(NotAllowed):
        lifting.instruct(row, by=people.analyst)
    cases.run_jobs(at=timezone.now())
    lifting.sweep()
    lift.refresh_from_db()
    book = DemoFreeze.objects.get()
    assert lift.done_at == book.lifted_at
    with pytest.raises(NotAllowed):
        lifting.confirm(row, seen=lifting.stamp(lift), by=people.analyst)
    with pytest.raises(Stale):
        lifting.confirm(row, seen="earlier", by=people.approver)
    lifting.confirm(row, seen=lifting.stamp(lift), by=people.approver)
    with pytest.raises(NotAllowed, match="No lift waits"):
        lifting.confirm(row, seen=lifting.stamp(lift), by=people.approver)
    row = cases.fresh(row)
    assert row.freeze.lifted_at == lift.done_at
    assert freeze_orders.standing_of(row.freeze, lift=lift, at=timezone.now()).words == "Lifted"
    assert messages("freeze_lifted").get().to_user == row.officer
    assert ConnectorJob.objects.filter(act="lift").count() == 1


def test_a_quashed_order_makes_the_lift_by_itself_and_one_brought_back_does_not():
    row = cases.by_hand()
    assert lifting.sweep() == 0
    cases.version_of(row, "quashed")
    assert lifting.sweep() == 1
    assert FreezeLift.objects.get().cause == "quashed"
    other = cases.by_hand()
    cases.version_of(other, "quashed")
    cases.version_of(other, "replaces")
    assert lifting.sweep() == 0
    lifted(row)
    assert list(freeze_orders.in_force()) == [other.freeze]


def test_the_officer_asks_with_the_document_is_turned_down_with_a_reason_and_asks_again():
    row = cases.by_hand(last_day=cases.day(60))
    officer, stranger = client_for(row.officer), client_for(make_officer())
    url = reverse("officer:freeze_lift", args=[row.reference])
    assert stranger.get(url).status_code == 404
    page = officer.post(url, {"reason": "The case is closed."})
    assert page.status_code == 422
    assert "The case is closed." in page.content.decode()
    assert officer.post(url, {"reason": "The case is closed.", "upload": document()}).status_code == 302
    again = officer.post(url, {"reason": "Twice", "upload": document()}, follow=True)
    assert "A lift waits already" in again.content.decode()
    staff = client_for(row.test_people.approver)
    address = reverse("staff:lift_decline", args=[row.reference])
    assert staff.post(address, {"reason": ""}).status_code == 422
    assert staff.post(address, {"reason": "It lifts another order."}).status_code == 302
    page = officer.get(reverse("officer:request", args=[row.reference])).content.decode()
    assert "It lifts another order." in page
    assert "case is closed" not in messages("freeze_answered").get().body_text
    assert officer.post(url, {"reason": "Now the right one.", "upload": document()}).status_code == 302
    lift = lifted(cases.fresh(row))
    assert (lift.cause, lift.asked_by, lift.declined_at) == ("lifted", row.officer, None)
    page = officer.get(reverse("officer:request", args=[row.reference])).content.decode()
    assert "Ask us to lift it" not in page
    assert lift.confirmed_by.get_full_name() not in page


def test_staff_start_a_lift_and_the_page_says_what_is_wrong_with_everything_typed():
    row = cases.by_hand()
    analyst, approver = client_for(row.test_people.analyst), client_for(row.test_people.approver)
    begin, page = (reverse(f"staff:{name}", args=[row.reference]) for name in ("lift_begin", "lift"))
    wrong = analyst.post(begin, {"cause": "lifted", "reason": "Decision of 3 June"})
    assert wrong.status_code == 422
    assert "Add the document" in wrong.content.decode()
    assert "Decision of 3 June" in wrong.content.decode()
    assert analyst.post(begin, {"cause": "expired", "reason": "x"}).status_code == 422
    assert approver.post(begin, {"cause": "mistake", "reason": "x"}).status_code == 403
    assert analyst.get(begin).url == page
    assert analyst.post(begin, {"cause": "mistake", "reason": "The wrong account."}).url == page
    record, confirm = (reverse(f"staff:lift_{name}", args=[row.reference]) for name in ("record", "confirm"))
    late = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M Z")
    assert analyst.post(record, {"done_at": late}).status_code == 422
    assert analyst.post(record, {"done_at": timezone.now().strftime("%Y-%m-%d %H:%M Z")}).url == page
    assert "Confirm the lift" in approver.get(page).content.decode()
    seen = lifting.stamp(FreezeLift.objects.get())
    assert client_for(row.test_people.approver, factor_age=3600).post(confirm, {"seen": seen}).status_code == 302
    assert FreezeLift.objects.get().confirmed_at is None
    for _click in range(2):
        assert approver.post(confirm, {"seen": seen}).url == page
    assert messages("freeze_lifted").count() == 1


def test_a_later_order_takes_a_call_and_two_people_and_moves_the_end():
    row = cases.by_hand(last_day=cases.day(1))
    people, old = row.test_people, row.freeze.ends_at
    assert order_versions.refusal(row, row.officer) is None  # closed, and still the order can change
    version = cases.version_of(row, until=cases.day(90))
    lifting.sweep(at=old)
    with pytest.raises(NotAllowed, match="Call the agency"):
        extending.check(row, version_id=version.pk, by=people.analyst)
    call_back(row)
    with pytest.raises(Stale):
        extending.check(row, version_id=version.pk + 1, by=people.analyst)
    extending.check(row, version_id=version.pk, by=people.analyst)
    for person in (people.analyst, make_staff("auditor")):
        with pytest.raises(NotAllowed):
            extending.confirm(row, version_id=version.pk, by=person)
    assert cases.fresh(row).freeze.ends_at == old
    extending.confirm(row, version_id=version.pk, by=people.approver)
    row = cases.fresh(row)
    assert row.freeze.ends_at == freeze_end(cases.day(90)).at
    assert not freeze_orders.is_open(FreezeLift.objects.get())
    assert lifting.sweep(at=old + timedelta(days=1)) == 0
    assert lifting.sweep(at=row.freeze.ends_at) == 1
    assert extending.waiting(row) is None


def test_what_is_being_lifted_is_not_extended_and_a_version_can_be_turned_down():
    row = cases.by_hand(last_day=cases.day(1))
    version = cases.version_of(row, until=cases.day(90))
    call_back(row)
    extending.check(row, version_id=version.pk, by=row.test_people.analyst)
    lifting.sweep(at=row.freeze.ends_at)
    lifting.record_done(row, done_at=timezone.now(), by=row.test_people.analyst)
    with pytest.raises(TransitionRefused, match="being lifted"):
        extending.confirm(row, version_id=version.pk, by=row.test_people.approver)
    with pytest.raises(Incomplete):
        extending.decline(row, version_id=version.pk, reason=" ", by=row.test_people.approver)
    extending.decline(row, version_id=version.pk, reason="It is not signed.", by=row.test_people.approver)
    page = client_for(row.officer).get(reverse("officer:request", args=[row.reference])).content.decode()
    assert "It is not signed." in page
    assert extending.waiting(row) is None


def test_the_end_is_told_in_time_to_officer_and_desk_and_chased_until_lifted():
    row = cases.by_hand(last_day=cases.day(40))
    end = row.freeze.ends_at
    for days in (30, 14, 7, 1):
        remind(only="freeze_end", at=end - timedelta(days=days) + timedelta(minutes=1))
        remind(only="freeze_end", at=end - timedelta(days=days) + timedelta(minutes=2))
    assert messages("freeze_ends").count() == messages("freeze_ends_staff").count() == 4
    for days in (0, 1, 7):
        remind(only="freeze_end", at=end + timedelta(days=days, minutes=1))
    assert messages("freeze_over").count() == 1
    assert messages("freeze_ends_staff").count() == 7
    due = [one for one in deadlines_between(row.test_people.analyst, end, end + timedelta(1)) if "freeze" in one.clock]
    assert [one.label for one in due] == [row.reference]
    lifting.sweep(at=end)
    lifted(row)
    assert not list(freeze_orders.ends())


def test_the_list_costs_the_same_with_one_and_three_rows_and_restricted_ones_are_in_none(django_assert_num_queries):
    analyst = make_staff("analyst")
    client = client_for(analyst)
    for number in (1, 3):
        while freeze_orders.in_force().count() < number:
            row = cases.by_hand(last_day=cases.day(9))
        client.get(reverse("staff:freezes"))
        with django_assert_num_queries(7):
            page = client.get(reverse("staff:freezes")).content.decode()
        assert page.count("In force</strong>") == number
    type(row).objects.filter(pk=row.pk).update(restricted=True)
    page = client.get(reverse("staff:freezes")).content.decode()
    assert row.reference not in page
    assert freeze_orders.tally(analyst)["force"] == 2
    assert client.get(reverse("staff:lift", args=[row.reference])).status_code == 404
    assert not [one for one in deadlines_between(analyst, timezone.now(), row.freeze.ends_at + timedelta(1))
                if one.label == row.reference]  # fmt: skip
