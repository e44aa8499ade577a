"""The company's own numbers of holds: who changes them, what a second save finds, and what counts from when."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale
from foundation.legal.catalogue import load
from foundation.providers.models import Provider
from preservation.services import hold_rules
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.preservation.holds import AT, hold_of

URL = "/staff/holds/rules/change/"
SAID = {
    "hold_days": "60", "hold_leads": "7, 21 1", "hold_grace_days": "3", "hold_by_rule": "person",
    "hold_limit_officer": "5", "hold_limit_agency": "20", "hold_many_identifiers": "30", "hold_tells_results": "no",
    "hold_confirm_days": "60", "hold_review_days": "120",
}  # fmt: skip


@pytest.fixture
def administrator(db):
    make_provider()
    return make_staff("administrator")


def changes():
    found = AuditEvent.objects.filter(action="hold.rules_changed").order_by("pk")
    return [json.loads(bytes(event.payload))["data"]["changes"] for event in found]


def test_a_change_is_in_the_trail_with_old_and_new_and_counts_for_holds_that_come(administrator):
    before = hold_of()
    client = client_for(administrator)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(URL).text)[1]
    assert client.post(URL, SAID | {"seen": seen}).headers["Location"] == reverse("holds:rules")
    (said,) = changes()
    assert said["hold_days"] == [90, 60]
    assert said["hold_leads"] == [[30, 14, 7, 1], [21, 7, 1]]
    assert said["hold_by_rule"] == [True, False]
    assert "hold_tells_results" not in said
    before.refresh_from_db()
    assert (before.first_days, before.expires_at - AT > timedelta(days=90)) == (90, True)
    after = hold_of()
    assert (after.first_days, after.extension_days) == (60, 60)


def test_the_older_of_two_saves_is_refused_and_keeps_what_was_typed(administrator):
    client = client_for(administrator)
    seen = hold_rules.seal_of(make_provider())
    client.post(URL, SAID | {"seen": seen})
    late = client.post(URL, SAID | {"seen": seen, "hold_days": "45"})
    assert (late.status_code, "Somebody else changed this" in late.text) == (422, True)
    assert ("What is stored now" in late.text, 'value="45"' in late.text) == (True, True)
    again = re.search(r'name="seen" value="([0-9a-f]{64})"', late.text)[1]
    assert client.post(URL, SAID | {"seen": again, "hold_days": "45"}).status_code == 302
    assert client.post(URL, SAID | {"seen": seen, "hold_days": "45"}).status_code == 302  # nothing new, nothing stale
    assert [one["hold_days"] for one in changes()] == [[90, 60], [60, 45]]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hold_days", "0", "or more"),
        ("hold_leads", "30, soon", "write numbers with commas"),
        ("hold_leads", "0, 7", "from 1 to 180"),
        ("hold_leads", "1 2 3 4 5 6 7 8 9", "up to 8 numbers"),
        ("hold_many_identifiers", "501", "500"),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_saves_nothing(administrator, name, value, words):
    page = client_for(administrator).post(URL, SAID | {"seen": hold_rules.seal_of(make_provider()), name: value})
    assert (page.status_code, words in page.text) == (422, True)
    assert (changes(), Provider.objects.get().hold_days) == ([], 90)


def test_nobody_else_changes_them(db):
    provider = make_provider()
    said = hold_rules.facts_of(provider) | {"hold_days": 1}
    for person in (make_staff("preservation_admin"), make_staff("approver"), make_officer()):
        with pytest.raises(NotAllowed):
            hold_rules.change(provider, said, seen=hold_rules.seal_of(provider), by=person)
    elsewhere = Provider.objects.create(
        name="Other", slug="other", reference_prefix="OT", calendar=provider.calendar, emergency_phone="1"
    )
    with pytest.raises(NotAllowed):
        hold_rules.change(elsewhere, said, seen="", by=make_staff("administrator"))
    with pytest.raises(Stale):
        hold_rules.change(provider, said, seen="another", by=make_staff("administrator"))


def test_everybody_of_staff_reads_every_rule_with_its_source_in_a_few_queries(db, django_assert_num_queries):
    load()
    person = make_staff("preservation_admin")
    page = client_for(person).get(reverse("holds:rules")).text
    for words in ("must go to court within 60 days", "once, 60 days in all", "CCP art 197(4)", "INT-PRESERVE"):
        assert words in page, words
    assert "Change these numbers" not in page
    assert "Change these numbers" in client_for(make_staff("administrator")).get(reverse("holds:rules")).text
    assert client_for(make_officer()).get(reverse("holds:rules")).status_code == 404
    with django_assert_num_queries(2):
        hold_rules.rules(Provider.objects.get())
