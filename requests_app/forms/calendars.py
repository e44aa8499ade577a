"""Forms of the calendars that deadlines are counted on."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from foundation.core.forms import Checkboxes, PortalForm, Radios
from foundation.legal.calendars import offered_zones, regions
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import WorkCalendar
from foundation.legal.recount import Moved
from foundation.legal.work_calendars import LONGEST_CLOSED, state_of

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_CLOSURE = re.compile(rf"{_DAY}(?:\s+to\s+{_DAY})?\s*[:,]?\s+(.+)")
_MOST_LINES, _LONGEST_NAME = 200, 80
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)


def _countries() -> list[tuple[str, str]]:
    names = jurisdiction_names()
    return sorted(((code, names[code]) for code in regions() if code in names), key=lambda each: each[1])


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in ["UTC", *offered_zones()]]


class CalendarForm(PortalForm):
    """Everything a calendar is; the days are typed line by line."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9, required=False)
    name = forms.CharField(label="Name", max_length=100, help_text="For example, Dublin office")
    country = forms.ChoiceField(label="Country", help_text="Its public holidays and its weekend are known")
    subdivision = forms.CharField(
        label="Region", max_length=10, required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        help_text="Code of the region, where holidays differ: ENG in the United Kingdom, BY for Bavaria",
    )  # fmt: skip
    time_zone = forms.ChoiceField(label="Time zone", choices=_zones)
    closes_at = forms.TimeField(
        label="The desk closes at", widget=forms.TimeInput(format="%H:%M", attrs={"class": "govuk-input--width-5"}),
        error_messages={"invalid": "The desk closes at: write the time like 17:00"},
        help_text="Periods of working days end at this time",
    )  # fmt: skip
    cut_off = forms.TimeField(
        label="What arrives after this time counts as the next working day", required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "govuk-input--width-5"}),
        error_messages={"invalid": "Write the time like 17:00"}, help_text="Empty: the day of receipt is the day",
    )  # fmt: skip
    weekend = forms.TypedMultipleChoiceField(
        label="Days of rest each week", choices=list(enumerate(WEEK)), coerce=int, required=False,
        widget=Checkboxes(small=True), help_text="Tick none: as the country has it",
    )  # fmt: skip
    closures = forms.CharField(
        label="Closed days", max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line, with a name: 2026-12-24 to 2026-12-31 Year-end closure, or 2027-03-05 Office move",
    )  # fmt: skip
    extra_open = forms.CharField(
        label="Days that are worked although the public calendar says otherwise", max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text="One a line: 2026-12-19",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Your colleagues and the auditor read this. No facts of a case",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "Choose a country"), *_countries()]  # type: ignore[attr-defined]

    def clean_subdivision(self) -> str:
        """Read a region of this country; the message lists those there are."""
        code, country = str(self.cleaned_data["subdivision"]).strip(), str(self.cleaned_data.get("country", ""))
        known = regions().get(country, ())
        found = next((each for each in known if each.casefold() == code.casefold()), "")
        if code and country and not found:
            names = f"choose one of {', '.join(known)}" if known else "this country has none. Leave it empty"
            raise forms.ValidationError(f"Region: {names}")
        return found

    def clean_weekend(self) -> list[int]:
        """Leave at least one day of the week to work on."""
        days = sorted(self.cleaned_data["weekend"])
        if len(days) == len(WEEK):
            raise forms.ValidationError("Days of rest each week: leave at least one day to work on")
        return days

    def clean_closures(self) -> list[dict[str, str]]:
        """Read one closure from each line; the message names the line that is wrong."""
        lines = _lines(self.cleaned_data["closures"])
        return sorted((_closure(n, text) for n, text in lines), key=lambda each: (each["from"], each["to"]))

    def clean_extra_open(self) -> list[str]:
        """Read one day from each line."""
        return sorted({_day(n, text).isoformat() for n, text in _lines(self.cleaned_data["extra_open"])})

    @property
    def state(self) -> dict[str, Any]:
        """The settings as foundation.legal.work_calendars has them."""
        said = self.cleaned_data
        return {
            "country": said["country"],
            "subdivision": said["subdivision"],
            "time_zone": said["time_zone"],
            "closes_at": f"{said['closes_at']:%H:%M}",
            "cut_off": f"{said['cut_off']:%H:%M}" if said["cut_off"] else "",
            "weekend": said["weekend"],
            "closures": said["closures"],
            "extra_closed": [],
            "extra_open": said["extra_open"],
        }

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Every value as it was sent, for the page between that asks what becomes of open deadlines."""
        data = self.data
        if not isinstance(data, QueryDict):
            return []
        return [(name, value) for name in self.fields for value in data.getlist(name)]


class RecountForm(PortalForm):
    """Why open deadlines are counted again."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    reason = forms.CharField(label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DeadlinesForm(PortalForm):
    """What becomes of the open deadlines that would be different."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    deadlines = forms.ChoiceField(
        label="What becomes of these deadlines?", initial="keep", required=False, widget=Radios()
    )
    # Drawn by the table, a box in each row.
    move = forms.MultipleChoiceField(required=False, widget=Checkboxes(small=True))

    def __init__(self, *args: Any, found: list[Moved], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = f"Move all {len(found)}" if len(found) > 1 else "Move it"
        self.fields["deadlines"].choices = [  # type: ignore[attr-defined]
            ("keep", "Keep all as they are"), ("chosen", "Move those I ticked"), ("all", every),
        ]  # fmt: skip
        self.fields["move"].choices = [(moved.key, "") for moved in found]  # type: ignore[attr-defined]
        self.fields["move"].error_messages["invalid_choice"] = (
            "The open deadlines changed while you looked. Read the list again, then choose"
        )

    @property
    def ticked(self) -> list[str]:
        """Return what was ticked, so that it stays so while something else is mended."""
        return [str(key) for key in self.data.getlist("move")] if isinstance(self.data, QueryDict) else []

    def clean(self) -> dict[str, Any]:
        """Ask for ticks where only those ticked move."""
        said = super().clean() or {}
        if said.get("deadlines") == "chosen" and not said.get("move") and "move" not in self.errors:
            self.add_error("deadlines", "Tick at least one deadline in the list, or keep all as they are")
        return said


def initial_of(calendar: WorkCalendar) -> dict[str, Any]:
    """Return what the form of a calendar shows."""
    state = state_of(calendar)
    clock = {name: state[name] and time.fromisoformat(state[name]) for name in ("closes_at", "cut_off")}
    return state | _texts(state) | clock | {"version": calendar.lock_version, "name": calendar.name}


def differences(calendar: WorkCalendar, form: CalendarForm) -> list[tuple[str, str, str]]:
    """Return label, what holds now and what is to hold, for each field of a valid form that is to change."""
    now = state_of(calendar) | {"name": calendar.name}
    then = form.state | {"name": form.cleaned_data["name"]}
    told = now | _texts(now), then | _texts(then)
    return [
        (str(field.label), _words(name, told[0][name]), _words(name, told[1][name]))
        for name, field in form.fields.items()
        if name in now and told[0][name] != told[1][name]
    ]


def _texts(state: Mapping[str, Any]) -> dict[str, str]:
    """Return the days of a calendar line by line; single closed days from before there were closures as such."""
    single = [{"from": day, "to": day, "name": "Closed"} for day in state["extra_closed"]]
    closures = sorted([*state["closures"], *single], key=lambda each: each["from"])
    return {"closures": "\n".join(_line(each) for each in closures), "extra_open": "\n".join(state["extra_open"])}


def _words(name: str, value: Any) -> str:
    if name == "weekend":
        return ", ".join(WEEK[day] for day in value) or "As the country has it"
    if name == "country":
        return str(jurisdiction_names().get(value, value))
    return str(value)


def _line(closure: Mapping[str, str]) -> str:
    days = closure["from"] if closure["from"] == closure["to"] else f"{closure['from']} to {closure['to']}"
    return f"{days} {closure['name']}"


def _lines(text: str) -> list[tuple[int, str]]:
    found = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(found) > _MOST_LINES:
        raise forms.ValidationError(f"Write at most {_MOST_LINES} lines")
    return found


def _closure(number: int, text: str) -> dict[str, str]:
    found = _CLOSURE.fullmatch(text)
    if not found:
        raise forms.ValidationError(f"Line {number}: write it like 2026-12-24 to 2026-12-31 Year-end closure")
    first = _day(number, found[1])
    last = _day(number, found[2]) if found[2] else first
    if last < first:
        raise forms.ValidationError(f"Line {number}: the last day is before the first")
    if last - first > LONGEST_CLOSED - timedelta(days=1):
        raise forms.ValidationError(f"Line {number}: a closure has at most {LONGEST_CLOSED.days} days")
    name = found[3].strip()
    if len(name) > _LONGEST_NAME:
        raise forms.ValidationError(f"Line {number}: shorten the name to {_LONGEST_NAME} characters")
    return {"from": first.isoformat(), "to": last.isoformat(), "name": name}


def _day(number: int, text: str) -> date:
    try:
        day = date.fromisoformat(text) if re.fullmatch(_DAY, text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST <= day <= _LAST:
        raise forms.ValidationError(f"Line {number}: there is no such day. Write it like 2026-12-19")
    return day
