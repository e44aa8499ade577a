"""Rules that say which team a request goes to: their order, their words, their editing, and trying them out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.providers.models import EntryPoint, Provider
from requests_app.enums import Rank
from requests_app.models import LegalProcess, RoutingRule
from requests_app.services import intake, routing, routing_rules
from requests_app.services.routing import Facts
from tests.accounts.helpers import page, words
from tests.factories import entity_of, process_type, request_at, team_of
from tests.harness.race import race
from tests.people import client_for, make_officer, make_provider, make_staff

URL = "/staff/routing/"


def team(name):
    return make_provider().teams.get_or_create(name=name)[0]


def rule(name, position=1, *, to="Asia", **says):
    return RoutingRule.objects.create(
        provider=make_provider(), position=position, name=name, team=team(to), changed_at=timezone.now(), **says
    )


def said(**changes):
    empty = {"name": "Norway", "jurisdictions": ["NO"], "kinds": [], "issuers": [], "process_codes": [],
             "languages": [], "entity": None, "team": team("Asia"), "rank": None}  # fmt: skip
    return empty | changes


def sent(data_request):
    data_request.refresh_from_db()
    row = intake.submit(data_request, version=data_request.lock_version, declared=True, by=data_request.officer)
    row.refresh_from_db()
    return row


def test_each_condition_holds_by_itself_and_all_together(db):
    provider, kind = make_provider(), process_type()
    facts = Facts("NO", "disclosure", kind, "no", entity_of(provider))
    fits = [
        {}, {"jurisdictions": ["SE", "NO"]}, {"kinds": ["disclosure"]}, {"issuers": [kind.issuer]},
        {"process_codes": [kind.code]}, {"languages": ["no"]}, {"entity": entity_of(provider)},
    ]  # fmt: skip
    other = provider.entities.create(name="Meridian US Inc", country="US")
    misses = [
        {"jurisdictions": ["SE"]}, {"kinds": ["freeze"]}, {"issuers": ["officer"]}, {"process_codes": ["US-SUBPOENA"]},
        {"languages": ["sv"]}, {"entity": other},
    ]  # fmt: skip
    for says in fits:
        assert routing.route_for(provider, facts, [rule(f"fits {says}", **says)]).rule is not None, says
    for says in misses:
        assert routing.route_for(provider, facts, [rule(f"misses {says}", **says)]).rule is None, says
        assert (
            routing.route_for(provider, facts, [rule(f"both {says}", **({"kinds": ["disclosure"]} | says))]).rule
            is None
        )
    assert routing.route_for(provider, Facts("DE", "freeze"), [rule("EU", jurisdictions=["EU"])]).rule is not None
    bare = Facts("NO", "freeze")
    for says in ({"issuers": [kind.issuer]}, {"process_codes": [kind.code]}, {"languages": ["no"]}):
        assert routing.route_for(provider, bare, [rule(f"bare {says}", **says)]).rule is None


def test_at_receipt_the_first_rule_that_is_on_decides_and_says_why(db):
    team_of(make_provider())
    rule("Off", 1, to="Never", active=False)
    rule("Sweden", 2, to="North", jurisdictions=["SE"])
    rule("Norwegian orders", 3, to="Asia", jurisdictions=["NO"], languages=["no"], rank=Rank.PRIORITY)
    rule("The rest", 4, to="Rest")
    draft = request_at("draft", jurisdiction="NO")
    Provider.objects.update(languages=["en", "no"])
    LegalProcess.objects.filter(uses__data_request=draft).update(language="no")
    row = sent(draft)
    assert (row.team.name, row.rank) == ("Asia", Rank.PRIORITY)
    assert row.routed_because == "rule “Norwegian orders”: Norway, order in Norwegian"
    page_text = words(client_for(make_staff("analyst")).get(f"/staff/requests/{row.reference}/team/"))
    assert "Routed here because" in page_text


def test_without_a_rule_the_entry_point_and_then_the_first_team_decides(db):
    first, asia, _kind = team_of(make_provider()), team("Asia"), process_type(country="NO")
    assert routing.route_for(make_provider(), Facts("NO", "disclosure")).team == first
    EntryPoint.objects.create(provider=make_provider(), jurisdiction_id="NO", team=asia)
    found = routing.route_for(make_provider(), Facts("NO", "disclosure"))
    assert (found.team, "entry point of Norway" in found.because) == (asia, True)


def test_no_rule_makes_an_emergency_less_or_anything_else_an_emergency(db):
    everything = rule("Everything", rank=Rank.ROUTINE)
    found = routing.route_for(make_provider(), Facts("NO", "emergency"), [everything])
    assert routing.rank_at_receipt(found, Rank.EXIGENT) == Rank.EXIGENT
    everything.rank = Rank.EXIGENT
    found = routing.route_for(make_provider(), Facts("NO", "disclosure"), [everything])
    assert routing.rank_at_receipt(found, Rank.ROUTINE) == Rank.PRIORITY


def test_routing_again_needs_a_change_and_never_widens_who_reads(db):
    named = make_staff("analyst")
    row = request_at("in_review", analyst=named, restricted=True)
    row.named_readers.add(named)
    rule("Everything")
    routing.reroute(row, reason="New rules", by=named)
    row.refresh_from_db()
    assert (row.team.name, row.routed_because) == ("Asia", "rule “Everything” takes everything")
    assert list(row.named_readers.all()) == [named]
    with pytest.raises(TransitionRefused, match="holds already"):
        routing.reroute(row, reason="Again", by=named)
    with pytest.raises(NotAllowed):
        routing.reroute(row, reason="Mine", by=make_staff("analyst"))
    event = AuditEvent.objects.get(action="request.routed")
    assert event.reason == "New rules"


def test_an_administrator_adds_moves_and_switches_rules(db):
    make_provider(), team("Asia")
    admin = client_for(make_staff("administrator"))
    bad = admin.post(f"{URL}new/", {"name": "X", "jurisdictions": "Atlantis", "team": team("Asia").pk})
    assert bad.status_code == 422
    assert "“Atlantis” is no country we know" in words(bad)
    assert page(bad).select_one("[name=jurisdictions]")["value"] == "Atlantis"
    typed = {"name": "North", "jurisdictions": "norway, SE", "languages": "Norwegian; sv", "team": team("Asia").pk}
    admin.post(f"{URL}new/", typed)
    admin.post(f"{URL}new/", typed)
    admin.post(f"{URL}new/", typed | {"name": "Rest", "jurisdictions": ""})
    north, rest = RoutingRule.objects.order_by("position")
    assert (north.jurisdictions, north.languages) == (["NO", "SE"], ["no", "sv"])
    moved = admin.post(f"{URL}{rest.uid}/move/", {"seen": 2, "turn": "up"}, follow=True)
    assert "rule 1 now" in words(moved)
    again = admin.post(f"{URL}{rest.uid}/move/", {"seen": 2, "turn": "up"}, follow=True)
    assert "changed meanwhile" in words(again)
    admin.post(f"{URL}{rest.uid}/switch/", {"version": 0, "switched": "off"})
    stale = admin.post(f"{URL}{rest.uid}/switch/", {"version": 0, "switched": "on"}, follow=True)
    assert "Somebody else changed this rule" in words(stale)
    listed = words(client_for(make_staff("analyst")).get(URL))
    assert "Norway or Sweden" in listed
    assert client_for(make_staff("analyst")).get(f"{URL}new/").status_code == 403


def test_the_older_of_two_saves_is_refused_and_keeps_what_was_typed(db):
    row, by = rule("Norway"), make_staff("administrator")
    client = client_for(make_staff("administrator"))
    routing_rules.change(row, said(name="Norway and more"), version=0, by=by)
    late = client.post(
        f"{URL}{row.uid}/", {"version": 0, "name": "Mine", "jurisdictions": "SE", "team": team("Asia").pk}
    )
    assert late.status_code == 422
    assert "What is stored now" in words(late)
    assert page(late).select_one("[name=name]")["value"] == "Mine"
    sent_again = {"version": page(late).select_one("[name=version]")["value"], "name": "Mine", "team": team("Asia").pk}
    client.post(f"{URL}{row.uid}/", sent_again)
    row.refresh_from_db()
    assert (row.name, row.lock_version) == ("Mine", 2)


def test_two_who_save_at_once_leave_one_state_and_one_refusal(committed_db):
    row = rule("Norway")
    people = [make_staff("administrator"), make_staff("administrator")]
    team("Asia")
    values = said()
    found = race(*(
        lambda p=p, n=n: routing_rules.change(row, values | {"name": n}, version=0, by=p)
        for p, n in zip(people, ("One", "Two"), strict=True)
    ))  # fmt: skip
    assert [isinstance(one, Stale) for one in found].count(True) == 1
    with pytest.raises(NotAllowed):
        routing_rules.add(make_provider(), values | {"name": "X"}, by=make_staff("analyst"))


def test_trying_out_moves_nothing_and_shows_administrators_no_reference(db):
    row, secret = request_at("in_review"), request_at("in_review", restricted=True)
    rule("Everything", to="Asia")
    before = row.team
    admin, analyst = client_for(make_staff("administrator")), client_for(make_staff("analyst"))
    seen = words(analyst.get(f"{URL}try/?country=NO&kind=disclosure"))
    assert row.reference in seen
    assert secret.reference not in seen
    assert "rule “Everything” takes everything" in seen
    blind = words(admin.get(f"{URL}try/"))
    assert row.reference not in blind
    assert "The last request" in blind
    assert "The last 2" not in blind
    assert admin.get(f"{URL}try/?country=NO&process=NONSENSE").status_code == 422
    row.refresh_from_db()
    assert row.team == before


@pytest.mark.parametrize("number", [1, 3])
def test_list_and_trial_ask_the_same_number_of_queries_for_any_number_of_rows(db, number):
    officer, client = make_officer(), client_for(make_staff("analyst"))
    for n in range(number):
        request_at("submitted", officer=officer)
        rule(f"Rule {n}", n + 1, jurisdictions=["SE"], entity=entity_of(make_provider()))
    counted = []
    for url in (URL, f"{URL}try/"):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counted.append(len(queries))
    assert counted == [7, 12]
