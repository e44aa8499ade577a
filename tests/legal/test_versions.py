"""Two versions of the catalogue beside each other."""

from foundation.legal import catalogue
from foundation.legal.catalogue import process_type_of
from foundation.legal.models import ProcessType
from foundation.legal.stops import BY_CODE, STOPS, stop_for
from foundation.legal.versions import FIELDS, Change, compare
from foundation.legal.wording import answer_words, compels_words, hold_words

CATALOGUE = catalogue.read()


def rows():
    return [process_type_of(entry, CATALOGUE) for entry in CATALOGUE.types]


def test_the_same_version_twice_has_no_differences():
    assert compare(rows(), rows()) == []


def test_what_was_added_ended_and_changed_is_named_field_by_field():
    before, after = rows(), rows()
    gone, added = before[0], after[1]
    after.remove(after[0])
    before.remove(before[1])
    after[-1].response_days, after[-1].name = 3, "Renamed"
    found = {item.process_type.code: item for item in compare(before, after)}
    assert found[gone.code].change == Change.ENDED
    assert found[added.code].change == Change.ADDED
    last = found[after[-1].code]
    assert last.change == Change.CHANGED
    assert last.fields == (("Name", "Emergency disclosure request (voluntary)", "Renamed"), ("Days to answer", None, 3))


def test_every_field_of_a_type_is_compared():
    own = {field.name for field in ProcessType._meta.concrete_fields}
    assert own - FIELDS.keys() == {
        "id", "code", "catalogue_version", "jurisdiction", "is_emergency", "is_preservation",
    }  # fmt: skip


def test_a_type_in_plain_words():
    known = {row.code: row for row in rows()}
    assert hold_words(known["US-PRESERVE-2703F"]) == "90 days, 90 days more, once"
    assert hold_words(known["CA-PRES-DEMAND"]) == "21 days (90 for an offence under foreign law), no extension"
    assert hold_words(known["JP-HOZEN"]) == "30 days, 30 days more, once, 60 days in all"
    assert hold_words(known["FR-PRES-60-2"]) == "365 days, no extension"
    assert hold_words(known["INT-PRESERVE"]) == "90 days, longer on request, as often as we agree"
    assert hold_words(known["US-NSL"]) == ""
    assert answer_words(known["EU-EPOC-SUB"]).startswith("10 days")
    assert "8 hours in an emergency" in answer_words(known["EU-EPOC-SUB"])
    assert "sets none" in answer_words(known["US-SEARCH-WARRANT"])
    assert compels_words(known["US-EDR"]) == "No, an answer is voluntary"


def test_every_stopped_type_has_its_page_and_every_page_says_what_to_do():
    stopped = {row.code: stop_for(row) for row in rows() if row.stop_screen}
    assert {code: stop.code for code, stop in stopped.items()} == {"US-NSL": "national-security-letter"}
    assert stop_for(rows()[0]) is None
    assert set(BY_CODE) == {"civil", "interception", "national-security-letter", "sealed"}
    assert all(stop.why and stop.instead and stop.examples for stop in STOPS)
    assert all("Do not upload" in stop.instead[0] for stop in STOPS if stop.sealed)
