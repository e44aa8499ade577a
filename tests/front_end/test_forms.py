"""Forms as they are drawn, and what they say when something is wrong."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.utils.datastructures import MultiValueDict

from foundation.core.forms import Checkboxes, GovDateField, InstantField, PortalForm, Radios

EVIL = "<script>alert(1)</script>"


class Everything(PortalForm):
    """One field of each kind."""

    name = forms.CharField(label="Case name", help_text="Your own words", min_length=3, max_length=20)
    email = forms.EmailField(label="Official e-mail")
    facts = forms.CharField(label="Facts", widget=forms.Textarea(attrs={"rows": 4}), max_length=10, required=False)
    country = forms.ChoiceField(label="Country", choices=[("", ""), ("NO", "Norway")])
    agency = forms.ChoiceField(
        label="Which is yours?",
        choices=[("1", "Gendarmerie"), ("new", "Propose it")],
        widget=Radios(hints={"1": "Police, France"}, reveals={"new": ["official"]}),
    )
    official = forms.CharField(label="Official name", required=False)
    need = forms.MultipleChoiceField(
        label="Records", choices=[("a", "Identity"), ("b", "Sign-ins")], widget=Checkboxes()
    )
    issued = GovDateField(label="Date of the order")
    seen = InstantField(label="Date and time")
    number = forms.IntegerField(label="Accounts", min_value=1, max_value=9)
    document = forms.FileField(label="Court order")
    true = forms.BooleanField(label="I state that this is true", help_text="A false statement may be a crime")
    key = forms.CharField(widget=forms.HiddenInput, required=False)


GOOD = {
    "name": "Fjordlys", "email": "a@police.example", "country": "NO", "agency": "1", "need": ["a"], "issued_day": "3",
    "issued_month": "nov", "issued_year": "2026", "seen": "2026-06-04 23:47:10 +02:00", "number": "3", "true": "on",
}  # fmt: skip


def pdf(name: str = "order.pdf", content: bytes = b"%PDF") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def filled(**changes) -> Everything:
    return Everything({**GOOD, **changes}, {"document": pdf()})


def draw(form, source: str = "{% error_summary form %}{% fields form %}") -> BeautifulSoup:
    return BeautifulSoup(engines["django"].from_string(source).render({"form": form}), "html.parser")


def message(field: str, **changes) -> list[str]:
    return filled(**changes).errors.get(field, [])


def test_good_answers_are_taken():
    form = filled()
    assert form.errors == {}
    assert form.cleaned_data["issued"] == date(2026, 11, 3)
    assert form.cleaned_data["seen"] == datetime(2026, 6, 4, 21, 47, 10, tzinfo=UTC)


def test_nothing_given():
    form = Everything({})
    assert [text for _target, text in _links(draw(form))] == [
        "Enter the case name",
        "Enter the official e-mail",
        "Country: choose an answer",
        "Which is yours? Choose an answer",
        "Records: tick at least one",
        "Date of the order: enter the day, the month and the year",
        "Enter the date and time",
        "Enter the accounts",
        "Court order: choose a file",
        "Tick the box to go on: I state that this is true",
    ]


def _links(page) -> list[tuple[str, str]]:
    return [(link["href"], link.string) for link in page.select(".govuk-error-summary__list a")]


def test_every_link_of_the_summary_leads_to_a_field():
    page = draw(Everything({}))
    targets = [page.find(id=href.removeprefix("#")) for href, _text in _links(page)]
    assert {target.name for target in targets} == {"input", "select"}
    assert len({target["id"] for target in targets}) == len(targets)


def test_errors_are_tied_to_their_field():
    page = draw(Everything({}))
    field = page.find(id="id_name")
    assert field["aria-describedby"] == "id_name-hint id_name-error"
    assert field["class"] == ["govuk-input", "govuk-input--error"]
    assert page.find(id="id_name-error").get_text() == "Error: Enter the case name"
    assert page.find(id="id_agency_0").find_parent("fieldset")["aria-describedby"] == "id_agency-error"
    for element in page.select("[aria-describedby]"):
        assert all(page.find(id=name) for name in element["aria-describedby"].split())


def test_ids_are_unique_and_labels_lead_to_a_field():
    page = draw(Everything({}))
    ids = [element["id"] for element in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert all(page.find(id=label["for"]) for label in page("label"))


def test_no_summary_without_errors():
    assert draw(Everything(), "{% error_summary form %}").get_text() == ""
    assert draw(filled(), "{% error_summary form %}").get_text() == ""


def test_errors_of_the_whole_form_come_first_and_without_a_link():
    form = filled(name="x")
    form.add_error(None, "This draft was changed in another window. Load it again")
    items = draw(form).select(".govuk-error-summary__list li")
    assert items[0].get_text() == "This draft was changed in another window. Load it again"
    assert items[0].a is None


def test_several_errors_of_one_field():
    form = filled()
    form.add_error("facts", "Line 2: copy the address again")
    form.add_error("facts", "Line 4: add the time zone")
    page = draw(form)
    assert page.find(id="id_facts")["aria-describedby"] == "id_facts-error id_facts-error-2 id_facts-info"
    assert page.find(id="id_facts-error-2").get_text() == "Error: Line 4: add the time zone"


def test_what_was_typed_is_kept():
    form = filled(
        name=EVIL, issued_day="45", issued_month="x", seen="yesterday", facts="a < b", agency="new", need=["b"]
    )
    page = draw(form)
    assert page.find(id="id_name")["value"] == EVIL
    assert [page.find(id=f"id_issued_{n}")["value"] for n in range(3)] == ["45", "x", "2026"]
    assert page.find(id="id_seen")["value"] == "yesterday"
    assert page.find(id="id_facts").get_text().strip() == "a < b"
    assert [box["id"] for box in page.select("input[checked]")] == ["id_agency_1", "id_need_1", "id_true"]
    assert page.script is None


def test_initial_values():
    form = Everything(
        initial={"issued": date(2026, 11, 3), "seen": datetime(2026, 6, 4, 21, 47, tzinfo=UTC), "need": ["a"]}
    )
    page = draw(form)
    assert [page.find(id=f"id_issued_{n}")["value"] for n in range(3)] == ["3", "11", "2026"]
    assert page.find(id="id_seen")["value"] == "2026-06-04 21:47:00 Z"
    assert [box["id"] for box in page.select("input[checked]")] == ["id_need_0"]


def test_optional_fields_say_so():
    labels = [label.get_text().strip() for label in draw(Everything()).select("label, legend")]
    assert "Facts (optional)" in labels
    assert "Official name" in labels, "a field below an answer is not optional once that answer is chosen"
    assert "Case name" in labels
    label = draw(Everything(), "{% field form.facts optional=False %}").label
    assert label.string == "Facts"


def test_radios_have_hints_and_show_what_belongs_to_an_answer():
    page = draw(Everything())
    assert page.find(id="id_agency_0")["aria-describedby"] == "id_agency_0-hint"
    assert page.find(id="id_agency_0-hint").string == "Police, France"
    block = page.find(class_="govuk-radios__conditional")
    assert block.find(id="id_official")
    assert "hidden" not in str(block)
    assert len(page.select("#id_official")) == 1


def test_long_answers_are_counted_and_never_cut_off():
    page = draw(Everything())
    group = page.find(id="id_facts").parent
    assert group["data-module"] == "govuk-character-count"
    assert group["data-maxlength"] == "10"
    assert not page.find(id="id_facts").has_attr("maxlength")
    assert page.find(id="id_facts-info").string == "You can write up to 10 characters"


def test_options_of_the_tag():
    page = draw(Everything(), "{% field form.name size='m' width=20 code=True label='Case' hint='Other' %}")
    assert page.label["class"] == ["govuk-label", "govuk-label--m"]
    assert page.label.string == "Case"
    assert page.find(id="id_name-hint").string == "Other"
    assert page.input["class"] == ["govuk-input", "govuk-input--width-20", "app-code"]
    assert (page.input["spellcheck"], page.input["autocomplete"]) == ("false", "off")
    assert draw(Everything(), "{% field form.name heading=True size='l' %}").h1.label
    assert draw(Everything(), "{% field form.agency heading=True size='l' %}").legend.h1.string == "Which is yours?"
    assert "govuk-visually-hidden" in draw(Everything(), "{% field form.name hide_label=True %}").label["class"]
    assert draw(Everything(), "{% field form.facts rows=9 %}").textarea["rows"] == "9"


def test_nothing_of_the_browser_stops_the_form():
    page = draw(Everything())
    assert page.select("[required]") == []
    assert page.select("[style], [onclick], script") == []


def test_hidden_fields_are_only_an_input():
    assert draw(Everything(), "{% field form.key %}").div is None


def test_filters_do_not_say_optional():
    class Filter(PortalForm):
        mark_optional = False
        q = forms.CharField(label="Reference", required=False)

    assert draw(Filter(), "{% field form.q %}").label.string == "Reference"


def test_own_messages_are_kept():
    class Own(PortalForm):
        name = forms.CharField(error_messages={"required": "Tell us the name of the case"})
        other_name = forms.CharField()

    assert Own({}).errors == {"name": ["Tell us the name of the case"], "other_name": ["Enter the other name"]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": "ab"}, "Case name: write at least 3 characters"),
        ({"name": "x" * 21}, "Case name: shorten this to 20 characters"),
        ({"email": "police"}, "Official e-mail: enter an address like name@agency.example"),
        ({"country": "XX"}, "Country: choose one of the answers"),
        ({"agency": "9"}, "Which is yours? Choose one of the answers"),
        ({"need": ["z"]}, "Records: choose one of the answers"),
        ({"number": "many"}, "Accounts: enter a number"),
        ({"number": "0"}, "Accounts: enter 1 or more"),
        ({"number": "10"}, "Accounts: enter 9 or less"),
    ],
)
def test_messages_say_what_to_do(change, text):
    assert message(next(iter(change)), **change) == [text]


def test_a_label_with_a_percent_sign():
    class Share(PortalForm):
        share = forms.IntegerField(label="Share in %", max_value=100)

    assert Share({"share": "101"}).errors["share"] == ["Share in %: enter 100 or less"]
    assert Share({}).errors["share"] == ["Enter the share in %"]


# Dates
@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [("3", "11", "2026", date(2026, 11, 3)), (" 03 ", "November", "2026", date(2026, 11, 3)),
     ("29", "feb", "2028", date(2028, 2, 29)), ("1", "SEPT", "1999", date(1999, 9, 1))],
)  # fmt: skip
def test_dates_that_are_read(day, month, year, expected):
    form = filled(issued_day=day, issued_month=month, issued_year=year)
    assert form.errors == {}
    assert form.cleaned_data["issued"] == expected


@pytest.mark.parametrize(
    ("day", "month", "year", "what"),
    [
        ("", "11", "2026", "add the day"),
        ("3", "", "", "add the month and the year"),
        ("29", "2", "2026", "there is no such day. Check the day and the month"),
        ("3", "13", "2026", "there is no such day. Check the day and the month"),
        ("3", "11", "26", "write the year with four digits, like 2026"),
        ("3", "11", "0000", "there is no such day. Check the day and the month"),
        ("third", "11", "2026", "write the day and the month as numbers, like 27 3 2026"),
        ("-3", "11", "2026", "write the day and the month as numbers, like 27 3 2026"),
        ("³", "11", "2026", "write the day and the month as numbers, like 27 3 2026"),
    ],
)
def test_dates_that_are_refused(day, month, year, what):
    assert message("issued", issued_day=day, issued_month=month, issued_year=year) == [f"Date of the order: {what}"]


def test_an_optional_date_may_be_empty():
    assert GovDateField(required=False).clean(["", "", ""]) is None
    assert GovDateField(required=False).clean(None) is None


def test_a_date_has_changed():
    field = GovDateField()
    assert not field.has_changed(date(2026, 11, 3), ["3", "11", "2026"])
    assert field.has_changed(date(2026, 11, 3), ["4", "11", "2026"])
    assert field.has_changed(None, ["4", "", ""])


# Moments
@pytest.mark.parametrize(
    "text",
    ["2026-06-04 23:47:10 +02:00", "2026-06-04T23:47:10+02:00", "2026-06-04T21:47:10Z", "2026-06-04 21:47:10 UTC",
     "2026-06-04 21:47:10.000 z", "2026-06-05 03:17:10 +0530", " 2026-06-04 23:47:10 +02 "],
)  # fmt: skip
def test_moments_that_are_read(text):
    assert InstantField().clean(text) == datetime(2026, 6, 4, 21, 47, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("2026-06-04 23:47:10", "add the time zone, like +02:00, or Z for UTC"),
        ("2026-06-04 23:47", "add the time zone, like +02:00, or Z for UTC"),
        ("2026-06-04", "add the time and the time zone, like 23:47:10 +02:00"),
        ("2026-06-04 25:00 Z", "there is no such date or time. Check each number"),
        ("2026-02-30 10:00 Z", "there is no such date or time. Check each number"),
        ("0001-01-01 00:00 +10:00", "there is no such date or time. Check each number"),
        ("2026-06-04 10:00 +99:00", "there is no such date or time. Check each number"),
        ("04/06/2026 10:00 Z", "write it like 2026-06-04 23:47:10 +02:00"),
        ("yesterday", "write it like 2026-06-04 23:47:10 +02:00"),
    ],
)
def test_moments_that_are_refused(text, what):
    assert message("seen", seen=text) == [f"Date and time: {what}"]


def test_a_moment_may_be_missing_or_ready():
    assert InstantField(required=False).clean("") is None
    oslo = timezone(timedelta(hours=2))
    assert InstantField().clean(datetime(2026, 6, 4, 23, 47, tzinfo=oslo)).utcoffset() == timedelta(0)


# Files
def test_no_file_and_an_empty_file():
    assert Everything(GOOD, {"document": pdf()}).is_valid()
    form = Everything(GOOD, MultiValueDict({"document": [pdf(content=b"")]}))
    assert form.errors == {"document": ["Court order: this file is empty. Choose another"]}


def test_files_that_are_required():
    class Needed(PortalForm):
        files = forms.FileField(label="Documents")

    assert Needed({}, {}).errors == {"files": ["Documents: choose a file"]}
