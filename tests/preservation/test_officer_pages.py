"""The officer's pages: file a hold, follow it, extend it, release it."""

import re
from datetime import UTC, date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.documents import services as documents
from preservation.models import HoldExtension, PreservationHold
from preservation.services import life
from tests.people import client_for, make_officer, make_provider, make_staff
from tests.preservation.holds import draft_of, extension_of, hold_of, law

pytestmark = pytest.mark.django_db
QUERIES_OF_THE_LIST = 10


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def version(page) -> str:
    return re.search(r'name="lock_version" value="(\d+)"', page.content.decode())[1]


def test_an_officer_files_a_hold_page_by_page():
    make_provider()
    officer = make_officer(time_zone="Europe/Oslo")
    client, today = client_for(officer), timezone.now().astimezone(UTC).date()
    key = re.search(r'name="key" value="([^"]+)"', client.get("/holds/new/").content.decode())[1]
    here = client.post("/holds/new/", {"key": key}).url
    assert client.post("/holds/new/", {"key": key}).url == here  # a second click
    assert PreservationHold.objects.count() == 1

    page = client.get(here)
    answer = client.post(
        here, {"action": "add", "lock_version": version(page), "kind": "email", "value": "Nordlys@Mail.example"}
    )
    assert answer.status_code == 302
    page = client.get(here)
    assert "1 identifier added. Written differently: Nordlys@Mail.example as nordlys@mail.example." in text(page)
    pasted = "48213377\nnot an identifier at all\n+44 7700 900461"
    page = client.post(here, {"action": "import", "lock_version": version(page), "paste": pasted})
    assert page.status_code == 422
    assert "Line 1, not an identifier at all" in text(page)
    assert ">not an identifier at all</textarea>" in page.content.decode().replace("\n", "")
    assert PreservationHold.objects.get().identifiers.count() == 3
    onward = client.post(here, {"action": "continue", "lock_version": version(page)})
    here = onward.url
    assert here.endswith("/records/")

    page = client.get(here)
    wrong = {"lock_version": version(page), "action": "continue", "period_from_day": "1"}
    page = client.post(here, wrong)
    assert "Which records should we keep? Tick at least one" in text(page)
    assert "First day: add the month and the year" in text(page)
    assert "<title>Error: " in page.content.decode()
    right = {"lock_version": version(page), "action": "continue", "categories": ["registration", "logins"]}
    for name, day in (("period_from", today - timedelta(days=200)), ("period_to", today)):
        right |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    here = client.post(here, right).url
    assert here.endswith("/reason/")

    page = client.get(here)
    answers = {"title": "Operation Fjordlys", "case_number": "NV 1", "ground": "policy", "process_follows": "no"}
    here = client.post(here, answers | {"lock_version": version(page), "action": "continue"}).url
    page = client.get(here)
    assert "goes on for 90 days" in text(page)
    assert "Before the hold can start" not in text(page)
    sent = client.post(here, {"lock_version": version(page)})
    hold = PreservationHold.objects.get()
    assert sent.url == f"/holds/{hold.reference}/started/"
    assert client.post(here, {"lock_version": version(page)}).url == f"/holds/{hold.reference}/"  # a second click
    assert hold.reference in text(client.get(sent.url))
    page = client.get(f"/holds/{hold.reference.lower()}/")
    assert page.status_code == 200
    assert "Being carried out" in text(page)
    assert "The hold started" in text(page)


def test_a_law_is_offered_for_the_officers_country_only():
    draft = draft_of()
    norway, sweden = law(), law("SE-PRES-TEST", country="SE", name="Swedish order")
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/reason/"
    page = client.get(here)
    assert "Preservation order (Norway, 60 days)" in text(page)
    assert "Swedish order" not in text(page)
    answers = {"case_number": "NV 1", "ground": "law", "process_follows": "no", "action": "continue"}
    answers["lock_version"] = version(page)
    assert "Which law? Choose it" in text(client.post(here, answers))
    assert client.post(here, answers | {"process_type": sweden.pk}).status_code == 422
    assert client.post(here, answers | {"process_type": norway.pk}).status_code == 302
    assert "goes on for 60 days" in text(client.get(f"/holds/draft/{draft.uid}/check/"))


def test_the_older_of_two_tabs_is_refused_and_keeps_what_was_typed():
    draft = draft_of()
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/reason/"
    one, two = client.get(here), client.get(here)
    answers = {"case_number": "NV 1", "ground": "policy", "process_follows": "no", "action": "continue"}
    client.post(here, answers | {"lock_version": version(one)})
    page = client.post(here, answers | {"lock_version": version(two), "title": "From the older tab"})
    assert "changed in another window" in text(page)
    assert 'value="From the older tab"' in page.content.decode()
    draft.refresh_from_db()
    assert draft.title != "From the older tab"
    assert client.post(here, answers | {"lock_version": version(page), "title": "Again"}).status_code == 302
    stale = client.post(
        f"/holds/draft/{draft.uid}/identifiers/",
        {"action": "add", "lock_version": "0", "kind": "uid", "value": "99887766"},
    )
    assert "changed in another window" in text(stale)
    assert draft.identifiers.count() == 2


def test_an_incomplete_draft_says_what_is_missing_and_does_not_start():
    draft = draft_of(identifiers=(), process_follows=None)
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/check/"
    page = client.get(here)
    assert "Add at least one identifier" in text(page)
    assert "Say whether legal process will follow" in text(page)
    assert "lock_version" not in page.content.decode()  # nothing to press before all is answered
    again = client.post(here, {"lock_version": draft.lock_version})
    assert "Add at least one identifier." in text(again)
    assert not PreservationHold.objects.exclude(status="draft").exists()


def test_saving_for_later_and_deleting():
    draft = draft_of()
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/identifiers/"
    page = client.get(here)
    left = client.post(here, {"action": "later", "lock_version": version(page)})
    assert left.url == "/holds/"
    assert "We keep the draft until" in text(client.get("/holds/"))
    named = draft.identifiers.first()
    client.post(here, {"remove": named.pk, "lock_version": version(client.get(here))})
    assert draft.identifiers.count() == 1
    assert "Delete the draft" in text(client.get(f"/holds/draft/{draft.uid}/delete/"))
    client.post(f"/holds/draft/{draft.uid}/delete/")
    assert not PreservationHold.objects.exists()


def test_nothing_one_and_many():
    officer = make_officer()
    client = client_for(officer)
    make_provider()
    assert "No holds. A hold keeps records for 90 days." in text(client.get("/holds/"))
    hold = hold_of(officer, at=timezone.now() - timedelta(days=83))
    page = text(client.get("/holds/"))
    assert "Operation Fjordlys: this hold ends on" in page
    assert "Ask to extend by 90 days" in page
    assert "Ending" in page
    assert "1 user ID, 1 e-mail address" in page
    hold_of(officer, at=timezone.now() - timedelta(days=200), title="Older", status="expired")
    hold_of(officer, at=timezone.now() - timedelta(days=10), title="Younger")
    draft_of(officer, at=timezone.now(), title="Not yet")
    page = text(client.get("/holds/"))
    order = [
        page.index(name, page.index("All holds")) for name in ("Operation Fjordlys", "Younger", "Not yet", "Older")
    ]
    assert order == sorted(order)
    assert hold.reference in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_many(count):
    officer = make_officer()
    for _n in range(count):
        hold_of(officer, at=timezone.now() - timedelta(days=80))
    client = client_for(officer)
    client.get("/holds/")
    with CaptureQueriesContext(connection) as found:
        client.get("/holds/")
    assert len(found) == QUERIES_OF_THE_LIST


def test_strangers_and_staff_get_404_everywhere():
    hold, draft = hold_of(), draft_of()
    extension_of(hold)
    pages = ["", "started/", "extend/", "release/", "certificate.pdf"]
    parts = ["identifiers/", "records/", "reason/", "check/", "delete/"]
    for person in (make_officer(), make_officer(hold.agency), make_staff("preservation_admin")):
        client = client_for(person)
        for page in pages:
            assert client.get(f"/holds/{hold.reference}/{page}").status_code in {404, 405}, page
            assert client.post(f"/holds/{hold.reference}/{page}", {"reason": "court"}).status_code in {404, 405}, page
        for part in parts:
            assert client.get(f"/holds/draft/{draft.uid}/{part}").status_code == 404
            assert client.post(f"/holds/draft/{draft.uid}/{part}").status_code == 404
    assert hold.reference not in text(client_for(make_officer()).get("/holds/"))
    assert client_for(hold.officer).get("/holds/HD-26-0000000/").status_code == 404
    assert client_for(hold.officer).get(f"/holds/draft/{uuid4()}/check/").status_code == 404


def test_a_lead_sees_the_agencys_holds_and_changes_nothing():
    hold = hold_of(at=timezone.now() - timedelta(days=80))
    draft = draft_of(hold.officer, title="Only mine")
    lead = client_for(make_officer(hold.agency, lead=True))
    page = text(lead.get(f"/holds/{hold.reference}/"))
    assert f"Filed by {hold.officer.get_full_name()}" in page
    assert "Ask to extend" not in page
    assert "Release" not in page
    lead.post(f"/holds/{hold.reference}/extend/", {"reason": "court"})
    lead.post(f"/holds/{hold.reference}/release/")
    hold.refresh_from_db()
    assert hold.status == "active"
    assert not HoldExtension.objects.exists()
    assert lead.get(f"/holds/draft/{draft.uid}/check/").status_code == 404
    assert "Only mine" not in text(lead.get("/holds/"))
    PreservationHold.objects.filter(pk=hold.pk).update(restricted=True)
    assert lead.get(f"/holds/{hold.reference}/").status_code == 404


def test_asking_for_more_time():
    hold = hold_of(at=timezone.now() - timedelta(days=80))
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/extend/"
    page = client.post(here, {})
    assert "Why do you need more time? Choose an answer" in text(page)
    client.post(here, {"reason": "treaty", "details": "Sent 4 Oct"})
    client.post(here, {"reason": "court"})  # a second click
    extension = HoldExtension.objects.get()
    assert extension.reason == "A request for mutual legal assistance is on its way. Sent 4 Oct"
    page = text(client.get(f"/holds/{hold.reference}/"))
    assert "Extension asked" in page
    assert "You asked already." in page
    assert "You asked for more time" in page
    assert "this hold ends on" not in text(client.get("/holds/"))


def test_a_rule_that_allows_no_more_says_so():
    hold = hold_of(ground="law", process_type=law(most=0), at=timezone.now() - timedelta(days=55))
    client = client_for(hold.officer)
    words = "The law you act under allows no extension."
    assert words in text(client.get(f"/holds/{hold.reference}/"))
    client.post(f"/holds/{hold.reference}/extend/", {"reason": "court"})
    assert not HoldExtension.objects.exists()


def test_releasing_asks_first():
    hold = hold_of(at=timezone.now())
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/release/"
    assert "Release this hold?" in text(client.get(here))
    hold.refresh_from_db()
    assert hold.status == "active"
    assert client.post(here, {"reason": "Case closed"}).status_code == 302
    client.post(here, {"reason": "Case closed"})
    hold.refresh_from_db()
    assert hold.status == "released"
    assert entries_for(hold).get(action="hold.released").reason == "Case closed"
    page = text(client.get(f"/holds/{hold.reference}/"))
    assert "You released the hold" in page
    assert client.get(here).status_code == 302


def test_the_certificate_is_downloaded_and_noted():
    hold = hold_of(at=timezone.now())
    client, here = client_for(hold.officer), f"/holds/{hold.reference}/certificate.pdf"
    assert client.get(here).status_code == 404
    made = documents.write_generated(
        b"%PDF-1.7", filename="c.pdf", media_type="application/pdf", purpose="hold-certificate", by=None
    )
    PreservationHold.objects.filter(pk=hold.pk).update(certificate=made, snapshot_at=timezone.now())
    answer = client.get(here)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert f'filename="{hold.reference}-certificate.pdf"' in answer["Content-Disposition"]
    assert entries_for(hold).last().action == "hold.certificate_downloaded"
    assert entries_for(hold).last().actor_id == str(hold.officer.pk)


def test_the_officer_never_reads_what_was_found_or_who_decided():
    hold = hold_of(at=timezone.now() - timedelta(days=30))
    hold.identifiers.filter(kind="uid").update(match_result="exact", account="60417732")
    admin = make_staff("preservation_admin", full_name="Priya Raman", pseudonym="reviewer 14")
    snapshot = {"accounts": [{"account": "60417732", "digest": "cd" * 32, "files": []}]}
    PreservationHold.objects.filter(pk=hold.pk).update(snapshot=snapshot, snapshot_at=timezone.now())
    life.start_treaty(hold, reason="MLA 12/2026 of the ministry", by=admin)
    client = client_for(hold.officer)
    for page in (client.get("/holds/"), client.get(f"/holds/{hold.reference}/")):
        words = page.content.decode()
        assert page.status_code == 200
        for secret in ("60417732", "cdcd", "Priya", "reviewer 14", "MLA 12/2026", "exact"):
            assert secret not in words
    assert "for whatever is held" in text(client.get(f"/holds/{hold.reference}/"))
    assert "Kept during the treaty request" in text(client.get(f"/holds/{hold.reference}/"))


@pytest.mark.parametrize("status", ["process_served", "on_treaty", "released", "expired", "destroyed", "declined"])
def test_every_state_has_its_page(status):
    hold = hold_of(status=status, at=timezone.now() - timedelta(days=95))
    client = client_for(hold.officer)
    assert client.get("/holds/").status_code == 200
    page = client.get(f"/holds/{hold.reference}/")
    assert page.status_code == 200
    assert "Destroyed" not in text(page)


def test_dates_in_the_future_are_refused():
    draft = draft_of()
    client, here = client_for(draft.officer), f"/holds/draft/{draft.uid}/records/"
    year = date.today().year + 2  # noqa: DTZ011
    data = {"categories": ["logins"], "lock_version": version(client.get(here)), "action": "continue"}
    for name in ("period_from", "period_to"):
        data |= {f"{name}_day": 1, f"{name}_month": 3, f"{name}_year": year}
    assert "Records of the future cannot be kept" in text(client.post(here, data))
