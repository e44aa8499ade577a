"""What a person chooses about messages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import message_choices
from accounts.services.message_choices import Choices
from foundation.audit.models import AuditEvent
from foundation.notifications.models import Kind, OutboundMessage
from foundation.notifications.outbox import send
from tests.accounts.helpers import actions, page, words
from tests.harness.race import race
from tests.people import client_for, make_officer, make_staff

URL = "/account/messages/"
SAID = {"digest": "daily", "language": "de", "time_zone": "Europe/Berlin"}


def waiting(person, number: int = 1) -> OutboundMessage:
    return send("question_answered", dedupe_key=f"w{person.pk}:{number}", to_user=person, context={}, reference="MX-1")


def test_what_is_chosen_is_kept_and_stands_in_the_trail(db):
    officer = make_officer()
    client = client_for(officer)
    assert "Saved." in words(client.post(URL, SAID, follow=True))
    officer.refresh_from_db()
    assert (officer.digest, officer.language, officer.time_zone) == ("daily", "de", "Europe/Berlin")
    entry = AuditEvent.objects.get(action="message.choices_changed")
    assert (entry.actor_id, entry.object_id) == (str(officer.pk), str(officer.pk))
    answer = client.get(URL)
    assert page(answer).select_one("input[name=digest][checked]")["value"] == "daily"
    assert page(answer).select_one("select[name=language] option[selected]")["value"] == "de"
    assert "Nothing is different from before." in words(client.post(URL, SAID, follow=True))
    assert actions(action="message.choices_changed") == ["message.choices_changed"]


@pytest.mark.parametrize(
    "wrong",
    [{"digest": "never"}, {"digest": ""}, {"language": "tlh"}, {"time_zone": "Mars/Olympus"}, {"time_zone": ""}],
)
def test_what_there_is_not_is_refused_and_nothing_is_lost(db, wrong):
    officer = make_officer()
    answer = client_for(officer).post(URL, SAID | wrong)
    assert answer.status_code == 422
    assert page(answer).select_one(".govuk-error-summary a")
    if "digest" not in wrong:
        assert page(answer).select_one("input[name=digest][checked]")["value"] == "daily"
    officer.refresh_from_db()
    assert (officer.digest, officer.language) == ("at_once", "en")
    assert not actions(action="message.choices_changed")


def test_a_change_to_at_once_says_how_many_are_sent_now(db):
    analyst = make_staff("analyst", digest="weekly")
    rows = [waiting(analyst, number) for number in range(2)]
    other = waiting(make_staff("analyst", digest="weekly"), 9)
    client = client_for(analyst)
    assert "2 messages wait for your next digest." in words(client.get(URL))
    answer = client.post(URL, {"digest": "at_once", "language": "en", "time_zone": "UTC"}, follow=True)
    assert "2 messages that waited are sent now." in words(answer)
    assert set(OutboundMessage.objects.filter(for_digest=False)) == set(rows)
    other.refresh_from_db()
    assert other.for_digest


def test_the_page_says_which_messages_nobody_can_put_off(db):
    said = words(client_for(make_officer()).get(URL))
    for kind in Kind:
        assert kind.label in said
    assert said.count("They always come at once and cannot be switched off.") == 2
    assert "An officer answered a question." not in said  # what staff are told
    assert "An officer answered a question." in words(client_for(make_staff("analyst")).get(URL))


def test_a_suspended_account_is_not_changed(db):
    officer = make_officer()
    client = client_for(officer)
    officer.membership.suspended_at = timezone.now()
    officer.membership.save(update_fields=["suspended_at"])
    assert client.get(URL)["Location"] == "/account/"
    answer = client.post(URL, SAID)
    assert answer.status_code == 422
    assert "suspended" in words(answer)
    officer.refresh_from_db()
    assert officer.digest == "at_once"


def test_an_older_name_of_a_zone_stays_until_another_is_chosen(db):
    officer = make_officer(time_zone="Asia/Calcutta")
    client = client_for(officer)
    assert page(client.get(URL)).select_one("select[name=time_zone] option[selected]")["value"] == "Asia/Calcutta"
    assert client.post(URL, SAID | {"time_zone": "Asia/Calcutta"}).status_code == 302


def test_a_double_click_changes_once(committed_db):
    analyst = make_staff("analyst", digest="daily")
    row = waiting(analyst)
    chosen = Choices("at_once", "en", "UTC")
    found = race(*[lambda: message_choices.change(analyst, chosen, by=analyst)] * 2)
    assert sorted((one.anything, one.sent) for one in found) == [(False, 0), (True, 1)]
    row.refresh_from_db()
    assert not row.for_digest
    assert row.due_at - timezone.now() < timedelta(minutes=1)
    assert actions(action="message.choices_changed") == ["message.choices_changed"]
