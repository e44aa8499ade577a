"""Letters to account holders: in their language, by mail or through the company, once, and what if one is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications import delivery
from foundation.notifications.enums import Cause
from foundation.notifications.languages import LANGUAGES
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.connectors.base import CannotDo, Channel
from foundation.providers.models import ConnectorJob
from requests_app.services import compliance, notice_again, notice_desk, notice_letters, notices, packages
from requests_app.services.letter_checks import sent_on
from tests.people import client_for, make_staff
from tests.requests_app.records.company import Company
from tests.requests_app.records.steps import granted_request, sealed_package

pytestmark = pytest.mark.usefixtures("quick_letter")


class Pages(Company):
    """A company that puts letters into its own pages, and keeps what it was given; `full` makes it refuse."""

    def __init__(self, language="de"):
        super().__init__()
        self.language, self.letters, self.full = language, [], False

    def contact(self, account):
        return replace(super().contact(account), channel=Channel.COMPANY, address="", language=self.language)

    def notify(self, account, letter, *, key, at):
        if self.full:
            raise CannotDo("No such pages.")
        self.letters.append((account, letter, key))
        return at


@pytest.fixture
def pages(monkeypatch):
    found = Pages()
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: found)
    monkeypatch.setattr(jobs, "connector_for", lambda _provider: found)
    return found


def test_company_gives_the_letter_in_the_language_of_its_reader(db, pages):
    data_request = granted_request(barred=False)
    at = timezone.now()
    assert notices.send_due(at=at) == 2
    notice = data_request.notices.order_by("account").first()
    assert (notice.channel, notice.language, notice.letters_sent) == ("company", "de", 1)
    assert not OutboundMessage.objects.filter(event="user_notice").exists()
    for job in ConnectorJob.objects.filter(act="notify"):
        jobs.run(job)
    account, letter, key = next(item for item in pages.letters if item[0] == notice.account)
    assert (account, letter.reference, letter.language) == (notice.account, notice.reference, "de")
    assert key == f"notice:{notice.pk}"
    assert "Wenn Sie widersprechen" in letter.text
    assert "http" not in letter.text
    assert data_request.reference not in letter.text
    assert notice_letters.sent(notice).delivered_at is not None
    assert notices.send_due(at=at + timedelta(days=1)) == 0, "told once"


@pytest.mark.parametrize("spoken", [*LANGUAGES, "ja", ""])
def test_letter_is_whole_in_every_language(db, company, spoken):
    data_request = granted_request(barred=False)
    notice = data_request.notices.first()
    ends = timezone.now() + timedelta(days=7)
    before = notice_letters.written(notice, language=spoken, window=ends)
    after = notice_letters.written(notice, language=spoken)
    assert before.language == (spoken if spoken in LANGUAGES else "en")
    for letter in (before, after):
        assert letter.body_text.count(notice.reference) >= 1
        assert "Check a letter" in letter.body_text
        assert not {"{", "http", data_request.case_number, notice.account} & {
            word for word in ("{", "http", data_request.case_number, notice.account) if word in letter.body_text
        }
    assert f"{ends:%H:%M} UTC" in before.body_text
    assert before.subject != after.subject


def test_lost_letter_holds_the_records_back_until_somebody_tells_by_hand(db, pages):
    data_request = granted_request(barred=False)
    pages.full = True
    start = timezone.now() - timedelta(days=20)
    data_request.notices.update(planned_at=start, due_at=start)
    notices.send_due(at=start)
    people, late = data_request.test_people, timezone.now()
    package = sealed_package(data_request)
    assert packages.release is not None
    for job in ConnectorJob.objects.filter(act="notify"):
        jobs.run(job)
    assert notice_letters.not_arrived().count() == 2
    with pytest.raises(NotAllowed, match="did not arrive"):
        packages.release(package, by=people.approver, at=late)
    first, second = data_request.notices.order_by("account")
    told = notice_desk.tell_by_hand(
        first, words="Registered letter", told_at=late - timedelta(days=9), by=people.analyst, at=late
    )
    assert (told.status, told.channel, told.told_by) == ("sent", "by_hand", people.analyst)
    pages.full = False
    again = notice_again.send_anew(second, by=people.analyst, at=late)
    assert (again.window_ends_at, again.letters_sent) == (late + timedelta(days=7), 2)
    jobs.run(ConnectorJob.objects.get(idempotency_key=f"notice:{second.pk}:2"))
    assert not notice_letters.not_arrived().exists()
    with pytest.raises(NotAllowed, match="may object until"):
        packages.release(package, by=people.approver, at=late)
    assert packages.release(package, by=people.approver, at=late + timedelta(days=7)).status == "released"
    with pytest.raises(TransitionRefused):
        notice_again.send_anew(second, by=people.analyst)


def test_mail_that_came_back_is_seen_where_it_matters(db, company):
    data_request = granted_request(barred=False)
    notices.send_due()
    notice = data_request.notices.first()
    OutboundMessage.objects.filter(dedupe_key=f"notice:{notice.pk}").update(
        state=JobState.GIVEN_UP, failed_at=timezone.now(), cause=Cause.NO_MAILBOX
    )
    assert [found.pk for found in notice_letters.not_arrived()] == [notice.pk]
    at = timezone.now()
    assert notice_letters.letters_refusal(data_request, {notice.account}, at=at)
    assert not notice_letters.letters_refusal(data_request, {"somebody else"}, at=at)
    OutboundMessage.objects.update(dealt_with_at=at)  # off the list of mail, and nobody was told
    assert notice_letters.letters_refusal(data_request, {notice.account}, at=at)
    analyst = client_for(data_request.test_people.analyst)
    page = analyst.get(f"/staff/requests/{data_request.reference}/records/").content.decode()
    assert page.count("Letter did not arrive") == 1
    lost = analyst.get("/staff/notices/?show=lost").content.decode()
    assert notice.account in lost


def test_letter_is_read_before_and_after_it_goes(db, company):
    data_request = granted_request(barred=False)
    notice = data_request.notices.first()
    path = f"/staff/requests/{data_request.reference}/records/notices/{notice.uid}/letter/"
    reader = client_for(data_request.test_people.approver)
    assert "Si vous vous y opposez" in reader.get(f"{path}?in=fr").content.decode()
    notices.send_due()
    assert "If you object" in reader.get(f"{path}?in=fr").content.decode(), "as it went out"
    assert client_for(data_request.officer).get(path).status_code in {403, 404}


@pytest.mark.parametrize("by_mail", [True, False])
def test_what_forbids_telling_before_a_letter_is_taken_stops_it(db, monkeypatch, by_mail, pages):
    if by_mail:
        monkeypatch.setattr(pages, "contact", lambda account: Company.contact(pages, account))
    data_request, at = granted_request(barred=False), timezone.now()
    assert notices.send_due(at=at) == 2
    counsel, analyst = make_staff("counsel"), data_request.test_people.analyst
    assert notice_again.call_back() == 0
    compliance.mark_request(data_request, barred=True, reason="Report filed", by=counsel)

    def deliver():
        for job in ConnectorJob.objects.filter(act="notify"):
            jobs.run(job)
        delivery.deliver(list(OutboundMessage.objects.filter(event="user_notice").values_list("pk", flat=True)))

    deliver()
    assert (len(mail.outbox), pages.letters) == (0, [])
    notice = data_request.notices.first()
    assert notice_letters.not_arrived().count() == 2
    assert "ompliance" not in notice_letters.sent(notice).failed
    assert notice_letters.letters_refusal(data_request, {notice.account}, at=at) is None, "as for one never told"
    with pytest.raises(NotAllowed, match="tipping-off"):
        notice_again.send_anew(notice, by=analyst)
    with pytest.raises(NotAllowed, match="tipping-off"):
        notice_desk.tell_by_hand(notice, words="Call", told_at=timezone.now(), by=analyst)
    assert [notice_again.call_back(), notice_again.call_back()] == [2, 0]
    notice.refresh_from_db()
    assert (notice.status, notice.sent_at, notice.window_ends_at, notice.due_at) == ("postponed", None, None, None)
    assert not notice_letters.not_arrived().exists()
    assert sent_on(notice.reference) is None
    compliance.mark_request(data_request, barred=False, reason="Closed", by=counsel)
    assert notices.send_due() == 2
    deliver()
    assert len(mail.outbox) + len(pages.letters) == 2
    assert sent_on(notice.reference)
