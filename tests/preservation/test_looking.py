"""Long holds: asked about and noted, answered by the officer; and the whole history on the pages of a hold."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from preservation.services import history, life, looking
from tests.accounts.helpers import words
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_staff("preservation_admin", full_name="Priya Raman")


def started(days_ago=20, officer=None, **more):
    return hold_of(officer, at=timezone.now() - timedelta(days=days_ago), **more)


def test_the_officer_is_asked_once_and_answers(admin):
    hold = started(title="Operation Fjordlys")
    here, client = f"/staff/holds/{hold.reference}/look/", client_for(admin)
    assert "Is this hold still needed?" in words(client.get(here))
    assert client.post(here, {"look": "ask", "note": "No process since spring"}).status_code == 302
    mail = OutboundMessage.objects.get(event="hold_still_needed")
    assert (mail.to_user_id, mail.reference) == (hold.officer_id, hold.reference)
    again = client.post(here, {"look": "ask", "note": ""})
    assert again.status_code == 422
    assert "asked already" in words(again)
    page = words(client.get(f"/staff/holds/{hold.reference}/"))
    assert "no answer yet" in page
    assert "No process since spring" in page
    officer = client_for(hold.officer)
    seen = words(officer.get(f"/holds/{hold.reference}/"))
    assert "We asked you on" in seen
    assert "No process since spring" not in seen
    assert "Priya" not in seen
    answer = f"/holds/{hold.reference}/needed/"
    assert officer.post(answer, {"answer": " "}).status_code == 422
    assert officer.post(answer, {"answer": "The court decides in June"}).status_code == 302
    assert "This is answered already" in words(officer.post(answer, {"answer": "Twice"}, follow=True))
    assert officer.get(answer).url == f"/holds/{hold.reference}/"
    hold.refresh_from_db()
    assert (hold.needed_asked_at, hold.looked_at) == (None, None)
    for address in ("", "look/"):
        assert "The court decides in June" in words(client.get(f"/staff/holds/{hold.reference}/{address}"))
    PreservationHold.objects.filter(pk=hold.pk).update(starts_at=timezone.now() - timedelta(days=200))
    assert "nothing followed, the officer answered" in words(client.get("/staff/holds/?state=review"))


def test_a_note_says_why_it_goes_on(admin):
    hold = started()
    here, client = f"/staff/holds/{hold.reference}/look/", client_for(admin)
    assert "say why these records are kept on" in words(client.post(here, {"look": "note", "note": ""}))
    client.post(here, {"look": "note", "note": "Trial in May"})
    hold.refresh_from_db()
    assert (hold.looked_note, hold.looked_by, hold.needed_asked_at) == ("Trial in May", admin, None)
    event = AuditEvent.objects.get(action="hold.looked_at")
    assert (event.reason, event.actor_id) == ("Trial in May", str(admin.pk))
    assert not OutboundMessage.objects.filter(event="hold_still_needed").exists()
    assert "Trial in May" not in words(client_for(hold.officer).get(f"/holds/{hold.reference}/"))


def test_nobody_else_asks_or_answers(admin):
    hold = started()
    here = f"/staff/holds/{hold.reference}/look/"
    assert client_for(make_staff("analyst")).post(here, {"look": "note", "note": "x"}).status_code == 403
    with pytest.raises(NotAllowed):
        looking.note(hold, words="x", by=make_staff("auditor"))
    lead = make_officer(hold.agency, lead=True)
    looking.ask(hold, by=admin)
    with pytest.raises(NotAllowed):
        looking.answer(hold, words="x", by=lead)
    assert client_for(make_officer()).get(f"/holds/{hold.reference}/needed/").status_code == 404
    admin.conflicts.create(agency=hold.agency, reason="Sister works there", declared_at=timezone.now())
    assert client_for(admin).get(here).status_code == 404
    with pytest.raises(NotAllowed):
        looking.note(hold, words="x", by=admin)


def test_who_is_suspended_or_gone_is_not_asked(admin):
    hold = started()
    hold.officer.memberships.update(suspended_at=timezone.now())
    with pytest.raises(TransitionRefused):
        looking.ask(hold, by=admin)
    over = started(95, status="expired")
    with pytest.raises(NotAllowed):
        looking.note(over, words="x", by=admin)


def test_the_history_says_from_when_to_when_and_hides_what_is_not_for_officers(admin):
    hold = hold_of(at=AT)
    ask = extension_of(hold, at=AT + timedelta(days=50))
    life.attach_process(hold, "MX-26-PTQN5JE", at=AT + timedelta(days=51))
    ask.refresh_from_db()
    told = {item.title: item.text for item in history.for_staff(PreservationHold.objects.get())}
    assert told["Legal process attached"] == "Request MX-26-PTQN5JE"
    assert told["Started"].startswith("Ends 18 Feb 2027")
    assert "Extension lapsed" in told
    seen = {item.title: item.text for item in history.for_officer(hold)}
    assert seen["Kept while we answer your request"] == "Request MX-26-PTQN5JE"
    assert [title for title in seen if title.startswith("Nothing is left to decide about more time")]
    assert PreservationHold.objects.get().process_at == AT + timedelta(days=51)
    PreservationHold.objects.update(restricted=True)
    told = {item.title: item.text for item in history.for_staff(PreservationHold.objects.get())}
    assert told["Legal process attached"] == ""
    client = client_for(admin)
    for _n in range(2):
        page = words(client.get(f"/staff/holds/{hold.reference}/"))
    assert "Priya Raman, 2 times" in page
    assert f"by {hold.officer.get_full_name()}" in page
    assert "MX-26-PTQN5JE" not in page
    assert "Priya" not in words(client_for(hold.officer).get(f"/holds/{hold.reference}/"))
