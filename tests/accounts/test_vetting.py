"""The desk: queue, review, call-back, two people, the decision and what it opens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus, ApplicationStatus, CallBackResult, SignalOutcome
from accounts.models import AccessApplication, Agency, AgencyMembership, CallBack, User
from accounts.parts import missing, proof_problem
from accounts.services import applications, vetting
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, PortalError
from foundation.documents import services as documents
from foundation.legal.calendars import zone_of
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, last_mail, page, words
from tests.people import client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def outcome(application, kind):
    return application.signals.get(kind=kind).outcome


def test_two_people_let_the_first_officer_of_an_agency_in():
    agency = make_agency()
    application = make_application(agency)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    desk, second = client_for(analyst), client_for(approver)
    url = f"/staff/access/{application.reference}/"

    assert application.reference in words(desk.get("/staff/access/"))
    desk.post(f"{url}take/")
    desk.post(f"{url}take/")  # a double click
    answer = desk.get(url)
    assert "Record a call-back" in words(answer)
    number = agency.numbers.get()
    call = {"way": f"number-{number.pk}", "spoke_to": "Personnel office", "result": "confirmed", "note": ""}
    assert desk.post(f"{url}call-back/", call).status_code == 302
    offered = [i["value"] for i in page(desk.get(url)).select("[name=decision]")]
    assert offered == ["recommend", "ask", "reject"], "the first officer of an agency takes two people"
    assert desk.post(f"{url}decide/", {"decision": "approve_alone", "reason": "Fine"}).status_code == 422
    assert desk.post(f"{url}decide/", {"decision": "recommend", "reason": "All confirmed"}).status_code == 302
    assert page(desk.get(url)).select("[name=decision]") == []
    assert desk.post(f"{url}decide/", {"decision": "approve", "reason": "Mine"}).status_code == 422

    assert "All confirmed" in words(second.get(url))
    assert second.post(f"{url}decide/", {"decision": "approve", "reason": "Agreed"}).status_code == 302
    assert second.post(f"{url}decide/", {"decision": "approve", "reason": "Agreed"}).status_code == 422
    application.refresh_from_db()
    assert application.status == ApplicationStatus.APPROVED
    assert (application.recommended_by, application.decided_by) == (analyst, approver)
    user = User.objects.get(pk=application.user_id)
    assert user.is_officer
    assert user.full_name == "Mireille Aubanel"
    member = AgencyMembership.objects.get(user=user)
    assert (member.agency, member.badge) == (agency, application.badge)
    assert member.verify_again_at > timezone.now() + timedelta(days=360)
    assert last_mail("access_approved").to_user_id == user.pk
    assert OutboundMessage.objects.filter(event="access_approved").count() == 1
    done = actions(object_label=application.reference)
    assert [a for a in done if a != "access.read"] == [
        "access.taken", "access.call_back_recorded", "access.recommended", "access.approved",
    ]  # fmt: skip


def test_a_colleague_of_a_known_officer_may_be_let_in_by_one():
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.approve(application, by=analyst, reason="Known agency, confirmed by phone")
    assert User.objects.get(pk=application.user_id).is_officer


@pytest.mark.parametrize("spoilt", ["alternative", "signal"])
def test_one_person_is_not_enough_where_something_is_open(spoilt):
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst, number=spoilt != "alternative")
    if spoilt == "signal":
        application.signals.filter(kind="look_alike").update(outcome=SignalOutcome.FAIL)
    with pytest.raises(NotAllowed, match="second person"):
        vetting.approve(application, by=analyst, reason="Quick")
    assert not User.objects.get(pk=application.user_id).is_officer


def test_nobody_answered_is_never_confirmed():
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    number = vetting.usable_numbers(application)[0]
    for result in (CallBackResult.NO_ANSWER, CallBackResult.OFFICER_ONLY, CallBackResult.NOT_CONFIRMED):
        vetting.record_call_back(application, by=analyst, number=number, spoke_to="", result=result)
    with pytest.raises(NotAllowed, match="call-back"):
        vetting.recommend(application, by=analyst, reason="They will call")


def test_only_confirmed_numbers_of_the_same_agency_may_be_called():
    application, other = make_application(make_agency()), make_agency()
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    with pytest.raises(NotAllowed, match="directory"):
        vetting.record_call_back(
            application, by=analyst, number=other.numbers.get(), spoke_to="X", result=CallBackResult.CONFIRMED
        )
    application.agency.numbers.update(confirmed_at=None, confirmed_by=None)
    assert vetting.usable_numbers(application) == []
    with pytest.raises(NotAllowed, match="listed way"):
        vetting.record_call_back(
            application, by=analyst, alternative="the applicant's mobile", spoke_to="X", result=CallBackResult.CONFIRMED
        )
    assert not CallBack.objects.exists()


def test_a_proposed_agency_is_made_with_the_approval_and_keeps_the_confirmed_domain():
    application = make_application()
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Confirmed by the central bureau")
    vetting.approve(application, by=approver, reason="Agreed")
    agency = Agency.objects.get(name="Douane de Valclair")
    assert agency.status == AgencyStatus.ACTIVE
    assert not agency.police_power_confirmed
    assert agency.domains.get().domain == "douane-valclair.example"
    assert not agency.numbers.exists(), "a number from an application never enters the directory"
    assert User.objects.get(pk=application.user_id).is_officer


def test_asking_for_more_and_sending_again_starts_the_promise_anew():
    application = make_application(make_agency(), document=True)
    documents.process(application.identity_document)
    analyst = make_staff("analyst")
    desk = client_for(analyst)
    url = f"/staff/access/{application.reference}/"
    desk.post(f"{url}take/")
    confirmed_call(application, by=analyst)
    assert desk.post(f"{url}decide/", {"decision": "ask", "reason": "Card"}).status_code == 422
    said = {"decision": "ask", "reason": "Card", "ask": "The back of your card", "ask_code": "proof"}
    desk.post(f"{url}decide/", said)
    mail = last_mail("access_more")
    assert "back of your card" not in mail.body_text
    applicant = client_for(application.user)
    answer = applicant.get("/access/mine/", follow=True)
    assert "The back of your card" in words(answer)
    remark = {"proof_kind": "service_card", "explanation": "The back is empty"}
    applicant.post(f"/access/{application.reference}/proof/", remark)
    applicant.post(f"/access/{application.reference}/send/", {"attested": "on"})
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    vetting.take(application, by=analyst)
    with pytest.raises(NotAllowed, match="call-back"):
        vetting.recommend(application, by=analyst, reason="The call was about something else")


def test_declining_tells_the_reason_to_nobody_outside():
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    desk = client_for(analyst)
    desk.post(f"/staff/access/{application.reference}/take/")
    reason = "Look-alike domain, 19 days old"
    said = {"decision": "reject", "reason": reason, "decline_code": "imitation"}
    desk.post(f"/staff/access/{application.reference}/decide/", said)
    mail = last_mail("access_declined")
    assert "was declined" in mail.body_text
    assert "Look-alike" not in mail.body_text + mail.body_html
    applicant = client_for(application.user)
    answer = applicant.get("/access/mine/")
    assert "was declined" in words(answer)
    assert "Look-alike" not in words(answer)
    assert applicant.get("/requests/").status_code == 404


def test_a_decision_needs_a_fresh_factor():
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    stale = client_for(analyst, factor_age=3600)
    url = f"/staff/access/{application.reference}/"
    assert "You will be asked to confirm that it is you; what you type is kept." in words(stale.get(url))
    answer = stale.post(f"{url}decide/", {"decision": "reject", "reason": "No"})
    assert answer["Location"].startswith("/sign-in/factor/?next=")
    application.refresh_from_db()
    assert application.status == ApplicationStatus.IN_REVIEW
    assert client_for(analyst).get(f"{url}decide/")["Location"] == f"{url}#decision"


def test_nobody_decides_about_themselves_or_against_a_declared_conflict():
    agency = make_agency()
    application = make_application(agency)
    analyst = make_staff("analyst")
    analyst.conflicts.create(agency=agency, reason="My sister works there", declared_at=timezone.now())
    with pytest.raises(NotAllowed, match="conflict"):
        vetting.take(application, by=analyst)
    AccessApplication.objects.filter(pk=application.pk).update(user=analyst, agency=None)
    with pytest.raises(NotAllowed, match="yourself"):
        vetting.take(application, by=analyst)


def test_who_recommended_neither_approves_nor_declines():
    application = make_application(make_agency())
    both = make_staff("analyst", "approver")
    vetting.take(application, by=both)
    confirmed_call(application, by=both)
    vetting.recommend(application, by=both, reason="Fine")
    for act in (vetting.approve, vetting.decline, vetting.send_back):
        with pytest.raises(NotAllowed, match="second person"):
            act(application, by=both, reason="Fine")


def test_the_page_images_carry_the_viewer_and_each_look_is_recorded():
    application = make_application(make_agency(), document=True)
    documents.process(application.identity_document)
    analyst = make_staff("analyst")
    client = client_for(analyst)
    url = f"/staff/access/{application.reference}/"
    image = page(client.get(url)).select_one("figure img")["src"]
    answer = client.get(image)
    assert answer["Content-Type"] == "image/png"
    assert answer.content != documents.page_image(application.identity_document, 1)
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(action="access.identity_document_viewed")
    assert (event.actor_id, event.object_label) == (str(analyst.pk), application.reference)
    assert client.get(f"{url}pages/2.png").status_code == 404
    assert client_for(application.user).get(image).status_code == 404


def test_who_may_see_the_queue():
    application = make_application(make_agency())
    url = f"/staff/access/{application.reference}/"
    for role, status in (("auditor", 200), ("approver", 200), ("counsel", 403), ("administrator", 403)):
        client = client_for(make_staff(role))
        assert client.get("/staff/access/").status_code == status
        assert client.get(url).status_code == status
        assert client.post(f"{url}take/").status_code == 403
    for stranger in (make_officer(), make_user(), application.user):
        assert client_for(stranger).get("/staff/access/").status_code == 404
    auditor = client_for(make_staff("auditor"))
    assert auditor.post(f"{url}call-back/", {"way": "interpol", "result": "no_answer"}).status_code == 422
    assert auditor.post(f"{url}decide/", {"decision": "reject", "reason": "x"}).status_code == 422
    assert not CallBack.objects.exists()


def test_drafts_are_not_staffs_business():
    application = make_application(make_agency(), status=ApplicationStatus.DRAFT, submitted_at=None)
    client = client_for(make_staff("analyst"))
    assert client.get(f"/staff/access/{application.reference}/").status_code == 404
    assert application.reference not in words(client.get("/staff/access/?status="))


def test_the_queue_asks_the_database_the_same_for_one_and_for_three(django_assert_num_queries):
    agency = make_agency()
    client = client_for(make_staff("analyst"))
    make_application(agency)
    client.get("/staff/access/")
    for _ in range(2):
        with django_assert_num_queries(17):
            client.get("/staff/access/")
        make_application()
        make_application(agency)


def test_the_queue_is_filtered_and_paged(monkeypatch):
    monkeypatch.setattr("accounts.views.staff.paging.SIZE", 2)
    agency = make_agency("Gendarmerie de Nordvik")
    analyst = make_staff("analyst")
    now = timezone.now()
    rows = [make_application(agency, at=now - timedelta(days=days)) for days in (1, 9, 5)]
    other = make_application(at=now)
    client = client_for(analyst)
    first = client.get("/staff/access/")
    shown = [ref.get_text() for ref in page(first).select("tbody .app-ref")]
    assert shown == [rows[1].reference, rows[2].reference]
    following = page(first).select_one("a[rel=next]")["href"]
    second = client.get(f"/staff/access/{following}")
    assert [ref.get_text() for ref in page(second).select("tbody .app-ref")] == [rows[0].reference, other.reference]
    assert client.get("/staff/access/?after=nonsense~x").status_code == 200
    found = client.get("/staff/access/", {"q": rows[0].reference.replace("-", "").lower()})
    assert [ref.get_text() for ref in page(found).select("tbody .app-ref")] == [rows[0].reference]
    assert len(page(client.get("/staff/access/?q=gendarmerie")).select("tbody tr")) == 2
    vetting.take(other, by=analyst)
    mine = page(client.get("/staff/access/?reviewer=me")).select("tbody .app-ref")
    assert [ref.get_text() for ref in mine] == [other.reference]


def test_only_who_asked_may_save_or_send():
    application = make_application(make_agency(), status=ApplicationStatus.DRAFT, submitted_at=None)
    with pytest.raises(PortalError):
        applications.save_supervisor(application, by=make_user(), name="X", contact="Y")
    with pytest.raises(PortalError):
        applications.submit(application, by=application.user)


def test_people_lists_staff_to_administrators(django_assert_num_queries):
    make_staff("analyst", "approver", full_name="Priya Raman")
    client = client_for(make_staff("administrator"))
    answer = client.get("/staff/people/")
    assert "Priya Raman" in words(answer)
    assert "Analyst, Approver" in words(answer)
    with django_assert_num_queries(13):
        client.get("/staff/people/")
    make_staff("counsel")
    with django_assert_num_queries(13):
        client.get("/staff/people/")
    assert client_for(make_staff("analyst")).get("/staff/people/").status_code == 403
    assert client_for(make_officer()).get("/staff/people/").status_code == 404


def test_auditors_read_the_trail_and_leave_an_entry():
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    client = client_for(make_staff("auditor"))
    answer = client.get("/staff/audit/", {"reference": application.reference.lower()})
    assert [cell.get_text() for cell in page(answer).select("tbody th")] == ["Access: takenaccess.taken"]
    answer = client.get("/staff/audit/", {"actor": analyst.email.upper(), "action": "access."})
    assert len(page(answer).select("tbody tr")) == 1
    assert "No entry matches" in words(client.get("/staff/audit/?reference=AC-26-0000000"))
    assert actions(action="trail.read") == ["trail.read"] * 3
    for stranger, status in ((make_staff("approver"), 403), (make_officer(), 404)):
        assert client_for(stranger).get("/staff/audit/").status_code == status


def test_the_trail_is_paged_by_key(monkeypatch):
    monkeypatch.setattr("accounts.views.staff.trail.SIZE", 3)
    client = client_for(make_staff("auditor"))
    for _ in range(5):
        client.get("/staff/audit/?reference=none")
    first = client.get("/staff/audit/?action=trail.")
    following = page(first).select_one("a[rel=next]")["href"]
    second = client.get(f"/staff/audit/{following}")
    ids = [
        [c.get_text() for c in page(a).select("tbody td .app-line.app-soft") if "entry" in c.get_text()]
        for a in (first, second)
    ]
    assert len(ids[0]) == 3
    assert not set(ids[0]) & set(ids[1])
    assert client.get("/staff/audit/?before=x").status_code == 200


def test_an_approved_officer_has_the_time_of_the_agency(db):
    application = make_application()
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Confirmed by the central bureau")
    vetting.approve(application, by=approver, reason="Agreed")
    application.user.refresh_from_db()
    country = application.user.memberships.get().agency.country
    assert application.user.time_zone == zone_of(country) != "UTC"


def test_a_proof_that_cannot_be_opened_is_no_proof(db):
    application = make_application(make_agency(), document=True, status="draft")
    document = application.identity_document
    type(document).objects.filter(pk=document.pk).update(
        state="refused", refusal="The PDF is protected with a password."
    )
    application.refresh_from_db()
    assert missing(application) == ["proof"]
    assert proof_problem(application) == "The PDF is protected with a password. Send another."
    with pytest.raises(PortalError):
        applications.submit(application, by=application.user)
