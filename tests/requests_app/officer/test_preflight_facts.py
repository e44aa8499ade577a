"""The pre-flight check over plain facts: it never raises, and what is mended brings nothing unrelated up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.deadlines import instants, period_refusal, today_in
from requests_app.enums import DataCategory, DocumentRole, OrderRelation, RequestKind
from requests_app.services.preflight import Kind, Step, blocking, check
from requests_app.services.preflight.facts import (
    AskedFacts,
    BarFacts,
    ChannelFacts,
    DocumentFacts,
    Facts,
    OrderFacts,
    TargetFacts,
    TypeFacts,
    VersionFacts,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
ORDER = OrderFacts(
    key="a", label="Nordvik District Court 26-1", section="section 210", authority="Nordvik District Court",
    type=TypeFacts("Court order", reaches=("subscriber", "ip_login", "transactions", "content")),
    signatory="Judge A. Berg", language="en", versions=(VersionFacts(date(2026, 10, 12), has_copy=True),),
)  # fmt: skip
SECOND = replace(ORDER, key="b", label="Nordvik District Court 26-2")
ASKED = AskedFacts("logins", date(2026, 3, 1), date(2026, 9, 30))
GOOD = Facts(
    title="Operation", case_number="NV 1", offence="Fraud", facts="Money was lost.", connection="It was paid there.",
    entity_chosen=True, orders=(ORDER,), asked=(ASKED,), targets=(TargetFacts("", 2),),
    documents=(DocumentFacts("order.pdf"),), secrecy=False,
)  # fmt: skip

words = st.text(max_size=6)
days = st.none() | st.dates()
zones = st.sampled_from(["UTC", "Europe/Oslo", "Pacific/Apia", "Asia/Tokyo", "", "Nowhere/Town", "../etc"])
types = st.builds(
    TypeFacts, name=words, reaches=st.lists(st.sampled_from(["subscriber", "transactions", "x"])).map(tuple),
    required=st.lists(st.sampled_from(["translation", "return_date", "officer_rank", "judge_signature_or_seal",
                                       "attachment_A_B", "formal_order_reference", "?"])).map(tuple),
    route=st.sampled_from(["direct", "mla", "MLA only", ""]), jurisdiction_id=st.sampled_from(["SG", "FR", "", "XX"]),
    minimum_rank=words, rank_at_least=st.sampled_from(["", "inspector", "nonsense"]), valid_from=days, valid_to=days,
    accepted=st.booleans(), needs_counsel=st.booleans(), stop_screen=st.booleans(), prospective=st.booleans(),
    is_preservation=st.booleans(), is_emergency=st.booleans(),
)  # fmt: skip
versions = st.builds(
    VersionFacts, issued_on=st.dates(), valid_until=days, return_date=days,
    relation=st.sampled_from(list(OrderRelation)), has_copy=st.booleans(),
)  # fmt: skip
orders = st.builds(
    OrderFacts, key=st.sampled_from(["", "a", "b"]), label=words, type=st.none() | types, section=words,
    authority=words, rank=words | st.sampled_from(["Sergeant", "Insp."]), signatory=words, docket=words,
    language=st.sampled_from(["", "en", "no"]), versions=st.lists(versions, max_size=3).map(tuple),
)  # fmt: skip
asked = st.builds(
    AskedFacts, category=st.sampled_from([str(c) for c in DataCategory]), first=days, last=days, zone=zones,
    order=st.sampled_from(["", "a", "b", "gone"]),
)  # fmt: skip
some_facts = st.builds(
    Facts, kind=st.sampled_from([str(k) for k in RequestKind]) | words, title=words, case_number=words, offence=words,
    facts=words, connection=words, treaty_channel=words, entity_chosen=st.booleans(), has_entities=st.booleans(),
    languages=st.lists(st.sampled_from(["en", "no"])).map(tuple),
    channel=st.none() | st.builds(ChannelFacts, title=words, allows_filing=st.booleans()),
    orders=st.lists(orders, max_size=3).map(tuple), asked=st.lists(asked, max_size=4).map(tuple),
    targets=st.lists(st.builds(TargetFacts, order=st.sampled_from(["", "a", "gone"]), count=st.integers(0, 10_000)),
                     max_size=3).map(tuple),
    documents=st.lists(st.builds(DocumentFacts, name=words, role=st.sampled_from(list(DocumentRole)),
                                 waiting=st.booleans(), usable=st.booleans(), why=words), max_size=3).map(tuple),
    secrecy=st.none() | st.booleans(),
    bar=st.none() | st.builds(BarFacts, clause=words, until=days, has_document=st.booleans(),
                              document_refused=st.booleans()),
)  # fmt: skip


def said(facts: Facts) -> list[tuple[Step, str]]:
    return [(finding.step, finding.field) for finding in check(facts, NOW)]


@given(some_facts)
def test_no_facts_break_it_and_each_finding_says_what_to_do(facts):
    for finding in check(facts, NOW):
        assert finding.message.strip()
        assert finding.cure.strip()
        assert "—" not in finding.message + finding.cure


@given(some_facts, st.sampled_from(["title", "case_number", "offence", "facts", "connection", "secrecy", "documents"]))
def test_a_missing_piece_that_is_added_brings_up_nothing_elsewhere(facts, name):
    before, after = set(said(facts)), set(said(replace(facts, **{name: getattr(GOOD, name)})))
    part = {"secrecy": Step.NOTICE, "documents": Step.DOCUMENTS}.get(name, Step.FACTS)
    assert {step for step, _field in after - before} <= {part}


def test_complete_facts_have_no_findings():
    assert check(GOOD, NOW) == []


@pytest.mark.parametrize(
    ("change", "expected", "kind"),
    [
        ({"type": replace(ORDER.type, reaches=("subscriber",))}, (Step.RECORDS, "categories"), Kind.PROBLEM),
        ({"section": " "}, (Step.LEGAL_PROCESS, "section_of_law"), Kind.MISSING),
        ({"type": None}, (Step.LEGAL_PROCESS, "process_type"), Kind.MISSING),
        ({"type": replace(ORDER.type, accepted=False)}, (Step.LEGAL_PROCESS, "process_type"), Kind.PROBLEM),
        ({"type": replace(ORDER.type, needs_counsel=True)}, (Step.LEGAL_PROCESS, "process_type"), Kind.HINT),
        ({"type": replace(ORDER.type, route="mla")}, (Step.LEGAL_PROCESS, "treaty_channel"), Kind.HINT),
        ({"type": replace(ORDER.type, required=("return_date",))}, (Step.LEGAL_PROCESS, "return_date"), Kind.MISSING),
        ({"type": replace(ORDER.type, required=("attachment_A_B",))}, (Step.DOCUMENTS, "uploads"), Kind.HINT),
        ({"language": "no"}, (Step.DOCUMENTS, "uploads"), Kind.MISSING),
        ({"versions": ()}, (Step.LEGAL_PROCESS, "issued_on"), Kind.MISSING),
    ],
)
def test_what_can_be_wrong_with_the_order(change, expected, kind):
    (found,) = check(replace(GOOD, orders=(replace(ORDER, **change),)), NOW)
    assert ((found.step, found.field), found.kind) == (expected, kind)


@pytest.mark.parametrize(
    ("version", "field"),
    [
        ({"issued_on": TODAY + timedelta(days=1)}, "issued_on"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"return_date": TODAY - timedelta(days=1)}, "return_date"),
        ({"relation": OrderRelation.QUASHED}, "issued_on"),
    ],
)
def test_an_order_must_hold_today(version, field):
    order = replace(ORDER, versions=(replace(ORDER.versions[0], **version),))
    (found,) = check(replace(GOOD, orders=(order,)), NOW)
    assert (found.field, found.kind) == (field, Kind.PROBLEM)


def test_an_extension_makes_an_expired_order_good_again():
    old = VersionFacts(date(2026, 5, 1), valid_until=date(2026, 6, 1), has_copy=True)
    newer = VersionFacts(date(2026, 6, 1), valid_until=date(2026, 12, 1), relation=OrderRelation.EXTENDS, has_copy=True)
    assert check(replace(GOOD, orders=(replace(ORDER, versions=(old, newer)),)), NOW) == []


def test_a_rank_that_is_too_low_blocks_and_one_nobody_knows_is_a_hint():
    needs = TypeFacts("Production order", reaches=("ip_login",), jurisdiction_id="SG", minimum_rank="Inspector",
                      rank_at_least="inspector")  # fmt: skip
    kinds = {}
    for rank in ("Sergeant", "Inspector", "Chief Wizard", ""):
        found = check(replace(GOOD, orders=(replace(ORDER, type=needs, rank=rank),)), NOW)
        kinds[rank] = [finding.kind for finding in found]
    assert kinds == {"Sergeant": [Kind.PROBLEM], "Inspector": [], "Chief Wizard": [Kind.HINT], "": [Kind.HINT]}


def test_a_translation_answers_the_language():
    order = replace(ORDER, language="no")
    files = (*GOOD.documents, DocumentFacts("translation.pdf", DocumentRole.TRANSLATION))
    assert check(replace(GOOD, orders=(order,), documents=files), NOW) == []


def test_a_national_channel_blocks_unless_it_leaves_the_choice():
    blocked = check(replace(GOOD, channel=ChannelFacts("the portal")), NOW)
    hinted = check(replace(GOOD, channel=ChannelFacts("the portal", allows_filing=True)), NOW)
    assert [f.kind for f in blocked] == [Kind.PROBLEM]
    assert blocking(hinted) == []
    assert [f.kind for f in hinted] == [Kind.HINT]


def test_several_orders_each_cover_something_and_have_a_copy():
    both = replace(GOOD, orders=(ORDER, SECOND), asked=(replace(ASKED, order="a"), replace(ASKED, order="b")))
    assert check(both, NOW) == []
    assert said(replace(both, asked=(ASKED,)))[0] == (Step.RECORDS, "logins_order")
    (unused,) = check(replace(both, asked=(replace(ASKED, order="a"),)), NOW)
    assert unused.message == "Nordvik District Court 26-2: no records are asked for under this order"
    bare = replace(SECOND, versions=(VersionFacts(date(2026, 10, 12)),))
    (copy,) = check(replace(both, orders=(ORDER, bare)), NOW)
    assert copy.message == "Nordvik District Court 26-2: add a copy of this order"
    (gone,) = check(replace(both, targets=(TargetFacts("", 1), TargetFacts("c", 3))), NOW)
    assert gone.message == "3 identifiers are named by an order that is not in this request any more"
    (lone,) = check(replace(both, targets=(TargetFacts("a", 1),)), NOW)
    assert lone.message == "Nordvik District Court 26-2: no identifier is named by this order"


def test_only_prospective_types_may_end_after_today():
    later = replace(GOOD, asked=(replace(ASKED, last=TODAY + timedelta(days=30)),))
    assert [f.kind for f in check(later, NOW)] == [Kind.PROBLEM]
    ahead = replace(ORDER, type=replace(ORDER.type, prospective=True))
    assert check(replace(later, orders=(ahead,)), NOW) == []
    endless = replace(ASKED, last=TODAY + timedelta(days=4000))
    assert len(check(replace(later, orders=(ahead,), asked=(endless,)), NOW)) == 1


@pytest.mark.parametrize("year", [1, 202, 1800, 1989])
def test_odd_years_are_refused(year):
    assert "Check the year" in str(period_refusal(date(year, 1, 1), TODAY, today=TODAY))


def test_today_is_the_day_of_the_time_zone():
    late = datetime(2026, 11, 20, 20, tzinfo=UTC)
    assert today_in("Asia/Tokyo", late) == date(2026, 11, 21)
    tokyo = replace(GOOD, asked=(replace(ASKED, last=date(2026, 11, 21), zone="Asia/Tokyo"),))
    assert check(tokyo, late) == []
    assert check(replace(GOOD, asked=(replace(ASKED, last=date(2026, 11, 21)),)), late)


@given(
    first=st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    length=st.integers(0, 800),
    zone=st.sampled_from(sorted(available_timezones())),
)
def test_whole_days_of_any_zone_are_a_period_in_utc(first, length, zone):
    begins, ends = instants(first, first + timedelta(days=length), zone)
    assert begins <= ends
    assert abs((ends - begins) - timedelta(days=length + 1)) <= timedelta(days=1)
    assert begins.astimezone(ZoneInfo(zone)).date() in {first, first + timedelta(days=1)}
