"""The emergency request: one page, so that it can be filled in on a phone at night."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from foundation.core.forms import Checkboxes, GovDateField, Radios
from foundation.core.identifier_lines import read_lines, refused_lines, said_of_box
from foundation.core.secret_boxes import HidesSecrets
from requests_app.enums import DataCategory
from requests_app.forms.draft_scope import zone_choices
from requests_app.forms.plain_identifiers import read_anyhow
from requests_app.forms.soon import Local, SoonField
from requests_app.forms.start import StartForm

MAX_LINES = 50
# Short service numbers have three digits.
FEWEST_DIGITS = 3
# Weekends, holidays and the release lie before the business days that the company gives.
PROCESS_WITHIN = timedelta(days=30)
_WHICH_DAY = f"Enter a date from today to {PROCESS_WITHIN.days} days from now: process for an emergency follows soon"
_TEL = {"type": "tel", "inputmode": "tel", "class": "govuk-input--width-20"}
NEEDS = (
    (DataCategory.REGISTRATION, "Who the account holder is, and where they live"),
    (DataCategory.LOGINS, "Where they last signed in from (IP, device)"),
    (DataCategory.TRANSACTIONS, "Recent transactions"),
)


class EmergencyForm(HidesSecrets, StartForm):
    """Who is in danger, why now, why this data, why no ordinary process, and how to reach the officer."""

    refused: list[str] = []

    danger = forms.CharField(
        label="Who is in danger, and how do you know?", widget=forms.Textarea(attrs={"rows": 5}), max_length=4000,
        help_text="Two or three sentences are enough. "
        "Example: Girl, 14, missing since 16:10. Ransom note names a wallet.",
    )  # fmt: skip
    imminence = forms.ChoiceField(
        label="When could the harm happen?",
        choices=[
            ("now", "It is happening now, or within hours"),
            ("day", "Within 24 hours"),
            ("later", "Later, or not known"),
        ],
        widget=Radios(),
    )  # fmt: skip
    needed_by = SoonField(
        label="By when do you need the data?", required=False,
        help_text="The time where you are, like 16:30. Another day: 2026-11-18 16:30. Leave it empty for: at once",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
    )  # fmt: skip
    needed_zone = forms.ChoiceField(label="Time zone of this time", required=False)
    identifiers = forms.CharField(
        label="What do you know about the account?", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="User ID, e-mail, phone, wallet or transaction, or what you have. One on each line",
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label="What do you need to prevent the harm?", choices=NEEDS, widget=Checkboxes(),
        help_text="We look at the last 30 days",
    )  # fmt: skip
    why_data = forms.CharField(
        label="How will this data prevent the harm?", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    why_no_process = forms.CharField(
        label="Why is there no time for an order?", widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    phone = forms.CharField(
        label="Your number right now", max_length=60,
        help_text="Your direct line, with its extension if it has one. We use it after we have reached your agency",
        widget=forms.TextInput(attrs=_TEL | {"autocomplete": "tel"}),
    )  # fmt: skip
    supervisor = forms.CharField(
        label="Your supervisor's name", max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )  # fmt: skip
    supervisor_phone = forms.CharField(
        label="Your supervisor's number", max_length=60,
        help_text="We reach your supervisor through your agency's published number",
        widget=forms.TextInput(attrs=_TEL | {"autocomplete": "off"}),
    )  # fmt: skip
    process_follows = forms.ChoiceField(
        label="Will you send legal process afterwards?",
        choices=[("yes", "Yes"), ("no", "No, there will be none (for example a missing person)")],
        widget=Radios(reveals={"yes": ["process_by"]}),
    )
    process_by = GovDateField(label="By which date?", required=False, help_text="For example, 27 11 2026")
    attest = forms.BooleanField(
        label="I state that this is true to the best of my knowledge, that a person is in imminent danger, and that I "
        "have no time to get an order first.",
        error_messages={"required": "Tick the statement to send the emergency request"},
    )

    def __init__(self, *args: Any, country: str = "", zone: str = "UTC", **kwargs: Any) -> None:
        """Offer the time zones of the officer's country first, and begin with the officer's own."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["needed_zone"]
        field.choices, field.initial = zone_choices(country, [zone]), zone

    def clean(self) -> dict[str, Any]:
        """Read the identifiers line by line, and ask for the date where process follows."""
        values = super().clean() or {}
        self._place_in_zone(values)
        lines = read_anyhow(read_lines(values.get("identifiers", "")))
        if len(lines) > MAX_LINES:
            self.add_error("identifiers", f"Give at most {MAX_LINES} lines: the ones that help to prevent the harm")
            return values
        values["found"] = [item for _number, item in lines]
        self.refused = refused_lines(lines)
        if self.refused:
            self.add_error("identifiers", said_of_box(self.refused))
        self._check_contact(values)
        self._check_process(values)
        return values

    def _check_process(self, values: dict[str, Any]) -> None:
        """Ask for the date where process follows; one that is over or far off was mistyped, or promises nothing."""
        if values.get("process_follows") != "yes" or "process_by" in self.errors:
            return
        by, today = values.get("process_by"), timezone.localdate()
        if not by:
            self.add_error("process_by", "By which date? Enter the day, the month and the year")
        elif not today - timedelta(days=1) <= by <= today + PROCESS_WITHIN:
            self.add_error("process_by", _WHICH_DAY)

    def _place_in_zone(self, values: dict[str, Any]) -> None:
        """Make a moment of the time that was typed as clocks show it, in the zone that stands beside it."""
        given = values.get("needed_by")
        if not isinstance(given, Local):
            return
        zone = values.get("needed_zone")
        if zone:
            values["needed_by"] = given.in_zone(zone, timezone.now())
        else:
            self.add_error("needed_by", "By when do you need the data? Add the time zone, like +01:00")

    def _check_contact(self, values: dict[str, Any]) -> None:
        """Refuse numbers nobody can call, and a time that is over."""
        for name in ("phone", "supervisor_phone"):
            if values.get(name) and sum(c.isdigit() for c in values[name]) < FEWEST_DIGITS:
                self.add_error(name, "Enter a number that we can call, with its country code")
        needed_by = values.get("needed_by")
        if needed_by and needed_by < timezone.now() - timedelta(hours=1):
            self.add_error("needed_by", "This time is over. Enter by when you need the data, or leave it empty")

    def facts(self) -> dict[str, Any]:
        """Return what is kept of the answers beside the identifiers and records."""
        names = ("danger", "imminence", "needed_by", "why_data", "why_no_process", "phone", "supervisor",
                 "supervisor_phone", "process_follows")  # fmt: skip
        values = {name: self.cleaned_data[name] for name in names}
        by = self.cleaned_data.get("process_by")
        return values | {"process_by": by.isoformat() if by and values["process_follows"] == "yes" else ""}
