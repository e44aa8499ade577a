"""Messages by signing in: own ones only, unread counted everywhere, and no key that belongs into a mailbox."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import sign_in
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from requests_app.models import DataRequest
from tests.accounts.helpers import last_mail, link_in, page, words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)


def tell(
    person, number: int = 1, *, at: datetime = AT, event: str = "question_cancelled", **context
) -> OutboundMessage:
    reference = f"MX-26-AAAAA{number:02}"
    key = f"{event}:{person.pk}:{number}"
    return send(event, dedupe_key=key, to_user=person, context=context, reference=reference, at=at)


def subjects(answer) -> list[str]:
    return [link.get_text() for link in page(answer).select("main tbody th a")]


def header_count(client: Client, path: str) -> str:
    """The number beside "Messages" in the header of a page; empty for none."""
    found = page(client.get(path)).select_one(".app-header__account a[href='/messages/'] + .app-count")
    return found.get_text() if found else ""


@pytest.fixture
def officer():
    return make_officer()


def test_the_inbox_has_own_messages_newest_first_and_nobody_elses(officer):
    first, second = tell(officer, 1), tell(officer, 2, at=AT + timedelta(hours=1))
    tell(make_officer(officer.membership.agency), 3)
    answer = client_for(officer).get("/messages/")
    assert subjects(answer) == [second.subject, first.subject]
    assert len(page(answer).select("main tbody .moj-badge")) == 2


def test_opening_a_message_marks_it_read_once_and_a_strangers_is_not_there(officer):
    row = tell(officer)
    client, stranger = client_for(officer), client_for(make_officer(officer.membership.agency))
    assert stranger.get(f"/messages/{row.uid}/").status_code == 404
    assert client.head(f"/messages/{row.uid}/").status_code == 200
    row.refresh_from_db()
    assert row.read_at is None
    answer = client.get(f"/messages/{row.uid}/")
    assert row.body_text.split()[0] in words(answer)
    row.refresh_from_db()
    opened = row.read_at
    assert opened is not None
    client.get(f"/messages/{row.uid}/")
    row.refresh_from_db()
    assert row.read_at == opened


def test_the_header_of_every_page_counts_what_is_unread(officer):
    analyst = make_staff("analyst")
    for number in range(2):
        tell(officer, number)
    rows = [tell(analyst, number, event="question_answered") for number in range(3)]
    here, there = client_for(officer), client_for(analyst)
    assert header_count(here, "/requests/") == "2 unread"
    assert header_count(here, "/account/") == "2 unread"
    there.get(f"/messages/{rows[0].uid}/")
    assert header_count(there, "/staff/queue/") == "2 unread"
    assert header_count(client_for(make_officer()), "/requests/") == ""
    assert b"/messages/" not in client_for(officer, verified=False).get("/").content
    assert b"/messages/" not in Client().get("/").content


def test_counting_stops_at_99(officer):
    first = tell(officer)
    copies = []
    for number in range(120):
        copy = OutboundMessage.objects.get(pk=first.pk)
        copy.pk, copy.uid = None, OutboundMessage._meta.get_field("uid").get_default()
        copy.dedupe_key, copy.message_id = f"copy:{number}", f"<{number}@test>"
        copies.append(copy)
    OutboundMessage.objects.bulk_create(copies)
    assert header_count(client_for(officer), "/account/") == "99+ unread"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["/messages/", "/messages/?show=unread"])
def test_the_list_costs_the_same_for_any_number(officer, path, count, django_assert_num_queries):
    digest = tell(officer, 99, event="digest", count=1, lines=("x",), more=0)
    for number in range(count):
        row = tell(officer, number)
        OutboundMessage.objects.filter(pk=row.pk).update(gathered_in=digest, for_digest=True, state=JobState.DONE)
    client = client_for(officer)
    client.get(path)
    with django_assert_num_queries(10):
        client.get(path)


def test_pages_go_back_by_key_while_new_messages_come(officer):
    rows = [tell(officer, number, at=AT + timedelta(minutes=number // 2)) for number in range(30)]
    newest = [row.subject for row in reversed(rows)]
    client = client_for(officer)
    answer = client.get("/messages/")
    assert subjects(answer) == newest[:25]
    tell(officer, 77, at=AT + timedelta(days=1))
    older = page(answer).select_one("a[rel=next]")["href"]
    answer = client.get(f"/messages/{older}")
    assert subjects(answer) == newest[25:]
    assert page(answer).select_one("a[rel=prev]")["href"] == "/messages/"
    for nonsense in ("?before=x", "?before=2026-11-18~1", "?before=2026-99-99T00:00:00Z~1", f"?before=~{9**30}"):
        assert len(subjects(client.get(f"/messages/{nonsense}"))) == 25


def test_all_are_marked_read_but_what_came_after_the_page_was_drawn(officer):
    tell(officer, 1)
    tell(officer, 2)
    client = client_for(officer)
    until = page(client.get("/messages/")).select_one("main input[name=seen]")["value"]
    late = tell(officer, 3, at=timezone.now())
    others = tell(make_officer(officer.membership.agency), 4)
    answer = client.post("/messages/read/", {"seen": until}, follow=True)
    assert "2 messages are marked read." in answer.content.decode()
    assert list(OutboundMessage.objects.filter(read_at=None).order_by("pk")) == [late, others]
    assert subjects(client.get("/messages/?show=unread")) == [late.subject]
    for nonsense in ("", "soon", "2026-99-99T00:00:00Z", "9999-12-31T23:59:59Z"):
        OutboundMessage.objects.filter(pk=late.pk).update(read_at=None)
        assert client.post("/messages/read/", {"seen": nonsense}).status_code == 302
    assert "There was nothing unread." in client.post("/messages/read/", {}, follow=True).content.decode()
    assert client.get("/messages/read/")["Location"] == "/messages/"


def test_a_link_that_is_a_key_stays_in_the_mail(officer):
    """Who sits down at an open session must not set a new password without knowing the old one."""
    client = client_for(officer)
    sign_in.ask_reset(officer.email, place="198.51.100.20")
    mail = last_mail("password_reset")
    key = link_in(mail)
    assert Client().get(key).status_code == 200
    answer = client.get(f"/messages/{mail.uid}/")
    assert key not in answer.content.decode()
    assert key.rstrip("/").rpartition("/")[2] not in answer.content.decode()
    assert "(this link is only in the mail)" in words(answer)


def test_links_to_our_pages_are_links_and_all_else_is_text(officer, settings):
    settings.PUBLIC_URL = "https://requests.meridian.example"
    row = tell(officer)
    home = settings.PUBLIC_URL
    row.body_text = (
        f"<b>Bold</b> https://elsewhere.example/x\n\nOpen {home}/requests/?q=1.\n\n- one\n- two\n\n"
        f"{home}/no-such-page/ {home}/join/6f1c1f6e-8d0a-4a55-9d0a-111111111111/Secret-Key/\n\n-- \nSignature\n"
    )
    row.save(update_fields=["body_text"])
    body = page(client_for(officer).get(f"/messages/{row.uid}/")).select_one("main [lang=en]:not(h1)")
    assert [link["href"] for link in body.select("a")] == ["/requests/?q=1"]
    assert "<b>Bold</b> https://elsewhere.example/x" in body.get_text()
    assert [item.get_text().strip() for item in body.select("li")] == ["one", "two"]
    assert body.select("b") == []
    assert "Secret-Key" not in body.get_text()
    assert "no-such-page" not in body.get_text()
    assert "Signature" not in body.get_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "On its way."),
        ({"attempts": 2}, "Not sent yet. We try again."),
        ({"state": "running", "attempts": 1}, "On its way."),
        ({"for_digest": True, "due_at": AT}, "Comes with your digest of Wed 18 Nov"),
        ({"state": "done", "finished_at": AT}, "Sent to i…@n….example, "),
        (
            {"state": "given_up", "cause": "no_mailbox", "failed_at": AT, "finished_at": AT},
            "i…@n….example refused it, ",
        ),
        ({"state": "given_up", "cause": "unreachable", "failed_at": AT, "finished_at": AT}, "could not be sent to i…"),
        ({"state": "done", "bounced_at": AT, "cause": "full", "failed_at": AT}, "It came back from i…@n….example, "),
        ({"state": "done", "for_digest": True, "finished_at": AT}, "Not sent by mail."),
    ],
)
def test_what_became_of_the_mail_is_said(changes, said):
    person = make_user("ingrid@nordvik-police.example")
    row = tell(person)
    OutboundMessage.objects.filter(pk=row.pk).update(**changes)
    client = client_for(person)
    assert said in words(client.get(f"/messages/{row.uid}/"))
    assert said.partition(" to i…")[0] in words(client.get("/messages/"))


def test_applicants_and_suspended_officers_have_an_inbox_too(officer):
    row = tell(officer)
    membership = officer.membership
    membership.suspended_at = AT
    membership.save(update_fields=["suspended_at"])
    assert client_for(officer).get(f"/messages/{row.uid}/").status_code == 200
    assert client_for(make_user()).get("/messages/").status_code == 200


def test_a_message_leads_to_what_it_is_about_where_its_reader_may_open_that(officer):
    analyst, stranger = make_staff("analyst"), make_officer()
    request = request_at("submitted", officer=officer)
    key = {"context": {}, "reference": request.reference}
    for person, event, url in (
        (officer, "question_cancelled", f"/requests/{request.reference}/"),
        (analyst, "question_answered", f"/staff/requests/{request.reference}/"),
        (stranger, "question_cancelled", ""),
    ):
        row = send(event, dedupe_key=f"about:{person.pk}", to_user=person, **key)
        found = page(client_for(person).get(f"/messages/{row.uid}/")).select("main .app-panel a")
        assert [link["href"] for link in found] == ([url] if url else []), url
    DataRequest.objects.filter(pk=request.pk).update(restricted=True)
    row = analyst.messages.latest("pk")
    assert not page(client_for(analyst).get(f"/messages/{row.uid}/")).select("main .app-panel a")
