"""Two entries of the registry become one: everything moves, also what apps above keep, and nothing crashes."""

import pytest
from django.utils import timezone

from accounts import agencies as finding
from accounts.addresses import judge
from accounts.enums import AddressVerdict, AgencyStatus, CallBackResult, CallPurpose
from accounts.models import (
    Agency,
    AgencyNumber,
    BlockedDomain,
    CallBack,
    DeclaredConflict,
    Desk,
    Suspension,
    User,
    Vouch,
)
from accounts.services import agency_contacts as contacts
from accounts.services import calls, merging, vetting
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from requests_app.models import DataRequest
from tests.accounts.factories import make_application
from tests.factories import request_at
from tests.people import make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
MOBILE = "+447911123456"


@pytest.fixture
def approver():
    return make_staff("approver")


def merge(source, target, by, **more):
    merging.merge(source, target, reason="One police, entered twice", by=by, **more)
    for agency in (source, target):
        agency.refresh_from_db()


def test_everything_that_names_the_one_names_the_other(approver):
    source, target = make_agency("Nordvik politi", domain="old.example"), make_agency("Nordvik Police")
    officer = make_officer(source)
    request, application = request_at("submitted", officer=officer), make_application(source)
    desk = Desk.objects.create(agency=source, name="Night desk")
    vouch = Vouch.objects.create(
        agency=source, email="new@old.example", name="N", made_at=timezone.now(), made_by=officer
    )
    conflict = DeclaredConflict.objects.create(
        user=make_staff("analyst"), agency=source, reason="Family", declared_at=timezone.now()
    )
    call = calls.record_call(
        by=approver, purpose=CallPurpose.LEAD, agency=source, number=source.numbers.get(), spoke_to="Personnel",
        result=CallBackResult.CONFIRMED,
    )  # fmt: skip
    merge(source, target, approver)
    for row in (request, application, desk, vouch, conflict, call, officer.memberships.get()):
        row.refresh_from_db()
        assert row.agency == target, row
    assert set(target.domains.values_list("domain", flat=True)) >= {"old.example"}
    assert target.numbers.count() == 2
    assert (source.merged_into, source.domains.count(), source.numbers.count()) == (target, 0, 0)


def test_no_column_that_names_an_agency_is_forgotten(approver):
    source, target = make_agency(), make_agency()
    request_at("submitted", officer=make_officer(source))
    make_application(source)
    merge(source, target, approver)
    # Asked of the database itself: no foreign key anywhere still holds the old entry.
    left = [pointer for pointer in merging.pointers() if pointer.rows(source).exists()]
    assert left == []
    named = {(p.model._meta.label, p.column) for p in merging.pointers()}
    assert {("requests_app.DataRequest", "agency"), ("preservation.PreservationHold", "agency")} <= named
    assert {("accounts.Agency", "merged_into"), ("accounts.Suspension", "agency")} <= named


def test_a_lead_of_the_target_sees_the_requests_that_moved(approver):
    source, target = make_agency(), make_agency()
    request = request_at("submitted", officer=make_officer(source))
    lead, stranger = make_officer(target, lead=True), make_officer(lead=True)
    assert not DataRequest.objects.visible_to(lead).filter(pk=request.pk).exists()
    merge(source, target, approver)
    assert DataRequest.objects.visible_to(User.objects.get(pk=lead.pk)).filter(pk=request.pk).exists()
    assert not DataRequest.objects.visible_to(User.objects.get(pk=stranger.pk)).filter(pk=request.pk).exists()


def test_officers_who_moved_may_still_act(approver):
    source, target = make_agency(), make_agency()
    officer = make_officer(source)
    merge(source, target, approver)
    again = User.objects.get(pk=officer.pk)
    assert (again.is_officer, again.membership.agency) == (True, target)


def test_the_merged_entry_is_known_under_its_old_domain_and_name_as_the_other(approver):
    source = make_agency("Kristiania Police", domain="kristiania.example")
    target = make_agency("Oslo Police")
    merge(source, target, approver)
    found = judge("o.berg@kristiania.example")
    assert (found.verdict, found.agency) == (AddressVerdict.KNOWN_AGENCY, target)
    assert [a.name for a in finding.search("kristiania")] == ["Oslo Police"]
    last = make_agency("Viken Police")
    merge(target, last, approver)
    source.refresh_from_db()
    assert source.merged_into == last
    assert [a.name for a in finding.search("kristiania")] == ["Viken Police"]


def test_desks_of_one_name_and_vouches_for_one_colleague_do_not_collide(approver):
    source, target = make_agency("Nordvik politi"), make_agency("Nordvik Police")
    lead, at = make_officer(target, lead=True), timezone.now()
    for agency in (source, target):
        Desk.objects.create(agency=agency, name="Night desk")
        Vouch.objects.create(agency=agency, email="new@nordvik.example", name="N", made_at=at, made_by=lead)
    Desk.objects.create(agency=source, name="Day desk")
    merge(source, target, approver)
    names = set(target.desks.values_list("name", flat=True))
    assert {"Night desk", "Day desk"} < names
    assert any(name.startswith("Night desk (Nordvik politi, ") for name in names)
    assert [vouch.withdrawn_at is None for vouch in target.vouches.order_by("pk")] == [False, True]


def test_numbers_that_move_are_confirmed_anew_by_another_and_twins_are_retired(approver):
    source, target = make_agency(), make_agency()
    own, moved = target.numbers.get(), source.numbers.get()
    twin = AgencyNumber.objects.create(
        agency=source, number=own.number, source="Almanac", entered_at=timezone.now(), entered_by=approver
    )
    at = timezone.now()
    merge(source, target, approver, at=at)
    for number in (own, moved, twin):
        number.refresh_from_db()
    assert (own.retired_at, twin.retired_at, twin.retired_by) == (None, at, approver)
    assert (moved.confirmed_at, moved.confirmed_by, moved.entered_by) == (None, None, approver)
    assert calls.usable_numbers(target) == [own]
    with pytest.raises(NotAllowed, match="another person"):
        contacts.confirm_number(moved, source="Almanac", by=approver)
    contacts.confirm_number(moved, source="Almanac", by=make_staff("analyst"))
    assert set(calls.usable_numbers(target)) == {own, moved}


def test_a_number_of_an_applicant_becomes_callable_by_no_detour(approver):
    known, other = make_agency("Nordvik Police"), make_agency("Y", number=False)
    application = make_application(known, phone=MOBILE, status="rejected")
    held = {"number": MOBILE, "source": "Almanac", "entered_at": timezone.now(), "confirmed_at": timezone.now()}
    for agency in (known, other):  # as an older version let them in
        AgencyNumber.objects.create(agency=agency, confirmed_by=make_staff("analyst"), **held)
    own = known.numbers.exclude(number=MOBILE).get()
    merge(known, other, approver)
    assert calls.usable_numbers(other) == []
    entry = other.numbers.get(number=MOBILE, retired_at=None)
    with pytest.raises(contacts.FromApplication, match=application.reference):
        contacts.confirm_number(entry, source="Almanac", by=make_staff("analyst"))
    assert application.reference.encode() in bytes(AuditEvent.objects.filter(action="agency.merged").last().payload)
    assert other.numbers.get(pk=own.pk).confirmed_at is None


def test_open_applications_are_checked_again_and_a_page_drawn_before_decides_nothing(approver):
    source, target = make_agency(), make_agency()
    moved, own, closed = make_application(source), make_application(target), make_application(source, status="rejected")
    seen = vetting.state_mark(moved)
    merge(source, target, approver)
    for application, state in ((moved, "pending"), (own, "pending"), (closed, "done")):
        assert {signal.state for signal in application.signals.all()} == {state}
    with pytest.raises(Stale):
        vetting.decline(moved, by=approver, reason="x", seen=seen)


def test_police_power_is_not_carried_over(approver):
    source, target = make_agency(), make_agency(police_power_confirmed=False)
    merge(source, target, approver)
    assert target.police_power_confirmed is False


def test_both_entries_tell_of_it(approver):
    source, target = make_agency("Nordvik politi"), make_agency("Nordvik Police")
    merge(source, target, approver)
    entries = AuditEvent.objects.filter(action="agency.merged").order_by("pk")
    assert [entry.object_label for entry in entries] == ["Nordvik politi", "Nordvik Police"]
    assert {entry.reason for entry in entries} == {"One police, entered twice"}
    assert b'"agency domains":1' in bytes(entries[0].payload)


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_suspended_agency_is_not_merged(approver, which):
    pair = {"source": make_agency(), "target": make_agency()}
    Agency.objects.filter(pk=pair[which].pk).update(status=AgencyStatus.SUSPENDED)
    with pytest.raises(TransitionRefused, match="suspended"):
        merge(pair["source"], pair["target"], approver)
    assert pair["source"].domains.count() == 1


def test_what_cannot_be_one_is_refused(approver):
    source, target = make_agency(), make_agency()
    foreign, proposed = make_agency(country="SE"), make_agency(status=AgencyStatus.PROPOSED)
    for other in (source, foreign, proposed):
        with pytest.raises(TransitionRefused):
            merge(source, other, approver)
    merge(source, target, approver)
    for pair in ((source, target), (target, source)):
        with pytest.raises(TransitionRefused, match="already"):
            merge(*pair, approver)


@pytest.mark.parametrize("role", ["analyst", "auditor", "administrator", "counsel"])
def test_only_approvers_merge(role):
    source, target = make_agency(), make_agency()
    with pytest.raises(NotAllowed):
        merge(source, target, make_staff(role))
    assert source.domains.count() == 1


def test_nobody_merges_an_agency_they_have_a_conflict_with(approver):
    source, target = make_agency(), make_agency()
    DeclaredConflict.objects.create(user=approver, agency=target, reason="Family", declared_at=timezone.now())
    with pytest.raises(NotAllowed, match="conflict"):
        merge(source, target, approver)


def test_what_no_rule_knows_stops_the_merge_with_a_sentence_and_moves_nothing(approver):
    source, target = make_agency(), make_agency()
    at = timezone.now()
    for agency in (source, target):
        Suspension.objects.create(agency=agency, reason="x", suspended_at=at, suspended_by=approver)
    with pytest.raises(TransitionRefused, match="same suspension"):
        merge(source, target, approver)
    source.refresh_from_db()
    assert (source.merged_into, source.domains.count(), source.numbers.count()) == (None, 1, 1)


def test_what_moves_is_counted_before(approver):
    source = make_agency()
    request_at("submitted", officer=make_officer(source))
    BlockedDomain.objects.create(domain="x.example", reason="x", blocked_at=timezone.now(), blocked_by=approver)
    found = dict(merging.what_moves(source))
    assert found == {
        "agency domains": 1, "agency numbers": 1, "data requests": 1, "memberships of officers": 1, "orders": 1,
    }  # fmt: skip
    assert CallBack.objects.count() == 0
