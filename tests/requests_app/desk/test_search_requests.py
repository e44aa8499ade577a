"""What the desk finds by what somebody knows, and what nobody finds who may not see it."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredConflict, Throttle
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from requests_app import tasks
from requests_app.models import ClarificationReply, StoredSearch
from requests_app.services import search_groups, searching
from tests.accounts.helpers import page, words
from tests.factories import order_of, request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/search/"
EVM = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F"
HASH = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
PLAIN = (("uid", "99118822"),)


@pytest.fixture
def analyst():
    return make_staff("analyst")


def search(user, text, **query):
    """Search as a browser does; return the page, and by group the references found."""
    client = user if hasattr(user, "post") else client_for(user)
    sent = client.post(URL, {"lines": text})
    assert sent.status_code == 302, words(sent)
    answer = client.get(sent.url, query)
    return answer, {
        group.why.value: [row.reference for row, _hits in group.rows] for group, _url in answer.context["groups"]
    }


def found(user, text):
    return search(user, text)[1]


def case(**changes):
    changes = {"identifiers": PLAIN, "title": "A case", "facts": "Nothing to see.", "document": False} | changes
    return request_at(changes.pop("status", "submitted"), **changes)


@pytest.mark.parametrize(
    "change",
    [
        str,
        str.lower,
        lambda t: t.replace("-", ""),
        lambda t: f" {t.replace('-', ' ').lower()} ",
        lambda t: t.replace("-", "\u2013"),
        lambda t: t[-7:].lower(),
        lambda t: t.partition("-")[2],
    ],
    ids=["as it is", "small", "without dashes", "with spaces", "other dashes", "without its front", "without letters"],
)
def test_a_whole_reference_opens_the_request(analyst, change):
    row = case()
    answer = client_for(analyst).post(URL, {"lines": change(row.reference)})
    assert answer.url == reverse("staff:request", args=[row.reference])
    assert StoredSearch.objects.count() == 0


def test_the_beginning_of_a_reference_lists_those_that_begin_so(analyst):
    row = case()
    assert found(analyst, row.reference[:-2].replace("-", "").lower())["reference"] == [row.reference]


@pytest.mark.parametrize(
    ("kind", "given", "typed"),
    [
        ("phone", "+44 7700 900461", "0044 (0)7700-900 461"),
        ("email", "Nordlys.Trading@Mail.example", "NORDLYS.trading@mail.EXAMPLE"),
        ("wallet:ethereum", EVM, EVM.lower()),
        ("wallet:ethereum", EVM, EVM.upper().replace("0X", "0x")),
        ("txid:bitcoin", HASH, HASH.upper()),
        ("email", "t.lindqvist@mail.example", "t.lindqvist [at] mail [dot] example"),
        ("bank", "GB33BUKB20201555555555", "gb33 bukb 2020 1555 5555 55"),
        ("uid", "48213377", "uid, 48 213 377"),
    ],
)
def test_an_identifier_is_found_however_it_is_written(analyst, kind, given, typed):
    row, _other = case(identifiers=[(kind, given)]), case()
    assert found(analyst, typed)["identifier"] == [row.reference]


@pytest.mark.parametrize("typed", ["0x71c76", "71C76", "8976F", "0x71C7…976F", "0x71c7...976f", "d8976f"])
def test_a_part_of_an_identifier_is_found_by_its_beginning_or_end(analyst, typed):
    row, _other = case(identifiers=[("wallet:ethereum", EVM)]), case()
    answer, groups = search(analyst, typed)
    assert groups == {"part": [row.reference]}
    marked = "".join(mark.get_text() for mark in page(answer).select("mark"))
    assert marked.lower() in {"0x71c76", "71c76", "8976f", "0x71c7976f", "d8976f"}


def test_a_national_number_is_found_by_its_end_and_four_characters_are_too_few(analyst):
    row = case(identifiers=[("phone", "+44 7700 900461")])
    assert found(analyst, "07700 900461") == {"part": [row.reference]}
    assert found(analyst, "0461") == {}
    assert found(analyst, "0%00_61") == {}


def test_people_agencies_and_numbers_of_cases_and_orders(analyst):
    agency = make_agency("Politiet i Tromsø", domain="tromso-politi.example")
    officer = make_officer(agency, full_name="Åse Lindqvist")
    row = case(officer=officer, case_number="TR 26/4711")
    order_of(row, docket="HC-2026/881", document=False)
    case(case_number="NV 26/4711")
    assert found(analyst, "lindqvist ase") == {"officer": [row.reference]}
    assert found(analyst, officer.email.upper())["officer"] == [row.reference]
    assert found(analyst, "TROMSO")["agency"] == [row.reference]
    assert found(analyst, "@tromso-politi.example")["agency"] == [row.reference]
    assert found(analyst, "tr 26/47") == {"case": [row.reference]}
    assert found(analyst, "hc-2026") == {"docket": [row.reference]}


def test_words_of_the_request_its_questions_and_answers(analyst):
    row = case(facts="The victim wired money to <b>Zephyr</b> Holdings twice.")
    asked = case(status="awaiting_officer")
    question = asked.clarifications.get()
    type(question).objects.filter(pk=question.pk).update(text="Who is the beneficiary of Quorvex?")
    ClarificationReply.objects.create(
        clarification=question, text="A plumber.", answered_at=timezone.now(), answered_by=asked.officer
    )
    answer, groups = search(analyst, '"zephyr holdings" -thrice')
    assert groups == {"facts": [row.reference]}
    assert [mark.get_text() for mark in page(answer).select("mark")] == ["Zephyr", "Holdings"]
    assert "<b>Zephyr" not in answer.content.decode()
    assert "&lt;b&gt;" in answer.content.decode()
    assert found(analyst, '"zephyr twice"') == {}
    assert found(analyst, "quorvex OR nobodyatall") == {"messages": [asked.reference]}
    assert found(analyst, "plumber") == {"messages": [asked.reference]}
    assert found(analyst, "-zephyr") == {}


def test_closed_requests_too_and_either_alone(analyst):
    open_one, closed = case(title="Operation Zephyr"), case(status="closed", title="Operation Zephyr")
    client = client_for(analyst)
    assert search(client, "zephyr")[1]["facts"] == [closed.reference, open_one.reference]
    assert search(client, "zephyr", state="open")[1]["facts"] == [open_one.reference]
    assert search(client, "zephyr", state="closed")[1]["facts"] == [closed.reference]


def test_what_somebody_may_not_see_is_neither_found_nor_counted(analyst):
    officer = make_officer(make_agency("Zephyr Police", domain="zephyr.example"), full_name="Zephyr Quill")
    secret = {
        "officer": officer,
        "title": "Zephyr",
        "case_number": "ZEPHYR 1",
        "identifiers": [("username", "zephyr.one")],
    }
    sealed = case(restricted=True, status="awaiting_officer", **secret)
    sealed.clarifications.update(text="Zephyr?")
    order_of(sealed, docket="ZEPHYR-9", document=False)
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    hidden = [sealed, case(status="draft", **secret), case(provider=other, **secret)]
    away = case(**{**secret, "officer": make_officer(make_agency("Zephyr Away"))})
    DeclaredConflict.objects.create(user=analyst, agency=away.agency, reason="My sister", declared_at=timezone.now())
    client = client_for(analyst)
    for text in (
        "zephyr",
        "zephyr.one",
        "zephyr quill",
        "zephyr.example",
        "zephyr 1",
        "zephyr-9",
        sealed.reference[:-1],
    ):
        answer, groups = search(client, text)
        assert groups == {}, text
        assert "Nothing was found" in words(answer)
        for why in search_groups.Why:
            shown = client.get(f"{answer.wsgi_request.path}?why={why}")
            assert "Nothing was found here" in words(shown)
    whole = client.post(URL, {"lines": sealed.reference})
    assert whole.url.startswith(URL)
    assert [facts["found"] for facts in _entries() if facts["found"]] == []

    sealed.named_readers.add(analyst)
    assert [row for row in found(analyst, "zephyr").values() if row != [sealed.reference]] == []
    assert len(hidden) == 3


def _entries():
    rows = AuditEvent.objects.filter(action="request.searched_for", outcome="ok").order_by("pk")
    return [json.loads(bytes(row.payload))["data"] for row in rows]


def test_the_trail_has_what_was_found_and_a_digest_but_never_the_words(analyst):
    case(title="Operation Zephyr")
    for text in ("Zephyr", " zephyr ", "nordlys"):
        found(analyst, text)
    first, again, other = _entries()
    assert first["found"] == {"facts": 1}
    assert (first["digest"] == again["digest"], first["digest"] == other["digest"]) == (True, False)
    payloads = [bytes(row.payload).decode().lower() for row in AuditEvent.objects.filter(action__contains="searched")]
    assert len(payloads) == 3
    assert not any("zephyr" in payload for payload in payloads)
    assert searching.recent(analyst, timezone.now() - timedelta(hours=1)) == 3
    assert searching.recent(make_staff("analyst"), timezone.now() - timedelta(hours=1)) == 0


def test_what_was_searched_for_is_the_persons_own_and_stands_in_no_address(analyst):
    client = client_for(analyst)
    sent = client.post(URL, {"lines": "Zephyr Quill"})
    assert "ephyr" not in sent.url
    assert client_for(make_staff("analyst", "approver")).get(sent.url).status_code == 404
    assert "Zephyr Quill" in words(client.get(URL))
    assert "Zephyr Quill" not in words(client_for(make_staff("analyst")).get(URL))
    StoredSearch.objects.update(kept_until=timezone.now())
    assert client.get(sent.url).status_code == 404
    tasks.sweep()
    assert StoredSearch.objects.count() == 0


def test_auditors_search_and_people_without_the_queue_do_not():
    row = case(title="Operation Zephyr")
    assert found(make_staff("auditor"), "zephyr") == {"facts": [row.reference]}
    for role in ("administrator", "preservation_admin"):
        user = make_staff(role)
        assert client_for(user).post(URL, {"lines": "zephyr"}).status_code == 403
        with pytest.raises(NotAllowed):
            searching.ask("zephyr", by=user)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter what to search for"),
        ("ab", "Enter at least 3 characters"),
        ("x" * 301, "shorten this to 300 characters"),
        ("4111 1111 1111 1111", "first six and last four digits"),
        ("5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF", "Do not search for it"),
        ("legal winner thank year wave sausage worth useful legal winner thank yellow", "Do not search for it"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_a_sentence_and_not_kept(analyst, typed, said):
    answer = client_for(analyst).post(URL, {"lines": typed})
    assert answer.status_code == 422
    assert said in words(answer)
    assert StoredSearch.objects.count() == 0
    if "Do not" in said:
        assert typed not in answer.content.decode()


def test_sixty_searches_in_ten_minutes_are_enough(analyst):
    searching.ask("zephyr", by=analyst)
    Throttle.objects.filter(scope="desk_search").update(count=60)
    answer = client_for(analyst).post(URL, {"lines": "zephyr"})
    assert answer.status_code == 422
    assert "You searched 60 times" in words(answer)
    assert AuditEvent.objects.filter(action="request.searched_for", outcome="refused").count() == 1
    searching.ask("zephyr", by=analyst, at=timezone.now() + timedelta(minutes=11))
    searching.ask("zephyr", by=make_staff("analyst"))


def test_a_way_is_read_page_by_page_without_gap_or_repeat(analyst, monkeypatch):
    monkeypatch.setattr(search_groups, "PAGE", 2)
    monkeypatch.setattr("requests_app.services.search_results.FIRST", 2)
    at = timezone.now()
    made = [case(title="Zephyr", submitted_at=at) for _number in range(5)]
    client = client_for(analyst)
    answer, groups = search(client, "zephyr")
    assert groups["facts"] == [made[4].reference, made[3].reference]
    [(group, url)] = answer.context["groups"]
    assert (group.said, group.more) == ("5", True)
    seen = []
    while url:
        shown = client.get(url)
        seen += [row.reference for row, _hits in shown.context["group"].rows]
        url = shown.context["next"]
    assert seen == [row.reference for row in reversed(made)]
    assert client.get(f"{answer.wsgi_request.path}?why=facts&after=x~y").status_code == 200


def test_too_much_to_look_through_is_said_and_the_other_ways_are_shown(analyst, monkeypatch):
    row = case(title="Zephyr", identifiers=[("username", "zephyr")])
    facts = search_groups._WAYS[search_groups.Why.FACTS]

    def slow(terms, seen):
        return facts(terms, seen).extra(where=["pg_sleep(2) IS NULL"])

    monkeypatch.setitem(search_groups._WAYS, search_groups.Why.FACTS, slow)
    monkeypatch.setattr(search_groups, "PATIENCE", 150)
    answer, groups = search(analyst, "zephyr")
    assert groups == {"identifier": [row.reference]}
    assert "Too much would have to be looked through: Words of the request, Questions and answers" in words(answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone()[0] != "150ms"
    assert _entries()[0]["not_looked_through"] == ["facts", "messages"]


def test_the_queries_are_as_many_whatever_the_number_of_rows(analyst):
    client = client_for(analyst)
    officer = make_officer(full_name="Zephyr Quill")

    def add():
        row = case(
            officer=officer, title="Zephyr", case_number="Zephyr 1", identifiers=[("username", "zephyr")],
            status="awaiting_officer",
        )  # fmt: skip
        row.clarifications.update(text="Zephyr?")
        order_of(row, docket="Zephyr 2", document=False)

    add()
    sent = client.post(URL, {"lines": "zephyr"})
    client.get(sent.url)
    counted = []
    for more in (0, 2):
        for _number in range(more):
            add()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(sent.url)
        counted.append(len(queries))
    assert {group.count for group, _url in answer.context["groups"]} == {3}
    assert {group.why.value for group, _url in answer.context["groups"]} == {
        "identifier", "case", "docket", "officer", "facts", "messages",
    }  # fmt: skip
    assert counted == [25, 25]


def test_the_queue_has_the_box():
    case()
    form = page(client_for(make_staff("analyst")).get("/staff/queue/")).select_one("form[action='/staff/search/']")
    assert form["method"] == "post"
    assert form.select_one("input[name=lines]")["autocomplete"] == "off"
