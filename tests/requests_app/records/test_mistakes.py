"""Records reached the wrong person: 72 hours, counsel and data-protection officer, what they decide and did."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from requests_app.history import history
from requests_app.models import MistakenDisclosure
from requests_app.services import downloads, mistakes
from requests_app.services.mistakes import Decision, Told
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import called_back, granted_request, released_package, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "quick_letter")]
HOUR = timedelta(hours=1)
TELLS = Decision("One person of 12 rows", True, "A risk is likely", True, "A high risk is likely")
TELLS_NOBODY = Decision("Nobody took it", False, "No risk", False, "No high risk")


def told(event):
    return sorted(OutboundMessage.objects.filter(event=event).values_list("to_user", flat=True))


def mistaken(*, cause="wrong_account", at=None, **columns):
    package = released_package(granted_request(**columns))
    taken(package)
    return called_back(package, cause=cause, confirmed=False, at=at).mistake


@pytest.mark.parametrize("cause", ["wrong_recipient", "wrong_account"])
def test_a_mistake_starts_72_hours_with_the_stop_and_tells_counsel_and_dpo(cause):
    at = timezone.now()
    counsel, dpo, analyst = make_staff("counsel"), make_staff("dpo"), make_staff("analyst")
    mistake = mistaken(cause=cause, at=at)
    assert (mistake.known_at, mistake.due_at) == (at, at + 72 * HOUR)
    assert told("mistake_opened") == sorted([counsel.pk, dpo.pk])
    for hours, count in ((47, 0), (48, 2), (72, 4), (96, 6)):
        remind(at=at + hours * HOUR, only="mistake")
        assert len(told("mistake_due")) == count, hours
    listed = [row.clock for row in deadlines_between(analyst, at, at + 100 * HOUR)]
    assert listed == ["Mistaken disclosure"]
    assert "Account B" not in "".join(OutboundMessage.objects.values_list("body_text", flat=True))


@pytest.mark.parametrize("cause", ["narrowed", "expunged", "process_withdrawn", "unsafe_file"])
def test_another_cause_starts_none(cause):
    package = released_package(granted_request())
    taken(package)
    called_back(package, cause=cause)
    assert MistakenDisclosure.objects.count() == 0


def test_decided_told_and_closed_on_the_page():
    dpo = make_staff("dpo")
    mistake = mistaken()
    url = reverse("staff_recalls:mistake", args=[mistake.reference, 1])
    client = client_for(dpo)
    answer = client.post(url, {"action": "decide", "assessment": "One person of 12 rows", "authority": "yes"})
    assert (answer.status_code, "One person of 12 rows" in answer.content.decode()) == (422, True)
    client.post(url, {"action": "decide", "assessment": "One person of 12 rows", "authority": "yes", "holders": "yes",
                      "authority_reason": "A risk", "holders_reason": "A high risk"})  # fmt: skip
    assert b"Tell the authority first" in client.get(url).content
    client.post(url, {"action": "close"})
    mistake.refresh_from_db()
    assert (mistake.decided_by, mistake.closed_at) == (dpo, None)
    moment = timezone.now().isoformat(" ", "seconds")
    sent = {"action": "told", "authority_at": moment, "authority_reference": "DPC-26-1", "holders_at": moment}
    early = client.post(url, sent | {"authority_at": "2020-01-01 10:00 Z"})
    assert (early.status_code, b"between when it was known" in early.content) == (422, True)
    MistakenDisclosure.objects.update(known_at=mistake.known_at - HOUR)
    client.post(url, sent)
    client.post(url, {"action": "close"})
    mistake.refresh_from_db()
    assert (mistake.authority_reference, mistake.closed_by) == ("DPC-26-1", dpo)
    with pytest.raises(NotAllowed, match="closed"):
        mistakes.decide(mistake, TELLS_NOBODY, by=dpo)
    assert list(mistakes.running()) == []
    assert mistake.assessment not in client_for(make_staff("approver")).get(
        reverse("staff_recalls:recall", args=[mistake.reference, 1])
    ).content.decode()  # fmt: skip
    told_of = history(mistake.recall.package.data_request)
    assert "Mistaken disclosure: decided who is told" in {entry.title for entry in told_of}
    assert not any(mistake.assessment in entry.detail for entry in told_of)
    assert "Authority: A risk" in AuditEvent.objects.get(action="mistake.decided").reason


def test_two_who_decide_at_once():
    mistake, counsel, dpo = mistaken(), client_for(make_staff("counsel")), client_for(make_staff("dpo"))
    url = reverse("staff_recalls:mistake", args=[mistake.reference, 1])
    seen = mistakes.version(mistake)
    assert f'name="seen" value="{seen}"' in dpo.get(url).content.decode()
    yes = {"action": "decide", "assessment": "One of 12", "authority": "yes", "authority_reason": "A risk",
           "holders": "yes", "holders_reason": "A high risk", "seen": seen}  # fmt: skip
    no = yes | {"authority": "no", "authority_reason": "No risk", "holders": "no", "holders_reason": "Not high"}
    counsel.post(url, yes)
    late = dpo.post(url, no)
    assert (late.status_code, b"Somebody else wrote here" in late.content) == (422, True)
    assert b"No risk" in late.content, "what was typed stays"
    mistake.refresh_from_db()
    assert mistake.tells_authority is True
    now = mistakes.version(mistake)
    assert f'name="seen" value="{now}"' in late.content.decode()
    empty = dpo.post(url, {"action": "told", "seen": now})
    assert (empty.status_code, b"Write when the authority" in empty.content) == (422, True)
    dpo.post(url, no | {"seen": now})
    mistake.refresh_from_db()
    assert mistake.tells_authority is False


def test_a_stop_for_another_cause_turns_out_to_be_a_mistake():
    package = released_package(granted_request())
    taken(package)
    recall = called_back(package, cause="narrowed", confirmed=False, at=timezone.now() - 50 * HOUR)
    url = reverse("staff_recalls:mistake", args=[recall.reference, 1])
    shown = reverse("staff_recalls:recall", args=[recall.reference, 1])
    person = make_staff("dpo")
    dpo, approver = client_for(person), client_for(make_staff("approver"))
    assert (dpo.get(url).status_code, dpo.post(url, {"action": "decide"}).status_code) == (404, 404)
    assert b"Start the 72 hours" in dpo.get(shown).content
    assert b"Start the 72 hours" not in approver.get(shown).content
    assert approver.post(url, {"action": "open", "found": "The other agency"}).status_code == 403
    assert dpo.post(url, {"action": "open", "found": " "}).status_code == 422
    assert MistakenDisclosure.objects.count() == 0
    before = timezone.now()
    dpo.post(url, {"action": "open", "found": "The other agency read it"})
    mistake = MistakenDisclosure.objects.get()
    assert mistake.known_at >= before
    assert (mistake.due_at, mistake.decided_at) == (mistake.known_at + 72 * HOUR, None)
    assert told("mistake_opened") == [person.pk]
    assert b"The other agency read it" in dpo.get(url).content
    assert b"Found after the download was stopped" in dpo.get(url).content
    assert b"Start the 72 hours" not in dpo.get(shown).content
    with pytest.raises(TransitionRefused):
        mistakes.found_later(recall, reason="Again", by=make_staff("counsel"))


def test_who_prepared_or_released_it_does_not_decide():
    mistake, other = mistaken(), make_staff("counsel")
    package = mistake.recall.package
    for person in (package.prepared_by, package.released_by):
        person.staff_roles.create(
            provider=package.data_request.provider, role="counsel", granted_at=timezone.now(), user=person
        )
        with pytest.raises(NotAllowed, match="somebody else decides"):
            mistakes.decide(mistake, TELLS, by=type(person).objects.get(pk=person.pk))
    for role in ("analyst", "approver", "auditor", "administrator"):
        with pytest.raises(NotAllowed):
            mistakes.decide(mistake, TELLS, by=make_staff(role))
    assert mistakes.decide(mistake, TELLS, by=other).decided_by == other
    hidden = mistaken()
    type(package.data_request).objects.filter(reference=hidden.reference).update(restricted=True)
    assert client_for(other).get(reverse("staff_recalls:mistake", args=[hidden.reference, 1])).status_code == 404


def test_what_was_done_must_fit_what_was_decided():
    dpo, at = make_staff("dpo"), timezone.now()
    mistake = mistaken(at=at)
    late = at + 73 * HOUR
    with pytest.raises(TransitionRefused, match="Decide first"):
        mistakes.note_told(mistake, Told(at, "", "", None), by=dpo, at=late)
    mistakes.decide(mistake, TELLS_NOBODY, by=dpo, at=at)
    assert list(mistakes.running()) == []
    for told_at in (Told(at, "", "", None), Told(None, "", "", at)):
        with pytest.raises(TransitionRefused, match="not told"):
            mistakes.note_told(mistake, told_at, by=dpo, at=late)
    mistakes.decide(mistake, TELLS, by=dpo, at=at)
    assert list(mistakes.running()) == [mistake]
    with pytest.raises(Incomplete, match="72 hours"):
        mistakes.note_told(mistake, Told(late, "DPC-1", " ", None), by=dpo, at=late)
    with pytest.raises(Incomplete, match="between"):
        mistakes.note_told(mistake, Told(late + HOUR, "DPC-1", "Late", None), by=dpo, at=late)
    mistakes.note_told(mistake, Told(late, "DPC-1", "The log was found late", None), by=dpo, at=late)
    assert list(mistakes.running()) == []
    with pytest.raises(TransitionRefused, match="told already"):
        mistakes.decide(mistake, TELLS_NOBODY, by=dpo, at=late)
    with pytest.raises(TransitionRefused, match="account holders first"):
        mistakes.close(mistake, by=dpo, at=late)
    mistakes.note_told(mistake, Told(late, "DPC-1", "The log was found late", late), by=dpo, at=late)
    with pytest.raises(TransitionRefused, match="holders have been told already"):
        mistakes.decide(mistake, replace(TELLS, tells_holders=False), by=dpo, at=late)


def test_downloads_of_the_same_request_wait_until_somebody_decided_about_a_wrong_recipient():
    package = released_package(granted_request())
    officer, at = package.data_request.officer, timezone.now()
    stopped = package.data_request.packages.create(
        number=2, status="revoked", prepared_by=package.prepared_by, prepared_at=at, due_at=at, released_at=at,
        released_by=package.released_by,
    )  # fmt: skip
    assert downloads.refusal(package, user=officer, at=at) is None
    recall = stopped.recalls.create(
        cause="wrong_recipient", reason="x", called_at=at, called_by=package.released_by, due_at=at
    )
    mistake = mistakes.opened(recall, at=at)
    assert "cannot be downloaded for the moment" in downloads.refusal(package, user=officer, at=at)
    dpo = make_staff("dpo")
    mistakes.decide(mistake, TELLS, by=dpo)
    assert downloads.refusal(package, user=officer, at=at) is None
