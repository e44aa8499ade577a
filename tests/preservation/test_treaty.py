"""A hold goes on while a treaty request runs: somebody says so now and then, and nothing ends where nobody does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from preservation.models import PreservationHold
from preservation.services import life, sweeping, treaty
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, hold_of, law

pytestmark = pytest.mark.django_db
WORDS = "MLA 2026/118, the ministry has it"


def on_treaty(at=AT):
    return hold_of(at=at, status="on_treaty")


def asked(event):
    return OutboundMessage.objects.filter(event=event).count()


def test_nobody_answers_and_everybody_is_asked_but_nothing_ends():
    make_staff("analyst")
    hold = on_treaty()
    admins = 1  # hold_of made the one who started it
    due = hold.confirm_by
    assert due - AT >= timedelta(days=90)
    assert hold.treaty_words == "MLA of 1 Nov"
    assert asked("hold_treaty_started") == 1
    for days, officer, staff in ((-15, 0, 0), (-14, 1, 1), (-10, 1, 1), (0, 2, 2), (7, 3, 3), (30, 3, 4), (60, 3, 4)):
        at = due + timedelta(days=days, minutes=1)
        remind(at=at)
        sweeping.sweep(at=at)
        assert (asked("hold_treaty_confirm"), asked("hold_treaty_confirm_staff")) == (officer, staff * admins), days
    hold.refresh_from_db()
    assert (hold.status, hold.expired_at) == ("on_treaty", None)
    for message in OutboundMessage.objects.filter(event__startswith="hold_treaty"):
        for secret in ("MLA", hold.case_number, hold.title, "48213377", hold.agency.name):
            assert secret not in message.subject + message.body_text


def test_confirming_asks_again_later_and_tells_of_the_new_day():
    hold, admin = on_treaty(), make_staff("preservation_admin")
    first, at = hold.confirm_by, hold.confirm_by - timedelta(days=3)
    with pytest.raises(Incomplete):
        treaty.confirm(hold, words=" ", by=hold.officer, at=at)
    for stranger in (make_officer(hold.agency), make_staff("analyst")):
        with pytest.raises(NotAllowed):
            treaty.confirm(hold, words=WORDS, by=stranger, at=at)
    row = treaty.confirm(hold, words=WORDS, by=hold.officer, at=at)
    assert (row.treaty_words, row.confirm_by - at >= timedelta(days=90)) == (WORDS, True)
    remind(at=first + timedelta(minutes=1))
    assert asked("hold_treaty_confirm") == 0, "nothing speaks of the old day"
    again = treaty.confirm(row, words="Still with the ministry", by=admin, at=at + timedelta(days=1))
    assert again.treaty_words == "Still with the ministry"
    ended = life.end_treaty(again, reason="Answered.", by=admin, at=at + timedelta(days=2))
    assert (ended.status, ended.confirm_by) == ("active", None)
    with pytest.raises(TransitionRefused):
        treaty.confirm(ended, words=WORDS, by=admin, at=at + timedelta(days=3))


def test_released_while_it_runs_nobody_is_asked_any_more():
    hold = on_treaty()
    life.release(hold, by=hold.officer, at=AT + timedelta(days=2))
    remind(at=hold.confirm_by + timedelta(days=31))
    assert asked("hold_treaty_confirm_staff") == 0


def test_the_page_of_deadlines_lists_it_for_who_may_see_it():
    hold = on_treaty()
    PreservationHold.objects.filter(pk=hold.pk).update(restricted=True)
    since, until = hold.confirm_by - timedelta(days=1), hold.confirm_by + timedelta(days=1)

    def listed(reader):
        return [row.label for row in deadlines_between(reader, since, until) if "Treaty" in row.clock]

    assert listed(make_staff("preservation_admin")) == [hold.reference]
    assert listed(make_staff("analyst")) == []


def test_the_officer_says_it_on_a_page_and_staff_on_theirs():
    hold = on_treaty(timezone.now() - timedelta(days=85))
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/treaty/"
    assert "Say that the treaty request still runs" in client.get(f"/holds/{hold.reference}/").content.decode()
    assert client.post(here, {"words": ""}).status_code == 422
    assert client.post(here, {"words": WORDS}).status_code == 302
    hold.refresh_from_db()
    assert (hold.treaty_words, hold.confirm_by > timezone.now() + timedelta(days=89)) == (WORDS, True)
    assert client_for(make_officer()).get(here).status_code == 404
    staff = client_for(make_staff("preservation_admin"))
    page = staff.get(f"/staff/holds/{hold.reference}/").content.decode()
    assert WORDS in page
    assert "It still runs" in page
    staff.post(f"/staff/holds/{hold.reference}/treaty/", {"reason": "The ministry called.", "action": "confirm"})
    hold.refresh_from_db()
    assert (hold.status, hold.treaty_words) == ("on_treaty", "The ministry called.")
    served = hold_of(at=timezone.now() - timedelta(days=1), status="process_served")
    assert client_for(served.officer).get(f"/holds/{served.reference}/treaty/").status_code == 302


def test_an_officer_names_a_treaty_request_and_staff_keep_the_hold_for_it():
    hold, admin = hold_of(at=timezone.now() - timedelta(days=80)), make_staff("preservation_admin")
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/treaty/"
    page = client.get(here).content.decode()
    assert "Is a treaty request under way?" in page
    assert "still run" not in page
    assert client.post(here, {"words": " "}).status_code == 422
    assert client.post(here, {"words": WORDS}).status_code == 302
    assert client.post(here, {"words": WORDS}).status_code == 302  # twice
    hold.refresh_from_db()
    assert (hold.status, hold.treaty_words, hold.process_at) == ("active", WORDS, None)
    told = OutboundMessage.objects.get(event="hold_treaty_named")
    assert (told.to_user_id, WORDS in told.body_text) == (admin.pk, False)
    assert entries_for(hold).filter(action="hold.treaty_named").count() == 1
    assert WORDS in client_for(admin).get(f"/staff/holds/{hold.reference}/").content.decode()
    for stranger in (make_officer(hold.agency), make_staff("analyst"), admin):
        with pytest.raises(NotAllowed):
            treaty.name(hold, words="Mine", by=stranger)
    kept = life.start_treaty(hold, reason=WORDS, by=admin)
    with pytest.raises(TransitionRefused):
        treaty.name(kept, words="Another", by=hold.officer)
    assert life.end_treaty(kept, reason="Answered.", by=admin).treaty_words == ""


def test_where_the_rule_allows_no_more_the_officer_is_led_to_the_treaty_request():
    hold = hold_of(at=timezone.now(), ground="law", process_type=law(most=0))
    client = client_for(hold.officer)
    where, here = f'href="/holds/{hold.reference}/treaty/"', f"/holds/{hold.reference}/"
    assert client.get(here).content.decode().count(where) == 2
    treaty.name(hold, words=WORDS, by=hold.officer)
    assert "You told us of a treaty request" in client.get(here).content.decode()
