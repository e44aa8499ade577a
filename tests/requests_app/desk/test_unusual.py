"""SEC-26, CJIS AU-6: the weekly report says what was unusual, once, from the trail alone, and somebody else looks."""

import re
from datetime import UTC, date, datetime, timedelta
from string import Formatter

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import event_names
from accounts.events import Event as AccountEvent
from accounts.models import StaffRole
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.notifications.models import OutboundMessage
from requests_app.events import Event
from requests_app.models import UnusualFinding, UnusualReport
from requests_app.services import unusual, unusual_week
from requests_app.unusual_rules import RULES, UnusualKind, words_of
from tests.factories import request_at
from tests.people import client_for, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
# A Monday; the week before it is the one that is reported.
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
WEEK = date(2026, 11, 16)
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def held():
    """Roles were held all the time: factories give them now."""
    StaffRole.objects.update(granted_at=NOON - timedelta(days=365))


def acts(user, action, number, *, obj=None, at=NOON, every=timedelta(minutes=1), **more):
    for n in range(number):
        record(action, by=user, obj=obj, at=at + n * every, **more)


def worked(user, data_request, *, weeks=5, each=10):
    """Ordinary weeks before: on two days of each, at noon."""
    for week in range(1, weeks + 1):
        for day in range(2):
            acts(user, Event.VIEWED, each // 2, obj=data_request, at=NOON - timedelta(weeks=week, days=day))


def found(report=None):
    report = report or UnusualReport.objects.get()
    return {(row.kind, row.user_id): row.facts for row in report.findings.all()}


def test_what_is_counted_is_what_the_portal_records():
    counted = unusual_week.LOOKS | unusual_week.FILES | unusual_week.DECIDED | unusual_week.FAILED | unusual_week.PASSED
    assert {str(action) for action in counted} - set(event_names.known()) == set()


def test_sec_26_looks_files_and_hours_are_compared_with_the_person_and_the_desk():
    case = request_at("in_review", at=NOON - timedelta(days=120))
    many, busy, new, night, calm = (make_staff("analyst") for _ in range(5))
    held()
    worked(many, case), worked(night, case, each=6), worked(calm, case, each=6), worked(busy, case, each=40)
    acts(many, Event.VIEWED, 60, obj=case)
    acts(busy, Event.VIEWED, 60, obj=case)  # nearly always that many
    acts(new, Event.VIEWED, 60, obj=case)  # new, and the desk is known
    acts(calm, Event.VIEWED, 49, obj=case)  # many for this person, but few
    acts(many, Event.PRINTED, 9, obj=case)
    acts(night, Event.VIEWED, 5, obj=case, at=NOON.replace(hour=2))
    unusual.sweep(at=MONDAY)
    assert found() == {
        (UnusualKind.LOOKS, many.pk): {"number": 60, "own": 10, "desk": 6},
        (UnusualKind.LOOKS, new.pk): {"number": 60, "own": "not known yet", "desk": 10},
        (UnusualKind.HOURS, night.pk): {"odd": 5, "acts": 5, "days": 10},
    }
    assert words_of("looks", found()[UnusualKind.LOOKS, many.pk]).startswith("60 looks. Usual are 10")
    totals = UnusualReport.objects.get().figures["totals"]
    assert totals["looks"] == [234, 62]


def test_one_of_a_thing_is_not_said_as_many():
    facts = {name: 1 for rule in RULES.values() for _said, name, _words, _how in Formatter().parse(rule.says) if name}
    assert words_of("matching", facts) == "1 alarm, 1 not looked at when the report was made."
    assert words_of("matching", facts | {"alarms": 2, "open": 0}).startswith("2 alarms, 0 not")
    one_of_many = re.compile(r"\b1 [a-z-]+s\b")
    assert [said for kind in RULES if one_of_many.search(said := words_of(kind, facts))] == []
    assert words_of("files", {"number": 1, "own": "not known yet"}) == (
        "1 export or download. Usual are not known yet for this person and ? at the desk."
    )


def test_a_new_installation_and_small_numbers_give_no_nonsense():
    case = request_at("in_review", at=NOON)
    person = make_staff("analyst")
    held()
    acts(person, Event.VIEWED, 400, obj=case, every=timedelta(minutes=1))
    acts(person, Event.PRINTED, 30, obj=case, every=timedelta(minutes=1))
    unusual.sweep(at=MONDAY)
    assert found() == {}
    assert UnusualReport.objects.get().figures["totals"]["looks"] == [400, None]


def test_no_week_is_reported_that_ended_before_the_log_began_and_a_short_one_says_so():
    make_provider()
    assert unusual.sweep(at=MONDAY) == 0
    assert not UnusualReport.objects.exists()
    person, auditor = make_staff("analyst"), make_staff("auditor")
    held()
    acts(person, Event.VIEWED, 1, obj=person, at=MONDAY - timedelta(hours=2))  # after the week ended
    unusual.sweep(at=MONDAY)
    assert not UnusualReport.objects.exists()
    unusual.sweep(at=MONDAY + timedelta(weeks=1))
    report = UnusualReport.objects.get()
    assert report.week == WEEK + timedelta(weeks=1)
    page = client_for(auditor).get(f"/staff/unusual/{report.uid}/").content.decode()
    assert "The audit log begins on" in page
    assert "23 Nov 2026, 04:00:00 UTC" in page
    acts(person, Event.VIEWED, 1, obj=person, at=NOON - timedelta(weeks=13))
    assert "The audit log begins on" not in client_for(auditor).get(f"/staff/unusual/{report.uid}/").content.decode()


def test_sec_26_decisions_that_nobody_really_checked():
    analyst, other = make_staff("analyst"), make_staff("analyst")
    signer, second = make_staff("analyst", "approver"), make_staff("approver")
    held()
    case = request_at("in_review", analyst=analyst, at=NOON)
    cases = [request_at("submitted", officer=case.officer, at=NOON) for _ in range(12)]
    for n, row in enumerate(cases):
        at = NOON + timedelta(minutes=n)
        record(Event.PROPOSED, by=analyst, obj=row, at=at - timedelta(days=1))
        if n < 3:
            record(Event.TAKEN, by=signer, obj=row, at=at - timedelta(days=2))
        record(Event.VIEWED, by=signer, obj=row, at=at - timedelta(seconds=20 if n < 2 else 3600))
        record(Event.APPROVED, by=signer, obj=row, at=at)
    for row in cases[:4]:  # another pair that is as it should be, and shows that others could sign
        record(Event.PROPOSED, by=other, obj=row, at=NOON + timedelta(hours=2))
        record(Event.VIEWED, by=second, obj=row, at=NOON + timedelta(hours=2))
        record(Event.REFUSED, by=second, obj=row, at=NOON + timedelta(hours=3))
    unusual.sweep(at=MONDAY)
    assert found() == {
        (UnusualKind.SELF_TAKEN, signer.pk): {"own": 3, "decisions": 12},
        (UnusualKind.HASTE, signer.pk): {"hasty": 2, "decisions": 12},
        (UnusualKind.BULK, signer.pk): {"most": 12, "decisions": 12},
        (UnusualKind.PAIR, signer.pk): {
            "together": 12, "proposed": 12, "signed": 12, "other": analyst.get_full_name(),
        },
    }  # fmt: skip


def test_sec_26_restricted_requests_are_counted_by_reader_and_never_named(settings):
    closed = request_at("in_review", restricted=True, at=NOON)
    reader, stranger, auditor = (
        make_staff("analyst"),
        make_staff("analyst"),
        make_staff("auditor", full_name="=A Uditor"),
    )
    held()
    closed.named_readers.add(reader)
    acts(reader, Event.VIEWED, 2, obj=closed)
    acts(stranger, Event.VIEWED, 1, obj=closed)
    acts(auditor, AccountEvent.TRAIL_READ, 3)
    unusual.sweep(at=MONDAY)
    assert found() == {
        (UnusualKind.RESTRICTED, reader.pk): {"looks": 2, "requests": 1, "not_named": 0},
        (UnusualKind.RESTRICTED, stranger.pk): {"looks": 1, "requests": 1, "not_named": 1},
    }
    client, report = client_for(auditor), UnusualReport.objects.get()
    pages = [f"/staff/unusual/{report.uid}/", "/staff/unusual/", f"/staff/unusual/{report.uid}/report.csv"]
    pages += [f"/staff/unusual/finding/{row.uid}/" for row in report.findings.all()]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert closed.reference not in answer.content.decode(), page
    assert "3 pages" in client.get(pages[0]).content.decode()
    unusual.look(report.findings.first(), note="=HYPERLINK(1)", by=auditor)
    assert "'=HYPERLINK(1),'" not in unusual.take(report, by=auditor).decode()
    assert "'=A Uditor,'=HYPERLINK(1)" in unusual.take(report, by=auditor).decode()


def test_sec_22_26_failures_places_roles_and_reopened_access():
    officer, person, calm = make_officer(), make_staff("analyst"), make_staff("analyst")
    lead = make_staff("approver")
    held()
    member = officer.memberships.get() if hasattr(officer, "memberships") else officer.membership
    failed = {"outcome": "refused", "every": timedelta(minutes=1)}
    acts(AnonymousUser(), AccountEvent.SIGN_IN_FAILED, 10, obj=person, **failed)
    acts(AnonymousUser(), AccountEvent.SIGN_IN_FAILED, 9, obj=calm, **failed)
    record(AccountEvent.FACTOR_ACCEPTED, by=calm, obj=calm, at=NOON + timedelta(hours=1))
    acts(AnonymousUser(), AccountEvent.SIGN_IN_FAILED, 9, obj=calm, at=NOON + timedelta(hours=2), **failed)
    acts(officer, AccountEvent.ACCESS_DENIED, 12, **failed)
    acts(calm, AccountEvent.ACCESS_DENIED, 9, **failed)
    acts(person, AccountEvent.NEW_DEVICE, 2, obj=person)
    acts(calm, AccountEvent.NEW_DEVICE, 1, obj=calm)
    record(AccountEvent.STAFF_ROLE_GRANTED, by=lead, obj=calm, at=NOON)
    record(AccountEvent.ACCESS_SUSPENDED, by=person, obj=member, at=NOON - timedelta(days=3))
    record(AccountEvent.SUSPENSION_LIFTED, by=lead, obj=member, at=NOON)
    unusual.sweep(at=MONDAY)
    assert found() == {
        (UnusualKind.WRONG, person.pk): {"row": 10, "wrong": 10},
        (UnusualKind.REFUSED, officer.pk): {"refused": 12, "hour": 12},
        (UnusualKind.PLACES, person.pk): {"places": 2},
        (UnusualKind.ROLES, calm.pk): {"granted": 1, "ended": 0},
        (UnusualKind.REOPENED, lead.pk): {"hours": 72},
    }


def test_what_was_read_before_access_ended_or_an_agency_was_suspended_and_passphrases():
    case = request_at("in_review", at=NOON)
    leaver, curious, assignee = make_staff("analyst"), make_staff("analyst"), case.assignee
    held()
    officer = case.officer
    cases = [request_at("in_review", officer=officer, analyst=assignee, at=NOON) for _ in range(5)]
    acts(leaver, Event.PRINTED, 3, obj=case)
    record(AccountEvent.STAFF_ROLE_ENDED, by=None, obj=leaver, at=NOON + timedelta(days=1))
    for row in cases:
        acts(curious, Event.VIEWED, 1, obj=row)
        acts(assignee, Event.VIEWED, 1, obj=row)
        acts(officer, Event.PASSPHRASE_SHOWN, 1, obj=row)
    record(AccountEvent.AGENCY_SUSPENDED, by=None, obj=case.agency, at=NOON + timedelta(hours=5))
    unusual.sweep(at=MONDAY)
    assert found() == {
        (UnusualKind.LEAVING, leaver.pk): {"looks": 0, "files": 3},
        (UnusualKind.BEFORE, curious.pk): {"requests": 5, "agency": case.agency.name},
        (UnusualKind.PHRASES, officer.pk): {"most": 5, "phrases": 5},
        (UnusualKind.ROLES, leaver.pk): {"granted": 0, "ended": 1},
    }


def test_it_is_made_once_on_monday_at_six_and_missed_weeks_are_made_up():
    make_provider(), make_staff("auditor"), make_staff("approver")
    record("test.done", by=None, at=NOON - timedelta(weeks=20))
    assert unusual.sweep(at=MONDAY - timedelta(minutes=1)) == 1
    assert unusual.sweep(at=MONDAY - timedelta(minutes=1)) == 0
    assert UnusualReport.objects.get().week == WEEK - timedelta(days=7)
    assert unusual.sweep(at=MONDAY) == 1
    weeks = set(UnusualReport.objects.values_list("week", flat=True))
    UnusualReport.objects.update(done_at=MONDAY, done_by=make_staff("auditor"))
    assert unusual.sweep(at=MONDAY + timedelta(days=16)) == 2
    made = set(UnusualReport.objects.values_list("week", flat=True))
    assert made == weeks | {WEEK + timedelta(days=7), WEEK + timedelta(days=14)}
    assert OutboundMessage.objects.filter(event="weekly_report").count() == 2 + 2 * 2


def test_it_waits_three_business_days_then_five_and_says_nothing_of_a_case():
    auditor, administrator = make_staff("auditor"), make_staff("administrator")
    analyst = make_staff("analyst", full_name="Zacharias Quill")
    held()
    record(AccountEvent.STAFF_ROLE_GRANTED, by=None, obj=analyst, at=NOON)
    unusual.sweep(at=MONDAY)
    for days, told in (
        (2, []),
        (4, [auditor]),
        (5, [auditor]),
        (8, [auditor, administrator]),
        (9, [auditor, administrator]),
    ):
        unusual.sweep(at=MONDAY + timedelta(days=days))
        rows = OutboundMessage.objects.exclude(event="weekly_report").filter(event__startswith="weekly").order_by("pk")
        assert [row.to_user for row in rows if "2026-11-16" in row.body_text] == told, days
    for row in OutboundMessage.objects.all():
        assert "Quill" not in f"{row.subject} {row.body_text} {row.body_html}"


def test_somebody_else_looks_once_and_the_week_is_closed_when_all_was_looked_at():
    auditor, second, analyst = make_staff("auditor"), make_staff("auditor"), make_staff("analyst")
    elsewhere = make_provider(name="Other", slug="other", reference_prefix="OT", calendar=make_provider().calendar)
    foreign = make_staff("auditor", provider=elsewhere)
    held()
    record(AccountEvent.STAFF_ROLE_GRANTED, by=None, obj=auditor, at=NOON)
    unusual.sweep(at=MONDAY)
    report = UnusualReport.objects.get(provider__slug="meridian")
    finding = report.findings.get()
    with pytest.raises(NotAllowed, match="about yourself"):
        unusual.look(finding, note="Fine", by=auditor)
    for person in (analyst, foreign):
        with pytest.raises(NotAllowed):
            unusual.look(finding, note="Fine", by=person)
        assert client_for(person).get(f"/staff/unusual/{report.uid}/").status_code in {403, 404}
    client = client_for(second)
    refused = client.post(f"/staff/unusual/{report.uid}/close/", {"note": "All is well"})
    assert refused.status_code == 422
    assert "All is well" in refused.content.decode()
    with pytest.raises(Incomplete):
        unusual.look(finding, note=" ", by=second)
    page = f"/staff/unusual/finding/{finding.uid}/"
    assert client.post(page, {"note": "Asked the administrator"}).status_code == 302
    assert client.post(page, {"note": "Again"}).status_code == 422
    assert UnusualFinding.objects.get().note == "Asked the administrator"
    assert client.post(f"/staff/unusual/{report.uid}/close/", {"note": "All is well"}).status_code == 302
    done = [
        action for action in AuditEvent.objects.order_by("id").values_list("action", flat=True) if "unusual" in action
    ]
    assert done == ["unusual.report_made"] * 2 + ["unusual.looked_at", "unusual.report_closed"]


def test_the_week_reads_its_own_staff_and_its_own_days():
    case = request_at("in_review", at=NOON)
    other = make_provider(name="Other", slug="other", reference_prefix="OT", calendar=case.provider.calendar)
    stranger = make_staff("analyst", provider=other)
    held()
    acts(stranger, Event.VIEWED, 3, obj=case)
    acts(case.assignee, Event.VIEWED, 1, obj=case, at=datetime(2026, 11, 16, tzinfo=UTC))
    acts(case.assignee, Event.VIEWED, 1, obj=case, at=datetime(2026, 11, 23, tzinfo=UTC))
    week = unusual_week.read(case.provider, WEEK)
    assert [(act.actor, act.at.day) for act in week.acts if act.action == Event.VIEWED] == [(case.assignee_id, 16)]
